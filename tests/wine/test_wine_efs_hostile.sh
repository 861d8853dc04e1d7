#!/bin/bash
# tools/wine-efs in prefixes with odd names, where somebody has put links and folders in the place of its files, and several
# at once. test_wine_efs.sh has what it does otherwise.
#
# SPDX-License-Identifier: LGPL-2.1-or-later
. "$(dirname "$0")/../lib.sh"

tool=$stage/bin/wine-efs
libdir=$stage/lib/wine-efs
unset WINEPREFIX WINE_EFS_LIBDIR
cd "$work" || exit 1
make_prefix "$work/p" || { fail "a prefix"; plan; exit 1; }
# it moves; what is left of it goes with the scratch directory
here=p
stop_here() { stop_prefix "$work/$here"; }
at_exit stop_here

system32=$work/p/drive_c/windows/system32
original=$(sha "$system32/advapi32.dll")
is_installed() { cmp "$libdir/x64/advapi32.dll" "$1/drive_c/windows/system32/advapi32.dll"; }
original_is_back() { [ "$(sha "$system32/advapi32.dll")" = "$original" ]; }
# what uninstall leaves of ours: nothing
ours() { find "$work/p" \( -name '*wine-efs*' -o -iname 'wineefs*' -o -iname 'wineadvapi32*' \) -print | grep .; }
says() { local text=$1; shift; "$@" 2>&1 | tee /dev/stderr | grep -qF -- "$text"; }

# ---- names: what is asked for, and no other
# a prefix in looks only, that a name without its last newline, or one that is looked up in CDPATH, would lead to
mkdir -p t/dosdevices t/drive_c/windows/system32 elsewhere/named/dosdevices elsewhere/named/drive_c/windows/system32
decoys() { find t elsewhere -printf '%p %y %s\n' | sort; }
decoys >decoys.before
move_to()
{
    stop_here
    mv -T -- "./$here" "./$1" && here=$1
    WINEPREFIX=$work/$here wineserver -p </dev/null >/dev/null 2>&1
}
in_place() { CDPATH=$work/elsewhere "$tool" --prefix "$here" "$@"; }
for next in named $'t\n' $'\n' $'line\nbreak\n\n' -P 'co:lon' "\$(touch made) \`touch made\` *?[x] ' \" \\"; do
    move_to "$next" || { fail "moved to another name"; plan; exit 1; }
    shown=$(printf '%q' "$here")
    check "install in $shown" in_place install
    check "the drop-in is there" is_installed "./$here"
    check "a program gets it" bash -c '"$1" run --prefix "$2" "$3" | grep -q "^dropin=yes"' - "$tool" "$here" "$libdir/x64/efsprobe.exe"
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
own_names=("$system32"/{wineefs,wineadvapi32,advapi32}.dll.wine-efs-new "$system32/advapi32.dll.before-wine-efs"
    "$work/p"/wine-efs.{lock,state,state.wine-efs-new})
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
for kind in "a link to a file" "a link to a folder" "a link that leads nowhere" "a second name of a file" "a folder" "a pipe"; do
    for place in "${own_names[@]}"; do
        # a folder of that name is the lock
        [ "$kind ${place##*.}" = "a folder lock" ] || plant "$kind" "$place"
    done
    victims >victims.before
    check "$kind in the place of each file: install" timeout 120 "$tool" --prefix p install
    check "the drop-in is there" is_installed p
    check "a file, not a link" test ! -L "$system32/wineefs.dll"
    check "the original is kept" test "$(sha "$system32/advapi32.dll.before-wine-efs")" = "$original"
    victims >victims.after
    # a second name that went away shows in no column
    check "nothing elsewhere has changed" cmp victims.before victims.after
    for place in "${own_names[@]}"; do
        case $place in *.wine-efs-new | *.lock) [ "$kind ${place##*.}" = "a folder lock" ] || plant "$kind" "$place" ;; esac
    done
    check "planted again: uninstall" timeout 120 "$tool" --prefix p uninstall
    victims >victims.after
    check "nothing elsewhere has changed" cmp victims.before victims.after
    check "the original is back" original_is_back
    check_status "nothing of ours is left" 1 ours
done
for dll in wineefs wineadvapi32; do
    for kind in "a link to a file" "a pipe"; do
        plant "$kind" "$system32/$dll.dll"
        check "$kind as $dll.dll: install" timeout 120 "$tool" --prefix p install
        victims >victims.after
        check "nothing elsewhere has changed" cmp victims.before victims.after
        check "uninstall" "$tool" --prefix p uninstall
    done
    plant "a folder" "$system32/$dll.dll"
    check "a folder as $dll.dll is refused" says "is a folder; move it away" "$tool" --prefix p install
    check "and left as it is" test -e "$system32/$dll.dll/something"
    rm -rf "$system32/$dll.dll"
    check "uninstall" "$tool" --prefix p uninstall
