#!/bin/bash
# A stream cut off at every place: refused, the target untouched, nothing left behind. The format has no end
# mark, so a cut exactly between two records can't be told from an end: those, and only those, are taken.
#
# SPDX-License-Identifier: LGPL-2.1-or-later
. "$(dirname "$0")/../lib/tap.sh"
efsraw=${EFSRAW_CHECKED:-$stage/bin/efsraw}

mkdir "$work/dir"
target=$work/dir/target

# cuts STREAM LENGTHS: prints the lengths at which an import succeeds; complains of any that fails differently
cuts()
{
    local n status

    while read -r n; do
        status=0
        head -c "$n" "$1" | "$efsraw" import - "$target" 2>"$work/message" || status=$?
        if [ $status = 0 ]; then
            echo "$n"
            cp -a --remove-destination "$work/old" "$target" # an overwritten file would keep its layout
        elif [ $status != 1 ] || [ "$(wc -l <"$work/message")" != 1 ]; then
            echo "status $status at $n"
            cat "$work/message"
        fi
        [ "$(ls -A "$work/dir")" = target ] && cmp -s "$work/old" "$target" || { echo "target touched at $n"; return; }
    done <"$2"
}

try()
{
    local name=$1 stream=$2 lengths=$3 wanted

    cuts "$stream" "$lengths" >"$work/taken"
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

"$gen/efsgen.py" stream --out "$work/small" --size 569 --random-ciphertext
seq 0 $(($(stat -c %s "$work/small") - 1)) >"$work/lengths"
try "a small stream, every length" "$work/small" "$work/lengths"

# 64 KiB and more: all lengths around the ends of records, and some of the others
"$gen/efsgen.py" stream --out "$work/large" --size 140000 --random-ciphertext
size=$(stat -c %s "$work/large")
{
    for at in $("$gen/efscheck.py" cuts "$work/large") $size; do seq $((at - 40)) $((at + 40)); done
    seq 1000 997 "$size"
} | awk -v size="$size" '$1 < size' | sort -nu >"$work/lengths"
try "a stream of three segments" "$work/large" "$work/lengths"

if [ -d "$vectors" ]; then
    seq 0 37 $(($(stat -c %s "$vectors/stream.efsraw") - 1)) >"$work/lengths"
    "$gen/efscheck.py" cuts "$vectors/stream.efsraw" >>"$work/lengths"
    sort -nu -o "$work/lengths" "$work/lengths"
    try "the genuine stream" "$vectors/stream.efsraw" "$work/lengths"
else
    skip "the genuine stream" "not in this checkout"
fi
plan
