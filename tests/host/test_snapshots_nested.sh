#!/bin/bash
# Snapshots of drives that aren't all of one Btrfs subvolume (libs/snapshot): the subvolumes in them are taken along,
# or named, as is what is mounted there; and nothing of them is left, by whoever, after kills too. As root, for loop
# mounts.
#
# Kills: 20 as root and 20 as an ordinary user; with EFS_TEST_FULL=1: 100 each.
#
# SPDX-License-Identifier: LGPL-2.1-or-later
. "$(dirname "$0")/../lib/tap.sh"
. "$(dirname "$0")/../lib/mounts.sh"
. "$(dirname "$0")/../lib/snapshots.sh"

[ "$(id -u)" = 0 ] || skip_all "Btrfs needs root, for a loop mount"
prepare_snapshots || { fail "the program for this test"; plan; exit 1; }
mount_new btrfs "$work/btrfs.img" "$work/btrfs" || skip_all "no Btrfs here: $(cat "$work/mount")"
at_exit unmount "$work/btrfs"
create() { for path in "$@"; do btrfs -q subvolume create "$path" || return 1; done; }
nothing_left() { is_clean && [ "$(subvolumes '/wine-efs[.]')" = 0 ] && [ "$(subvolumes '[.]wine-efs-snap')" = 0 ]; }

# new_drive PREFIX: with drive C as a subvolume that has others in it, three of them in each other
new_drive()
{
    new_prefix "$1" && rmdir "$prefix/drive_c" && create "$prefix/drive_c" && mkdir -p "$prefix/drive_c/a b" &&
        create "$prefix/drive_c/nested" "$prefix/drive_c/nested/inner" "$prefix/drive_c/a b/two" || return 1
    mkdir "$prefix/drive_c/nested/inner/folder" "$prefix/drive_c/my-wine-efs.snapshots" &&
        create "$prefix/drive_c/nested/inner/folder/third" "$prefix/drive_c/my-wine-efs.snapshots/x" || return 1
    for folder in . nested nested/inner nested/inner/folder/third "a b/two" my-wine-efs.snapshots/x; do
        echo "before: $folder" >"$prefix/drive_c/$folder/file" || return 1
    done
    touch -d 2001-02-03 "$prefix/drive_c/a b" "$prefix/drive_c/nested" "$prefix/drive_c/nested/inner/folder"
}
# change DRIVE: all that is in it
change() { find "$1" -type f -exec sh -c 'for f; do echo after >"$f"; done' - {} +; }
# all_before FOLDER...: relative to the drive
all_before()
{
    for folder; do has "$view/$folder/file" "before: $folder" || return 1; done
}
times_before()
{
    for folder in "a b" nested nested/inner/folder; do
        [ "$(stat -c %Y "$view/$folder")" = "$(date -d 2001-02-03 +%s)" ] || { stat "$view/$folder"; return 1; }
    done
}
# can_write FOLDER...: in any of them
can_write()
{
    for folder; do touch "$view/$folder/new" && return; done
    return 1
}
all=(. nested nested/inner nested/inner/folder/third "a b/two" my-wine-efs.snapshots/x)

# ---- as root, and as an ordinary user
mkdir "$work/btrfs/user"
for who in root user; do
    new_drive "$work/btrfs/$who/p" || { fail "a drive with nested subvolumes"; plan; exit 1; }
    maker=()
    [ $who = root ] || { chown -hR 65534:65534 "$work/btrfs/user"; maker=("${as_user[@]}"); }
    ls -lR --time-style=full-iso "$prefix/drive_c" >"$work/listing"
    check "$who: a drive with five subvolumes in it" made "${maker[@]}" "$driver" "$prefix" make c 0
    check "$who: is a Btrfs snapshot with each of them" notes "a Btrfs snapshot, and one of each of 5 subvolumes in it$"
    check "$who: of which nothing is missing" grep -qx partial=0 "$work/made"
    check "$who: the drive is as it was" diff "$work/listing" <(ls -lR --time-style=full-iso "$prefix/drive_c")
    change "$prefix/drive_c"
    rm -r "$prefix/drive_c/a b"
    check "$who: all of them are as before" all_before "${all[@]}"
    check "$who: directories' times, too" times_before
    check_status "$who: all of them are read-only" 1 can_write "${all[@]}"
    let_go
    check "$who: nothing is left" nothing_left
done

# ---- one that is somebody else's, as an ordinary user
create "$prefix/drive_c/roots" "$prefix/drive_c/nested/roots too"
touch "$prefix/drive_c/roots/file"
check "another's subvolumes" made user "$driver" "$prefix" make c 0
check "are named" notes "that can't be taken along: nested/roots too, roots$"
check "as something that is missing" grep -qx partial=1 "$work/made"
check "the user's are taken" notes "one of each of 4 subvolumes in it;"
check "in the places of the others nothing is changed" test "$(ls -A "$view/roots" "$view/nested/roots too")" = "$(
    printf '%s:\n\n%s:' "$view/nested/roots too" "$view/roots")"
