#!/bin/bash
# A whole tree through BackupRead and BackupWrite, and the raw functions for its encrypted files: efsbackup tree. What
# is restored is what was saved: data, holes, attributes, times, security descriptors; in constant memory.
#
# SPDX-License-Identifier: LGPL-2.1-or-later
. "$(dirname "$0")/../lib/tap.sh"
. "$(dirname "$0")/../lib/prefix.sh"

check "a prefix with the drop-in" make_dropin_prefix "$work/prefix"
prefix=$work/prefix
tree=$work/tree
mkdir -p "$tree/sub/empty" "$tree/sub/encrypted" "$tree/ключ" "$tree/locked"
long=$(printf 'n%.0s' {1..200})
mkdir -p "$tree/$long/$long"
echo hello >"$tree/a.txt"
: >"$tree/nothing"
head -c 1000000 /dev/urandom >"$tree/sub/random"
echo x >"$tree/ключ/備份.txt"
echo far >"$tree/$long/$long/file"
echo x >"$tree/locked/inside"
# data at the beginning, in the middle and at the end, and nowhere
for name in first middle last none; do truncate -s 8M "$tree/sub/$name"; done
printf data | dd of="$tree/sub/first" conv=notrunc status=none
printf data | dd of="$tree/sub/middle" bs=1M seek=3 conv=notrunc status=none
printf data | dd of="$tree/sub/last" bs=1 seek=$((8 * 1024 * 1024 - 4)) conv=notrunc status=none
"$gen/efsgen.py" stream --out "$work/raw" --size 100000 --random-ciphertext
"$gen/efsgen.py" stream --out "$work/rawdir" --directory --random-ciphertext
"$stage/bin/efsraw" import "$work/raw" "$tree/sub/secret"
run_wine efsbackup.exe restore "$(winpath "$work/rawdir")" "$(winpath "$tree/sub/encrypted")" --directory 2>/dev/null
echo in >"$tree/sub/encrypted/plain"
# by Wine, so that its own places for it are used
for attribute in +h +s; do
    WINEPREFIX=$prefix timeout 60 wine attrib $attribute "$(winpath "$tree/nothing")" >/dev/null 2>&1 </dev/null
done
chmod 444 "$tree/a.txt"
chmod 700 "$tree/sub/random"
chmod 500 "$tree/locked"
touch -d '2001-02-03 04:05:06' "$tree/a.txt" "$tree/sub/random" "$tree/sub/secret" "$tree/sub/empty" "$tree/sub" "$tree"

save() { run_wine efsbackup.exe tree save "$(winpath "$1")" "$(winpath "$2")"; }
restore() { run_wine efsbackup.exe tree restore "$(winpath "$1")" "$(winpath "$2")"; }

check "save" save "$tree" "$work/archive"
cp "$work/output" "$work/summary"
check "it says how much it was" grep -q '^12 files and 8 directories saved, 0 failed' "$work/summary"
check "restore" restore "$work/archive" "$work/back"
cp "$work/output" "$work/summary"
check "it says how much it was" grep -q '^12 files and 8 directories restored, 0 failed' "$work/summary"
check "the same names and data" diff -r "$tree" "$work/back"
check "holes are data, since nobody marked the files as sparse" test \
    "$(du -sk --apparent-size "$work/archive" | cut -f 1)" -gt 32000

# Everything that Windows programs see: attributes and times are in the index, security descriptors in the streams.
check "save what was restored" save "$work/back" "$work/again"
# 4 is the access time, which a host may not keep as it was
fields() { cut -d ' ' -f 1-3,5- "$1/index"; }
check "the same attributes and times" cmp <(fields "$work/archive") <(fields "$work/again")
same_streams()
{
    local name differ=0

    for name in "$work/archive"/*.*; do cmp "$name" "$work/again/${name##*/}" || differ=1; done
    [ "$(ls "$work/archive")" = "$(ls "$work/again")" ] && [ $differ = 0 ]
}
check "the same streams, security included" same_streams
check "hidden and system, still" grep -q '^f 000000[0-9a-f]6 .* nothing$' "$work/again/index"
check "read-only, still" grep -q '^f 000000[0-9a-f][13579bdf] 01c08d.* a.txt$' "$work/again/index"
check "the access list of a private file, still" test "$(stat -c %A "$work/back/sub/random" | cut -c 8-)" = "---"
modes() { (cd "$1" && stat -c '%A %n' a.txt nothing locked sub sub/empty sub/first sub/random ключ/備份.txt); }
check "the modes, bit for bit" cmp <(modes "$tree") <(modes "$work/back")
check "the metadata of an encrypted file" cmp <(efs_xattr "$tree/sub/secret") <(efs_xattr "$work/back/sub/secret")
check "and of an encrypted directory" cmp <(efs_xattr "$tree/sub/encrypted") <(efs_xattr "$work/back/sub/encrypted")
check "times on the host" test "$(stat -c %Y "$tree/a.txt" "$tree/sub" "$tree/sub/secret")" = \
    "$(stat -c %Y "$work/back/a.txt" "$work/back/sub" "$work/back/sub/secret")"
