#!/bin/bash
# wine-efs key import and key make: each key gets a container of its own, so that one that comes later leaves those
# before usable; a key file that can't be used is refused with one line, and nothing comes of it.
#
# SPDX-License-Identifier: LGPL-2.1-or-later
. "$(dirname "$0")/../lib/tap.sh"
. "$(dirname "$0")/../lib/prefix.sh"
efsraw=$stage/bin/efsraw
wine_efs=$stage/bin/wine-efs

. "$(dirname "$0")/../lib/encrypting.sh"
cd "$work" || exit 1

key() { WINEPREFIX=$prefix timeout -k 10 120 "$wine_efs" key "$@" </dev/null >out 2>err; }
says() { grep -qF -- "$1" out || { sed 's/^/# /' out err; false; }; }
# refuses TEXT ARGS...: status 1, one line with this text, and no key is there that wasn't
refuses()
{
    local status=0 text=$1 before

    shift
    before=$(ls "$prefix/efs-keys" 2>/dev/null)
    key "$@" || status=$?
    [ $status = 1 ] && [ "$(wc -l <err)" = 1 ] && [ ! -s out ] && grep -qF -- "$text" err &&
        [ "$(ls "$prefix/efs-keys" 2>/dev/null)" = "$before" ] || { echo "status $status"; cat out err; false; }
}

