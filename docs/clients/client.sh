#!/bin/sh
# A client in sh: socat or OpenBSD's nc, and jq. usage: client.sh SOCKET BUNDLE ID
# Runs a container, tells of its events, says how it ended, deletes it, and asks once more.
set -eu
socket=$1 bundle=$2 id=$3

# Both must wait after their input has ended: that is half a close, and the answers are still to come.
talk() {
    if command -v socat >/dev/null; then
        socat -t86400 - "UNIX-CONNECT:$socket"
    else
        nc -N -U "$socket"
    fi
}

# request ID METHOD PARAMS: a line. jq puts names and paths into JSON, whatever is in them.
request() {
    jq -cn --argjson n "$1" --arg method "$2" --arg id "$id" --arg bundle "$bundle" "{id: \$n, method: \$method, params: $3}"
}

show() {
    jq -r --unbuffered '
        if .method == "event" then "event \(.params.type)"
        elif .error then .error.data.name
        elif .result.source then "exit \(.result.code)"
        else empty end'
}

# In order: the subscription is there before the container. bye ends the conversation once wait has been answered.
{
    request 1 subscribe '{ids: [$id]}'
    request 2 run '{id: $id, bundle: $bundle}'
    request 3 wait '{id: $id}'
    request 4 bye '{}'
} | talk | show

{
    request 1 delete '{id: $id}'
    request 2 state '{id: $id}'
} | talk | show
