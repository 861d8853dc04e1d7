#!/bin/bash
# Trees that versions of ours made, with all forms of files, one of which a killed view has left open: each later
# version has to mount them, read and write them, and leave them sound. tests/mount/golden/VERSION.tar.xz: the tree with
# its extended attributes, a key made for this alone, and the sums of what the view showed.
#
# SPDX-License-Identifier: LGPL-2.1-or-later

. "$(dirname "$0")/../lib/own_mounts.sh"
. "$(dirname "$0")/../lib/tap.sh"
. "$(dirname "$0")/../lib/users.sh"
. "$(dirname "$0")/../lib/mounts.sh"
. "$(dirname "$0")/../lib/views.sh"
chmod 755 "$work"

sums_are()
{
    as "$who" sh -c 'cd "$1" && sha256sum --quiet -c "$2"' - "$1" "$2"
}

golden()
{
    local dir=$work/$who

    mkdir -p "$dir/mnt"
    check "$who: $1: unpacked" tar -C "$dir" --xattrs --xattrs-include='user.*' --no-same-owner -xJf "$2"
    [ "$who" = root ] || chown -R 65534:65534 "$dir"
    check "$who: $1: efsraw finds what a killed view has left" check_left "$dir/tree"
    check "$who: $1: mount" mount_view "$who" --key key.pem tree mnt
    check "$who: $1: all its files" sums_are "$dir/mnt" "$dir/sums"
    check "$who: $1: and no others" test "$(as "$who" find "$dir/mnt" -type f | wc -l)" = "$(wc -l <"$dir/sums")"
    as "$who" bash -c 'cd "$1" && for file in $(find . -type f); do echo more >>"$file" || exit; done' - "$dir/mnt"
    check "$who: $1: each can be written" test "$(as "$who" find "$dir/mnt" -type f -exec tail -qc 5 {} + |
        grep -c '^more$')" = "$(wc -l <"$dir/sums")"
    check "$who: $1: unmount" unmount_view "$who" "$dir/mnt"
    check "$who: $1: all is sound" as "$who" "$efsraw" check "$dir/tree"
    check "$who: $1: below it is encrypted" test "$(as "$who" "$efsraw" decrypt "$dir/tree/secret/made" - --key \
        "$dir/key.pem")" = $'made in a view\nmore'
    rm -rf "$dir"/{tree,sums,key.pem}
}

check_left() { as "$who" "$efsraw" check "$1" 2>&1 | grep -q 'secret/open'; }

for who in "${users[@]}"; do
    mkdir "$work/$who"
    for file in "$top"/tests/mount/golden/*.tar.xz; do golden "$(basename "$file" .tar.xz)" "$file"; done
done
plan
