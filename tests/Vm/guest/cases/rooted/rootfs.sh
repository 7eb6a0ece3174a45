# The root is a mount like any other.

case_pivot_is_not_avoided() {
    make run sleeper >/dev/null
    expect '.noPivot != true' "$(cat "$(state_file process.json)")"
}
