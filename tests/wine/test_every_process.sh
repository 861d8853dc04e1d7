#!/bin/bash
# A program that imports kernel32 and the C runtime alone sees encrypted files as encrypted, is refused their data, and
# saves plain files by BackupRead, when the drop-in is installed for every process; and the prefix lives with that.
#
# SPDX-License-Identifier: LGPL-2.1-or-later
. "$(dirname "$0")/../lib/tap.sh"
. "$(dirname "$0")/../lib/prefix.sh"

arch=${WINETEST_ARCH:-x64}
if [ "$arch" = x64 ]; then system=system32 compiler=x86_64-w64-mingw32-gcc; else system=syswow64 \
    compiler=i686-w64-mingw32-gcc; fi
$compiler -std=c11 -O1 "$top/tests/wine/programs/bare.c" -o "$work/bare.exe" ||
    skip_all "no compiler for Windows programs"
$compiler -std=c11 -O1 "$top/tests/wine/programs/hooker.c" -o "$work/hooker.exe" ||
    skip_all "no compiler for Windows programs"
check "a prefix with the drop-in" make_dropin_prefix "$work/prefix"
wine_efs=$stage/bin/wine-efs
folder=$prefix/drive_c/windows/$system
before=$(sha "$folder/kernelbase.dll")
"$gen/efsgen.py" stream --out "$work/raw" --size 400
check "an encrypted file" "$stage/bin/efsraw" import "$work/raw" "$work/file"
encrypted=$(sha "$work/file")
printf 'not a secret\n' >"$work/plain"

# bare: runs it, with the lines that it says in $work/said
bare()
{
    rm -f "$work/saved"
    run_wine "$work/bare.exe" "$(winpath "$work/file")" "$(winpath "$work/plain")" "$(winpath "$work/saved")" \
        >"$work/said.dos" 2>"$work/said.err"
    tr -d '\r' <"$work/said.dos" >"$work/said"
}

says() { grep -qx "$1" "$work/said" || { cat "$work/said" "$work/said.err"; return 1; }; }

reached() # WHEN
{
    bare
    check "$1: it doesn't load advapi32" says "advapi32: not loaded"
    check "$1: the file shows as encrypted" says "encrypted by attribute: yes"
    check "$1: in a listing, too" says "encrypted by listing: yes"
    for what in read append write map; do check "$1: refused: $what" says "$what: error 5"; done
    check "$1: BackupRead works" says "save: error 0"
    # a header of 20 bytes (MS-BKUP 2.1), type 1, and the data
    check "$1: what it saved is the file" cmp <(tail -c +21 "$work/saved") "$work/plain"
    check "$1: the encrypted file is as it was" test "$(sha "$work/file")" = "$encrypted"
}

bare
check "not for every process: it isn't reached" says "encrypted by attribute: no"
check "not for every process: its BackupRead is Wine's stub" says "save: error 50"

check "install --every-process=on" "$wine_efs" install --prefix "$prefix" --every-process=on
check "Wine's server is started anew" keep_server "$prefix"
reached "for every process"
check "a hook of the program's own works" run_wine "$work/hooker.exe" after "$(winpath "$work/file")"
cp "$work/output" "$work/said" # check makes a new one
check "and ours does under it" grep -q "data: error 5" "$work/said"
check "a program that loads advapi32, too" run_wine efsbackup.exe status "$(winpath "$work/file")"
check "messages have their texts" run_wine "$stage/lib/wine-efs/$arch/efs_test.exe" messages
check "status" "$wine_efs" status --prefix "$prefix"
cp "$work/output" "$work/said"
check "status says it" grep -q "programs without advapi32.dll: are reached" "$work/said"
services() { WINEPREFIX=$prefix timeout -k 10 120 wine sc query MountMgr; }
check "services run" services
update() { WINEPREFIX=$prefix timeout -k 10 300 wineboot -u; }
check "wineboot -u" update
reached "after wineboot -u"
check "install keeps it on" "$wine_efs" install --prefix "$prefix"
check "it is the drop-in" cmp "$stage/lib/wine-efs/$arch/kernelbase.dll" "$folder/kernelbase.dll"

check "install --every-process=off" "$wine_efs" install --prefix "$prefix" --every-process=off
check "the original is back" test "$(sha "$folder/kernelbase.dll")" = "$before"
check "advapi32 still is the drop-in" cmp "$stage/lib/wine-efs/$arch/advapi32.dll" "$folder/advapi32.dll"
check "on again" "$wine_efs" install --prefix "$prefix" --every-process=on
reached "on again"
# what it needs is gone: Wine must be repairable all the same
rm "$folder/winekernelbase.dll"
check "install repairs a prefix whose link is gone" "$wine_efs" install --prefix "$prefix"
reached "repaired"
check "uninstall" "$wine_efs" uninstall --prefix "$prefix"
check "the original is back in the end" test "$(sha "$folder/kernelbase.dll")" = "$before"
left() { find "$prefix" \( -iname '*wineefs*' -o -iname 'winekernelbase*' -o -iname '*before-wine-efs*' \) -print |
    grep .; }
check_status "nothing is left" 1 left
check_status "no override is left" 1 env WINEPREFIX="$prefix" wine reg query 'HKCU\Software\Wine\DllOverrides' /v \
    kernelbase
plan
