# With runc, since Debian's crun is built without CRIU; and not in an initramfs, since CRIU itself needs pivot_root(2).

# What CRIU asks the kernel for at its start. In the order of their dependencies.
load_modules() {
    for module in libcrc32c nfnetlink nf_tables inet_diag unix_diag netlink_diag tcp_diag udp_diag af_packet_diag veth tun; do
        [ -e "/sys/module/$module" ] || insmod "/modules/$module.ko"
    done
}

# The container counts in a file of its own tmpfs, which is a part of the checkpoint.
count() { cat "/proc/$1/root/dev/count"; }
counted_beyond() { [ "$(count "$1")" -gt "$2" ]; }

# Starts the container, and has it count; leaves its pid in $pid.
make_counting() {
    load_modules
    container=$(make run counter '"runtime":"runc"')
    pid=$(member .pid "$container")
    until_true 20 test -s "/proc/$pid/root/dev/count"
    until_true 20 counted_beyond "$pid" 5
    image=$(mktemp -d)
}

checkpoint() {
    call checkpoint "{\"id\":\"$id\",\"path\":\"$image\"${1:+,$1}}" || fail "$(grep -h Error "$image"/*.log)"
}

case_restored_goes_on_where_it_was() {
    make_counting
    checkpoint >/dev/null
    expect '.code == 137' "$(of wait)"
    of delete >/dev/null
    container=$(make run counter "\"runtime\":\"runc\",\"restoreFrom\":\"$image\"") || fail "$(grep -h Error "$image"/*.log)"
    expect '.status == "running"' "$container"
    pid=$(member .pid "$container")
    before=$(count "$pid")
    [ "$before" -gt 5 ] || fail "it counts from $before"
    until_true 20 counted_beyond "$pid" "$before"
    call kill "{\"id\":\"$id\",\"signal\":\"KILL\"}" >/dev/null
    expect '.code == 137 and .source == "waited"' "$(of wait)"
}

case_checkpoint_can_leave_it_running() {
    follow_events
    make_counting
    checkpoint '"leaveRunning":true' >/dev/null
    expect '.status == "running"' "$(of state)"
    until_true 20 counted_beyond "$pid" "$(count "$pid")"
    until_true 20 saw checkpointed
}
