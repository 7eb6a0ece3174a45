#!/usr/bin/env bash
# A short tour of shimd on real containers, and a test: whatever it claims, it checks, and it ends with 1 when a
# claim does not hold. Call it as './dev demo', which builds the binary (SHIMD_BIN) and sees to crun or runc, socat and jq.
set -euo pipefail

die() { printf 'demo: %s\n' "$*" >&2; exit 1; }

[ "$(id -u)" = 0 ] || die 'needs root: it starts containers'
[ -x "${SHIMD_BIN:-}" ] || die 'SHIMD_BIN must name the published binary; ./dev demo sees to that'
for tool in jq socat; do
    command -v "$tool" >/dev/null || die "$tool is missing; ./dev setup installs it"
done

tmp=$(mktemp -d "${TMPDIR:-/tmp}/shimd-demo.XXXXXX")
root=$tmp/root
socket=$root/shimd.sock
rootfs=$tmp/rootfs
mark=shimd-demo-$$ # begins the name of every cgroup made here
agent='' client='' code='' output='' finished='' replies=()
export SHIMD_ROOT=$root
unset SHIMD_SOCKET

# --- telling and checking ---------------------------------------------------------------------------------------------

title() { printf '\n== %s\n' "$*"; }
say() { printf '   %s\n' "$*"; }

# check CLAIM COMMAND…: prints the claim if the command succeeds, else ends the demo.
check() {
    local claim=$1
    shift
    if "$@"; then printf ' ✓ %s\n' "$claim"; else printf ' ✗ %s\n' "$claim"; exit 1; fi
}

# equal CLAIM EXPECTED ACTUAL
equal() {
    [ "$2" = "$3" ] || say "expected '$2', and it is '$3'"
    check "$1" [ "$2" = "$3" ]
}

# within SECONDS COMMAND…: tries until it succeeds.
within() {
    local end=$((SECONDS + $1))
    shift
    until "$@"; do
        [ $SECONDS -lt $end ] || return 1
        sleep 0.05
    done
}

# --- talking to the agent ---------------------------------------------------------------------------------------------

# talk LINE…: one connection. Shows what goes over it, and keeps what comes back.
talk() {
    local line
    printf ' → %s\n' "$@"
    replies=()
    while IFS= read -r line; do
        printf ' ← %s\n' "$line"
        replies+=("$line")
    done < <(printf '%s\n' "$@" | timeout 30 socat -t30 - "UNIX-CONNECT:$socket")
}

# reply ID FILTER: a member of the reply to a request of the last talk.
reply() { printf '%s\n' "${replies[@]}" | jq -r "select(.id == $1) | $2"; }

# shows COMMAND…: a client's command line with its output; its exit code is left in $code.
shows() {
    printf ' $ shimd %s\n' "$*"
    code=0
    output=$(timeout 30 "$tmp/shimd" "$@" 2>&1) || code=$?
    [ -z "$output" ] || sed 's/^/   /' <<<"$output"
}

# does COMMAND…: the same for what must succeed.
does() {
    shows "$@"
    [ "$code" = 0 ] || { printf ' ✗ it failed, with %s\n' "$code"; exit 1; }
}

agent_answers() { "$tmp/shimd" version --format json 2>/dev/null | jq -e .server >/dev/null; }

start_agent() {
    printf ' $ shimd serve &\n'
    "$tmp/shimd" serve 2>>"$tmp/agent.log" &
    agent=$!
    within 10 agent_answers || die 'the agent does not answer'
}

# --- what is ours in the system ---------------------------------------------------------------------------------------

# our_processes FILE…: the pids whose program is that file.
our_processes() {
    local file exes
    exes=$(stat -Lc '%d:%i %n' /proc/[0-9]*/exe 2>/dev/null) || true # some end meanwhile
    for file; do
        awk -v file="$(stat -c %d:%i "$file")" '$1 == file { split($2, path, "/"); print path[3] }' <<<"$exes"
    done
}

no_processes() { [ -z "$(our_processes "$@")" ]; }
our_cgroups() { find /sys/fs/cgroup -type d -name "$mark-*" \( -fstype cgroup -o -fstype cgroup2 \) 2>/dev/null || true; }

# Not cgroups, but directories of those names: where a v2 hierarchy was unmounted, crun makes them in the tmpfs below.
remove_mock_cgroups() { find /sys/fs/cgroup -type d -name "$mark-*" -fstype tmpfs -delete 2>/dev/null || true; }

our_mounts() { grep -F " $tmp/" /proc/self/mountinfo || true; }

# start_ticks PID: with the pid, what makes a process that one and no other.
start_ticks() { sed 's/.*) //' "/proc/$1/stat" | cut -d' ' -f20; }

