#!/bin/bash
# Writing encrypted files through a view, with a real mount, as root and as an ordinary user: random operations against
# a model, kills of the daemon, new files and directories, other forms, and what isn't written.
#
# SPDX-License-Identifier: LGPL-2.1-or-later

. "$(dirname "$0")/../lib/own_mounts.sh"
. "$(dirname "$0")/../lib/tap.sh"
. "$(dirname "$0")/../lib/users.sh"
. "$(dirname "$0")/../lib/mounts.sh"
. "$(dirname "$0")/../lib/views.sh"

operations=$(shared "$top/tests/mount/operations.py")
fsx=$(shared "$top/tests/mount/fsx.py") killed=$(shared "$top/tests/mount/killed.py")
encrypted=$(shared "$top/tests/mount/encrypted.py")
full=${EFS_TEST_FULL:-0}

openssl req -x509 -newkey rsa:2048 -nodes -keyout "$work/key2" -out "$work/cert2" -days 30 -subj /CN=agent 2>/dev/null
chmod 644 "$work/cert2"

# closed FILE: in a moment
closed()
{
    local i

    for ((i = 0; i < 200; i++)); do
        [ -z "$(getfattr --absolute-names -n user.efs.size "$1" 2>/dev/null)" ] && return 0
        sleep 0.05
    done
    return 1
}

# plain_of WHO FILE: what efsraw decrypts of it
plain_of()
{
    as "$1" "$efsraw" decrypt --force "$2" "$work/$1/out" --key "$work/both.pem" && cat "$work/$1/out"
}

# same WHO FILE FILE: what both hold; WHO's alone can be in a view
same()
{
    as "$1" bash -c "cat '$2'" | cmp - "$3"
}

make_tree()
{
    mkdir -p "$work/$1"/{tree,mnt} "$work/$1/tree/secret"
    head -c 70000 /dev/urandom >"$work/$1/plain"
    for name in file container own other random; do
        "$efsraw" encrypt "$work/$1/plain" "$work/$1/tree/$name" --for "$work/cert" || return 1
    done
    "$efsraw" convert --container "$work/$1/tree/container" && "$efsraw" convert --container "$work/$1/tree/own" &&
        encrypt_directory "$work/$1/tree/secret"
    [ "$1" != nobody ] || chown -R 65534:65534 "$work/$1"
}

