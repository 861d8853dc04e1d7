#!/bin/bash
# efsraw keys: every source of keys that people have, made by the generator, opens with what should open it; a wrong
# password, a wrong key and a damaged file each have a line that says which.
#
# SPDX-License-Identifier: LGPL-2.1-or-later
. "$(dirname "$0")/../lib/tap.sh"
efsraw=${EFSRAW_CHECKED:-$build/native/tools/efsraw/efsraw}
profile="$gen/efsprofile.py"
cd "$work" || exit 1

"$gen/efsgen.py" keys alice --name alice >/dev/null
"$gen/efsgen.py" keys bob --name bob >/dev/null
"$gen/efsgen.py" keys backup --name backup >/dev/null
"$profile" pvk backup/key.pvk --key backup
"$profile" pvk bob/key.pvk --key bob
printf 'pässword\n' >password
printf 'another\n' >wrong
printf 'old\n' >oldest
base=AppData/Roaming/Microsoft

# made NAME OPTION...: a profile of alice's; shows nothing
made()
{
    local name=$1

    shift
    rm -rf "$name"
    "$profile" profile "$name" --key alice --password 'pässword' "$@" >"$name.names"
}

# field NAME SOURCE OPTION...: of the first key in the JSON
field()
{
    local name=$1

    shift
    "$efsraw" keys --json "$@" |
        /usr/bin/python3 -c 'import json, sys; print(json.load(sys.stdin)["keys"][0][sys.argv[1]])' "$name"
}

# opens TEXT SOURCE OPTION...: the first key is usable, and TEXT opened it
opens()
{
    local how=$1

    shift
    [ "$(field usable "$@")" = True ] && [ "$(field opened_with "$@")" = "$how" ] && "$efsraw" keys "$@"
}

# refuses TEXT SOURCE OPTION...: no key is usable, and TEXT is a part of the reason
refuses()
{
    local why=$1 status=0

    shift
    "$efsraw" keys "$@" >list 2>&1 || status=$?
    cat list
    [ $status = 1 ] && grep -q "unusable .*$why" list
}

# fails STATUS TEXT SOURCE OPTION...: one line on standard error
fails()
{
    local wanted=$1 text=$2 status=0

    shift 2
    "$efsraw" keys "$@" 2>message >/dev/null || status=$?
    cat message
    [ $status = "$wanted" ] && [ "$(wc -l <message)" = 1 ] && grep -q -- "$text" message
}

# ---- profiles: each generation, account, kind of key file ----
for generation in xp aes; do
    for account in local domain protected; do
        case $account in
            local) how='the password (SHA-1)' ;;
            domain) how='the password (NT hash)' ;;
            protected) how='the password (NT hash, PBKDF2)' ;;
        esac
        for kind in '' '--pairs signature' '--pairs both' '--cng short' '--cng full'; do
            # shellcheck disable=SC2086 # several words
            made p --generation $generation --account $account $kind
            check "$generation, $account account${kind:+, $kind}" opens "$how" p --password-file password
        done
        check "... the wrong password" refuses 'wrong password' p --password-file wrong
        check "... no password" refuses "password is needed (a $(sed 's/protected/domain/' <<<$account) account" p
    done
    made p --generation $generation --account local --before old --before older
    check "$generation, the key under the oldest of three passwords" opens 'an older password (CREDHIST)' p \
        --password-file password
    check "... that password itself" opens 'the password (SHA-1)' p --password-file oldest
    check "... a wrong one" refuses 'wrong password' p --password-file wrong
    made p --generation $generation --account domain --backup backup
    check "$generation, the domain's backup key" opens "the domain's backup key" p --backup-key backup/key.pvk
    check "... another one" refuses 'wrong key' p --backup-key bob/key.pvk
    check "... another one, but the password" opens 'the password (NT hash)' p --backup-key bob/key.pvk \
        --password-file password
    made p --generation $generation --account domain
    check "... which has no part of it" refuses 'no part for' p --backup-key backup/key.pvk
done

