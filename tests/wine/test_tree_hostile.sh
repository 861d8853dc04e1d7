#!/bin/bash
# efsbackup tree with streams, indexes and directories that are somebody else's: nothing outside of the directory
# changes, and what can't be kept is said. And with the names that the host has and Windows hasn't.
#
# SPDX-License-Identifier: LGPL-2.1-or-later
. "$(dirname "$0")/../lib/tap.sh"
. "$(dirname "$0")/../lib/prefix.sh"

check "a prefix with the drop-in" make_dropin_prefix "$work/prefix"
prefix=$work/prefix
save() { run_wine efsbackup.exe tree save "$(winpath "$1")" "$(winpath "$2")"; }
restore() { run_wine efsbackup.exe tree restore "$(winpath "$1")" "$(winpath "$2")"; }

# ends STATUS NAME TEXT COMMAND...: the status, and the text in what it says
ends()
{
    local wanted=$1 name=$2 text=$3 status=0

    "${@:4}" >"$work/said" 2>&1 || status=$?
    if [ "$status" = "$wanted" ] && grep -qF -- "$text" "$work/said"; then pass "$name"
    else fail "$name" "status $status"$'\n'"$(cat "$work/said")"
    fi
}

mkdir -p "$work/tree/sub"
echo content >"$work/tree/file"
echo below >"$work/tree/sub/below"
check "save" save "$work/tree" "$work/archive"
number=$(sed -n 's/^f .* \([0-9a-f]*\) [0-9a-f]* [0-9a-f]* file$/\1/p' "$work/archive/index")

# ---- substreams: change NUMBER PYTHON: an archive whose stream is made otherwise; `s` is the stream, `data` where its
# data's header is
change()
{
    rm -rf "$work/changed"
    cp -r "$work/archive" "$work/changed"
    /usr/bin/python3 - "$work/changed/$1.backup" "$2" <<'END'
import struct
import sys

def substream(kind, body, name='', attributes=0):
    name = name.encode('utf-16le')
    return struct.pack('<IIQI', kind, attributes, len(body), len(name)) + name + body

s = bytearray(open(sys.argv[1], 'rb').read())
data = 20 + struct.unpack_from('<Q', s, 8)[0]
exec(sys.argv[2])
open(sys.argv[1], 'wb').write(s)
END
    "$top/tests/lib/archive.py" sums "$work/changed"
}
is_whole() { cmp "$work/tree/file" "$1/file" && cmp "$work/tree/sub/below" "$1/sub/below"; }

link=$(winpath "$work/evil")
change "$number" "s += substream(5, r'$link'.encode('utf-16le') + b'\\0\\0')"
ends 0 "a link in a stream is ignored, and said" "ignored" restore "$work/changed" "$work/back1"
check "no such name is made" test ! -e "$work/evil"
check "the rest is restored" is_whole "$work/back1"

for type in 0 6 0xc 0x41 0x101 0xffffffff; do
    change "$number" "struct.pack_into('<I', s, data, $type)"
    ends 1 "data of type $type" "(13)" restore "$work/changed" "$work/back2"
    check "its file isn't there" test ! -e "$work/back2/file"
    rm -rf "$work/back2"
done

# incomplete NAME TEXT PYTHON
incomplete()
{
    change "$number" "$3"
    ends 1 "$1" "$2" restore "$work/changed" "$work/back3"
    check "it is counted" grep -q ', 0 failed, 1 incomplete' "$work/said"
    check "the rest is restored" is_whole "$work/back3"
    rm -rf "$work/back3"
}
change "$number" "s += substream(4, b'zone', ':Zone.Identifier:\$DATA') + substream(4, b'', ':empty')"
ends 0 "two alternate streams" "0 failed, 0 incomplete" restore "$work/changed" "$work/back3"
check "they are kept" test "$(getfattr -m DosStream "$work/back3/file" 2>/dev/null | grep -c '^user.DosStream')" = 2
check "the rest is restored" is_whole "$work/back3"
rm -rf "$work/back3"
change "$number" "s += substream(2, bytes(100))"
ends 1 "extended attributes that are none" "1 failed, 0 incomplete" restore "$work/changed" "$work/back3"
check "its file isn't there" test ! -e "$work/back3/file"
rm -rf "$work/back3"
incomplete "an object id" "object ids: 1 of 1" "s += substream(7, bytes(64))"
incomplete "transactional data" "transactional data: 1 of 1" "s += substream(10, bytes(100))"
incomplete "ghosted extents" "ghosted extents: 1 of 1" "s += substream(11, bytes(100))"

