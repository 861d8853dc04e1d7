#!/bin/bash
# The fuzz targets on their seeds, and on the inputs that once made them fail; without libFuzzer, with the sanitizers
# where tools/test has built with them.
#
# SPDX-License-Identifier: LGPL-2.1-or-later
. "$(dirname "$0")/../lib/tap.sh"

programs=$build/native/tests/fuzz
[ ! -d "$build/check/sanitize/tests/fuzz" ] || programs=$build/check/sanitize/tests/fuzz
export UBSAN_OPTIONS=halt_on_error=1

check "makes the seeds" "$top/tests/fuzz/seeds" "$work/seeds"
for program in "$programs"/fuzz_*; do
    [ -f "$program" ] || continue
    target=${program##*/fuzz_}
    mkdir -p "$work/seeds/$target"
    check "$target: $(find "$work/seeds/$target" -type f | wc -l) seeds" "$program" "$work/seeds/$target"
    for input in "$top/tests/fuzz/regressions/$target"-*; do
        [ ! -f "$input" ] || check "$target: ${input##*/}" "$program" "$input"
    done
done
plan
