#!/bin/bash
# efsraw join: raw streams of what forensic tools give apart, and of .PFILEs; they decrypt to what was encrypted. And
# efsraw info of several files.
#
# SPDX-License-Identifier: LGPL-2.1-or-later
. "$(dirname "$0")/../lib/tap.sh"
efsraw=${EFSRAW_CHECKED:-$build/native/tools/efsraw/efsraw}
cd "$work" || exit 1

"$gen/efsgen.py" keys alice --name alice >/dev/null
cat >apart.py <<'PY'
"""apart.py SIZE: of the raw stream `stream`: efs, ciphertext (whole units), and the .PFILE of both"""
import struct
import sys
raw = open("stream", "rb").read()
efs = raw[0x42:0x42 + struct.unpack_from("<I", raw, 0x42)[0]]
at, cipher = 0x42 + len(efs) + 0x2a, b""
while at < len(raw):
    length, = struct.unpack_from("<I", raw, at)
    cipher += raw[at + 0x200:at + length]
    at += length
size = int(sys.argv[1])
open("efs", "wb").write(efs)
open("efs.slack", "wb").write(efs + b"slack" * 100)
open("ciphertext", "wb").write(cipher)
open("clusters", "wb").write(cipher + b"\xaa" * (-len(cipher) % 4096))
head = bytearray(efs.ljust(0x1000, b"\0"))
if size:
    struct.pack_into("<I", head, 0, 0x1000)
    struct.pack_into("<I", head, 0x0c, 0x8000 + size)
