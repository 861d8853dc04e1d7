#!/bin/bash
# cipher /X: a copy of the user's key in a new file, which its password opens on the host, and nothing else does.
#
# SPDX-License-Identifier: LGPL-2.1-or-later
. "$(dirname "$0")/../lib/tap.sh"
. "$(dirname "$0")/../lib/prefix.sh"
. "$(dirname "$0")/../lib/cipher.sh"
efsraw=$stage/bin/efsraw
cd "$work" || exit 1

# refuses TEXT FILE INPUT ARGS...: status 1, one line on standard error, and FILE isn't made
refuses() { makes_nothing "$2" "$1" "${@:3}"; }
opens() { "$efsraw" decrypt "$1" - --key "$2" --password-file "$3" | cmp - plain; }

head -c 20000 /dev/urandom >plain
cp plain first
cp plain second
check "a prefix" make_dropin_prefix "$work/prefix"
refused=$(winpath "$work/none")
check "without a key there is nothing to copy" refuses 'none.PFX: ' none.PFX 'pw\npw\n' /X "$refused"
check "encrypted" cipher '' /E "$(winpath "$work/first")"
check "a copy of the key" cipher 'Geheim ü\nGeheim ü\n' /X "$(winpath "$work/copy")"
check "... which it says" grep -qxF 'Your EFS certificate(s) was backed up successfully.' out
check "... not the password" bash -c '! grep -q Geheim out err'
check "... the file is its owner's alone" test "$(stat -c %a copy.PFX)" = 600
printf 'Geheim ü\n' >password
check "... it opens the file" opens first copy.PFX password
check "... OpenSSL reads it, too" openssl pkcs12 -in copy.PFX -passin file:password -nodes -out key.pem
check "... both halves of it" test "$(grep -c 'BEGIN ' key.pem)" = 2
check "... its key is encrypted by AES" bash -c \
    "openssl pkcs12 -in copy.PFX -passin file:password -info -noout 2>&1 | grep -q 'Shrouded Keybag: PBES2.*AES-256'"
printf 'Geheim\n' >other
check "another password opens nothing" bash -c "! '$efsraw' keys copy.PFX --password-file other >/dev/null 2>&1"
before=$(sha copy.PFX)
check "it isn't overwritten" eval '! cipher "pw\npw\n" /X "$(winpath "$work/copy.PFX")"'
check "... so" test "$(sha copy.PFX)" = "$before"

check "a new key" cipher '' /K
check "a second file, for that" cipher '' /E "$(winpath "$work/second")"
check "a copy of the key of the first" cipher 'pw\npw\n' "/X:$(winpath "$work/first")" "$(winpath "$work/of-first.pfx")"
printf 'pw\n' >pw
check "... opens that" opens first of-first.pfx pw
check "... not the second" eval '! opens second of-first.pfx pw 2>/dev/null'
check "a copy of the current one" cipher 'pw\r\npw\r\n' /X "$(winpath "$work/current.pfx")"
check "... opens the second" opens second current.pfx pw
check "imported into another prefix" eval 'make_dropin_prefix "$work/other-prefix" &&
    "$stage/bin/wine-efs" --prefix "$prefix" key import current.pfx --password-file pw'
check "... it decrypts there" cipher '' /D "$(winpath "$work/second")"
check "... byte for byte" cmp second plain

none=$(winpath "$work/none.pfx")
check "no password" refuses 'none.pfx: ' none.pfx '\n\n' /X "$none"
check "nothing at all" refuses 'none.pfx: ' none.pfx '' /X "$none"
check "two that differ" refuses 'none.pfx: ' none.pfx 'one\ntwo\n' /X "$none"
check "one alone" refuses 'none.pfx: ' none.pfx 'one\n' /X "$none"
check "one that is no text" refuses 'none.pfx: ' none.pfx '\377\n\377\n' /X "$none"
check "one that is too long" refuses 'none.pfx: ' none.pfx "$(printf '%0600d' 0)\n$(printf '%0600d' 0)\n" /X "$none"
check "a plain file's key" refuses 'none.pfx: ' none.pfx 'pw\npw\n' "/X:$(winpath "$work/plain")" "$none"
check "one for which there is no key here" refuses 'none.pfx: ' none.pfx 'pw\npw\n' "/X:$(winpath "$work/first")" \
    "$none"
check "a directory that isn't there" refuses 'none.pfx: ' none/none.pfx 'pw\npw\n' /X "$(winpath "$work/none/none.pfx")"
check "no name" refuses 'belong together' none.pfx '' /X
plan
