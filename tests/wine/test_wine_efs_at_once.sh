#!/bin/bash
# tools/wine-efs several times at once, ended in the middle, and the modes of what it makes.
#
# SPDX-License-Identifier: LGPL-2.1-or-later
. "$(dirname "$0")/../lib/tap.sh"
. "$(dirname "$0")/../lib/prefix.sh"
. "$top/tests/lib/wine_efs.sh"

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
check "nobody else can open it" bash -c 'mkdir -m 755 "$1/wine-efs.lock"; "$2" --prefix "$1" install & installs=$!
    while kill -0 $installs 2>/dev/null; do
        [ "$(stat -c %a "$1/wine-efs.lock" 2>/dev/null)" != 700 ] || seen=yes
    done; wait $installs; [ "$seen" = yes ]' - p "$tool"
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
