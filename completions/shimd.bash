# bash completion for shimd; made by ./dev docs of the command tree; do not edit
_shimd() {
    local current=${COMP_WORDS[COMP_CWORD]} previous=${COMP_WORDS[COMP_CWORD - 1]} verb='' options='' containers='' where=() i
    for ((i = 1; i < COMP_CWORD; i++)); do
        case ${COMP_WORDS[i]} in
            --root|--socket) where+=("${COMP_WORDS[i]}" "${COMP_WORDS[i + 1]}") i=$((i + 1)) ;;
            --format) i=$((i + 1)) ;;
            -*) ;;
            *) [[ -n $verb ]] || verb=${COMP_WORDS[i]} ;;
        esac
    done
    case $verb in
        serve)
            options='--runtime --log-level --log-format --group --read-only-socket --shim --runtime-timeout --on-shim-loss --ready-fd'
            case $previous in --runtime) COMPREPLY=(); return ;; esac
            case $previous in --log-level) mapfile -t COMPREPLY < <(compgen -W 'trace debug info warn error' -- "$current"); return ;; esac
            case $previous in --log-format) mapfile -t COMPREPLY < <(compgen -W 'text json' -- "$current"); return ;; esac
            case $previous in --group) COMPREPLY=(); return ;; esac
            case $previous in --read-only-socket) mapfile -t COMPREPLY < <(compgen -f -- "$current"); return ;; esac
            case $previous in --shim) mapfile -t COMPREPLY < <(compgen -f -- "$current"); return ;; esac
            case $previous in --runtime-timeout) COMPREPLY=(); return ;; esac
            case $previous in --on-shim-loss) mapfile -t COMPREPLY < <(compgen -W 'kill leave' -- "$current"); return ;; esac
            case $previous in --ready-fd) COMPREPLY=(); return ;; esac
            ;;
        run)
            options='--bundle -b --label -l --stdin --stdout --stderr --log-format --log-path --log-max-size --log-max-files --log-on-full --runtime --runtime-arg --no-pivot --restore-from --timeout --detach -d --interactive -i --tty -t --detach-keys --rm'
            case $previous in --bundle|-b) mapfile -t COMPREPLY < <(compgen -d -- "$current"); return ;; esac
            case $previous in --label|-l) COMPREPLY=(); return ;; esac
            case $previous in --stdin) COMPREPLY=(); return ;; esac
            case $previous in --stdout) COMPREPLY=(); return ;; esac
            case $previous in --stderr) COMPREPLY=(); return ;; esac
            case $previous in --log-format) mapfile -t COMPREPLY < <(compgen -W 'json-file cri' -- "$current"); return ;; esac
            case $previous in --log-path) mapfile -t COMPREPLY < <(compgen -f -- "$current"); return ;; esac
            case $previous in --log-max-size) COMPREPLY=(); return ;; esac
            case $previous in --log-max-files) COMPREPLY=(); return ;; esac
            case $previous in --log-on-full) mapfile -t COMPREPLY < <(compgen -W 'block drop' -- "$current"); return ;; esac
            case $previous in --runtime) COMPREPLY=(); return ;; esac
            case $previous in --runtime-arg) COMPREPLY=(); return ;; esac
            case $previous in --restore-from) mapfile -t COMPREPLY < <(compgen -d -- "$current"); return ;; esac
            case $previous in --timeout) COMPREPLY=(); return ;; esac
            case $previous in --detach-keys) COMPREPLY=(); return ;; esac
            ;;
        exec)
            options='--tty -t --interactive -i --detach-keys --detach -d --user -u --cwd -w --env -e --name'
            containers=yes
            case $previous in --detach-keys) COMPREPLY=(); return ;; esac
            case $previous in --user|-u) COMPREPLY=(); return ;; esac
            case $previous in --cwd|-w) mapfile -t COMPREPLY < <(compgen -d -- "$current"); return ;; esac
            case $previous in --env|-e) COMPREPLY=(); return ;; esac
            case $previous in --name) COMPREPLY=(); return ;; esac
            ;;
        attach)
            options='--no-stdin --detach-keys --sig-proxy --block'
            containers=yes
            case $previous in --detach-keys) COMPREPLY=(); return ;; esac
            case $previous in --sig-proxy) mapfile -t COMPREPLY < <(compgen -W 'true false' -- "$current"); return ;; esac
            ;;
        create)
            options='--bundle -b --label -l --stdin --stdout --stderr --log-format --log-path --log-max-size --log-max-files --log-on-full --runtime --runtime-arg --no-pivot --restore-from --timeout'
            case $previous in --bundle|-b) mapfile -t COMPREPLY < <(compgen -d -- "$current"); return ;; esac
            case $previous in --label|-l) COMPREPLY=(); return ;; esac
            case $previous in --stdin) COMPREPLY=(); return ;; esac
            case $previous in --stdout) COMPREPLY=(); return ;; esac
            case $previous in --stderr) COMPREPLY=(); return ;; esac
            case $previous in --log-format) mapfile -t COMPREPLY < <(compgen -W 'json-file cri' -- "$current"); return ;; esac
            case $previous in --log-path) mapfile -t COMPREPLY < <(compgen -f -- "$current"); return ;; esac
            case $previous in --log-max-size) COMPREPLY=(); return ;; esac
            case $previous in --log-max-files) COMPREPLY=(); return ;; esac
            case $previous in --log-on-full) mapfile -t COMPREPLY < <(compgen -W 'block drop' -- "$current"); return ;; esac
            case $previous in --runtime) COMPREPLY=(); return ;; esac
            case $previous in --runtime-arg) COMPREPLY=(); return ;; esac
            case $previous in --restore-from) mapfile -t COMPREPLY < <(compgen -d -- "$current"); return ;; esac
            case $previous in --timeout) COMPREPLY=(); return ;; esac
            ;;
        start)
            options=''
            containers=yes
            ;;
        stop)
            options='--time -t --signal -s'
            containers=yes
            case $previous in --time|-t) COMPREPLY=(); return ;; esac
            case $previous in --signal|-s) COMPREPLY=(); return ;; esac
            ;;
        kill)
            options='--signal -s --all -a --process -p'
            containers=yes
            case $previous in --signal|-s) COMPREPLY=(); return ;; esac
            case $previous in --process|-p) COMPREPLY=(); return ;; esac
            ;;
        wait)
            options='--timeout --process -p'
            containers=yes
            case $previous in --timeout) COMPREPLY=(); return ;; esac
            case $previous in --process|-p) COMPREPLY=(); return ;; esac
            ;;
        pause)
            options=''
            containers=yes
            ;;
        resume)
            options=''
            containers=yes
            ;;
        delete|rm)
            options='--force -f --process -p'
            containers=yes
            case $previous in --process|-p) COMPREPLY=(); return ;; esac
            ;;
        ps|list|ls)
            options='--quiet -q --label -l --status'
            case $previous in --label|-l) COMPREPLY=(); return ;; esac
            case $previous in --status) mapfile -t COMPREPLY < <(compgen -W 'creating created running paused stopped unknown' -- "$current"); return ;; esac
            ;;
        state)
            options=''
            containers=yes
            ;;
        processes)
            options=''
            containers=yes
            ;;
        pids|top)
            options=''
            containers=yes
            ;;
        stats)
            options=''
            containers=yes
            ;;
        update)
            options='--memory --cpus --pids --resources'
            containers=yes
            case $previous in --memory) COMPREPLY=(); return ;; esac
            case $previous in --cpus) COMPREPLY=(); return ;; esac
            case $previous in --pids) COMPREPLY=(); return ;; esac
            case $previous in --resources) COMPREPLY=(); return ;; esac
            ;;
        checkpoint)
            options='--leave-running --tcp-established --shell-job --ext-unix-sk'
            containers=yes
            ;;
        explain)
            options=''
            containers=yes
            ;;
        events)
            options='--id --type --snapshot --since'
            case $previous in --id) COMPREPLY=(); return ;; esac
            case $previous in --type) COMPREPLY=(); return ;; esac
            case $previous in --since) COMPREPLY=(); return ;; esac
            ;;
        logs)
            options='--follow -f --tail -n --since --timestamps -t --process -p'
            containers=yes
            case $previous in --tail|-n) COMPREPLY=(); return ;; esac
            case $previous in --since) COMPREPLY=(); return ;; esac
            case $previous in --process|-p) COMPREPLY=(); return ;; esac
            ;;
        call)
            options=''
            ;;
        schema)
            options=''
            ;;
        doctor)
            options=''
            ;;
        version)
            options=''
            ;;
    esac
    case $previous in
        --root) mapfile -t COMPREPLY < <(compgen -d -- "$current"); return ;;
        --socket) mapfile -t COMPREPLY < <(compgen -f -- "$current"); return ;;
        --format) mapfile -t COMPREPLY < <(compgen -W 'table json' -- "$current"); return ;;
    esac
    if [[ $current == -* ]]; then
        mapfile -t COMPREPLY < <(compgen -W "$options --root --socket --format --help -h" -- "$current")
    elif [[ -z $verb ]]; then
        mapfile -t COMPREPLY < <(compgen -W 'serve run exec attach create start stop kill wait pause resume delete rm ps list ls state processes pids top stats update checkpoint explain events logs call schema doctor version' -- "$current")
    elif [[ -n $containers ]]; then
        mapfile -t COMPREPLY < <(compgen -W "$("${COMP_WORDS[0]}" "${where[@]}" ps -q 2>/dev/null)" -- "$current")
    else
        mapfile -t COMPREPLY < <(compgen -f -- "$current")
    fi
}
complete -o filenames -F _shimd shimd
