#!/usr/bin/env bash
# Packs what publish.sh built: ./package.sh [linux-x64|linux-arm64]
#   ->  out/<rid>/shimd-VERSION-<rid>.tar.gz       to be unpacked at / or anywhere: binary, man page, completions, documentation
#       out/<rid>/shimd_VERSION_<architecture>.deb the same, where there is dpkg-deb
# The same sources give the same bytes. SHIMD_BIN names another binary, SHIMD_PACKAGES another place for the packages.
set -euo pipefail
cd "$(dirname "$0")"

case "${1:-$(uname -m)}" in
    x86_64 | linux-x64) rid=linux-x64 architecture=amd64 ;;
    aarch64 | linux-arm64) rid=linux-arm64 architecture=arm64 ;;
    *) echo 'usage: ./package.sh [linux-x64|linux-arm64]' >&2; exit 2 ;;
esac
binary=${SHIMD_BIN:-out/$rid/shimd}
out=${SHIMD_PACKAGES:-out/$rid}
[ -x "$binary" ] || { echo "package.sh: there is no $binary: ./publish.sh $rid makes it" >&2; exit 1; }
version=$(sed -n 's:.*<Version>\(.*\)</Version>.*:\1:p' Directory.Build.props)
SOURCE_DATE_EPOCH=${SOURCE_DATE_EPOCH:-$(git log -1 --format=%ct 2>/dev/null || echo 0)}
export SOURCE_DATE_EPOCH

tree=$(mktemp -d)
trap 'rm -rf "$tree"' EXIT
chmod 755 "$tree"
put() { install -Dm"$1" "$2" "$tree/$3"; }
put 755 "$binary" usr/bin/shimd
put 644 docs/shimd.1 usr/share/man/man1/shimd.1
gzip -9n "$tree/usr/share/man/man1/shimd.1"
put 644 completions/shimd.bash usr/share/bash-completion/completions/shimd
put 644 completions/_shimd usr/share/zsh/vendor-completions/_shimd
put 644 completions/shimd.fish usr/share/fish/vendor_completions.d/shimd.fish
put 644 LICENSE usr/share/doc/shimd/copyright
put 644 README.md usr/share/doc/shimd/README.md
put 644 CHANGELOG.md usr/share/doc/shimd/CHANGELOG.md
for page in protocol operations state architecture; do
    put 644 "docs/$page.md" "usr/share/doc/shimd/docs/$page.md"
done
for client in docs/clients/{README.md,client.*,csharp/*.cs*}; do
    put 644 "$client" "usr/share/doc/shimd/$client"
done
find "$tree" -type d -exec chmod 755 {} +

mkdir -p "$out"
archive=$out/shimd-$version-$rid.tar.gz
tar --create --directory "$tree" --sort=name --owner=0 --group=0 --numeric-owner --mtime="@$SOURCE_DATE_EPOCH" --format=gnu usr | gzip -9n >"$archive.new"
mv "$archive.new" "$archive"
echo "$archive"

if command -v dpkg-deb >/dev/null; then
    mkdir "$tree/DEBIAN"
    cat >"$tree/DEBIAN/control" <<END
Package: shimd
Version: $version
Architecture: $architecture
Maintainer: the shimd project <shimd@localhost>
Installed-Size: $(du -sk --apparent-size "$tree/usr" | cut -f1)
Recommends: crun | runc
Section: admin
Priority: optional
Description: container supervisor for machines without systemd
 One static binary: an agent that keeps containers through an OCI runtime, a
 small shim for each process, and their client. Starting the agent is left to
 the machine's init; /usr/share/doc/shimd/docs/operations.md shows how.
END
    package=$out/shimd_${version}_$architecture.deb
    dpkg-deb --root-owner-group --build "$tree" "$package.new" >/dev/null
    mv "$package.new" "$package"
    echo "$package"
fi
