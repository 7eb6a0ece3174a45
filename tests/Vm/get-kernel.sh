#!/bin/sh
# get-kernel.sh DIRECTORY: puts Debian's kernel for virtual machines into DIRECTORY/vmlinuz. Nothing is installed, and an
# earlier one is kept. It needs no modules: its drivers for NVMe and ext4 are built in.
set -eu
[ ! -e "$1/vmlinuz" ] || exit 0
for program in apt-get apt-cache dpkg-deb; do
    command -v "$program" >/dev/null || { echo "there is no $program to get Debian's kernel with"; exit 1; }
done
package=$(apt-cache depends linux-image-cloud-amd64 | sed -n 's/^ *Depends: *\(linux-image-[0-9].*\)/\1/p' | head -n 1)
[ -n "$package" ] || { echo "apt-get knows no package linux-image-cloud-amd64: apt-get update may help"; exit 1; }
mkdir -p "$1"
work=$(mktemp -d "$1/get.XXXXXX")
trap 'rm -rf "$work"' EXIT
cd "$work"
apt-get download -qq "$package"
dpkg-deb --fsys-tarfile ./*.deb | tar -xf - --wildcards './boot/vmlinuz-*'
mv boot/vmlinuz-* ../vmlinuz
