# Part of wine-efs: the prefix and the Wine that it works with, and that it works there alone.
#
#   find_prefix     sets prefix, windows (its folder of Windows), state, arch32 and arch64 (their folders of DLLs, or
#                   empty)
#   find_wine       sets wine
#   lock_prefix     one wine-efs at a time changes a prefix; until it ends
#   own_wine ...    a Wine command for our own ends
#   find_wine_dlls  where Wine's own DLLs are
#   is_arm64        is that the host?
#
# SPDX-License-Identifier: LGPL-2.1-or-later

SECONDS_TO_WAIT=${WINE_EFS_SECONDS:-300}

# The registry of a prefix that was just made may still be in the memory of Wine's server alone, but its folders are
# there.
is_win32()
{
    if [ -f "$prefix/system.reg" ]; then grep -q '^#arch=win32' "$prefix/system.reg"; else [ ! -d "$windows/syswow64" \
        ]; fi
}

find_prefix()
{
    prefix=${prefix:-${WINEPREFIX:-${HOME:?}/.wine}}
    [ -d "$prefix" ] || die "$prefix: no such folder. \`wineboot\` makes a prefix"
    absolute_folder "$prefix" || die "$prefix: can't be entered"
    prefix=$folder
    windows=$prefix/drive_c/windows
    # before anything in it is looked at, which would wait as long as its daemon is stopped
    if [ -d "$prefix/dosdevices" ] && find_dead_view; then
        [ "$command" = unmount ] || die "$(shown "$dead"): its view doesn't answer: its efsmount has ended, or is\
 stopped; first \`$PROGRAM unmount\`"
        windows=/dev/null # so nothing in it is looked at
    elif [ ! -d "$prefix/dosdevices" ] || [ ! -d "$windows/system32" ]; then
        die "$prefix: this is no Wine prefix (it has no dosdevices, or no drive_c/windows/system32)"
    fi
    [ -O "$prefix" ] || die "$prefix: belongs to another user, and Wine would refuse it"
    WINEPREFIX=$prefix
    export WINEPREFIX
    state=$prefix/wine-efs.state

    # a prefix has 64-bit DLLs in system32 if, and only if, it is a win64 one
    if is_win32; then
        arch32=system32
        arch64=
    else
        arch32=syswow64
        arch64=system32
    fi
    [ -d "$windows/syswow64" ] || [ "$arch32" = system32 ] || arch32=
}

# ---- one at a time ----------------------------------------------------------------------------------------------

# The lock is a folder, since opening one neither makes nor changes anything, should somebody have put a link in its
# place. It is open to its owner alone, since who can open it can lock it. The kernel takes the lock from a process that
# ends, so none is ever left behind; the folder may be.
lock_prefix()
{
    lock=$prefix/wine-efs.lock
    command -v flock >/dev/null 2>&1 || die "flock is missing (Debian: util-linux)"
    tries=0
    until take_lock; do
        # it was removed between two steps of ours, by the one that had it
        tries=$((tries + 1))
        [ $tries -lt 100 ] || die "$lock: can't be made, or opened; is it another user's, or $prefix read-only?"
        sleep 0.1
    done
    trap unlock_prefix EXIT
    trap 'exit 129' HUP
    trap 'exit 130' INT
    trap 'exit 143' TERM
    remove_new_files
}

take_lock()
{
    # a link or a file was put there; rm -f leaves folders, so never takes away what another wine-efs has locked
    { [ -d "$lock" ] && [ ! -L "$lock" ]; } || rm -f -- "$lock" 2>/dev/null
    mkdir -m 700 -- "$lock" 2>/dev/null
    [ ! -L "$lock" ] && [ -O "$lock" ] && chmod 700 -- "$lock" 2>/dev/null && open_lock 2>/dev/null || return 1
    flock -n 9
    case $? in
        0) ;;
        1)
            warn "another $PROGRAM is at work in $prefix; waiting for it"
            flock -w "$SECONDS_TO_WAIT" 9 || die "another $PROGRAM is still at work in $prefix; nothing was done"
            ;;
        *) warn "$prefix: no locks on this file system; let no other $PROGRAM work there now" ;;
    esac
    # one that lost its name keeps nobody away
    [ /proc/self/fd/9 -ef "$lock" ]
}

# `command`: the shell doesn't end if it can't
open_lock() { command exec 9<"$lock/."; }

unlock_prefix()
{
    remove_new_files
    rmdir -- "$lock" 2>/dev/null
    exec 9<&-
}

# ---- Wine -------------------------------------------------------------------------------------------------------

find_wine()
{
    wine=${WINE:-wine}
    command -v "$wine" >/dev/null 2>&1 || wine=wine64
    command -v "$wine" >/dev/null 2>&1 || die "Wine is not installed, or not in PATH"
}

# A Wine command for our own ends: with Wine's own DLLs whatever state the prefix is in, without messages, and without
# the start of a prefix putting folders for menus into the user's home. All that we
# run say something when they fail. Silence means that Wine didn't start them, which happens once in a while: its server
# was about to end, or the kernel had put something where Wine 8.0 wants its shared page. Then it is tried again. The
# lock isn't for Wine's server, which outlives us.
own_wine()
{
    for pause in 0 1 3; do
        sleep "$pause"
        answer=$(WINEDEBUG=-all WINEDLLOVERRIDES='advapi32,kernelbase=b;winemenubuilder.exe=d' "$wine" "$@" \
            2>/dev/null </dev/null 9<&-)
        wine_status=$?
        [ "$wine_status" -ne 0 ] && [ -z "$answer" ] || break
    done
    [ -z "$answer" ] || printf '%s\n' "$answer"
    return "$wine_status"
}

# The directory of Wine's PE DLLs for x86_64 or i386. Wine itself is asked: several may be installed, and where its
# files are differs between the distributions. Empty: this Wine has no part for that architecture.
find_wine_dlls() # x64|x32 x86_64|i386
{
    own_wine "$libdir/$1/efsprobe.exe" --wine | tr -d '\r' | sed -n 's/^dlldir=//p' | while IFS= read -r nt_path; do
        unix_path=$(unix_path_of "$nt_path")
        if [ -f "$unix_path/$2-windows/advapi32.dll" ]; then
            printf '%s\n' "$unix_path/$2-windows"
            break
        fi
    done
}

# \??\Z:\usr\lib\wine or \??\unix\usr\lib\wine, as Wine hands it to its processes
unix_path_of()
{
    printf '%s\n' "$1" | sed 's,\\,/,g; s,^/??/unix/,/,; s,^/??/[A-Za-z]:/,/,'
}

# What we have for programs is for x86: a Wine for arm64 can use none of it.
is_arm64() { case $(uname -m) in aarch64 | arm64) ;; *) return 1 ;; esac; }
ARM64_LACKS="programs get no EFS functions, no view of what is encrypted, no BackupRead and no shadow copies"
