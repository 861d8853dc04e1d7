# Shared shell functions of the tests: TAP output, a scratch directory, clean-up on any exit.
# Beside it: prefix.sh for Wine prefixes, mounts.sh for NTFS volumes.
#
#   . "$(dirname "$0")/../lib/tap.sh"     in bash; sets top, stage, gen and work (a scratch directory)
#   check "two and two make four" test $((2 + 2)) = 4
#   plan                              the last line; without it, or with one failure, the exit status is 1
#
# SPDX-License-Identifier: LGPL-2.1-or-later

top=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
build=${BUILD_DIR:-$top/build}
stage=$build/stage
gen=$top/tests/gen
vectors=$top/../shared/vectors/seccon2023-efsbk
export WINEDEBUG=${WINEDEBUG:--all} WINEDLLPATH=$stage/lib/wine-efs
export WINETEST_PLATFORM=windows # or a failure would pass where winetest/ says that Wine lacks it: todo_wine
# the same everywhere; and Wine needs UTF-8 for names in other scripts
export LC_ALL=C.UTF-8
unset DISPLAY WAYLAND_DISPLAY # no window, nor the tray of one
unset DBUS_SESSION_BUS_ADDRESS # nobody's own keyring

tap_count=0 tap_failed=0 tap_planned=
exit_commands=()

# Runs "$@" when the script ends, for whatever reason; the last registered first.
at_exit()
{
    exit_commands+=("$(printf '%q ' "$@")")
}

run_exit_commands()
{
    local status=$? i

    trap - EXIT
    trap '' INT TERM HUP
    for ((i = ${#exit_commands[@]} - 1; i >= 0; i--)); do eval "${exit_commands[i]}" || true; done
    [ "$tap_failed" = 0 ] && { [ "$tap_count" = 0 ] || [ -n "$tap_planned" ]; } || [ "$status" != 0 ] || status=1
    exit "$status"
}
trap run_exit_commands EXIT
trap 'exit 129' HUP
trap 'exit 130' INT
trap 'exit 143' TERM

work=$(mktemp -d "${TMPDIR:-/tmp}/wine-efs-test.XXXXXX")
if ! setfattr -n user.wine-efs-test -v 1 "$work" 2>/dev/null; then
    # a tmpfs of an older kernel, say: what is restored there couldn't keep its metadata
    rmdir "$work"
    mkdir -p "$build"
    work=$(mktemp -d "$build/wine-efs-test.XXXXXX")
fi
at_exit rm -rf "$work"
export XDG_DATA_HOME=$work/.data # nobody's own keys
export XDG_CACHE_HOME=$work/.cache # nor what a view knew
export XDG_RUNTIME_DIR=${XDG_RUNTIME_DIR:-$work} # Wine 10 complains where there's none
# Debian 13's wineserver (Wine 10.0) ends with "free(): invalid pointer" wherever it is set, to whatever folder
unset TMPDIR

# The checkout may be root's alone. For tests that are also run as another user:
# share_stage: stage becomes a copy that all users reach
share_stage()
{
    chmod 755 "$work"
    mkdir "$work/stage" && cp -a "$stage/bin" "$stage/lib" "$work/stage/" && chmod -R a+rX "$work/stage" || return 1
    stage=$work/stage
    export WINEDLLPATH=$stage/lib/wine-efs
}
# shared PROGRAM: the path of such a copy of one program, and of what it starts for commands with keys
shared()
{
    local keys=$1-keys copies=$work/.shared

    [ -e "$keys" ] || keys=${1%/*}/../lib/wine-efs/${1##*/}-keys
    [ -e "$keys" ] || keys=
    mkdir -p "$copies" && cp "$1" ${keys:+"$keys"} "$copies/" && chmod 755 "$copies" "$copies"/* &&
        echo "$copies/${1##*/}"
}

pass()
{
    tap_count=$((tap_count + 1))
    echo "ok $tap_count - $1"
}

# fail NAME [why]: every line of why becomes a diagnostic
fail()
{
    tap_count=$((tap_count + 1))
    tap_failed=$((tap_failed + 1))
    echo "not ok $tap_count - $1"
    [ -z "${2-}" ] || printf '%s\n' "$2" | sed 's/^/# /'
}

# check NAME COMMAND...: passes if the command succeeds; shows its output if not
check()
{
    check_status "$1" 0 "${@:2}"
}

# check_status NAME STATUS COMMAND...: passes if the command ends with just that status
check_status()
{
    local name=$1 wanted=$2 status=0

    shift 2
    # into a file: a pipe would stay open as long as any process that Wine starts behind the command
    "$@" >"$work/output" 2>&1 </dev/null || status=$?
    if [ "$status" = "$wanted" ]; then
        pass "$name"
    else
        fail "$name" "$(printf '%s: status %s instead of %s\n' "$*" "$status" "$wanted"; head -n 20 "$work/output")"
    fi
}

# skip NAME WHY
skip()
{
    tap_count=$((tap_count + 1))
    echo "ok $tap_count - $1 # SKIP $2"
}

# plan [N]: with N at the beginning, or without at the end
plan()
{
    tap_planned=${1:-$tap_count}
    echo "1..$tap_planned"
}

# skip_all WHY: a whole script that can't run here
skip_all()
{
    echo "1..0 # SKIP $1"
    exit 0
}

sha()
{
    sha256sum "$@" | cut -d ' ' -f 1
}

# efs_xattr FILE: the $EFS of a file on the host, as bytes
efs_xattr()
{
    getfattr --only-values --absolute-names -n user.ntfs.efsinfo "$1"
}

# space_for BYTES: is there room in the scratch directory?
space_for()
{
    [ "$(df --output=avail -B1 "$work" | tail -n 1)" -gt "$1" ]
}

# terminals_missing: says why no terminal can be had here; fails if one can
terminals_missing()
{
    /usr/bin/python3 -c 'import pty; pty.openpty()' 2>/dev/null && return 1
    echo "no terminal can be made, /dev/pts may be missing"
}
