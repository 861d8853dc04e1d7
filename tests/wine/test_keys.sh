#!/bin/bash
# EncryptFile and DecryptFile with the keys of a prefix: what is encrypted here opens on the host and on NTFS, in no
# other prefix; a key outlives its registry; a program that needs no key loads none of it, and nothing else needs the
# module.
#
# SPDX-License-Identifier: LGPL-2.1-or-later
. "$(dirname "$0")/../lib/tap.sh"
. "$(dirname "$0")/../lib/prefix.sh"
. "$(dirname "$0")/../lib/mounts.sh"
efsraw=$stage/bin/efsraw
share_stage || { fail "a copy of the stage"; plan; exit 1; }

. "$(dirname "$0")/../lib/encrypting.sh"
cd "$work" || exit 1

# opens FILE PLAIN KEY: the host's command decrypts it
opens()
{
    "$efsraw" decrypt "$1" - --key "$3" >decrypted && cmp decrypted "$2"
}

check "a prefix" make_dropin_prefix "$work/first"
head -c 100000 /dev/urandom >plain
cp plain file
touch -d '2001-02-03 04:05:06' file
chmod 640 file

# ---- nothing of it in other programs ----

: >other # it is there before it is counted
run_wine "$work/encrypt.exe" "@$(winpath "$work/file")" '!' "=$(winpath "$work/go")" >>other 2>&1 &
program=$!
for _ in $(seq 200); do [ "$(wc -l <other)" -lt 2 ] || break; sleep 0.1; done
check "a program that needs no key: what it asks is answered" test "$(tr -d '\r' <other | tr '\n' ' ')" = '0 0 '
maps=$(grep -l "$stage.*/wineefs\.so" /proc/[0-9]*/maps 2>/dev/null | tr '\n' ' ')
check "... it has the Unix half" test -n "$maps"
check "... without the module for keys" bash -c "! grep -q 'wineefs-keys' $maps"
touch go
wait "$program"

# ---- the first key ----

check "encrypted" answers 0 +file
check "... with one line about the key that was made" test "$(grep -c '^wine-efs: a key was made' message)" = 1
check "... which says where it is" grep -q "efs-keys in $prefix" message
check "... the file keeps its time and mode" test "$(stat -c '%a %Y' file)" = "640 $(date -d '2001-02-03 04:05:06' +%s)"
check "... it is another file than the plain one" bash -c '! cmp -s -n 90000 file plain'
check "... the key's files are the user's alone" test \
    "$(stat -c %a "$prefix"/efs-keys "$prefix"/efs-keys/*)" = $'700\n600\n600'
check "... they open it" opens file plain "$prefix/efs-keys"
cp plain again
check "a second file" answers '0 1' +again @again
check "... by the same key, without a word" test ! -s message
check "... there is no other" test "$(ls "$prefix"/efs-keys/*.pvk | wc -l)" = 1

key=$(sha1sum <"$(ls "$prefix"/efs-keys/*.cer)" | cut -c 1-40)
wine_efs=$stage/bin/wine-efs
says() { "${@:2}" 2>/dev/null </dev/null | grep -qF -- "$1"; }
check "it is listed" says "$key  made " "$wine_efs" --prefix "$prefix" key list
check "... as not exported" says "not exported" "$wine_efs" --prefix "$prefix" key list
check "the status says so, too" says "Key $key: is in this prefix alone" "$wine_efs" --prefix "$prefix" status
printf 'secret\n' >password
check "exported" "$wine_efs" --prefix "$prefix" key --password-file=password export my.pfx
check "... for its owner alone" test "$(stat -c %a my.pfx)" = 600
check "... it opens the file" bash -c "'$efsraw' decrypt file - --key my.pfx --password-file password | cmp - plain"
check_status "... not over another file" 1 "$wine_efs" --prefix "$prefix" key --password-file=password export plain
check_status "... nor one that isn't there" 1 "$wine_efs" --prefix "$prefix" key export other.pfx 0123
mkdir shim
printf '#!/bin/sh\nexit 1\n' >shim/ln
chmod +x shim/ln
echo other >other
ln -s other linked.pfx.wine-efs-new
check "... without hard links, beside somebody's link" \
    env PATH="$PWD/shim:$PATH" "$wine_efs" --prefix "$prefix" key --password-file=password export linked.pfx
check "... which isn't followed" test "$(cat other) $(stat -c '%F %a' linked.pfx)" = 'other regular file 600'
check "... it opens the file, too" bash -c \
    "'$efsraw' decrypt file - --key linked.pfx --password-file password | cmp - plain"
check_status "... without a password" 1 "$wine_efs" --prefix "$prefix" key --password-file=missing export none.pfx
check "... and nothing is left" test "$(ls -d none* ./*.wine-efs-new 2>/dev/null)" = ''
check "the list says so" bash -c "'$wine_efs' --prefix '$prefix' key list | grep -q ', exported'"
check "... and the status nothing more" bash -c "! '$wine_efs' --prefix '$prefix' status | grep -q '^Key '"

# ---- an encrypted directory ----

