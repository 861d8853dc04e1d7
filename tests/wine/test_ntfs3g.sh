#!/bin/bash
# efsbackup.exe under Wine restores onto a real NTFS volume: a genuine EFS file is there afterwards.
#
# SPDX-License-Identifier: LGPL-2.1-or-later
. "$(dirname "$0")/../lib/tap.sh"
. "$(dirname "$0")/../lib/prefix.sh"
. "$(dirname "$0")/../lib/mounts.sh"

why=$(ntfs_missing) && skip_all "$why"
image=$work/ntfs.img volume=$work/volume
mount_ntfs "$image" "$volume" 2>"$work/message" ||
    skip_all "NTFS volumes can't be mounted here: $(tail -n 1 "$work/message")"
check "a prefix with the drop-in" make_dropin_prefix "$work/prefix"
prefix=$work/prefix

if [ -d "$vectors" ]; then cp "$vectors/stream.efsraw" "$work/raw"; else
    skip "the genuine stream" "not in this checkout; an own one of the same size instead"
    "$gen/efsgen.py" stream --out "$work/raw" --size 569 --random-ciphertext
fi
check "restore" run_wine efsbackup.exe restore "$(winpath "$work/raw")" "$(winpath "$volume/file")"
check "nothing else is there" test "$(ls -A "$volume")" = file
check "restore over it" run_wine efsbackup.exe restore "$(winpath "$work/raw")" "$(winpath "$volume/file")"
stop_prefix "$prefix"
check "unmount" umount "$volume"
check "ntfsinfo says ENCRYPTED, data size 569" ntfs_encrypted "$image" file 569
check "mount again" mount_ntfs "$image" "$volume"
check "save" run_wine efsbackup.exe save "$(winpath "$volume/file")" "$(winpath "$work/back")"
check "the same bytes" cmp "$work/raw" "$work/back"
stop_prefix "$prefix"
plan
