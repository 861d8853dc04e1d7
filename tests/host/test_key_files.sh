#!/bin/bash
# The forms in which people have their keys: several pairs in one file, DER, PVK, base64, with the certificate in a file
# of its own or without; and the encodings of a password file.
#
# SPDX-License-Identifier: LGPL-2.1-or-later
. "$(dirname "$0")/../lib/tap.sh"
efsraw=$(realpath "${EFSRAW_CHECKED:-$stage/bin/efsraw}")
cd "$work" || exit 1

password='pä ß€𝄞'
for name in alice bob; do "$gen/efsgen.py" keys $name --name $name >/dev/null; done
head -c 5000 /dev/urandom >plain
"$gen/efsgen.py" stream --out raw --plaintext plain --user alice/cert.pem
printf '%s' "$password" >pw

decrypts() { (set -o pipefail; "$efsraw" decrypt raw - "$@" --password-file pw | cmp - plain); }
# refused NAME REGEX ARGS...
refused()
{
    check_status "$1" 1 "$efsraw" decrypt raw out "${@:3}"
    cp output reason
    check "... says why" grep -qE "$2" reason
    check "... in one line" test "$(wc -l <reason)" = 1
    check "... and makes nothing" test ! -e out
}

# one key, in every form
openssl rsa -in alice/key.pem -traditional -outform DER -out k.der 2>/dev/null
openssl pkcs8 -topk8 -nocrypt -in alice/key.pem -outform DER -out k8.der
openssl pkcs8 -topk8 -in alice/key.pem -outform DER -passout file:pw -out k8-aes.der
openssl pkcs8 -topk8 -in alice/key.pem -passout file:pw -out k8-aes.pem
openssl rsa -in alice/key.pem -outform PVK -pvk-none -out k.pvk 2>/dev/null
openssl pkcs12 -export -inkey alice/key.pem -in alice/cert.pem -passout file:pw -out k.pfx
openssl pkcs12 -export -inkey alice/key.pem -nocerts -passout file:pw -out nocert.pfx
for form in k.pfx k8.der k.pvk k8-aes.der; do base64 $form >$form.b64; done
base64 -w 0 k.pfx >k.b64
unix2dos() { sed 's/$/\r/' "$1"; }
unix2dos k.pfx.b64 >k.crlf.b64
for form in k.der k8.der k8-aes.der k8-aes.pem k.pvk k.pfx nocert.pfx *.b64; do check "$form" decrypts --key $form; done

# two, in either order; the other one doesn't fit
cat bob/key.pem alice/key.pem >two.pem
cat alice/key.pem bob/key.pem >two-reversed.pem
openssl pkcs8 -topk8 -in alice/key.pem -passout file:pw | cat bob/key.pem - >two-encrypted.pem
cat bob/key.pem bob/cert.pem alice/cert.pem alice/key.pem >two-certificates.pem
openssl ecparam -name prime256v1 -genkey -noout 2>/dev/null | cat - alice/key.pem >elliptic.pem
/usr/bin/python3 - "$password" <<'PY'
import sys
from cryptography import x509
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.serialization import pkcs12
key = lambda n: serialization.load_pem_private_key(open(f"{n}/key.pem", "rb").read(), None)
cert = lambda n: x509.load_pem_x509_certificate(open(f"{n}/cert.pem", "rb").read())
# pkcs12 makes files of one pair: those of both become one, without a MAC and encryption, by putting their
# contents together
def tlv(tag, body):
    n = len(body)
    return bytes([tag]) + (bytes([n]) if n < 128 else bytes([0x82]) + n.to_bytes(2, "big")) + body
oid = lambda *b: tlv(6, bytes(b))
data = oid(0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 1, 7, 1)
bag = lambda kind, value: tlv(0x30, oid(0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 1, 0x0c, 0x0a, 1, kind) + tlv(0xa0, value))
def pair(n):
    der = key(n).private_bytes(
        serialization.Encoding.DER, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    crt = cert(n).public_bytes(serialization.Encoding.DER)
    x509_bag = tlv(0x30, oid(0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 1, 9, 0x16, 1) + tlv(0xa0, tlv(4, crt)))
    return bag(1, der) + bag(3, x509_bag)
for name, order in (("two", ("bob", "alice")), ("two-reversed", ("alice", "bob"))):
    safe = tlv(0x30, b"".join(tlv(0x30, data + tlv(0xa0, tlv(4, tlv(0x30, pair(n))))) for n in order))
    open(name + ".pfx", "wb").write(tlv(0x30, tlv(2, b"\x03") + tlv(0x30, data + tlv(0xa0, tlv(4, safe)))))
PY
for form in two*.pem two*.pfx elliptic.pem; do check "$form" decrypts --key $form; done

# the certificate in a file of its own
openssl x509 -in alice/cert.pem -outform DER -out alice.der
for cert in alice/cert.pem alice.der; do check "k.der and $cert" decrypts --key k.der --cert $cert; done
cat bob/cert.pem alice/cert.pem >both.pem
check "k.pvk and a file of several certificates" decrypts --key k.pvk --cert both.pem
check "k.pfx, which has one, and the same again" decrypts --key k.pfx --cert alice.der
refused "somebody else's certificate" "^efsraw: bob/cert.pem: the key doesn't fit the certificate$" --key k.der \
    --cert bob/cert.pem
refused "a certificate that is none" "^efsraw: plain: no certificate" --key k.der --cert plain
refused "somebody else's key" "not encrypted for this key" --key bob/key.pem
check_status "decrypt over the certificate" 1 "$efsraw" decrypt raw alice.der --key k.der --cert alice.der

# broken ones
for form in k.der k8.der k.pvk k.pfx k8-aes.der k.b64; do
    head -c 700 $form >cut
    refused "$form, cut" "^efsraw: cut: .*no PFX, PEM, DER or PVK file" --key cut --password-file pw
done
printf 'wrong' >wrong
for form in k8-aes.der k.pfx nocert.pfx k.b64; do
    refused "$form, wrong password" "^efsraw: $form: .*the password doesn't open" --key $form --password-file wrong
done

# password files
for encoding in UTF-8 UTF-16LE UTF-16BE; do
    for ending in '' '\n' '\r\n' '\r\nsecond line\r\n'; do
        { printf '\xef\xbb\xbf'; printf "%s$ending" "$password"; } | iconv -f UTF-8 -t $encoding >pw.txt
        check "password in $encoding with a byte order mark, ended by '${ending//\\/}'" \
            bash -c "'$efsraw' decrypt raw - --key k.pfx --password-file pw.txt | cmp - plain"
    done
done
printf 'p\xe4\n' >legacy
refused "a password in a code page" "^efsraw: legacy: its first line isn't UTF-8" --key k.pfx --password-file legacy
printf '\xff\xfep\0\0\xd8x\0' >odd
refused "half a pair of surrogates" "^efsraw: odd: it begins as UTF-16 does, and isn't" --key k.pfx --password-file odd
printf '\xff\xfep\0\0\0' >nul
refused "UTF-16 with a NUL" "^efsraw: nul: its first line has a NUL" --key k.pfx --password-file nul
printf '\xff\xfep' >odd
refused "UTF-16 of an odd length" "^efsraw: odd: it begins as UTF-16 does, and isn't" --key k.pfx --password-file odd
plan
