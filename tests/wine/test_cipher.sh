#!/bin/bash
# cipher.exe as its users know it: a tree encrypted, listed and decrypted, its users changed; and a tree that was
# encrypted so is backed up raw, deleted, restored raw, read by its owner, and by nobody else.
#
# SPDX-License-Identifier: LGPL-2.1-or-later
. "$(dirname "$0")/../lib/tap.sh"
. "$(dirname "$0")/../lib/prefix.sh"
. "$(dirname "$0")/../lib/mounts.sh"
export LC_ALL=C.UTF-8 # or Wine can't give a file a name in another script
efsraw=$stage/bin/efsraw
cd "$work" || exit 1

# cipher ARGS...: what it prints is in out and err
cipher()
{
    local status=0

    WINEPREFIX=$prefix timeout -k 10 120 wine cipher "$@" </dev/null >"$work/out.raw" 2>"$work/err" || status=$?
    tr -d '\r' <"$work/out.raw" >"$work/out"
    return $status
}

says() { grep -qF -- "$1" out || { sed 's/^/# /' out err; false; }; }
# complains STATUS TEXT ARGS...: it ends with that status, and a line about it
complains()
{
    local status=0 wanted=$1 text=$2

    shift 2
    cipher "$@" || status=$?
    [ $status = "$wanted" ] && grep -qF -- "$text" err || { echo "status $status"; cat out err; false; }
}
is_encrypted() { getfattr --only-values -n user.ntfs.efsinfo "$1" >/dev/null 2>&1; }
all()
{
    find "$@" | while IFS= read -r file; do is_encrypted "$file" || { echo "plain: $file"; exit 1; }; done
}
none()
{
    ! find "$1" | while IFS= read -r file; do ! is_encrypted "$file" || echo "$file"; done | grep .
}
listed() { printf '%s\n' "$@" | diff - <(tail -n +5 out | sort); }

mkdir -p original/sub/deep
head -c 70000 /dev/urandom >original/a.txt
echo 'Schnee' >'original/ünïcode ☃.txt'
echo '日本' >original/sub/日本語.txt
: >original/sub/deep/empty
cp -a original tree
check "a prefix" make_dropin_prefix "$work/first"
first=$prefix
check "cipher.exe is in it" cmp "$stage/lib/wine-efs/x64/cipher.exe" "$prefix/drive_c/windows/system32/cipher.exe"

# ---- lists ----

cd tree || exit 1
check "without arguments: a list" cipher
cd ..
check "... of the current directory" says " Listing $(winpath "$work/tree")\\"
check "... that isn't marked" says " New files added to this directory will not be encrypted."
check "... nothing is encrypted" listed 'U a.txt' 'U sub' 'U ünïcode ☃.txt'

# ---- encrypted ----