clean_up() {
    trap - EXIT
    if [ -z "$finished" ]; then
        printf '\ndemo: FAILED; what the agent and the shims had to say:\n' >&2
        find "$tmp" -name agent.log -o -name shim.log -o -name client.err 2>/dev/null | while IFS= read -r log; do
            tail -n 20 "$log" | sed "s|^|  ${log#"$tmp"/}: |" >&2
        done
        # The containers' processes first: their shims then clean up by themselves.
        # shellcheck disable=SC2046 # a list of pids
        [ ! -e "$rootfs/shimd" ] || { kill -KILL $(our_processes "$rootfs/shimd") 2>/dev/null || true; sleep 1; }
        # shellcheck disable=SC2046
        [ ! -e "$tmp/shimd" ] || kill -KILL $(our_processes "$tmp/shimd") 2>/dev/null || true
        our_cgroups | while IFS= read -r cgroup; do rmdir "$cgroup" 2>/dev/null || true; done
    fi
    remove_mock_cgroups
    cd /
    rm -rf "$tmp"
}
trap clean_up EXIT
trap 'exit 1' INT TERM HUP

# --- bundles ----------------------------------------------------------------------------------------------------------

cd "$tmp"
mkdir "$rootfs"
cp "$SHIMD_BIN" "$tmp/shimd"
cp "$SHIMD_BIN" "$rootfs/shimd"

# bundle NAME STEP…: a bundle whose program does the steps (see 'shimd payload').
bundle() {
    local name=$1
    shift
    mkdir "$name"
    jq -n --arg rootfs "$rootfs" --arg cgroup "/$mark-$name" '{
        ociVersion: "1.0.2",
        process: { user: { uid: 0, gid: 0 }, cwd: "/", args: (["/shimd", "payload", "run"] + $ARGS.positional) },
        root: { path: $rootfs, readonly: true },
        mounts: [
            { destination: "/proc", type: "proc", source: "proc" },
            { destination: "/dev", type: "tmpfs", source: "tmpfs" }
        ],
        linux: { cgroupsPath: $cgroup, namespaces: [{ type: "pid" }, { type: "mount" }, { type: "ipc" }, { type: "uts" }, { type: "network" }] }
    }' --args "$@" >"$name/config.json"
}

# --- the tour ---------------------------------------------------------------------------------------------------------

title '1. An agent'
start_agent
talk '{"jsonrpc":"2.0","id":1,"method":"hello"}'
equal 'it speaks protocol 1' 1 "$(reply 1 .result.protocol.major)"
runtime=$(reply 1 '.result.runtimes[0].name // ""')
check "it has found an OCI runtime: $runtime" [ -n "$runtime" ]

title '2. A root file system with one file in it: the static binary itself'
bundle hello 'print hello from pid 1' 'print and this goes to stderr --stderr' 'sleep 0.2' 'exit 7'
ls -l "$rootfs" | sed 's/^/   /'
equal 'that is all there is' shimd "$(ls -A "$rootfs")"

title '3. A container from create to exit: three lines on one connection, executed in order'
talk "{\"id\":1,\"method\":\"create\",\"params\":{\"id\":\"hello\",\"bundle\":\"$tmp/hello\",\"stdio\":{\"stdout\":{\"file\":\"$tmp/out\"},\"stderr\":{\"file\":\"$tmp/err\"}}}}" \
    '{"id":2,"method":"start","params":{"id":"hello"}}' \
    '{"id":3,"method":"wait","params":{"id":"hello"}}'
equal 'it was created, and waited for start' created "$(reply 1 .result.status)"
equal 'it ran' running "$(reply 2 .result.status)"
equal 'its standard output went to the file' 'hello from pid 1' "$(cat out)"
equal 'its standard error too' 'and this goes to stderr' "$(cat err)"
equal 'it exited with its own code' 7 "$(reply 3 .result.code)"
equal 'as its parent, the shim, has seen it' waited "$(reply 3 .result.source)"

title '4. The same binary as a client: a container in a pipeline'
bundle filter 'cat' 'exit 3'
printf " $ echo 'words, words' | shimd run --rm --bundle filter filter\n"
code=0
output=$(echo 'words, words' | timeout 30 "$tmp/shimd" run --rm --bundle filter filter) || code=$?
say "$output"
equal 'standard input went in, standard output came out' 'words, words' "$output"
equal "'run' exits as the container did" 3 "$code"

title '5. What cannot work says why, and leaves nothing behind'
bundle broken
jq '.process.args = ["/no/such/program"]' broken/config.json >config.new
mv config.new broken/config.json
talk "{\"id\":1,\"method\":\"run\",\"params\":{\"id\":\"broken\",\"bundle\":\"$tmp/broken\"}}"
equal 'the error has a name to switch on' EXEC_NOT_FOUND "$(reply 1 .error.data.name)"
check 'no directory of it is left' [ ! -e "$root/containers/broken" ]
check 'no runtime state either' [ ! -e "$root/runtime/$runtime/broken" ]

title '6. The agent is killed. Nobody else is'
bundle ticker 'ticks 50 100' 'until-term 42'
bundle job 'until-term 23'
printf ' $ shimd run --bundle ticker ticker >ticks &\n'
timeout -s KILL 60 "$tmp/shimd" run --bundle ticker ticker >ticks 2>client.err &
client=$!
within 10 test -s ticks || die 'the ticker does not tick'
does run --detach --bundle job job
talk '{"id":1,"method":"subscribe"}' '{"id":2,"method":"state","params":{"id":"ticker"}}' \
    '{"id":3,"method":"state","params":{"id":"job"}}' '{"id":4,"method":"bye"}'
