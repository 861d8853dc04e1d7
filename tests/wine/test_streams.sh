#!/bin/bash
# Alternate streams of plain files by their names: what is on the host is what a Windows program opens, and the other
# way round; and files that only look like streams stay what they are.
#
# SPDX-License-Identifier: LGPL-2.1-or-later
. "$(dirname "$0")/../lib/tap.sh"
. "$(dirname "$0")/../lib/prefix.sh"
export LC_ALL=C.UTF-8

arch=${WINETEST_ARCH:-x64}
if [ "$arch" = x64 ]; then compiler=x86_64-w64-mingw32-gcc; else compiler=i686-w64-mingw32-gcc; fi
$compiler -std=c11 -O1 -Wall -Werror "$top/tests/wine/programs/streams.c" -o "$work/streams.exe" -lntdll -ladvapi32 ||
    skip_all "no compiler for Windows programs"
mkdir "$work/d"
cd "$work/d" || exit 1
touch probe
setfattr -n user.test -v 1 probe 2>/dev/null || skip_all "$work keeps no user attributes"
rm probe
check "a prefix with the drop-in" make_dropin_prefix "$work/prefix"
w=$(winpath "$work/d")

# script: what the lines of standard input do, with @ for the folder and spaces for tabs; the answers are in $work/said
script()
{
    sed "s|@|${w//\\/\\\\}|g; s/ /\t/g; s/~/ /g" >"$work/script"
    run_wine "$work/streams.exe" "$(winpath "$work/script")" >"$work/said.dos" 2>"$work/said.err"
    tr -d '\r' <"$work/said.dos" >"$work/said"
    step=0
}
# answers TEXT WHAT: the next line says so
answers()
{
    step=$((step + 1))
    local said
    said=$(sed -n "${step}p" "$work/said")
    if [ "$said" = "$1" ]; then pass "$2"; else fail "$2" "expected: $1"$'\n'"said: $said"; fi
}
# attribute FILE STREAM VALUE: in Samba's form
attribute() { setfattr -n "user.DosStream.$2:\$DATA" -v "0x$(printf %s "$3" | od -An -tx1 | tr -d ' \n')00" "$1"; }
# marked OWNER STREAM: makes the host's file a stream
number=0x0101efcdab8967452301
marked() { setfattr -n user.efs.streams -v $number "$1" && setfattr -n user.efs.stream -v $number "$1:$2"; }

# ---- reading ----

printf content >f
attribute f Zone.Identifier '[ZoneTransfer]'
attribute f empty ''
head -c 70000 /dev/zero >f:large
marked f large
mkdir dir
attribute dir info 'of a directory'
printf foreign >12:30.log
printf 12 >12
attribute 12 30.log 'not this'
printf lonely >x:y
ln -s ../d/f link
script <<'END'
cat @\f:Zone.Identifier
cat @\F:zone.identifier:$Data
size @\f:Zone.Identifier
cat @\f:empty
size @\f:large
cat @\f::$DATA
cat @\f:none
cat @\f:Zone.Identifier:$BITMAP
cat @\dir:info
size @\dir:info
cat @\12:30.log
cat @\x:y
cat @\link:Zone.Identifier
ls @\*
ls @\f:*
open 0 @\f 80000000 7 3 0
relative 1 0 :Zone.Identifier
get 1
relative 2 0 :none
open 3 @\f:large 80000000 7 3 0
get 3
put 1 x
END
answers '"[ZoneTransfer]"' "a stream in an attribute"
answers '"[ZoneTransfer]"' "by another name, with its type"
answers '14 bytes, attributes 20' "its size, by name"
answers '""' "an empty one"
answers '70000 bytes, attributes 20' "the size of one in a file"
answers '"content"' "the unnamed one is the file"
answers 'error 2' "none of that name"
answers 'error 123' "a type that no file has here"
answers '"of a directory"' "a directory's"
answers '14 bytes, attributes 80' "which is no directory"
answers '"foreign"' "a file of the host's with such a name is that file"
answers '"lonely"' "also where nothing is that could have the stream"
answers '"[ZoneTransfer]"' "through a link of the host"
# Wine gives them in no order
listed() { sed -n "$((step + 1))p" "$work/said" | tr ' ' '\n' | sort | tr '\n' ' '; }
check "listings leave the stream's file out" test "$(listed)" = '12 12:30.log dir f link names: x:y '
step=$((step + 1))
answers 'error 2' "also if the pattern asks for such names alone"
answers 'ok' "a file is opened"
answers 'ok' "its stream, relative to that"
answers '"[ZoneTransfer]"' "and read"
answers 'status c0000034' "none of that name there"
answers 'ok' "one in a file is opened"
answers '70000 bytes' "and read"
answers 'error 5' "what is open for reading can't be written"

# ---- what has streams in files goes, and they with it ----

# owner NAME: a file with a stream of 70,000 bytes in a file, and one in an attribute
owner()
{
    printf '%s' "$1" >"$1"
    head -c 70000 /dev/zero >"$1:large"
    marked "$1" large
    attribute "$1" small tiny
}
mkdir new
for name in moved over deleted disposed closed kept full; do owner $name; done
owner replaced
setfattr -n user.efs.streams -v 0x0101ffcdab8967452301 replaced
setfattr -n user.efs.stream -v 0x0101ffcdab8967452301 replaced:large
head -c 10 /dev/zero >replaced:more
setfattr -n user.efs.stream -v 0x0101ffcdab8967452301 replaced:more
mkdir gone
head -c 70000 /dev/zero >gone:large
marked gone large
printf foreign >new/full:large
printf foreign >deleted:foreign
script <<'END'
mv @\moved @\new\Other 0
cat @\new\other:large
cat @\new\other:small
mv @\over @\replaced 1
cat @\replaced
cat @\replaced:large
mv @\full @\new\full 0
cat @\full:large
mv @\kept @\f:large 1
mv @\kept @\f:other 0
rm @\deleted
open 0 @\disposed 10000 7 3 0
dispose 0 1
close 0
open 0 @\closed 80010000 7 3 4000000
dispose 0 0
open 1 @\kept 10000 7 3 0
dispose 1 1
dispose 1 0
close 1
rmdir @\gone
exit 0
END
answers ok "a file is moved"
answers '70000 bytes' "its stream in a file follows"
answers '"tiny"' "and that in an attribute"
answers ok "moved in the place of another one"
answers '"over"' "it is the new one"
answers '70000 bytes' "with the stream of the new one"
answers 'error 183' "not where a stream's file would meet another file"
answers '70000 bytes' "then nothing has moved"
answers 'error 123' "a stream's name isn't one for a file"
answers 'error 123' "nor if the stream isn't there"
answers ok "a file is removed by name"
answers ok "one is opened"
answers ok "to be removed"
answers ok "when it is closed"
answers ok "one is opened to be removed when it is closed"
step=$((step + 1)) # what a disposition does to that is Wine's
for what in opened "to be removed" "not to be removed" closed; do answers ok "$what"; done
answers ok "a directory is removed"
host() { LC_ALL=C ls "$@" | tr '\n' ' '; }
check "on the host, streams have gone with their files" \
    test "$(host)" = '12 12:30.log deleted:foreign dir f f:large full full:large kept kept:large link new replaced'\
' replaced:large x:y '
check "or followed" test "$(host new)" = 'Other Other:large full:large '
check "what isn't one is as it was" grep -qx foreign new/full:large
plan
