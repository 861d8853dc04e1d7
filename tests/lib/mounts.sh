# Shared shell functions of the tests: NTFS volumes in a file, mounted by NTFS-3G. After tap.sh.
#
#   . "$top/tests/lib/mounts.sh"
#
# SPDX-License-Identifier: LGPL-2.1-or-later

# mount_ntfs IMAGE DIR: a new NTFS volume of 256 MB, or the one that is in IMAGE, as an efs_raw mount
mount_ntfs()
{
    [ -s "$1" ] || { truncate -s 256M "$1" && mkfs.ntfs -F -Q -q -L efs "$1" >/dev/null 2>&1; } || return 1
    mkdir -p "$2"
    at_exit unmount "$2"
    ntfs-3g -o efs_raw "$1" "$2" </dev/null
}

unmount()
{
    local i

    for i in 1 2 3 4 5 6 7 8 9 10; do
        mountpoint -q "$1" || return 0
        umount "$1" 2>/dev/null || sleep 0.5
    done
    umount -l "$1"
}

# ntfs_encrypted IMAGE FILE SIZE: does ntfsinfo call it encrypted, with that data size?
ntfs_encrypted()
{
    ntfsinfo -F "$2" "$1" >"$work/ntfsinfo" 2>&1
    # 0x80: $DATA; its size is in the lines after its head
    grep -q ENCRYPTED "$work/ntfsinfo" &&
        [ "$(awk '/\(0x80\)/ { data = 1 } data && /Data size:/ { print $3; exit }' "$work/ntfsinfo")" = "$3" ] ||
        { cat "$work/ntfsinfo"; return 1; }
}

# ntfs_shown IMAGE FILE PLAIN KEYS: does ntfsdecrypt show the same, with the key of a folder that efsgen.py keys made?
# After ntfs_decrypts.
ntfs_shown()
{
    # its password is asked for on the terminal if there is one
    LD_PRELOAD=$work/oid.so setsid ntfsdecrypt -k "$4/key-legacy.pfx" "$1" "$2" <"$4/password.txt" >"$work/shown" &&
        cmp "$work/shown" "$3"
}

# ntfs_decrypts: can ntfsdecrypt be used? Says why not.
ntfs_decrypts()
{
    if ! command -v ntfsdecrypt >/dev/null; then echo "ntfsdecrypt isn't installed"; return 1; fi
    cc -shared -fPIC -O1 -o "$work/oid.so" "$top/tests/lib/ntfsdecrypt_oid.c" 2>/dev/null && return
    echo "no C compiler"
    return 1
}

# ntfs_missing: says why NTFS volumes can't be mounted here; fails if they can
ntfs_missing()
{
    if ! command -v ntfs-3g mkfs.ntfs ntfsinfo >/dev/null; then echo "ntfs-3g isn't installed"
    elif [ ! -w /dev/fuse ]; then echo "no access to /dev/fuse"
    elif [ "$(id -u)" != 0 ]; then echo "mounting needs root"
    else return 1
    fi
}

# own_fuse: in a mount namespace of our own /dev/fuse is for all users, as udev makes it
own_fuse()
{
    [ -n "${EFS_OWN_MOUNTS:-}" ] && [ -e /dev/fuse ] || return 0
    mkdir "$work/dev" && mount -t tmpfs -o mode=755 tmpfs "$work/dev" && mknod -m 666 "$work/dev/fuse" c 10 229 &&
        mount --bind "$work/dev/fuse" /dev/fuse
    at_exit umount "$work/dev" /dev/fuse
}

# view_missing: says why no view can be mounted here; fails if one can
view_missing()
{
    if [ ! -x "$stage/bin/efsmount" ]; then echo "efsmount isn't built: libfuse3 is missing"
    elif ! command -v fusermount3 >/dev/null; then echo "fusermount3 isn't installed"
    elif [ ! -e /dev/fuse ]; then echo "there is no /dev/fuse"
    else return 1
    fi
}

# all_encrypted DIR: is each file with something in it encrypted, as it lies in the tree below a view? There must be
# some.
all_encrypted()
{
    local plain

    [ -n "$(find "$1" -type f -size +0 -print -quit)" ] || { echo "nothing is there"; return 1; }
    plain=$(find "$1" -type f -size +0 -exec getfattr --absolute-names -n user.ntfs.efsinfo {} + 2>&1 >/dev/null | head)
    [ -z "$plain" ] || { echo "$plain"; return 1; }
}

# mount_btrfs IMAGE SIZE DIR: a new Btrfs file system in a file; fails where there is none
mount_btrfs()
{
    truncate -s "$2" "$1" && mkdir -p "$3" && mkfs.btrfs -q "$1" >/dev/null 2>&1 && mount -o loop "$1" "$3" \
        2>/dev/null || return 1
    at_exit unmount "$3"
}

# make_subvolume_prefix DIR: a new Wine prefix on Btrfs, whose drive C is a subvolume. After prefix.sh
make_subvolume_prefix()
{
    make_prefix "$1" || return 1
    stop_prefix "$1"
    mv "$1/drive_c" "$1/drive_c.old" && btrfs -q subvolume create "$1/drive_c" &&
        cp -a --reflink=auto "$1/drive_c.old/." "$1/drive_c/" && rm -rf "$1/drive_c.old"
}
