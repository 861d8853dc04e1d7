#!/bin/bash
# Peak memory of efsbackup.exe restoring and saving a large file under Wine: below 16 MB above that of efsbackup
# doing nothing. EFS_TEST_BIG: the size in bytes, 4 GiB by default.
#
# SPDX-License-Identifier: LGPL-2.1-or-later
. "$(dirname "$0")/../lib/tap.sh"
. "$(dirname "$0")/../lib/prefix.sh"
size=${EFS_TEST_BIG:-4294967296}

space_for $((3 * (size + size / 10) + 500000000)) || skip_all "no room for three times $size bytes in $work"
cc -O1 -o "$work/peak" "$top/tests/lib/peak.c" || skip_all "no C compiler"
check "a prefix with the drop-in" make_dropin_prefix "$work/prefix"
prefix=$work/prefix

# measured WHAT ARGS...: efsbackup, its peak in the file WHAT
measured()
{
    WINEPREFIX=$prefix timeout -k 10 600 "$work/peak" "$work/$1" wine "$stage/lib/wine-efs/x64/efsbackup.exe" \
        "${@:2}" </dev/null
}

within()
{
    local used

    [ -s "$work/$1" ] && [ -s "$work/empty" ] || { echo "# $1: no figure, as it failed"; return 1; }
    used=$(($(cat "$work/$1") - $(cat "$work/empty")))
    echo "# $1 of $size bytes: peak $(cat "$work/$1") KiB, empty program $(cat "$work/empty") KiB, difference $used KiB"
    [ $used -lt 16000 ]
}

"$gen/efsgen.py" stream --out "$work/raw" --size "$size" --seed big --random-ciphertext
check "the empty program" measured empty --help
check "restore of $size bytes" measured restore restore "$(winpath "$work/raw")" "$(winpath "$work/target")"
within restore && pass "memory of the restore" || fail "memory of the restore"
check "save of $size bytes" measured save save "$(winpath "$work/target")" "$(winpath "$work/back")"
within save && pass "memory of the save" || fail "memory of the save"
check "the same bytes" cmp "$work/raw" "$work/back"
plan
