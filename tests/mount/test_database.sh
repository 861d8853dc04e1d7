#!/bin/bash
# SQLite on a view, as root and as an ordinary user: several processes, each way of journalling, with and without a
# mapping; kills of the daemon; and the database below, decrypted. EFS_TEST_FULL=1: more of each.
#
# SPDX-License-Identifier: LGPL-2.1-or-later

. "$(dirname "$0")/../lib/own_mounts.sh"
. "$(dirname "$0")/../lib/tap.sh"
. "$(dirname "$0")/../lib/users.sh"
. "$(dirname "$0")/../lib/mounts.sh"
. "$(dirname "$0")/../lib/views.sh"

database=$(shared "$top/tests/mount/database.py")
"$python" -c 'import random, sqlite3; random.randbytes' 2>/dev/null ||
    skip_all "no sqlite3 of Python, or none of 3.9"
count=15 kills=3
[ "${EFS_TEST_FULL:-0}" != 1 ] || { count=500 kills=70; }

make_tree()
{
    mkdir -p "$work/$1"/{tree,mnt} && encrypt_directory "$work/$1/tree/secret" || return 1
    [ "$1" != nobody ] || chown -R 65534:65534 "$work/$1"
}

# below WHO MODE: is the database an encrypted file, which decrypted is a sound database?
below()
{
    local out=$work/$1/base file=$work/$1/tree/secret/base-$2

    rm -f "$out"
    "$efsraw" info "$file" >/dev/null && ! grep -q 'SQLite format' "$file" &&
        as "$1" "$efsraw" decrypt "$file" "$out" --key "$work/both.pem" &&
        [ "$(as "$1" "$python" -c 'import sqlite3, sys
print(sqlite3.connect(sys.argv[1]).execute("pragma integrity_check").fetchone()[0])' "$out")" = ok ]
}

modes=(delete truncate persist wal delete+mmap wal+mmap)
for who in "${users[@]}"; do
    mkdir "$work/$who"
    check "$who: a tree" make_tree "$who"
    if ! mount_view "$who" --key "$work/both.pem" tree mnt 2>"$work/message"; then
        skip "$who: all of it" "FUSE can't be used: $(tail -n 1 "$work/message")"
        continue
    fi
    at_exit unmount "$work/$who/mnt"
    for mode in "${modes[@]}"; do
        check "$who: $mode, 3 processes" as "$who" timeout 300 "$python" "$database" "$work/$who/mnt/secret" "$mode" 3 \
            "$count"
    done
    check "$who: unmount" unmount_view "$who" mnt
    for mode in "${modes[@]}"; do
        check "$who: $mode, below" below "$who" "$mode"
    done
    for mode in delete wal wal+mmap; do
        check "$who: $mode, $kills kills" as "$who" timeout 900 "$python" "$database" --kill "$efsmount" \
            "$work/both.pem" "$work/$who/tree" "$work/$who/mnt" "$mode" "$kills"
    done
    check "$who: all is sound" "$efsraw" check "$work/$who/tree"
done
plan
