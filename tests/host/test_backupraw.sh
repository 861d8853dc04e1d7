#!/bin/bash
# backupraw on streams of BackupRead that a generator of its own makes: what info and verify say, what extract keeps and
# says that it can't, and that no stream, however it is made, changes anything but the one file. As root and as an
# ordinary user.
#
# SPDX-License-Identifier: LGPL-2.1-or-later
. "$(dirname "$0")/../lib/tap.sh"
backupraw=$(shared "${BACKUPRAW_CHECKED:-$stage/bin/backupraw}")
cd "$work" || exit 1
chmod 711 "$work"
umask 022

make() { "$gen/backupgen.py" "${@:2}" >"$1" && chmod a+r "$1"; }
value() { getfattr --only-values --absolute-names -n "$1" "$2" 2>/dev/null; }
hex() { od -An -v -tx1 | tr -d ' \n'; }
attributes() { getfattr --absolute-names -m - "$1" 2>/dev/null | grep -v '^#' | grep . | tr '\n' ' '; }
fresh() { rm -rf d && mkdir d && chmod 777 d; }
# what there is below d: names, kinds, modes, owners, contents, attributes
picture()
{
    find d -printf '%P %y %m %U %l\n' | sort
    find d -type f -exec sha256sum {} + | sort
    find d -exec getfattr -d -m - --absolute-names {} + 2>/dev/null | grep -v ^$ | sort
}
# extract STATUS NAME STREAM [ARGUMENT...]: into d/f
extract() { check_status "$2" "$1" "$backupraw" extract "$3" d/f "${@:4}" && cp output said; }
said() { check "... says $1" grep -qE "$2" said; }

# ---- the command line ----
make plain data=hello
check "--help" "$backupraw" --help
check "--version" "$backupraw" --version
for arguments in "" "nothing" "info" "info a b" "extract plain" "verify" "info --what plain" "extract plain -"; do
    # shellcheck disable=SC2086 # several words
    check_status "usage: $arguments" 2 "$backupraw" $arguments
done
check_status "no such stream" 1 "$backupraw" info nowhere
check_status "a directory" 1 "$backupraw" verify .

# ---- info and verify ----
head -c 5000000 /dev/urandom >big
make all sd=readable data=hello 'stream=Zone.Identifier:[ZoneTransfer]\r\nZoneId=3' stream@big:big \
    ea='Comment:abc,!Two:12' objectid 'link=C:\\target' hardlink txfs ghosted
check "verify" "$backupraw" verify all
check "... names all" test "$(grep -c . output)" = 11
check "info" "$backupraw" info all
cp output info.out
for line in "file size: 5" "alternate stream :big:\$DATA: 5000000 bytes" "attribute Comment: 3 bytes" \
    "attribute Two: 2 bytes, needed" "owner: S-1-5-21-1-2-3-1000" "mode: at most 0744" \
    "reparse tag: 0xa000000c, a symbolic link to C:\\target" \
    "object identifier: 03020100-0504-0706-0809-0a0b0c0d0e0f"; do
    check "... $line" grep -qxF "$line" info.out
done
# has_json STREAM
has_json() { check "info --json $1" "$backupraw" info --json "$1" && cp output json.out; }
has_json all
# json EXPRESSION: of j, the object
json() { python3 -c 'import json, sys; j = json.load(open("json.out")); sys.exit(not eval(sys.argv[1]))' "$1"; }
for expression in 'j["content"]["size"] == 5 and not j["content"]["sparse"]' 'len(j["substreams"]) == 10' \
    'j["substreams"][3]["name"] == ":big:$DATA" and j["substreams"][3]["content"]["size"] == 5000000' \
    'j["extended_attributes"][1] == {"name": "Two", "size": 2, "needed": True}' \
    'j["security"]["mode"] == "0744" and j["security"]["owner"] == "S-1-5-21-1-2-3-1000"' \
    'j["reparse"]["target"] == "C:\\target"' 'j["object_id"].startswith("03020100")' \
    'j["size"] == __import__("os").path.getsize("all")'; do
    cp json.out output
    check "... $expression" json "$expression"
