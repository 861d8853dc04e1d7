#!/bin/bash
# The directory of the user's own keys: efsraw keys add, list, remove; the commands that use it; what others may have
# put there; passwords from the system's keyring.
#
# SPDX-License-Identifier: LGPL-2.1-or-later
. "$(dirname "$0")/../lib/tap.sh"
efsraw=$(realpath "${EFSRAW_CHECKED:-$build/native/tools/efsraw/efsraw}")
unchecked=$build/native/tools/efsraw/efsraw
here=$top/tests/host
cd "$work" || exit 1
own=$XDG_DATA_HOME/wine-efs/keys

for name in alice bob eve; do "$gen/efsgen.py" keys $name --name $name --password "secret of $name" >/dev/null; done
thumbprint() { openssl x509 -in "$1/cert.pem" -noout -fingerprint -sha1 | cut -d= -f2 | tr -d : | tr A-F a-f; }
alice=$(thumbprint alice) bob=$(thumbprint bob) eve=$(thumbprint eve)
head -c 5000 /dev/urandom >plain
for name in alice bob; do
    "$gen/efsgen.py" stream --out $name.raw --plaintext plain --user $name/cert.pem
done
cat alice/key.pem alice/cert.pem >alice.pem
cat bob/key.pem bob/cert.pem eve/key.pem eve/cert.pem >two.pem
printf 'wrong\n' >wrong

decrypts() { (set -o pipefail; "$efsraw" decrypt "$1" - "${@:2}" | cmp - plain); }
# one_line STATUS TEXT COMMAND...: fails with one line that has the text
one_line()
{
    local status=0

    "${@:3}" 2>message >/dev/null || status=$?
    cat message
    [ $status = "$1" ] && [ "$(wc -l <message)" = 1 ] && grep -q -- "$2" message
}

# ---- none yet ----
check "list without a directory" bash -c "'$efsraw' keys list | grep -qx '$own: 0 files'"
check "... makes none" test ! -e "$own"
check "decrypt without a key" one_line 2 'keys of your own' "$efsraw" decrypt alice.raw out
check "--all without a directory" one_line 1 'No such file' "$efsraw" decrypt --all alice.raw out
check "remove without a directory" one_line 1 'No such file' "$efsraw" keys remove $alice

# ---- adding ----
check "add, the wrong password" one_line 1 "doesn't verify with this password" "$efsraw" keys add alice/key.pfx \
    --password-file wrong
check "... none" one_line 1 'a password is needed' "$efsraw" keys add alice/key.pfx
check "... nothing is there" bash -c "[ -z \"\$(ls -A '$own')\" ]"
head -c 1000 alice/key.pfx >cut.pfx
check "... a file that is cut" one_line 1 'PFX' "$efsraw" keys add cut.pfx --password-file alice/password.txt
check "... a certificate alone" one_line 1 'no readable private key' "$efsraw" keys add alice/cert.pem
check "... a key without one" one_line 1 'no certificate in it' "$efsraw" keys add alice/key.pem
check "... a file that isn't there" one_line 1 'No such file' "$efsraw" keys add missing
check "... no file" one_line 2 'a FILE is needed' "$efsraw" keys add
check "add a PFX" bash -c "umask 0; '$efsraw' keys add alice/key.pfx --password-file alice/password.txt >out &&
    grep -qx '$own/$alice.pfx' out"
check "... is as it was given" cmp alice/key.pfx "$own/$alice.pfx"
check "... and its owner's alone" test "$(stat -c %a "$own")-$(stat -c %a "$own/$alice.pfx")" = 700-600
check "... above it as well" test "$(stat -c %a "$XDG_DATA_HOME")" = 700
check "... the password isn't there" bash -c "! grep -rq 'secret of' '$own'"
check "again" "$efsraw" keys add alice/key.pfx --password-file alice/password.txt
check "add a PEM file of two keys" bash -c "'$efsraw' keys add two.pem | grep -qx '$own/$bob-$eve.pem'"
check "add several, of which one fails" one_line 1 'wrong:' "$efsraw" keys add wrong alice.pem
check "... the other is there" cmp alice.pem "$own/$alice.pem"
rm "$own/$alice.pem"

# ---- listing ----
check "list: what opens without a password" bash -c "'$efsraw' keys list >list && grep -q '^$bob  CN=bob' list &&
    grep -q '^$eve  CN=eve' list && [ \$(grep -c '  usable    yes' list) = 2 ]"
