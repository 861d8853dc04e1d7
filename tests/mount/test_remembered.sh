#!/bin/bash
# What a view keeps of its files for the next one: where, for whom, and that it never counts against what a file is.
#
# SPDX-License-Identifier: LGPL-2.1-or-later

. "$(dirname "$0")/../lib/own_mounts.sh"
. "$(dirname "$0")/../lib/tap.sh"
. "$(dirname "$0")/../lib/users.sh"
. "$(dirname "$0")/../lib/mounts.sh"
. "$(dirname "$0")/../lib/views.sh"
chmod 755 "$work"
[ "$(stat -f -c %i "$work")" != 0 ] || skip_all "this file system doesn't say which it is: nothing is kept of it"

# the one file that is kept, or none
kept()
{
    find "$work/$1/.cache" "$work/$1/cache" -path '*/wine-efs/*' 2>/dev/null
}

sizes_of() { as "$1" sh -c 'stat -c %s "$1"/*' - "$work/$1/mnt" | xargs; }

# view WHO OPTION... : one view from its mount to its end; sets sizes to what it shows
view()
{
    local who=$1

    mount_view "$who" --key "$work/both.pem" "${@:2}" tree mnt || return 1
    sizes=$(sizes_of "$who")
    unmount_view "$who" "$work/$who/mnt"
}

# shows WHO SIZES
shows()
{
    view "$1" && [ "$sizes" = "$2" ] || { echo "got: $sizes, wanted: $2"; false; }
}

# to whom it belongs, and who may read it
private()
{
    [ "$(kept "$1" | wc -l)" = 1 ] &&
        [ "$(stat -c '%a %U' "$(kept "$1")" "$(dirname "$(kept "$1")")" | xargs)" = "600 $1 700 $1" ]
}

