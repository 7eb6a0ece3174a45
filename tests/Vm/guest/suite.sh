#!/bin/sh
# Runs every function case_… of cases/$cases/*.sh in a shell of its own, and says on the console how it went:
#   CASE name PASS
#   CASE name FAIL why        with the lines LOG name … before it
# A case's container is called as the case is, and deleted at its end; whatever it leaves behind then counts against the case.
. /guest/lib.sh
deadline_seconds=90

# left_behind ID: what is still there of that container.
left_behind() {
    find "$SHIMD_ROOT/containers/$1" "$SHIMD_ROOT/runtime/crun/$1" "$SHIMD_ROOT/runtime/runc/$1" "$SHIMD_ROOT/quarantine" -mindepth 1 2>/dev/null
    find /sys/fs/cgroup -mindepth 1 -type d | grep -F "$1"
    ps -o pid,args | grep "shimd [s]him $1"
    [ -d "/proc/$(cat /run/agent.pid)" ] || { echo 'the agent has ended'; start_agent; }
}

nothing_left() { [ -z "$(left_behind "$1")" ]; }

run_case() {
    local status=0 why agent_lines
    agent_lines=$(wc -l <$agent_log)
    timeout -k 1 $deadline_seconds sh /guest/case.sh "$1" "$2" >/tmp/log 2>&1 || status=$?
    why="status $status: $(tail -n 1 /tmp/log)"
    call delete "{\"id\":\"$2\",\"force\":true}" >/dev/null 2>&1
    kill $(ps -o pid,args | awk '/shimd [e]vents/ { print $1 }') 2>/dev/null
    if ! (until_true 5 nothing_left "$2") >/dev/null; then
        [ $status != 0 ] || why='it left something behind'
        left_behind "$2" 2>&1 | sed 's/^/left: /' >>/tmp/log
        status=left
    fi
    if [ $status = 0 ]; then
        echo "CASE $2 PASS"
        return
    fi
    sed "s/^/LOG $2 /" /tmp/log
    tail -n +$((agent_lines + 1)) $agent_log | sed "s/^/LOG $2 agent: /"
    echo "CASE $2 FAIL $why"
}

start_agent
for file in /guest/cases/$cases/*.sh; do
    for name in $(sed -n 's/^case_\([a-z0-9_]*\)() .*/\1/p' "$file"); do
        run_case "$file" "$name"
    done
done
echo 'SUITE END'