check "... and what doesn't" bash -c "grep -A2 '^locked' list | grep -q '$alice.pfx'"
check "... with the password" bash -c "'$efsraw' keys list --password-file alice/password.txt |
    grep -q '^$alice  CN=alice'"
check "... as JSON" bash -c "'$efsraw' keys list --json --password-file alice/password.txt | /usr/bin/python3 -c '
import json, sys
keys = json.load(sys.stdin)[\"keys\"]
assert [k[\"usable\"] for k in keys] == [True] * 3, keys'"
check "the same as a source" bash -c "'$efsraw' keys '$own' | grep -q '^$bob  CN=bob'"

# ---- using ----
check "decrypt without --key" decrypts bob.raw
check "... with the password" decrypts alice.raw --password-file alice/password.txt
check "... without: which file is locked is said" bash -c "! '$efsraw' decrypt alice.raw none 2>message
    grep -q '$alice.pfx: PFX: a password is needed' message && grep -q 'no entry for this key' message && [ ! -e none ]"
check "--all besides a --key" decrypts bob.raw --key alice/key.pem --all
check "... without --all, a --key is all there is" one_line 1 'no entry for this key' "$efsraw" decrypt bob.raw out \
    --key alice/key.pem
if why=$(terminals_missing); then skip "passwords are asked for" "$why"
else
    "$efsraw" keys remove $bob $eve
    for name in bob eve; do "$efsraw" keys add $name/key.pfx --password-file $name/password.txt >/dev/null; done
    # in the order of the names
    answers=() again=()
    for print in $(printf '%s\n' $alice $bob $eve | sort); do
        case $print in
            "$alice") answers+=("secret of alice") again+=("no") ;;
            "$bob") answers+=("secret of bob") again+=("secret of bob") ;;
            "$eve") answers+=("secret of eve") again+=("no") ;;
        esac
    done
    check "each file's password is asked for" "$here/terminal.py" answer "${answers[@]}" -- "$efsraw" decrypt \
        alice.raw asked
    check "... and opens it" cmp asked plain
    check "who knows one only" "$here/terminal.py" answer "${again[@]}" -- "$efsraw" decrypt bob.raw asked2
    check "... can use that" cmp asked2 plain
    "$efsraw" keys remove $bob $eve $alice
    for name in alice bob; do
        openssl pkcs12 -export -inkey $name/key.pem -in $name/cert.pem -passout pass:same -out same.pfx
        printf same >same
        "$efsraw" keys add same.pfx --password-file same >/dev/null
    done
    check "one password for two files is asked for once" "$here/terminal.py" answer same -- "$efsraw" decrypt \
        alice.raw asked3
    check "... and opens both" cmp asked3 plain
    "$efsraw" keys remove $bob $alice
    "$efsraw" keys add two.pem >/dev/null
    "$efsraw" keys add alice/key.pfx --password-file alice/password.txt >/dev/null
fi

# ---- removing ----
check "remove one of two in a file" one_line 1 'other keys, too' "$efsraw" keys remove $bob
check "... nothing has gone" cmp two.pem "$own/$bob-$eve.pem"
check "remove both, as Windows writes thumbprints" "$efsraw" keys remove "$(tr a-f A-F <<<$bob | sed 's/..../& /g')" \
    $eve
check "... have gone" test ! -e "$own/$bob-$eve.pem"
check "remove one that isn't there" one_line 1 'no such key' "$efsraw" keys remove $bob
check "... what isn't a thumbprint" one_line 2 '40 hexadecimal digits' "$efsraw" keys remove ../keys
cp two.pem "$own/my own name.pem"
check "a file of another name counts, too" decrypts bob.raw
check "... can be removed by its keys" "$efsraw" keys remove $eve $bob
check "... has gone" test ! -e "$own/my own name.pem"

# ---- what else may be there ----
mkfifo "$own/fifo.pfx"
ln -s /dev/zero "$own/link.pfx"
mkdir "$own/dir.pfx"
head -c 2000000 /dev/zero >"$own/large.pfx"
printf 'read me' >"$own/README"
head -c 1000 alice/key.pfx >"$own/cut.pfx"
cp two.pem "$own/.hidden.pem"
check "FIFOs, links, directories and large files are no keys" bash -c "timeout 20 '$efsraw' decrypt alice.raw out \
    --password-file alice/password.txt 2>message && cmp out plain"
check "... each has a line" test "$(wc -l <message)" = 6
check "... what begins with a dot isn't looked at" one_line 1 '' bash -c \
    "timeout 20 '$efsraw' decrypt bob.raw out2 --password-file alice/password.txt 2>&1 | tail -n 1 >&2; exit 1"
