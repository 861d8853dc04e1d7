#!/bin/bash
# The main ways as an ordinary user, who isn't root and has no rights of root's: install, restore, save, tree, efsraw,
# uninstall, with umask 022 and 077, in directories of the user's and of others. Nothing may get wider than its source
# and the umask say, and what is others' stays theirs.
#
# Makes two users and a group for it, and removes them again.
#
# SPDX-License-Identifier: LGPL-2.1-or-later
. "$(dirname "$0")/../lib/tap.sh"
. "$(dirname "$0")/../lib/prefix.sh"

[ "$(id -u)" = 0 ] || skip_all "making a user needs root"
for program in useradd userdel groupadd setpriv; do
    command -v $program >/dev/null || skip_all "$program isn't installed"
done
user=efstest$$ other=efsother$$ team=efsteam$$

# what is still running as the user: Wine's server and services, which userdel would stumble over
remove_users()
{
    local name

    stop_user_prefix
    for name in $user $other; do userdel -f $name; done >/dev/null 2>&1
    groupdel $team >/dev/null 2>&1
}
stop_user_prefix() { [ ! -d "$work/home/.wine" ] ||
    as 022 $user bash -c 'timeout 30 wineserver -k; timeout 30 wineserver -w'; }
at_exit remove_users
groupadd $team && useradd -M -d "$work/home" -s /bin/bash -G $team $user &&
    useradd -M -d /nonexistent -G $team $other ||
    { fail "the users"; plan; exit 1; }

# as UMASK USER COMMAND...: with the user's rights and a login's environment
as()
{
    local mask=$1 name=$2

    shift 2
    setpriv --reuid=$name --regid=$name --init-groups --inh-caps=-all --no-new-privs \
        env -i HOME="$work/home" USER=$name LOGNAME=$name PATH="$PATH" LC_ALL=C.UTF-8 WINEDEBUG=-all \
        WINEDLLOVERRIDES='mscoree,mshtml=;winemenubuilder.exe=d' WINEPREFIX="$work/home/.wine" \
        WINEDLLPATH="$WINEDLLPATH" \
        bash -c 'umask "$1"; cd "$2" && shift 2 && exec "$@"' - $mask "$work" "$@" </dev/null
}

share_stage
tool=$stage/bin/wine-efs efsraw=$stage/bin/efsraw backup=$stage/lib/wine-efs/x64/efsbackup.exe
install -d -o $user -g $user "$work/home"
as 022 $user test -x "$tool" || skip_all "others can't look into $work"
win() { as "$1" $user timeout -k 10 120 wine "${@:2}"; }
efsbackup() { win "$1" "$backup" "${@:2}"; }

# mode FILE, owners FILE
mode() { stat -c %a "$1"; }
owner() { stat -c %U "$1"; }
group() { stat -c %G "$1"; }
# narrow UMASK FILE...: are no bits there that the umask takes?
narrow()
{
    local mask=$1 file

    shift
    for file; do
        [ $((0$(mode "$file") & 0$mask)) = 0 ] && ! getfacl -cp "$file" 2>/dev/null | grep -E '^(user|group):[^:]' ||
            { ls -ld "$file"; return 1; }
    done
}
# as the target was: owner, group, mode, attributes, contents
state_of() { stat -c '%U %G %a %s' "$1"; sha "$1"; getfattr -d -m - --absolute-names "$1"; }
unchanged() # FILE COMMAND...: fails, and leaves the file
{
    state_of "$1" >"$work/state"
    ! "${@:2}" && state_of "$1" | diff "$work/state" -
}
other_reads() { as 022 $other cat "$1"; }

"$gen/efsgen.py" keys "$work/alice" --name alice --password secret
head -c 100000 /dev/urandom >"$work/plain"
"$gen/efsgen.py" stream --out "$work/raw" --plaintext "$work/plain" --user "$work/alice/cert.pem"
"$gen/efsgen.py" stream --out "$work/raw2" --size 3000
"$gen/efsgen.py" stream --out "$work/rawdir" --directory --user "$work/alice/cert.pem"
chown -R $user: "$work/alice"
chmod 644 "$work"/raw*
key=(--key "$work/alice/key.pfx" --password-file "$work/alice/password.txt")

# without WINEDLLPATH: Wine puts what it finds there into a new prefix
check "the user makes a prefix" as 022 $user env -u WINEDLLPATH bash -c \
    'timeout 180 wineboot -i; wineserver -w; test -f "$WINEPREFIX/system.reg"'
snapshot() { \
    (cd "$work/home/.wine" &&
    find . \( -name '*.reg' -o -name wineserver -o -path ./drive_c/users \) -prune -o -printf '%y %m %u %p %l\n' |
    sort); }
snapshot >"$work/before"

# others' directories: root's with the sticky bit, another user's that the team may write to, the same with the setgid
# bit
mkdir "$work/sticky" "$work/team" "$work/setgid" "$work/closed" "$work/own"
chmod 1777 "$work/sticky"
chown $other:$team "$work/team" "$work/setgid"
chown $other: "$work/closed"
chown $user: "$work/own"
chmod 770 "$work/team"
chmod 2770 "$work/setgid"
chmod 755 "$work/own" "$work/closed"
declare -A groups=([own]=$user [sticky]=$user [team]=$user [setgid]=$team)