# make_pair NAME [OPENSSL-ARGS...]: NAME.pem, .crt, .cer, and .pfx, whose password is NAME's own
make_pair()
{
    local name=$1

    shift
    openssl req -x509 -newkey rsa:2048 -nodes -keyout "$name.pem" -out "$name.crt" -subj "/CN=$name" -days 100 \
        -addext extendedKeyUsage=1.3.6.1.4.1.311.10.3.4 2>/dev/null &&
        openssl x509 -in "$name.crt" -outform DER -out "$name.cer" &&
        printf '%s\n' "of $name" >"$name.password" &&
        openssl pkcs12 -export "$@" -inkey "$name.pem" -in "$name.crt" -passout "file:$name.password" -out "$name.pfx"
}
thumbprint() { sha1sum <"$1.cer" | cut -c 1-40; }
# new_file NAME USER: one that USER can decrypt
new_file() { "$efsraw" encrypt plain "$1" --for "$2.cer"; }
keys_there() { ls "$prefix"/efs-keys/*.pvk 2>/dev/null | wc -l; }

head -c 70000 /dev/urandom >plain
check "keys" eval 'make_pair alice && make_pair bob && make_pair carol && make_pair dave'
check "a prefix" make_dropin_prefix "$work/first"
for user in alice bob carol; do new_file "of-$user" $user; new_file "again-$user" $user; done

check "without a key a file doesn't open" answers '5 1' -of-alice @of-alice

# ---- one after the other ----

check "imported" key import alice.pfx --password-file alice.password
check "... which it says" says "Imported $(thumbprint alice)."
check "... nothing else" test ! -s err
check "... its files are the user's alone" test \
    "$(stat -c %a "$prefix"/efs-keys "$prefix"/efs-keys/*)" = $'700\n600\n600'
check "... and its note" test "$(stat -c %a "$prefix/efs-keys-imported")" = 600
check "what is its user's opens" answers '0 0' -of-alice @of-alice
check "... byte for byte" cmp of-alice plain
cp plain new
check "it encrypts" answers '0 1' +new @new
check "... without another being made" test "$(keys_there)" = 1
check "... so its key file opens it" bash -c \
    "'$efsraw' decrypt new - --key alice.pfx --password-file alice.password | cmp - plain"

check "a second one" key --password-file=bob.password import bob.pfx
check "... which it says" says "Imported $(thumbprint bob)."
check "... opens its own" answers '0 0' -of-bob @of-bob
check "... byte for byte" cmp of-bob plain
check "... and the first one still does" answers '0 0' -again-alice @again-alice
check "... byte for byte" cmp again-alice plain

cat carol.pem carol.crt dave.pem dave.crt >two.pem
check "two of one file" key import two.pem
check "... each" test "$(sort out)" = "$(printf 'Imported %s.\n' "$(thumbprint carol)" "$(thumbprint dave)" | sort)"
check "... the first of them works" answers '0 0' -of-carol @of-carol
check "... and those before" answers '0 0' -again-bob -new
check "each is listed" key list
for user in alice bob carol dave; do check "... $user's" says "$(thumbprint $user)  imported "; done
check "the status has nothing to say of them" bash -c "! '$wine_efs' --prefix '$prefix' status | grep '^Key '"

check "one that is there" key import alice.pfx --password-file alice.password
check "... is left alone" says "$(thumbprint alice) is there already."
check "... as it was" test "$(keys_there)" = 4

make_pair erin
if why=$(terminals_missing); then skip "the password is asked for" "$why"
else
    check "the password is asked for" "$top/tests/host/terminal.py" answer 'of erin' -- \
        "$wine_efs" --prefix "$prefix" key import erin.pfx
    check "... and the key is there" eval 'key list && says "$(thumbprint erin)  imported "'
    new_file of-erin erin
    check "... and opens" answers '0 0' -of-erin @of-erin
fi
count=$(keys_there)

# ---- what can't be ----

check "a wrong password" refuses 'alice.pfx: ' import alice.pfx --password-file bob.password
check "no password, and nobody to be asked" setsid -w bash -c "WINEPREFIX='$prefix' '$wine_efs' key import alice.pfx \
    </dev/null >out 2>err; [ \$? = 1 ] && grep -q 'a password is needed' err"
check "no such file" refuses 'missing.pfx: ' import missing.pfx --password-file alice.password
check "no such password file" refuses 'missing: ' import alice.pfx --password-file missing
check "a directory" refuses "$prefix: " import "$prefix"
: >empty.pfx
check "an empty file" refuses 'empty.pfx: ' import empty.pfx
head -c 1000 alice.pfx >cut.pfx
check "half a PFX" refuses 'cut.pfx: ' import cut.pfx --password-file alice.password
head -c 2000 /dev/urandom >noise.pfx
check "noise" refuses 'noise.pfx: ' import noise.pfx --password-file alice.password
head -c 2000000 /dev/zero >long.pfx
check "something long" refuses 'long.pfx: ' import long.pfx
check "a certificate alone" refuses 'alice.crt: ' import alice.crt
check "a private key alone" refuses 'alice.pem: ' import alice.pem
cat alice.pem bob.crt >other.pem
check "another key's certificate" refuses 'no certificate in it belongs to the private key' import other.pem
openssl ecparam -name prime256v1 -genkey -noout -out ec.pem 2>/dev/null
openssl req -x509 -new -key ec.pem -subj /CN=ec -days 10 -out ec.crt
cat ec.pem ec.crt >curve.pem
check "a key of another kind" refuses "isn't an RSA key" import curve.pem
# the number of rounds is the last field of a PFX: 2048 becomes 2^31 - 1, the two lengths around it grow by two
/usr/bin/python3 - alice.pfx slow.pfx <<'PY'
import sys
data = bytearray(open(sys.argv[1], "rb").read())
assert data[:2] == b"\x30\x82" and data[-4:-2] == b"\x02\x02"
mac = max(at for at in range(len(data))
          if data[at] == 0x30 and at + 2 + data[at + 1] == len(data) and data[at + 2] == 0x30)
data[mac + 1] += 2
data[2:4] = (int.from_bytes(data[2:4], "big") + 2).to_bytes(2, "big")
open(sys.argv[2], "wb").write(data[:-4] + b"\x02\x04\x7f\xff\xff\xff")
PY
check "one that would take hours" refuses 'rounds of key derivation' import slow.pfx --password-file alice.password
check "its parts write into pipes alone" bash -c "! '$stage/lib/wine-efs/key-pairs' two.pem >kept 2>&1 &&
    ! grep -q BEGIN kept && [ \$(wc -c <kept) -lt 200 ]"
WINEPREFIX=$prefix timeout 60 wine "$stage/lib/wine-efs/x64/efskeys.exe" import <alice.pfx >out 2>err
check "... and take nothing else" grep -q 'end 1' out
# forged CODE PYTHON: what efskeys.exe says of such a stream; parts: that of a true one
forged()
{
    mkfifo pipe
    /usr/bin/python3 -c "
import struct, sys
out = sys.stdout.buffer
u32 = lambda *numbers: out.write(struct.pack('<%dI' % len(numbers), *numbers))
pair = open('true.stream', 'rb').read()
key, certificate = struct.unpack_from('<2I', pair, 8)
pvk, der = pair[16:16 + key], pair[16 + key:16 + key + certificate]
$2" >pipe 2>message &
    WINEPREFIX=$prefix timeout 60 wine "$stage/lib/wine-efs/x64/efskeys.exe" import <pipe >out 2>err
    rm pipe
    wait $!
    [ "$(tr -d '\r' <out)" = "end $1" ] && [ "$(wc -l <err)" = "$(($1 == 1))" ] && [ "$(keys_there)" = "$count" ] ||
        { cat out err message; false; }
}
cat erin.pem alice.crt erin.crt >true.pem
"$stage/lib/wine-efs/key-pairs" true.pem | cat >true.stream
magic=0x7379656b
check "a stream: nothing at all" forged 3 ""
check "... of something else" forged 1 "out.write(b'x' * 100)"
check "... cut in its head" forged 1 "u32($magic)"
check "... cut in a pair" forged 1 "u32($magic, 1); u32(1000, 1000); out.write(b'x' * 1999)"
check "... too many pairs" forged 1 "u32($magic, 17)"
check "... too long a key" forged 1 "u32($magic, 1, 0xffffffff, 10)"
check "... lengths that overflow" forged 1 "u32($magic, 1, 0x4000, 0xfffff000)"
check "... no key" forged 1 "u32($magic, 1, 0, certificate); out.write(der)"
check "... no certificate" forged 1 "u32($magic, 1, key, 0); out.write(pvk)"
new_certificate="der = open('frank.cer', 'rb').read()"
make_pair frank
check "... noise for a certificate" forged 1 "u32($magic, 1, key, 500); out.write(pvk + b'x' * 500)"
check "... another key's certificate" forged 1 "$new_certificate; u32($magic, 1, key, len(der)); out.write(pvk + der)"
check "... noise for a key" forged 1 "$new_certificate; u32($magic, 1, 500, len(der)); out.write(b'x' * 500 + der)"
check "... half a key" forged 1 "$new_certificate; u32($magic, 1, 700, len(der)); out.write(pvk[:700] + der)"
check "... a public key" forged 1 "$new_certificate; pvk = pvk[:24] + b'\\6' + pvk[25:]
u32($magic, 1, key, len(der)); out.write(pvk + der)"
check_status "an unknown verb" 2 "$wine_efs" --prefix "$prefix" key copy alice.pfx
check_status "a file too many" 2 "$wine_efs" --prefix "$prefix" key import alice.pfx bob.pfx

# ---- made here ----

check "a new key" key make
made=$(sed -n 's/^Made \([0-9a-f]*\), which is the current key now\.$/\1/p' out)
check "... which it says" test ${#made} = 40
check "... it is in its files" test "$(keys_there)" = $((count + 1))
cp plain for-made
check "... what is encrypted now is for it" answers '0 1' +for-made @for-made
check "... so it is" bash -c "'$efsraw' info for-made | grep -qi $made"
check "... it is listed" eval 'key list && says "$made  made "'
check "... and those before still open" answers '0 0' -again-carol @again-carol
WINEPREFIX=$prefix timeout 60 wine reg add 'HKLM\Software\Policies\Microsoft\Windows NT\CurrentVersion\EFS' \
    /v EfsOptions /t REG_DWORD /d 4 /f </dev/null >/dev/null 2>&1
check "where a policy forbids it, none" refuses 'no key can be made' make

# ---- they stay ----

stop_prefix "$prefix"
check "the registry has them" bash -c "'$efsraw' decrypt for-made - --key '$prefix' | cmp - plain"
new_file last bob
check "... those that were imported, too" bash -c "'$efsraw' decrypt last - --key '$prefix' | cmp - plain"
keep_server "$prefix"
check "exported" key export --password-file bob.password bobs-copy.pfx "$(thumbprint bob)"
check "... it is the same key" bash -c "'$efsraw' decrypt last - --key bobs-copy.pfx --password-file bob.password |
    cmp - plain"

WINEPREFIX=$prefix "$wine_efs" uninstall >/dev/null 2>&1 </dev/null
check "where it isn't installed, it says so" refuses 'not installed' import alice.pfx --password-file alice.password
check "... and keys stay" test "$(keys_there)" = $((count + 1))
plan
