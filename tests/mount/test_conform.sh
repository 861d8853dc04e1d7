#!/bin/bash
# What a Windows program sees in a plain directory, and in an encrypted one through a view: the same, but for the path
# of the volume. As root and as an ordinary user, with the drop-in and without.
#
# SPDX-License-Identifier: LGPL-2.1-or-later

. "$(dirname "$0")/../lib/own_mounts.sh"
. "$(dirname "$0")/../lib/tap.sh"
. "$(dirname "$0")/../lib/users.sh"
. "$(dirname "$0")/../lib/prefix.sh"
. "$(dirname "$0")/../lib/mounts.sh"
. "$(dirname "$0")/../lib/views.sh"

command -v wine >/dev/null || skip_all "no wine"
x86_64-w64-mingw32-gcc -std=gnu11 -Wall -Wextra -Werror -O1 "$top"/tests/mount/programs/conform*.c \
    -o "$work/conform.exe" || skip_all "no compiler for Windows programs"

chmod 644 "$work/conform.exe"

make_tree()
{
    mkdir -p "$work/$1"/{tree,mnt} && encrypt_directory "$work/$1/tree/secret" || return 1
    [ "$1" != nobody ] || chown -R 65534:65534 "$work/$1/tree" "$work/$1/mnt"
}

# observe WHO DIRECTORY: what the program says of it, which is new
observe()
{
    as "$1" mkdir "$2" &&
        as "$1" env WINEPREFIX="$work/$1/prefix" timeout -k 10 300 wine "$work/conform.exe" "$(winpath "$2")" </dev/null
}

# the lines after "volume path", which names the mount point, aside
without_volume()
{
    awk '/^volume path/ { print; getline; next } { print }' "$1" | tr -d '\r'
}

# same WHO WAY: in both directories, and what must be so in any
same()
{
    local line

    observe "$1" "$work/$1/plain-$2" >"$work/$1-plain" && observe "$1" "$work/$1/mnt/secret/$2" >"$work/$1-view" ||
        { tail -n 3 "$work/$1-plain" "$work/$1-view"; return 1; }
    diff <(without_volume "$work/$1-plain") <(without_volume "$work/$1-view") &&
        [ "$(wc -l <"$work/$1-plain")" = 167 ] && tr -d '\r' <"$work/$1-view" >"$work/lines" || return 1
    for line in '5 GiB: yes' '300 files: 302' '... an event: 0' 'completion port: yes' '... with: 1000 77 1' \
        '... another process: 0' '... with: 42' 'saved by renames: yes'; do
        grep -qxF "$line" "$work/lines" || { echo "not: $line"; return 1; }
    done
}

for who in "${users[@]}"; do
    check "$who: a prefix" make_own_prefix "$who"
    check "$who: a tree" make_tree "$who"
    if ! mount_view "$who" --key "$work/both.pem" tree mnt 2>"$work/message"; then
        skip "$who: all of it" "FUSE can't be used: $(tail -n 1 "$work/message")"
        continue
    fi
    at_exit unmount "$work/$who/mnt"
    check "$who: with the drop-in" same "$who" with
    check "$who: ... taken out" as "$who" "$stage/bin/wine-efs" uninstall --prefix "$work/$who/prefix"
    check "$who: without it" same "$who" without
    as "$who" env WINEPREFIX="$work/$who/prefix" timeout 60 wineserver -k </dev/null
    as "$who" env WINEPREFIX="$work/$who/prefix" timeout 60 wineserver -w </dev/null
    check "$who: unmount" unmount_view "$who" mnt
    check "$who: all that was written is encrypted" all_encrypted "$work/$who/tree/secret"
    check "$who: ... and sound" "$efsraw" check "$work/$who/tree"
done
plan
