#!/bin/bash
# What an archive of efsbackup tree says of itself: what is damaged, missing or cut off is found by tree verify and by a
# restore; descriptors of encrypted files come back; archives of the first format can be restored.
#
# SPDX-License-Identifier: LGPL-2.1-or-later
. "$(dirname "$0")/../lib/tap.sh"
. "$(dirname "$0")/../lib/prefix.sh"

check "a prefix with the drop-in" make_dropin_prefix "$work/prefix"
tree=$work/tree
umask 022
mkdir -p "$tree/sub/folder"
echo content >"$tree/file"
head -c 700000 /dev/urandom >"$tree/sub/large"
"$gen/efsgen.py" stream --out "$work/raw" --size 100000 --random-ciphertext
"$gen/efsgen.py" stream --out "$work/rawdir" --directory --random-ciphertext
"$stage/bin/efsraw" import "$work/raw" "$tree/sub/secret"
"$stage/bin/efsraw" import "$work/raw" "$tree/sub/open"
run_wine efsbackup.exe restore "$(winpath "$work/rawdir")" "$(winpath "$tree/sub/folder")" --directory 2>/dev/null
echo in >"$tree/sub/folder/plain"
chmod 640 "$tree/sub/secret"
chmod 606 "$tree/sub/open"
chmod 1751 "$tree/sub/folder"

save() { run_wine efsbackup.exe tree save "$(winpath "$1")" "$(winpath "$2")"; }
restore() { run_wine efsbackup.exe tree restore "$(winpath "$1")" "$(winpath "$2")"; }
verify() { run_wine efsbackup.exe tree verify "$(winpath "$1")"; }

# ends STATUS NAME TEXT COMMAND...
ends()
{
    local wanted=$1 name=$2 text=$3 status=0

    "${@:4}" >"$work/said" 2>&1 || status=$?
    if [ "$status" = "$wanted" ] && grep -qF -- "$text" "$work/said"; then pass "$name"
    else fail "$name" "status $status"$'\n'"$(cat "$work/said")"
    fi
}
# changed: a copy of the archive, to be changed
changed() { rm -rf "$work/changed" && cp -a "$work/archive" "$work/changed"; }
number_of() { sed -n "s/^[a-zA-Z] .* \([0-9a-f]\{8\}\) [0-9a-f]* [0-9a-f]* $1\$/\1/p" "$work/archive/index"; }

ends 0 "save" "5 files and 3 directories saved, 0 failed" save "$tree" "$work/archive"
ends 0 "verify" "5 files and 3 directories are as they were saved, 0 aren't" verify "$work/archive"

# ---- descriptors of encrypted files
ends 0 "restore" "5 files and 3 directories restored, 0 failed" restore "$work/archive" "$work/back"
modes() { (cd "$1" && stat -c '%a %n' sub/secret sub/open sub/folder sub/folder/plain); }
check "the modes of encrypted files, bit for bit" cmp <(modes "$tree") <(modes "$work/back")
mkdir -p "$work/over/sub"
"$stage/bin/efsraw" import "$work/raw" "$work/over/sub/secret"
chmod 666 "$work/over/sub/secret"
ends 0 "restore over a file of another mode" "0 failed" restore "$work/archive" "$work/over"
check "it is the archive's" cmp <(modes "$tree") <(modes "$work/over")

# ---- damage: one bit of each kind of file
flip()
{
    /usr/bin/python3 - "$1" <<'END'
import sys
data = bytearray(open(sys.argv[1], 'rb').read())
data[len(data) * 4 // 5] ^= 4
open(sys.argv[1], 'wb').write(data)
END
}
for name in file 'sub\\large' 'sub\\secret' 'sub\\folder' 'sub'; do
    number=$(number_of "$name")
    for file in "$work/archive/$number".*; do
        changed
        flip "$work/changed/${file##*/}"
        ends 1 "one bit of $name, ${file##*.}" "number $number" verify "$work/changed"
        check "all else is right" grep -q "are as they were saved, 1 aren't" "$work/said"
    done
done
changed
flip "$work/changed/$(number_of 'sub\\secret').raw"
flip "$work/changed/$(number_of 'file').backup"
ends 1 "restore of two such files" "2 failed" restore "$work/changed" "$work/damaged"
check "they aren't there" test ! -e "$work/damaged/sub/secret" -a ! -e "$work/damaged/file"
check "the others are" cmp "$tree/sub/large" "$work/damaged/sub/large"
check "and nothing else" test -z "$(find "$work/damaged" -name 'efsbackup-*' -o -name '.efs-*')"
mkdir "$work/mine"
echo mine >"$work/mine/file"
ends 1 "over a file" "(23)" restore "$work/changed" "$work/mine"
check "it stays" test "$(cat "$work/mine/file")" = mine

# ---- what isn't there
for name in 'sub\\large' 'sub\\secret'; do
    number=$(number_of "$name")
    for file in "$work/archive/$number".*; do
        changed
        rm "$work/changed/${file##*/}"
        ends 1 "without $name, ${file##*.}" "(2)" verify "$work/changed"
        ends 1 "restore of it" "1 failed" restore "$work/changed" "$work/missing"
        rm -rf "$work/missing"
    done
done
changed
truncate -s -1 "$work/changed/$(number_of 'sub\\large').backup"
ends 1 "a stream without its last byte" "(13)" verify "$work/changed"
changed
echo >>"$work/changed/$(number_of 'sub\\large').backup"
ends 1 "a stream with one byte more" "1 aren't" verify "$work/changed"

# ---- the index: without lines at its end, in its middle, with more; each entry's line cut out
damaged_index() # NAME: changed/index is
{
    ends 1 "$1: verify" "the index is damaged" verify "$work/changed"
    ends 1 "$1: restore" "the index is damaged" restore "$work/changed" "$work/cut"
    rm -rf "$work/cut"
}
changed
sed -i '$d' "$work/changed/index"
damaged_index "no end"
sed -i '$d' "$work/changed/index"
damaged_index "nor the last entry"
changed
sed -i '3d' "$work/changed/index"
damaged_index "without an entry"
changed
echo "end 00000009" >>"$work/changed/index"
damaged_index "a second end"
changed
sed -i 's/^end .*/end 0000000000000008/' "$work/changed/index"
damaged_index "another end"
changed
sed -i 's/^\([fd] .*\) [0-9a-f]* \(sub.*\)/\1 0 \2/' "$work/changed/index"
damaged_index "a sum that is none"
changed
sed -i '/ sub$/d; s/^end .*/end 00000007/' "$work/changed/index"
ends 1 "without a directory's entry" "(3)" verify "$work/changed"
changed
printf 'efsbackup tree 3\n' >"$work/changed/index"
ends 1 "another format" "(13)" verify "$work/changed"
ends 1 "no archive" "(3)" verify "$work/none"
ends 2 "verify with one word more" "Usage" run_wine efsbackup.exe tree verify a b

# ---- the first format
changed
"$top/tests/lib/archive.py" old "$work/changed"
ends 0 "an archive of the first format: verify" "no sums" verify "$work/changed"
ends 0 "restore" "5 files and 3 directories restored, 0 failed" restore "$work/changed" "$work/old"
check "the same" diff -r "$tree" "$work/old"
truncate -s -1 "$work/changed/$(number_of 'sub\\large').backup"
ends 1 "a stream without its last byte" "(13)" verify "$work/changed"
plan