let_go
check "nothing is left" nothing_left
check "of the user's drive nothing is gone" test -e "$prefix/drive_c/roots/file"
chmod 700 "$prefix/drive_c/nested"
chown root:root "$prefix/drive_c/nested"
check "those in a folder that the user can't enter" made user "$driver" "$prefix" make c 0
check "are no more than what can be seen" notes "can't be taken along: nested, roots$"
let_go
chmod 755 "$prefix/drive_c/nested"

# a drive in a folder that the user has of a subvolume that isn't theirs
mkdir "$prefix/folder"
chown 65534:65534 "$prefix/folder"
ln -sfn ../folder "$prefix/dosdevices/d:"
user btrfs -q subvolume create "$prefix/folder/own"
user bash -c "echo 'before: own' >'$prefix/folder/own/file'"
check "subvolumes in a tree of reflinks" made user "$driver" "$prefix" make d 0
check "are copied" is_kind reflink
echo after >"$prefix/folder/own/file"
check "with their files" all_before own
let_go
check "nothing is left" nothing_left

# ---- what is mounted in the drive
new_prefix "$work/btrfs/root/p"
mkdir -p "$prefix/drive_c/mounted on" "$prefix/drive_c/a"
echo below >"$prefix/drive_c/a/file"
at_exit unmount "$prefix/drive_c/mounted on"
mount -t tmpfs none "$prefix/drive_c/mounted on"
check "a drive with another file system in it" made "$driver" "$prefix" make c 0
check "which is named" notes "not in it, as other file systems: mounted on$"
check "as something that is missing" grep -qx partial=1 "$work/made"
let_go
at_exit unmount "$prefix/drive_c/nested"
mount --bind "$prefix/drive_c/a" "$prefix/drive_c/nested"
check "something mounted over a subvolume" made "$driver" "$prefix" make c 0
check "isn't taken for it" notes "can't be taken along: nested; not in it, as other file systems: mounted on, nested$"
let_go
check "a drive that is a mount of a folder" ln -sfn ../drive_c/nested "$prefix/dosdevices/d:"
made "$driver" "$prefix" make d 0
check "has what is in that folder" has "$view/file" below
let_go
unmount "$prefix/drive_c/nested"
unmount "$prefix/drive_c/mounted on"
check "nothing is left" nothing_left

# ---- more of them than there may be
new_prefix "$work/btrfs/many"
rmdir "$prefix/drive_c"
create "$prefix/drive_c"
create $(seq -f "$prefix/drive_c/s%g" 258)
check "258 subvolumes" made "$driver" "$prefix" make c 0
check "are 256 and two that are named" notes "of each of 256 subvolumes in it; .* along: s[0-9]*, s[0-9]*$"
let_go
check "nothing is left" nothing_left
new_prefix "$work/btrfs/deep"
rmdir "$prefix/drive_c"
path=$prefix/drive_c
for ((i = 0; i < 19; i++)); do create "$path"; path=$path/d; done
create "$prefix/drive_c/$(printf 'n%.0s' {1..200})"
check "18 subvolumes in each other" made "$driver" "$prefix" make c 0
check "are 16 and one that is named" notes "of each of 17 subvolumes in it; .* along: d/[d/]*$"
let_go
check "nothing is left" nothing_left
at_exit unmount "$prefix/drive_c/$(printf 'n%.0s' {1..200})"
mount -t tmpfs none "$prefix/drive_c/$(printf 'n%.0s' {1..200})"
check "a name for which there's no room" made "$driver" "$prefix" make c 0
check "is counted" notes "other file systems: 1$"
let_go
check "nothing is left" nothing_left

# ---- kills
kills=20
[ -z "${EFS_TEST_FULL:-}" ] || kills=100
kill_within=200
for who in root user; do
    new_prefix "$work/btrfs/$who/p"
    maker=()
    [ $who = root ] || maker=("${as_user[@]}")
    kill_makers "$kills" "${maker[@]}"
    check "$who: $kills processes were killed" test "$killed" = "$kills"
    check "$who: after $left_behind of them something was left" test "$left_behind" -gt 0
    check "$who: the next one removes what they have left" "${maker[@]}" "$tool" "$prefix" reap
    check "$who: nothing is left" nothing_left
    ls "$prefix/drive_c/nested/inner/folder/third/file" "$prefix/drive_c/my-wine-efs.snapshots/x/file" >/dev/null ||
        fail "$who: the drive isn't whole"
done
plan