open("whole.PFILE", "wb").write(head + cipher)
open("cut.pfile", "wb").write(head + cipher[:-(-size // 16) * 16])
struct.pack_into("<I", head, 0x0c, 0x8000 + size % 0x100 + 1000000)
open("odd.PFILE", "wb").write(head + cipher[:-(-size // 16) * 16])
PY

# opens STREAM: decrypts to the beginning of plain
opens()
{
    "$efsraw" verify "$1" && "$efsraw" decrypt "$1" - --key alice/key.pem >decrypted && cmp plain decrypted
}

for size in 0 1 16 17 511 512 513 40000 70000; do
    head -c $size /dev/urandom >plain
    "$efsraw" encrypt plain --stream-out stream --force --for alice/cert.pem
    /usr/bin/python3 apart.py $size
    rm -f joined
    check "$size bytes: with --size" "$efsraw" join efs ciphertext joined --size $size
    check "... is the stream it was made of" cmp stream joined
    check "... of whole clusters, and a \$EFS with what is behind it" "$efsraw" join efs.slack clusters joined --force \
        --size $size
    check "... is the same" cmp stream joined
    for name in whole.PFILE cut.pfile; do
        check "... $name" "$efsraw" join $name joined --force
        check "... decrypts" opens joined
        check "... by itself, too" opens $name
    done
    # and back
    rm -f file back.PFILE
    check "... imports" "$efsraw" import cut.pfile file
    check "... the file becomes a .PFILE" "$efsraw" export --pfile file back.PFILE
    check "... the same" cmp cut.pfile back.PFILE
    rm back.PFILE
    check "... and so does a raw stream" bash -c "'$efsraw' export --pfile - back.PFILE <stream"
    check "... the same" cmp cut.pfile back.PFILE
    check "... its name in a directory is without the ending" bash -c "mkdir -p into && rm -f into/* &&
        '$efsraw' decrypt back.PFILE into --key alice/key.pem && cmp plain into/back"
done
check "info of one" bash -c "'$efsraw' info cut.pfile | grep -qx 'form: .PFILE, as on FAT and exFAT' &&
    '$efsraw' info --json cut.pfile | grep -q '\"form\": \"pfile\"'"
check "users of one" bash -c "'$efsraw' users cut.pfile | grep -q alice"
check "over what is there" "$efsraw" export --pfile file back.PFILE --force
check "... as any output, beside a .PFILE" bash -c "chmod 400 back.PFILE; ! '$efsraw' export --pfile file back.PFILE &&
    '$efsraw' export --pfile file back.PFILE --force && cmp cut.pfile back.PFILE"
check_status "a .PFILE to a pipe" 1 bash -c "'$efsraw' export --pfile file - >/dev/null"
truncate -s 1M holes
printf x >>holes
"$efsraw" encrypt holes --stream-out holes.raw --for alice/cert.pem
check_status "of holes" 1 bash -c "'$efsraw' export --pfile holes.raw holes.PFILE 2>message"
check "... it is said" grep -q "holes" message
printf stream | "$efsraw" encrypt - --stream-out s.raw --for alice/cert.pem
setfattr -n user.DosStream.more:\$DATA -v 0x6e616d656400 plain && "$efsraw" encrypt plain --stream-out named.raw \
    --for alice/cert.pem
check_status "of named streams" 1 bash -c "'$efsraw' export --pfile named.raw named.PFILE 2>message"
check "... it is said" grep -q "drop-named" message
check "... none of them is there" test ! -e holes.PFILE -a ! -e named.PFILE
check "... without them" "$efsraw" export --pfile --drop-named named.raw named.PFILE
check "... decrypts" opens named.PFILE
check "the \$EFS of a directory" bash -c "mkdir d && '$efsraw' join efs - | '$efsraw' import --directory - d &&
    '$efsraw' export --pfile d d.efs && cmp d.efs efs"

# ---- a tree from such a stick ----
mkdir -p stick/sub/deep
cp cut.pfile stick/letter.txt.PFILE
cp cut.pfile stick/sub/taken.PFILE
printf 'mine' >stick/sub/taken
printf 'protected otherwise' >stick/sub/rights.pfile
cp efs 'stick/sub/$EFS'
printf 'no metadata' >'stick/sub/deep/$EFS'
check "decrypt -r" bash -c "'$efsraw' decrypt -r stick copy --key alice/key.pem >out 2>message"
check "... counts" grep -qx '2 files decrypted, 3 copied, 1 left out' out
check "... without the ending" cmp plain copy/letter.txt
check "... unless the name is taken" bash -c "cmp plain copy/sub/taken.PFILE && grep -qx mine copy/sub/taken"
check "... what has the name alone is copied" bash -c "cmp stick/sub/rights.pfile copy/sub/rights.pfile &&
    cmp 'stick/sub/deep/\$EFS' 'copy/sub/deep/\$EFS'"
check "... the directory's \$EFS isn't" test ! -e 'copy/sub/$EFS'
check "... again: all is there" bash -c "'$efsraw' decrypt -r stick copy --key alice/key.pem 2>/dev/null |
    grep -qx '0 files decrypted, 0 copied, 5 there already, 1 left out'"
"$gen/efsgen.py" keys bob --name bob >/dev/null
check_status "... with another key" 1 "$efsraw" decrypt -r stick copy2 --key bob/key.pem
check "... nothing is made of it" test ! -e copy2/letter.txt
check "without --size all of it" bash -c "'$efsraw' join efs ciphertext joined --force &&
    '$efsraw' decrypt joined - --key alice/key.pem | cmp -n 70000 - plain"
check "... to its last byte" bash -c "'$efsraw' info joined | grep -q 'plain size: 70144'"
check "a .PFILE whose size doesn't fit: as long as its ciphertext" bash -c "'$efsraw' join odd.PFILE joined --force &&
    '$efsraw' info joined | grep -qx 'plain size: 70000'"
head -c 69998 ciphertext >short
check_status "a ciphertext that was cut to the plain size" 1 bash -c "'$efsraw' join efs short other 2>message"
check "... says what is lost" grep -q 'only the first 69984 bytes can be decrypted; --size 69984' message
check "... and writes nothing" test ! -e other
check "... with that size" "$efsraw" join efs short other --size 69984
check "... decrypts" bash -c "'$efsraw' decrypt other - --key alice/key.pem | cmp -n 69984 - plain"
check_status "more than there is" 1 "$efsraw" join efs ciphertext other2 --size 70145
check "the \$EFS of a directory" bash -c "'$efsraw' join efs directory &&
    '$efsraw' verify directory | grep -q directory"
check "... imports" bash -c "'$efsraw' import --directory directory dir && '$efsraw' users dir | grep -q alice"
check "to a pipe" bash -c "'$efsraw' join efs ciphertext - --size 70000 | cmp - stream"

# ---- refusals ----
printf x >tiny.PFILE
check_status "a .PFILE of one byte" 1 "$efsraw" join tiny.PFILE other2
head -c 5000 /dev/zero >zero.PFILE
check_status "one of zeros" 1 "$efsraw" join zero.PFILE other2
{ cat cut.pfile; printf x; } >longer.PFILE
check_status "one with half a block at its end" 1 "$efsraw" join longer.PFILE other2
check_status "no \$EFS" 1 "$efsraw" join ciphertext ciphertext other2
check_status "a FIFO isn't waited for" 1 bash -c "mkfifo fifo && timeout 10 '$efsraw' join fifo ciphertext other2"
check_status "a size that is none" 2 "$efsraw" join efs ciphertext other2 --size 12x
check_status "decrypt of a .PFILE that is cut" 1 bash -c "head -c 4095 cut.pfile >4095.PFILE &&
    '$efsraw' decrypt 4095.PFILE other2 --key alice/key.pem 2>message"
check "... it is said" bash -c "[ \$(wc -l <message) = 1 ] && grep -q 'shorter than its header' message"
check_status "... with another key" 1 bash -c "'$gen/efsgen.py' keys bob --name bob >/dev/null
    '$efsraw' decrypt cut.pfile other2 --key bob/key.pem"
check_status "over its own input" 1 "$efsraw" join efs ciphertext ciphertext --force
check "none of them has written anything" test ! -e other2

# ---- info of several ----
"$efsraw" import stream file
check "info of several" bash -c "[ \$('$efsraw' info stream file | grep -c '^plain size: 70000') = 2 ]"
check "... as JSON" bash -c "'$efsraw' info --json stream file | /usr/bin/python3 -c '
import json, sys
assert [one[\"file\"] for one in json.load(sys.stdin)] == [\"stream\", \"file\"]'"
check_status "... one of which fails" 1 bash -c "'$efsraw' info stream missing file >out"
check "... the others are shown" test "$(grep -c '^plain size' out)" = 2
check "one as JSON is one object" bash -c "'$efsraw' info --json file | /usr/bin/python3 -c '
import json, sys
assert json.load(sys.stdin)[\"sizes\"][\"plain\"] == 70000'"

# ---- genuine ones ----
pfiles=$top/../shared/vectors/exfat-pfile
if [ -d "$pfiles" ]; then
    for size in 0 1 17 32; do
        check "a genuine .PFILE of $size bytes" bash -c "'$efsraw' join '$pfiles/$size.bin.PFILE' joined --force &&
            '$efsraw' verify joined && '$efsraw' info joined | grep -qx 'plain size: $size'"
        check "... by itself" bash -c "'$efsraw' verify '$pfiles/$size.bin.PFILE'"
        rm -f genuine genuine.PFILE
        check "... imported, and back" bash -c "'$efsraw' import '$pfiles/$size.bin.PFILE' genuine &&
            '$efsraw' export --pfile genuine genuine.PFILE && cmp genuine.PFILE '$pfiles/$size.bin.PFILE'"
    done
    check "a genuine directory's" bash -c "'$efsraw' join '$pfiles/directory-efs' - | '$efsraw' verify -"
else
    skip "genuine .PFILEs" "not in this checkout"
fi
plan
