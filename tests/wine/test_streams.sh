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
# Wine 10 takes what is behind the colon for a stream's name, and lists all
if [ "$(listed)" = '12 12:30.log dir f link names: x:y ' ]; then
    step=$((step + 1))
    pass "also if the pattern asks for such names, to Wine for all"
else answers 'error 2' "also if the pattern asks for such names alone"
fi
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

# ---- writing ----

mkdir "$work/w"
cd "$work/w" || exit 1
w=$(winpath "$work/w")
printf content >f
chmod 640 f
attribute f old old
mkdir dir
script <<'END'
open 0 @\f:new 40000000 0 1 0
put 0 written
ls @\*
cat @\f:new
close 0
cat @\f:NEW
open 0 @\f:new 40000000 0 1 0
open 0 @\f:new c0000000 3 2 0
get 0
put 0 again
open 1 @\f:new 40000000 3 3 0
put 1 12
duplicate 2 0
close 0
close 1
get 2
close 2
cat @\f:new
open 0 @\f:old c0000000 0 3 0
get 0
put 0 er
close 0
cat @\f:old
open 0 @\f:old c0000000 0 4 0
fill 0 200000
close 0
size @\f:old
open 0 @\f:old 40000000 0 5 0
close 0
size @\f:old
open 0 @\born:s 40000000 0 2 0
put 0 x
close 0
size @\born
open 0 @\dir:s 40000000 0 2 0
put 0 x
close 0
cat @\dir:s
open 0 @\none\f:s 40000000 0 2 0
open 0 @\f:a:b 40000000 0 2 0
rm @\f:new
cat @\f:new
rm @\f:new
open 0 @\f:gone c0010000 7 2 4000000
put 0 x
close 0
cat @\f:gone
open 0 @\f:disposed c0010000 7 2 0
put 0 x
dispose 0 1
close 0
cat @\f:disposed
cat @\f
rm @\born
open 0 @\f:exit 40000000 0 2 0
put 0 settled
exit 0
END
answers ok "a new stream"
answers ok "is written"
check "not seen in a listing" test "$(listed)" = 'dir f names: '
step=$((step + 1))
answers 'error 32' "shared with nobody"
answers ok "closed"
answers '"written"' "and read"
answers 'error 80' "not made twice"
answers 'ok, was there' "but made anew"
answers '""' "empty"
answers ok "written"
answers ok "by two"
answers ok "at once"
answers ok "a duplicate of the handle"
answers ok "one is closed"
answers ok "and the other"
answers '"12ain"' "what both have written, by the duplicate"
answers ok "closed"
answers '"12ain"' "and read again"
answers ok "one of an attribute is opened for writing"
answers '"old"' "its content"
answers ok "more behind it"
answers ok "closed"
answers '"older"' "and read"
answers 'ok, was there' "opened again"
answers ok "200,000 bytes"
answers ok "closed"
answers '200000 bytes, attributes 20' "its size"
answers ok "truncated"
answers ok "closed"
answers '0 bytes, attributes 20' "its size"
answers ok "a stream of a file that isn't there"
for what in written closed; do answers ok "$what"; done
answers '0 bytes, attributes 20' "makes the file"
for what in "a directory's" written closed; do answers ok "$what"; done
answers '"x"' "and read"
answers 'error 3' "no such directory"
answers 'error 123' "no such name"
answers ok "a stream is removed"
answers 'error 2' "it has gone"
answers 'error 2' "and can't be removed again"
for what in "one that goes when it is closed" written closed; do answers ok "$what"; done
answers 'error 2' "has gone"
for what in "one" written "that shall go" closed; do answers ok "$what"; done
answers 'error 2' "has gone"
answers '"content"' "the file is as it was"
answers ok "a file with streams is removed"
answers ok "one that is open"
answers ok "when the program ends"
value() { getfattr --only-values -n "user.DosStream.$2:\$DATA" "$1" 2>/dev/null | tr '\0' '@'; }
check "in Samba's form" test "$(value f exit)" = 'settled@'
check "an empty one" test "$(value f old)" = '@'
check "a directory's" test "$(value dir s)" = 'x@'
check "no file is left" test "$(host)" = 'dir f '

