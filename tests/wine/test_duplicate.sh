#!/bin/bash
# The modes of what DuplicateEncryptionInfoFile makes: what the descriptor gives its owner, for others no more than it
# gives to Everyone and the umask leaves, and no x on a file; without a descriptor as any file that is made. Whatever
# the directory, as root and as an ordinary user.
#
# SPDX-License-Identifier: LGPL-2.1-or-later
. "$(dirname "$0")/../lib/tap.sh"
. "$(dirname "$0")/../lib/prefix.sh"
. "$(dirname "$0")/../lib/users.sh"

x86_64-w64-mingw32-gcc -std=c11 -O1 "$top/tests/wine/programs/duplicate.c" -o "$work/duplicate.exe" -ladvapi32 ||
    skip_all "no compiler for Windows programs"
command -v setfacl setpriv >/dev/null || skip_all "no setfacl or no setpriv"

# two users: for one alone a new key would be made
"$gen/efsgen.py" keys "$work/alice" --name alice --password secret
"$gen/efsgen.py" keys "$work/bob" --name bob --password secret
for kind in file directory; do
    option=
    [ $kind = file ] || option=--directory
    "$gen/efsgen.py" stream --out "$work/$kind.raw" $option --user "$work/alice/cert.pem" --user "$work/bob/cert.pem"
done
[ -s "$work/file.raw" ] && [ -s "$work/directory.raw" ] || { fail "the streams"; plan; exit 1; }
chmod 644 "$work"/*.raw

# wanted ENTRIES KIND UMASK: the mode
wanted()
{
    local mode

    case $1 in
        su | us | u) mode=700 ;;
        sue) mode=755 ;;
        s) mode=000 ;;
        e) mode=555 ;;
        null | none) mode=777 ;;
    esac
    [ "$2" = directory ] || mode=$(printf %o $((0$mode & 0666)))
    # a descriptor's owner has what it says, whatever the umask
    printf %03o $((0$mode & ~(0$3 & 077)))
}

for user in "${users[@]}"; do check "a prefix of $user" make_own_prefix "$user"; done
for user in "${users[@]}"; do
    for mask in 022 077; do
        begin "$user" $mask
        for place_kind in plain setgid list; do
            make_place "$user-$mask" $place_kind
            for kind in file directory; do
                option=
                [ $kind = file ] || option=--directory
                as "$user" "$stage/bin/efsraw" import $option "$work/$kind.raw" "$place/from-$kind" >"$work/log" 2>&1 \
                    </dev/null || cat "$work/log"
                jobs=()
                for entries in su us u sue s e null none; do
                    jobs+=("$(winpath "$place/from-$kind")" "$(winpath "$place/$kind-$entries")" $entries)
                done
                name="$user, umask $mask, $place_kind directory, $kind"
                check "$name: the program" as "$user" env WINEPREFIX="$prefix" timeout -k 10 120 wine \
                    "$work/duplicate.exe" "${jobs[@]}"
                differences=
                for entries in su us u sue s e null none; do
                    # without a descriptor it has what its directory's default list gives
                    [ $entries$place_kind != nonelist ] || continue
                    mode=$(stat -c %a "$place/$kind-$entries")
                    mode=$(printf %03o $((0$mode & 01777))) # a setgid directory hands that on
                    [ "$mode" = "$(wanted $entries $kind $mask)" ] || differences+="$entries: $mode"$'\n'
                    ! getfacl -cp "$place/$kind-$entries" 2>/dev/null | grep -qE '^(user|group|mask):[^:]' ||
                        differences+="$entries: an access list"$'\n'
                    [ "$(efs_xattr "$place/$kind-$entries" | sha)" = "$(efs_xattr "$place/from-$kind" | sha)" ] ||
                        differences+="$entries: \$EFS"$'\n'
                done
                [ -z "$differences" ] && pass "$name: modes" || fail "$name: modes" "$differences"
            done
        done
        umask 022
    done
done
plan
