#!/bin/bash
# efsraw encrypt: what it makes is decrypted by efsraw, by the generator's own code, and, from an NTFS volume, by
# ntfsdecrypt; nothing of the plaintext is left anywhere; what can't be done leaves all as it was.
#
# SPDX-License-Identifier: LGPL-2.1-or-later
. "$(dirname "$0")/../lib/tap.sh"
. "$(dirname "$0")/../lib/mounts.sh"
here=$(cd "$(dirname "$0")" && pwd)
efsraw=${EFSRAW_CHECKED:-$build/native/tools/efsraw/efsraw}
unchecked=$build/native/tools/efsraw/efsraw # no sanitizer: preloading
cd "$work" || exit 1

"$gen/efsgen.py" keys alice --name alice --password 'alice pw' >/dev/null
"$gen/efsgen.py" keys bob --name bob --password 'bob pw' >/dev/null
"$gen/efsgen.py" keys agent --name agent --recovery-agent >/dev/null
openssl x509 -in bob/cert.pem -outform DER -out bob/cert.der
for=(--for alice/cert.pem)

# random SIZE FILE: as many bytes that no one has seen before
random()
{
    head -c "$1" /dev/urandom >"$2"
}

# opens FILE PLAIN KEY: decrypts to the same bytes
opens()
{
    "$efsraw" decrypt "$1" - --key "$3" >decrypted && cmp "$2" decrypted
}

# fails STATUS TEXT ARGUMENT...: one line on standard error, and nothing new in the directory
fails()
{
    local wanted=$1 text=$2 status=0 before

    shift 2
    before=$(ls -A)
    "$efsraw" encrypt "$@" 2>"$work.message" >/dev/null </dev/null || status=$?
    cat "$work.message"
    [ $status = "$wanted" ] && [ "$(wc -l <"$work.message")" = 1 ] && grep -q -- "$text" "$work.message" &&
        [ "$(ls -A)" = "$before" ]
}
at_exit rm -f "$work.message"

# ---- every size ----
for size in 0 1 15 16 511 512 513 4096 65535 65536 65537 131072 200001 1048576; do
    random $size plain
    rm -f secret
    check "$size bytes" "$efsraw" encrypt plain secret "${for[@]}"
    check "... decrypt" opens secret plain alice/key.pem
    check "... verify" "$efsraw" verify secret
    check "... its raw stream" "$efsraw" encrypt plain --stream-out stream "${for[@]}"
    check "... is as long as the export, and decrypts" bash -c \
        "[ \$(stat -c %s stream) = \$('$efsraw' export secret - | wc -c) ] && '$efsraw' verify stream"
    check "... to the same" opens stream plain alice/key.pem
    rm -f stream
done

# ---- who can decrypt ----
random 70000 plain
check "several users and an agent: PEM, DER, a PFX with its password" "$efsraw" encrypt plain shared \
    --for alice/cert.pem --for bob/cert.der --for alice/key-legacy.pfx --password-file alice/password.txt \
    --recovery agent/cert.pem
