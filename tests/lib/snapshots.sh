# Shared shell functions of tests/host/test_snapshots*.sh: snapshots of the drives of a prefix that is a folder, without
# Wine, and the file systems for them. After tap.sh and mounts.sh.
#
#   prepare_snapshots     sets driver, a program that makes them, and tool, what wine-efs has for them
#
# SPDX-License-Identifier: LGPL-2.1-or-later

prepare_snapshots()
{
    share_stage
    driver=$work/snapshots
    tool=$stage/lib/wine-efs/snapshots
    gcc -std=c11 -D_GNU_SOURCE -Wall -Werror -I"$top/include" "$top/tests/host/programs/snapshots.c" \
        "$build/native/libs/snapshot/libsnapshot.a" "$build/native/libs/base/libbase.a" -o "$driver" &&
        chmod 755 "$driver"
}

# new_prefix FOLDER: with a drive C that leads into it
new_prefix()
{
    prefix=$1
    mkdir -p "$prefix/dosdevices" "$prefix/drive_c" && ln -sfn ../drive_c "$prefix/dosdevices/c:"
}

# made COMMAND...: holds a snapshot open, until let_go; sets pid, and view: where Wine finds it
made()
{
    rm -f "$work/in"
    mkfifo "$work/in"
    # what the last one said isn't this one's answer
    : >"$work/made"
    "$@" <"$work/in" >>"$work/made" 2>&1 &
    pid=$!
    exec 8>"$work/in"
    for ((i = 0; i < 600; i++)); do grep -q '^note=\|^error=' "$work/made" && break; sleep 0.1; done
    view=$prefix/dosdevices/wine-efs-shadowcopy$(sed -n 's/^number=//p' "$work/made")
    grep -q '^note=' "$work/made" || { cat "$work/made"; return 1; }
}
let_go() { exec 8>&-; wait "$pid"; }
is_kind() { grep -qx "kind=$1" "$work/made" || { cat "$work/made"; return 1; }; }
notes() { grep -q "^note=.*$1" "$work/made" || { cat "$work/made"; return 1; }; }
# nothing of it is left: no link, no state, no tree
is_clean()
{
    ! compgen -G "$prefix/dosdevices/wine-efs-*" && ! find "$prefix/wine-efs.snapshots" -mindepth 1 ! -name making |
        grep . && ! find "$prefix/drive_c" -name .wine-efs-snapshots | grep .
}
has() { [ "$(cat "$1")" = "$2" ] || { cat "$1"; return 1; }; }

# mount_new FS IMAGE DIR
mount_new()
{
    truncate -s 400M "$2" && "mkfs.$1" -q "$2" >/dev/null && mkdir -p "$3" && mount -o loop "$2" "$3" 2>"$work/mount"
}

# fill DRIVE
fill()
{
    mkdir -p "$1/a/b"
    echo before >"$1/file"
    head -c 100000 /dev/urandom >"$1/a/data"
    setfattr -n user.test -v value "$1/a/data"
    ln -s a/data "$1/link"
    mkfifo "$1/pipe"
    chmod 640 "$1/a/data"
    touch -d 2001-02-03 "$1/a/data" "$1/a"
    sha "$1/a/data" >"$work/sum"
}
same() { [ "$(sha "$1")" = "$(cat "$work/sum")" ]; }
as_before()
{
    has "$view/file" before && same "$view/a/data" && [ "$(readlink "$view/link")" = a/data ] &&
        [ "$(stat -c %a "$view/a/data")" = 640 ] && [ "$(stat -Lc %Y "$view/a")" = "$(date -d 2001-02-03 +%s)" ] &&
        [ "$(getfattr --only-values -n user.test "$view/a/data" 2>/dev/null)" = value ]
}

as_user=(setpriv --reuid=65534 --regid=65534 --clear-groups)
user() { "${as_user[@]}" "$@"; }
# subvolumes WORD: how many have it in their paths
subvolumes() { btrfs subvolume list "$work/btrfs" | grep -c "$1"; }

# kill_makers COUNT [COMMAND...]: by which the driver is run. Kills programs that make and delete snapshots of drive C,
# at random times; sets killed, and left_behind: after how many of them there was something
kill_makers()
{
    local i count=$1 victim

    shift
    killed=0 left_behind=0
    for ((i = 0; i < count; i++)); do
        "$@" "$driver" "$prefix" loop c 0 >/dev/null 2>&1 &
        victim=$!
        sleep "0.$(printf %03d $((RANDOM % ${kill_within:-60})))"
        kill -KILL $victim 2>/dev/null && killed=$((killed + 1))
        wait $victim 2>/dev/null
        ! compgen -G "$prefix/wine-efs.snapshots/[0-9]*" >/dev/null || left_behind=$((left_behind + 1))
    done
}