check "list isn't held up by them" timeout 20 bash -c \
    "'$efsraw' keys list --password-file alice/password.txt >list; grep -q '^$alice' list"
rm -r "$own"/{fifo.pfx,link.pfx,dir.pfx,large.pfx,README,cut.pfx,.hidden.pem} out
chmod 750 "$own"
check "a directory that others may enter" one_line 1 'chmod 700' "$efsraw" decrypt alice.raw out
check "... isn't listed" one_line 1 'chmod 700' "$efsraw" keys list
check "... gets nothing" one_line 1 'chmod 700' "$efsraw" keys add alice.pem
chmod 700 "$own"
if [ "$(id -u)" = 0 ]; then
    chown 65534 "$own"
    check "another user's" one_line 1 "another's" "$efsraw" decrypt alice.raw out
    chown 0 "$own"
    # an ordinary user, whose the directory is
    chmod 755 "$work"
    mkdir user && cp -r alice alice.raw plain user && chown -R 65534:65534 user && chmod 700 user
    program=$(shared "$unchecked")
    as_user() { setpriv --reuid=65534 --regid=65534 --clear-groups env -u XDG_DATA_HOME HOME="$work/user" "$@"; }
    check "as an ordinary user" as_user "$program" keys add user/alice/key.pfx --password-file user/alice/password.txt
    check "... whose keys are in the home" test -f "user/.local/share/wine-efs/keys/$alice.pfx"
    check "... decrypt" bash -c "$(declare -f as_user); work='$work'
        as_user '$program' decrypt user/alice.raw - --password-file user/alice/password.txt | cmp - plain"
    chmod 500 user/.local/share/wine-efs/keys
    check "... who may not write there" one_line 1 'Permission denied' as_user "$program" keys add \
        user/alice/key.pfx --password-file user/alice/password.txt
    check "... nor without a home that can be made" one_line 1 'mkdir: ' as_user \
        env HOME=/proc/none "$program" keys add user/alice/key.pfx --password-file user/alice/password.txt
else skip "another user's" "not root"; fi
check "no home" one_line 1 'no home' env -u XDG_DATA_HOME -u HOME "$efsraw" keys add alice.pem
check "a relative XDG_DATA_HOME doesn't count" bash -c \
    "XDG_DATA_HOME=x HOME=$work/home '$efsraw' keys add alice.pem >/dev/null && [ ! -e x ] &&
    [ -f home/.local/share/wine-efs/keys/$alice.pem ]"

# ---- each call fails ----
if cc -shared -fPIC -O1 -o fail_nth.so "$top/tests/lib/fail_nth.c" -ldl; then
    # What is there is one of the two that it may be, whatever failed, and nothing else is.
    round()
    {
        local status=0 entry

        FAIL_AT=$1 FAIL_LOG=$work/calls LD_PRELOAD=$work/fail_nth.so XDG_DATA_HOME=$work/faulty "$unchecked" keys \
            add $2 --password-file alice/password.txt >out 2>message || status=$?
        entry=faulty/wine-efs/keys/$alice.pfx
        [ $status = 0 ] || [ -s message ] || { echo "call $1: no message"; return 1; }
        [ $status = 1 ] || cmp $2 "$entry" || { echo "call $1: said nothing"; return 1; }
        [ ! -e "$entry" ] || cmp -s alice/key.pfx "$entry" || cmp -s alice/key-legacy.pfx "$entry" ||
            { echo "call $1: neither"; return 1; }
        [ -z "$(find faulty -type f ! -path "$entry")" ] || { find faulty; return 1; }
    }
    bad=0
    for ((n = 1; ; n++)); do
        file=alice/key.pfx
        [ $((n % 2)) = 0 ] || file=alice/key-legacy.pfx
        rm -rf faulty
        round $n $file >round.txt 2>&1 || { bad=$((bad + 1)); sed 's/^/# /' round.txt; }
        # over what is there
        [ $n = 1 ] || XDG_DATA_HOME=$work/faulty "$unchecked" keys add alice/key.pfx --password-file \
            alice/password.txt >out 2>&1
        round $n $file >round.txt 2>&1 || { bad=$((bad + 1)); sed 's/^/# over: /' round.txt; }
        [ "$(cat calls)" -ge $n ] || break
    done
    check "each of $((n - 1)) calls fails once: $bad times wrong" test $bad = 0 -a $n -gt 4
else skip "each call fails" "no C compiler"; fi

