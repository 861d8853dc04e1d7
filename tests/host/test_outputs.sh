#!/bin/bash
# What efsraw decrypt and export write, and import replaces: nobody may do more with it than before, nobody may read it
# before it is complete, a signal leaves nothing, and what SIGKILL leaves is found. As root and as an ordinary user.
#
# SPDX-License-Identifier: LGPL-2.1-or-later
. "$(dirname "$0")/../lib/tap.sh"
. "$(dirname "$0")/../lib/mounts.sh"
efsraw=$(shared "${EFSRAW_CHECKED:-$stage/bin/efsraw}")
cd "$work" || exit 1
chmod 711 "$work"

USER_ID=54321 GROUP_ID=54322 TEAM=54323 OTHER=54324 # nobody's
plain=$work/plain key=$work/alice/key.pem raw=$work/raw file=$work/file
"$gen/efsgen.py" keys alice --name alice >/dev/null
head -c 100000 /dev/urandom >plain
"$gen/efsgen.py" stream --out raw --plaintext plain --user alice/cert.pem
"$efsraw" import raw file || fail "import"
chmod -R a+rX .
chmod 711 "$work"

# as WHO COMMAND...: as root, or as an ordinary user in the group TEAM
declare -A prefix=([root]= [user]="setpriv --reuid $USER_ID --regid $GROUP_ID --groups $TEAM")
as()
{
    # shellcheck disable=SC2086 # several words
    ${prefix[$1]} "${@:2}"
}
whos=(root)
if [ "$(id -u)" != 0 ]; then whos=(); skip "as root and as an ordinary user" "changing the user needs root"
elif as user test -r "$raw" -a -x "$efsraw"; then whos+=(user)
else skip "as an ordinary user" "$work or $efsraw can't be reached by others"
fi

# refused NAME REGEX COMMAND...
refused()
{
    check_status "$1" 1 "${@:3}"
    cp output reason
    check "... with the reason" grep -qE "$2" reason
}

# fresh DIR OWNER MODE: an empty directory
fresh() { rm -rf "$1" && mkdir "$1" && chown "$2" "$1" && chmod "$3" "$1"; }
list_of() { getfacl -cpn "$1" | sed '/^$/d'; }
with_umask() { (umask "$1" && run "$2"); }
owned() { stat -c '%u:%g %a' "$1"; }

for who in "${whos[@]}"; do
    owner=0:0
    [ "$who" = root ] || owner=$USER_ID:$GROUP_ID
    for command in decrypt export; do
        case $command in
            decrypt) want=$plain; run() { as "$who" "$efsraw" decrypt "$raw" "$@" --key "$key"; } ;;
            export) want=$raw; run() { as "$who" "$efsraw" export "$file" "$@"; } ;;
        esac
        title="$who, $command"
        fresh d $owner 755
        echo old >d/old
        chown $owner d/old
        setfacl --set "user::rw-,user:$OTHER:rw-,group::---,mask::rw-,other::---" d/old
        setfattr -n user.DOSATTRIB -v hidden d/old
        list_of d/old >before
        check "$title: over a file with a list" run d/old
        check "... its content" cmp d/old "$want"
        list_of d/old >after
        check "... the list is the old one" diff before after
        check "... so are the attributes" test "$(getfattr --only-values -n user.DOSATTRIB d/old)" = hidden

        fresh d $owner 755
        setfacl -d --set "user::rwx,user:$OTHER:rwx,group::r-x,mask::rwx,other::---" d
        echo old >d/old
        setfacl -b d/old
        chmod 660 d/old
        chown $owner d/old
        check "$title: where the directory has a default list, over a file without one" run d/old
        check "... it has none" test "$(list_of d/old | tr '\n' ' ')" = "user::rw- group::rw- other::--- "
        as "$who" touch d/usual
        check "$title: new, where the directory has a default list" run d/new
        check "... it is that of any new file" diff <(list_of d/usual) <(list_of d/new)
        fresh d $owner 755
        for mask in 000 022 027 077; do
            check "$title: new, umask $mask" with_umask $mask d/new$mask
            check "... mode" test "$(stat -c %a d/new$mask)" = "$(printf '%o' $((0666 & ~0$mask)))"
        done
        fresh d $owner 755
        echo old >d/old
        ln d/old d/second
        chown $owner d/old
        check "$title: over a file with two names" run d/old
        check "... the other keeps its content" test "$(cat d/second)" = old
    done

    # what may not be written
    fresh d $owner 755
    for command in decrypt export import; do
        case $command in
            decrypt) run() { as "$who" "$efsraw" decrypt "$raw" "$@" --key "$key"; } ;;
            export) run() { as "$who" "$efsraw" export "$file" "$@"; } ;;
            import) run() { as "$who" "$efsraw" import "$raw" "$@"; } ;;
        esac
        echo old >d/$command
        chown $owner d/$command
        chmod 444 d/$command
        refused "$who, $command: over a read-only file" "^efsraw: d/$command: it may not be written; --force" run \
            d/$command
        check "... which is as it was" test "$(cat d/$command)" = old
        check "$who, $command: with --force" run d/$command --force
        check "... and read-only as before" test "$(stat -c %a d/$command)" = 444
        check "... and another" test "$(stat -c %s d/$command)" -gt 10
    done
done

