#!/bin/bash
# Snapshots of a prefix's drives (libs/snapshot): each kind, what is in it and what is said not to be, how it goes, and
# what kills and strange files leave. The prefix is a folder, without Wine. Btrfs and XFS need root, for loop mounts.
#
# Kills: 50; with EFS_TEST_FULL=1: 200.
#
# SPDX-License-Identifier: LGPL-2.1-or-later
. "$(dirname "$0")/../lib/tap.sh"
. "$(dirname "$0")/../lib/mounts.sh"
. "$(dirname "$0")/../lib/snapshots.sh"

prepare_snapshots || { fail "the program for this test"; plan; exit 1; }

# ---- without any support of the host's
mkdir "$work/plain"
if mount -t ramfs none "$work/plain" 2>/dev/null; then
    at_exit unmount "$work/plain"
fi
new_prefix "$work/plain/p"
echo before >"$prefix/drive_c/file"
check "a drive on a plain file system" made "$driver" "$prefix" make c 0
check "live: no snapshot" is_kind live
check "which is said" notes "no snapshot"
check "its files are there" has "$view/file" before
check "it is listed as in use" grep -q 'live.in use' <("$tool" "$prefix" list)
check "a reaper leaves it" "$tool" "$prefix" reap
check "and its files" has "$view/file" before
let_go
check "it is gone when it is let go" is_clean
check "and the drive isn't" has "$prefix/drive_c/file" before

# ---- a command
cat >"$work/command" <<'SH'
#!/bin/sh
# stands for ZFS or LVM: copies
case $1 in
    create) cp -a "$2" "$STORE/$3" && echo "$STORE/$3" ;;
    delete) rm -rf "${STORE:?}/$3" ;;
esac
SH
chmod 755 "$work/command"
mkdir "$work/store"
export STORE=$work/store
command="\"$work/command\" \"\$@\""
check "a command of the user's" made "$driver" "$prefix" make c 0 "$command"
check "is what makes it" is_kind command
echo after >"$prefix/drive_c/file"
check "the state of before" has "$view/file" before
let_go
check "the command removes it" test -z "$(ls "$STORE")"
check "nothing is left" is_clean
fails_with()
{
    ! made "$driver" "$prefix" make c 0 "$1" && grep -q "^error=$2" "$work/made" && { exec 8>&-; wait "$pid"; true; } &&
        is_clean
}
check "one that fails" fails_with 'exit 1' 'input/output error'
check "one that has no space" fails_with 'exit 28' 'no space left'
check "one that prints nothing" fails_with 'true' ''
check "one that prints no folder" fails_with 'echo /etc/passwd' ''
check "more output than anybody reads" fails_with 'yes | head -c 1000000; exit 1' 'input/output error'

keeps()
{
    made "$driver" "$prefix" make c 0 'mkdir -p "$STORE/x" && echo "$STORE/x"; [ $1 = create ]' && let_go &&
        ls "$prefix/wine-efs.snapshots" | grep -q '^[0-9]' && ! "$tool" "$prefix" reap
}
check "one that can't remove it is asked again" keeps
rm "$prefix/wine-efs.snapshots/"[0-9]*
rm -r "$STORE/x"

# ---- strange files where states are
hostile()
{
    ln -s "$work/victim" "$prefix/wine-efs.snapshots/7"
    head -c 100000 /dev/zero >"$prefix/wine-efs.snapshots/8"
    printf 'version=1\nbase=%s\nsource=%s\n' "$work/victim" "$work/victim" >"$prefix/wine-efs.snapshots/9"
    mkdir -p "$prefix/wine-efs.snapshots/10" "$work/victim/dir"
    touch "$work/victim/file"
    "$tool" "$prefix" list
    "$tool" "$prefix" reap
    [ -f "$work/victim/file" ] && [ -d "$work/victim/dir" ] && [ ! -e "$prefix/wine-efs.snapshots/9" ]
}
check "what isn't ours leads to nothing that isn't" hostile
rm -rf "$prefix/wine-efs.snapshots/"{7,8,9,10}
mkdir "$work/other"
new_prefix "$work/other/p"
mkdir -m 777 "$prefix/wine-efs.snapshots"
check "a folder that others may write to is refused" bash -c "! made_by=\$('$driver' '$prefix' make c 0 </dev/null)"
new_prefix "$work/plain/p"

[ "$(id -u)" = 0 ] || { skip "Btrfs, XFS" "loop mounts need root"; plan; exit; }

