#!/bin/bash
# efsraw check: finds what isn't sound, and nothing else; --repair removes what killed imports have left, and nothing
# else.
#
# SPDX-License-Identifier: LGPL-2.1-or-later
. "$(dirname "$0")/../lib/tap.sh"
efsraw=${EFSRAW_CHECKED:-$stage/bin/efsraw}

tree=$work/tree
mkdir "$tree" "$work/raw" "$work/outside"
make_stream()
{
    "$gen/efsgen.py" stream --random-ciphertext --seed "$1" --out "$work/raw/$1" "${@:2}"
}
make_stream ordinary --size 5000
make_stream empty --size 0
make_stream sparse --size 524288 --break sparse-file
make_stream named --size 5000 --named notes:3000
make_stream directory --directory
make_stream directory-named --directory --plain notes:300

# restore NAME [PATH]
restore()
{
    local options=()

    case $1 in directory*) options=(--directory) ;; esac
    "$efsraw" import "${options[@]}" "$work/raw/$1" "${2:-$tree/$1}"
}

# found STATUS PROBLEMS [OPTIONS]: what check says of the tree, in $work/messages and $work/summary
found()
{
    local status=0

    timeout 60 "$efsraw" check "${@:3}" "$tree" >"$work/summary" 2>"$work/messages" || status=$?
    cat "$work/summary" "$work/messages"
    [ $status = "$1" ] && [ "$(wc -l <"$work/messages")" = "$2" ] && [ "$(wc -l <"$work/summary")" = 1 ]
}

for name in ordinary empty sparse named directory directory-named; do
    check "$name: import" restore $name
done
restore ordinary "$tree/directory/inside"
echo text >"$tree/plain"
head -c 514 /dev/zero >"$tree/plain of a size that an encrypted file may have"
mkfifo "$tree/fifo"
ln -s ../outside "$tree/link to a directory"
ln -s . "$tree/link to itself"
restore ordinary "$work/outside/broken" && truncate -s 100 "$work/outside/broken"
check "a sound tree" found 0 0
check "and how many are encrypted" grep -q "^10 files and directories, 7 of them encrypted: 0 problems$" "$work/summary"
ln -s tree "$work/linked"
check "a link as the argument is followed" "$efsraw" check "$work/linked"
check "a file as the argument" "$efsraw" check "$tree/named"
check_status "what isn't there" 1 "$efsraw" check "$work/nowhere"
check_status "without an argument" 2 "$efsraw" check

# broken WHAT NAME COMMAND...: after the command on "$tree/bad", a restored NAME, just that is found
broken()
{
    rm -rf "$tree/bad"
    restore "$2" "$tree/bad" && "${@:3}" || { fail "$1: made"; return; }
    check "$1" found 1 1
    check "$1: by its name, with the summary" grep -q "^efsraw: $tree/bad: " "$work/messages"
    check "$1: in the summary" grep -q ": 1 problem$" "$work/summary"
    check "$1: --repair leaves it alone" found 1 1 --repair
    rm -rf "$tree/bad"
}
copy_attribute() { setfattr -n "$1" -v \
    "$(getfattr --only-values --absolute-names -e hex -n "$1" "$2" | od -An -v -tx1 | tr -d ' \n' | sed 's/^/0x/')" \
    "$tree/bad"; }
