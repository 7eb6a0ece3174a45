#!/bin/sh
# An OCI runtime for tests: its containers are plain children. In its directory it keeps
#   calls                   a line for each call: the verb and its arguments
#   program                 what containers run, in the words of sh
# and finds what it shall do beyond its work, for each VERB:
#   VERB.gate               a fifo: wait until somebody writes a line to it
#   VERB.late               another fifo: wait after the work, and fail where the container has gone meanwhile
#   VERB.flood              so many bytes of noise on stdout, stderr and the log
#   VERB.hang               never end, and keep a child that never ends either
#   VERB.fail               fail, with the file's words in the log
#   no-pid-file             do not write --pid-file
here=${0%/*}

log=/dev/null root=
while :; do
    case $1 in
        --root) root=$2; shift 2 ;;
        --log) log=$2; shift 2 ;;
        --log-format) shift 2 ;;
        -*) shift ;;
        *) break ;;
    esac
done
verb=$1
shift
printf '%s %s\n' "$verb" "$*" >>"$here/calls"

pid_file= force=
while :; do
    case $1 in
        --bundle | --resources) shift 2 ;;
        --pid-file) pid_file=$2; shift 2 ;;
        --force) force=yes; shift ;;
        --*) shift ;;
        *) break ;;
    esac
done
id=$1
state=$root/$id

fail() {
    printf '{"level":"error","msg":"%s"}\n' "$1" >>"$log"
    exit 1
}

noise() {
    head -c "$1" /dev/zero | tr '\0' x
}

[ ! -p "$here/$verb.gate" ] || read -r _ <"$here/$verb.gate"
if [ -e "$here/$verb.flood" ]; then
    bytes=$(cat "$here/$verb.flood")
    noise "$bytes"
    noise "$bytes" >&2
    noise "$bytes" >>"$log"
    echo >>"$log"
fi
if [ -e "$here/$verb.hang" ]; then
    sleep 1000 &
    wait
fi
[ ! -e "$here/$verb.fail" ] || fail "$(cat "$here/$verb.fail")"

# When a process began: with it, a pid means one process. Nothing for one that is no more.
born() {
    cut -d ' ' -f 22 "/proc/$1/stat" 2>/dev/null
}

signal() {
    pid=$(cat "$state/pid")
    [ "$(born "$pid")" != "$(cat "$state/born")" ] || kill -"$1" "$pid"
}

# The program, once there was a word or an end to read from a fifo.
container() {
    read -r _ <"$1"
    exec sh -c "$(cat "$here/program")"
}

launch() {
    mkdir -p "$state" || fail "cannot make $state"
    mkfifo "$1"
    container "$1" <&0 &
    echo "$!" >"$state/pid"
    born "$!" >"$state/born"
    [ -e "$here/no-pid-file" ] || echo "$!" >"$pid_file"
}

case $verb in
    create) launch "$state/start" ;;
    run)
        launch "$state/end"
        : >"$state/started"

        # Its end is ours: a shell reaps what ends before itself, and then the shim could not.
        exec 9>"$state/end"
        ;;
    start)
        [ -p "$state/start" ] || fail "container $id does not exist"
        : >"$state/started"
        echo go >"$state/start"
        ;;
    state)
        [ -d "$state" ] || fail "container $id does not exist"
        status=created
        [ ! -e "$state/started" ] || status=running
        printf '{"id":"%s","status":"%s"}\n' "$id" "$status"
        ;;
    kill) signal "$2" ;;
    update) [ -d "$state" ] || fail "container $id does not exist" ;;
    delete)
        [ -d "$state" ] || [ -n "$force" ] || fail "container $id does not exist"
        [ -z "$force" ] || [ ! -e "$state/born" ] || signal 9

        # At once: who asks meanwhile must not find a half of it.
        [ ! -d "$state" ] || mv "$state" "$root/.$id.$$"
        rm -rf "$root/.$id.$$"
        ;;
    *) fail "unknown verb $verb" ;;
esac
if [ -p "$here/$verb.late" ]; then
    read -r _ <"$here/$verb.late"
    [ -d "$state" ] || fail "container $id has gone"
fi
exit 0
