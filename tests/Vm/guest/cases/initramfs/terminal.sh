# A terminal of the container's own /dev/pts.

case_terminal_has_the_size_it_is_given() {
    make run sleeper >/dev/null
    rm -f /tmp/in /tmp/out
    mkfifo /tmp/in /tmp/out
    cat /tmp/out >/tmp/terminal &
    exec 9<>/tmp/in
    process=$(exec_ '["/busybox","sh","-c","tty; read -r line; stty size; read -r line; stty size"]' \
        '"process":"shell","terminal":true,"stdio":{"stdin":{"fifo":"/tmp/in"},"stdout":{"fifo":"/tmp/out"}}')
    expect '.terminal' "$process"
    until_true 20 grep -q '^/dev/pts/' /tmp/terminal
    call resize "{\"id\":\"$id\",\"process\":\"shell\",\"columns\":132,\"rows\":43}" >/dev/null
    echo >&9
    (until_true 20 grep -q '^43 132' /tmp/terminal) || fail "$(cat /tmp/terminal)"
    call resize "{\"id\":\"$id\",\"process\":\"shell\",\"columns\":80,\"rows\":24}" >/dev/null
    echo >&9
    expect '.code == 0' "$(call wait "{\"id\":\"$id\",\"process\":\"shell\"}")"
    (until_true 20 grep -q '^24 80' /tmp/terminal) || fail "$(cat /tmp/terminal)"
}