# ---- what the password is known by ----
made p --account domain
/usr/bin/python3 - "$gen" <<'PY'
import hashlib, sys
sys.path.insert(0, sys.argv[1])
import efsprofile
wide = "pässword".encode("utf-16-le")
open("nt", "w").write(efsprofile.md4(wide).hex() + "\n")
open("sha1", "w").write(hashlib.sha1(wide).hexdigest().upper() + "\r\n")
PY
check "the NT hash opens a domain account" opens 'the password (NT hash)' p --nthash-file nt
check "the SHA-1 doesn't" refuses 'wrong password' p --sha1-file sha1
made p
check "the SHA-1 opens a local account" opens 'the password (SHA-1)' p --sha1-file sha1
check "the NT hash doesn't, and it is said" refuses "an NT hash doesn't open a local account" p --nthash-file nt
check "a file with something else" fails 1 '32 hexadecimal digits' p --nthash-file password
check "... and a file that isn't there" fails 1 'No such file' p --sha1-file missing

# ---- master keys that another tool has opened ----
made p --masters masters
check "the master key itself" opens 'its master key' p --masterkey-file masters
/usr/bin/python3 - <<'PY'
import hashlib
name, key = open("masters").read().split(":")
sha1 = hashlib.sha1(bytes.fromhex(key)).hexdigest()
open("hashes", "w").write("# of alice\r\n\r\n{00000000-0000-0000-0000-000000000000}:%s\r\n  %s\t%s\r\n"
                          % ("0" * 40, name.strip("{}").upper(), sha1.upper()))
open("false", "w").write("%s:%s\n" % (name, "0" * 40))
open("short", "w").write("%s:%s\n" % (name, sha1[1:]))
open("unclosed", "w").write("%s:%s" % (name[:-1], sha1))
open("cut", "w").write(name[:-3])
open("comment", "w").write("# nothing\n")
open("renamed", "w").write("%s:%s\n" % (name.replace(name[1:5], "0000", 1), sha1))
PY
check "its SHA-1, in a list as people write it" opens 'its master key' p --masterkey-file hashes
check "... from standard input" bash -c "'$efsraw' keys p --masterkey-file - <hashes"
check "another key by that name" refuses "doesn't verify with its master key" p --masterkey-file false
check "another name" refuses 'password is needed' p --masterkey-file renamed
check "... but the password" opens 'the password (SHA-1)' p --masterkey-file renamed --password-file password
for file in short unclosed cut password; do
    check "what is no list: $file" fails 1 'not a master key' p --masterkey-file $file
done
check "an empty one" fails 1 'no master key' p --masterkey-file comment
made p --without master --masters masters
check "the file of the master key is lost" opens 'its master key' p --masterkey-file masters
made p

# ---- where it lies ----
check "the directory itself" opens 'the password (SHA-1)' p/$base --password-file password
mv p/AppData p/APPDATA
check "names in another case" opens 'the password (SHA-1)' p --password-file password
mkdir -p 'vol/Users' 'vol/Windows.old.000/Documents and Settings'
mv p vol/Users/alice
"$profile" profile 'vol/Windows.old.000/Documents and Settings/bob' --key bob --password 'pässword' --generation xp \
    >/dev/null
check "a volume, two users, one of an old installation" \
    bash -c "[ \$('$efsraw' keys --json vol --password-file password | grep -c '\"usable\": true') = 2 ]"
check "... is called a volume" bash -c \
    "'$efsraw' keys vol --password-file password | head -n 1 | grep -q 'a Windows volume'"
mkdir flat
find vol/Users/alice -type f -exec cp {} flat \;
check "the bare files in one directory, with --sid" opens 'the password (SHA-1)' flat --password-file password \
    --sid S-1-5-21-1004336348-1177238915-682003330-1001
check "... without" refuses 'SID' flat --password-file password
check "... a SID that isn't one" fails 1 'not a SID' flat --password-file password --sid S-1-5-x
mv vol/Users/alice/APPDATA/Roaming/Microsoft/Protect/S-* \
    vol/Users/alice/APPDATA/Roaming/Microsoft/Protect/S-1-5-21-1-2-3-1001
