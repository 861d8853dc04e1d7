#!/bin/bash
# Streams of 0 bytes to 200 MB under Wine, import callbacks giving random numbers of bytes: export equals import.
#
# SPDX-License-Identifier: LGPL-2.1-or-later
. "$(dirname "$0")/../lib/tap.sh"
. "$(dirname "$0")/../lib/prefix.sh"

mkdir "$work/dir"
x86_64-w64-mingw32-gcc -std=c11 -municode -O1 "$top/tests/wine/programs/roundtrip.c" -o "$work/roundtrip.exe" ||
    skip_all "no compiler for Windows programs"
check "a prefix with the drop-in" make_dropin_prefix "$work/prefix"
prefix=$work/prefix

# batch SIZE...: all of them in one process
batch()
{
    local size name names=()

    for size in "$@"; do
        name=$work/dir/$size
        "$gen/efsgen.py" stream --out "$name.raw" --size "$size" --seed "$size" --random-ciphertext
        names+=("$(winpath "$name")")
    done
    run_wine "$work/roundtrip.exe" "$#" "${names[@]}" >"$work/log" 2>&1
    echo "# status $? of $# round trips; $(cat "$work/log")"
    for size in "$@"; do
        check "$size bytes: export equals import" cmp "$work/dir/$size.raw" "$work/dir/$size.out"
    done
    check "$# sizes: nothing else in the directory" test "$(ls -A "$work/dir" | wc -l)" = $((3 * $#))
    check "$# sizes: nothing failed" test ! -s "$work/log"
    rm -f "$work/dir"/*
}

wine_seconds=300
batch 0 1 511 512 513 65023 65024 65535 65536 65537 66048 131071 131072 131073 262143 262144 262145
# log-distributed, the same on every machine
batch $(awk 'BEGIN { srand(7); for (i = 0; i < 25; i++) print int(exp(rand() * log(1e8))) }' | sort -nu)
batch 209715200
plan
