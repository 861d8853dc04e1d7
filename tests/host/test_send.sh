#!/bin/bash
# efsraw export takes content from a mapping of the file (tools/efsraw/send.c): the same bytes as by read, into files,
# pipes and what is in the way; a file that becomes shorter meanwhile, a full disk, a closed pipe; a file with holes,
# which stay.
#
# SPDX-License-Identifier: LGPL-2.1-or-later
. "$(dirname "$0")/../lib/tap.sh"
efsraw=${EFSRAW_CHECKED:-$stage/bin/efsraw}
cd "$work" || exit 1

# around a window, a segment, a page
for size in 0 1 512 4096 65535 65536 65537 1040384 1048576 1048577 3000000; do
    "$gen/efsgen.py" stream --out stream --size $size --random-ciphertext
    "$efsraw" import --force stream file
    check "$size bytes: into a file" sh -c '"$0" export --force file out && cmp stream out' "$efsraw"
    check "... by a pipe" sh -c '"$0" export file - | cmp - stream' "$efsraw"
done

if command -v strace >/dev/null; then
    # LeakSanitizer doesn't work under strace
    ASAN_OPTIONS=detect_leaks=0 strace -f -o trace -e trace=writev,mmap,pread64,preadv,write \
        "$efsraw" export --force file out
    check "the content is mapped" grep -q 'mmap(.*MAP_SHARED|MAP_POPULATE' trace
    check "... and not read" sh -c '! grep -E "preadv?(64)?\(.*, [0-9]{5,}, " trace'
else
    skip "the content is mapped" "no strace here"
fi

# shorter N: the reader of the pipe cuts the file to N bytes when it has seen the stream begin
shorter()
{
    rm -f status
    { "$efsraw" export file - 2>said; echo $? >status; } | { head -c 70000 >begin; truncate -s "$1" file; cat >rest; }
    cat said
    [ "$(cat status)" = "$2" ] && grep -q 'the file became shorter' said && cmp -n 70000 begin stream
}
# the first one in the file's last page, whose rest is zeros then
for cut in 2999500 2900000 1048576 1040001 100000 0; do
    "$efsraw" import --force stream file
    check "cut to $cut bytes while it is exported: a message, and no signal" shorter $cut 1
done

# closed: nobody reads on
closed()
{
    "$efsraw" import --force stream file
    "$efsraw" export file - 2>said | head -c 70000 | cmp -n 70000 - stream
}
check "a pipe that is closed: an end" closed

if mkdir full && mount -t tmpfs -o size=1m efs-send full 2>/dev/null; then
    at_exit umount full
    check_status "a full disk: its status" 1 "$efsraw" export file full/out
    check "... nothing is left there" test -z "$(ls -A full)"
else
    skip "a full disk" "mounting needs root"
fi
check_status "/dev/full: its status" 1 "$efsraw" export file /dev/full

# a hole of a whole window in the middle
truncate -s 0 holes
cp --sparse=never file holes
setfattr -n user.ntfs.efsinfo -v "$(getfattr --only-values -n user.ntfs.efsinfo -e hex file 2>/dev/null |
    od -An -v -tx1 | tr -d ' \n' | sed 's/^/0x/')" holes
if fallocate -p -o 1048576 -l 1048576 holes 2>/dev/null; then
    blocks=$(stat -c %b holes)
    sparse() { "$efsraw" export --force holes a && cat holes >whole && true; }
    check "a file with a hole" sparse
    check "... the hole stays" test "$(stat -c %b holes)" = "$blocks"
else
    skip "a file with a hole" "no holes here"
fi
plan