test_files()
{
    local who=$1 tree=$work/$1/tree mnt=$work/$1/mnt inode

    check "$who: mount" mount_view "$who" --key "$work/both.pem" --recovery "$work/cert2" tree mnt
    at_exit unmount "$mnt"
    check "$who: append" as "$who" bash -c "echo more >>'$mnt/file'"
    check "$who: ... it is there" same "$who" "$mnt/file" <(cat "$work/$who/plain"; echo more)
    check "$who: ... and below, whatever its form is" cmp <(plain_of "$who" "$tree/file") \
        <(cat "$work/$who/plain"; echo more)
    check "$who: ... it is closed" closed "$tree/file"
    check "$who: ... with the size of an encrypted file" test $(($(stat -c %s "$tree/file") % 512)) = 2
    check "$who: ... and the same below" cmp <(plain_of "$who" "$tree/file") <(cat "$work/$who/plain"; echo more)
    as "$who" bash -c "echo x >>'$mnt/file'; touch -d 2001-02-03 '$mnt/file'"
    check "$who: ... its time is what it was set to" closed "$tree/file"
    check "$who: ... and stays" test "$(stat -c %Y "$tree/file")" = "$(date -d 2001-02-03 +%s)"
    check "$who: overwrite" as "$who" bash -c "echo short >'$mnt/file'"
    check "$who: ... nothing of the old one" test "$(as "$who" cat "$mnt/file")" = short
    check "$who: truncate by name" as "$who" truncate -s 100000 "$mnt/file"
    check "$who: ... zeros" same "$who" "$mnt/file" <(echo short; head -c 99994 /dev/zero)
    check "$who: far ahead" as "$who" truncate -s 1T "$mnt/file"
    check "$who: ... it costs nothing" test "$(as "$who" stat -c %b "$mnt/file")" -lt 10000
    check "$who: ... closed, too" closed "$tree/file"
    check "$who: ... with a layout" getfattr --absolute-names -n user.efs.layout "$tree/file"
    check "$who: ... and again" as "$who" bash -c "truncate -s 10 '$mnt/file'; echo y >>'$mnt/file'"
    check "$who: ... without it" closed "$tree/file"
    check "$who: ... all is there" same "$who" "$mnt/file" <(echo short; head -c 4 /dev/zero; echo y)
    check "$who: no layout is left" refuses "No such attribute" getfattr --absolute-names -n user.efs.layout \
        "$tree/file"
    check "$who: room that is reserved" as "$who" bash -c "exec 9>>'$mnt/file'
        fallocate -n -l 8M '$mnt/file' && echo z >&9"
    check "$who: ... is there" test "$(stat -c %b "$tree/file")" -gt 16000
    check "$who: ... closed" closed "$tree/file"
    check "$who: ... what wasn't used is given back" test "$(stat -c %b "$tree/file")" -lt 100
    inode=$(stat -c %i "$tree/container")
    check "$who: a container" as "$who" bash -c "echo more >>'$mnt/container'"
    check "$who: ... it stays the same file" test "$(stat -c %i "$tree/container")" = "$inode"
    check "$who: ... with all that it had" same "$who" "$mnt/container" <(cat "$work/$who/plain"; echo more)
    check "$who: two who write one" as "$who" bash -c "for i in {1..50}; do echo a >>'$mnt/other' &
        echo b >>'$mnt/other'; done; wait"
    check "$who: ... each line is there" test "$(as "$who" tail -c +70001 "$mnt/other" | sort | uniq -c | xargs)" = \
        "50 a 50 b"
    check_status "$who: access(2) says so" 0 as "$who" test -w "$mnt/other"
    if [ "$who" = nobody ]; then
        # while the view still has it open for what was written just before
        check "$who: a right that was taken away" refuses "Permission denied" as "$who" bash -c \
            "echo x >>'$mnt/other'; chmod 400 '$mnt/other'; echo y >>'$mnt/other'"
        check "$who: ... the one to read, too" refuses "Permission denied" as "$who" bash -c \
            "chmod 600 '$mnt/other'; echo x >>'$mnt/other'; chmod 200 '$mnt/other'; cat '$mnt/other'"
        as "$who" chmod 644 "$mnt/other"
    fi

    # all kinds of operations, as on plain files
    mkdir "$work/$who/beside"
    [ "$who" != nobody ] || chown 65534:65534 "$work/$who/beside"
    as "$who" mkdir "$mnt/secret/inside"
    check "$who: a directory in an encrypted one is encrypted" test "$(as "$who" getfattr --absolute-names \
        --only-values -n user.view.efs "$mnt/secret/inside" | cut -d ' ' -f 1-3)" = "1 encrypted open"
    as "$who" timeout 300 "$python" "$operations" "$work/$who/beside" 2>&1 | grep -v "^user.view" >"$work/wanted"
    as "$who" timeout 300 "$python" "$operations" "$mnt/secret/inside" >"$work/seen" 2>&1
    check "$who: there are operations to compare" test "$(wc -l <"$work/wanted")" -ge 60
    check "$who: on encrypted files each does what it does on plain ones" diff "$work/wanted" "$work/seen"
    check "$who: nothing there is plain" test -z "$(find "$tree/secret" \( -type f -o -type d \) ! -exec \
        getfattr --absolute-names -n user.ntfs.efsinfo {} \; -print 2>/dev/null | grep -v '^#' | grep -v '^user\.')"

    # new ones
    check "$who: a new file" as "$who" bash -c "umask 027; cat '$work/$who/plain' >'$mnt/secret/new'"
    check "$who: ... what it holds" same "$who" "$mnt/secret/new" "$work/$who/plain"
    check "$who: ... closed" closed "$tree/secret/new"
    check "$who: ... its owner and mode" test "$(stat -c '%U %a' "$tree/secret/new")" = "$who 640"
    check "$who: ... for the owner" cmp <(plain_of "$who" "$tree/secret/new") "$work/$who/plain"
    check "$who: ... and the recovery agent" test "$("$efsraw" users "$tree/secret/new" | grep -c agent)" -ge 1
    check "$who: a read-only one" as "$who" bash -c "umask 0; install -m 444 '$work/$who/plain' '$mnt/secret/ro'"
    check "$who: ... its mode" test "$(stat -c %a "$tree/secret/ro")" = 444
    check "$who: a rename keeps what it is" as "$who" mv "$mnt/secret/new" "$mnt/renamed"
    check "$who: ... encrypted" getfattr --absolute-names -n user.ntfs.efsinfo "$tree/renamed"
    check "$who: unmount" unmount_view "$who" "$mnt"
    check "$who: ... nothing is left open" test -z "$(getfattr -R --absolute-names -d \
        -m '^user.efs.(size|view)' "$tree")"
    check "$who: ... all is sound" "$efsraw" check "$tree"
}