done
make empty
check "an empty stream: an empty file's, without a descriptor" "$backupraw" verify empty
make sparse sd=exact:644 sparse block=0x20000:abc block=0x40000:
has_json sparse
check "... its content" json 'j["content"] == {"size": 0x40000, "stored": 3, "blocks": 2, "sparse": True}'
check "from standard input" bash -c "'$backupraw' verify - <all"
make terminal 'stream=\x1b[31mred:x'
check "names that a terminal would act upon" "$backupraw" info terminal
cp output info.out
check "... are escaped" bash -c "! grep -q $'\x1b' info.out && grep -qF '\\u001b[31mred' info.out"

# ---- what extract keeps ----
fresh
extract 0 "data" plain
check "... is there" test "$(cat d/f)" = hello
check "... with nothing beside" test -z "$(attributes d/f)"
extract 0 "an empty file" empty
check "... is there" test -f d/f -a ! -s d/f
extract 3 "all of it" all
check "... data" test "$(cat d/f)" = hello
printf '[ZoneTransfer]\r\nZoneId=3\0' >zone
check "... an alternate stream, in Samba's form" cmp zone <(value 'user.DosStream.Zone.Identifier:$DATA' d/f)
check "... a large one in a file beside" cmp big d/f:big
check "... whose mark is the file's" test "$(value user.efs.stream d/f:big | hex)" = \
    "$(value user.efs.streams d/f | hex)"
check "... extended attributes" test "$(value user.COMMENT d/f) $(value user.TWO d/f)" = "abc 12"
check "... the descriptor" test "$(value user.wine.sd d/f | head -c 2 | hex)" = 0100
check "... and no more" test "$(ls d)" = $'f\nf:big'
for reason in 'FILE_NEED_EA .*"Two" isn.t kept' 'the substream 7 ' 'the substream 8 ' 'the substream 10 ' \
    'the substream 11 ' 'another name of the file is ignored'; do
    said "what it doesn't keep: $reason" "$reason"
done
check "... and nothing else" test "$(grep -c . said)" = 6
extract 0 "over it, without" plain
check "... nothing of the old file stays" test "$(ls d)" = f -a -z "$(attributes d/f)"
make links hardlink data=x
extract 0 "a link is no loss" links
fresh
extract 0 "--data" all --data
check "... is the data alone" test "$(cat d/f) $(ls d) $(attributes d/f)" = "hello f "
check "... and nothing is said" test ! -s said
check "--data to standard output" bash -c "test \"\$('$backupraw' extract --data all -)\" = hello"
check "from standard input" bash -c "'$backupraw' extract --data - d/g <all && cmp d/f d/g"

# the value's size in both homes; a name that only a file can have, and the reverse
fresh
make sizes stream=none: stream=one:1 "stream=$(printf 'n%.0s' {1..240}):long" data=x
extract 0 "streams without data, and with a long name" sizes
check "... an empty one is a NUL" test "$(value 'user.DosStream.none:$DATA' d/f | hex)" = 00
check "... one" test "$(value 'user.DosStream.one:$DATA' d/f | hex)" = 3100
check "... the long name is a file's" test "$(cat d/f:nnn*)" = long
make foreign 'stream=\u00e4\u20ac\U0001f600 \n<*>:x' data=y
extract 0 "a name in other scripts" foreign
check "... is UTF-8" grep -qF "user.DosStream.$(printf '\303\244\342\202\254\360\237\230\200')" <(attributes d/f)
rm -rf "d/$(printf 'n%.0s' {1..200})"
check_status "a name that fits neither" 3 "$backupraw" extract sizes "d/$(printf 'f%.0s' {1..100})"
check "... the rest is there" test -f "d/$(printf 'f%.0s' {1..100})"
make half 'stream=a\ud800b:x' data=y
extract 3 "half a pair of surrogates" half
said "so" 'alternate stream "a.*b" isn.t kept: .*no Unicode'

# ---- sparse ----
fresh
extract 0 "blocks" sparse
check "... size" test "$(stat -c %s d/f)" = $((0x40000))
check "... where they belong" test "$(dd if=d/f bs=1 skip=$((0x20000)) count=3 2>/dev/null)" = abc
check "... holes" test "$(stat -c %b d/f)" -le 16
check "... the mark" test "$(value user.efs.sparse d/f)" = 1
make first block=100:abc stream=s:x
extract 0 "a block as the first substream" first
check "... is where it belongs" cmp d/f <(head -c 100 /dev/zero; printf abc)
make disorder sparse block=300:ccc block=100:aaa block=200:bbb block=201:BB block=300:C
extract 0 "blocks out of order and over each other" disorder
check "... the last one counts" cmp d/f <(head -c 100 /dev/zero; printf aaa; head -c 97 /dev/zero; printf bBB
    head -c 97 /dev/zero; printf Ccc)
