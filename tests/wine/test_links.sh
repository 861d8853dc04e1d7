#!/bin/bash
# Reparse points, as Wine from 10.19 on keeps them: a name that one has is taken for everybody, also under an earlier
# Wine; BackupRead and BackupWrite of them, and links to encrypted files, under a later Wine, which is simulated by what
# ntdll answers (later_wine.c). What is simulated isn't that Wine: docs/backup.md says so.
#
# SPDX-License-Identifier: LGPL-2.1-or-later
. "$(dirname "$0")/../lib/tap.sh"
. "$(dirname "$0")/../lib/prefix.sh"

for program in later_wine taken; do
    x86_64-w64-mingw32-gcc -std=c11 -municode -O1 "$top/tests/wine/programs/$program.c" -o "$work/$program.exe" \
        -lntdll || skip_all "no compiler for Windows programs"
done
check "a prefix with the drop-in" make_dropin_prefix "$work/prefix"
prefix=$work/prefix

# ---- a name is taken
mkdir -p "$work/dir/dir"
echo text >"$work/dir/file"
reparse() { setfattr -n user.WINEREPARSE -v 0x0c0000a000000000 "$1"; }
printed() { tr -d '\r' <"$work/output" | grep -v '^wine-efs: this program had hooked' >"$work/got"; }
# what is there, with what it holds
census() { (cd "$work/dir" && find . -printf '%y %p %s %n\n' | sort && getfattr -R -d -m - . 2>/dev/null); }

expected="CREATE_NEW: 80
CREATE_ALWAYS: 1920
OPEN_ALWAYS: 1920
with DELETE_ON_CLOSE: 80
a stream of it: 1920
CreateDirectory: 183
MoveFileEx of a file: 183
MoveFileEx of a directory: 183
CreateHardLink: 183
CopyFile: 1920"
for kind in file directory; do
    if [ "$kind" = file ]; then : >"$work/dir/link?"; else rm "$work/dir/link?" && mkdir "$work/dir/link?"; fi
    reparse "$work/dir/link?"
    census >"$work/before"
    check "a link in a $kind: each way to its name" run_wine "$work/taken.exe" "$(winpath "$work/dir")" link
    printed
    check "... is refused" diff <(echo "$expected") "$work/got"
    check "... and nothing has changed" diff "$work/before" <(census)
done
check "another name" run_wine "$work/taken.exe" "$(winpath "$work/dir")" other
printed
check "... is free" diff <(sed 's/: .*/: 0/' <<<"$expected") "$work/got"
setfattr -x user.WINEREPARSE "$work/dir/link?"
census >"$work/before"
check "a directory of such a name that is no link" run_wine "$work/taken.exe" "$(winpath "$work/dir")" link
printed
check "... takes no other name" diff <(sed 's/: .*/: 0/' <<<"$expected") "$work/got"
check "... and nothing has changed" diff "$work/before" <(census)
reparse "$work/dir/link?"
check "a Wine that has reparse points decides by itself" run_wine "$work/later_wine.exe" moved \
    "$(winpath "$work/dir/file")" "$(winpath "$work/dir/link")"
mv "$work/dir/link" "$work/dir/file"

# ---- a link to an encrypted file
"$gen/efsgen.py" stream --out "$work/raw" --size 400
check "an encrypted file" "$stage/bin/efsraw" import "$work/raw" "$work/dir/TARGET"
: >"$work/dir/LINK~"
check "its link under a later Wine" run_wine "$work/later_wine.exe" attributes "$(winpath "$work/dir/LINK")"
printed
check "... isn't itself encrypted" diff <(printf '%s\n' 'by name: link' 'by handle: link' 'through it: encrypted') \
    "$work/got"

# ---- BackupRead and BackupWrite
data=0c0000a018000000000006000600060001000000410042004300410042004300
check "BackupRead of a link under a later Wine" run_wine "$work/later_wine.exe" backup "$(winpath "$work/dir/LINK")" \
    "$(winpath "$work/stream")"
check "... is its reparse data, and nothing else" test "$(od -An -v -tx1 "$work/stream" | tr -d ' \n')" = \
    "0800000000000000200000000000000000000000$data"
check "... as backupraw reads it" "$stage/bin/backupraw" verify "$work/stream"
check "BackupWrite of it there" run_wine "$work/later_wine.exe" restore "$(winpath "$work/stream")" \
    "$(winpath "$work/dir/back")"
printed
check "... gives the same data" grep -qx "$data" "$work/got"
check "BackupWrite under this Wine" run_wine "$work/later_wine.exe" restore-now "$(winpath "$work/stream")" \
    "$(winpath "$work/dir/now")"
printed
if grep -qx "$data" "$work/got"; then pass "... gives the data"
else check "... says that it can't" grep -qx 'error 50' "$work/got"; fi
plan