# ---- links of the host that stand in the directory
"$gen/efsgen.py" stream --out "$work/raw" --size 10000 --random-ciphertext
"$stage/bin/efsraw" import "$work/raw" "$work/tree/secret"
"$stage/bin/efsraw" import "$work/raw" "$work/tree/sub/secret"
check "save, with encrypted files" save "$work/tree" "$work/archive2"
plant()
{
    rm -rf "$work/outside" "$work/target"
    mkdir -p "$work/outside/dir" "$work/target"
    echo theirs >"$work/outside/file"
    echo theirs >"$work/outside/secret"
    cp -a "$work/outside" "$work/outside-before"
}
same_outside() { diff -r "$work/outside-before" "$work/outside" &&
    [ -z "$(find "$work/outside" -newer "$work/stamp" -type f)" ]; }
planted()
{
    touch "$work/stamp"
    sleep 0.1
    ends "$@" restore "$work/archive2" "$work/target"
    check "nothing outside changes" same_outside
    rm -rf "$work/outside-before"
}
plant
ln -s ../outside/file "$work/target/file"
ln -s ../outside/secret "$work/target/secret"
planted 0 "over symbolic links to files" "0 failed"
check "the files are there" is_whole "$work/target"
check "in the place of the links" test ! -L "$work/target/file" -a ! -L "$work/target/secret"
plant
ln "$work/outside/file" "$work/target/file"
ln "$work/outside/secret" "$work/target/secret"
planted 0 "over hard links" "0 failed"
check "the files are there" is_whole "$work/target"
plant
ln -s ../outside/new "$work/target/file"
ln -s ../outside/new2 "$work/target/secret"
planted 0 "over links that lead nowhere" "0 failed"
check "the files are there" is_whole "$work/target"
plant
ln -s ../outside/dir "$work/target/sub"
planted 1 "through a link to a directory" "(1920)"
check "what isn't behind it is restored" cmp "$work/tree/file" "$work/target/file"

# ---- what stands there and may not be replaced stays, whole
rm -rf "$work/target"
mkdir "$work/target"
echo mine >"$work/target/file"
cp -r "$work/archive" "$work/changed2"
truncate -s -1 "$work/changed2/$number.backup"
ends 1 "a truncated stream over a file" "(23)" restore "$work/changed2" "$work/target"
check "the old file stays" test "$(cat "$work/target/file")" = mine
check "and nothing else" test "$(ls -A "$work/target" | tr '\n' ' ')" = "file sub "
chmod 444 "$work/target/file"
ends 1 "over a read-only file" "(5)" restore "$work/archive" "$work/target"
check "it stays" test "$(cat "$work/target/file")" = mine
check "and nothing else" test "$(ls -A "$work/target" | tr '\n' ' ')" = "file sub "

# ---- names that mean something to Windows: files here as any other
mkdir "$work/names"
for name in aux.c NUL com1 'dots..' 'dots.. ' ' blank'; do echo "$name" >"$work/names/$name"; done
check "save of odd names" save "$work/names" "$work/names-archive"
check "restore" restore "$work/names-archive" "$work/names-back"
check "the same names and data" diff -r "$work/names" "$work/names-back"
touch "$work/names/back\\slash" "$work/names/new"$'\n'"line"
ends 1 "names that the index can't hold are said" "2 failed" save "$work/names" "$work/names-archive2"
check "and don't damage it" restore "$work/names-archive2" "$work/names-back2"
# The host's files with a colon are files, and saved as such; a new one would be a stream.
mkdir "$work/colons"
for name in 'C:' 'a:b' 'a.txt::$DATA'; do echo "$name" >"$work/colons/$name"; done
check "save of names with a colon" save "$work/colons" "$work/colons-archive"
ends 1 "they aren't restored as something else" "3 failed" restore "$work/colons-archive" "$work/colons-back"
check "nothing is made of them" test -z "$(ls -A "$work/colons-back")"
plan