if [ ${#whos[@]} = 2 ]; then
    # the caller is no member of the file's group, or not its owner
    run() { as user "$efsraw" decrypt "$raw" "$@" --key "$key"; }
    fresh d $USER_ID:$GROUP_ID 755
    for mode in 660:600 664:644 640:600 604:600 606:600 646:644; do
        echo old >d/old
        chown $USER_ID:$OTHER d/old
        chmod ${mode%:*} d/old
        check "own file of a foreign group, ${mode%:*}" run d/old
        check "... is narrower" test "$(owned d/old)" = "$USER_ID:$GROUP_ID ${mode#*:}"
        rm d/old
    done
    echo old >d/old
    chown $USER_ID:$OTHER d/old
    setfacl --set "user::rw-,user:7:rw-,group::rw-,group:8:r--,mask::rw-,other::rw-" d/old
    check "own file of a foreign group, with a list" run d/old
    check "... is narrower" test "$(list_of d/old | tr '\n' ' ')" = \
        "user::rw- user:7:rw- group::--- group:8:r-- mask::rw- other::rw- "
    rm d/old
    echo old >d/old
    chown 0:$TEAM d/old
    chmod 660 d/old
    check "root's file of a common group" run d/old
    check "... keeps the group, so the caller's own can't read" test "$(owned d/old)" = "$USER_ID:$TEAM 660"
    rm d/old
    echo old >d/old
    chown 0:$OTHER d/old
    setfacl --set "user::rw-,user:$USER_ID:rw-,group::rw-,mask::rw-,other::---" d/old
    check "root's file, which the caller may write by its list" run d/old
    check "... is for nobody else then" test "$(list_of d/old | tr '\n' ' ')" = \
        "user::rw- user:$USER_ID:rw- group::--- mask::rw- other::--- "
    # the same group for an import: its name is enough, without a rewrite in place
    echo old >d/foreign
    chown $USER_ID:$OTHER d/foreign
    chmod 660 d/foreign
    inode=$(stat -c %i d/foreign)
    check "import over an own file of a foreign group" as user "$efsraw" import "$raw" d/foreign
    check "... is narrower, and another inode" test "$(owned d/foreign)" = "$USER_ID:$GROUP_ID 600" -a \
        "$(stat -c %i d/foreign)" != "$inode"
fi

# ---- interrupted ----
# interrupt WHO SIGNAL DIR: a decrypt that waits for the rest of its stream, and then gets the signal; its staging
# file's mode is in `mode`, its exit status in `status`
interrupt()
{
    local pid i

    mode= status=0
    rm -f pipe
    mkfifo pipe
    chmod 666 pipe
    # where job control is off, the shell has a command in the background ignore INT and QUIT
    # shellcheck disable=SC2086 # several words
    ${prefix[$1]} env --default-signal=INT,QUIT "$efsraw" decrypt - "$3/out" --key "$key" <pipe 2>/dev/null &
    pid=$!
    exec 8>pipe
    head -c 90000 raw >&8
    for ((i = 0; i < 100; i++)); do
        mode=$(stat -c %a "$3"/.efs-import-* 2>/dev/null) && break
        [ -d "/proc/$pid/fd" ] && ls -l "/proc/$pid/fd" 2>/dev/null | grep -q "$3/#.*deleted" &&
            { mode=unnamed; break; }
        sleep 0.1
    done
    kill -"$2" $pid
    # if it goes on, the end of the pipe ends it, with another status
    for ((i = 0; i < 100; i++)); do
        kill -0 $pid 2>/dev/null || break
        sleep 0.1
    done
    exec 8>&-
    wait $pid || status=$?
}

for who in "${whos[@]}"; do
    fresh d 0:0 777
    interrupt "$who" TERM d
    check "$who: SIGTERM ends it" test $status = 143
    check "... without litter" test -z "$(ls -A d)"
done
if why=$(ntfs_missing); then skip "signals where there are no unnamed files" "$why"
else
    truncate -s 32M ntfs.img
    mkfs.ntfs -F -Q -q ntfs.img >/dev/null 2>&1
    mkdir -p ntfs
    at_exit unmount "$work/ntfs"
    ntfs-3g -o efs_raw,permissions,allow_other ntfs.img ntfs </dev/null || fail "mount"
    mkdir ntfs/d
    chmod 777 ntfs/d
    for who in "${whos[@]}"; do
        for signal in INT:130 TERM:143 HUP:129 QUIT:131; do
            interrupt "$who" ${signal%:*} ntfs/d
            check "$who, NTFS-3G: SIG${signal%:*} ends it" test $status = ${signal#*:}
            check "... it was its owner's alone" test "$mode" = 600
            check "... nothing is left" test -z "$(ls -A ntfs/d)"
        done
        interrupt "$who" KILL ntfs/d
        check "$who, NTFS-3G: SIGKILL leaves something" test "$(ls -A ntfs/d | wc -l)" = 1 -a "$mode" = 600
        check_status "... which check finds" 1 as "$who" "$efsraw" check ntfs/d
        check "... and removes" as "$who" "$efsraw" check --repair ntfs/d
        check "... for good" test -z "$(ls -A ntfs/d)"
        interrupt "$who" KILL ntfs/d
        check "$who, NTFS-3G: the next run" as "$who" "$efsraw" decrypt "$raw" ntfs/d/out --key "$key"
        check "... removes it, too" test "$(ls -A ntfs/d)" = out
        rm ntfs/d/out
    done
fi
nohup_run()
{
    rm -f pipe
    mkfifo pipe
    (trap '' HUP; exec "$efsraw" decrypt - d/kept --key "$key" <pipe) &
    exec 8>pipe
    head -c 90000 raw >&8
    sleep 0.5
    kill -HUP $!
    tail -c +90001 raw >&8
    exec 8>&-
    wait $! && cmp d/kept plain
}
mkdir -p d
check "a signal that is ignored stays ignored" nohup_run
plan