# user.view.efs, set to encrypt
test_encrypted()
{
    local who=$1 tree=$work/$1/tree mnt=$work/$1/mnt

    check "$who: mount" mount_view "$who" --key "$work/both.pem" tree mnt
    as "$who" mkdir "$mnt/new"
    cat >"$work/wanted" <<'END'
open, by one: done
what is written then: b'plaintext' 9 1
once more: done
read-only, open to write: done
its mode: 0o444
open, by two: EBUSY
with data: ENOTEMPTY
not open: done
a directory: done
another value: EINVAL
races: True
END
    as "$who" timeout 120 "$python" "$encrypted" "$mnt/new" >"$work/seen" 2>&1
    check "$who: what is asked to be encrypted" diff "$work/wanted" "$work/seen"
    as "$who" touch "$mnt/new/directory/inside"
    check "$who: unmount" unmount_view "$who" "$mnt"
    for name in open read-only; do
        check "$who: ... $name below" cmp <(plain_of "$who" "$tree/new/$name") <(printf plaintext)
    done
    check "$who: ... a new file in the directory" getfattr --absolute-names -n user.ntfs.efsinfo \
        "$tree/new/directory/inside"
    check "$who: ... all is sound" "$efsraw" check "$tree"
}

test_random()
{
    local who=$1 count=600

    [ "$full" != 1 ] || count=1000000
    check "$who: mount" mount_view "$who" --key "$work/both.pem" tree mnt
    check "$who: $count random operations" as "$who" "$python" "$fsx" "$work/$who/mnt/random" "$work/$who/tree/random" \
        "$efsraw" "$work/both.pem" "$count"
    check "$who: unmount" unmount_view "$who" "$work/$who/mnt"
    check "$who: ... all is sound" "$efsraw" check "$work/$who/tree"
}

test_kills()
{
    local who=$1 mode count=4

    [ "$full" != 1 ] || count=100
    for mode in append truncate overwrite; do
        check "$who: $mode, and $count kills" as "$who" timeout 600 "$python" "$killed" "$efsmount" "$efsraw" \
            "$work/both.pem" "$work/$who/tree" "$work/$who/mnt" "$mode" "$count"
    done
}

# What a killed view has left is looked for once, also where there is a directory that isn't for us.
test_mark()
{
    local who=$1 tree=$work/$1/tree

    as "$who" mkdir -m 000 "$tree/locked"
    as "$who" setfattr -n user.efs.view -v 0x01 "$tree"
    check "$who: a tree with a mark, and a locked directory" mount_view "$who" --key "$work/both.pem" tree mnt
    check "$who: ... the mark has gone" refuses "No such attribute" getfattr --absolute-names -n user.efs.view "$tree"
    check "$who: ... unmount" unmount_view "$who" "$work/$who/mnt"
    rmdir "$tree/locked"
}

