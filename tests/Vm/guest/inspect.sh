#!/bin/sh
# What the earlier boots have left on the disk, told on the console line by line for the host to judge; then all of it is
# deleted, and the next load begins.
export SHIMD_ROOT=/mnt/root
. /guest/lib.sh
set -u

for module in virtio_ring virtio virtio_pci_modern_dev virtio_pci_legacy_dev virtio_pci virtio_blk; do
    insmod "/modules/$module.ko"
done

# As strict as a file system can be: what was renamed but not synced is torn by a cut.
until_true 30 test -b /dev/vda
mount -t ext4 -o noauto_da_alloc /dev/vda /mnt || fail 'the disk cannot be mounted'
mkdir -p "$SHIMD_ROOT"
start_agent
echo 'SERVES'

containers() { call list '{"limit":1000}' | jq -c '.containers[]'; }

# Deletes that were under way go on behind the start.
settled() {
    [ -z "$(containers | jq -r 'select(.status != "stopped")')" ] &&
        ! grep -qs '"phase":"deleting"' "$SHIMD_ROOT"/containers/*/container.json
}

(until_true 20 settled)
containers | sed 's/^/CONTAINER /'
for id in $(containers | jq -r .id); do
    of processes | jq -c '.processes[]' | sed 's/^/PROCESS /'
done
ls "$SHIMD_ROOT/quarantine" | sed 's/^/QUARANTINE /'
for id in $(containers | jq -r .id); do
    call delete "{\"id\":\"$id\",\"force\":true}" 2>&1 >/dev/null | sed "s/^/UNDELETED $id /"
done
for directory in containers quarantine runtime/crun; do
    find "$SHIMD_ROOT/$directory" -mindepth 1 2>/dev/null | sed 's/^/LEFT /'
done
sed 's/^/AGENT /' $agent_log
echo 'INSPECTED'
. /guest/load.sh
