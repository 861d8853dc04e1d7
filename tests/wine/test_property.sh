#!/bin/bash
# 600 random well-formed streams with everything that the format allows, under Wine: export equals import.
# EFS_TEST_STREAMS: how many, instead. The native one is tests/property/run.
#
# SPDX-License-Identifier: LGPL-2.1-or-later
[ -w /dev/shm ] && TMPDIR=/dev/shm # a tmpfs: what directories can't hold there is known to the generator
. "$(dirname "$0")/../lib/tap.sh"
. "$(dirname "$0")/../lib/prefix.sh"
streams=${EFS_TEST_STREAMS:-600} batch=100

mkdir "$work/dir"
x86_64-w64-mingw32-gcc -std=c11 -municode -O1 "$top/tests/wine/programs/roundtrip.c" -o "$work/roundtrip.exe" ||
    skip_all "no compiler for Windows programs"
check "a prefix with the drop-in" make_dropin_prefix "$work/prefix"
prefix=$work/prefix
wine_seconds=300
on_tmpfs=
[ "$(stat -f -c %T "$work")" != tmpfs ] || on_tmpfs=1

# Too much for a directory's attributes, so that 6014 is the right answer
refusable()
{
    case $1 in *.dir) ;; *) return 1 ;; esac
    [ -z "$on_tmpfs" ] || "$gen/efsrandom.py" describe "${1%.dir}" | head -n 1 | grep -qw refusable
}

kept=0 directories=0 refused=0 bad=()
for ((seed = 1; seed <= streams; seed += batch)); do
    "$gen/efsrandom.py" files "$work/dir" $batch $seed || bad+=("seed $seed: not made")
    names=() paths=()
    for raw in "$work/dir"/*.raw; do
        names+=("$(basename "$raw" .raw)")
        paths+=("$(winpath "${raw%.raw}")")
    done
    run_wine "$work/roundtrip.exe" $seed "${paths[@]}" >"$work/log" 2>&1
    for name in "${names[@]}"; do
        # what roundtrip.exe says of it, if anything
        said=$(grep -a "\\\\$name: " "$work/log" | tr -d '\r')
        if [ -z "$said" ] && cmp -s "$work/dir/$name.raw" "$work/dir/$name.out" && [ -e "$work/dir/$name.efs" ]; then
            kept=$((kept + 1))
            case $name in *.dir) directories=$((directories + 1)) ;; esac
        elif [[ $said = *": import 6014 "* ]] && [ ! -e "$work/dir/$name.efs" ] && refusable "$name"; then
            refused=$((refused + 1))
        else
            bad+=("stream $name: ${said:-the export differs from the import}")
        fi
        rm -rf "${work:?}/dir/$name".*
    done
    [ -z "$(ls -A "$work/dir")" ] ||
        { bad+=("streams from $seed: left behind: $(ls -A "$work/dir" | head -n 3)"); rm -rf "${work:?}/dir"/*; }
done
echo "# $kept kept, $directories of them of directories; $refused refused, as too much for a directory's attributes"
if [ ${#bad[@]} = 0 ]; then
    pass "$((kept + refused)) random streams: each export equals its import"
else
    fail "random streams: each export equals its import" "$(printf '%s\n' "${bad[@]:0:100}"; echo "${#bad[@]} failed")"
fi
check "as many as there should be" test $((kept + refused)) = $(((streams + batch - 1) / batch * batch))
plan
