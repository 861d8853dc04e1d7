#!/bin/bash
# tools/wine-efs on a throw-away prefix: install, status, run, uninstall, and whether the prefix is then as it was.
# TAP output.
#
#     test_wine_efs.sh STAGE      STAGE/bin/wine-efs and STAGE/lib/wine-efs, as tools/build makes them
#
# SPDX-License-Identifier: LGPL-2.1-or-later

stage=${1:-}
top=$(cd -- "$(dirname -- "$0")/../.." && pwd)
. "$top/tests/lib/prefix_snapshot.sh"
gen=$top/tests/gen

override() # gives the data of the override, or nothing
{
    in_prefix wine reg query 'HKCU\Software\Wine\DllOverrides' /v advapi32 | tr -d '\r' |
        sed -n 's/^ *advapi32 *REG_SZ *//p'
}
overrides_to() { [ "$(override)" = "$1" ]; }
setting() # gives the data of the guard's value, or nothing
{
    in_prefix wine reg query 'HKCU\Software\Wine\EFS' /v Guard | tr -d '\r' | sed -n 's/^ *Guard *REG_SZ *//p'
}
guard_is() { [ "$(setting)" = "$1" ]; }
read_status() { tool status >"$work/status" 2>&1; status=$?; }
status_says() { cat "$work/status"; grep -qF -- "$1" "$work/status"; }

# odd_status STATE NAME: a Wine whose efsprobe finds a function that we don't know, or don't need.
odd_status()
{
    printf '#!/bin/sh\nwine "$@" | sed "s/^\\(hook.%s\\)=stands/\\1=%s/"\n' "$2" "$1" >"$work/odd-wine"
    chmod +x "$work/odd-wine"
    WINE=$work/odd-wine read_status
}

# cmd imports advapi32, as most programs do.
reads_encrypted_file()
{
    [ -e "$work/file" ] || { "$gen/efsgen.py" stream --out "$work/raw" --size 400 &&
        "$stage/bin/efsraw" import "$work/raw" "$work/file"; } || return 2
    rm -f "$work/read"
    (cd "$work" && tool run cmd /c copy /b file read)
    cmp "$work/read" "$work/file"
}

# ---- refusals
check "--help explains" says "Usage:" "$wine_efs" --help
check "no command is a wrong use" exits_with 2 "$wine_efs"
check "a guard that is neither on nor off is a wrong use" exits_with 2 "$wine_efs" --prefix "$prefix" install \
    --guard=maybe
check "holes that are neither blocks nor data are a wrong use" exits_with 2 "$wine_efs" --prefix "$prefix" install \
    --holes=maybe
check "holes for another command are a wrong use" exits_with 2 "$wine_efs" --prefix "$prefix" uninstall --holes=blocks
check "security that is neither exact nor mode is a wrong use" exits_with 2 "$wine_efs" --prefix "$prefix" install \
    --security=maybe
check "security for another command is a wrong use" exits_with 2 "$wine_efs" --prefix "$prefix" status --security=exact
check "a guard for another command is a wrong use" exits_with 2 "$wine_efs" --prefix "$prefix" uninstall --guard=off
check "an unknown command is a wrong use" exits_with 2 "$wine_efs" --prefix "$prefix" repair
mkdir -p "$work/empty"
check "a folder that is no prefix is refused" fails "$wine_efs" --prefix "$work/empty" install
check "and nothing is put there" test -z "$(ls -A "$work/empty")"
check "a folder that isn't there is refused" fails "$wine_efs" --prefix "$work/none" install
check "and isn't made" test ! -e "$work/none"
check "status of a prefix without the drop-in is 1" exits_with 1 "$wine_efs" --prefix "$prefix" status

# ---- install, use, uninstall
take_snapshot before
check "install" "$wine_efs" --prefix "$prefix" install
check "the drop-in is in system32" is_dropin
check "wineadvapi32.dll is a link to Wine's own" grep -qa 'Wine builtin DLL' "$system32/wineadvapi32.dll"
check "wineadvapi32.dll is a link" test -L "$system32/wineadvapi32.dll"
wine_advapi32=$(readlink "$system32/wineadvapi32.dll")
check "wineefs.dll is a copy" cmp "$libdir/x86_64-windows/wineefs.dll" "$system32/wineefs.dll"
check "the override is set" overrides_to native,builtin
check "a program gets the drop-in" probe_says dropin=yes
check "and the forwarders lead somewhere" probe_says forwarders=yes
if [ -f "$libdir/x86_64-unix/wineefs.so" ]; then
    check "and the Unix half" probe_says unix_half=0
    check "the hooks stand" probe_says hook.NtQueryAttributesFile=stands
    read_status
    check "status is 0" test "$status" -eq 0
    check "status says that EFS calls work" status_says "with wine-efs run: work"
    check "and that all hooks stand" status_says "encrypted files: show as encrypted, all "
    check "and that the guard is on" status_says "guard: on"
    check "and that BackupRead works" status_says "BackupRead, BackupWrite, BackupSeek: work"
    check "a program can't read an encrypted file" fails reads_encrypted_file
    check "install --guard=off" tool install --guard=off
    check "reaches programs" probe_says guard=off
    check "a program can read an encrypted file" reads_encrypted_file
    read_status
    check "status is 0" test "$status" -eq 0
    check "status says that the guard is off" status_says "guard: off"
    check "install without the option" tool install
    check "leaves it so" guard_is off
    check "install --guard=on" tool install --guard=on
    check "takes the value away" guard_is ''
    check "a program can't read an encrypted file" fails reads_encrypted_file
    odd_status unneeded 'Backup[A-Z][a-z]*'
    check "status is 0 if this Wine has a BackupRead" test "$status" -eq 0
    check "and says so" status_says "this Wine's own are used"
    odd_status unknown BackupSeek
    check "status is 1 if BackupSeek has another shape" test "$status" -eq 1
    check "and says that they are left to Wine" status_says "left to Wine, they have an unknown shape"
    odd_status unknown NtQueryDirectoryFile
    check "status is 1 if this Wine's ntdll has another shape" test "$status" -eq 1
    check "and names the function" status_says "in NtQueryDirectoryFile, which has an unknown shape"
    check "and only that" test "$(grep 'unknown shape' "$work/status" | sort -u | wc -l)" -eq 1
