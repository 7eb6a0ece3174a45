#!/bin/sh
# An OCI runtime for tests: tests/Fakes/runtime.sh, which stands in the directory `fake` beside this file, and the verbs that it
# lacks: exec, checkpoint, restore, pause, resume. In its own directory it keeps
#   calls                   a line for each call of those: the verb and its arguments
#   VERB.fail               fail, with the file's words in the log
#   exec.program            what exec runs, in the words of sh
here=${0%/*}

globals= log=/dev/null root=
for word in "$@"; do
    case $word in
        exec | checkpoint | restore | pause | resume) verb=$word; break ;;
        create | run | start | state | kill | update | delete) exec "$here/fake/runtime" "$@" ;;
    esac
done
while [ "$1" != "$verb" ]; do
    case $1 in
        --root) root=$2 ;;
        --log) log=$2 ;;
    esac
    globals="$globals $1"
    shift
done
shift
printf '%s %s\n' "$verb" "$*" >>"$here/calls"

if [ -e "$here/$verb.fail" ]; then
    printf '{"level":"error","msg":"%s"}\n' "$(cat "$here/$verb.fail")" >>"$log"
    exit 1
fi

bundle= pid_file= leave_running=
while :; do
    case $1 in
        --bundle) bundle=$2; shift 2 ;;
        --pid-file) pid_file=$2; shift 2 ;;
        --image-path | --process | --empty-ns) shift 2 ;;
        --leave-running) leave_running=yes; shift ;;
        --*) shift ;;
        *) break ;;
    esac
done
id=$1

case $verb in
    exec)
        # It begins when this shell has ended, which would reap what ends before itself, and then the shim could not.
        mkfifo "$pid_file.end"
        { read -r _ <"$pid_file.end"; exec sh -c "$(cat "$here/exec.program")"; } <&0 &
        echo "$!" >"$pid_file"
        exec 9>"$pid_file.end"
        ;;
    checkpoint) [ -n "$leave_running" ] || kill -9 "$(cat "$root/$id/pid")" ;;

    # Without spaces in the paths of tests, words can be split.
    restore) exec "$here/fake/runtime" $globals run --bundle "$bundle" --pid-file "$pid_file" "$id" ;;
esac
exit 0