for name in first middle last none; do
    # tmpfs, ext4, XFS: a page or a block of data, not 8 MiB
    check "the holes of $name" test "$(stat -c %b "$work/back/sub/$name")" -le 256
done

# ---- unless the user wants them left out; what comes back is a sparse file, and says so
check "install --holes=blocks" "$stage/bin/wine-efs" --prefix "$prefix" install --holes=blocks
check "save" save "$tree" "$work/blocks"
check "holes aren't in the archive" test "$(du -sk --apparent-size "$work/blocks" | cut -f 1)" -lt 4000
check "install --holes=data" "$stage/bin/wine-efs" --prefix "$prefix" install --holes=data
check "restore" restore "$work/blocks" "$work/sparse"
check "the same names and data" diff -r "$tree" "$work/sparse"
check "it is marked as sparse" getfattr -n user.efs.sparse "$work/sparse/sub/first"
check "save what was restored" save "$work/sparse" "$work/marked"
check "the holes of marked files aren't in the archive either" test \
    "$(du -sk --apparent-size "$work/marked" | cut -f 1)" -lt 4000

# ---- what goes wrong is said, and the rest is done
fails()
{
    local name=$1 text=$2 status=0

    "${@:3}" >"$work/stdout" 2>"$work/stderr" || status=$?
    if [ "$status" = 1 ] && grep -qF "$text" "$work/stderr"; then pass "$name"
    else fail "$name" "status $status"$'\n'"$(cat "$work/stderr" "$work/stdout")"
    fi
}
fails "an archive that is there isn't overwritten" "(80)" save "$tree" "$work/archive"
fails "no such directory" "(2)" save "$work/none" "$work/archive2"
fails "a file is no tree" "(267)" save "$tree/a.txt" "$work/archive3"
fails "no archive" "(3)" restore "$work/sub" "$work/back2"

number=$(sed -n 's/^f .* \([0-9a-f]*\) [0-9a-f]* [0-9a-f]* sub\\random$/\1/p' "$work/archive/index")
cp -r "$work/archive" "$work/damaged"
printf '\0' | dd of="$work/damaged/$number.backup" bs=1 conv=notrunc status=none
fails "a damaged stream" "$number.backup" restore "$work/damaged" "$work/back3"
check "its file isn't there" test ! -e "$work/back3/sub/random"
check "the others are" cmp "$tree/sub/first" "$work/back3/sub/first"
truncate -s 500000 "$work/damaged/$number.backup"
cp "$work/archive/$number.backup" "$work/damaged/"
truncate -s 500000 "$work/damaged/$number.backup"
fails "a truncated stream" "$number.backup" restore "$work/damaged" "$work/back4"
check "its file isn't there" test ! -e "$work/back4/sub/random"

# refuses LINE: an index with this line is refused, and nothing is made outside
refuses()
{
    rm -rf "$work/evil" "$work/inner"
    mkdir "$work/evil" "$work/inner"
    cp "$work/archive/00000001.backup" "$work/archive/$number.backup" "$work/evil/"
    { sed -n 1,2p "$work/archive/index"; printf '%s\nend 00000002\n' "$1"; } >"$work/evil/index"
    fails "an index with \"$1\"" "the index is damaged" restore "$work/evil" "$work/inner/target"
    check "nothing was made outside" test "$(ls "$work/inner")" = target
}
line=$(grep " $number .* sub.random\$" "$work/archive/index")
line=${line% *}
refuses "$line ..\\outside"
refuses "$line sub\\..\\..\\outside"
refuses "$line sub/../../outside"
refuses "$line "
refuses "f 20 ${line#f * } outside"
refuses "${line% *} outside"
refuses "x${line#f} outside"

# ---- memory: the same for any size
size=100000000
if cc -O1 -o "$work/peak" "$top/tests/lib/peak.c" 2>/dev/null && space_for $((4 * size)); then
    mkdir "$work/big"
    head -c "$size" /dev/urandom >"$work/big/file"
    measured()
    {
        WINEPREFIX=$prefix timeout -k 10 300 "$work/peak" "$work/$1" wine "$stage/lib/wine-efs/x64/efsbackup.exe" \
            "${@:2}" </dev/null
    }
    within()
    {
        echo "# $1 of $size bytes: peak $(cat "$work/$1.peak") KiB, empty program $(cat "$work/empty.peak") KiB"
        [ $(($(cat "$work/$1.peak") - $(cat "$work/empty.peak"))) -lt 16000 ]
    }
    check "the empty program" measured empty.peak --help
    check "save of $size bytes" measured save.peak tree save "$(winpath "$work/big")" "$(winpath "$work/bigarchive")"
    within save && pass "memory of the save" || fail "memory of the save"
    check "restore of $size bytes" measured restore.peak tree restore "$(winpath "$work/bigarchive")" \
        "$(winpath "$work/bigback")"
    within restore && pass "memory of the restore" || fail "memory of the restore"
    check "the same bytes" cmp "$work/big/file" "$work/bigback/file"
else
    skip "memory" "no C compiler, or no room in $work"
fi
plan