make cutoff sparse block=0:abcdef block=3:
extract 0 "an empty block before the end" cutoff
check "... cuts off" test "$(cat d/f)" = abc
make ofstream data=x stream=s: sd=private block=10:abc block=20: ea=A:1 block=5:z
extract 0 "blocks of an alternate stream" ofstream
check "... are its own" cmp <(value 'user.DosStream.s:$DATA' d/f) <(printf '\0\0\0\0\0z\0\0\0\0abc\0\0\0\0\0\0\0\0')
check "... the data is as it was" test "$(cat d/f)" = x
make far data=x stream=s: block=$((1 << 40)):end
extract 0 "an alternate stream with a hole of a TiB" far
check "... has it" test "$(stat -c %s d/f:s) $(tail -c 3 d/f:s)" = "$(((1 << 40) + 3)) end"
check "... and is small" test "$(stat -c %b d/f:s)" -le 64
{ head -c 100000 /dev/zero; printf x; head -c 900000 /dev/zero; } >zeros
make runs data@zeros stream@s:zeros
extract 0 "runs of zeros" runs
check "... are the same" cmp d/f zeros
check "... and holes" test "$(stat -c %b d/f)" -le 300
check "... of a stream, too" test "$(stat -c %b d/f:s)" -le 300
check "... which is the same" cmp d/f:s zeros
check "blocks to a pipe" bash -c "'$backupraw' extract --data sparse - | cmp - <(head -c $((0x20000)) /dev/zero
    printf abc; head -c $((0x20000 - 3)) /dev/zero)"
check_status "out of order to a pipe" 1 bash -c "set -o pipefail; '$backupraw' extract --data disorder - | cat"
make bomb sparse block=$((1 << 62)):x
check_status "a hole of exabytes to a pipe" 1 bash -c "set -o pipefail; '$backupraw' extract --data bomb - | head -c 10"

# ---- modes ----
# modes UMASK OLD SD WANTED: the mode of what replaces OLD (none: new)
modes()
{
    fresh
    make mode sd="$3" data=secret
    if [ "$2" != none ]; then
        echo old >d/f
        chmod "$2" d/f
    fi
    (umask "$1" && "$backupraw" extract --force mode d/f 2>said)
    check "umask $1, over $2, $3: $4" test "$(stat -c %a d/f) $(cat d/f)" = "$4 secret"
}
for line in "022 none private 600" "022 none readable 644" "077 none readable 600" "022 none world 644" \
    "000 none world 666" "022 none denied 600" "022 none null 644" "022 none none 644" "077 none none 600" \
    "022 none exact:644 644" "077 none exact:644 644" "022 none exact:755 755" "077 none exact:600 600" \
    "022 600 readable 600" "022 600 exact:755 700" "022 666 private 600" "022 640 readable 640" "022 640 none 640" \
    "022 644 exact:600 600" "022 444 readable 644" "022 4755 exact:755 755" "077 644 readable 600"; do
    # shellcheck disable=SC2086 # several words
    modes $line
done
fresh
make mode sd=readable data=x
echo old >d/f
setfacl --set u::rw-,u:7:rw-,g::---,m::rw-,o::--- d/f
extract 0 "over a file with an access list" mode
check "... it may be narrower, never wider" test "$(getfacl -cpn d/f | sed '/^$/d' | tr '\n' ' ')" = \
    "user::rw- user:7:rw- #effective:r-- group::--- mask::r-- other::--- " -o \
    "$(getfacl -cpEn d/f | sed '/^$/d' | tr '\n' ' ')" = "user::rw- user:7:rw- group::--- mask::r-- other::--- "
fresh
setfacl -d --set u::rwx,u:7:rwx,g::rwx,m::rwx,o::rwx d
extract 0 "where the directory has a default list" mode
check "... it isn't the file's" test "$(getfacl -cpn d/f | sed '/^$/d' | tr '\n' ' ')" = \
    "user::rw- group::r-- other::r-- "
make large sd=large data=x
fresh
extract 3 "a descriptor that has no room" large
said "so" "the security descriptor, but for the mode, isn't kept"
check "... but its mode has" test "$(stat -c %a d/f)" = 600
make none sd=none data=x
extract 3 "a descriptor without a list" none

