#!/bin/bash
# cipher /R and /P: a recovery agent's key, and the policy with it, by which the agent opens what is encrypted
# afterwards. And passwords on a console: of /R and /X.
#
# SPDX-License-Identifier: LGPL-2.1-or-later
. "$(dirname "$0")/../lib/tap.sh"
. "$(dirname "$0")/../lib/prefix.sh"
. "$(dirname "$0")/../lib/cipher.sh"
efsraw=$stage/bin/efsraw
cd "$work" || exit 1

# refuses TEXT INPUT ARGS...: status 1, one line on standard error, and neither none.PFX nor none.CER is made
refuses() { makes_nothing 'none*' "$@"; }
# on_console TEXT ANSWER... -- ARGS...: what the terminal has shown is in shown
on_console()
{
    local answers=()

    while [ "$1" != -- ]; do answers+=("$1"); shift; done
    shift
    WINEPREFIX=$prefix TERM=xterm "$top/tests/wine/programs/answer.py" "${answers[@]}" -- timeout -k 10 100 \
        wine cipher "$@" >"$work/shown" 2>&1 </dev/null
}
opens() { "$efsraw" decrypt "$1" - --key "$2" --password-file "$3" | cmp - plain; }
agents() { "$efsraw" users --csv "$1" | grep -o 'recovery-agent,[^,]*,[0-9a-f]*' | sed 's/.*,//'; }
set_policy() # HEX; empty: none
{
    local key='HKLM\Software\Policies\Microsoft\SystemCertificates\EFS'

    if [ -n "$1" ]; then run_wine reg.exe add "$key" /v EfsBlob /t REG_BINARY /d "$1" /f
    else run_wine reg.exe delete "$key" /v EfsBlob /f
    fi
}
run_wine() { WINEPREFIX=$prefix timeout -k 10 120 wine "${1%.exe}" "${@:2}" </dev/null; }

head -c 20000 /dev/urandom >plain
cp plain first
cp plain second
printf 'Geheim ü\n' >password
check "a prefix" make_dropin_prefix "$work/prefix"

# ---- /R ----

check "a recovery agent's key" cipher 'Geheim ü\nGeheim ü\n' "/R:$(winpath "$work/agent")"
check "... which it says" test "$(grep -cx 'Your .\(CER\|PFX\) file was created successfully.' out)" = 2
check "... the PFX is its owner's alone" test "$(stat -c %a agent.PFX)" = 600
check "... which has the key and the certificate" test "$(openssl pkcs12 -in agent.PFX -passin file:password -nodes |
    grep -c 'BEGIN ')" = 2
check "... encrypted by AES" bash -c \
    "openssl pkcs12 -in agent.PFX -passin file:password -info -noout 2>&1 | grep -q 'Shrouded Keybag: PBES2.*AES-256'"
check "... the .CER is that certificate" test "$(openssl x509 -inform DER -in agent.CER -noout -fingerprint)" = \
    "$(openssl pkcs12 -in agent.PFX -passin file:password -nokeys | openssl x509 -noout -fingerprint)"
check "... for file recovery alone" test "$(openssl x509 -inform DER -in agent.CER -noout -ext extendedKeyUsage |
    tail -n +2 | tr -d ' ')" = 1.3.6.1.4.1.311.10.3.4.1
check "... of 2048 bits, valid for long" eval 'openssl x509 -inform DER -in agent.CER -noout -checkend 3000000000 &&
    openssl x509 -inform DER -in agent.CER -noout -text | grep -q "2048 bit"'
check "... the user has no key of it" cipher '' /C plain
stop_prefix "$prefix"
check "... nor has the registry" bash -c "! grep -q 'Wine.*Crypto.*RSA' '$prefix/user.reg' && ! grep -q \
    'SystemCertificates.*MY.*Certificates' '$prefix/user.reg'"
