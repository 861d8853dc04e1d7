#!/bin/bash
# The hooks leave no page that is both writable and executable.
#
# SPDX-License-Identifier: LGPL-2.1-or-later
. "$(dirname "$0")/../lib/tap.sh"
. "$(dirname "$0")/../lib/prefix.sh"

x86_64-w64-mingw32-gcc -std=c11 -O1 "$top/tests/wine/programs/pages.c" -o "$work/pages.exe" ||
    skip_all "no compiler for Windows programs"
check "a prefix with the drop-in" make_dropin_prefix "$work/prefix"
check_status "no page is writable and executable" 0 run_wine "$work/pages.exe"
sed 's/^/# /' "$work/output"
plan
