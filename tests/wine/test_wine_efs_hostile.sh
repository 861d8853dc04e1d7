#!/bin/bash
# tools/wine-efs in prefixes with odd names, where somebody has put links and folders in the place of its files.
# test_wine_efs.sh has what it does otherwise, test_wine_efs_at_once.sh several of them.
#
# SPDX-License-Identifier: LGPL-2.1-or-later
. "$(dirname "$0")/../lib/tap.sh"
. "$(dirname "$0")/../lib/prefix.sh"

. "$top/tests/lib/wine_efs.sh"

# ---- names: what is asked for, and no other
# a prefix in looks only, that a name without its last newline, or one that is looked up in CDPATH, would lead to
mkdir -p t/dosdevices t/drive_c/windows/system32 elsewhere/named/dosdevices elsewhere/named/drive_c/windows/system32
decoys() { find t elsewhere -printf '%p %y %s\n' | sort; }
decoys >decoys.before
# the server goes along: it knows its prefix by the inode
WINEPREFIX=$work/p wineserver -p </dev/null >/dev/null 2>&1
move_to() { mv -T -- "./$here" "./$1" && here=$1; }
in_place() { CDPATH=$work/elsewhere "$tool" --prefix "$here" "$@"; }
for next in named $'t\n' $'\n' $'line\nbreak\n\n' -P 'co:lon' "\$(touch made) \`touch made\` *?[x] ' \" \\"; do
    move_to "$next" || { fail "moved to another name"; plan; exit 1; }
    shown=$(printf '%q' "$here")
    check "install in $shown" in_place install
    check "the drop-in is there" is_installed "./$here"
    check "a program gets it" bash -c '"$1" run --prefix "$2" "$3" | grep -q "^dropin=yes"' - "$tool" "$here" \
        "$libdir/x64/efsprobe.exe"
    check "uninstall by WINEPREFIX" env "WINEPREFIX=$here" "$tool" uninstall
    check_status "it is out again" 1 is_installed "./$here"
done
move_to p
decoys >decoys.after
check "no other prefix was touched" cmp decoys.before decoys.after
check "nothing in a name was run" test ! -e made
check_status "an empty name is a wrong use" 2 "$tool" --prefix= status
check_status "a missing one too" 1 "$tool" --prefix '' status
copy=$work/$'copy\n'
mkdir -p "$copy/lib"
cp -a "$libdir" "$copy/lib/wine-efs" && cp -a "$stage/bin" "$copy/bin"
check "wine-efs itself may be in such a folder" says "Prefix $work/p" "$copy/bin/wine-efs" --prefix p status
rm -rf "$copy"

# ---- planted: links, folders and pipes where wine-efs makes its files
own_names=("$system32"/{wineefs,wineadvapi32,advapi32,winekernelbase,kernelbase}.dll.wine-efs-new
    "$system32"/{advapi32,kernelbase}.dll.before-wine-efs "$work/p"/wine-efs.{lock,state,state.wine-efs-new})
kept_originals() { sha "$system32"/{advapi32,kernelbase}.dll.before-wine-efs; }
install_all() { timeout 120 "$tool" --prefix p install --every-process=on; }
mkdir victims
reset_victims()
{
    rm -rf victims
    mkdir -p victims/folder
    echo precious | tee victims/file >victims/folder/file
}
victims() { find victims -printf '%p %y %m %s\n' | sort; cat victims/file victims/folder/file; }
reset_victims
victims >victims.before
plant() # KIND NAME
{
    rm -rf "$2"
    case $1 in
        "a link to a file") ln -s "$work/victims/file" "$2" ;;
        "a link to a folder") ln -s "$work/victims/folder" "$2" ;;
        "a link that leads nowhere") ln -s "$work/victims/new" "$2" ;;
        "a second name of a file") ln "$work/victims/file" "$2" ;;
        "a folder") mkdir "$2" && touch "$2/something" ;;
        "a pipe") mkfifo "$2" ;;
    esac
}
for kind in "a link to a file" "a link to a folder" "a link that leads nowhere" "a second name of a file" "a folder" \
    "a pipe"; do
    for place in "${own_names[@]}"; do
        # a folder of that name is the lock
        [ "$kind ${place##*.}" = "a folder lock" ] || plant "$kind" "$place"
    done
    victims >victims.before
    check "$kind in the place of each file: install" install_all
    check "the drop-ins are there" is_in_every_process p
    check "a file, not a link" test ! -L "$system32/wineefs.dll"
    check "the originals are kept" test "$(kept_originals)" = "$originals"
    victims >victims.after
    # a second name that went away shows in no column
    check "nothing elsewhere has changed" cmp victims.before victims.after
    for place in "${own_names[@]}"; do
        case $place in *.wine-efs-new | *.lock) [ "$kind ${place##*.}" = "a folder lock" ] ||
            plant "$kind" "$place" ;; esac
    done
    check "planted again: uninstall" timeout 120 "$tool" --prefix p uninstall
    victims >victims.after
    check "nothing elsewhere has changed" cmp victims.before victims.after
    check "the original is back" original_is_back
    check_status "nothing of ours is left" 1 ours
done
dlls=(wineefs wineadvapi32 winekernelbase)
for kind in "a link to a file" "a pipe"; do
    for dll in "${dlls[@]}"; do plant "$kind" "$system32/$dll.dll"; done
    check "$kind as each DLL of ours: install" install_all
    check "the drop-ins are there" is_in_every_process p
    victims >victims.after
    check "nothing elsewhere has changed" cmp victims.before victims.after
    check "uninstall" "$tool" --prefix p uninstall
    check "the originals are back" original_is_back
done
for dll in "${dlls[@]}"; do
    plant "a folder" "$system32/$dll.dll"
    check "a folder as $dll.dll is refused" says "is a folder; move it away" install_all
    check "and left as it is" test -e "$system32/$dll.dll/something"
    rm -rf "$system32/$dll.dll"
done
check "uninstall" "$tool" --prefix p uninstall
check "the originals are back" original_is_back
# as two of version 0.1.0 at once left it
install_all >/dev/null 2>&1
for dll in advapi32 kernelbase; do cp "$libdir/x64/$dll.dll" "$system32/$dll.dll.before-wine-efs"; done
check "the drop-ins in the originals' place: uninstall" "$tool" --prefix p uninstall
check "Wine's own are back" original_is_back
check_status "nothing of ours is left" 1 ours
plan
