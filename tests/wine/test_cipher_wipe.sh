#!/bin/bash
# cipher /W: what removed files had can't be found on the volume afterwards; what isn't removed stays; its own files
# go, however it ends. On small file systems that are made for it (loop mounts, tmpfs): never on the machine's own.
#
# SPDX-License-Identifier: LGPL-2.1-or-later
. "$(dirname "$0")/../lib/tap.sh"
. "$(dirname "$0")/../lib/prefix.sh"
. "$(dirname "$0")/../lib/mounts.sh"
cd "$work" || exit 1

[ "$(id -u)" = 0 ] || skip_all "small file systems need root, for their mounts"
check "a prefix" make_dropin_prefix "$work/prefix"
winpath_of() { winpath "$work/$1"; }
cipher()
{
    local status=0

    WINEPREFIX=$prefix timeout -k 10 200 wine cipher "$@" >out.raw 2>err </dev/null || status=$?
    tr -d '\r' <out.raw >out
    return $status
}
# a volume of 24 MB with two files of a mark that nothing else has, of which one is removed
make_volume() # NAME COMMAND...: which makes a file system in an image
{
    local name=$1

    truncate -s 24M "$name.img" && "${@:2}" "$name.img" >/dev/null 2>&1 && mkdir "$name" &&
        mount -o loop "$name.img" "$name" 2>/dev/null || return 1
    at_exit unmount "$work/$name"
    [ "$(df --output=size -B1M "$name" | tail -n 1)" -lt 64 ] || return 1
    chmod 777 "$name"
    yes "the kept content of $name" | head -c 300000 >"$name/kept"
    yes "the removed content of $name" | head -c 3000000 >"$name/removed"
    sync -f "$name"
    rm "$name/removed"
    sync -f "$name"
}
count() { LC_ALL=C grep -aoc "$1 content of $2" "$2.img"; }

for name in ext4 vfat; do
    case $name in
        ext4) maker=(mkfs.ext4 -q -F -m 0) ;;
        vfat) maker=(mkfs.vfat) ;;
    esac
    if ! make_volume $name "${maker[@]}"; then
        skip "$name" "such a volume can't be made or mounted"
        continue
    fi
    check "$name: the removed content is on the volume before" test "$(count removed $name)" -gt 0
    before=$(sha $name/kept)
    check "$name: /W" cipher "/W:$(winpath_of $name)"
    check "$name: ... three passes" test "$(grep -c '^Writing ' out)" = 3
    check "$name: ... it says what it can't do" grep -q "SSD" err
    check "$name: ... nothing else is there" test "$(ls -A $name | grep -v '^lost+found$')" = kept
    check "$name: ... nor changed" test "$(sha $name/kept)" = "$before"
    check "$name: ... the space is there again" test "$(df --output=avail -B1M $name | tail -n 1)" -gt 10
    unmount "$work/$name"
    check "$name: ... the removed content isn't on the volume" test "$(count removed $name)" = 0
    check "$name: ... the kept one is" test "$(count kept $name)" -gt 0
done

# ---- where it can't overwrite anything ----

# zeros take no space there
if truncate -s 130M btrfs.img && mkfs.btrfs -q -m single btrfs.img >/dev/null 2>&1 && mkdir btrfs &&
    mount -o loop,compress-force=zstd btrfs.img btrfs 2>/dev/null; then
    at_exit unmount "$work/btrfs"
    check_status "compressed: /W fails" 1 cipher "/W:$(winpath_of btrfs)"
    check "... says why" grep -q 'takes more than it has' err
    check "... after one pass" test "$(grep -c '^Writing ' out)" = 1
    check "... no file is left" test -z "$(ls -A btrfs)"
else
    skip "compressed" "Btrfs can't be made or mounted"
fi
mkdir marked
check "an encrypted directory" cipher /E "$(winpath_of marked)"
check_status "... /W is refused" 1 cipher "/W:$(winpath_of marked)"
check "... no file is left" test -z "$(ls -A marked)"

# ---- how it ends otherwise ----

mkdir small
mount -t tmpfs -o size=200m none small || { fail "a tmpfs"; plan; exit 1; }
at_exit unmount "$work/small"
if why=$(terminals_missing); then skip "^C" "$why"
else
    status=0
    WINEPREFIX=$prefix "$top/tests/wine/programs/answer.py" "Writing 0x00" ^C -- timeout -k 10 100 \
        wine cipher "/W:$(winpath_of small)" >shown 2>&1 </dev/null || status=$?
    check "^C: status 1" test $status = 1
    check "... it says so" grep -q 'stopped; not all' shown
    check "... no file is left" test -z "$(ls -A small)"
fi
WINEPREFIX=$prefix timeout -k 10 100 wine cipher "/W:$(winpath_of small)" >/dev/null 2>&1 </dev/null &
for _ in $(seq 200); do compgen -G 'small/cipher-w-*' >/dev/null && break; sleep 0.05; done
check "at work it has files" compgen -G 'small/cipher-w-*'
for process in $(find /proc/[0-9]*/cmdline -exec grep -lz "W:.*${work##*/}.small" {} + 2>/dev/null); do
    process=${process#/proc/}
    kill -KILL "${process%%/*}" 2>/dev/null
done
wait $! 2>/dev/null
for _ in $(seq 100); do [ -n "$(ls -A small)" ] || break; sleep 0.1; done
check "killed: no file is left" test -z "$(ls -A small)"

# ---- wrong uses ----

refuses() { local status=0; cipher "${@:2}" || status=$?; cat err; [ $status = 1 ] && grep -qF -- "$1" err; }
echo plain >plain
check "a file" refuses 'plain: ' "/W:$(winpath_of plain)"
check "nothing" refuses 'none: ' "/W:$(winpath_of none)"
check "no name" refuses 'invalid parameter' /W
check "another name" refuses 'belong together' "/W:$(winpath_of small)" plain
check "another command" refuses 'invalid parameter' "/W:$(winpath_of small)" /E
check "... nothing was written" test -z "$(ls -A small)"
plan
