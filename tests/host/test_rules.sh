#!/bin/bash
# Every rule of the format, broken once: efsraw refuses it and leaves the target alone. Streams that are
# unusual but well-formed come back byte for byte, or are refused with the reason that they can't be kept.
#
# SPDX-License-Identifier: LGPL-2.1-or-later
. "$(dirname "$0")/../lib/tap.sh"
efsraw=${EFSRAW_CHECKED:-$stage/bin/efsraw}

mkdir "$work/dir"
target=$work/dir/target
"$gen/efsgen.py" stream --out "$work/old" --size 1000 --seed old --random-ciphertext
old_host=$("$gen/efscheck.py" host "$work/old" | sha)
old_efs=$("$gen/efscheck.py" metadata "$work/old" | sha)

# Nothing but the target is in its directory, and that is what it was before.
untouched()
{
    [ "$(ls -A "$work/dir")" = target ] && [ "$(sha "$target")" = "$old_host" ] &&
        [ "$(efs_xattr "$target" | sha)" = "$old_efs" ]
}

refused()
{
    local status=0

    "$efsraw" import "$1" "$target" 2>"$work/message" || status=$?
    cat "$work/message"
    [ $status = 1 ] && untouched && [ "$(wc -l <"$work/message")" = 1 ] && rm "$target" || return 1
    # the same where nothing was before
    "$efsraw" import "$1" "$target" && return 1
    [ -z "$(ls -A "$work/dir")" ]
}

# A message that names the rule, by the file, its place and more than the error's own text
explained()
{
    cat "$work/message"
    grep -q "^efsraw: .*$work/raw.*: .*offset" "$work/message"
}

round_trip()
{
    "$efsraw" export "$target" "$work/back" && cmp "$work/raw" "$work/back"
}

while IFS=$'\t' read -r name kind text; do
    "$gen/efsgen.py" stream --out "$work/raw" --break "$name" --random-ciphertext || fail "$name: made"
    rm -rf "$target"
    "$efsraw" import "$work/old" "$target" || fail "$name: the earlier import"
    if [ "$kind" != valid ]; then
        check "$name: $text: refused, target untouched" refused "$work/raw"
        check "$name: the message names file and offset" explained
        check_status "$name: verify says so too" 1 "$efsraw" verify "$work/raw"
    elif "$efsraw" import "$work/raw" "$target" 2>"$work/message"; then
        check "$name: $text: comes back byte for byte" round_trip
    else
        fail "$name: $text: taken for broken" "$(cat "$work/message")"
    fi
done < <("$gen/efsgen.py" rules)
plan
