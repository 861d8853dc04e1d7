# Shared shell functions of the tests: throw-away Wine prefixes, and programs in them. After tap.sh.
#
#   . "$top/tests/lib/prefix.sh"
#   make_dropin_prefix "$work/prefix"    a new prefix with the drop-in in it
#   run_wine efs_test.exe ...            a program in it
#
# SPDX-License-Identifier: LGPL-2.1-or-later

# make_prefix DIR: a new Wine prefix, stopped and removed at exit. EFS_TEST_PREFIX: one of this user's that was never
# used, to be copied, which takes a fifth of the time.
make_prefix()
{
    at_exit rm -rf "$1"
    at_exit stop_prefix "$1"
    if [ -f "${EFS_TEST_PREFIX:-}/system.reg" ] && [ -O "$EFS_TEST_PREFIX" ]; then
        cp -a "$EFS_TEST_PREFIX" "$1"
    else
        create_prefix "$1"
    fi
}

# create_prefix DIR: the same, by Wine itself, and it stays
create_prefix()
{
    # no offer to download Mono and Gecko, and nothing in the user's own menus
    WINEPREFIX=$1 WINEDLLOVERRIDES='mscoree,mshtml=;winemenubuilder.exe=d' timeout 180 wineboot -i >/dev/null 2>&1 \
        </dev/null &&
        WINEPREFIX=$1 timeout 60 wineserver -w </dev/null && [ -f "$1/system.reg" ]
}

# stop_prefix DIR: ends every process of the prefix
stop_prefix()
{
    [ -d "$1" ] || return 0
    WINEPREFIX=$1 timeout 60 wineserver -k </dev/null || true
    WINEPREFIX=$1 timeout 60 wineserver -w </dev/null || true
}

# make_dropin_prefix DIR: a new prefix with the drop-in in it; sets prefix for run_wine
make_dropin_prefix()
{
    prefix=$1
    make_prefix "$1" && "$stage/bin/wine-efs" install --prefix "$1" </dev/null && keep_server "$1"
}

# keep_server DIR: one server until the end. One that is about to end by itself refuses the program that meets it
# ("Connection reset by peer").
keep_server()
{
    stop_prefix "$1"
    WINEPREFIX=$1 wineserver -p </dev/null >/dev/null 2>&1
}

# run_wine PROGRAM ARGS...: a Windows program in that prefix; PROGRAM: a path, or the name of one of ours
run_wine()
{
    local program=$1

    shift
    case $program in */*) ;; *) program=$stage/lib/wine-efs/x64/$program ;; esac
    WINEPREFIX=$prefix timeout -k 10 "${wine_seconds:-120}" wine "$program" "$@" </dev/null
}

# winpath PATH: the same as a Windows program sees it
winpath()
{
    printf 'Z:%s' "${1//\//\\}"
}
