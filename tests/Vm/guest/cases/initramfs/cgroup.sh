# What needs a kernel with cgroup v2, and its memory, pids and freezer controllers.

case_oom_is_told() {
    follow_events
    make run oom >/dev/null
    expect '.oomKilled and .code == 137 and .signal == "SIGKILL"' "$(of wait)"
    until_true 20 saw oom
    jq -es "map(select(.id == \"$id\") | .type) | index(\"oom\") != null and index(\"exit\") != null" /tmp/events >/dev/null || fail "$(cat /tmp/events)"
}

case_oom_of_exec_is_told() {
    follow_events
    make run limited >/dev/null
    result=$(exec_ '["/shimd","payload","oom","64"]' '"wait":true')
    expect '.exit.code == 137 and .exit.oomKilled' "$result"
    until_true 20 saw oom
    expect '.status == "running"' "$(of state)"
}

case_oom_is_told_after_agent_restart() {
    make run limited >/dev/null
    kill -9 "$(cat /run/agent.pid)"
    start_agent
    follow_events
    exec_ '["/shimd","payload","oom","64"]' '"wait":true' >/dev/null
    until_true 20 saw oom
}

# The time that the agent has run, in 1/100 s.
agent_ticks() { awk '{ print $14 + $15 }' "/proc/$(cat /run/agent.pid)/stat"; }

# memory.events stays readable for the poll until it has been read anew.
case_oom_leaves_the_agent_idle() {
    follow_events
    make run limited >/dev/null
    exec_ '["/shimd","payload","oom","64"]' '"wait":true' >/dev/null
    until_true 20 saw oom
    before=$(agent_ticks)
    sleep 2
    [ $(($(agent_ticks) - before)) -lt 50 ] || fail "it ran for $(($(agent_ticks) - before))/200 of the time"
}

ticks() { wc -l </tmp/ticks; }
ticked_beyond() { [ "$(ticks)" -gt "$1" ]; }

case_pause_freezes_resume_thaws() {
    follow_events
    : >/tmp/ticks
    container=$(make run ticker '"stdio":{"stdout":{"file":"/tmp/ticks"}}')
    cgroup=$(cgroup_of "$(member .pid "$container")")
    until_true 20 ticked_beyond 3
    expect '.status == "paused"' "$(of pause)"
    grep -q 'frozen 1' "$cgroup/cgroup.events" || fail "not frozen: $(cat "$cgroup/cgroup.events")"
    expect '.status == "paused"' "$(of state)"
    before=$(ticks)
    sleep 1
    [ "$(ticks)" = "$before" ] || fail "$before ticks became $(ticks)"
    expect '.status == "running"' "$(of resume)"
    until_true 20 ticked_beyond "$before"
    until_true 20 saw paused
    until_true 20 saw resumed
}

case_paused_is_deleted_by_force() {
    make run ticker >/dev/null
    of pause >/dev/null
    expect '.exit.signal == "SIGKILL"' "$(call delete "{\"id\":\"$id\",\"force\":true}")"
}

case_stats_are_those_of_v2() {
    container=$(make run limited)
    stats=$(of stats)
    expect '.cgroupVersion == 2' "$stats"
    expect '.memory.usageBytes > 0 and .memory.limitBytes == 33554432 and .memory.oomKills == 0' "$stats"
    expect '.cpu.usageUsec > 0 and .pids.current >= 1 and .shim.count == 1 and .shim.rssBytes > 0' "$stats"
    cgroup=$(cgroup_of "$(member .pid "$container")")
    expect ".memory.limitBytes == $(cat "$cgroup/memory.max")" '{"memory":{"limitBytes":33554432}}'
}

case_pids_are_all_in_the_group() {
    container=$(make run sleeper)
    exec_ '["/busybox","sleep","1000"]' '"process":"more"' >/dev/null
    pids=$(of pids)
    expect ".pids | length == 2 and index($(member .pid "$container")) != null" "$pids"
    expect "(.pids | sort) == ([.processes[].pid] | sort)" "$(printf '%s %s' "$pids" "$(of processes)" | jq -cs add)"
}

case_update_sets_the_limit() {
    follow_events
    container=$(make run limited)
    cgroup=$(cgroup_of "$(member .pid "$container")")
    call update "{\"id\":\"$id\",\"resources\":{\"memory\":{\"limit\":67108864},\"pids\":{\"limit\":50}}}" >/dev/null
    [ "$(cat "$cgroup/memory.max") $(cat "$cgroup/pids.max")" = '67108864 50' ] || fail "memory.max: $(cat "$cgroup/memory.max")"
    expect '.memory.limitBytes == 67108864 and .pids.limit == 50' "$(of stats)"
    until_true 20 saw updated
}
