# For tests that are run as root and as an ordinary user, nobody, each with a prefix of its own; without root as whoever
# runs them. Sets users. Behind tap.sh.
#
# SPDX-License-Identifier: LGPL-2.1-or-later

share_stage

# as WHO COMMAND...: root, or nobody, who has no rights here but those of others
as()
{
    if [ "$1" = nobody ] &&
        [ "$(id -u)" = 0 ]; then setpriv --reuid=65534 --regid=65534 --clear-groups env HOME="$work/nobody" "${@:2}"
    else "${@:2}"
    fi
}

# begin WHO UMASK: a server that makes files with this umask; sets user and prefix
begin()
{
    user=$1 prefix=$work/$1/prefix
    umask "$2"
    as "$user" env WINEPREFIX="$prefix" timeout 60 wineserver -k </dev/null || true
    as "$user" env WINEPREFIX="$prefix" timeout 60 wineserver -w </dev/null || true
    as "$user" env WINEPREFIX="$prefix" wineserver -p </dev/null >/dev/null 2>&1
}

# make_own_prefix WHO: a new one, or a copy of one that was never used: EFS_TEST_PREFIX, and for nobody
# EFS_TEST_PREFIX.nobody
make_own_prefix()
{
    local unused=${EFS_TEST_PREFIX:-}

    mkdir "$work/$1"
    [ "$1" = root ] || chown 65534:65534 "$work/$1"
    at_exit end_own_prefix "$1"
    [ "$1" != nobody ] || unused=$unused.nobody
    if [ -f "$unused/system.reg" ] && [ "$(stat -c %u "$unused")" = "$(as "$1" id -u)" ]; then
        cp -a "$unused" "$work/$1/prefix"
    else
        as "$1" env WINEPREFIX="$work/$1/prefix" WINEDLLOVERRIDES='mscoree,mshtml=;winemenubuilder.exe=d' timeout 180 \
            wineboot -i </dev/null >/dev/null 2>&1
        as "$1" env WINEPREFIX="$work/$1/prefix" timeout 60 wineserver -w </dev/null
    fi
    as "$1" "$stage/bin/wine-efs" install --prefix "$work/$1/prefix" </dev/null
}

end_own_prefix()
{
    as "$1" env WINEPREFIX="$work/$1/prefix" timeout 60 wineserver -k </dev/null || true
    as "$1" env WINEPREFIX="$work/$1/prefix" timeout 60 wineserver -w </dev/null || true
}

# make_place WHO KIND: sets place, a directory into which WHO restores
make_place()
{
    place=$work/place-$1-$2
    rm -rf "$place"
    mkdir "$place"
    case $2 in
    plain) ;;
    setgid) chgrp 2 "$place" ;;
    list) setfacl -d -m u::rwx,g::rwx,o::rwx,u:1:rwx,g:3:rwx,m::rwx "$place" ;;
    esac
    chmod 777 "$place"
    [ "$2" != setgid ] || chmod g+s "$place"
}

users=("$(id -un)")
[ "$(id -u)" != 0 ] || users=(root nobody)