# ---- what a stream can't reach ----
fresh
names=efs.layout:x,EFS.STREAMS:x,wine.sd:x,DOSATTRIB:x,ntfs.efsinfo:x,DosStream.a:x,SAMBA_PAI:x,WineReparse:x
make hidden ea="$names,ok:1" data=x
extract 3 "attributes of the system's" hidden
check "... there's none" test "$(attributes d/f)" = "user.OK "
check "... each is said" test "$(grep -c "the system's own" said)" = 8
fresh
echo mine >d/f:big
make bigone stream@big:big data=x
extract 3 "where a Linux user's file has the name" bigone
check "... it stays" test "$(cat d/f:big)" = mine
said "so" 'alternate stream "big" isn.t kept: a file that isn.t a stream of it has that name'
rm d/f d/f:big
ln -s ../big d/f:big
extract 3 "where a link has it" bigone
check "... it stays" test -L d/f:big
fresh
extract 0 "over nothing" bigone
mv d/f d/other
extract 3 "where the name is another file's stream" bigone
check "... it stays that one's" cmp big d/f:big
fresh
mkdir d/f
extract 1 "over a directory" plain
ln -s nowhere/f d/l
check_status "over a link that leads nowhere" 1 "$backupraw" extract plain d/l/
fresh
cp plain d/f
check_status "over itself" 1 "$backupraw" extract d/f d/f
echo old >d/f
chmod 444 d/f
extract 1 "over what may not be written" plain
extract 0 "... with --force" plain --force
check "... it is still read-only" test "$(stat -c %a d/f)" = 444

# ---- broken streams ----
fresh
make old sd=readable data=old stream=s:old stream@big:big ea=A:1
extract 0 "a file to keep" old
picture >before
cat >broken.list <<'END'
type 0|head=0:0:0:
type 6|head=6:0:0:
type 12|head=12:0:0:
type 255|head=4294967295:0:0:
size below 0|head=1:0:-1:
size 2^63|head=1:0:0x8000000000000000:
size beyond the end|head=1:0:100:aabb
size beyond the end of 2^62|head=1:0:0x4000000000000000:aa
stream without a name|sub=4:0::aa
data with a name|sub=1:0:\:x:aa
name with a slash|stream=a/b:x
name with a backslash|stream=a\\b:x
name with NUL|stream=a\0b:x
name that leads up|stream=../../x:x
name of dots and a slash|sub=4:0:\:..//etc\:$DATA:aa
name without a colon|sub=4:0:abc:aa
name with parts|sub=4:0:\:a\:b\:$DATA:aa
name of nothing|sub=4:0:\:\:$DATA:aa
name of another type|sub=4:0:\:a\:$INDEX:aa
odd length of a name|hex=040000000000000000000000000000000300000041004100
name too long|hex=0400000000000000000000000000000002040000
name of 4 GB|hex=04000000000000000000000000000000feffffff
attributes: too many bytes|head=2:0:65537:
attributes: next leads back|sub=2:0::0400000000030100410042000061
attributes: next leads to itself|sub=2:0::080000000001000041000000
attributes: next leads beyond|sub=2:0::ff00000000010100410061
attributes: next is no multiple of 4|sub=2:0::0b00000000010100410061000000000001000041
attributes: name beyond|sub=2:0::0000000000ff01004100
attributes: value beyond|sub=2:0::000000000001ffff410061
attributes: a name with a slash|sub=2:0::0000000000030100612f620061
attributes: without a NUL|sub=2:0::00000000000101004161
attributes: flags|sub=2:0::00000000010101004100610000
attributes: garbage behind|sub=2:0::000000000001010041006100ff
descriptor: broken|sd=broken
descriptor: empty|sub=3:2::
descriptor: too long|head=3:2:0x20101:
reparse: short|sub=8:0::0c0000a000
reparse: length|sub=8:0::0c0000a0ff000000
reparse: name beyond|sub=8:0::0c0000a00c0000000000ff0000000000ffff0000
object id: 15 bytes|sub=7:0::000102030405060708090a0b0c0d0e
block without an offset|sub=9:0::00
block beyond 2^63|sub=9:0::ffffffffffffff7f0000
block at -1|sub=9:0::ffffffffffffffff
data twice|data=x data=y
data behind blocks|block=5:x data=y
descriptor twice|sd=private sd=private
attributes twice|ea=A:1 ea=A:1
a stream twice|stream=a:x stream=b:x stream=A:x
half a header|hex=0100000000
garbage|hex=4d5a90000300000004000000ffff0000b800000000000000
END
while IFS='|' read -r title items; do
    # shellcheck disable=SC2086 # several words
    if [ "${items#data}" != "$items" ] || [ "${items#sd=private}" != "$items" ] || [ "${items#ea}" != "$items" ] ||
        [ "${items#block=}" != "$items" ]; then make broken $items
    else
        make broken sd=world stream@huge:big data=new
        make tail $items
        case $title in descriptor*) make broken stream@huge:big data=new ;; esac
        cat tail >>broken
    fi
    check_status "$title: verify" 1 "$backupraw" verify broken
    cp output said
    said "the place" "^backupraw: broken: offset 0x[0-9a-f]+: "
    check_status "... info --json" 1 "$backupraw" info --json broken
    check_status "... extract" 1 "$backupraw" extract broken d/f
    picture >after
    check "... all is as it was" diff before after
