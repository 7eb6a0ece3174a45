#!/bin/sh
# get-kernel.sh DIRECTORY: makes DIRECTORY hold vmlinuz and modules/ of Debian's kernel for virtual machines. Nothing is installed.
# The modules are those of a virtio disk, and what CRIU asks for.
set -eu
modules='virtio_ring virtio virtio_pci_modern_dev virtio_pci_legacy_dev virtio_pci virtio_blk
    libcrc32c nfnetlink nf_tables inet_diag unix_diag netlink_diag tcp_diag udp_diag af_packet_diag veth tun'
for program in apt-get apt-cache dpkg-deb; do
    command -v "$program" >/dev/null || { echo "there is no $program to get Debian's kernel with"; exit 1; }
done
package=$(apt-cache depends linux-image-cloud-amd64 | sed -n 's/^ *Depends: *\(linux-image-[0-9].*\)/\1/p' | head -n 1)
[ -n "$package" ] || { echo "apt-get knows no package linux-image-cloud-amd64: apt-get update may help"; exit 1; }
mkdir -p "$(dirname "$1")"
work=$(mktemp -d "$1.XXXXXX")
trap 'rm -rf "$work"' EXIT
cd "$work"
apt-get download -qq "$package"
dpkg-deb -x ./*.deb all
mkdir -p kernel/modules
mv all/boot/vmlinuz-* kernel/vmlinuz
for module in $modules; do
    find all -name "$module.ko" -exec mv {} kernel/modules/ \;
done
# Somebody else may have been faster.
[ -e "$1" ] || mv -T kernel "$1" || [ -e "$1/vmlinuz" ]