check "a tree: encrypted" cipher /E "/S:$(winpath "$work/tree")"
check "... its directory is said" says " Setting the directory $(winpath "$work/tree")\\ to encrypt new files [OK]"
check "... and the one below" says "$(winpath "$work/tree/sub/deep")\\ to encrypt new files [OK]"
check "... files have a line each" says "a.txt               [OK]"
check "... under their directory's name" says " Encrypting files in $(winpath "$work/tree")\\"
check "... names in other scripts" says '日本語.txt'
check "... and the sum" says '7 file(s) [or directorie(s)] within 3 directorie(s) were encrypted.'
check "... so they are, and the directories" all tree
check "again: there's nothing to do" cipher /e "/s:$(winpath "$work/tree")"
check "... which it says" says '0 directorie(s) within 0 directorie(s) were encrypted.'
check "the list" cipher "$(winpath "$work/tree/*")"
check "... says so" listed 'E a.txt' 'E sub' 'E ünïcode ☃.txt'
check "... and what becomes of new files" says ' New files added to this directory will be encrypted.'
WINEPREFIX=$prefix timeout 60 wine cmd /c "echo x>$(winpath "$work/tree/new")" </dev/null >/dev/null 2>&1
check "what a Windows program would make there plain isn't made" test ! -e tree/new

check "details" cipher /C "$(winpath "$work/tree/a.txt")"
check "... the name" says 'E a.txt'
check "... the level" says '    Windows XP/Server 2003'
check "... its users" says '  Users who can decrypt:'
thumbprint=$("$efsraw" info tree/a.txt | grep -oiE '\b[0-9a-f]{40}\b' | head -n 1 | tr a-f A-F)
groups=$(sed -E 's/.{4}/& /g; s/ $//' <<<"$thumbprint")
check "... by their certificates" says "    Certificate thumbprint: $groups"
check "... no agent" says '  No recovery certificate found.'
check "... the key" test "$(sed -n '/Key Information/,$p' out | head -n 4)" = \
    $'  Key Information:\n    Algorithm: AES\n    Key Length: 256\n    Key Entropy: 256'
check "the current key" cipher /Y
check "... is that" says "  $groups"

# ---- users ----

openssl req -x509 -newkey rsa:2048 -nodes -keyout bob.pem -out bob.crt -subj /CN=bob -days 100 \
    -addext extendedKeyUsage=1.3.6.1.4.1.311.10.3.4 2>/dev/null
openssl x509 -in bob.crt -outform DER -out bob.cer
bob=$(openssl x509 -in bob.crt -noout -fingerprint -sha1 | sed 's/.*=//; s/://g')
check "a user is added, by a file" cipher /ADDUSER "/CERTFILE:$(winpath "$work/bob.crt")" \
    "$(winpath "$work/tree/a.txt")"
check "... his key opens it" "$efsraw" decrypt tree/a.txt bobs --key bob.pem --cert bob.cer
check "... byte for byte" cmp bobs original/a.txt
check "details: both" cipher /c "$(winpath "$work/tree/a.txt")"
check "... two" test "$(grep -c 'Certificate thumbprint' out)" = 2
check "a user is removed" cipher /REMOVEUSER "/CERTHASH:$bob" "$(winpath "$work/tree/a.txt")"
check "... and can't read it any more" bash -c "! '$efsraw' decrypt tree/a.txt - --key bob.pem --cert bob.cer \
    >/dev/null 2>&1"
check "who isn't a user can't be removed" complains 1 a.txt /REMOVEUSER "/CERTHASH:$bob" \
    "$(winpath "$work/tree/a.txt")"
check "nor the last one" complains 1 a.txt /REMOVEUSER "/CERTHASH:$thumbprint" "$(winpath "$work/tree/a.txt")"
check "a plain file has none" complains 1 a.txt /ADDUSER "/CERTFILE:$(winpath "$work/bob.cer")" \
    "$(winpath "$work/original/a.txt")"
check "no certificate" complains 1 a.txt /ADDUSER "/CERTFILE:$(winpath "$work/original/a.txt")" \
    "$(winpath "$work/tree/a.txt")"
check "a certificate that the stores haven't" complains 1 "$bob" /ADDUSER "/CERTHASH:$bob" \
    "$(winpath "$work/tree/a.txt")"

# ---- backed up, deleted, restored; its owner reads it ----

check "backed up as it is" run_wine efsbackup.exe tree save "$(winpath "$work/tree")" "$(winpath "$work/archive")"
check "... nothing of it is plain in there" bash -c '! grep -rqF Schnee archive'
rm -r tree
check "restored" run_wine efsbackup.exe tree restore "$(winpath "$work/archive")" "$(winpath "$work/tree")"
check "... encrypted, as it was" all tree
check "its owner reads it" "$efsraw" decrypt -r tree copy --key "$prefix/efs-keys"
check "... byte for byte" diff -r original copy
if [ -e /dev/fuse ] && [ -x "$stage/bin/efsmount" ] && mkdir view &&
    "$stage/bin/efsmount" tree view --key "$prefix/efs-keys" 2>message; then
    at_exit unmount "$work/view"
    check "... in a view, too" diff -r original view
    unmount view
else
    skip "... in a view, too" "$(cat message 2>/dev/null || echo 'no FUSE here')"
fi

check "another prefix" make_dropin_prefix "$work/second"
check "... has no key for it" complains 1 a.txt /D "$(winpath "$work/tree/a.txt")"
check "... the line says so" says 'a.txt               [ERR]'
check "... the details say so, too" cipher /C "$(winpath "$work/tree/a.txt")"
check "... in Windows' words" says '  Key information cannot be retrieved.'
check "... its keys open nothing of it" bash -c "! '$efsraw' decrypt tree/a.txt - --key '$prefix' >/dev/null 2>&1"
stop_prefix "$prefix"

# ---- another key, and back ----

prefix=$first
check "a new key" cipher /K
check "... becomes the current one" says 'Your new file encryption certificate thumbnail information on the PC named'
check "files are given it" cipher /REKEY "/S:$(winpath "$work/tree")"
check "... each" says '7 file(s) [or directorie(s)] within'
check "... and it is theirs" bash -c "! '$efsraw' info tree/a.txt | grep -qi '$thumbprint'"
check "decrypted" cipher /D "/S:$(winpath "$work/tree")"
check "... the sum" says '7 file(s) [or directorie(s)] within 3 directorie(s) were decrypted.'
check "... all is plain" none tree
check "... byte for byte" diff -r original tree

# ---- one by one ----

check "a directory: marked" cipher /E "$(winpath "$work/tree/sub")"
check "... in its own words" says " Encrypting directories in $(winpath "$work/tree")\\"
check "... it" is_encrypted tree/sub
check "... alone" none tree/sub/deep
check "files by a wildcard" cipher /E "$(winpath "$work/tree/*.txt")"
check "... both" says '2 file(s) [or directorie(s)] within 1 directorie(s) were encrypted.'
setfattr -n user.DOSATTRIB -v '"0x2"' tree/sub/deep/empty
check "a hidden one is left out" cipher /E "/S:$(winpath "$work/tree/sub/deep")"
check "... with a word" grep -q '1 hidden or system file(s) were left out' err
check "... and taken with /H" cipher /E /H "/S:$(winpath "$work/tree/sub/deep")"
check "... so it is" is_encrypted tree/sub/deep/empty

# ---- errors ----

chmod a-w original/a.txt
check "a read-only file" complains 1 a.txt /E "$(winpath "$work/original/a.txt")"
check "... stays" bash -c '! getfattr -n user.ntfs.efsinfo original/a.txt >/dev/null 2>&1'
check "a name that isn't there" complains 1 "$(winpath "$work/nothing")" /E "$(winpath "$work/nothing")"
check "a directory that isn't there" complains 1 "$(winpath "$work/nothing")" /E "/S:$(winpath "$work/nothing")"
check "after an error the rest is done" complains 1 a.txt /E "$(winpath "$work/original/a.txt")" \
    "$(winpath "$work/original/sub/日本語.txt")"
check "... and so it is" is_encrypted original/sub/日本語.txt
check "an unknown switch" complains 1 'invalid parameter' /Q /Z
check "two commands" complains 1 'invalid parameter' /E /D
check "a user without anything that names him" complains 1 'belong together' /ADDUSER a
check "help" cipher '/?'
check "... to standard output" says 'CIPHER [/E | /D | /C]'

# ---- it goes as it has come ----

stop_prefix "$prefix"
check "uninstalled" "$stage/bin/wine-efs" uninstall --prefix "$prefix"
check "... it has gone" test ! -e "$prefix/drive_c/windows/system32/cipher.exe"
echo other >"$prefix/drive_c/windows/system32/cipher.exe"
check "another one" "$stage/bin/wine-efs" install --prefix "$prefix"
check "... stays" test "$(cat "$prefix/drive_c/windows/system32/cipher.exe")" = other
check "... also" "$stage/bin/wine-efs" uninstall --prefix "$prefix"
check "... then" test "$(cat "$prefix/drive_c/windows/system32/cipher.exe")" = other
plan
