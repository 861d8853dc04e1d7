#!/bin/bash
# cipher /U and /U /N: all encrypted files of the drives, listed, or given the current key; what isn't the user's, and
# what lies behind links, stays.
#
# SPDX-License-Identifier: LGPL-2.1-or-later
. "$(dirname "$0")/../lib/tap.sh"
. "$(dirname "$0")/../lib/prefix.sh"
efsraw=$stage/bin/efsraw

# cipher ARGS...: what it prints is in out and err
cipher()
{
    local status=0

    (cd "$prefix/drive_c" && WINEPREFIX=$prefix timeout -k 10 300 wine cipher "$@" </dev/null) >"$work/out.raw" \
        2>"$work/err" || status=$?
    tr -d '\r' <"$work/out.raw" >"$work/out"
    return $status
}
state() { find "$@" -type f -exec sha256sum {} + | sort; getfattr -R -h -d -m - --absolute-names -e hex "$@" | sort; }
is_for() { "$efsraw" info "$1" | grep -qi "$2"; }
# lists LINE...: these are all lines behind the title, in any order
lists()
{
    sed 1,3d out | sort >lines
    printf '%s\n' "$@" | sort | diff - lines
}
current() { cipher /Y && sed -n 's/^  \([0-9A-F ]*\)$/\1/p' out | tr -d ' '; }

cd "$work" || exit 1
check "a prefix" make_dropin_prefix "$work/prefix"
mkdir -p "$prefix/drive_c/one/two" disk/sub outside
# the whole machine would be searched
rm "$prefix/dosdevices/z:"
ln -s "$work/disk" "$prefix/dosdevices/d:"
stop_prefix "$prefix"
keep_server "$prefix"

check "no encrypted file: that is said" cipher /U /N
check "... so" grep -qx 'There are no encrypted files.' out
check_status "without a key there is nothing to update to" 1 cipher /U

head -c 5000 /dev/urandom >plain
for file in "$prefix/drive_c/one/a" "$prefix/drive_c/one/two/b" disk/c disk/sub/hidden disk/plain; do
    cp plain "$file"
done
check "encrypted" cipher /E 'C:\one\a' 'C:\one\two\b' 'D:\c' 'D:\sub' 'D:\sub\hidden'
old=$(current)
setfattr -n user.DOSATTRIB -v '"0x2"' disk/sub/hidden
ln -s "$work/disk/c" "$prefix/dosdevices/e:" # no drive
ln -s "$work/prefix/dosdevices/e:" disk/loop
check "what lies behind a link" "$efsraw" encrypt plain outside/d --for "$(echo "$prefix"/efs-keys/*.cer)"
ln -s "$work/outside" disk/link
ln -s "$work/disk" disk/sub/round

before=$(state disk outside "$prefix/drive_c/one")
check "all are found" cipher /U /N
check "... on all drives, hidden ones, and directories" lists 'C:\one\a' 'C:\one\two\b' 'D:\c' 'D:\loop' 'D:\sub' \
    'D:\sub\hidden'
check "... under Windows' title" test "$(sed -n 2p out)" = 'Encrypted File(s) on your system:'
check "... nothing was changed" test "$(state disk outside "$prefix/drive_c/one")" = "$before"
rm disk/loop
check "with the current key already" cipher /U
check "... none is updated" lists 'C:\one\a' 'C:\one\two\b' 'D:\c' 'D:\sub' 'D:\sub\hidden'
check "... nor changed" test "$(rm -f disk/loop; state disk outside "$prefix/drive_c/one" | sha256sum)" = \
    "$(sha256sum <<<"$before")"

check "a new key" cipher /K
new=$(current)
check "... is another one" test "$new" != "$old"
check "updated" cipher /U
check "... each, which is said" lists 'C:\one\a: Encryption updated.' 'C:\one\two\b: Encryption updated.' \
    'D:\c: Encryption updated.' 'D:\sub: Encryption updated.' 'D:\sub\hidden: Encryption updated.'
for file in "$prefix/drive_c/one/a" disk/c disk/sub disk/sub/hidden; do
    check "... ${file##*/}: for the new one" is_for "$file" "$new"
    check "... and not the old one" eval '! is_for "$file" "$old"'
done
check "... what lies behind a link stays" is_for outside/d "$old"
check "... it opens, byte for byte" bash -c "'$efsraw' decrypt disk/c - --key '$prefix/efs-keys' | cmp - plain"

openssl req -x509 -newkey rsa:2048 -nodes -keyout bob.pem -out bob.crt -subj /CN=bob -days 100 2>/dev/null
check "another user's file" "$efsraw" encrypt plain disk/bobs --for bob.crt
before=$(state disk/bobs)
check_status "... can't be updated" 1 cipher /U
check "... which is said" grep -qF 'D:\bobs: ' err
check "... in one line" test "$(wc -l <err)" = 1
check "... it stays" test "$(state disk/bobs)" = "$before"
check "... the others are gone through" lists 'C:\one\a' 'C:\one\two\b' 'D:\c' 'D:\sub' 'D:\sub\hidden'
check "... listing it is no failure" cipher /U /N
check "... it is in the list" grep -qxF 'D:\bobs' out

for line in '/N' '/U a' '/U /S:C:\one' '/U /E'; do
    # shellcheck disable=SC2086 # words
    check_status "cipher $line" 1 cipher $line
    check "... one line" test "$(wc -l <err)" = 1
done
plan
