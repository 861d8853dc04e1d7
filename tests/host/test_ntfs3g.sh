#!/bin/bash
# Import onto a real NTFS volume: a genuine EFS file is there afterwards, and it exports again as it came.
#
# SPDX-License-Identifier: LGPL-2.1-or-later
. "$(dirname "$0")/../lib.sh"
efsraw=$stage/bin/efsraw

why=$(ntfs_missing) && skip_all "$why"
image=$work/ntfs.img volume=$work/volume
mount_ntfs "$image" "$volume" 2>"$work/message" || skip_all "NTFS volumes can't be mounted here: $(tail -n 1 "$work/message")"

[ -d "$vectors" ] && cp "$vectors/stream.efsraw" "$work/genuine" || skip "the genuine stream" "not in this checkout"
"$gen/efsgen.py" stream --out "$work/small" --size 569 --random-ciphertext
"$gen/efsgen.py" stream --out "$work/large" --size 1000001 --random-ciphertext
"$gen/efsgen.py" stream --out "$work/zero" --size 0 --random-ciphertext

declare -A data_size=([genuine]=569 [small]=569 [large]=1000001 [zero]=0)
names=()
for name in genuine small large zero; do
    [ -f "$work/$name" ] || continue
    names+=("$name")
    check "$name: import" "$efsraw" import "$work/$name" "$volume/$name"
    check "$name: nothing else is there" test "$(ls -A "$volume")" = "$(printf '%s\n' "${names[@]}" | sort)"
done
check "large: a second import over it" "$efsraw" import "$work/large" "$volume/large"
check "unmount" umount "$volume"

for name in "${names[@]}"; do
    check "$name: ntfsinfo says ENCRYPTED, data size ${data_size[$name]}" ntfs_encrypted "$image" "$name" "${data_size[$name]}"
done
check "mount again" mount_ntfs "$image" "$volume"
for name in "${names[@]}"; do
    "$efsraw" export "$volume/$name" - >"$work/back"
    check "$name: export equals the import" cmp "$work/$name" "$work/back"
done
plan