for mask in 022 077; do
    check "umask $mask: install" as $mask $user "$tool" install
    for dll in wineefs advapi32; do check "$dll.dll" narrow $mask \
        "$work/home/.wine/drive_c/windows/system32/$dll.dll"; done
    check "status" as $mask $user "$tool" status
    as $mask $user wineserver -p

    for place in own sticky team setgid; do
        at=$work/$place
        check "umask $mask, $place: restore" efsbackup $mask restore "$(winpath "$work/raw")" "$(winpath "$at/file")"
        check "it is the user's" test "$(owner "$at/file") $(group "$at/file")" = "$user ${groups[$place]}"
        check "and no wider than the umask" narrow $mask "$at/file"
        check "save" efsbackup $mask save "$(winpath "$at/file")" "$(winpath "$at/saved")"
        check "the same bytes" cmp "$work/raw" "$at/saved"
        check "the stream is no wider than the umask" narrow $mask "$at/saved"
        check "restore over it" efsbackup $mask restore "$(winpath "$work/raw")" "$(winpath "$at/file")"
        check "still no wider" narrow $mask "$at/file"
        chmod 600 "$at/file"
        check "over a private one" efsbackup $mask restore "$(winpath "$work/raw")" "$(winpath "$at/file")"
        check "which stays private" test "$(mode "$at/file")" = 600
        check "restore of a directory" efsbackup $mask restore "$(winpath "$work/rawdir")" "$(winpath "$at/dir")" \
            --directory
        check "no wider than the umask" narrow $mask "$at/dir"
        check "efsraw export" as $mask $user "$efsraw" export "$at/file" "$at/exported"
        check "the same bytes" cmp "$work/raw" "$at/exported"
        check "efsraw import" as $mask $user "$efsraw" import "$at/exported" "$at/imported"
        check "efsraw decrypt" as $mask $user "$efsraw" decrypt "$at/imported" "$at/plain" "${key[@]}"
        check "the plaintext" cmp "$work/plain" "$at/plain"
        check "none of them wider than the umask" narrow $mask "$at/exported" "$at/imported" "$at/plain"
        [ $mask = 022 ] || check_status "another user can't read the plaintext" 1 other_reads "$at/plain"
        check "efsraw check" as $mask $user "$efsraw" check "$at"
        check "nothing else is left there" test "$(ls -A "$at" | tr '\n' ' ')" = \
            "dir exported file imported plain saved "

        # ---- a tree, with modes that say who may see it
        as 000 $user bash -c \
            'mkdir "$1" && cd "$1" && umask 000 && mkdir -m 700 private && mkdir -m 755 shared && mkdir -m 1777 all &&
            for mode in 600 640 400 444 644 755; do echo $mode >shared/$mode; chmod $mode shared/$mode; done &&
                echo x >private/x &&
            truncate -s 1M shared/sparse && setfattr -n user.efs.sparse -v 1 shared/sparse && chmod 444 shared/sparse &&
            "$2" import "$3" shared/secret && chmod 640 shared/secret' - "$at/tree" "$efsraw" "$work/raw2"
        check "tree save" efsbackup $mask tree save "$(winpath "$at/tree")" "$(winpath "$at/archive")"
        # it has what the tree has
        check "the archive is no wider than the umask" narrow $mask "$at/archive" "$at/archive"/*
        check "tree restore" efsbackup $mask tree restore "$(winpath "$at/archive")" "$(winpath "$at/back")"
        check "the same names and data" diff -r "$at/tree" "$at/back"
        # setuid and setgid, which a directory gives on, apart
        modes() { \
            (cd "$1" && find . -mindepth 1 ! -name secret -printf '%m %p\n' |
            sed 's/^[246]\(...\)/\1/; s/^[357]\(...\)/1\1/' | sort -k 2); }
        check "the same modes" diff <(modes "$at/tree") <(modes "$at/back")
        check "a read-only file is still marked as sparse" getfattr -n user.efs.sparse "$at/back/shared/sparse"
        rm -rf "$at"/{file,saved,dir,exported,imported,plain,tree,archive,back}
    done

    # ---- what is others'
    "$efsraw" import "$work/raw2" "$work/sticky/roots"
    check "umask $mask: a file of root's in a sticky directory stays" unchanged "$work/sticky/roots" efsbackup $mask \
        restore \
        "$(winpath "$work/raw")" "$(winpath "$work/sticky/roots")"
    check "for efsraw too" unchanged "$work/sticky/roots" as $mask $user "$efsraw" import "$work/raw" \
        "$work/sticky/roots"
    as 022 $other bash -c '"$1" import "$2" "$3/theirs" && chmod 600 "$3/theirs"' - "$efsraw" "$work/raw2" \
        "$work/setgid"
    check_status "what can't be read can't be saved" 1 efsbackup $mask save "$(winpath "$work/setgid/theirs")" \
        "$(winpath "$work/own/none")"
    check "and leaves nothing" test ! -e "$work/own/none"
    check "nor exported" unchanged "$work/setgid/theirs" as $mask $user "$efsraw" export "$work/setgid/theirs" \
        "$work/own/none"
    check "nor is it narrower or wider than it was" test "$(mode "$work/setgid/theirs")" = 600
    check_status "a directory that is closed takes nothing" 1 efsbackup $mask restore "$(winpath "$work/raw")" \
        "$(winpath "$work/closed/file")"
    check "and has nothing" test -z "$(ls -A "$work/closed")"
    rm -f "$work/sticky/roots" "$work/setgid/theirs"

    as $mask $user wineserver -k
    check "umask $mask: uninstall" as $mask $user "$tool" uninstall
    as $mask $user wineserver -w
    snapshot >"$work/after"
    check "the prefix is as before" diff "$work/before" "$work/after"
done
check "no file of the user's lies elsewhere" test -z \
    "$(find "$work" -path "$work/home" -prune -o -path "$work/alice" -prune -o -user $user ! -path "$work/own" -print)"
plan
