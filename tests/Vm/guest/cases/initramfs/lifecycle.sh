# From create to delete.

case_create_start_wait_delete() {
    container=$(make create exit7)
    expect '.status == "created" and .pid > 1 and .exit == null' "$container"
    expect '.status == "created"' "$(of state)"
    expect '.status == "running" or .status == "stopped"' "$(of start)"
    expect '.code == 7 and .signal == null and .source == "waited" and .oomKilled == false' "$(of wait)"
    expect '.status == "stopped" and .exit.code == 7' "$(of state)"
    expect '.exit.code == 7' "$(of delete)"
    ! of state 2>/tmp/refusal || fail 'it is still there'
    grep -q NOT_FOUND /tmp/refusal
}

case_run_passes_code_and_output() {
    code=0
    shimd run --rm --bundle /bundles/exit7 "$id" >/tmp/output || code=$?
    [ $code = 7 ] || fail "exit code $code"
    [ "$(cat /tmp/output)" = 'seven follows' ] || fail "output: $(cat /tmp/output)"
}

case_events_come_in_order() {
    follow_events
    make run exit7 >/dev/null
    of wait >/dev/null
    of delete >/dev/null
    until_true 20 saw delete
    types=$(jq -r "select(.id == \"$id\") | .type" /tmp/events | tr '\n' ' ')
    [ "$types" = 'create start exit delete ' ] || fail "events: $types"
}

case_exec_captures_output() {
    make run sleeper >/dev/null
    result=$(exec_ '["/busybox","sh","-c","echo out; echo err >&2; exit 5"]' '"wait":true,"captureOutput":true')
    expect '.exit.code == 5 and .stdout == "out\n" and .stderr == "err\n"' "$result"
    expect '.status == "running"' "$(of state)"
}

case_kill_is_told_as_signal() {
    make run sleeper >/dev/null
    call kill "{\"id\":\"$id\",\"signal\":\"KILL\"}" >/dev/null
    expect '.code == 137 and .signal == "SIGKILL" and .oomKilled == false' "$(of wait)"
}

case_stop_asks_by_sigterm() {
    make run obedient >/dev/null
    expect '.status == "stopped" and .exit.code == 3' "$(of stop)"
}

case_stop_kills_the_deaf() {
    make run deaf >/dev/null
    result=$(call stop "{\"id\":\"$id\",\"timeoutMs\":300}")
    expect '.status == "stopped" and .exit.signal == "SIGKILL"' "$result"
}

case_agent_killed_container_lives() {
    make run obedient >/dev/null
    kill -9 "$(cat /run/agent.pid)"
    start_agent
    expect '.status == "running"' "$(of state)"
    expect '.exit.code == 3 and .exit.source == "waited"' "$(of stop)"
}
