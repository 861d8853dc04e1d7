#!/bin/bash
# A directory whose own streams are in a file within it: no Windows program sees that file, can open, replace or delete
# it by its name, and a directory with nothing else in it goes with it. winetest/visible/large_directory.c asks every
# class of listing; here it is by name, beside what Linux has made of it, and when the program ends.
#
# As root, and as a user made for it.
#
# SPDX-License-Identifier: LGPL-2.1-or-later
. "$(dirname "$0")/../lib/tap.sh"
. "$(dirname "$0")/../lib/prefix.sh"

x86_64-w64-mingw32-gcc -std=c11 -municode -O1 "$top/tests/wine/programs/within.c" -o "$work/within.exe" -ladvapi32 ||
    skip_all "no compiler for Windows programs"
check "a prefix with the drop-in" make_dropin_prefix "$work/prefix"
"$gen/efsgen.py" stream --random-ciphertext --seed large --directory --plain notes:70000 --out "$work/large.raw"
"$gen/efsgen.py" stream --random-ciphertext --seed small --size 1000 --out "$work/small.raw"
as_whom=root
tree=$work/tree

# who COMMAND...: as the one whom it is tried as
who() { "$@"; }
within() { run_wine "$work/within.exe" "$@"; }
import() { who "$stage_bin/efsraw" import "$@"; }
stage_bin=$stage/bin

# says CODE ARGS...: within.exe prints that code
says()
{
    local wanted=$1 got

    shift
    got=$(within "$@" 2>/dev/null | tr -d '\r')
    [ "$got" = "$wanted" ] || { echo "within $*: $got instead of $wanted"; return 1; }
}

# make: a new directory with such a file, and its name
make()
{
    who rm -rf "$tree/dir"
    import --directory "$work/large.raw" "$tree/dir" && own=$(ls -A "$tree/dir") && [[ $own = .efs-directory-* ]]
}

# whole: the directory is as it was, and so is the tree
whole()
{
    who "$stage_bin/efsraw" export "$tree/dir" "$tree/out.raw" --force >/dev/null 2>&1 ||
        who "$stage_bin/efsraw" export "$tree/dir" "$tree/out.raw" || return 1
    cmp "$work/large.raw" "$tree/out.raw" && who rm "$tree/out.raw" && [ "$(ls -A "$tree/dir")" = "$own" ]
}
gone() { [ -z "$(ls -A "$tree")" ] || { ls -lA "$tree"; return 1; }; }

try_names()
{
    local dir name

    check "$as_whom: a directory with a file of its own" make
    dir=$(winpath "$tree/dir")
    for name in "$dir\\$own" "$dir\\${own^^}" "$dir\\.\\$own" "\\\\?\\$dir\\$own"; do
        check "$as_whom: $name: open" says 2 open "$name"
        check "attributes" says 2 attributes "$name"
        check "delete" says 2 delete "$name"
        check "copy" says 2 copy "$name" "$(winpath "$tree/copy")"
        check "rename" says 2 rename "$name" "$(winpath "$tree/copy")"
        check "the raw functions" says 2 raw "$name"
        check "the raw functions, over it" says 5 overwrite "$name"
        check "CREATE_NEW" says 80 create "$name" 1
        check "CREATE_ALWAYS" says 5 create "$name" 2
        check "OPEN_EXISTING" says 2 create "$name" 3
        check "OPEN_ALWAYS" says 5 create "$name" 4
        check "TRUNCATE_EXISTING" says 2 create "$name" 5
        who sh -c 'echo mine >"$1"' - "$tree/mine"
        check "a rename over it" says 5 rename "$(winpath "$tree/mine")" "$name"
        check "a copy over it" says 5 copy "$(winpath "$tree/mine")" "$name"
        check "a link over it" says 5 link "$(winpath "$tree/mine")" "$name"
        check "the file is still there" test "$(cat "$tree/mine")" = mine
        who rm -f "$tree/mine"
        check "and all is as it was" whole
    done
    WINEPREFIX=$prefix who timeout 60 wine cmd /c "del /q /a $dir\\*" </dev/null >/dev/null 2>&1
    check "a wildcard deletes nothing of it" whole
    check "a copy has nothing of it" who_lists "$dir"
    # what isn't the directory's own is a file like others
    import "$work/small.raw" "$tree/dir/.efs-directory-0123456789abcdef"
    check "another file of such a name can be seen" says 0 attributes "$dir\\.efs-directory-0123456789abcdef"
    check "and deleted" says 0 delete "$dir\\.efs-directory-0123456789abcdef"
    check "which leaves the directory's own" whole
    who setfattr -x user.efs.container "$tree/dir/$own"
    who sh -c 'echo mine >"$1"' - "$tree/dir/$own"
    check "one that isn't in container form any more can be seen" says 0 attributes "$dir\\$own"
    check "and it isn't lost with the directory" says 145 remove "$dir"
    check "but kept" test "$(cat "$tree/dir/$own")" = mine
}

