#!/bin/bash
# Peak memory of an import and an export of a large file, natively: below 16 MB above that of the program
# doing nothing. EFS_TEST_BIG: the size in bytes, 4 GiB by default.
#
# SPDX-License-Identifier: LGPL-2.1-or-later
. "$(dirname "$0")/../lib/tap.sh"
set -o pipefail
efsraw=$stage/bin/efsraw
size=${EFS_TEST_BIG:-4294967296}
options=(--size "$size" --seed big --random-ciphertext)

space_for $((size + size / 10 + 100000000)) || skip_all "no room for $size bytes in $work"
cc -O1 -o "$work/peak" "$top/tests/lib/peak.c" || skip_all "no C compiler"
peak=$work/peak

check "the empty program" "$peak" "$work/empty" "$efsraw" --version

import()
{
    "$gen/efsgen.py" stream --out - "${options[@]}" | "$peak" "$work/import" "$efsraw" import - "$work/target"
}

export_same()
{
    "$peak" "$work/export" "$efsraw" export "$work/target" - | cmp - <("$gen/efsgen.py" stream --out - "${options[@]}")
}

# within WHAT: the figure, and the limit of 16 MB
within()
{
    local used

    [ -s "$work/$1" ] && [ -s "$work/empty" ] || { echo "# $1: no figure, as it failed"; return 1; }
    used=$(($(cat "$work/$1") - $(cat "$work/empty")))
    echo "# $1 of $size bytes: peak $(cat "$work/$1") KiB, empty program $(cat "$work/empty") KiB, difference $used KiB"
    [ $used -lt 16000 ]
}

check "import of $size bytes" import
within import && pass "memory of the import" || fail "memory of the import"
check "export of $size bytes equals the import" export_same
within export && pass "memory of the export" || fail "memory of the export"
plan
