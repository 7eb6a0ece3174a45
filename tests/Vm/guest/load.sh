# Operations, one after the other, on the disk's state root, each told on the console when it is begun and when its answer has come.
# The host cuts the power somewhere in between; should it be no more, they come to an end.

say() { echo "SAID $*"; }

# Containers that end by themselves; every other one is left as it is.
short() {
    for n in $(seq 1 100); do
        id=$boot-short-$n
        make run exit7 >/dev/null
        say RUNNING "$id"
        say ENDED "$id" "$(member .code "$(of wait)")"
        [ $((n % 2)) = 0 ] || continue
        say DELETING "$id"
        of delete >/dev/null
        say DELETED "$id"
    done
}

# Containers that live, with what can be done to them; every third one is left running.
long() {
    for n in $(seq 1 100); do
        id=$boot-long-$n
        make run sleeper >/dev/null
        say RUNNING "$id"
        exec_ '["/busybox","true"]' '"wait":true' >/dev/null
        of pause >/dev/null
        of resume >/dev/null
        exec_ '["/busybox","sleep","1000"]' '"process":"more"' >/dev/null
        [ $((n % 3)) != 0 ] || continue
        say DELETING "$id"
        call delete "{\"id\":\"$id\",\"force\":true}" >/dev/null
        say DELETED "$id"
    done
}

boot=b$boot
(short) &
long