check "... nor its files" test ! -e "$prefix/efs-keys"
keep_server "$prefix"
before=$(sha agent.PFX agent.CER)
check_status "neither is overwritten" 1 cipher 'pw\npw\n' "/R:$(winpath "$work/agent")"
cp agent.CER taken.CER
check_status "... nor one of them" 1 cipher 'pw\npw\n' "/R:$(winpath "$work/taken")"
check "... so" test "$(sha agent.PFX agent.CER)$(ls taken*)" = "${before}taken.CER"
none=$(winpath "$work/none")
check "no password" refuses 'none: ' '\n\n' "/R:$none"
check "two that differ" refuses 'none: ' 'one\ntwo\n' "/R:$none"
check "a directory that isn't there" refuses 'none: ' 'pw\npw\n' "/R:$none\\none"
check "no name" refuses 'invalid parameter' '' /R
check "... none behind the colon" refuses 'invalid parameter' '' /R:
check "a name too many" refuses 'belong together' '' "/R:$none" plain
# a package's may be found without the variable
if (unset WINEDLLPATH; cipher '' /K); then skip "without the Unix half" "Wine finds one"
else
    no_half() { (unset WINEDLLPATH; "$@"); }
    check "without the Unix half: /R" no_half refuses 'none: This system has no EFS support' 'pw\npw\n' "/R:$none"
    check "without the Unix half: /X" no_half refuses 'none.PFX: This system has no EFS support' 'pw\npw\n' \
        "/X:$(winpath "$work/plain")" "$none"
    check "without the Unix half: /X of the current key" no_half refuses 'none.PFX: ' 'pw\npw\n' /X "$none"
fi
check "a smart card" refuses 'no smart card' '' "/R:$none" /SMARTCARD
check "... without /R" refuses 'belong together' '' /SMARTCARD

# ---- /P ----

check "the policy" cipher '' "/P:$(winpath "$work/agent.CER")"
cp out blob
check "... one line of base64" test "$(wc -l <blob)" = 1
check "... as MS-GPEF says" /usr/bin/python3 - agent.CER blob <<'END'
import base64, struct, sys
certificate, blob = open(sys.argv[1], "rb").read(), base64.b64decode(open(sys.argv[2]).read(), validate=True)
version, keys, size, behind, sid, source, length, at, zero = struct.unpack("<8IQ", blob[:40])
assert (version, keys, size, behind, source, zero) == (0x10001, 1, len(blob) - 8, len(blob) - 12, 2, 0), blob[:40]
assert blob[12 + at:12 + at + length] == certificate and at + length == behind
assert blob[12 + sid] == 1 and sid + 8 + 4 * blob[12 + sid + 1] == at
END
openssl x509 -inform DER -in agent.CER -out agent.pem
check "of a certificate in base64 the same" cipher '' "/P:$(winpath "$work/agent.pem")"
check "... so" cmp out blob
check "of no certificate" refuses 'plain: ' '' "/P:$(winpath "$work/plain")"
check "of none at all" refuses 'none: ' '' "/P:$none"
check "without a name" refuses 'invalid parameter' '' /P
check "before there is a policy" cipher '' /E "$(winpath "$work/first")"
check "... there is no agent" test -z "$(agents first)"
check "the policy is set" set_policy "$(base64 -d blob | od -An -v -tx1 | tr -d ' \n')"
check "encrypted afterwards" cipher '' /E "$(winpath "$work/second")"
check "... it has the agent" test "$(agents second)" = "$(sha1sum <agent.CER | cut -c 1-40)"
check "... whose key opens it" opens second agent.PFX password
check_status "... not the first" 1 opens first agent.PFX password
check "in another prefix" make_dropin_prefix "$work/other"
check_status "... without the agent's key it stays closed" 1 cipher '' /D "$(winpath "$work/second")"
check "... imported" "$stage/bin/wine-efs" --prefix "$prefix" key import agent.PFX --password-file password
check "... it is decrypted" cipher '' /D "$(winpath "$work/second")"
check "... byte for byte" cmp second plain
prefix=$work/prefix

# ---- on a console ----

if why=$(terminals_missing); then skip "on a console" "$why"
else
    type='type in the password' again='retype the password'
    check "console: /X asks twice" on_console "$type" Geheim-1 "$again" Geheim-1 -- /X "$(winpath "$work/console")"
    check "... and shows nothing of it" bash -c '! grep -q eheim shown'
    echo Geheim-1 >password-1
    check "... the file opens by it" opens first console.PFX password-1
    check "... is its owner's alone" test "$(stat -c %a console.PFX)" = 600
    check "console: /R asks twice" on_console "$type" Geheim-ü "$again" Geheim-ü -- "/R:$(winpath "$work/typed")"
    check "... and shows nothing of it" bash -c '! grep -q eheim shown'
    echo Geheim-ü >password-1
    check "... the file opens by it" openssl pkcs12 -in typed.PFX -passin file:password-1 -noout
    check_status "console: two that differ" 1 on_console "$type" Geheim-1 "$again" Geheim-2 -- /X "$none"
    check_status "console: none" 1 on_console "$type" '' -- /X "$none"
    check_status "... no file" 1 compgen -G 'none*'
    check_status "console: ^C at the question: 1" 1 on_console "$type" ^C -- /X "$none"
    check_status "... no file" 1 compgen -G 'none*'
fi
plan
