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
plan
