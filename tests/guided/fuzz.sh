#!/usr/bin/env bash
# Fuzzes the readers of lines, messages and state files with AFL++, which sees by SharpFuzz's instrumentation which branches an input takes:
#   fuzz.sh SECONDS [TARGET...]      all targets one after the other, so long each; ./dev fuzz calls it
#   TAKE=yes fuzz.sh ...             and puts what was found into the corpus
# What crashed is in artifacts/fuzz; one exit code for all: 1 when anything did.
set -euo pipefail
cd "$(dirname "$0")/../.."
export DOTNET_CLI_TELEMETRY_OPTOUT=1 DOTNET_NOLOGO=1
export AFL_SKIP_BIN_CHECK=1 AFL_SKIP_CPUFREQ=1 AFL_I_DONT_CARE_ABOUT_MISSING_CRASHES=1 AFL_NO_UI=1 AFL_NO_AFFINITY=1

seconds=$1
shift
bin=artifacts/bin/guided
work=artifacts/guided
dotnet msbuild tests/guided/guided.csproj -restore -p:Configuration=Release -v:quiet -nologo
rm -rf "$bin/instrumented" "$work"
cp -r "$bin/release" "$bin/instrumented"
dotnet "$bin/release/guided.dll" instrument "$bin/instrumented/guided.dll" >/dev/null

status=0
while read -r target corpus; do
    [ $# = 0 ] || [[ " $* " == *" $target "* ]] || continue
    found=tests/Fuzz/corpus/found/$target.base64
    mkdir -p "$work/$target/in" artifacts/fuzz "$(dirname "$found")"
    n=0
    while IFS= read -r line; do
        [ -z "$line" ] || printf '%s' "$line" >"$work/$target/in/$((n += 1))"
    done <"tests/Fuzz/corpus/$corpus"
    [ ! -e "$found" ] || while IFS= read -r line; do
        printf '%s' "$line" | base64 -d >"$work/$target/in/found-$((n += 1))"
    done <"$found"
    find "$work/$target/in" -empty -delete

    afl-fuzz -i "$work/$target/in" -o "$work/$target/out" -t 10000 -m none -V "$seconds" -- \
        dotnet "$bin/instrumented/guided.dll" run "$target" </dev/null >"$work/$target/log" 2>&1 ||
        { tail -20 "$work/$target/log" >&2; exit 1; }
    stat() { sed -n "s/^$1 *: //p" "$work/$target/out/default/fuzzer_stats"; }
    echo "$target: $(stat execs_done) inputs, $(stat execs_per_sec) a second, $(stat corpus_found) that took other branches, $(stat saved_crashes) crashes, $(stat saved_hangs) hangs"
    for bad in "$work/$target"/out/default/{crashes,hangs}/id*; do
        [ -e "$bad" ] || continue
        cp "$bad" "artifacts/fuzz/$target-$(sha256sum "$bad" | cut -c1-16).txt"
        status=1
    done
    [ -z "${TAKE:-}" ] || dotnet "$bin/release/guided.dll" take "$found" "$work/$target"/out/default/queue/id*
done < <(dotnet "$bin/release/guided.dll" targets)
[ $status = 0 ] || echo 'what crashed or hung is in artifacts/fuzz' >&2
exit $status
