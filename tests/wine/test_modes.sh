#!/bin/bash
# All 512 modes, with and without the sticky bit, of files and directories, through BackupRead and BackupWrite: what was
# saved under Wine is restored bit for bit (but set-user-ID and set-group-ID), whatever the umask and the directory;
# what comes from Windows gives others no more than it gives to Everyone. As root and as an ordinary user.
#
# SPDX-License-Identifier: LGPL-2.1-or-later
. "$(dirname "$0")/../lib/tap.sh"
. "$(dirname "$0")/../lib/prefix.sh"
. "$(dirname "$0")/../lib/users.sh"

x86_64-w64-mingw32-gcc -std=c11 -O1 "$top/tests/wine/programs/modes.c" -o "$work/modes.exe" ||
    skip_all "no compiler for Windows programs"
command -v setfacl setpriv >/dev/null || skip_all "no setfacl or no setpriv"
descriptors=$top/tests/wine/programs/descriptors.py
wine_seconds=500

run() { as "$user" env WINEPREFIX="$prefix" timeout -k 10 "$wine_seconds" wine "$work/modes.exe" "$@" </dev/null; }

# list DIR: a line for each file and directory, as the Windows program wants them
list()
{
    local kind mode dir

    dir=$(winpath "$1")
    for kind in f d; do
        for ((mode = 0; mode < 1024; mode++)); do printf '%s %s\\%s%04o\n' $kind "$dir" $kind $mode; done
    done
}

# compare DIR: names are modes. Prints how many are as they were, are others, are wider, have an access list, are
# missing
compare()
{
    /usr/bin/python3 - "$@" <<'PY'
import os, sys
same = other = wider = lists = missing = 0
for kind in 'fd':
    for mode in range(1024):
        path = '%s/%s%04o' % (sys.argv[1], kind, mode)
        try:
            now = os.lstat(path).st_mode & 0o1777
        except FileNotFoundError:
            missing += 1
            continue
        same += now == mode
        other += now != mode
        wider += bool(now & ~mode & 0o777)
        lists += 'system.posix_acl_access' in os.listxattr(path)
print('%d the same, %d others, %d wider, %d with an access list, %d missing' % (same, other, wider, lists, missing))
PY
}

for user in "${users[@]}"; do check "a prefix of $user" make_own_prefix "$user"; done

# ---- what is saved
tried=0 wider_count=0
for user in "${users[@]}"; do
    begin "$user" 022
    source=$work/source-$user
    mkdir "$source"
    /usr/bin/python3 - "$source" "$user" <<'PY'
import os, sys
for kind in 'fd':
    for mode in range(1024):
        path = '%s/%s%04o' % (sys.argv[1], kind, mode)
        os.mkdir(path) if kind == 'd' else open(path, 'w').close()
        if sys.argv[2] == 'nobody':
            os.chown(path, 65534, 65534)
        os.chmod(path, mode)
PY
    list "$source" >"$work/list"
    : >"$work/archive-$user"
    [ "$user" != nobody ] || chown 65534 "$work/archive-$user"
    run save "$(winpath "$work/list")" "$(winpath "$work/archive-$user")" >"$work/log" 2>&1 || true
    tail -n 1 "$work/log" | sed "s/^/# saved as $user: /"
    # whose owner may not read it can't be saved by him
    saved=2048
    [ "$user" != nobody ] || saved=1024
    check "$user saves what he can read" grep -q ": 2048 done, $((2048 - saved)) failed" "$work/log"
done

# finished LIST COUNT: has the program done all of it, without a failure?
finished() { grep -qF "$(winpath "$1"): $2 done, 0 failed" "$work/log" ||
    { grep -F "$(winpath "$1")" "$work/log"; return 1; }; }

# check_modes NAME FROM: what came of the archive of FROM
check_modes()
{
    local missing=0 result wider

    [ "$2" != nobody ] || missing=1024
    result=$(compare "$place")
    tried=$((tried + 2048 - missing))
    wider=${result#* others, }
    wider_count=$((wider_count + ${wider%% *}))
    check "$1: the program" finished "$work/list-$2-$kind" 2048
    [ "$result" = "$((2048 - missing)) the same, 0 others, 0 wider, 0 with an access list, $missing missing" ] &&
        pass "$1" || fail "$1" "$result"
}

# check_descriptors NAME
check_descriptors()
{
    check "$1: the program" finished "$work/list-windows-$kind" "$(wc -l <"$work/list-windows-$kind")"
    "$descriptors" check "$place" $mask >"$work/differences" 2>&1 || true
    [ -s "$work/differences" ] && fail "$1: modes" "$(cat "$work/differences")" || pass "$1: modes"
    # the directory itself has but a default one
    check_status "$1: no access list of the directory's" 1 grep -q posix_acl_access \
        <(getfattr -R --absolute-names -m '^system.posix_acl_access$' "$place")
    "$descriptors" same "$work/windows-$kind" "$work/again-$user-$kind" >"$work/differences" 2>&1 || true
    [ -s "$work/differences" ] && fail "$1: what is given back" "$(cat "$work/differences")" ||
        pass "$1: what is given back"
}

for user in "${users[@]}"; do
    for mask in 000 022 027 077; do
        jobs=()
        for kind in plain setgid list; do
            for from in "${users[@]}" windows; do
                make_place "$user-$from" $kind
                list=$work/list-$from-$kind
                if [ $from = windows ]; then "$descriptors" make "$list" "$work/windows-$kind" "$(winpath "$place")"
                else list "$place" >"$list"
                fi
            done
            for from in "${users[@]}"; do \
                jobs+=(restore "$(winpath "$work/list-$from-$kind")" "$(winpath "$work/archive-$from")"); done
            : >"$work/again-$user-$kind"
            [ "$user" != nobody ] || chown 65534 "$work/again-$user-$kind"
            list=$(winpath "$work/list-windows-$kind")
            jobs+=(restore "$list" "$(winpath "$work/windows-$kind")" save "$list" \
                "$(winpath "$work/again-$user-$kind")")
        done
        begin "$user" $mask
        run "${jobs[@]}" >"$work/log" 2>&1 || true
        umask 022
        for kind in plain setgid list; do
            name="restored as $user, umask $mask, $kind directory"
            for from in "${users[@]}"; do
                place=$work/place-$user-$from-$kind
                check_modes "saved as $from, $name" $from
            done
            place=$work/place-$user-windows-$kind
            check_descriptors "descriptors of Windows, $name"
        done
    done
done
umask 022
echo "# modes tried: $tried; wider: $wider_count"
plan