# Mounted over the tree, whose paths then lead into the view.
test_over_itself()
{
    local who=$1 tree=$work/$1/tree inode

    inode=$(stat -c %i "$tree/own")
    check "$who: over itself" mount_view "$who" --key "$work/both.pem" tree
    at_exit unmount "$tree"
    check "$who: ... a container" as "$who" bash -c "echo more >>'$tree/own'"
    check "$who: ... in a directory" as "$who" bash -c "echo more >'$tree/secret/over'"
    check "$who: ... unmount" as "$who" timeout 20 fusermount3 -u "$tree"
    check "$who: ... the daemon has ended" timeout 60 flock "$tree" true
    check "$who: ... it is there" cmp <(plain_of "$who" "$tree/own") <(cat "$work/$who/plain"; echo more)
    check "$who: ... the same file" test "$(stat -c %i "$tree/own")" = "$inode"
    check "$who: ... and all is sound" "$efsraw" check "$tree"
}

test_guard()
{
    local who=$1 mnt=$work/$1/mnt tree=$work/$1/tree

    check "$who: without a key" mount_view "$who" --guard tree mnt
    check "$who: ... a new file" refuses "Permission denied" as "$who" touch "$mnt/secret/without"
    check "$who: ... a new directory" refuses "Permission denied" as "$who" mkdir "$mnt/secret/without"
    check "$who: ... writing" refuses "Permission denied" as "$who" bash -c "echo x >>'$mnt/other'"
    as "$who" touch "$mnt/empty"
    check "$who: ... encrypting" refuses "Permission denied" as "$who" setfattr -n user.view.efs -v encrypt "$mnt/empty"
    check "$who: ... what stays plain" refuses "No such attribute" getfattr --absolute-names -n user.ntfs.efsinfo \
        "$tree/empty"
    check "$who: ... unmount" unmount_view "$who" "$mnt"
}

refuses()
{
    local wanted=$1

    shift
    "$@" 2>"$work/refused" && return 1
    grep -q "$wanted" "$work/refused" || { cat "$work/refused"; return 1; }
}

# What a mapping has written goes to the disk later: a full one is told by closing, or by msync.
test_full_mapping()
{
    local who=$1 dir=$work/$1/small

    [ "$(id -u)" = 0 ] || { skip "$who: a mapping on a full disk" "only root can mount a small one"; return; }
    mkdir -p "$dir"
    truncate -s 16M "$work/small-disk.$who"
    if ! mkfs.ext4 -q "$work/small-disk.$who" || ! mount -o loop "$work/small-disk.$who" "$dir" 2>/dev/null; then
        skip "$who: a mapping on a full disk" "no loop device"
        return
    fi
    mkdir "$dir/tree" "$work/$who/smallmnt"
    encrypt_directory "$dir/tree/secret"
    [ "$who" = root ] || chown -R 65534:65534 "$dir/tree" "$work/$who/smallmnt"
    check "$who: a small disk: mount" mount_view "$who" --key "$work/both.pem" small/tree smallmnt
    check "$who: ... a mapping that is too large for it: ENOSPC when it is closed" as "$who" "$python" -c "
import errno, mmap, os
fd = os.open('$work/$who/smallmnt/secret/large', os.O_RDWR | os.O_CREAT)
os.ftruncate(fd, 40 << 20)
mapping = mmap.mmap(fd, 40 << 20)
for at in range(0, 40 << 20, 4096): mapping[at:at + 4096] = b'x' * 4096
# Python's mapping has a descriptor of its own: the first that is closed is told
try: os.close(fd)
except OSError as error: assert error.errno == errno.ENOSPC, error
else: raise AssertionError('closing said nothing')"
    (cd "$work/$who" && as "$who" timeout 20 fusermount3 -u smallmnt) && timeout 60 flock "$dir/tree" true
    umount "$dir"
}

for who in "${users[@]}"; do
    mkdir "$work/$who"
    check "$who: a tree" make_tree "$who"
    if ! (cd "$work/$who" && as "$who" timeout 60 "$efsmount" -q tree mnt) 2>"$work/message"; then
        skip "$who: all of it" "FUSE can't be used: $(tail -n 1 "$work/message")"
        continue
    fi
    unmount_view "$who" "$work/$who/mnt"
    test_files "$who"
    test_encrypted "$who"
    test_random "$who"
    test_kills "$who"
    test_mark "$who"
    test_over_itself "$who"
    test_guard "$who"
    test_full_mapping "$who"
done
plan