epoch=$(reply 1 .result.epoch)
seq=$(reply 1 .result.seq)
pid=$(reply 2 .result.pid)
job=$(reply 3 .result.pid)
started=$(start_ticks "$pid")
shim=$(awk '/^PPid:/ { print $2 }' "/proc/$pid/status")
say "pid $pid ticks; the shim $shim holds it, with $(awk '/^Private_Dirty:/ { print $2 }' "/proc/$shim/smaps_rollup") KB of memory of its own"
printf ' $ kill -KILL %s    # the agent\n' "$agent"
{ kill -KILL "$agent" && wait "$agent" || true; } 2>/dev/null # else bash reports it
shows ps
equal 'no agent answers' 125 "$code"
equal 'the process of the ticker is still the same one' "$started" "$(start_ticks "$pid")"
ticks=$(wc -l <ticks)
ticked_on() { [ "$(wc -l <ticks)" -ge $((ticks + 5)) ]; }
check 'it ticks on' within 10 ticked_on
record=$root/containers/job/processes/init/exit.json
printf ' $ kill -TERM %s    # the job: it has a handler, and exits with 23\n' "$job"
kill -TERM "$job"
check 'the job ended with nobody to tell; its shim has written down how' within 10 test -e "$record"
say "$(cat "$record")"

title '7. A new agent on the same root'
start_agent
talk '{"id":1,"method":"state","params":{"id":"ticker"}}' '{"id":2,"method":"wait","params":{"id":"job"}}'
equal 'the ticker runs' running "$(reply 1 .result.status)"
equal 'with the pid it had' "$pid" "$(reply 1 .result.pid)"
equal 'the exit code of the job is the true one' 23 "$(reply 2 .result.code)"
equal 'seen by its shim, not guessed' waited "$(reply 2 .result.source)"
within 30 grep -q 'tick 50' ticks || die 'the ticker does not tick on'
does kill ticker
code=0
wait "$client" || code=$?
sed 's/^/   /' client.err
equal "'shimd run' of the ticker has lived through it, and exits as the container did" 42 "$code"
equal 'not one line of its output is missing' "$(seq -f 'tick %g' 50; echo SIGTERM)" "$(cat ticks)"

title '8. The events of all that, from where we had stopped listening'
talk "{\"id\":1,\"method\":\"subscribe\",\"params\":{\"since\":{\"epoch\":\"$epoch\",\"seq\":$seq}}}" '{"id":2,"method":"bye"}'
events=$(printf '%s\n' "${replies[@]}" | jq -c 'select(.method == "event") | .params')
exits() { jq -c "select(.type == \"exit\" and .id == \"$1\") | .exit.code" <<<"$events"; }
equal 'the numbering went on' "$epoch" "$(reply 1 .result.epoch)"
equal 'without a hole' "$(seq -s ' ' $((seq + 1)) $((seq + $(wc -l <<<"$events"))))" "$(jq .seq <<<"$events" | paste -sd' ')"
equal 'the exit of the job was announced, once' 23 "$(exits job)"
equal 'so was that of the ticker' 42 "$(exits ticker)"

title '9. Ends'
bundle server 'until-term 5'
bundle deaf 'ignore-term'
does run --detach --stdout file:signals --bundle server server
does run --detach --bundle deaf deaf
does stop server
equal 'the server was asked by a signal' SIGTERM "$(cat signals)"
does stop --time 0.5 deaf
shows ps
talk '{"id":1,"method":"wait","params":{"id":"server"}}' '{"id":2,"method":"wait","params":{"id":"deaf"}}'
equal 'the server ended in its own way' '5 null' "$(reply 1 '"\(.result.code) \(.result.signal)"')"
equal 'who does not listen is killed, and that is told apart from an exit' '137 SIGKILL' "$(reply 2 '"\(.result.code) \(.result.signal)"')"
does delete hello ticker job server deaf
printf ' $ kill -TERM %s    # the agent\n' "$agent"
kill -TERM "$agent"
code=0
wait "$agent" || code=$?
equal 'the agent goes when it is told to' 0 "$code"

title '10. What is left'
check 'no process' within 5 no_processes "$tmp/shimd" "$rootfs/shimd"
equal 'no cgroup' '' "$(our_cgroups)"
equal 'no mount' '' "$(our_mounts)"
equal 'no container in the state root' '' "$(ls -A "$root/containers")"
equal 'nothing in its quarantine' '' "$(ls -A "$root/quarantine")"
equal 'nothing of the runtime' '' "$(find "$root/runtime" -mindepth 2)"
check 'no socket' [ ! -e "$socket" ]
cd /
rm -rf "$tmp"
check "no directory: $tmp" [ ! -e "$tmp" ]
finished=yes
printf '\nAll of it held. It took %s seconds.\n' "$SECONDS"