mkdir marked
check "a directory: marked" answers '0 1' +marked @marked
# the 64-bit one: `wine cmd` is the 32-bit one where Wine has 32-bit Unix code, which has no keys
wine64=/usr/lib/wine/wine64
[ -x $wine64 ] || wine64=wine
make() { WINEPREFIX=$prefix timeout 60 $wine64 cmd /c "$@" </dev/null >message 2>&1; }
make "echo plain>$(winpath "$work/marked/new")"
check "what would be plain in it isn't made" test -z "$(ls -A marked)"
check "... with one line about it" test "$(grep -c '^wine-efs: a file that was to be created' message)" = 1
make "mkdir $(winpath "$work/marked/sub")"
check "a directory in it is made" test -d marked/sub
check "... and marked" answers 1 @marked/sub
check "... for the same key" bash -c "'$efsraw' info marked/sub | grep -qi '$key'"
rm -r marked

stop_prefix "$prefix"
check "the prefix' registry opens both" opens file plain "$prefix"
check "... the second" opens again plain "$prefix"
keep_server "$prefix"

# ---- elsewhere ----

first=$prefix
check "a second prefix" make_dropin_prefix "$work/second"
before=$(sha256sum file; getfattr -d -m - --absolute-names -e hex file)
check "it can't decrypt" answers '5 1' -file @file
check "... and leaves the file as it is" test \
    "$(sha256sum file; getfattr -d -m - --absolute-names -e hex file)" = "$before"
cp plain other-plain
check "it has a key of its own" answers 0 +other-plain
check "... which the first one hasn't" bash -c "! '$efsraw' decrypt other-plain - --key '$first' >/dev/null 2>&1"
# a server that ends without writing what it has: as a power cut would
WINEPREFIX=$prefix timeout 60 wineserver -k9 </dev/null
check "after a power cut the key is in its files" opens other-plain plain "$prefix/efs-keys"

prefix=$first
check "decrypted where its key is" answers '0 0' -file @file
check "... byte for byte" cmp file plain
check "... with its time and mode" test "$(stat -c '%a %Y' file)" = "640 $(date -d '2001-02-03 04:05:06' +%s)"

# ---- onto an NTFS volume ----

check "saved as a raw stream" "$efsraw" export again again.raw
if why=$(ntfs_missing || { ! ntfs_decrypts; }); then skip "ntfsdecrypt" "$why"
elif ! mount_ntfs image volume 2>message; then skip "ntfsdecrypt" "NTFS volumes can't be mounted: $(tail -n 1 message)"
else
    mkdir keys
    printf 'pw\n' >keys/password.txt
    for pvk in "$prefix"/efs-keys/*.pvk; do
        openssl rsa -inform PVK -in "$pvk" -passin pass: -out key.pem 2>/dev/null
        openssl x509 -inform DER -in "${pvk%.pvk}.cer" -out cert.pem
    done
    openssl pkcs12 -export -legacy -inkey key.pem -in cert.pem -passout pass:pw -out keys/key-legacy.pfx
    cp plain volume/there
    check "NTFS: encrypted on the volume" answers '0 1' +volume/there @volume/there
    check "NTFS: put onto it as a raw stream" "$efsraw" import again.raw volume/again
    cp plain volume/back
    check "NTFS: ... there and back" answers '0 0 0' +volume/back -volume/back @volume/back
    check "NTFS: ... byte for byte" cmp volume/back plain
    unmount volume
    for name in there again; do
        check "NTFS: $name is a genuine EFS file" ntfs_encrypted image $name 100000
        check "NTFS: ... ntfsdecrypt shows it with the key" ntfs_shown image $name plain keys
    done
fi

# ---- a full disk ----

mkdir small
if mount -t tmpfs -o size=1m none small 2>/dev/null && setfattr -n user.x -v 1 small 2>/dev/null; then
    at_exit unmount "$work/small"
    head -c 700000 /dev/urandom >large
    cp large small/file
    check "a full disk" answers '112 0' +small/file @small/file
    check "... leaves the file" cmp small/file large
    check "... and nothing else" test "$(ls -A small)" = file
else
    skip "a full disk" "tmpfs can't be mounted, or keeps no attributes"
fi

# ---- without the module ----

mv "$stage/lib/wine-efs/x86_64-unix/wineefs-keys.so" "$work/away.so"
cp plain later
check "without the module nothing is encrypted" answers '6015 0 6015 1' +later @later -again @again
check "... it stays plain" cmp later plain
check "... and a restore works" run_wine efsbackup.exe restore \
    "$(winpath "$work/again.raw")" "$(winpath "$work/restored")"
check "... of what the key opens" opens restored plain "$prefix/efs-keys"
printf 'no module' >"$stage/lib/wine-efs/x86_64-unix/wineefs-keys.so"
check "with something else in its place neither" answers 6015 +later
mv "$work/away.so" "$stage/lib/wine-efs/x86_64-unix/wineefs-keys.so"
check "with it again" answers '0 0' +later -again
check "... the key is the same" opens later plain "$prefix/efs-keys"
check "... it was decrypted" cmp again plain
plan
