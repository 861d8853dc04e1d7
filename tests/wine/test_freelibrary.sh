#!/bin/bash
# A program that loads advapi32.dll at run time and frees it goes on working.
#
# SPDX-License-Identifier: LGPL-2.1-or-later
. "$(dirname "$0")/../lib/tap.sh"
. "$(dirname "$0")/../lib/prefix.sh"

x86_64-w64-mingw32-gcc -std=c11 -O1 "$top/tests/wine/programs/freelibrary.c" -o "$work/freelibrary.exe" ||
    skip_all "no compiler for Windows programs"
check "a prefix with the drop-in" make_dropin_prefix "$work/prefix"
prefix=$work/prefix
run_wine "$work/freelibrary.exe" >"$work/log" 2>&1
check "it survives" test "$(tr -d "\r" <"$work/log" | xargs)" = "the drop-in is loaded survived"
plan