check "a directory that was renamed" refuses 'wrong password' vol/Users/alice --password-file password
check "... with --sid" opens 'the password (SHA-1)' vol/Users/alice --password-file password --sid \
    S-1-5-21-1004336348-1177238915-682003330-1001

# ---- where the certificate doesn't say where its key is, but SystemCertificates/My/Keys does ----
for kind in '' '--cng short'; do
    # shellcheck disable=SC2086 # several words
    made p --key-info $kind
    check "My/Keys${kind:+, $kind}" opens 'the password (SHA-1)' p --password-file password
    check "... the wrong password" refuses 'wrong password' p --password-file wrong
done
# another program's key, which is no certificate's, and comes first
"$profile" profile other --key bob --password other --cng short --without certificate >/dev/null
cp other/$base/Crypto/Keys/* p/$base/Crypto/Keys/0000
cp other/$base/Protect/S-*/*-* p/$base/Protect/S-*/ 2>/dev/null
check "... names the right one of several" bash -c "'$efsraw' keys p --password-file wrong |
    grep -A9 ^[0-9a-f] | grep -q 'file .*/$(basename p/$base/Crypto/Keys/[1-9a-f]*)'"
made p --key-info --without key --tpm
check "... that it is in the TPM" refuses 'TPM' p --password-file password
rm -rf flat && mkdir flat && find p -path '*SystemCertificates*' -type f -exec cp {} flat \;
check "... without directories" refuses 'TPM' flat
mv flat/"$(basename p/$base/SystemCertificates/My/Keys/*)" flat/renamed
check "... and without its name" refuses 'TPM' flat
truncate -s -1 flat/renamed
check "... cut" bash -c "'$efsraw' keys flat | grep -q \"key file isn't there\""
truncate -s -1 p/$base/SystemCertificates/My/Keys/*
check "... cut, in its directory: it is said" bash -c "'$efsraw' keys p | grep -q 'longer than the file'"
made p
# the lengths of the public halves: none, as far as can be seen
/usr/bin/python3 - p/$base/Crypto/RSA/S-*/* <<'PY'
import struct, sys
data = bytearray(open(sys.argv[1], "rb").read())
at = 0x28 + struct.unpack_from("<I", data, 8)[0] + 20
assert data[at:at + 4] == b"RSA1"
data[at + 3] ^= 1
open(sys.argv[1], "wb").write(data)
PY
check "a key file whose public half is damaged, by its name" opens 'the password (SHA-1)' p --password-file password

# ---- a store that was exported (.sst): several certificates, and one list of revocations ----
made p
"$profile" profile q --key bob --password other >/dev/null
/usr/bin/python3 - p/$base/SystemCertificates/My/Certificates/* q/$base/SystemCertificates/My/Certificates/* <<'PY'
import struct, sys
first, second = (open(name, "rb").read() for name in sys.argv[1:])
lists = struct.pack("<3I", 33, 1, 4) + b"list"
open("both.sst", "wb").write(struct.pack("<I4s", 0, b"CERT") + first + lists + second + bytes(12))
PY
check "a certificate store in one file" bash -c "'$efsraw' keys both.sst >list
    [ \$(grep -c '^[0-9a-f]\{40\}  CN=' list) = 2 ]"
rm p/$base/SystemCertificates/My/Certificates/*
cp both.sst p/$base/SystemCertificates/My/
mkdir gathered && find p -type f -exec cp {} gathered \;
check "... beside the profile's files" bash -c "'$efsraw' keys gathered --password-file password --sid \
    S-1-5-21-1004336348-1177238915-682003330-1001 | grep -q 'opened with the password (SHA-1)'"
for cut in 8 11 100 1500; do
    head -c $cut both.sst >cut.sst
    check "... cut to $cut bytes" refuses 'certificate \(store\|file\): ' cut.sst
done

# ---- what is missing or damaged ----
made p --without key
check "no key file" refuses "key file isn't there" p --password-file password
made p --without key --tpm
check "a key in the TPM" refuses "TPM" p --password-file password
made p --without key --machine
check "a key of the machine's" refuses "the machine's, not the user's" p --password-file password
made p --cng full --isolated
check "a key in virtualization-based security" refuses "virtualization-based security" p --password-file password
made p --without master
check "no master key" refuses "master key (Protect) isn't there" p --password-file password
made p --without certificate
check "no certificate: the key alone" opens 'the password (SHA-1)' p --password-file password
# damage FILE OFFSET: one bit
damage()
{
    /usr/bin/python3 - "$1" "$2" <<'PY'
import sys
with open(sys.argv[1], "r+b") as f:
    f.seek(int(sys.argv[2]), 0 if int(sys.argv[2]) >= 0 else 2)
    at = f.tell()
    byte = f.read(1)[0]
    f.seek(at)
    f.write(bytes([byte ^ 4]))
PY
}
made p
damage p/$base/Crypto/RSA/S-*/* 1500
check "a damaged key file" refuses "damaged" p --password-file password
made p
damage p/$base/Protect/S-*/*-* 200
check "a damaged master key" refuses "wrong password" p --password-file password
made p
truncate -s 200 p/$base/Protect/S-*/*-*
check "a master key that is cut" bash -c \
    "'$efsraw' keys p --password-file password | grep -q 'a section is longer than the file'"
