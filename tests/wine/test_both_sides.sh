#!/bin/bash
# A Windows program and a Linux one replace and read one file at the same time: each reads one of the two streams whole,
# each replacement succeeds or is refused as documented, nothing is left behind.
#
# SPDX-License-Identifier: LGPL-2.1-or-later
. "$(dirname "$0")/../lib/tap.sh"
. "$(dirname "$0")/../lib/prefix.sh"

rounds=15
check "a prefix with the drop-in" make_dropin_prefix "$work/prefix"
prefix=$work/prefix
c=$prefix/drive_c
mkdir "$c/both" "$work/linux"
"$gen/efsgen.py" stream --out "$work/a" --size 100000 --seed a --random-ciphertext
"$gen/efsgen.py" stream --out "$work/b" --size 3000 --seed b --random-ciphertext
check "the file" "$stage/bin/efsraw" import "$work/a" "$c/both/file"

is_whole() { cmp -s "$work/a" "$1" || cmp -s "$work/b" "$1"; }

# Linux's side: both streams in turn, and an export after each.
linux_side()
{
    local i status

    for ((i = 0; i < rounds; i++)); do
        "$stage/bin/efsraw" import "$work/$([ $((i % 2)) = 0 ] && echo a || echo b)" "$c/both/file" \
            >>"$work/linux/log" 2>&1
        status=$?
        [ $status = 0 ] && echo "import" || echo "refused"
        "$stage/bin/efsraw" export "$c/both/file" - >"$work/linux/out" 2>>"$work/linux/log" &&
            is_whole "$work/linux/out" &&
            echo "export" || echo "BROKEN"
    done >"$work/linux/result"
}
linux_side &
side=$!
for ((i = 0; i < 4; i++)); do
    run_wine efsbackup.exe save 'C:\both\file' "$(winpath "$work/saved-$i")" >>"$work/wine.log" 2>&1
    echo "save $?"
    is_whole "$work/saved-$i" && echo "whole" || echo "BROKEN"
done >"$work/wine.result"
wait "$side"
sed 's/^/# /' <(sort "$work/linux/result" | uniq -c) <(sort "$work/wine.result" | uniq -c)
check "all that Linux's side read was whole" test "$(grep -c export "$work/linux/result")" = $rounds
check "it replaced the file" grep -q import "$work/linux/result"
check "all that the Windows program saved was whole" test "$(grep -c whole "$work/wine.result")" = 4
check "nothing is left behind" test "$(ls -A "$c/both")" = file
plan