user()
{
    local who=$1 dir=$work/$1 file place

    mkdir -p "$dir"/{tree,mnt}
    for size in 100 600 5000; do
        head -c "$size" /dev/urandom >"$dir/p$size"
        "$efsraw" encrypt "$dir/p$size" "$dir/tree/$size" --for "$work/cert" || return 1
    done
    cp "$dir/p600" "$dir/tree/plain"
    [ "$who" = root ] || chown -R 65534:65534 "$dir"
    unset XDG_CACHE_HOME
    export HOME=$dir

    check "$who: a first view" shows "$who" "100 5000 600 600"
    file=$(kept "$who")
    check "$who: what it knew is in ~/.cache, its user's alone" private "$who"
    check "$who: no name of a file is in it, and no key" bash -c '! grep -qaE "plain|PRIVATE|owner" "$1"' - "$file"
    check "$who: the next one shows the same" shows "$who" "100 5000 600 600"

    # below, between two views
    cp -a "$dir/tree/600" "$dir/old"
    as "$who" "$efsraw" encrypt "$dir/p100" "$dir/again" --for "$work/cert"
    as "$who" sh -c 'cat "$1" >"$2"; touch -r "$3" "$2"' - "$dir/again" "$dir/tree/100" "$dir/old"
    cat "$dir/old" | as "$who" sh -c 'cat >"$1"' - "$dir/tree/plain"
    as "$who" mv "$dir/tree/5000" "$dir/moved"
    as "$who" cp -a "$dir/old" "$dir/tree/5000"
    check "$who: files that were changed or replaced meanwhile" shows "$who" "100 600 600 1026"
    as "$who" setfattr -x user.ntfs.efsinfo "$dir/tree/600"
    check "$who: one that isn't encrypted any more" shows "$who" "100 600 1026 1026"
    as "$who" cp -a "$dir/old" "$dir/tree/600.new"
    as "$who" mv "$dir/tree/600.new" "$dir/tree/600"

    # what is written in a view
    mount_view "$who" --key "$work/both.pem" tree mnt
    as "$who" sh -c 'printf 123 >"$1/100"; head -c 700 /dev/zero >>"$1/600"' - "$dir/mnt"
    unmount_view "$who" "$dir/mnt"
    check "$who: files that a view wrote until its end" shows "$who" "3 600 1300 1026"
    check "$who: ... they are those below" test "$(as "$who" "$efsraw" decrypt "$dir/tree/600" - \
        --key "$work/both.pem" | wc -c)" = 1300
    mount_view "$who" --guard tree mnt
    check "$who: likewise without a key" test "$(sizes_of "$who")" = "3 600 1300 1026"
    unmount_view "$who" "$dir/mnt"

    # what can't be seen now, and can later
    if [ "$(id -u)" = 0 ] && [ "$who" = nobody ]; then
        mkdir "$dir/tree/dir"
        cp -a "$dir/old" "$dir/tree/dir/file"
        encrypt_directory "$dir/tree/dir/marked"
        chown -R 0:2000 "$dir/tree/dir"
        chmod 2770 "$dir/tree/dir/marked"
        chmod 660 "$dir/tree/dir/file"
        chmod 755 "$dir/tree/dir"
        mount_view "$who" --key "$work/both.pem" tree mnt
        as "$who" ls -l "$dir/mnt/dir" >/dev/null
        unmount_view "$who" "$dir/mnt"
        in_group() { setpriv --reuid=65534 --regid=65534 --groups=2000 env HOME="$dir" "$@"; }
        (cd "$dir" && in_group timeout 60 "$efsmount" -q --key "$work/both.pem" tree mnt </dev/null)
        in_group sh -c 'echo private >"$1/marked/new"' - "$dir/mnt/dir"
        check "$who: a member of its group now: the file is encrypted" test \
            "$(in_group stat -c %s "$dir/mnt/dir/file")" = 600
        unmount_view "$who" "$dir/mnt"
        check "$who: ... and so is what he makes in the directory" bash -c \
            'test -s "$1" && ! grep -q private "$1"' - "$dir/tree/dir/marked/new"
        rm -r "$dir/tree/dir"
    fi

    # what may be in its place
    for place in 'head -c 100 "$1" >"$1.x"; mv "$1.x" "$1"' ': >"$1"' 'rm "$1"; mkfifo "$1"' 'rm "$1"; mkdir "$1"' \
        'rm -r "$1"; ln -s /dev/zero "$1"' 'rm "$1"; truncate -s 1T "$1"' \
        'rm "$1"; head -c 4200000 /dev/urandom >"$1"'; do
        as "$who" sh -c "$place" - "$file"
        check "$who: in its place: $place" shows "$who" "3 600 1300 1026"
    done
    as "$who" sh -c 'rm -rf "$1"; echo mine >"$2"; ln -s "$2" "$1"' - "$file" "$dir/mine"
    check "$who: what a link leads to isn't written" bash -c '[ "$1" = "$2" ]' - "$(view "$who"; cat "$dir/mine")" mine
    as "$who" rm -rf "$dir/.cache"
    as "$who" mkdir -m 777 "$dir/.cache"
    check "$who: a directory that others may write: nothing is kept" bash -c '[ -z "$1" ]' - \
        "$(view "$who"; kept "$who")"
    as "$who" rm -r "$dir/.cache"
    as "$who" sh -c 'mkdir "$1/elsewhere"; ln -s "$1/elsewhere" "$1/.cache"' - "$dir"
    check "$who: a link: nothing is kept" bash -c '[ -z "$1" ]' - "$(view "$who"; ls "$dir/elsewhere")"
    as "$who" rm "$dir/.cache"

    # elsewhere, and not at all
    export XDG_CACHE_HOME=/dev/null
    check "$who: XDG_CACHE_HOME=/dev/null: nothing is kept" bash -c '[ -z "$1" ]' - "$(view "$who"; kept "$who")"
    export XDG_CACHE_HOME=$dir/cache
    view "$who"
    check "$who: XDG_CACHE_HOME isn't made" test ! -e "$dir/cache"
    as "$who" mkdir -m 700 "$dir/cache"
    check "$who: in XDG_CACHE_HOME" shows "$who" "3 600 1300 1026"
    check "$who: ... it is there" private "$who"
    as "$who" sh -c 'cd "$1/wine-efs" && for i in $(seq 70); do touch -d 2001-01-01 view-$i; done; touch other' - \
        "$dir/cache"
    view "$who"
    check "$who: the oldest goes, one at a time, and nothing else" test "$(find "$dir/cache/wine-efs" -name 'view-*' |
        wc -l) $(ls "$dir/cache/wine-efs/other")" = "70 $dir/cache/wine-efs/other"

    # the tree that it lies in itself
    export XDG_CACHE_HOME=$dir/tree/cache
    as "$who" mkdir "$dir/tree/cache"
    view "$who"
    check "$who: within the tree itself" bash -c 'find "$1/tree/cache/wine-efs" -name "view-*" | grep -q .' - "$dir"
    (cd "$dir" && as "$who" timeout 60 "$efsmount" -q --key "$work/both.pem" tree </dev/null)
    as "$who" stat -c %s "$dir/tree/100" >"$work/size"
    check "$who: ... mounted over" test "$(cat "$work/size")" = 3
    check "$who: ... and its end" unmount_view "$who" "$dir/tree"
}

for who in "${users[@]}"; do user "$who"; done
plan
