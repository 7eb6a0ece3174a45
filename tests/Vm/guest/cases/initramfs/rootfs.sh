# The root is an initramfs: pivot_root(2) refuses it, and the agent finds that out without being told.

case_no_pivot_is_chosen() {
    expect '.status == "created"' "$(make create sleeper)"
    expect '.noPivot' "$(cat "$(state_file process.json)")"
}

# Else the case above would show nothing.
case_no_pivot_is_needed() {
    ! make create sleeper '"noPivot":false' 2>/tmp/refusal || fail 'it works with pivot_root, too'
    grep -q 'pivot_root' /tmp/refusal || fail "$(cat /tmp/refusal)"
}

# What counts is the root of the machine, not where the bundle is.
case_no_pivot_is_chosen_for_a_mounted_rootfs() {
    mkdir /run/mounted
    mount -t tmpfs mounted /run/mounted
    cp -a /rootfs /run/mounted/rootfs
    mkdir /run/mounted/bundle
    sed 's|"/rootfs"|"/run/mounted/rootfs"|' /bundles/exit7/config.json >/run/mounted/bundle/config.json
    call run "{\"id\":\"$id\",\"bundle\":\"/run/mounted/bundle\"}" >/dev/null
    expect '.code == 7' "$(of wait)"
}