done
check "the original is back" original_is_back
# as two of version 0.1.0 at once left it
"$tool" --prefix p install >/dev/null 2>&1
cp "$libdir/x64/advapi32.dll" "$system32/advapi32.dll.before-wine-efs"
check "the drop-in in the original's place: uninstall" "$tool" --prefix p uninstall
check "Wine's own is back" original_is_back
check_status "nothing of ours is left" 1 ours

# ---- several at once
mkdir slow
cat >slow/ln <<'SLOW'
#!/bin/sh
# a wine-efs that takes its time between looking and doing
sleep 2
PATH=$REAL_PATH exec ln "$@"
SLOW
chmod +x slow/ln
slow_tool() { REAL_PATH=$PATH PATH=$work/slow:$PATH "$tool" --prefix p "$@"; }
at_once() # COMMAND...: all at once; how many of them failed
{
    local pids=() pid lost=0

    for command; do slow_tool "$command" >"at-once.${#pids[@]}" 2>&1 & pids+=($!); done
    for pid in "${pids[@]}"; do wait "$pid" || lost=$((lost + 1)); done
    return $lost
}
check "three install at once" at_once install install install
check "those that waited said so" test "$(cat at-once.* | grep -c 'is at work in')" -ge 1
check "the drop-in is there" is_installed p
check "the original is kept" test "$(sha "$system32/advapi32.dll.before-wine-efs")" = "$original"
check "install and uninstall at once" at_once install uninstall install
check "uninstall" "$tool" --prefix p uninstall
check "the original is back" original_is_back
check_status "nothing of ours is left" 1 ours

mkdir -m 700 p/wine-efs.lock
flock --no-fork p/wine-efs.lock sleep 60 &
holder=$!
until ! flock -n p/wine-efs.lock true; do sleep 0.1; done
check_status "one that waited too long gives up" 1 env WINE_EFS_SECONDS=1 "$tool" --prefix p install
check_status "and has done nothing" 1 is_installed p
check "status needn't wait" says "drop-in: not installed" "$tool" --prefix p status
kill "$holder"
wait "$holder" 2>/dev/null
check "the lock ends with its process" flock -n p/wine-efs.lock true
check "the folder that is left of it is in nobody's way" env WINE_EFS_SECONDS=1 "$tool" --prefix p install
check "nobody else can open it" bash -c 'mkdir -m 755 "$1/wine-efs.lock"; "$2" --prefix "$1" install & sleep 0.5
    for i in 1 2 3 4 5 6 7 8 9 10; do [ "$(stat -c %a "$1/wine-efs.lock" 2>/dev/null)" != 700 ] || seen=yes; sleep 0.1; done; wait $!; [ "$seen" = yes ]' - p "$tool"
cat >slow/ln <<'DEAD'
#!/bin/sh
kill -KILL "$PPID"
DEAD
"$tool" --prefix p uninstall >/dev/null 2>&1
stop_prefix "$work/p"
check_status "killed in the middle" 137 slow_tool install
check "the next one goes on, Wine's server from before or not" env WINE_EFS_SECONDS=5 "$tool" --prefix p install
check "the drop-in is there" is_installed p
check "uninstall" env WINE_EFS_SECONDS=5 "$tool" --prefix p uninstall
check "the original is back" original_is_back
check_status "nothing of ours is left" 1 ours
cat >slow/ln <<'INTERRUPTED'
#!/bin/sh
kill -TERM "$PPID"
INTERRUPTED
check_status "interrupted in the middle" 143 slow_tool install
check "its lock goes with it" test ! -e p/wine-efs.lock
check "uninstall" "$tool" --prefix p uninstall

# ---- modes: the source's, as far as the umask leaves them
for mask in 022 077; do
    check "install with umask $mask" bash -c 'umask "$1"; "$2" --prefix p install' - $mask "$tool"
    wanted=$(printf %o $((0644 & ~mask)))
    check "the drop-in has $wanted" test "$(stat -c %a "$system32/advapi32.dll")" = "$wanted"
    check "wineefs.dll too" test "$(stat -c %a "$system32/wineefs.dll")" = "$wanted"
    check "the note of the settings is its owner's" test "$(stat -c %a p/wine-efs.state)" = 600
    check "uninstall" "$tool" --prefix p uninstall
done
plan
