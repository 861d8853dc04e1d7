#!/bin/bash
# efsraw users and rekey: who can decrypt is shown, added and removed; the data isn't touched, and what can't be done
# leaves the file as it was.
#
# SPDX-License-Identifier: LGPL-2.1-or-later
. "$(dirname "$0")/../lib/tap.sh"
. "$(dirname "$0")/../lib/mounts.sh"
here=$(cd "$(dirname "$0")" && pwd)
efsraw=${EFSRAW_CHECKED:-$build/native/tools/efsraw/efsraw}
unchecked=$build/native/tools/efsraw/efsraw # no sanitizer: preloading
cd "$work" || exit 1
export XDG_DATA_HOME=$work/none # no keys of whoever runs this

declare -A print
for name in alice bob carol; do
    "$gen/efsgen.py" keys $name --name $name --password "$name pw" >/dev/null
    print[$name]=$(openssl x509 -in $name/cert.pem -noout -fingerprint -sha1 | cut -d = -f 2)
done
"$gen/efsgen.py" keys agent --name agent --recovery-agent >/dev/null
head -c 70000 /dev/urandom >plain

# made FILE: one that alice and the agent open
made()
{
    rm -f "$1"
    "$efsraw" encrypt plain "$1" --for alice/cert.pem --recovery agent/cert.pem
}

# users FILE: their names
users()
{
    "$efsraw" users --csv "$1" | tail -n +2 | cut -d '"' -f 4 | cut -d '(' -f 1 | tr '\n' ' '
}

opens()
{
    "$efsraw" decrypt "$1" - --key "$2" >decrypted && cmp "$3" decrypted
}

# state FILE: all that there is to see of it, but for the time of its last change of attributes
state()
{
    stat -c '%a %u %g %s %y' "$1"
    getfattr --absolute-names -d -m - -e hex "$1"
    sha "$1"
}

# fails STATUS TEXT FILE ARGUMENT...: one line on standard error, and FILE is as it was
fails()
{
    local wanted=$1 text=$2 file=$3 status=0 before

    shift 3
    before=$(state "$file")
    "$efsraw" "$@" 2>message >/dev/null </dev/null || status=$?
    cat message
    [ $status = "$wanted" ] && [ "$(wc -l <message)" = 1 ] && grep -q -- "$text" message &&
        [ "$(state "$file")" = "$before" ]
}

# ---- adding ----
made file
touch -d '2001-02-03 04:05:06' file
content=$(sha file)
check "users add" "$efsraw" users add file --key alice/key.pem --for bob/cert.pem
check "... shows all" test "$(users file)" = "alice bob agent "
check "... the new one opens it" opens file bob/key.pem plain
check "... the old one does" opens file alice/key.pem plain
check "... the agent does" opens file agent/key.pem plain
check "... data and time are the same" test "$(sha file) $(stat -c %y file | cut -c 1-19)" = \
    "$content 2001-02-03 04:05:06"
check "... verify" "$efsraw" verify file
before=$(state file)
check "a second time" "$efsraw" users add file --key bob/key.pem --for bob/cert.pem
check "... changes nothing" test "$(state file)" = "$before"
check "several at once, by the agent's key, with a PFX" "$efsraw" users add file --key agent/key.pem \
    --for carol/key-legacy.pfx --password-file carol/password.txt --for alice/cert.pem
check "... only what is new" test "$(users file)" = "alice bob carol agent "
check "... opens" opens file carol/key.pem plain
check "a key with a password, behind it" "$efsraw" users add file --key alice/key.pfx --password-file \
    alice/password.txt --for bob/cert.pem
check "a key that doesn't open it" bash -c "'$efsraw' users remove file '${print[bob]}'"
check "... is refused" fails 1 "no entry for this key" file users add file --key bob/key.pem --for bob/cert.pem
check "a plain file" fails 1 "not an encrypted file" plain users add plain --key alice/key.pem \
    --for bob/cert.pem
check "no key" fails 2 "key is needed" file users add file --for bob/cert.pem
check "a password before the first key is that one's" fails 1 "x: open" file users add file --password-file x \
    --key bob/key.pem --for bob/cert.pem

