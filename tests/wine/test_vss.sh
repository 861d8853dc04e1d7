#!/bin/bash
# Shadow copies under Wine, in a prefix on Btrfs (a loop mount, as root): the state of before, a file that is open
# elsewhere, kills, snapshots that stay, the settings, and that uninstalling leaves none. The tests of winetest/vss run
# there, too, and in an ordinary prefix by run-winetest.
#
# Kills: 12; with EFS_TEST_FULL=1: 200.
#
# SPDX-License-Identifier: LGPL-2.1-or-later
. "$(dirname "$0")/../lib/tap.sh"
. "$(dirname "$0")/../lib/prefix.sh"
. "$(dirname "$0")/../lib/mounts.sh"

[ "$(id -u)" = 0 ] || skip_all "a Btrfs file system needs root, for a loop mount"
x86_64-w64-mingw32-gcc -std=c11 -O1 -Wall "$top/tests/wine/programs/vss.c" -o "$work/vss.exe" -lole32 -luuid ||
    skip_all "no compiler for Windows programs"
mount_btrfs "$work/btrfs.img" 3G "$work/btrfs" || skip_all "no Btrfs here"

prefix=$work/btrfs/prefix
make_subvolume_prefix "$prefix" || { fail "a prefix"; plan; exit 1; }
wine_efs() { WINEPREFIX=$prefix timeout 300 "$stage/bin/wine-efs" "$@" </dev/null; }
check "the drop-in is installed" wine_efs install
keep_server "$prefix"
vss() { WINEPREFIX=$prefix timeout -k 10 60 wine "$work/vss.exe" "$@"; }
listed() { wine_efs snapshots | grep -c '^[0-9]'; }
subvolumes() { btrfs subvolume list "$work/btrfs" | grep -c wine-efs; }

# ---- the state of before
echo before >"$prefix/drive_c/file"
mkfifo "$work/in"
vss hold C: <"$work/in" >"$work/held" 2>/dev/null &
holder=$!
exec 8>"$work/in"
for ((i = 0; i < 300; i++)); do grep -q '^id=' "$work/held" && break; sleep 0.1; done
check "a shadow copy" grep -q 'device=.*HarddiskVolumeShadowCopy1' "$work/held"
echo after >"$prefix/drive_c/file"
check "has the state of before" grep -qx before "$prefix/dosdevices/wine-efs-shadowcopy1/file"
check "it is a Btrfs snapshot, and in use" grep -q 'btrfs, in use' <(wine_efs snapshots)
check "status says so" grep -q 'snapshot 1 of c:.*in use: a Btrfs snapshot' <(wine_efs status)
echo >&8
exec 8>&-
wait $holder
check "it goes with the program" test "$(listed)" = 0
check "and no subvolume stays" test "$(subvolumes)" = 0
check "a file that is open elsewhere is read" \
    grep -q 'content=after' <(vss exclusive C: 'C:\file' </dev/null 2>/dev/null)
btrfs -q subvolume create "$prefix/drive_c/nested" && echo nested >"$prefix/drive_c/nested/file"
check "so is one in a subvolume of the drive's" \
    grep -q 'content=nested' <(vss exclusive C: 'C:\nested\file' </dev/null 2>/dev/null)
check "of which nothing stays" test "$(listed)$(subvolumes)" = 00
check "but the drive's own" btrfs -q subvolume delete "$prefix/drive_c/nested"

# ---- winetest
for topic in vss_clients vss_methods vss_paths; do
    check "winetest $topic" run_wine efs_test.exe $topic
    grep -h 'tests executed' "$work/output" | tr -d '\r' | sed 's/^/# /'
done

# ---- those that stay
vss hold C: stays </dev/null >"$work/held" 2>/dev/null
id=$(tr -d '\r' <"$work/held" | sed -n 's/^id=//p')
check "one that stays is there when its process has ended" grep -q "stays.*" <(wine_efs snapshots)
check "by its GUID" grep -qi "$id" <(wine_efs snapshots)

# ---- kills
kills=12
[ -z "${EFS_TEST_FULL:-}" ] || kills=200
killed=0
for ((i = 0; i < kills; i++)); do
    WINEPREFIX=$prefix wine "$work/vss.exe" loop C: </dev/null >/dev/null 2>&1 &
    victim=$!
    sleep "$((RANDOM % 2)).$(printf %03d $((RANDOM % 1000)))"
    kill -KILL $victim 2>/dev/null && killed=$((killed + 1))
    wait $victim 2>/dev/null
done
check "$kills programs were killed" test "$killed" = "$kills"
check "the next one finds nothing but the one that stays" test "$(listed)" = 1
check "there's one subvolume" test "$(subvolumes)" = 1
check "another process deletes it" grep -q deleted=1 <(vss delete "$id" </dev/null 2>/dev/null)
check "nothing is left" test "$(listed)$(subvolumes)" = 00

# ---- settings
check "--vss=live" wine_efs install --vss=live
check "is said by status" grep -q 'VSS: works, on the drives as they are' <(wine_efs status)
check "makes no snapshot" test "$(vss hold C: stays </dev/null 2>/dev/null | grep -c device=)" = 1
check "and says so" grep -q 'live, stays' <(wine_efs snapshots)
check "it is removed" wine_efs snapshots remove all
check "nothing is left" test "$(listed)" = 0
check "--vss=off" wine_efs install --vss=off
check "leaves it to Wine" bash -c "! WINEPREFIX='$prefix' timeout 60 wine '$work/vss.exe' hold C: </dev/null"
check "which an upgrade doesn't change" wine_efs install
check "as status says" grep -q 'VSS: left to Wine' <(wine_efs status)
check "--vss=auto" wine_efs install --vss=auto
vss hold C: stays </dev/null >/dev/null 2>&1
check "one that stays" test "$(subvolumes)" = 1
check "uninstalling" wine_efs uninstall
check "leaves none" test "$(subvolumes)" = 0
ours() { find "$prefix" \( -name '*wine-efs*' -o -iname '*winevssapi*' \) -print | grep .; }
check_status "nor anything else" 1 ours
cls='HKLM\Software\Classes\CLSID\{E579AB5F-1CC4-44b4-BED9-DE0991FF0623}'
check "nor the class" bash -c "! WINEPREFIX='$prefix' wine reg query '$cls' </dev/null >/dev/null 2>&1"
plan
