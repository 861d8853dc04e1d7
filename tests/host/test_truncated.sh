#!/bin/bash
# A stream cut off, as efsraw takes it: refused with one line, the target untouched, nothing left behind. The format has
# no end mark, so a cut exactly between two records can't be told from an end: those, and only those, are taken. Here
# with streams of the generator and the genuine one, around the ends of records; tests/unit/session/test_truncated.c
# cuts at every length.
#
# SPDX-License-Identifier: LGPL-2.1-or-later
. "$(dirname "$0")/../lib/tap.sh"
efsraw=${EFSRAW_CHECKED:-$stage/bin/efsraw}

mkdir "$work/dir"
target=$work/dir/target

try()
{
    local name=$1 stream=$2 lengths=$3 wanted

    "$top/tests/host/cuts.py" "$efsraw" "$stream" "$work/old" "$target" <"$lengths" >"$work/taken"
    wanted=$("$gen/efscheck.py" cuts "$stream")
    if [ "$(cat "$work/taken")" = "$wanted" ]; then
        pass "$name: $(wc -l <"$lengths") cuts, taken: $(echo $wanted)"
    else
        fail "$name: $(wc -l <"$lengths") cuts, taken should be: $(echo $wanted)" "$(head -n 20 "$work/taken")"
    fi
}

"$gen/efsgen.py" stream --out "$work/first" --size 5 --seed old --random-ciphertext
check "the target that is there before" "$efsraw" import "$work/first" "$target"
cp -a "$target" "$work/old"

# around STREAM STEP: the lengths around the ends of its records, and every STEP-th of the others
around()
{
    local at size

    size=$(stat -c %s "$1")
    {
        for at in $("$gen/efscheck.py" cuts "$1") $size; do seq $((at - 3)) $((at + 3)); done
        seq 0 "$2" "$size"
    } | awk -v size="$size" '$1 >= 0 && $1 < size' | sort -nu
}

"$gen/efsgen.py" stream --out "$work/small" --size 569 --random-ciphertext
around "$work/small" 97 >"$work/lengths"
try "a small stream" "$work/small" "$work/lengths"

"$gen/efsgen.py" stream --out "$work/large" --size 140000 --random-ciphertext
around "$work/large" 7001 >"$work/lengths"
try "a stream of three segments" "$work/large" "$work/lengths"

if [ -d "$vectors" ]; then
    around "$vectors/stream.efsraw" 97 >"$work/lengths"
    try "the genuine stream" "$vectors/stream.efsraw" "$work/lengths"
else
    skip "the genuine stream" "not in this checkout"
fi
plan
