#!/bin/bash
# A backup program that finds encrypted files by attribute, and asks the volume before it restores them, needs to
# know nothing of Wine.
#
# SPDX-License-Identifier: LGPL-2.1-or-later
. "$(dirname "$0")/../lib/tap.sh"
. "$(dirname "$0")/../lib/prefix.sh"

x86_64-w64-mingw32-gcc -std=c11 -municode -O1 "$top/tests/wine/programs/finder.c" -o "$work/finder.exe" -ladvapi32 ||
    skip_all "no compiler for Windows programs"
check "a prefix with the drop-in" make_dropin_prefix "$work/prefix"
prefix=$work/prefix
c=$prefix/drive_c
mkdir "$c/tree" "$c/archive" "$c/restored" "$c/tree/folder"

for size in 0 510 512 100000; do
    "$gen/efsgen.py" stream --out "$work/$size" --size "$size" --seed "$size" --random-ciphertext
    check "an encrypted file of $size bytes" "$stage/bin/efsraw" import "$work/$size" "$c/tree/secret-$size"
done
"$gen/efsgen.py" stream --out "$work/dir" --directory --random-ciphertext --seed 5
mkdir "$c/tree/secret-folder"
check "an encrypted folder" "$stage/bin/efsraw" import "$work/dir" "$c/tree/secret-folder"
printf '' >"$c/tree/empty"
head -c 514 /dev/zero >"$c/tree/of-a-size-that-encrypted-files-have"
echo text >"$c/tree/text"

# dir shows lengths. Neither it nor attrib has a letter for the attribute; attrib is given it all the same.
# Into a file: Wine's services would keep a pipe open.
listed()
{
    WINEPREFIX=$prefix timeout -k 10 120 "$@" </dev/null >"$work/listed" 2>&1
}
check "dir" listed wine cmd /c dir 'C:\tree'
check "dir shows the plaintext's length" grep -qE ' 510 +secret-510' "$work/listed"
check "attrib" listed env WINEDEBUG=-all,trace+efs wine attrib 'C:\tree\secret-510'
check "attrib is given the attribute and the length" grep -q 'L"secret-510" is shown as encrypted, 510 bytes' \
    "$work/listed"
check "attrib, a plain file of such a size" listed env WINEDEBUG=-all,trace+efs wine attrib 'C:\tree\of-a-size*'
check_status "attrib isn't given the attribute" 1 grep -q 'is shown as encrypted' "$work/listed"
check "attrib +r" listed wine attrib +r 'C:\tree\secret-510'
check "attrib again" listed wine attrib 'C:\tree\secret-510'
check "it is read-only" grep -q '^A    R ' "$work/listed"
check "attrib -r" listed wine attrib -r 'C:\tree\secret-510'
check "attrib once more" listed wine attrib 'C:\tree\secret-510'
check "the file is as it was" grep -q '^A      ' "$work/listed"

check_status "it saves" 0 run_wine "$work/finder.exe" save 'C:\tree' 'C:\archive'
check "the encrypted ones by the raw functions, the others plainly" test \
    "$(cd "$c/archive" && ls | LC_ALL=C sort | xargs)" = \
    "$(xargs <<<"empty.data of-a-size-that-encrypted-files-have.data secret-0.raw secret-100000.raw secret-510.raw
        secret-512.raw secret-folder.dir text.data")"
for size in 0 510 512 100000; do
    check "the saved stream of $size bytes is the one it came from" cmp "$work/$size" "$c/archive/secret-$size.raw"
done
check "the folder's too" cmp "$work/dir" "$c/archive/secret-folder.dir"

check_status "it restores" 0 run_wine "$work/finder.exe" restore 'C:\archive' 'C:\restored'
for name in empty of-a-size-that-encrypted-files-have text secret-0 secret-510 secret-512 secret-100000; do
    check "$name: the same content on the host" cmp "$c/tree/$name" "$c/restored/$name"
done
for name in secret-0 secret-510 secret-512 secret-100000 secret-folder; do
    check "$name: metadata" efs_xattr "$c/restored/$name"
    check "$name: the same metadata" cmp <(efs_xattr "$c/tree/$name") <(efs_xattr "$c/restored/$name")
done
for name in empty of-a-size-that-encrypted-files-have text; do
    check_status "$name: no metadata" 1 efs_xattr "$c/restored/$name"
done

# A daemon or cron job has no UTF-8 locale, and Wine shows it other names.
mkdir "$c/locale" "$c/locale-archive"
check "a file with a name in another script" "$stage/bin/efsraw" import "$work/510" "$c/locale/caf"$'\303\251'
check_status "without a UTF-8 locale it saves" 0 env LC_ALL=C WINEPREFIX="$prefix" wine "$work/finder.exe" save \
    'C:\locale' 'C:\locale-archive'
check "and the file is encrypted there, too" cmp "$work/510" "$c"/locale-archive/*.raw
plan