made p
truncate -s 100 p/$base/SystemCertificates/My/Certificates/*
check "a certificate that is cut" bash -c "'$efsraw' keys p --password-file password | grep -q 'certificate file: '"
made p
# the number of rounds, 0x94 in the file
printf '\xff\xff\xff\x7f' | dd of="$(echo p/$base/Protect/S-*/*-*)" bs=1 seek=148 conv=notrunc 2>/dev/null
check "a master key that would take hours" refuses "10,000,000 rounds" p --password-file password
made p --rounds 50
check "links aren't followed" bash -c "
    mv p/$base/Protect elsewhere && ln -s \"\$PWD/elsewhere\" p/$base/Protect
    '$efsraw' keys p --password-file password | grep -q \"master key (Protect) isn't there\""
made p
mkfifo p/$base/Protect/CREDHIST.x "p/$base/Crypto/RSA/$(basename p/$base/Protect/S-*)/fifo"
check "a FIFO isn't waited for" timeout 20 "$efsraw" keys p --password-file password

# ---- key files ----
check "a PVK" opens None bob/key.pvk
mkdir pair
"$profile" pvk pair/key.pvk --key alice --password 'pässword'
"$profile" pvk weak.pvk --key alice --password 'pässword' --weak
cp alice/cert.pem pair/alice.cer
openssl x509 -in bob/cert.pem -outform DER -out pair/bob.cer
check "an encrypted PVK and its certificate" opens None pair --password-file password
check "... the thumbprint" bash -c \
    "[ \$('$efsraw' keys --json pair --password-file password | grep -o '\"thumbprint\": \"[0-9a-f]*' | head -1 |
        cut -c16-) = \
    \$(openssl x509 -in alice/cert.pem -noout -fingerprint -sha1 | cut -d= -f2 | tr -d : | tr A-F a-f) ]"
check "... the other certificate has none" bash -c \
    "'$efsraw' keys pair --password-file password | grep -q \"key file isn't there\""
check "... with 40 bits" opens None weak.pvk --password-file password
check "... the wrong password" refuses "doesn't open with this password" pair --password-file wrong
check "... none" refuses "there is no password" weak.pvk
head -c 500 bob/key.pvk >cut.pvk
check "... cut" refuses "longer than the file" cut.pvk
check "a file that has nothing of keys" refuses "neither PFX" password
check "a directory of PFX and PEM files: one key" bash -c "
    cp -r alice mixed && '$efsraw' keys mixed --json --password-file password | grep -c thumbprint | grep -qx 1"