broken "a cut file" ordinary truncate -s 4608 "$tree/bad"
broken "a file that lost its padding count" ordinary truncate -s 5120 "$tree/bad"
broken "an empty file that is longer now" empty sh -c 'head -c 1000 /dev/zero >"$1"' - "$tree/bad"
broken "\$EFS that is none" ordinary setfattr -n user.ntfs.efsinfo -v nonsense "$tree/bad"
broken "a layout without its \$EFS" sparse setfattr -x user.ntfs.efsinfo "$tree/bad"
broken "a layout that belongs to another \$EFS" sparse copy_attribute user.ntfs.efsinfo "$tree/ordinary"
broken "a layout that is none" sparse setfattr -n user.efs.layout -v nonsense "$tree/bad"
broken "a sparse file that was cut" sparse truncate -s $((1 << 20)) "$tree/bad"
# forge_layout HOW: a layout of the file's own $EFS that stands for a stream longer than any disk
forge_layout()
{
    python3 - "$tree/bad" "$1" <<'EOF'
import os, struct, sys

def number(n):
    out = b""
    while n > 0x7f:
        out, n = out + bytes([n & 0x7f | 0x80]), n >> 7
    return out + bytes([n])

def operation(value, kind):
    return number(value << 3 | kind)

def template(blocks, covered):
    header = struct.pack(
        "<I12sQIIIHBBBBH", 0, "GURE".encode("utf-16le") + bytes(4), 0, 28 + 4 * blocks, covered,
        0, 0, 9, 9, 12, 1, blocks)
    header += bytes(4 * blocks)
    return operation(len(header), 3) + operation(len(header), 0) + header

file, how = sys.argv[1:]
efs = os.getxattr(file, "user.ntfs.efsinfo")
fnv = 0xcbf29ce484222325
for byte in efs:
    fnv = (fnv ^ byte) * 0x100000001b3 % 2 ** 64
layout = b"\1" + struct.pack("<Q", fnv) + operation(len(efs), 2)
layout += {
    "no blocks": lambda: template(0, 0) + operation((2 ** 63 - 5000) // 44, 4) + number(0),
    "nothing covered": lambda: template(1, 0) + operation(2 ** 40, 4) + number(0),
    "back and forth": lambda: template(1, 512)
    + (operation(1, 4) + number(0) + operation(1, 5) + number(0) + number(1)) * 300,
    "zeros": lambda: operation(2 ** 59, 1),
}[how]()
os.setxattr(file, "user.efs.layout", layout)
EOF
}
for how in "no blocks" "nothing covered" "back and forth" zeros; do
    broken "a layout without end: $how" ordinary forge_layout "$how"
    restore ordinary "$tree/bad" && forge_layout "$how"
    for command in "export $tree/bad $work/out" "info $tree/bad" "verify $tree/bad"; do
        # shellcheck disable=SC2086 # the command's words
        check_status "$how: ${command%% *}" 1 timeout 20 "$efsraw" $command
    done
    check "$how: no stream" test ! -e "$work/out"
    rm -f "$tree/bad" "$work/out"
done
broken "a container that was cut" named truncate -s 3074 "$tree/bad"
broken "a container whose stream is broken" named sh -c 'printf xx |
    dd of="$1" bs=1 seek=5 conv=notrunc status=none' - "$tree/bad"
broken "a container's mark that is none" named setfattr -n user.efs.container -v nonsense "$tree/bad"
broken "a container with a \$EFS beside it" named copy_attribute user.ntfs.efsinfo "$tree/ordinary"
broken "a directory's \$EFS that is none" directory setfattr -n user.ntfs.efsinfo -v nonsense "$tree/bad"

# ---- what killed imports were rewriting ----
# interrupted NAME: a marked file that is a mix, and its journal
interrupted()
{
    restore ordinary "$tree/$1" && restore named "$tree/.efs-rewrite-0123456789abcdef" &&
        setfattr -n user.efs.rewrite -v 0123456789abcdef "$tree/$1" || return 1
    printf 'xx' | dd of="$tree/$1" bs=1 seek=100 conv=notrunc status=none
    python3 - "$tree/$1" "$tree/.efs-rewrite-0123456789abcdef" <<'EOF'
import os, struct, sys
os.setxattr(sys.argv[2], "user.efs.rewrites", b"\1" + struct.pack("<Q", os.stat(sys.argv[1]).st_ino) +
            os.path.basename(sys.argv[1]).encode())
EOF
}
check "interrupted: made" interrupted mix
check_status "interrupted: not exported" 1 "$efsraw" export "$tree/mix" "$work/out"
check "interrupted: file and journal are reported" found 1 2
check "interrupted: and repaired" found 0 1 --repair
check "interrupted: in words" grep -qE \
    "/mix: an import was killed while it rewrote this file: repaired|: its file is whole, this one removed" \
    "$work/messages"
check "interrupted: the file is what it was becoming" cmp "$work/raw/named" <("$efsraw" export "$tree/mix" -)
check "interrupted: the journal has gone" test ! -e "$tree/.efs-rewrite-0123456789abcdef"
check "interrupted: nothing is left to say" found 0 0
check "a journal without its file: made" interrupted mix
rm "$tree/mix"
check "a journal without its file: reported" found 1 1
check "a journal without its file: left to the user" found 1 1 --repair
check "a journal without its file: still there" test -f "$tree/.efs-rewrite-0123456789abcdef"
rm -f "$tree/.efs-rewrite-0123456789abcdef"

# ---- a directory whose stream is in a file within it ----
"$gen/efsgen.py" stream --random-ciphertext --seed large --directory --plain notes:70000 --out "$work/large.raw"
"$efsraw" import --directory "$work/large.raw" "$tree/large"
own=$(cd "$tree/large" && ls -d .efs-directory-*)
check "a directory's container is sound" found 0 0
check "and its own: --repair leaves it" found 0 0 --repair
cp -a "$tree/large/$own" "$tree/large/.efs-directory-0123456789abcdef"
check "another one is reported" found 1 1
check "--repair removes it" found 0 1 --repair
check "and nothing else" test "$(ls -A "$tree/large")" = "$own"
touch "$tree/large/.efs-directory-0123456789abcdef"
check "a file of such a name that isn't marked is the user's" found 0 0 --repair
rm "$tree/large/.efs-directory-0123456789abcdef"
mv "$tree/large/$own" "$work/away"
check "a directory whose container isn't there is reported" found 1 1
check "and not repaired" found 1 1 --repair
rm -r "$tree/large"

# ---- what killed imports leave ----
left=.efs-import-0123456789abcdef
touch "$tree/$left" "$tree/directory/.efs-import-fedcba9876543210"
mkdir "$tree/.efs-import-00000000000000aa"
others=(.efs-import- .efs-import-0123456789abcde .efs-import-0123456789abcdef0 .efs-import-0123456789abcdeg
    .efs-import-0123456789ABCDEF
    x.efs-import-0123456789abcdef)
for name in "${others[@]}"; do touch "$tree/$name"; done
ln -s "$work/outside" "$tree/.efs-import-00000000000000bb"
check "three are reported" found 1 3
check "and still there" test -f "$tree/$left" -a -d "$tree/.efs-import-00000000000000aa"
exec 9<"$tree/$left"
flock -x 9
check "what an import holds is none of them" found 1 2
check "--repair removes the others" found 0 2 --repair
check "and says how many" grep -q ": 0 problems, 2 removed$" "$work/summary"
check "what is held is still there" test -f "$tree/$left"
exec 9<&-
check "--repair, when nobody holds it" found 0 1 --repair
check "nothing of the kind is there any more" test ! -e "$tree/$left" \
    -a ! -e "$tree/directory/.efs-import-fedcba9876543210" \
    -a ! -e "$tree/.efs-import-00000000000000aa"
for name in "${others[@]}" ".efs-import-00000000000000bb/broken"; do
    check "$name is still there" test -e "$tree/$name"
done
mkdir "$tree/$left"
touch "$tree/$left/of somebody else"
check "a directory of that name that isn't empty" found 1 1 --repair
check "is still there" test -e "$tree/$left/of somebody else"
rm -rf "${tree:?}/$left"
check "the tree is sound again" found 0 0

# ---- hostile trees ----
name=$tree/$'new\nline \e[31m \xff\xc3 \u202e'
restore ordinary "$name" && truncate -s 100 "$name"
check "a name with a line end, an escape sequence and bytes that are no UTF-8" found 1 1
check "is printed safely" grep -q "new.u000aline .u001b\[31m .xff.xc3 .u202e: " "$work/messages"
rm "$name"
deep=$tree/deep
mkdir "$deep"
(cd "$deep" && for ((i = 0; i < 300; i++)); do mkdir d && cd -P d || exit; done)
check "300 directories in each other: what can't be reached is said" found 1 1
check "with the reason" grep -q "nested too deep$" "$work/messages"
find "$deep" -delete

if [ "$(id -u)" != 0 ]; then
    chmod 000 "$tree/directory"
    check "a directory without rights is said" found 1 1
    chmod 700 "$tree/directory"
else
    skip "a directory without rights" "root has them all"
fi

cc -O1 -o "$work/peak" "$top/tests/lib/peak.c" || fail "peak.c"
mkdir "$tree/many"
/usr/bin/python3 -c 'import os, sys
for i in range(20000): os.close(os.open(f"{sys.argv[1]}/{i:0200}", os.O_CREAT | os.O_WRONLY))' "$tree/many"
small()
{
    "$work/peak" "$work/empty" "$stage/bin/efsraw" --version &&
        "$work/peak" "$work/used" "$stage/bin/efsraw" check "$tree" &&
        echo "$(cat "$work/used") KiB, doing nothing $(cat "$work/empty") KiB" &&
            [ $(($(cat "$work/used") - $(cat "$work/empty"))) -lt 4000 ]
}
check "a directory of 20,000 files with long names: below 4 MB" small
plan
