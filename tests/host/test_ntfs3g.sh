#!/bin/bash
# Import onto a real NTFS volume: a genuine EFS file is there afterwards, and it exports again as it came.
#
# SPDX-License-Identifier: LGPL-2.1-or-later
. "$(dirname "$0")/../lib/tap.sh"
. "$(dirname "$0")/../lib/mounts.sh"
efsraw=$stage/bin/efsraw

why=$(ntfs_missing) && skip_all "$why"
image=$work/ntfs.img volume=$work/volume
mount_ntfs "$image" "$volume" 2>"$work/message" ||
    skip_all "NTFS volumes can't be mounted here: $(tail -n 1 "$work/message")"

[ -d "$vectors" ] && cp "$vectors/stream.efsraw" "$work/genuine" || skip "the genuine stream" "not in this checkout"
"$gen/efsgen.py" stream --out "$work/small" --size 569 --random-ciphertext
"$gen/efsgen.py" stream --out "$work/large" --size 1000001 --random-ciphertext
"$gen/efsgen.py" stream --out "$work/zero" --size 0 --random-ciphertext

"$gen/efsgen.py" stream --out "$work/streams" --size 70000 --random-ciphertext --named Alpha:65000 --named beta:1 \
    --named empty:0 --named zeta:512

declare -A data_size=([genuine]=569 [small]=569 [large]=1000001 [zero]=0 [streams]=70000)
names=()
for name in genuine small large zero streams; do
    [ -f "$work/$name" ] || continue
    names+=("$name")
    check "$name: import" "$efsraw" import "$work/$name" "$volume/$name"
    check "$name: nothing else is there" test "$(ls -A "$volume")" = "$(printf '%s\n' "${names[@]}" | sort)"
done
check "large: a second import over it" "$efsraw" import "$work/large" "$volume/large"
check "streams: they are the volume's" test \
    "$(getfattr --absolute-names --only-values -n user.Alpha "$volume/streams" | wc -c)" = 65026
"$efsraw" export --drop-named "$volume/streams" - >"$work/back"
check "streams: left out on demand" cmp <(head -c "$(stat -c %s "$work/back")" "$work/streams") "$work/back"

# what would not come back as it is, each with the reason
refuses()
{
    local name=$1 reason=$2

    shift 2
    "$gen/efsgen.py" stream --out "$work/refused" --random-ciphertext --size 70000 "$@"
    check "$name: refused" bash -c "! '$efsraw' import '$work/refused' '$volume/refused' 2>'$work/message'"
    check "$name: says why" grep -qE "offset 0x[0-9a-f]+: .*$reason.*can't hold such a stream" "$work/message"
    check "$name: leaves nothing" test "$(ls -A "$volume")" = "$(printf '%s\n' "${names[@]}" | sort)"
}
refuses "a large named stream" "above 65,024 bytes" --named big:65025
refuses "named streams in another order" "another order" --named zeta:5 --named Alpha:5
refuses "a plain named stream" "isn't encrypted" --plain bar:5
refuses "a sparse stream" "not laid out" --break segment-hole
# a directory's named streams are plain; NTFS-3G 2022.10.3 sets them, but says that it doesn't, so they aren't imported
"$gen/efsgen.py" stream --out "$work/directory" --directory --random-ciphertext
mkdir "$volume/directory"
check "directory: import" "$efsraw" import "$work/directory" "$volume/directory"
setfattr -n user.note -v 'plain text' "$volume/directory" 2>/dev/null
check "directory: it has a named stream" test \
    "$(getfattr --absolute-names --only-values -n user.note "$volume/directory")" = 'plain text'
"$efsraw" export "$volume/directory" - >"$work/back"
check "directory: export says the same" cmp "$work/directory" <(head -c "$(stat -c %s "$work/directory")" "$work/back")
check "directory: and the named stream" grep -qF ':note:$DATA: not encrypted, 10 bytes' <("$efsraw" info "$work/back")
check "directory: its bytes" test "$(tail -c 10 "$work/back")" = 'plain text'
check "directory: verify" "$efsraw" verify "$work/back"
check_status "directory: that stream isn't imported" 1 "$efsraw" import "$work/back" "$volume/directory"
rm -r "$volume/directory"
check "unmount" umount "$volume"

for name in "${names[@]}"; do
    check "$name: ntfsinfo says ENCRYPTED, data size ${data_size[$name]}" ntfs_encrypted "$image" "$name" \
        "${data_size[$name]}"
done
check "mount again" mount_ntfs "$image" "$volume"
for name in "${names[@]}"; do
    "$efsraw" export "$volume/$name" - >"$work/back"
    check "$name: export equals the import" cmp "$work/$name" "$work/back"
done

check "unmount again" umount "$volume"
ntfs-3g "$image" "$volume" </dev/null
for command in "export $volume/small $work/x" "info $volume/small" "check $volume"; do
    check_status "mounted without efs_raw: ${command%% *} fails" 1 bash -c "'$efsraw' $command 2>'$work/message'"
    check "... and says what to do" grep -q "^efsraw: $volume/small: .*mount the volume with -o efs_raw" "$work/message"
done
check "... and makes nothing" test ! -e "$work/x"
plan
