#!/bin/bash
# All 512 modes, with and without the sticky bit, of files and directories, through BackupRead and BackupWrite: what was
# saved under Wine is restored bit for bit (but set-user-ID and set-group-ID), whatever the umask and the directory;
# what comes from Windows gives others no more than it gives to Everyone. As root and as an ordinary user.
#
# In each of twelve places (umask and directory) a twelfth of the modes, another in each; with EFS_TEST_FULL=1 all.
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

# The modes of a place. 13 has nothing to do with the bits of a mode: in each part all of them are set and not set.
parts=12
[ -z "${EFS_TEST_FULL:-}" ] || parts=1
modes_of() # PART
{
    local mode

    for ((mode = 0; mode < 1024; mode++)); do [ $((mode % 13 % parts)) != "$1" ] || echo $mode; done
}
for ((part = 0; part < parts; part++)); do modes_of $part >"$work/modes-$part"; done
# how many files and directories that are, and whose owner may read them
tried_in() { echo $(($(wc -l <"$work/modes-$1") * 2)); }
readable_in() { awk 'int($1 / 256) % 2 {n += 2} END {print n}' "$work/modes-$1"; }

# list DIR PART: a line for each file and directory, as the Windows program wants them
list()
{
    local kind mode dir

    dir=$(winpath "$1")
    for kind in f d; do
        while read -r mode; do printf '%s %s\\%s%04o\n' $kind "$dir" $kind "$mode"; done <"$work/modes-$2"
    done
}

# compare DIR PART: names are modes. Prints how many are as they were, are others, are wider, have an access list, are
# missing
compare()
{
    /usr/bin/python3 - "$1" "$work/modes-$2" <<'PY'
import os, sys
same = other = wider = lists = missing = 0
modes = [int(line) for line in open(sys.argv[2])]
for kind in 'fd':
    for mode in modes:
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
    jobs=()
    for ((part = 0; part < parts; part++)); do
        list "$source" $part >"$work/list-$part"
        : >"$work/archive-$user-$part"
        [ "$user" != nobody ] || chown 65534 "$work/archive-$user-$part"
        jobs+=(save "$(winpath "$work/list-$part")" "$(winpath "$work/archive-$user-$part")")
    done
    run "${jobs[@]}" >"$work/log" 2>&1 || true
    for ((part = 0; part < parts; part++)); do
        # whose owner may not read it can't be saved by him
        unsaved=0
        [ "$user" != nobody ] || unsaved=$(($(tried_in $part) - $(readable_in $part)))
        check "$user saves what he can read, part $part" \
            grep -qF "list-$part: $(tried_in $part) done, $unsaved failed" "$work/log"
    done
done

# finished LIST COUNT: has the program done all of it, without a failure?
finished() { grep -qF "$(winpath "$1"): $2 done, 0 failed" "$work/log" ||
    { grep -F "$(winpath "$1")" "$work/log"; return 1; }; }

# check_modes NAME FROM: what came of the archive of FROM
check_modes()
{
    local all missing=0 result wider

    all=$(tried_in "$part")
    [ "$2" != nobody ] || missing=$((all - $(readable_in "$part")))
    result=$(compare "$place" "$part")
    tried=$((tried + all - missing))
    wider=${result#* others, }
    wider_count=$((wider_count + ${wider%% *}))
    check "$1: the program" finished "$work/list-$2-$kind" "$all"
    [ "$result" = "$((all - missing)) the same, 0 others, 0 wider, 0 with an access list, $missing missing" ] &&
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
    place_number=0
    for mask in 000 022 027 077; do
        jobs=()
        for kind in plain setgid list; do
            part=$((place_number++ % parts))
            for from in "${users[@]}" windows; do
                make_place "$user-$from" $kind
                list=$work/list-$from-$kind
                if [ $from = windows ]; then "$descriptors" make "$list" "$work/windows-$kind" "$(winpath "$place")"
                else list "$place" $part >"$list"
                fi
            done
            for from in "${users[@]}"; do \
                jobs+=(restore "$(winpath "$work/list-$from-$kind")" "$(winpath "$work/archive-$from-$part")"); done
            : >"$work/again-$user-$kind"
            [ "$user" != nobody ] || chown 65534 "$work/again-$user-$kind"
            list=$(winpath "$work/list-windows-$kind")
            jobs+=(restore "$list" "$(winpath "$work/windows-$kind")" save "$list" \
                "$(winpath "$work/again-$user-$kind")")
        done
        begin "$user" $mask
        run "${jobs[@]}" >"$work/log" 2>&1 || true
        umask 022
        place_number=$((place_number - 3))
        for kind in plain setgid list; do
            part=$((place_number++ % parts))
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