# ---- removing ----
check "users remove, the thumbprint with colons" "$efsraw" users remove file "${print[carol]}"
check "... is gone" test "$(users file)" = "alice agent "
check_status "... and doesn't open it any more" 1 "$efsraw" decrypt file - --key carol/key.pem
check "the others still do" opens file alice/key.pem plain
check "one that isn't there" fails 1 "no user with that thumbprint" file users remove file "${print[carol]}"
check "the last one" fails 1 "nobody would be left" file users remove file "${print[alice]}"
check "an agent isn't a user" fails 1 "no user" file users remove file \
    "$(openssl x509 -in agent/cert.pem -noout -fingerprint -sha1 | cut -d = -f 2)"
check "no thumbprint" fails 2 "hexadecimal" file users remove file xyz
check "half a byte" fails 2 "hexadecimal" file users remove file abc

# ---- other forms ----
setfattr -n 'user.DosStream.note:$DATA' -v 0x6e6f746500 plain
made container
setfattr -x 'user.DosStream.note:$DATA' plain
touch -d '2001-02-03 04:05:06' container
"$efsraw" export container - | tail -c +1000 >rest
check "a container" bash -c "'$efsraw' info container | grep -q 'form: container'"
check "... add" "$efsraw" users add container --key alice/key.pem --for bob/cert.pem
check "... time stays" test "$(stat -c %y container | cut -c 1-19)" = "2001-02-03 04:05:06"
check "... opens" bash -c "'$efsraw' decrypt container out --key bob/key.pem 2>/dev/null && cmp out plain"
check "... remove" "$efsraw" users remove container "${print[alice]}"
check "... the stream is still there" bash -c "'$efsraw' info container | grep -q ':note:.DATA: encrypted, 4 bytes'"
"$gen/efsgen.py" stream --out stream --directory --user alice/cert.pem >/dev/null
mkdir tree
"$efsraw" import --directory stream tree
check "a directory" "$efsraw" users add tree --key alice/key.pem --for bob/cert.pem
check "... has both" bash -c "'$efsraw' users --json tree | /usr/bin/python3 -c '
import json, sys
one, = json.load(sys.stdin)
assert one[\"directory\"] and len(one[\"users\"]) == 2, one'"
made many
certificates=()
for i in $(seq 20); do
    openssl req -new -x509 -newkey rsa:2048 -nodes -keyout /dev/null -subj /CN=user$i -days 100 -out $i.crt 2>/dev/null
    certificates+=(--for $i.crt)
done
check "so many that an attribute may not hold them" "$efsraw" users add many --key alice/key.pem "${certificates[@]}"
check "... are all there" test "$(users many | wc -w)" = 22
check "... and it opens" opens many alice/key.pem plain

# ---- rekey ----
mkdir -p tree/below/deep
made tree/a
made tree/below/b
cp plain tree/plain
"$efsraw" encrypt plain tree/below/deep/bobs --for bob/cert.pem
"$efsraw" encrypt plain tree/below/both --for alice/cert.pem --for carol/cert.pem
touch tree/below/.efs-import-0123456789abcdef
ln -s "$work/file" tree/link
before=$(state tree/below/deep/bobs) linked=$(state file)
check "rekey" bash -c "'$efsraw' rekey tree --key alice/key.pem --for carol/cert.pem >out"
check "... counts" grep -qx '3 changed, 1 had it already, 1 not for this key, 3 not encrypted' out
check "... the new key opens them" bash -c "
    for file in a below/b below/both; do
        '$efsraw' decrypt tree/\$file - --key carol/key.pem | cmp - plain || exit 1
    done"
check "... the old one too" opens tree/a alice/key.pem plain
check "... what isn't the key's is as it was" test "$(state tree/below/deep/bobs)" = "$before"
check "... and what a link leads to" test "$(state file)" = "$linked"
check "rekey --remove-old" bash -c "'$efsraw' rekey tree --key alice/key.pem --for carol/cert.pem --remove-old >out"
check "... counts" grep -q '^4 changed, 0 had' out
check "... the old key opens nothing" bash -c "! '$efsraw' users -r tree | grep -q alice"
check "... the new one does" opens tree/below/b carol/key.pem plain
check "... and the agent" opens tree/below/b agent/key.pem plain
check "again: the old key opens nothing" bash -c "
    '$efsraw' rekey tree --key alice/key.pem --for carol/cert.pem --remove-old >out && grep -q '^0 changed' out"
check "by an agent's key, which stays" bash -c "
    '$efsraw' rekey tree/a --key agent/key.pem --for bob/cert.pem --remove-old && [ \"\$('$efsraw' users --csv tree/a |
        grep -c agent)\" = 1 ]"
check "to the same certificate" bash -c "
    '$efsraw' rekey tree/a --key bob/key.pem --for bob/cert.pem --remove-old && '$efsraw' users tree/a | grep -q bob"
check "one that is named and isn't the key's" fails 1 "no entry for this key" file rekey file --key bob/key.pem \
    --for carol/cert.pem
setfattr -n user.ntfs.efsinfo -v 0x00 tree/plain
check_status "a damaged file: the others are done" 1 bash -c "
    '$efsraw' rekey tree --key carol/key.pem --for alice/cert.pem >out 2>message"
check "... and it is named" grep -q '^efsraw: tree/plain: ' message
check "... counted" grep -q '1 failed' out

# ---- several keys ----
mkdir several
"$efsraw" encrypt plain several/alices --for alice/cert.pem
"$efsraw" encrypt plain several/bobs --for bob/cert.pem
"$efsraw" encrypt plain several/both --for alice/cert.pem --for bob/cert.pem
check "rekey by two keys, one with a password" bash -c "
    echo 'bob pw' >bob-password
    '$efsraw' rekey several --key alice/key.pem --key bob/key.pfx --password-file bob-password \
        --for carol/cert.pem >out"
check "... all of them" grep -qx '3 changed, 0 had it already, 1 not encrypted' out
check "... the new key opens them" bash -c "
    for file in alices bobs both; do
        '$efsraw' decrypt several/\$file - --key carol/key.pem | cmp - plain || exit 1
    done"
check "... --remove-old: the entries of both go" bash -c "
    '$efsraw' rekey several --key alice/key.pem --cert alice/cert.pem --key bob/key.pfx --password-file bob-password \
        --for carol/cert.pem --remove-old >out && [ \"\$('$efsraw' users -r several | grep -c 'user: [ab]')\" = 0 ]"
check "... but not one that it is for" bash -c "
    '$efsraw' users add several/both --key carol/key.pem --for bob/cert.pem &&
    '$efsraw' rekey several/both --key carol/key.pem --cert carol/cert.pem --key bob/key.pfx \
        --password-file bob-password --for bob/cert.pem --for alice/cert.pem --remove-old >out"
check "... whom the keys belong to as well" test "$(users several/both)" = "bob alice "
too_many=()
for ((i = 0; i < 17; i++)); do too_many+=(--key alice/key.pem); done
check "too many keys" fails 2 "at most 16 keys" several/both rekey several/both "${too_many[@]}" --for bob/cert.pem

# ---- one's own keys ----
export XDG_DATA_HOME=$work/share
check "neither a key nor keys of one's own" fails 2 "efsraw keys add" several/both users add several/both \
    --for carol/cert.pem
check "keys of one's own" bash -c "
    '$efsraw' keys add bob/key.pfx --password-file bob-password >/dev/null &&
    '$efsraw' users add several/both --password-file bob-password --for carol/cert.pem"
check "... open it" opens several/both carol/key.pem plain
made several/alices
check "... aren't tried beside a --key" fails 1 "no entry for this key" several/alices users add several/alices \
    --key carol/key.pem --for bob/cert.pem
"$efsraw" encrypt plain several/bobs --for bob/cert.pem --force
openssl pkcs12 -in bob/key.pfx -passin 'pass:bob pw' -nodes 2>/dev/null >bob-open.pem
"$efsraw" keys remove "${print[bob]}" >/dev/null
check "... but with --all" bash -c "
    '$efsraw' keys add bob-open.pem >/dev/null &&
    '$efsraw' users add several/bobs --key carol/key.pem --all --for alice/cert.pem </dev/null"
check "... which opens it" opens several/bobs alice/key.pem plain
export XDG_DATA_HOME=$work/none

# ---- how far it is ----
if cc -shared -fPIC -O1 -o fast.so "$top/tests/lib/fast_time.c" 2>/dev/null; then
    fast=(/usr/bin/env LD_PRELOAD="$work/fast.so" "$unchecked")
    mkdir some
    for i in 1 2 3 4; do made some/$i; done
    check "progress on a terminal" "$here/terminal.py" shows '60 %, 3 of 5 files, [0-9]+ files/s, [0-9]+ s left' \
        "${fast[@]}" rekey some --key alice/key.pem --for bob/cert.pem
    check "... none with --quiet" "$here/terminal.py" shows '' "${fast[@]}" rekey -q some \
        --key alice/key.pem --for carol/cert.pem
    check "... which has changed them" test "$(users some/4)" = "alice bob carol agent "
else
    skip "progress" "no C compiler"
fi

# ---- showing ----
check "CSV" test "$("$efsraw" users --csv file)" = "file,role,name,thumbprint,sid,descriptor
\"file\",user,\"alice(alice@WINE-EFS)\",$(tr -d : <<<"${print[alice]}" | tr A-F a-f),,\"\"
\"file\",recovery-agent,\"agent(agent@WINE-EFS)\",$(openssl x509 -in agent/cert.pem -noout -fingerprint -sha1 |
    cut -d = -f 2 | tr -d : | tr A-F a-f),,\"\""
"$efsraw" export file stream
check "a raw stream" bash -c "'$efsraw' users stream | grep -q '^  user: alice'"
cp file 'a "name", = @'
setfattr -n user.ntfs.efsinfo -v "0x$(efs_xattr file | od -An -v -tx1 | tr -d ' \n')" 'a "name", = @'
cat >names.py <<'PY'
import csv
import sys
assert {row["file"] for row in csv.DictReader(sys.stdin)} == {'a "name", = @'}
PY
check "a name with quotes, in CSV" bash -c "'$efsraw' users --csv 'a \"name\", = @' | /usr/bin/python3 names.py"
check_status "a plain file" 1 "$efsraw" users plain
check_status "no such file" 1 "$efsraw" users missing
check "-r passes plain files over" bash -c "
    mkdir only; cp plain only; [ \"\$('$efsraw' users --json -r only | tr -d '\n')\" = '[]' ]"
mkfifo fifo
check_status "a FIFO isn't waited for" 1 timeout 10 "$efsraw" users fifo

# ---- versions 4 to 6 ----
/usr/bin/python3 - "$gen" <<'PY'
import struct
import sys
sys.path.insert(0, sys.argv[1])
import efsprotectors as p
sid = bytes([1, 1, 0, 0, 0, 0, 0, 5]) + struct.pack("<I", 18)
four = p.make(4, [p.protector("dora(dora@AD)", bytes(range(20)), sid), p.protector("emil", b"\xee" * 20, kind=2)],
              [p.protector("agent", b"\xaa" * 20)])
five = p.make(5, [p.dpapi_ng("SID=S-1-5-21-1-2-3-1001")])
six = b".pfile" + struct.pack("<2I", 2, 1) + bytes(200)
for name, value in ("four", four), ("five", five), ("six", six):
    head = bytes.fromhex("00010000" "52004f0042005300" + 16 * "0")
    stream = struct.pack("<I", 0x1e) + "NTFS".encode("utf-16-le") + bytes(12) + struct.pack("<I", 2) + b"\x10\x19"
    segment = struct.pack("<I", 16 + len(value)) + "GURE".encode("utf-16-le") + bytes(4) + value
    open(name, "wb").write(head + stream + segment)
broken = bytearray(four)
at = struct.unpack_from("<I", broken, 0x20)[0] + 6
struct.pack_into("<H", broken, at, 7)  # a protector smaller than its own header
value = bytes(broken)
segment = struct.pack("<I", 16 + len(value)) + "GURE".encode("utf-16-le") + bytes(4) + value
open("bad", "wb").write(head + stream + segment)
PY
check "version 4" test "$("$efsraw" users four)" = "four (\$EFS of version 4)
  user: dora(dora@AD), thumbprint 000102030405060708090a0b0c0d0e0f10111213, S-1-5-18
  user: emil, thumbprint eeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeee
  recovery agent: agent, thumbprint aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
check "version 5" test "$("$efsraw" users five)" = "five (\$EFS of version 5)
  user: SID=S-1-5-21-1-2-3-1001"
check "version 6" bash -c "'$efsraw' users six | grep -q \"aren't understood\""
check "... null in JSON" bash -c "'$efsraw' users --json six | grep -q '\"users\": null'"
check_status "damaged protectors" 1 bash -c "'$efsraw' users bad 2>message"
check "... say where" grep -q 'datum: StructureSize is less' message
mkdir dir4
"$efsraw" import --directory four dir4
check "they can't be changed" fails 1 "version" dir4 users remove dir4 000102030405060708090a0b0c0d0e0f10111213
check "... nor added to" fails 1 "version" dir4 users add dir4 --key alice/key.pem --for bob/cert.pem

# ---- on an NTFS volume: a file is written anew, in one step ----
if why=$(ntfs_missing) || ! why=$(ntfs_decrypts); then
    skip "users on NTFS" "$why"
elif ! mount_ntfs "$work/image" "$work/volume" 2>message; then
    skip "users on NTFS" "NTFS volumes can't be mounted here: $(tail -n 1 message)"
else
    # what only the volume knows of a file
    windows()
    {
        getfattr --only-values -n system.ntfs_crtime "$1" | od -An -v -tx1
        getfattr --only-values -n system.ntfs_acl "$1" | sha256sum
        getfattr --only-values -n system.ntfs_ea "$1" | od -An -v -tx1
        stat -c '%a %u %g %s %y' "$1"
    }
    made volume/file
    "$efsraw" encrypt plain volume/two --for alice/cert.pem
    ln volume/two volume/other
    cp plain volume/source
    setfattr -n user.note -v 'a note' volume/source
    made volume/named
    "$efsraw" encrypt volume/source volume/named --for alice/cert.pem
    # one entry of 20 bytes: the name EA, six bytes
    setfattr -n system.ntfs_ea -v 0x140000000002060045410068656c6c6f21000000 volume/named
    setfattr -n system.ntfs_attrib -v 0x02400000 volume/named # hidden
    touch -d '2001-02-03 04:05:06' volume/named
    before=$(windows volume/named)
    check "NTFS: users add" "$efsraw" users add volume/file --key alice/key.pem --for bob/cert.pem
    check "... shows all" test "$(users volume/file)" = "alice bob agent "
    check "... users remove" "$efsraw" users remove volume/file "${print[alice]}"
    check "... opens" opens volume/file bob/key.pem plain
    check "... a file with an alternate stream" "$efsraw" rekey volume/named --key alice/key.pem --for bob/cert.pem \
        --remove-old
    check "... still has it" bash -c "'$efsraw' info volume/named | grep -q ':note:.DATA: encrypted, 6 bytes'"
    check "... times, descriptor and extended attributes stay" test "$(windows volume/named)" = "$before"
    check "... hidden stays" bash -c "getfattr -n system.ntfs_attrib -e hex volume/named | grep -q '=0x.24'"
    check "... a file with two names" fails 1 "several names" volume/two users add volume/two --key alice/key.pem \
        --for bob/cert.pem
    mkdir volume/dir
    "$gen/efsgen.py" stream --out stream --directory --user alice/cert.pem >/dev/null
    "$efsraw" import stream volume/dir
    check "... a directory: refused" bash -c "! '$efsraw' users add volume/dir --key alice/key.pem --for bob/cert.pem \
        2>message && grep -q \"volume/dir: the file system doesn't replace\" message"
    check "... and is as it was" test "$(users volume/dir)" = "alice "
    check "... nothing else is there" test "$(ls -A volume | tr '\n' ' ')" = "dir file named other source two "
    check "unmount" umount volume
    check "... ntfsdecrypt opens it with the new key" ntfs_shown image file plain bob
    check "... and the one with a stream" ntfs_shown image named plain bob
    check "... not with the old one" bash -c "! LD_PRELOAD=oid.so ntfsdecrypt -k alice/key-legacy.pfx image file \
        <alice/password.txt 2>/dev/null | cmp -s - plain"
fi
plan