# ---- XFS: a tree of reflinks
if mount_new xfs "$work/xfs.img" "$work/xfs"; then
    at_exit unmount "$work/xfs"
    new_prefix "$work/xfs/p"
    fill "$prefix/drive_c"
    check "a drive on XFS" made "$driver" "$prefix" make c 0
    check "a tree of reflinks" is_kind reflink
    check "which says that it isn't of one moment" notes "not all of one moment"
    check "and what isn't in it" notes "without 1 sockets, pipes or devices"
    echo after >"$prefix/drive_c/file"
    rm "$prefix/drive_c/a/data"
    check "all is as before" as_before
    let_go
    check "nothing is left" is_clean
    mkdir -p "$prefix/drive_c/$(printf 'd/%.0s' $(seq 150))"
    check "a tree that is too deep" made "$driver" "$prefix" make c 0
    check "isn't copied" is_kind live
    check "which is said" notes "too many directories in each other"
    let_go
    check "nothing is left of the attempt" is_clean
else
    skip "XFS" "$(cat "$work/mount")"
fi

# ---- Btrfs
mount_new btrfs "$work/btrfs.img" "$work/btrfs" || { skip "Btrfs" "$(cat "$work/mount")"; plan; exit; }
at_exit unmount "$work/btrfs"
new_prefix "$work/btrfs/p"
rmdir "$prefix/drive_c"
btrfs -q subvolume create "$prefix/drive_c"
fill "$prefix/drive_c"
check "a drive that is a subvolume" made "$driver" "$prefix" make c 0
check "a Btrfs snapshot" is_kind btrfs
check "of which there's no more to say" notes "a Btrfs snapshot$"
echo after >"$prefix/drive_c/file"
rm "$prefix/drive_c/a/data"
check "all is as before" as_before
check "it is read-only" bash -c "! touch '$view/new' 2>/dev/null"
let_go
check "nothing is left" is_clean
check "no subvolume either" test "$(subvolumes wine-efs)" = 0
ln -sfn ../drive_c/a "$prefix/dosdevices/d:"
fill "$prefix/drive_c/a"
check "a drive below a subvolume" made "$driver" "$prefix" make d 0
check "gets one of the subvolume" is_kind btrfs
check "and its own part of it" has "$view/file" before
let_go

# as an ordinary user, who owns a subvolume, or is just somewhere below one
mkdir "$work/btrfs/user"
new_prefix "$work/btrfs/user/p"
rmdir "$prefix/drive_c"
btrfs -q subvolume create "$prefix/drive_c"
fill "$prefix/drive_c"
chown -hR 65534:65534 "$work/btrfs/user"
chmod 755 "$work"
check "an ordinary user's subvolume" made user "$driver" "$prefix" make c 0
check "gets a snapshot" is_kind btrfs
check "all is as before" as_before
let_go
check "which the user can remove" is_clean
check "no subvolume stays" test "$(subvolumes wine-efs)" = 0
mkdir "$prefix/folder"
chown 65534:65534 "$prefix/folder"
ln -sfn ../folder "$prefix/dosdevices/d:"
user bash -c "echo before >'$prefix/folder/file'"
check "a folder of theirs in a subvolume that isn't" made user "$driver" "$prefix" make d 0
check "a tree of reflinks" is_kind reflink
check "with its files" has "$view/file" before
let_go
check "nothing is left" is_clean

# ---- kills
new_prefix "$work/btrfs/p"
kills=50
[ -z "${EFS_TEST_FULL:-}" ] || kills=200
"$driver" "$prefix" loop c 9 >/dev/null &
stays=$!
for ((i = 0; i < 100; i++)); do "$tool" "$prefix" list | grep -q btrfs && break; sleep 0.1; done
kill -KILL $stays; wait $stays 2>/dev/null
check "one that is to stay does so when its process is killed" grep -q 'btrfs.stays' <("$tool" "$prefix" list)
kill_makers "$kills"
check "$kills processes were killed" test $killed = $kills
"$tool" "$prefix" list | cut -f 1 >"$work/listed"
check "nothing but the one that is to stay is listed" test "$(wc -l <"$work/listed")" = 1
check "the next one removes what they have left" "$tool" "$prefix" reap
left() { find "$prefix/wine-efs.snapshots" -mindepth 1 -maxdepth 1 ! -name making | wc -l; }
check "its state and its tree alone are there" test "$(left)" = 2
check "one link" test "$(compgen -G "$prefix/dosdevices/wine-efs-*" | wc -l)" = 1
check "one subvolume" test "$(subvolumes wine-efs)" = 1
check "it is removed by its number" "$tool" "$prefix" remove "$(cat "$work/listed")"
check "which isn't there twice" bash -c "! '$tool' '$prefix' remove $(cat "$work/listed") 2>/dev/null"
check "nothing is left" is_clean
check "the folder goes with the last" "$tool" "$prefix" purge
check "it is gone" test ! -e "$prefix/wine-efs.snapshots"
plan