else
    number=$((number + 1))
    echo "ok $number # SKIP wineefs.so is not built"
fi
export_is() { tool run "$libdir/x64/efsprobe.exe" --export "$1" | tr -d '\r' | grep -qx "export=$2"; }
check "a function of Wine is there" export_is RegOpenKeyExW yes
# Windows has it, no Wine does
check "a forwarder that leads nowhere is a missing export" export_is CredEncryptAndMarshalBinaryBlob no
check "run passes the exit status on" exits_with 7 "$wine_efs" --prefix "$prefix" run -- cmd /c exit 7
check "run passes arguments with spaces on" says "two words" "$wine_efs" --prefix "$prefix" run cmd /c echo "two words"
dll_path() { WINEDLLPATH=/somewhere/else tool run cmd /c set WINEDLLDIR; }
check "run keeps the user's WINEDLLPATH" says 'somewhere\else' dll_path
check "reg.exe runs" tool run reg query 'HKLM\Software\Microsoft\Windows NT\CurrentVersion' /v CurrentVersion
check "regedit runs" tool run regedit /E "$work/export.reg" 'HKEY_CURRENT_USER\Software\Wine'
check "regedit did its work" test -s "$work/export.reg"
check "msiexec runs, and refuses a file that isn't there" fails tool run msiexec /qn /i 'C:\none.msi'
check "services.exe runs on it" says SERVICE_NAME tool run sc query PlugPlay
take_snapshot installed
check "a second install" tool install
take_snapshot again
check "changes nothing" same_snapshot installed again
boot "$prefix" -u
settle
check "the drop-in survives wineboot -u" is_dropin
check "and works after it" probe_says dropin=yes
check "install --guard=off --holes=blocks --security=exact" tool install --guard=off --holes=blocks --security=exact
value_is() { in_prefix wine reg query 'HKCU\Software\Wine\EFS' /v "$1" | tr -d '\r' | grep -q "REG_SZ *$2\$"; }
check "the setting of holes is there" value_is Holes blocks
check "that of security, too" value_is Security exact
check "uninstall" tool uninstall
take_snapshot after
check "the prefix is as before" same_snapshot before after
check "a second uninstall" tool uninstall
take_snapshot after
check "changes nothing either" same_snapshot before after

# ---- what was there before
rm -f "$system32/advapi32.dll"
ln -s "$wine_advapi32" "$system32/advapi32.dll"
in_prefix wine reg add 'HKCU\Software\Wine\DllOverrides' /v advapi32 /t REG_SZ /d builtin /f >/dev/null 2>&1
in_prefix wine reg add 'HKCU\Software\Wine\EFS' /v Guard /t REG_SZ /d off /f >/dev/null 2>&1
in_prefix wine reg add 'HKCU\Software\Wine\EFS' /v Another /t REG_DWORD /d 1 /f >/dev/null 2>&1
take_snapshot before
check "install --guard=on over a link, an override and a guard" tool install --guard=on
check "the override is ours" overrides_to native,builtin
check "the guard too" guard_is ''
check "uninstall" tool uninstall
take_snapshot after
check "the link, the override and the guard are back" same_snapshot before after
in_prefix wine reg delete 'HKCU\Software\Wine\EFS' /f >/dev/null 2>&1
check "an override that the user changed later stays" bash -c '
    export WINEPREFIX=$1
    "$2" install && wine reg add "HKCU\Software\Wine\DllOverrides" /v advapi32 /t REG_SZ /d builtin /f &&
        wine reg add "HKCU\Software\Wine\EFS" /v Another /d 1 /f &&
        "$2" uninstall && wine reg query "HKCU\Software\Wine\DllOverrides" /v advapi32' - "$prefix" "$wine_efs"
check "and another value in the guard's key" in_prefix wine reg query 'HKCU\Software\Wine\EFS' /v Another
in_prefix wine reg delete 'HKCU\Software\Wine\EFS' /f >/dev/null 2>&1
in_prefix wine reg delete 'HKCU\Software\Wine\DllOverrides' /v advapi32 /f >/dev/null 2>&1
take_snapshot before

# ---- damage
tool install >/dev/null 2>&1
rm -f "$system32/wineefs.dll"
check "status of a damaged prefix is 1" exits_with 1 "$wine_efs" --prefix "$prefix" status
check "and says what to do" says "wine-efs install" tool status
check "install repairs it" tool install
check "the drop-in works" probe_says dropin=yes
WINEDLLOVERRIDES_hint() { WINEDLLOVERRIDES=advapi32=b tool status; }
check "status names WINEDLLOVERRIDES when that is in the way" says "unset it" WINEDLLOVERRIDES_hint
check "uninstall" tool uninstall
take_snapshot after
check "the prefix is as before" same_snapshot before after

# ---- the registry of a new prefix is in its server's memory for some seconds, without system.reg
boot "$work/new prefix" -i
check "a new prefix is there" test -d "$work/new prefix/drive_c"
check "install" "$wine_efs" --prefix "$work/new prefix" install
check "a program gets the drop-in" bash -c '"$1" --prefix "$2" run "$3" | grep -q dropin=yes' - "$wine_efs" \
    "$work/new prefix" "$libdir/x64/efsprobe.exe"

end
