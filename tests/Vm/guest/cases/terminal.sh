# A terminal of the guest's own /dev/pts.

terminal_words='tty; stty size; read -r nothing; stty size'

# Prints what the process wrote to its terminal, which was resized in between.
case_terminal_has_the_size_it_is_given() {
    make run sleeper >/dev/null
    mkfifo /tmp/in /tmp/out
    cat /tmp/out >/tmp/terminal &
    exec 9<>/tmp/in
    process=$(exec_ "[\"/busybox\",\"sh\",\"-c\",\"$terminal_words\"]" \
        '"process":"shell","terminal":true,"stdio":{"stdin":{"fifo":"/tmp/in"},"stdout":{"fifo":"/tmp/out"}}')
    expect '.terminal' "$process"
    until_true 20 grep -q '^/dev/pts/' /tmp/terminal
    until_true 20 grep -q '^[0-9]* [0-9]*' /tmp/terminal
    call resize "{\"id\":\"$id\",\"process\":\"shell\",\"columns\":132,\"rows\":43}" >/dev/null
    echo go >&9
    expect '.code == 0' "$(call wait "{\"id\":\"$id\",\"process\":\"shell\"}")"
    until_true 20 grep -q '^43 132' /tmp/terminal
}
