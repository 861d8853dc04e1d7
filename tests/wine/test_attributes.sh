#!/bin/bash
# A program that sets attributes of a file changes its mode by READONLY alone: nobody may write it who couldn't before,
# and what READONLY took comes back. Wine alone gives 0664 for 0644 under umask 002.
#
# SPDX-License-Identifier: LGPL-2.1-or-later
. "$(dirname "$0")/../lib/tap.sh"
. "$(dirname "$0")/../lib/prefix.sh"

umask 002
check "a prefix with the drop-in" make_dropin_prefix "$work/prefix"
attrib() { WINEPREFIX=$prefix timeout 60 wine attrib "$@" </dev/null; }

# sets MODE ATTRIBUTES... WANTED: one attrib for each, one after the other
sets()
{
    local file=$work/file mode=$1 wanted=${*: -1} attribute

    rm -f "$file"
    echo x >"$file"
    chmod "$mode" "$file"
    for attribute in "${@:2:$# - 2}"; do attrib "$attribute" "$(winpath "$file")" >/dev/null 2>&1; done
    check "$mode, ${*:2:$# - 2}: $wanted" test "$(stat -c %a "$file")" = "$wanted"
    check_status "nothing else is left of it" 1 getfattr -n user.efs.writable "$file"
}

for mode in 644 600 664 640 666 464 755; do sets $mode +h $mode; done
sets 444 -r 644
sets 400 -r 600
sets 040 -r 240
sets 555 -r 755
sets 644 +r -r 644
sets 600 +r -r 600
sets 664 +r -r 664
sets 664 +r +h -r 664
# the umask leaves others nothing
sets 666 +r -r 664

# what somebody who may write the file has made up gives nobody more than the umask and reading do
echo x >"$work/planted"
chmod 440 "$work/planted"
setfattr -n user.efs.writable -v 3 "$work/planted"
attrib -r "$(winpath "$work/planted")" >/dev/null 2>&1
check "others who can't read can't write" test "$(stat -c %a "$work/planted")" = 660

mkdir "$work/dir"
chmod 755 "$work/dir"
attrib +h "$(winpath "$work/dir")" >/dev/null 2>&1
check "a directory" test "$(stat -c %a "$work/dir")" = 755
chmod 775 "$work/dir"
attrib +r "$(winpath "$work/dir")" >/dev/null 2>&1
check "which READONLY doesn't change" test "$(stat -c %a "$work/dir")" = 775
check_status "and nothing is kept of it" 1 getfattr -n user.efs.writable "$work/dir"

# a time alone changes no attribute and no mode: Wine 10 alone makes 644 of 444, and forgets what is hidden
x86_64-w64-mingw32-gcc -std=c11 -O1 "$top/tests/wine/programs/times.c" -o "$work/times.exe"
names=()
for mode in 444 400 464 040 000 644 600 666; do
    echo x >"$work/at$mode"
    chmod $mode "$work/at$mode"
    names+=("$(winpath "$work/at$mode")")
done
mkdir "$work/at500"
chmod 500 "$work/at500"
echo x >"$work/hidden"
attrib +h "$(winpath "$work/hidden")" >/dev/null 2>&1
attrib +r "$(winpath "$work/hidden")" >/dev/null 2>&1
names+=("$(winpath "$work/at500")" "$(winpath "$work/hidden")")
check "times" bash -c 'WINEPREFIX=$1 timeout 60 wine "${@:2}" >"$0" </dev/null' "$work/said" "$prefix" \
    "$work/times.exe" "${names[@]}"
for file in "$work"/at???; do
    check "... of a file of mode ${file##*at}" test "$(stat -c '%a %Y' "$file")" = "$((10#${file##*at})) 981173106"
done
check "... of one that is hidden and read-only" test \
    "$(tail -n 1 "$work/said" | tr -d '\r') $(stat -c %a "$work/hidden")" = "23 444"
plan