check "... each opens it: alice" opens shared plain alice/key.pem
check "... bob" opens shared plain bob/key.pem
check "... the agent" opens shared plain agent/key.pem
"$efsraw" info --json shared >info
check "... each is in it once" /usr/bin/python3 -c '
import json
info = json.load(open("info"))
assert [u["name"] for u in info["users"]] == ["alice(alice@WINE-EFS)", "bob(bob@WINE-EFS)"], info["users"]
assert [u["name"] for u in info["recovery_agents"]] == ["agent(agent@WINE-EFS)"]
assert all(u["sid"] is None and u["flags"] == 0 and u["public_key_type"] == 3 for u in info["users"])
assert info["metadata"]["version"] == 2 and info["metadata"]["length"] % 8 == 0
'
openssl x509 -in alice/cert.pem -noout -fingerprint -sha1 | tr -d : | cut -d = -f 2 | tr A-F a-f >thumbprint
check "... by the thumbprint that openssl says" grep -q "$(cat thumbprint)" info
"$efsraw" encrypt plain again --for alice/cert.pem
check "each file has a key and an EFS_ID of its own" bash -c "
    [ \"\$('$efsraw' info shared | grep EFS_ID)\" != \"\$('$efsraw' info again | grep EFS_ID)\" ] &&
    ! cmp -s shared again"

# The generator's code, which shares nothing with the engine, reads what was made.
"$efsraw" encrypt plain --stream-out stream --for alice/cert.pem
cat >read.py <<'PY'
import struct
import sys
sys.path.insert(0, sys.argv[1])
import efscrypt
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import padding

raw = open("stream", "rb").read()
efs = raw[0x42:0x42 + struct.unpack_from("<I", raw, 0x42)[0]]
entry = struct.unpack_from("<I", efs, 0x40)[0] + 4
length, _, fek_length, fek_offset = struct.unpack_from("<4I", efs, entry)
blob = efs[entry + fek_offset:entry + fek_offset + fek_length]
key = serialization.load_pem_private_key(open("alice/key.pem", "rb").read(), None)
fek = key.decrypt(blob[::-1], padding.PKCS1v15())
assert struct.unpack("<4I", fek[:16]) == (32, 32, 0x6610, 0) and len(fek) == 48
at, plain = 0x42 + len(efs) + 0x2a, b""
while at < len(raw):
    size, = struct.unpack_from("<I", raw, at)
    offset, header, inside, valid = struct.unpack_from("<Q3I", raw, at + 0x10)
    assert (header, inside) == (0x1f0, valid) and offset == len(plain)
    data = raw[at + 0x200:at + size]
    assert len(data) == -(-inside // 512) * 512
    plain += efscrypt.crypt("aes", fek[16:], offset, data, False)[:inside]
    at += size
assert plain == open("plain", "rb").read()
PY
check "the generator's own code decrypts it" /usr/bin/python3 read.py "$gen"

# ---- holes ----
truncate -s 10M sparse
printf 'in the middle' | dd of=sparse bs=1 seek=5000000 conv=notrunc 2>/dev/null
printf 'at the end' | dd of=sparse bs=1 seek=10485700 conv=notrunc 2>/dev/null
check "a file with holes" "$efsraw" encrypt sparse sparse.efs "${for[@]}"
check "... has them afterwards" bash -c "[ \$(du -k sparse.efs | cut -f 1) -lt 400 ]"
check "... and decrypts" opens sparse.efs sparse alice/key.pem
check "... comes back from its export" bash -c "'$efsraw' export sparse.efs - | '$efsraw' decrypt - back \
    --key alice/key.pem && cmp sparse back"
truncate -s 1T huge
check "a hole of a terabyte doesn't take long" timeout 20 "$efsraw" encrypt huge huge.efs "${for[@]}"
check "... nor much of a stream" bash -c "'$efsraw' info huge.efs | grep -q 'plain size: 1099511627776' &&
    [ \$('$efsraw' info --json huge.efs | grep -o '\"stream\": [0-9]*' | cut -d ' ' -f 2) -lt 100000 ]"
rm -f huge huge.efs
truncate -s 200000 zeros
check "a hole up to an end inside a unit" "$efsraw" encrypt zeros zeros.efs "${for[@]}"
check "... decrypts" opens zeros.efs zeros alice/key.pem

# ---- pipes, standard input ----
check "from a pipe" bash -c "cat plain | '$efsraw' encrypt - piped --for alice/cert.pem"
check "... decrypts" opens piped plain alice/key.pem
check "to a pipe" bash -c "'$efsraw' encrypt plain --stream-out - --for alice/cert.pem | cat >stream"
check "... decrypts" opens stream plain alice/key.pem
check "the certificate from standard input" bash -c "'$efsraw' encrypt plain piped --for - <alice/cert.pem"

# ---- alternate streams ----
cp plain with
setfattr -n 'user.DosStream.zeta:$DATA' -v $'last\0' with 2>/dev/null || setfattr -n 'user.DosStream.zeta:$DATA' \
    -v 0x6c61737400 with
setfattr -n 'user.DosStream.Alpha:$DATA' -v 0x666972737400 with
check "a file with alternate streams" "$efsraw" encrypt with with.efs "${for[@]}"
"$efsraw" info with.efs | grep -o 'stream :.*DATA: encrypted, [0-9]* bytes' >streams
cat >wanted <<'END'
stream ::$DATA: encrypted, 70000 bytes
stream :Alpha:$DATA: encrypted, 5 bytes
stream :zeta:$DATA: encrypted, 4 bytes
END
check "... has both, encrypted, in order" diff wanted streams
check "... decrypts" bash -c "'$efsraw' decrypt with.efs out --key alice/key.pem 2>/dev/null && cmp out with"
check "... and nothing of them is in the clear" bash -c "! grep -aq first with.efs && ! getfattr -d -m - with.efs |
    grep -q DosStream"
check "in place it is refused" fails 1 "alternate streams" with with "${for[@]}"
check "... and is as it was" cmp with plain

# ---- in place ----
cp plain place
chmod 640 place
touch -d '2001-02-03 04:05:06' place
check "in place" "$efsraw" encrypt place place "${for[@]}"
check "... decrypts" opens place plain alice/key.pem
check "... mode and time stay" test "$(stat -c '%a %y' place | cut -c 1-23)" = '640 2001-02-03 04:05:06'
check "... a second time" fails 1 "encrypted already" place place "${for[@]}"
cp plain place2
ln place2 other-name
check "two names" fails 1 "other names" place2 place2 "${for[@]}"
check "... stay as they are" bash -c "cmp place2 plain && cmp other-name plain"
ln -s place2 link
check "by a link" fails 1 "other names" link place2 "${for[@]}"

# ---- refusals ----
check "a directory" fails 1 "directory" alice out.efs "${for[@]}"
check "no certificate" fails 2 "--for is needed" plain out.efs
check "no such file" fails 1 "No such file" missing out.efs "${for[@]}"
check "not a certificate" fails 1 "plain: " plain out.efs --for plain
check "a wrong password" fails 1 "password" plain out.efs --for alice/key.pfx --password-file bob/password.txt
check "a password before its certificate" fails 2 "follows" plain out.efs --password-file bob/password.txt "${for[@]}"
check "to standard output" fails 2 "standard output" plain - "${for[@]}"
openssl ecparam -name prime256v1 -genkey -noout -out ec.pem 2>/dev/null
openssl req -new -x509 -key ec.pem -subj /CN=ec -days 100 -out ec.crt 2>/dev/null
check "a certificate that isn't RSA's" fails 1 "RSA" plain out.efs --for ec.crt
openssl req -new -x509 -newkey rsa:1024 -nodes -keyout /dev/null -subj /CN=short -days 100 -out short.crt 2>/dev/null
check "1024 bits" "$efsraw" encrypt plain short.efs --for short.crt
openssl req -new -x509 -newkey rsa:2048 -nodes -keyout /dev/null -subj /CN=else -days 100 -out else.crt \
    -addext extendedKeyUsage=serverAuth 2>/dev/null
check "a certificate for something else: a warning" bash -c "'$efsraw' encrypt plain else.efs --for else.crt 2>&1 |
    grep -q 'warning: the certificate has other purposes'"
openssl req -new -x509 -newkey rsa:2048 -nodes -keyout /dev/null -subj /CN=nobody -days -1 -out old.crt 2>/dev/null
[ ! -s old.crt ] || check "an expired one: a warning" bash -c "'$efsraw' encrypt plain old.efs --for old.crt 2>&1 |
    grep -q 'warning: .*valid'"
printf x >read-only
chmod 444 read-only
check "a read-only file" fails 1 "force" plain read-only "${for[@]}"
check "... with --force" "$efsraw" encrypt plain read-only --force "${for[@]}"
check "a writer that goes on while it is read" bash -c "
    cp plain moving; (for i in 1 2 3 4 5 6 7 8 9; do echo more >>moving; sleep 0.01; done) &
    for i in 1 2 3 4 5 6 7 8 9; do
        '$efsraw' encrypt moving moving.efs --for alice/cert.pem 2>>changed || grep -q 'changed while' changed || exit 1
    done; wait"

# ---- a disk that gets full: the target as it was ----
if [ "$(id -u)" = 0 ] && mkdir full && mount -t tmpfs -o size=300k tmpfs full 2>/dev/null; then
    at_exit unmount "$work/full"
    cp plain full/target
    setfattr -n user.x -v y full/target 2>/dev/null || attributes=no
    if [ -z "${attributes-}" ]; then
        random 1000000 big
        check "a full disk" bash -c "! '$efsraw' encrypt big full/target --for alice/cert.pem 2>message"
        check "... says so" grep -qi "space" message
        check "... and the target is as it was" bash -c "cmp full/target plain && [ \$(ls -A full | wc -l) = 1 ]"
    else
        skip "a full disk" "this kernel's tmpfs keeps no user attributes"
    fi
    umount full
else
    skip "a full disk" "no tmpfs can be mounted"
fi

# ---- what is left in files while it works ----
random 20000000 large
printf 'THE PLAINTEXT THAT NOBODY MAY SEE' | dd of=large bs=1 seek=1000 conv=notrunc 2>/dev/null
mkdir dest
check "killed while it works: no plaintext in the directory" bash -c "
    for i in 1 2 3 4 5; do
        '$efsraw' encrypt large dest/out --for alice/cert.pem & sleep 0.01
        kill -9 \$! 2>/dev/null
        wait \$! 2>/dev/null
        ! grep -raq 'THE PLAINTEXT' dest || exit 1
    done; true"

# ---- how far it is ----
if cc -shared -fPIC -O1 -o fast.so "$top/tests/lib/fast_time.c" 2>/dev/null; then
    fast=(/usr/bin/env LD_PRELOAD="$work/fast.so" "$unchecked")
    check "progress on a terminal" "$here/terminal.py" shows '[0-9]+ %, [0-9]+ of 19 MiB, [0-9]+ MiB/s, [0-9]+ s left' \
        "${fast[@]}" encrypt large large.efs "${for[@]}"
    check "... none with --quiet" "$here/terminal.py" shows '' "${fast[@]}" encrypt --quiet large large.efs \
        "${for[@]}"
else
    skip "progress" "no C compiler"
fi

# ---- ^C ----
# interrupted DIR: while it waits for more of its input; nothing is left there
interrupted()
{
    local pid started

    mkfifo pipe
    env --default-signal=INT "$efsraw" encrypt - "$1/out" --for alice/cert.pem <pipe &
    pid=$!
    exec 9>pipe
    rm pipe
    head -c 1000000 large >&9
    for started in 1 2 3 4 5 6 7 8 9 10; do # until it has read all of it
        sleep 0.1
        ls -l /proc/$pid/fd 2>/dev/null | grep -q "$1" && break
    done
    ls -A "$1" >there
    kill -INT $pid
    wait $pid
    started=$?
    exec 9>&-
    [ $started = 130 ] && [ -z "$(ls -A "$1")" ]
}
mkdir interrupted
check "^C leaves nothing" interrupted "$work/interrupted"

# ---- on an NTFS volume, read by ntfsdecrypt ----
if why=$(ntfs_missing) || ! why=$(ntfs_decrypts); then
    skip "ntfsdecrypt" "$why"
elif ! mount_ntfs "$work/image" "$work/volume" 2>message; then
    skip "ntfsdecrypt" "NTFS volumes can't be mounted here: $(tail -n 1 message)"
else
    for size in 0 1 511 512 513 65536 65537 300000; do
        random $size "size$size"
        check "$size bytes onto NTFS" "$efsraw" encrypt "size$size" "volume/size$size" --for bob/cert.pem \
            --for alice/cert.pem
    done
    check "a file with holes, which are encrypted there" "$efsraw" encrypt sparse volume/sparse --for alice/cert.pem
    cp plain volume/place
    check "in place" "$efsraw" encrypt volume/place volume/place --for alice/cert.pem
    cp plain volume/with
    setfattr -n user.note -v 'a note' volume/with
    check "a file of the volume with an alternate stream" "$efsraw" encrypt volume/with volume/with.efs "${for[@]}"
    check "... has it" bash -c "'$efsraw' info volume/with.efs | grep -q ':note:.DATA: encrypted, 6 bytes'"
    mkdir volume/interrupted
    check "^C" interrupted "$work/volume/interrupted"
    check "... and there was something to leave" grep -q '^\.efs-import-' there
    check "unmount" umount volume
    for size in 1 511 512 513 65536 65537 300000; do
        check "$size bytes: ntfsdecrypt shows the same" ntfs_shown image "size$size" "size$size" alice
    done
    check "the file with holes" ntfs_shown image sparse sparse alice
    check "the one that was encrypted in place" ntfs_shown image place plain alice
fi
plan
