#!/usr/bin/env bash
# Builds the static binary: ./publish.sh [linux-x64|linux-arm64]  ->  out/<rid>/shimd and out/<rid>/shimd.dbg
# Installs nothing. Checks that the result is what we promise: one static file, no interpreter, no library, at most 4,925,000 bytes (arm64: 5,135,000).
set -euo pipefail
cd "$(dirname "$0")"

case "$(uname -m)" in
    x86_64) host=linux-x64 ;;
    aarch64) host=linux-arm64 ;;
    *) echo "publish.sh: no .NET AOT compiler for $(uname -m)" >&2; exit 1 ;;
esac
rid=${1:-$host}
case "$rid" in
    linux-x64) triplet=x86_64-linux-gnu; machine='X86-64'; max_size_bytes=4925000; cross_packages='gcc-x86-64-linux-gnu libc6-dev-amd64-cross' ;;
    linux-arm64) triplet=aarch64-linux-gnu; machine='AArch64'; max_size_bytes=5135000; cross_packages='gcc-aarch64-linux-gnu libc6-dev-arm64-cross' ;;
    *) echo "usage: ./publish.sh [linux-x64|linux-arm64]" >&2; exit 2 ;;
esac

# need WHAT PACKAGES COMMAND...: notes what is missing, and the packages that have it, unless COMMAND succeeds.
missing='' packages=''
need() {
    local what=$1 from=$2
    shift 2
    if ! "$@" >/dev/null 2>&1; then
        missing+="  $what"$'\n'
        packages+=" $from"
    fi
}

need 'clang, which drives the link' clang command -v clang
need 'ld.lld, the linker' lld command -v ld.lld
need 'readelf, to check the result' binutils command -v readelf
if [ "$rid" = "$host" ]; then
    need 'objcopy, to split off the symbols' binutils command -v objcopy
    need 'libc.a, the static C library' libc6-dev test -e "/usr/lib/$triplet/libc.a" -o -e /usr/lib64/libc.a -o -e /usr/lib/libc.a
else
    need "$triplet-objcopy, to split off the symbols" "binutils-$triplet" command -v "$triplet-objcopy"
    need "libgcc.a and libc.a for $triplet" "$cross_packages" test -e "/usr/$triplet/lib/libc.a" -a -e "$($triplet-gcc -print-file-name=libgcc.a 2>/dev/null)"
fi
if [ -n "$missing" ]; then
    printf 'publish.sh: missing for %s:\n%s' "$rid" "$missing" >&2
    echo "On Debian or Ubuntu: apt-get install$packages" >&2
    exit 1
fi
if ! command -v dotnet >/dev/null; then
    echo 'publish.sh: the .NET SDK 10.0 is missing: https://dotnet.microsoft.com/download/dotnet/10.0' >&2
    exit 1
fi

out=out/$rid
work=artifacts/publish/agent/release_$rid
dotnet publish agent.csproj -c Release -r "$rid" -o "$work" -v quiet -nologo

fail() { echo "publish.sh: $work/shimd $*" >&2; exit 1; }
header=$(LC_ALL=C readelf -hlW "$work/shimd") || fail 'is no ELF file'
dynamic=$(LC_ALL=C readelf -dW "$work/shimd")
size_bytes=$(stat -c %s "$work/shimd")
grep -q "Machine: .*$machine" <<<"$header" || fail "is not for $machine"
! grep -qw INTERP <<<"$header" || fail 'asks for a dynamic loader: not static'
! grep -qw NEEDED <<<"$dynamic" || fail "needs libraries: $(grep -w NEEDED <<<"$dynamic")"
[ "$size_bytes" -le "$max_size_bytes" ] || fail "has $size_bytes bytes, more than $max_size_bytes"

# By rename, so that a shimd which is running keeps its file.
mkdir -p "$out"
for file in shimd.dbg shimd; do
    cp "$work/$file" "$out/.$file.new"
    mv "$out/.$file.new" "$out/$file"
done
echo "$out/shimd: $size_bytes bytes, static, $rid"