# who_lists DIR: cmd's dir finds nothing in it
who_lists() { ! WINEPREFIX=$prefix timeout 60 wine cmd /c "dir /b /a $1" </dev/null 2>/dev/null |
    grep -qi efs-directory; }

try_removal()
{
    local dir

    dir=$(winpath "$tree/dir")
    check "$as_whom: a directory" make
    check "removed" says 0 remove "$dir"
    check "with its file" gone
    make
    check "listed and removed by one handle" says 0 list-and-remove "$dir"
    check "with its file" gone
    make
    who mkdir "$tree/dir/child"
    check "one with something in it isn't" says 145 remove "$dir"
    check "nor by one handle" says 145 list-and-remove "$dir"
    who rmdir "$tree/dir/child"
    check "and it is as it was" whole
    check "a program's end closes its handles" says 0 exit "$dir"
    check "and removes the directory" gone
    make
    who mkdir "$tree/dir/child"
    check "or not" says 0 exit "$dir"
    who rmdir "$tree/dir/child"
    check "if there is something in it" whole
    run_wine "$work/within.exe" wait "$dir" >"$work/waiting" 2>/dev/null &
    for ((i = 0; i < 1200; i++)); do ! grep -q waiting "$work/waiting" || break; sleep 0.1; done
    check "a program waits with such a handle" grep -q waiting "$work/waiting"
    stop_all
    wait $!
    check "killed, it leaves the directory" whole
}

stop_all() { stop_prefix "$prefix"; keep_server "$prefix"; }

mkdir "$tree"
try_names
who rm -rf "$tree/dir"
try_removal

if [ "$(id -u)" != 0 ] || ! command -v useradd userdel setpriv >/dev/null; then
    skip "an ordinary user" "making a user needs root, useradd, userdel and setpriv"
    plan
    exit
fi
user=efswithin$$
remove_user()
{
    [ ! -d "$work/home/.wine" ] || WINEPREFIX=$work/home/.wine who timeout 60 wineserver -k
    userdel -f "$user" >/dev/null 2>&1
}
at_exit remove_user
share_stage
chmod a+rX "$work/within.exe" "$work"/*.raw
useradd -M -d "$work/home" "$user" && install -d -o "$user" "$work/home" && install -d -o "$user" "$work/users" ||
    { fail "the user"; plan; exit 1; }
as_whom=$user tree=$work/users stage_bin=$stage/bin prefix=$work/home/.wine
who()
{
    setpriv --reuid="$user" --regid="$user" --clear-groups --inh-caps=-all env HOME="$work/home" USER="$user" \
        LOGNAME="$user" "$@"
}
run_wine() { WINEPREFIX=$prefix who timeout -k 10 120 wine "$@" </dev/null; }
stop_all()
{
    WINEPREFIX=$prefix who timeout 60 wineserver -k </dev/null
    WINEPREFIX=$prefix who timeout 60 wineserver -w </dev/null
}
cd "$work/users"
check "$user: a prefix" env WINEPREFIX="$prefix" WINEDLLOVERRIDES='mscoree,mshtml=;winemenubuilder.exe=d' \
    setpriv --reuid="$user" --regid="$user" --clear-groups --inh-caps=-all env HOME="$work/home" USER="$user" timeout \
    180 wineboot -i
WINEPREFIX=$prefix who timeout 60 wineserver -w </dev/null
check "with the drop-in" who "$stage_bin/wine-efs" install --prefix "$prefix"
try_removal
dir=$(winpath "$tree/dir")
make
who chmod 555 "$tree/dir"
check "one that its user may not write" says 5 remove "$dir"
who chmod 755 "$tree/dir"
check "stays" whole
chown root "$tree"
check "nor one in a directory of another's" says 5 remove "$dir"
chown "$user" "$tree"
check "stays" whole
plan
