#!/bin/sh
# case.sh FILE NAME: one case, whose container is $id; it is deleted however the case ends.
set -eu
. /guest/lib.sh
. "$1"
id=$2
trap 'call delete "{\"id\":\"$id\",\"force\":true}" >/dev/null 2>&1 || true' EXIT
"case_$id"
