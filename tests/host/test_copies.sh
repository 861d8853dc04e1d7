#!/bin/bash
# cp -a, mv, rsync -X and tar --xattrs keep encrypted files and directories in all their forms, on the same file system
# and onto another: what the copy exports is what was imported.
#
# SPDX-License-Identifier: LGPL-2.1-or-later
. "$(dirname "$0")/../lib/tap.sh"
. "$(dirname "$0")/../lib/mounts.sh"
efsraw=$stage/bin/efsraw

tree=$work/tree
mkdir "$tree" "$work/raw"
make_stream()
{
    "$gen/efsgen.py" stream --random-ciphertext --seed "$1" --out "$work/raw/$1" "${@:2}"
}
make_stream ordinary --size 70001
make_stream empty --size 0
make_stream sparse --size 524288 --break sparse-file
make_stream named --size 5000 --named notes:100000 --plain plain:3000
make_stream directory --directory
make_stream directory-named --directory --plain notes:300
names=(ordinary empty sparse named directory directory-named)
for name in "${names[@]}"; do
    options=()
    case $name in directory*) options=(--directory) ;; esac
    check "$name: import" "$efsraw" import "${options[@]}" "$work/raw/$name" "$tree/$name"
done
"$efsraw" import "$work/raw/ordinary" "$tree/directory/inside"

# same DIR: everything of the tree is in DIR, as it was
same()
{
    local name

    for name in "${names[@]}"; do
        "$efsraw" export "$1/$name" - | cmp - "$work/raw/$name" || return 1
    done
    "$efsraw" export "$1/directory/inside" - | cmp - "$work/raw/ordinary" &&
        attributes "$1" | diff "$work/attributes" -
}
attributes()
{
    (cd "$1" && find . -print0 | sort -z | xargs -0 getfattr -d -e hex -m '^user\.')
}
attributes "$tree" >"$work/attributes"

# copies NAME WHERE COMMAND...: what the command makes of $tree in $1/NAME
copies()
{
    local where=$work/$1/$2

    rm -rf "$where"
    case $3 in tar*) mkdir "$where" ;; esac
    check "$4, $1" eval "$4"
    check "$4, $1: all forms are kept" same "$where"
}

extract()
{
    tar -C "$tree" "${@:2}" -cf "$work/archive" . && tar -C "$1" "${@:2}" -xf "$work/archive"
}

mkdir "$work/here" "$work/elsewhere"
places=(here)
if [ "$(id -u)" = 0 ] && mount -t tmpfs -o size=64m none "$work/elsewhere" 2>"$work/message"; then
    at_exit unmount "$work/elsewhere"
    # where the scratch directory is a tmpfs itself, this is another one
    setfattr -n user.test -v 1 "$work/elsewhere" 2>/dev/null && places+=(elsewhere) ||
        skip "another file system" "no user attributes on a tmpfs of this kernel"
else
    skip "another file system" "mounting needs root"
fi
for place in "${places[@]}"; do
    # shellcheck disable=SC2016 # evaluated there
    {
        copies "$place" cp cp 'cp -a "$tree" "$where"'
        copies "$place" cp-sparse cp 'cp -a --sparse=always "$tree" "$where"'
        copies "$place" cp-xattr cp 'cp -r --preserve=xattr "$tree" "$where"'
        copies "$place" rsync rsync 'rsync -aX "$tree/" "$where"'
        copies "$place" rsync-sparse rsync 'rsync -aXHS "$tree/" "$where"'
        copies "$place" tar tar 'extract "$where" --xattrs'
        copies "$place" tar-sparse tar 'extract "$where" --xattrs --sparse'
        copies "$place" mv mv 'cp -a "$tree" "$work/moving" && mv "$work/moving" "$where"'
    }
done

# Another $EFS on the same content at the same time, as when users were added.
changed()
{
    "$gen/efsgen.py" stream --random-ciphertext --size 0 --user '' --user '' --out "$work/other" &&
        setfattr -n user.ntfs.efsinfo -v \
        "0x$("$gen/efscheck.py" metadata "$work/other" | od -An -v -tx1 | tr -d ' \n')" "$tree/ordinary" &&
        rsync -aX "$tree/" "$work/here/rsync" && diff <(attributes "$tree") <(attributes "$work/here/rsync")
}
check "rsync -aX again, when only \$EFS has changed" changed
plan