done <broken.list

make whole sd=readable data=new stream=s:new ea=B:2,C:3 block=100:x
python3 - "$backupraw" "$stage/bin/backupraw" whole d/f <<'END' >cuts.out 2>&1
# Cut anywhere but between two substreams it is broken; each bit that is turned gives a file or an error.
import os, struct, subprocess, sys

checked, plain, stream, target = sys.argv[1:]
# with the sanitizers a start takes ten times as long: one in eight has them, all if EFS_TEST_FULL is set
every = 1 if os.environ.get("EFS_TEST_FULL") else 8
data = open(stream, "rb").read()
ends, at = {0}, 0
while at < len(data):
    kind, _, size, name = struct.unpack_from("<IIQI", data, at)
    at += 20 + name + size
    ends.add(at)
bad = 0
for cut in range(len(data)):
    program = plain if cut % every else checked
    result = subprocess.run([program, "verify", "-"], input=data[:cut], capture_output=True)
    if result.returncode != (0 if cut in ends else 1):
        bad += 1
        print("cut at", cut, result)
for at in range(0, len(data)):
    program = plain if at // 8 % every else checked
    turned = bytearray(data)
    turned[at] ^= 1 << at % 8
    a = subprocess.run([program, "verify", "-"], input=bytes(turned), capture_output=True)
    b = subprocess.run([program, "extract", "-", target + ".new"], input=bytes(turned), capture_output=True)
    if a.returncode not in (0, 1) or b.returncode not in (0, 1, 3) or (a.returncode == 1) != (b.returncode == 1):
        if b"too large" not in b.stderr.lower():  # a block far away is well-formed, but not every file system's
            bad += 1
            print("bit at", at, a, b)
    for name in os.listdir(os.path.dirname(target)):
        if name.startswith("f.new"):
            os.unlink(os.path.join(os.path.dirname(target), name))
sys.exit(bad != 0)
END
status=$?
[ $status = 0 ] && pass "cut anywhere, and with any bit turned" ||
    fail "cut anywhere, and with any bit turned" "$(head -n 20 cuts.out)"
picture >after
check "... all is as it was" diff before after

# bounded, whatever the stream: memory, and substreams without end
python3 -c '
import struct, sys
out = sys.stdout.buffer
for i in range(20000):
    name = (":%d" % i).encode("utf-16-le")
    out.write(struct.pack("<IIQI", 4, 0, 0, len(name)) + name)' >many
python3 -c '
import struct, sys
block = struct.pack("<IIQIQ", 9, 0, 8, 0, 5)
sys.stdout.buffer.write(struct.pack("<IIQI", 4, 0, 0, 4) + ":s".encode("utf-16-le") + block * 2000000)' >blocks
# the sanitizers want more than any limit
plain_one=$(realpath "$stage/bin/backupraw")
check_status "20,000 streams" 1 bash -c "ulimit -v 100000; timeout 60 '$plain_one' verify many"
check "2,000,000 blocks" bash -c "ulimit -v 100000; timeout 60 '$plain_one' verify blocks"
check_status "... extract" 1 bash -c "ulimit -v 100000; timeout 120 '$plain_one' extract many d/f"
picture >after
check "... all is as it was" diff before after
head -c 200000 /dev/zero >large
python3 -c '
import struct, sys
data = b"x" * 70000
for i in range(70):
    name = (":%d:$DATA" % i).encode("utf-16-le")
    sys.stdout.buffer.write(struct.pack("<IIQI", 4, 0, len(data), len(name)) + name + data)' >files
