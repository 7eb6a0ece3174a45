#!/bin/sh
# Runs every function case_… of cases/*.sh in a shell of its own, and says on the console how it went:
#   CASE name PASS
#   CASE name FAIL why        with the lines LOG name … before it
# Whatever a case leaves behind counts against it.
. /guest/lib.sh
deadline_seconds=60

left_behind() {
    find "$SHIMD_ROOT/containers" "$SHIMD_ROOT/runtime/crun" "$SHIMD_ROOT/quarantine" -mindepth 1 2>/dev/null
    find /sys/fs/cgroup -mindepth 1 -type d | grep -F "$1"
    pgrep -fl 'shimd (shim|payload)'
    [ -d "/proc/$(cat /run/agent.pid)" ] || { echo 'the agent has ended'; start_agent; }
}

nothing_left() { [ -z "$(left_behind "$1")" ]; }

run_case() {
    local status=0 why agent_lines
    agent_lines=$(wc -l <$agent_log)
    timeout -k 1 $deadline_seconds sh /guest/case.sh "$1" "$2" >/tmp/log 2>&1 || status=$?
    why="status $status: $(tail -n 1 /tmp/log)"
    pkill -f 'shimd events'
    if ! (until_true 10 nothing_left "$2") >/dev/null; then
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
for file in /guest/cases/*.sh; do
    for name in $(sed -n 's/^case_\([a-z0-9_]*\)() .*/\1/p' "$file"); do
        run_case "$file" "$name"
    done
done
echo 'SUITE END'