script <<'END'
open 0 @\f:killed 40000000 0 2 0
put 0 survives
exit 1
END
answers ok "a stream is made"
answers ok "and written by a program that is killed"
check "it stays a file" test "$(cat f:killed)" = survives
check "with the mode of its file" test "$(stat -c %a f:killed)" = 640
script <<'END'
cat @\f:killed
open 0 @\f:killed c0000000 0 3 0
close 0
cat @\f:killed
END
answers '"survives"' "which is the stream"
answers ok "opened for writing"
answers ok "and closed"
answers '"survives"' "it is as it was"
check "and in an attribute again" test "$(value f killed)" = 'survives@' -a ! -e f:killed
# ---- which ones there are ----

fails() { ! "$@" 2>/dev/null; }

mkdir "$work/l"
cd "$work/l" || exit 1
w=$(winpath "$work/l")
printf content >f
attribute f small tiny
head -c 70000 /dev/zero >f:large
marked f large
printf x >none
mkdir dir dir2
attribute dir2 info 'of a directory'
long=$(printf 'n%.0s' {1..200})
for i in 1 2 3; do
    touch many && attribute many "$i$long" x
done
script <<'END'
streams @\f
streams @\none
streams @\dir
streams @\dir2
streams @\many
streams @\missing
streams @\*
ls @\*
open 0 @\f 80 7 3 0
information 0 4096
information 0 100
information 0 10
open 1 @\dir 80 7 3 2000000
information 1 4096
open 2 @\dir2 80 7 3 2000000
information 2 4096
flags C:\
END
sorted() { sed -n "$((step + 1))p" "$work/said" | tr ' ' '\n' | sort | tr '\n' ' '; }
check "FindFirstStreamW and its relatives: all of a file" \
    test "$(sorted)" = '::$DATA=7 :large:$DATA=70000 :small:$DATA=4 streams: '
step=$((step + 1))
answers 'streams: ::$DATA=1' "of one that has only its content"
answers 'error 38' "of a directory that has none"
answers 'streams: :info:$DATA=14' "of one that has"
check "long names" \
    test "$(sorted)" = ":1$long:\$DATA=1 :2$long:\$DATA=1 :3$long:\$DATA=1 ::\$DATA=0 streams: "
step=$((step + 1))
answers 'error 2' "of what isn't there"
answers 'error 123' "of a pattern"
check "a search for files ends as ever" test "$(sorted)" = 'dir dir2 f many names: none '
step=$((step + 1))
answers ok "a file is opened"
answers '::$DATA=7' "GetFileInformationByHandleEx gives its first"
answers 'error 234' "not all of them fit"
answers 'error 24' "no room for any"
answers ok "a directory"
answers 'error 38' "that has none"
answers ok "and one"
answers ':info:$DATA=14' "that has"
answers 'streams 1' "the volume says that it has streams"

# ---- a file that is overwritten ----

cd "$work/l" || exit 1
printf content >over
attribute over small tiny
setfattr -n user.OLD -v x over
head -c 70000 /dev/zero >over:large
marked over large
printf foreign >over:foreign
printf content >unreadable
attribute unreadable small tiny
chmod 200 unreadable
printf same >kept
attribute kept small tiny
script <<'END'
open 0 @\over 40000000 0 2 0
put 0 new
close 0
streams @\over
open 0 @\kept 40000000 0 4 0
close 0
streams @\kept
open 0 @\kept:small 40000000 0 2 0
close 0
streams @\kept
open 0 @\kept 40000000 0 5 0
close 0
streams @\kept
open 0 @\unreadable 40000000 0 2 0
close 0
END
answers 'ok, was there' "a file is overwritten"
for what in written closed; do answers ok "$what"; done
answers 'streams: ::$DATA=3' "its streams have gone"
answers 'ok, was there' "one is only opened"
answers ok "and closed"
answers 'streams: ::$DATA=4 :small:$DATA=4' "its streams stay"
answers 'ok, was there' "one stream is overwritten"
answers ok "and closed"
answers 'streams: ::$DATA=4 :small:$DATA=0' "that alone is empty"
answers ok "a file is truncated when it is opened"
answers ok "and closed"
answers 'streams: ::$DATA=0' "its streams have gone"
answers 'ok, was there' "one that can't be read is overwritten"
answers ok "and closed"
check "extended attributes, too" fails getfattr -n user.OLD over
check "on the host there is neither" test ! -e over:large -a -z "$(value over small)"
check "but what was a file" grep -qx foreign over:foreign
plan