extract 3 "70 streams that are files" files
check "... 64 of them" test "$(ls d | wc -l)" = 65
check "... the others are said" test "$(grep -c 'too many streams' said)" = 6
extract 0 "over it" plain
check "... they go" test "$(ls d)" = f

# ---- interrupted ----
for signal in TERM:143 INT:130 KILL:137; do
    fresh
    extract 0 "before a signal" old
    picture >before
    rm -f pipe
    mkfifo pipe
    env --default-signal=INT,QUIT "$backupraw" extract - d/f <pipe 2>/dev/null &
    pid=$!
    exec 8>pipe
    { "$gen/backupgen.py" sd=world stream@one:big stream@two:big; head -c 30 big; } | head -c 9000000 >&8
    for ((i = 0; i < 100; i++)); do
        [ "$(ls -l "/proc/$pid/fd" 2>/dev/null | grep -c "d/#.*deleted")" -ge 2 ] && break
        sleep 0.1
    done
    kill -"${signal%:*}" $pid
    exec 8>&-
    status=0
    wait $pid || status=$?
    check "SIG${signal%:*} in the middle" test $status = "${signal#*:}"
    picture >after
    check "... all is as it was" diff before after
done

# ---- an ordinary user ----
if [ "$(id -u)" != 0 ]; then skip "as an ordinary user" "changing the user needs root"
elif ! setpriv --reuid 54321 --regid 54322 --clear-groups test -r all -a -x "$backupraw"; then
    skip "as an ordinary user" "$work or $backupraw can't be reached by others"
else
    as_user() { setpriv --reuid 54321 --regid 54322 --clear-groups "$@"; }
    with_umask() { (umask "$1" && shift && as_user "$@"); }
    for mask in 022 077; do
        fresh
        check_status "user, umask $mask" 3 with_umask $mask "$backupraw" extract all d/f
        check "... modes" test "$(stat -c '%a %u' d/f d/f:big | tr '\n' ' ')" = \
            "$([ $mask = 022 ] && echo "644 54321 644 54321 " || echo "600 54321 600 54321 ")"
        check "... its attributes" test "$(value user.COMMENT d/f)" = abc
        make exact sd=exact:400 data=x stream=s:x stream@big:big ea=A:1
        fresh
        check "user, umask $mask: what he may not write himself" with_umask $mask "$backupraw" extract exact d/f
        check "... has all" test "$(stat -c %a d/f) $(stat -c %a d/f:big) $(attributes d/f | wc -w)" = "400 400 3"
        check_status "... and isn't replaced" 1 with_umask $mask "$backupraw" extract exact d/f
        check "... but by --force" with_umask $mask "$backupraw" extract --force exact d/f
    done
    fresh
    echo old >d/f
    chmod 666 d/f
    check "user: over root's file, with a stream" as_user "$backupraw" extract exact d/f
    check "... both are his then" test "$(stat -c %u d/f d/f:big | tr '\n' ' ')" = "54321 54321 "
    fresh
    extract 0 "root's, with a stream" old
    chmod 666 d/f
    check "user: over it" as_user "$backupraw" extract old d/f
    check "... both are his" test "$(stat -c %u d/f d/f:big | tr '\n' ' ')" = "54321 54321 "
    check "... and whole" cmp big d/f:big
fi

# ---- where the disk is full, and where there are no attributes ----
if [ "$(id -u)" = 0 ] && mkdir tiny && mount -t tmpfs -o size=3m tiny tiny 2>/dev/null; then
    at_exit umount "$work/tiny"
    echo old >tiny/f
    check_status "a full disk" 1 "$backupraw" extract bigone tiny/f
    check "... all is as it was" test "$(cat tiny/f) $(ls tiny)" = "old f"
    mkdir ram
    mount -t ramfs ram ram && at_exit umount "$work/ram"
    check_status "without attributes" 3 "$backupraw" extract old ram/f
    cp output said
    check "... the data is there" test "$(cat ram/f) $(ls ram)" = "old f"
    check "... all else is said" test "$(grep -c "isn't kept" said)" = 4
else
    skip "a full disk, no attributes" "mounting needs root"
fi
plan
