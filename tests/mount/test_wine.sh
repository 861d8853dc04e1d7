#!/bin/bash
# Windows programs in a view, as root and as an ordinary user: they see that files are encrypted, have their plaintext,
# save them as they are below, and get a documented error for what isn't done there.
#
# SPDX-License-Identifier: LGPL-2.1-or-later

. "$(dirname "$0")/../lib/own_mounts.sh"
. "$(dirname "$0")/../lib/tap.sh"
. "$(dirname "$0")/../lib/prefix.sh"
. "$(dirname "$0")/../lib/users.sh"
. "$(dirname "$0")/../lib/mounts.sh"
. "$(dirname "$0")/../lib/views.sh"

. "$(dirname "$0")/../lib/wine_views.sh"

make_tree()
{
    local size

    mkdir -p "$work/$1"/{tree/secret,tree/sub,mnt,run,out}
    for size in 0 1000 70000; do
        head -c "$size" /dev/urandom >"$work/$1/p$size"
        "$efsraw" encrypt "$work/$1/p$size" "$work/$1/tree/f$size" --for "$work/cert" || return 1
    done
    cp "$work/$1/p1000" "$work/$1/tree/plain"
    encrypt_directory "$work/$1/tree/secret"
    [ "$1" = root ] || chown -R 65534:65534 "$work/$1"/{tree,mnt,run,out}
    chmod 700 "$work/$1/run"
}

