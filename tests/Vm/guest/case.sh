#!/bin/sh
# case.sh FILE NAME: one case. Its container is $id.
set -eu
. /guest/lib.sh
. "$1"
id=$2
"case_$id"
