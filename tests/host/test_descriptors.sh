#!/bin/bash
# A replaced file's Windows security descriptor is kept beside $EFS, with its mark, where there is room for both; it is
# never a reason to refuse an import.
#
# SPDX-License-Identifier: LGPL-2.1-or-later
. "$(dirname "$0")/../lib/tap.sh"
. "$(dirname "$0")/../lib/mounts.sh"
efsraw=$stage/bin/efsraw

"$gen/efsgen.py" stream --out "$work/raw" --size 5000
# attributes NAME: which of the two the file has
attributes() { getfattr --absolute-names -m '^user\.(wine|efs)\.sd$' "$1" | sed -n 's/^user\.//p' | sort |
    tr '\n' ' '; }
# value_of BYTES: that many, in getfattr's hexadecimal form
value_of() { printf 0x; head -c "$1" /dev/zero | tr '\0' x | od -An -v -tx1 | tr -d ' \n'; }

# replaces NAME SIZE WANTED: over a file with a descriptor of that size
replaces()
{
    echo old >"$dir/$1"
    chmod 640 "$dir/$1"
    setfattr -n user.wine.sd -v "$(value_of "$2")" "$dir/$1" || { fail "$1: the descriptor"; return; }
    [ "${4-}" = unmarked ] || setfattr -n user.efs.sd -v "$(value_of 10)" "$dir/$1" || { fail "$1: the mark"; return; }
    getfattr --absolute-names -n user.wine.sd --only-values "$dir/$1" >"$work/before"
    check "$1: import" "$efsraw" import "$work/raw" "$dir/$1"
    check "$1: what is kept" test "$(attributes "$dir/$1")" = "$3"
    [ -z "$3" ] ||
        check "$1: the same" cmp "$work/before" <(getfattr --absolute-names -n user.wine.sd --only-values "$dir/$1")
    check "$1: the mode" test "$(stat -c %a "$dir/$1")" = 640
    check "$1: the stream" cmp "$work/raw" <("$efsraw" export "$dir/$1" -)
}

dir=$work
replaces kept 300 "efs.sd wine.sd "
replaces staging 300 "wine.sd " unmarked

dir=$work/small
mkdir "$dir"
truncate -s 8M "$work/image"
if [ "$(id -u)" = 0 ] && mkfs.ext4 -q -F -b 4096 -O '^ea_inode' "$work/image" >/dev/null 2>&1 &&
    mount -o loop "$work/image" "$dir" 2>/dev/null; then
    at_exit unmount "$dir"
    replaces small 300 "efs.sd wine.sd "
    replaces large 3900 ""
    replaces large-staging 3900 "" unmarked
else
    skip "a file system with room for 4 KB of attributes" "an image can't be mounted here"
fi
plan