# saved WHO NAME: raw saving in the view gives what it gives below
saved()
{
    rm -f "$work/$1/out"/*
    windows "$1" "$stage/lib/wine-efs/x64/efsbackup.exe" save "$(winpath "$work/$1/mnt/$2")" \
        "$(winpath "$work/$1/out/stream")" >/dev/null 2>"$work/message" &&
        as "$1" "$efsraw" export "$work/$1/tree/$2" "$work/$1/out/wanted" &&
        cmp "$work/$1/out/stream" "$work/$1/out/wanted"
}

# restored WHO NAME DIR [OPTION]: what was saved of NAME comes back in DIR of the view, byte for byte
restored()
{
    rm -f "$work/$1/out"/*
    as "$1" "$efsraw" export "$work/$1/tree/$2" "$work/$1/out/stream" &&
        windows "$1" "$stage/lib/wine-efs/x64/efsbackup.exe" restore "$(winpath "$work/$1/out/stream")" \
            "$(winpath "$work/$1/mnt/$3/restored")" "${@:4}" >"$work/message" 2>&1 &&
        as "$1" "$efsraw" export "$work/$1/tree/$3/restored" "$work/$1/out/again" &&
        cmp "$work/$1/out/stream" "$work/$1/out/again" || { cat "$work/message"; false; }
}

# over WHO FROM NAME [OPTION]: what is saved of FROM below takes the place of NAME in the view, which shows it at once,
# whatever the kernel has seen of the old one
over()
{
    local dir=$work/$1

    rm -f "$dir/out"/*
    as "$1" "$efsraw" export "$dir/tree/$2" "$dir/out/stream" && as "$1" stat "$dir/mnt/$3" >/dev/null &&
        windows "$1" "$stage/lib/wine-efs/x64/efsbackup.exe" restore "$(winpath "$dir/out/stream")" \
            "$(winpath "$dir/mnt/$3")" "${@:4}" >"$work/message" 2>&1 &&
        [ "$(as "$1" stat -c '%s %F' "$dir/mnt/$3")" = "$(as "$1" stat -c '%s %F' "$dir/mnt/$2")" ] &&
        as "$1" "$efsraw" export "$dir/tree/$3" "$dir/out/again" && cmp "$dir/out/stream" "$dir/out/again" ||
        { cat "$work/message"; stat "$dir/mnt/$3" "$dir/mnt/$2"; false; }
}

# over_error WHO CODE NAME: the stream in out takes nothing's place
over_error()
{
    [ "$(windows "$1" "$stage/lib/wine-efs/x64/efsbackup.exe" restore "$(winpath "$work/$1/out/stream")" \
        "$(winpath "$work/$1/mnt/$3")" 2>&1 | tee "$work/message" | grep -cw "$2")" = 1 ] ||
        { cat "$work/message"; false; }
}

# the view's and the tree's users
same_users()
{
    local seen below

    seen=$(windows "$1" "$stage/lib/wine-efs/x64/efsbackup.exe" users "$2" 2>&1 | tr -d '\r')
    below=$(windows "$1" "$stage/lib/wine-efs/x64/efsbackup.exe" users "$3" 2>&1 | tr -d '\r')
    grep -qi "owner" <<<"$seen" && [ "${seen//mnt/tree}" = "$below" ] || { echo "$seen"; echo "$below"; false; }
}

# what needs no key; the mode of a directory and of a file in the view: 10 and 4000 are DIRECTORY and ENCRYPTED
test_seen()
{
    local who=$1 name=$2 mnt

    mnt=$(winpath "$work/$1/mnt")
    check "$name: an encrypted directory" says "$who" "4010 0 4010 0 4010 0 0" attributes "$mnt\\secret"
    check "$name: a plain one" says "$who" "10 0 10 0 10 0 0" attributes "$mnt\\sub"
    check "$name: a plain file" says "$who" "20 1000 20 1000 20 1000 0" attributes "$mnt\\plain"
    check "$name: FileEncryptionStatus" says "$who" "1 0" status "$mnt\\f1000"
    check "$name: ... of a directory" says "$who" "1 0" status "$mnt\\secret"
    check "$name: ... of a plain file" says "$who" "0 0" status "$mnt\\plain"
    check "$name: EncryptedFileKeyInfo" says "$who" "2 0" info "$mnt\\f1000"
    check "$name: raw saving: the file below" saved "$who" f70000
    check "$name: ... an empty one" saved "$who" f0
    check "$name: ... a directory" saved "$who" secret
    check "$name: ... of a plain file: ERROR_FILE_NOT_ENCRYPTED" test "$(windows "$who" \
        "$stage/lib/wine-efs/x64/efsbackup.exe" save "$mnt\\plain" "$(winpath "$work/$1/out/none")" 2>&1 |
        grep -c 6007)" = 1
    check "$name: its users" same_users "$who" "$mnt\\f1000" "$(winpath "$work/$1/tree/f1000")"
}

test_with_key()
{
    local who=$1 mnt socket daemon

    mnt=$(winpath "$work/$1/mnt")
    check "$who: mount" mount_view "$who" --key "$work/both.pem" tree mnt
    at_exit unmount "$work/$1/mnt"
    for size in 0 1000 70000; do
        check "$who: attributes and the plaintext's size, by name, listing and handle: $size" says "$who" \
            "4020 $size 4020 $size 4020 $size 0" attributes "$mnt\\f$size"
    done
    test_seen "$who" "$who"
    check "$who: plaintext" cmp "$work/$1/p70000" <(windows "$who" "$work/view.exe" read "$mnt\\f70000" 2>/dev/null)
    check "$who: written" says "$who" 0 append "$mnt\\f1000" more
    check "$who: ... it is there" cmp <(cat "$work/$1/p1000"; printf more) <(as "$who" cat "$work/$1/mnt/f1000")
    check "$who: ... saved at once" saved "$who" f1000
    check "$who: while a program writes it: ERROR_SHARING_VIOLATION" says "$who" 32 busy "$mnt\\f1000"

    # a program of Linux' has it open
    as "$who" mkfifo "$work/$1/go"
    as "$who" bash -c "exec 3>>'$work/$1/mnt/f1000'; : >'$work/$1/out/open'; read -r <'$work/$1/go'" &
    for _ in $(seq 100); do [ ! -e "$work/$1/out/open" ] || break; sleep 0.1; done
    check "$who: while a program of Linux' has it open to write, likewise" test "$(windows "$who" \
        "$stage/lib/wine-efs/x64/efsbackup.exe" save "$mnt\\f1000" "$(winpath "$work/$1/out/busy")" 2>&1 |
        grep -cw 32)" = 1
    timeout 10 bash -c "echo >'$work/$1/go'"
    wait $!

    # new ones
    check "$who: made with FILE_ATTRIBUTE_ENCRYPTED" says "$who" 0 make "$mnt\\made" secret
    check "$who: ... it is encrypted" says "$who" "4020 6 4020 6 4020 6 0" attributes "$mnt\\made"
    check "$who: ... with what was written" test "$(as "$who" cat "$work/$1/mnt/made")" = secret
    check "$who: ... below, too" test "$(sleep 1; as "$who" "$efsraw" decrypt "$work/$1/tree/made" - \
        --key "$work/both.pem")" = secret
    check "$who: ... nothing of it is plain" bash -c "! grep -q secret '$work/$1/tree/made'"
    check "$who: ... saved" saved "$who" made
    check "$who: overwritten" says "$who" 0 over "$mnt\\made" again
    check "$who: ... it stays encrypted" getfattr --absolute-names -n user.ntfs.efsinfo "$work/$1/tree/made"
    check "$who: ... with what was written" test "$(as "$who" cat "$work/$1/mnt/made")" = again
    check "$who: a plain file, overwritten as an encrypted one" says "$who" 0 over "$mnt\\sub\\over" secret
    as "$who" cp "$work/$1/p1000" "$work/$1/mnt/sub/over"
    as "$who" cp "$work/$1/p1000" "$work/$1/mnt/sub/plain"
    check "$who: ... once more" says "$who" 0 over "$mnt\\sub\\plain" secret
    check "$who: ... it is encrypted" getfattr --absolute-names -n user.ntfs.efsinfo "$work/$1/tree/sub/plain"
    check "$who: ... with what was written" test "$(as "$who" cat "$work/$1/mnt/sub/plain")" = secret
    check "$who: in an encrypted directory" says "$who" 0 make "$mnt\\secret\\made" secret
    check "$who: ... it is encrypted" says "$who" "4020 6 4020 6 4020 6 0" attributes "$mnt\\secret\\made"
    check "$who: a directory there" says "$who" 0 mkdir "$mnt\\secret\\inside"
    check "$who: ... it is encrypted" says "$who" "4010 0 4010 0 4010 0 0" attributes "$mnt\\secret\\inside"
    check "$who: EncryptFile of a directory" says "$who" 0 mkdir "$mnt\\marked"
    check "$who: ... " says "$who" 0 encrypt "$mnt\\marked"
    check "$who: ... it is encrypted" says "$who" "4010 0 4010 0 4010 0 0" attributes "$mnt\\marked"
    as "$who" touch "$work/$1/mnt/empty"
    check "$who: ... of an empty file" says "$who" 0 encrypt "$mnt\\empty"
    check "$who: ... it is encrypted" says "$who" "4020 0 4020 0 4020 0 0" attributes "$mnt\\empty"
    check "$who: ... of an encrypted one: nothing to do" says "$who" 0 encrypt "$mnt\\f1000"
    check "$who: CopyFile" says "$who" 0 copy "$mnt\\f70000" "$mnt\\copy"
    check "$who: ... is encrypted" getfattr --absolute-names -n user.ntfs.efsinfo "$work/$1/tree/copy"
    check "$who: ... and the same" as "$who" cmp "$work/$1/mnt/copy" "$work/$1/p70000"
    check "$who: ... out of the view: ERROR_ACCESS_DENIED" says "$who" 5 copy "$mnt\\f70000" \
        "$(winpath "$work/$1/out/copy")"
    check "$who: ... makes nothing" test ! -e "$work/$1/out/copy"

    # raw restoring
    check "$who: a directory, restored under a new name" restored "$who" secret sub --directory
    check "$who: ... it is encrypted" says "$who" "4010 0 4010 0 4010 0 0" attributes "$mnt\\sub\\restored"
    check "$who: a file" restored "$who" f70000 secret
    check "$who: ... it is encrypted" says "$who" "4020 70000 4020 70000 4020 70000 0" attributes \
        "$mnt\\secret\\restored"
    check "$who: ... and opens" as "$who" cmp "$work/$1/p70000" "$work/$1/mnt/secret/restored"

    test_over "$who"

    # what isn't done
    check "$who: a stream of an encrypted file: ERROR_ACCESS_DENIED" says "$who" 5 make "$mnt\\f1000:stream" x

    # the socket
    socket=$(as "$who" getfattr --absolute-names --only-values -n user.view.efs "$work/$1/mnt/f1000" |
        awk '{ print $5 }')
    daemon=${socket##*-}
    check "$who: the socket is in the user's own directory" test "${socket%/*}" = "$work/$1/run/wine-efs"
    check "$who: ... which is his alone" test "$(stat -c '%a %U' "${socket%/*}")" = "700 $who"
    check "$who: ... and the daemon's" test "$(tr '\0' ' ' <"/proc/$daemon/comm" | head -c 8)" = efsmount
    chmod 755 "$work/$1/run" "${socket%/*}"
    chmod 777 "$socket"
    test_socket "$who" "$socket"
    chmod 700 "$work/$1/run" "${socket%/*}"
    check "$who: unmount" unmount_view "$who" "$work/$1/mnt"
    check "$who: ... the socket has gone" test ! -e "$socket"
    check "$who: ... all is sound" "$efsraw" check "$work/$1/tree"
}

# Raw restoring over what is there.
test_over()
{
    local who=$1 dir=$work/$1

    mkdir -p "$dir/tree/over/dir"
    cp -p --preserve=all "$dir/tree/f1000" "$dir/tree/over/file"
    cp "$dir/p1000" "$dir/tree/over/plain"
    cp "$dir/p1000" "$dir/tree/over/linked"
    ln "$dir/tree/over/linked" "$dir/tree/over/link"
    "$gen/efsgen.py" stream --out "$dir/out/named" --size 5000 --named notes:700 && "$efsraw" import "$dir/out/named" \
        "$dir/tree/over/container"
    chown -R --reference="$dir/tree" "$dir/tree/over"
    check "$who: a raw stream over an encrypted file" over "$who" f70000 over/file
    check "$who: ... it opens" as "$who" cmp "$dir/p70000" "$dir/mnt/over/file"
    check "$who: ... once more, a shorter one" over "$who" f1000 over/file
    check "$who: ... and an empty one" over "$who" f0 over/file
    check "$who: ... over a plain file" over "$who" f70000 over/plain
    check "$who: ... it opens" as "$who" cmp "$dir/p70000" "$dir/mnt/over/plain"
    check "$who: ... it is encrypted" says "$who" "4020 70000 4020 70000 4020 70000 0" attributes \
        "$(winpath "$dir/mnt/over/plain")"
    check "$who: ... over a container" over "$who" f70000 over/container
    check "$who: ... over a directory" over "$who" secret over/dir --directory
    # a file that has other names is written where it is
    check "$who: ... over one of two names" over "$who" over/file over/linked
    check "$who: ... the other one shows it" cmp <(as "$who" cat "$dir/mnt/over/linked") \
        <(as "$who" cat "$dir/mnt/over/link")

    check "$who: ... over what was just made and closed" says "$who" 0 begin "$(winpath "$dir/mnt/over/new")"
    check "$who: ... in an encrypted directory, too" says "$who" 0 begin "$(winpath "$dir/mnt/secret/new")"
    check "$who: ... which stays until the stream is complete" test ! -s "$dir/tree/secret/new"

    # what fails changes nothing
    as "$who" "$efsraw" export "$dir/tree/f1000" "$dir/out/stream.whole"
    head -c 1300 "$dir/out/stream.whole" >"$dir/out/stream"
    check "$who: half a stream: ERROR_NOT_EXPORT_FORMAT" over_error "$who" 6008 over/plain
    check "$who: ... it is as it was" as "$who" cmp "$dir/p70000" "$dir/mnt/over/plain"
    cp "$dir/out/stream.whole" "$dir/out/stream"
    opened "$who" over/plain
    check "$who: open to read: ERROR_SHARING_VIOLATION" over_error "$who" 32 over/plain
    end_opened
    check "$who: ... it is as it was" as "$who" cmp "$dir/p70000" "$dir/mnt/over/plain"
    as "$who" chmod 444 "$dir/mnt/over/plain"
    check "$who: read-only: ERROR_ACCESS_DENIED" over_error "$who" 5 over/plain
    check "$who: ... it is as it was" as "$who" cmp "$dir/p70000" "$dir/mnt/over/plain"
    as "$who" chmod 644 "$dir/mnt/over/plain"
    check "$who: ... and no longer" over "$who" f1000 over/plain
    as "$who" rm -r "$dir/mnt/over"
}

# What the daemon answers those who don't use our library. asked.py has the messages' form from include/view/efs_view.h.
test_socket()
{
    local who=$1 socket=$2 file stranger=1234 words

    pinned "$who" f70000
    file=$(file_of "$who" f70000)
    IFS=. read -r -a words <<<"$file"
    check "$who: its answer is the file below" test "$(as "$who" "$asked" "$socket" "$file")" = \
        "0 $(stat -c '%i' "$work/$1/tree/f70000")"
    check "$who: ... to root" test "$("$asked" "$socket" "$file")" = "0 $(stat -c '%i' "$work/$1/tree/f70000")"
    if [ "$(id -u)" = 0 ]; then
        check "$who: ... to a stranger EACCES" test "$(setpriv --reuid=$stranger --regid=$stranger --clear-groups \
            "$asked" "$socket" "$file")" = 13
    else
        skip "$who: ... to a stranger EACCES" "needs root"
    fi
    check "$who: a file outside of the tree: ESTALE" test "$(as "$who" "$asked" "$socket" \
        "$(printf '%x.%x.1' "$(stat -c %d "$work/both.pem")" "$(stat -c %i "$work/both.pem")")")" = 116
    check "$who: another generation" test "$(as "$who" "$asked" "$socket" "${words[0]}.${words[1]}.ffff")" = 116
    check "$who: another operation: EOPNOTSUPP" test "$(as "$who" "$asked" "$socket" "$file" 99)" = 95
    check "$who: no request: EPROTO" test "$(as "$who" "$asked" "$socket" garbage)" = 71
    check "$who: nothing is said: EPROTO, after a second" test "$(as "$who" timeout 5 "$asked" "$socket" silent)" = 71
    check "$who: seventy say nothing: EPROTO" test "$(as "$who" timeout 20 "$asked" "$socket" silent 70)" = 71
    test_claims "$who" "$socket"
    check "$who: it still answers" test "$(asks "$who" "$socket" f70000 1)" = \
        "0 $(stat -c '%i' "$work/$1/tree/f70000")"
    end_pinned
}

# pinned WHO NAME: the kernel doesn't forget it until `end_pinned`, whoever has it drop its caches; it isn't open
pinned()
{
    rm -f "$work/pin" "$work/pinned" && mkfifo "$work/pin"
    as "$1" "$python" -c 'import os, sys; fd = os.open(sys.argv[1], os.O_PATH); print(flush=True); sys.stdin.read()' \
        "$work/$1/mnt/$2" <"$work/pin" >"$work/pinned" &
    pinner=$!
    exec 6>"$work/pin"
    for _ in $(seq 100); do [ ! -s "$work/pinned" ] || break; sleep 0.1; done
}

end_pinned()
{
    exec 6>&-
    wait "$pinner"
}

# file_of WHO NAME: its numbers, which are good as long as the kernel remembers it
file_of()
{
    as "$1" getfattr --absolute-names --only-values -n user.view.efs "$work/$1/mnt/$2" | awk '{ print $4 }'
}

# asks WHO SOCKET NAME OPERATION
asks()
{
    as "$1" "$asked" "$2" "$(file_of "$1" "$3")" "$4" </dev/null
}

# claimed WHO SOCKET NAME [END]: claims it until `end_claimed`
claimed()
{
    rm -f "$work/$1/hold" && as "$1" mkfifo "$work/$1/hold"
    as "$1" "$asked" "$2" "$(file_of "$1" "$3")" 2 "${@:4}" <"$work/$1/hold" >"$work/$1/out/claimed" &
    claimer=$!
    exec 8>"$work/$1/hold"
    for _ in $(seq 100); do [ ! -s "$work/$1/out/claimed" ] || break; sleep 0.1; done
    grep -q '^0 ' "$work/$1/out/claimed"
}

end_claimed()
{
    exec 8>&-
    wait "$claimer" 2>/dev/null
}

# Whoever claims a file keeps others from it, and from nothing else, as long as he is there.
test_claims()
{
    local who=$1 dir=$work/$1 seen

    check "$who: a claim" claimed "$who" "$2" f70000 done
    seen=$(as "$who" cat "$dir/mnt/f70000" 2>&1 >/dev/null)
    check "$who: ... nobody can open the file: EBUSY" test "${seen##*: }" = "Device or resource busy"
    as "$who" truncate -s 0 "$dir/mnt/f70000" 2>/dev/null
    check "$who: ... nor cut it" test "$(as "$who" stat -c %s "$dir/mnt/f70000")" = 70000
    check "$who: ... nor claim it" test "$(asks "$who" "$2" f70000 2)" = 16
    check "$who: ... nor save it" test "$(asks "$who" "$2" f70000 1)" = 16
    check "$who: ... but look at it" as "$who" stat "$dir/mnt/f70000"
    check "$who: ... and read others" as "$who" cat "$dir/mnt/f1000"
    end_claimed
    check "$who: ... and it is done" test "$(tail -n 1 "$dir/out/claimed")" = 0
    check "$who: ... then it opens" as "$who" cmp "$dir/p70000" "$dir/mnt/f70000"
    check "$who: a claim, and nonsense" claimed "$who" "$2" f70000 garbage
    end_claimed
    check "$who: ... it is no answer" test "$(tail -n 1 "$dir/out/claimed")" = 71
    check "$who: ... then it opens" as "$who" cmp "$dir/p70000" "$dir/mnt/f70000"
    check "$who: a claim, and its program is killed" claimed "$who" "$2" f70000 killed
    end_claimed
    sleep 0.2
    check "$who: ... then it opens" as "$who" cmp "$dir/p70000" "$dir/mnt/f70000"
    opened "$who" f70000
    check "$who: a claim of what is open: EBUSY" test "$(asks "$who" "$2" f70000 2)" = 16
    seen=$(asks "$who" "$2" f70000 3)
    check "$who: ... but by who has it open himself" test "${seen% *}" = 0
    end_opened
    as "$who" cp --preserve=all "$dir/tree/f70000" "$dir/tree/left"
    as "$who" setfattr -n user.efs.size -v 0x7011010000000000 "$dir/tree/left"
    check "$who: what a killed view has left in the open form" opened "$who" left
    seen=$(asks "$who" "$2" left 3)
    check "$who: ... can be claimed, too" test "${seen% *}" = 0
    end_opened
    check "$who: ... and is read" as "$who" cmp "$dir/p70000" "$dir/mnt/left"
    as "$who" rm "$dir/mnt/left"
    as "$who" cp --preserve=all "$dir/tree/f70000" "$dir/out/f70000"
    as "$who" cp --preserve=all "$dir/tree/f0" "$dir/out/f0"
    as "$who" cp --preserve=all "$dir/tree/f0" "$dir/tree/again"
    check "$who: replaced again and again while others read it" as "$who" "$replaced" "$dir/tree" "$dir/mnt" again 100 \
        "$dir/out/f70000" "$dir/p70000" "$dir/out/f0" "$dir/p0"
    as "$who" rm "$dir/mnt/again"
}

test_guard()
{
    local who=$1 mnt before

    mnt=$(winpath "$work/$1/mnt")
    as "$who" mkdir "$work/$1/tree/mine"
    before=$(cd "$work/$1/tree" && find . -type f -exec sha256sum {} + | sort)
    check "$who: without a key" mount_view "$who" --guard tree mnt
    # by handle Wine can't open it
    check "$who, no key: attributes and size" says "$who" "4020 70000 4020 70000 5" attributes "$mnt\\f70000"
    test_seen "$who" "$who, no key"
    check "$who, no key: reading: denied" test "$(windows "$who" "$work/view.exe" read "$mnt\\f70000" 2>/dev/null |
        wc -c)" = 0
    check "$who, no key: writing" says "$who" 5 append "$mnt\\f70000" more
    check "$who, no key: overwriting" says "$who" 5 over "$mnt\\f70000" more
    check "$who, no key: making an encrypted file" says "$who" 5 make "$mnt\\without" more
    check "$who, no key: ... nothing is there" test ! -e "$work/$1/tree/without"
    check "$who, no key: ... in an encrypted directory" says "$who" 5 make "$mnt\\secret\\without" more
    check "$who, no key: EncryptFile" says "$who" 5 encrypt "$mnt\\sub"
    check "$who, no key: restored under a new name" restored "$who" f70000 mine
    check "$who, no key: restored over a file" over "$who" f70000 f70000
    check "$who, no key: unmount" unmount_view "$who" "$work/$1/mnt"
    as "$who" rm "$work/$1/tree/mine/restored"
    check "$who, no key: the tree is as it was" test "$before" = \
        "$(cd "$work/$1/tree" && find . -type f -exec sha256sum {} + | sort)"
}

# A view over its own tree: no path leads below it.
test_over_itself()
{
    local who=$1 dir=$work/$1

    as "$who" "$efsraw" export "$dir/tree/f70000" "$dir/out/stream"
    cp --preserve=all "$dir/tree/f1000" "$dir/tree/below"
    check "$who: a view over the tree" mount_view "$who" --key "$work/both.pem" tree
    check "$who: ... a raw stream over a file in it" windows "$who" "$stage/lib/wine-efs/x64/efsbackup.exe" restore \
        "$(winpath "$dir/out/stream")" "$(winpath "$dir/tree/below")"
    check "$who: ... shows" as "$who" cmp "$dir/p70000" "$dir/tree/below"
    check "$who: ... unmount" unmount_view "$who" "$dir/tree"
    check "$who: ... it is that" cmp "$dir/out/stream" <(as "$who" "$efsraw" export "$dir/tree/below" -)
    as "$who" rm "$dir/tree/below"
}

test_read_only()
{
    local who=$1

    check "$who: a view that is read-only" mount_view "$who" --key "$work/both.pem" -o ro tree mnt
    check "$who: ... saving" saved "$who" f70000
    check "$who: ... restoring: ERROR_WRITE_PROTECT" test "$(windows "$who" \
        "$stage/lib/wine-efs/x64/efsbackup.exe" restore "$(winpath "$work/$1/out/stream")" \
        "$(winpath "$work/$1/mnt/written")" 2>&1 | grep -cw 19)" = 1
    check "$who: ... makes nothing" test ! -e "$work/$1/tree/written"
    check "$who: ... unmount" unmount_view "$who" "$work/$1/mnt"
}

asked=$(shared "$top/tests/mount/asked.py")
replaced=$(shared "$top/tests/mount/replaced.py")
chmod 755 "$asked" "$replaced"
for who in "${users[@]}"; do
    begin_view "$who" || continue
    test_with_key "$who"
    test_over_itself "$who"
    test_guard "$who"
    test_read_only "$who"
done
plan
