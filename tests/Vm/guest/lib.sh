# What the guest's scripts share. Read with '.' by a shell that runs with -eu.

# The state root of the agent; where the disk is, when there is one.
: "${SHIMD_ROOT:=/run/shimd}"
export SHIMD_ROOT
agent_log=/run/agent.log

fail() {
    echo "$*"
    exit 1
}

# until_true SECONDS COMMAND…: again and again, until it succeeds.
until_true() {
    local end=$(($(date +%s) + $1))
    shift
    until "$@"; do
        [ "$(date +%s)" -le $end ] || fail "in vain: $*"
        usleep 50000
    done
}

# Starts the agent, and returns when it serves; its log goes on in the same file.
start_agent() {
    shimd serve 2>>$agent_log &
    echo $! >/run/agent.pid
    until_true 30 shimd call hello >/dev/null 2>&1
}

# call METHOD [JSON]: the result, on one line.
call() { shimd call --format json "$@"; }

# expect FILTER JSON: the filter, of jq's language, says true.
expect() { printf '%s\n' "$2" | jq -e "$1" >/dev/null || fail "it should be $1: $2"; }

# member FILTER JSON
member() { printf '%s\n' "$2" | jq -r "$1"; }

# make METHOD BUNDLE [MEMBERS]: create or run, of the container $id.
make() { call "$1" "{\"id\":\"$id\",\"bundle\":\"/bundles/$2\"${3:+,$3}}"; }

# The method of a container and nothing else: state, start, wait, pause, …
of() { call "$1" "{\"id\":\"$id\"}"; }

# exec_ ARGS [MEMBERS]: in the container $id; ARGS as JSON.
exec_() { call exec "{\"id\":\"$id\",\"args\":$1${2:+,$2}}"; }

# A file of the container's init process, in the agent's root.
state_file() { echo "$SHIMD_ROOT/containers/$id/processes/init/$1"; }

# The directory of the container's control group.
cgroup_of() { echo "/sys/fs/cgroup$(sed -n 's/^0:://p' "/proc/$1/cgroup")"; }

# Follows all events in a file, and returns when the agent has begun to send them.
follow_events() {
    shimd events --snapshot --format json >/tmp/events 2>/tmp/events.err &
    until_true 20 grep -q '"synced"' /tmp/events
}

# saw TYPE: an event of the container $id.
saw() { grep "\"id\":\"$id\"" /tmp/events | grep -q "\"type\":\"$1\""; }