# ---- the keyring ----
mkdir ring
if cc -shared -fPIC -O1 -o ring/libsecret-1.so.0 "$top/tests/lib/fake_secret.c"; then
    # it stands in for the library, so without the sanitizers
    ringed()
    {
        DBUS_SESSION_BUS_ADDRESS=none LD_LIBRARY_PATH=$work/ring FAKE_KEYRING=$work/passwords \
            FAKE_KEYRING_LOG=$work/calls.ring "$unchecked" "$@"
    }
    rm -f "$own"/*
    : >calls.ring
    check "the keyring remembers" ringed keys add alice/key.pfx --password-file alice/password.txt --remember
    check "... the password of that file" grep -qx "$(realpath "$own")/$alice.pfx	secret of alice" passwords
    check "... decrypt" bash -c "$(declare -f ringed); unchecked=$unchecked work=$work
        ringed decrypt alice.raw - | cmp - plain"
    check "... list" bash -c "$(declare -f ringed); unchecked=$unchecked work=$work
        ringed keys list | grep -q '^$alice'"
    check "... isn't asked with a password file" bash -c "$(declare -f ringed); unchecked=$unchecked work=$work
        : >calls.ring; ringed decrypt alice.raw - --password-file alice/password.txt | cmp - plain &&
        [ ! -s calls.ring ]"
    check "... isn't asked without a bus" bash -c "LD_LIBRARY_PATH=$work/ring XDG_RUNTIME_DIR=$work \
        FAKE_KEYRING_LOG=$work/calls.ring '$unchecked' decrypt alice.raw out 2>message; [ ! -s calls.ring ]"
    printf '%s\t%s\n' "$(realpath bob/key.pfx)" "secret of bob" >>passwords
    check "a key file elsewhere" bash -c "$(declare -f ringed); unchecked=$unchecked work=$work
        ringed decrypt bob.raw - --key bob/key.pfx | cmp - plain"
    "$gen/efsprofile.py" profile p --key bob --password 'logon' >/dev/null
    printf '%s\t%s\n' "$(realpath p)" logon >>passwords
    check "a profile" bash -c "$(declare -f ringed); unchecked=$unchecked work=$work
        ringed decrypt bob.raw - --key p | cmp - plain && ringed keys p | grep -q 'opened with the password'"
    printf '%s\t%s\n' "$(realpath eve/key.pfx)" wrong >>passwords
    check "a wrong one in it" one_line 1 "doesn't verify with this password" ringed decrypt bob.raw out \
        --key eve/key.pfx
    check "what is removed is forgotten" bash -c "$(declare -f ringed); unchecked=$unchecked work=$work
        ringed keys remove $alice && grep -qx 'clear $(realpath "$own")/$alice.pfx' calls.ring"
    rm passwords && mkdir passwords
    check "a keyring that takes nothing" bash -c "$(declare -f ringed); unchecked=$unchecked work=$work
        ringed keys add alice/key.pfx --password-file alice/password.txt --remember 2>message &&
        grep -q \"isn't remembered\" message"
    check "... the key is there" cmp alice/key.pfx "$own/$alice.pfx"
    printf 'no library' >ring/libsecret-1.so.0
    check "a library that isn't one" one_line 1 'a password is needed' ringed decrypt alice.raw out
else skip "the keyring" "no C compiler"; fi
if command -v gnome-keyring-daemon >/dev/null && command -v dbus-run-session >/dev/null &&
    [ -e /usr/lib/x86_64-linux-gnu/libsecret-1.so.0 ]; then
    rm -f "$own"/*
    mkdir -m 700 run
    cat >session.sh <<END
printf x | gnome-keyring-daemon --unlock --components=secrets --foreground >/dev/null 2>&1 &
for ((i = 0; i < 50; i++)); do
    sleep 0.1
    "$unchecked" keys add alice/key.pfx --password-file alice/password.txt --remember >out 2>message
    [ -s message ] || break
done
"$unchecked" decrypt alice.raw decrypted && cmp decrypted plain && "$unchecked" keys remove $alice &&
    "$unchecked" keys add alice/key.pfx --password-file alice/password.txt && ! "$unchecked" decrypt alice.raw other
status=\$?
kill %1
exit \$status
END
    check "GNOME's keyring" env HOME="$work/ringhome" XDG_RUNTIME_DIR="$work/run" timeout 60 dbus-run-session -- bash \
        session.sh
else skip "GNOME's keyring" "gnome-keyring, dbus-run-session or libsecret isn't there"; fi
plan