check "... the same PFX behind a wrong password" bash -c "
    '$gen/efsgen.py' keys locked --name locked --password other >/dev/null && rm locked/*.pem locked/password.txt
    ! '$efsraw' keys locked --password-file password >list; grep -q \"doesn't verify with this password\" list"

# The number of rounds is the last field of a PFX: 2048 becomes 2^31 - 1, the two lengths around it grow by two.
openssl pkcs12 -export -inkey bob/key.pem -in bob/cert.pem -passout pass:x -out usual.pfx
/usr/bin/python3 - usual.pfx costly.pfx <<'PY'
import sys
data = bytearray(open(sys.argv[1], "rb").read())
head, number = 4, data[-4:]
assert data[:2] == b"\x30\x82" and number[:2] == b"\x02\x02"
mac = max(at for at in range(len(data))
          if data[at] == 0x30 and at + 2 + data[at + 1] == len(data) and data[at + 2] == 0x30)
data[mac + 1] += 2
data[2:4] = (int.from_bytes(data[2:4], "big") + 2).to_bytes(2, "big")
open(sys.argv[2], "wb").write(data[:-4] + b"\x02\x04\x7f\xff\xff\xff")
PY
check "a PFX that would take hours" timeout 20 bash -c \
    "! '$efsraw' keys costly.pfx --password-file password >list; grep -q '10,000,000 rounds' list"

# ---- a disk whose names are lost ----
# no file system is mounted: ntfs-3g's tools write to the image itself
made p --before old
truncate -s 16M disk
if mkntfs -F -Q -q disk >/dev/null 2>&1; then
    number=0
    while IFS= read -r file; do
        number=$((number + 1))
        ntfscp -q disk "$file" "/$number" >/dev/null 2>&1
    done < <(find p -type f)
    check "a disk: the master key in a file record, the key in a cluster" opens 'an older password (CREDHIST)' --scan \
        disk --password-file password
    check "... the wrong password" refuses 'wrong password' --scan disk --password-file wrong
    check "... what was found" bash -c \
        "'$efsraw' keys --scan disk |
            grep -q '1 certificates, 1 key files, 1 master keys, 1 histories of passwords, 1 SIDs'"
    head -c 700 disk >short
    check "a disk that has nothing of keys" fails 1 'no certificates and no keys' --scan short
else
    skip "a disk" "mkntfs isn't there"
fi

# ---- decrypting ----
head -c 70000 /dev/urandom >plain
"$gen/efsgen.py" stream --out raw --plaintext plain --user bob/cert.pem --user alice/cert.pem
decrypts() { (set -o pipefail; "$efsraw" decrypt raw - "$@" | cmp - plain); }
made p --before old --generation xp
check "decrypt with a profile" decrypts --key p --password-file password
check "... with a volume, a copy of whose master key doesn't open" decrypts --key vol --password-file password
check "... by the SHA-1" decrypts --key p --sha1-file sha1
check "... with a directory of key files" decrypts --key alice
made p --account domain --backup backup
check "... with the domain's backup key" decrypts --key p --backup-key backup/key.pvk
check "... with the NT hash" decrypts --key p --nthash-file nt
# stopped TEXT OPTION...: one line, and no output
stopped()
{
    local text=$1

    shift
    ! "$efsraw" decrypt raw out "$@" 2>message && [ ! -e out ] && cat message && [ "$(wc -l <message)" = 1 ] &&
        grep -q -- "$text" message
}
check "... the wrong password" stopped 'wrong password (a domain account)' --key p --password-file wrong
check "... the wrong backup key" stopped 'wrong key' --key p --backup-key bob/key.pvk
damage p/$base/Crypto/RSA/S-*/* 1500
check "... a damaged key file" stopped 'damaged' --key p --password-file password
check "... somebody else's key" stopped 'no entry for this key' --key backup
check "a directory that has nothing of keys" bash -c \
    "mkdir none; cp password none; ! '$efsraw' keys none 2>message; grep -q 'no certificates and no keys' message"
check "no such source" fails 1 'No such file' missing
check "no source" fails 2 'one SOURCE' --json
plan
