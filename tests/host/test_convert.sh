#!/bin/bash
# efsraw convert: from split form to a container and back; what it exports stays the same.
#
# SPDX-License-Identifier: LGPL-2.1-or-later
. "$(dirname "$0")/../lib/tap.sh"
efsraw=${EFSRAW_CHECKED:-$stage/bin/efsraw}

mkdir "$work/dir" "$work/raw"
make_stream()
{
    "$gen/efsgen.py" stream --random-ciphertext --seed "$1" --out "$work/raw/$1" "${@:2}"
    case $1 in directory*) "$efsraw" import --directory "$work/raw/$1" "$work/dir/$1" ;; *) "$efsraw" import \
        "$work/raw/$1" "$work/dir/$1" ;; esac
}
make_stream ordinary --size 70001
make_stream empty --size 0
make_stream sparse --size 524288 --break sparse-file
make_stream named --size 5000 --named notes:3000
make_stream directory --directory
echo text >"$work/dir/plain"

# is NAME FORM: the form on the host, and what it exports
is()
{
    local names form=split

    names=$(getfattr --absolute-names "$work/dir/$1")
    case $names in
        *user.efs.container*user.ntfs.efsinfo*) form=both ;;
        *user.efs.container*) form=container ;;
        *user.efs.layout*user.ntfs.efsinfo*) form=layout ;;
    esac
    echo "$form"
    [ $form = "$2" ] && "$efsraw" export "$work/dir/$1" - | cmp - "$work/raw/$1"
}

# converts NAME TO [OPTIONS]: to that form, and nothing else changes
converts()
{
    local file=$work/dir/$1 before

    before=$(stat -c '%Y %a %u %g' "$file"; getfattr --absolute-names --only-values -n user.comment "$file")
    "$efsraw" convert "${@:3}" "$file" && is "$1" "$2" &&
        [ "$(stat -c '%Y %a %u %g' "$file"; getfattr --absolute-names --only-values -n user.comment "$file")" = \
        "$before" ] &&
        [ "$(ls -A "$work/dir" | wc -l)" = 6 ]
}

for name in ordinary empty sparse; do
    form=split
    [ $name != sparse ] || form=layout
    setfattr -n user.comment -v mine "$work/dir/$name"
    chmod 640 "$work/dir/$name"
    touch -d '2020-02-02 12:00' "$work/dir/$name"
    check "$name: in split form first" is $name $form
    check "$name: to a container" converts $name container
    check "$name: back to split form" converts $name $form
    check "$name: --split, when it is" converts $name $form --split
    check "$name: --container" converts $name container --container
    check "$name: --container, when it is" converts $name container --container
    check "$name: --split" converts $name $form --split
done

unchanged()
{
    local before status=0

    before=$(stat -c '%i %Z' "$work/dir/$1")
    "$efsraw" convert "${@:2}" "$work/dir/$1" 2>"$work/message" || status=$?
    cat "$work/message"
    [ $status = 1 ] && [ "$(wc -l <"$work/message")" = 1 ] && [ "$(stat -c '%i %Z' "$work/dir/$1")" = "$before" ] &&
        [ "$(ls -A "$work/dir" | wc -l)" = 6 ]
}
check "named: a container first" is named container
check "named: to split form: refused, unchanged" unchanged named
check "named: with the reason" grep -q "named stream" "$work/message"
check "named: still a container" is named container
check "a directory: refused" unchanged directory
check "a plain file: refused" unchanged plain
check_status "what isn't there" 1 "$efsraw" convert "$work/dir/nothing"
check_status "two forms" 2 "$efsraw" convert --split --container "$work/dir/ordinary"
check_status "without a file" 2 "$efsraw" convert

ln "$work/dir/sparse" "$work/other name"
check "a file with two names: to a container" converts sparse container
check "the other name is still the same file" test "$work/dir/sparse" -ef "$work/other name"
check "and back" converts sparse layout
check "a sparse file takes space for its data only" test $(($(stat -c %b "$work/dir/sparse") * 512)) -lt 1000000
ln -s "dir/ordinary" "$work/link"
check "by a symbolic link" "$efsraw" convert "$work/link"
check "the link is still one, the file converted" is ordinary container
check "and the link" test -h "$work/link"
plan
