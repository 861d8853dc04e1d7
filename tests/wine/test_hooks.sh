#!/bin/bash
# Hooks of a program's own, over ours and under ours: both work, and what was there before ours is said once, without a
# debug channel.
#
# SPDX-License-Identifier: LGPL-2.1-or-later
. "$(dirname "$0")/../lib/tap.sh"
. "$(dirname "$0")/../lib/prefix.sh"

x86_64-w64-mingw32-gcc -std=c11 -O1 "$top/tests/wine/programs/hooker.c" -o "$work/hooker.exe" ||
    skip_all "no compiler for Windows programs"
check "a prefix with the drop-in" make_dropin_prefix "$work/prefix"
prefix=$work/prefix
"$gen/efsgen.py" stream --out "$work/raw" --size 400
check "an encrypted file" "$stage/bin/efsraw" import "$work/raw" "$work/file"

# hooked HOW DATA ENCRYPTED: what such a program prints
hooked()
{
    check_status "a hook $1: the program goes on" 0 run_wine "$work/hooker.exe" "$1" "$(winpath "$work/file")"
    tr -d '\r' <"$work/output" >"$work/hooked"
    check "a hook $1: opening for data gives error $2" grep -qx "data: error $2" "$work/hooked"
    check "a hook $1: shows as encrypted" grep -qx "encrypted: $3" "$work/hooked"
    check "a hook $1: is called" grep -qx "own hook: called" "$work/hooked"
}

# WINEDEBUG is -all in these tests
told() { test "$(grep -c '^wine-efs: ' "$work/hooked")" = 1 &&
    grep -q "^wine-efs: this program had hooked NtCreateFile before .*: $1" "$work/hooked"; }

hooked after 5 yes
check_status "a hook after: nothing to say" 1 grep -q '^wine-efs: ' "$work/hooked"
hooked before 5 yes
check "a hook before: said once, and that ours works" told "encrypted files show there"
hooked odd 0 yes
check "a hook of unknown shape: said once, and that ours isn't there" told "encrypted files don't show as such there"
plan
