#!/bin/bash
# `wine-efs mount` and `unmount`, as root and as an ordinary user: views of a prefix's drives and of other folders, with
# the prefix's keys; what is kept; what stands in the way, and what it says then; strange names, links and folders.
#
# SPDX-License-Identifier: LGPL-2.1-or-later

. "$(dirname "$0")/../lib/own_mounts.sh"
. "$(dirname "$0")/../lib/tap.sh"
. "$(dirname "$0")/../lib/prefix.sh"
. "$(dirname "$0")/../lib/users.sh"
. "$(dirname "$0")/../lib/mounts.sh"
. "$(dirname "$0")/../lib/views.sh"

command -v wine >/dev/null || skip_all "Wine isn't installed"
chmod 755 "$work"
x86_64-w64-mingw32-gcc -std=c11 -O1 -municode "$top/tests/wine/programs/view.c" -o "$work/view.exe" -ladvapi32 ||
    skip_all "no compiler for Windows programs"
chmod 644 "$work/view.exe"
unset WINEPREFIX WINE_EFS_LIBDIR WINEDLLPATH

# wine_efs COMMAND...: of the user whose turn it is, in his folder and prefix
wine_efs()
{
    (cd "$home" && as "$who" env HOME="$home" XDG_RUNTIME_DIR="$home/run" timeout 120 "$stage/bin/wine-efs" \
        --prefix "$prefix" "$@" </dev/null 2>&1)
}
# says STATUS TEXT COMMAND...
says()
{
    local wanted=$1 text=$2 status=0

    "${@:3}" >"$work/said" 2>&1 || status=$?
    cat "$work/said"
    [ "$status" = "$wanted" ] && grep -qF -- "$text" "$work/said"
}
end_programs() { as "$who" env WINEPREFIX="$prefix" timeout 60 wineserver -k </dev/null; as "$who" env \
    WINEPREFIX="$prefix" timeout 60 wineserver -w </dev/null; }
# windows COMMAND...: view.exe, by `wine-efs run`; the last line is the error's code
windows() { wine_efs run -- "$work/view.exe" "$@" | tr -d '\r'; }
last() { windows "$@" | tail -n 1; }
# the mount points below the user's folder, one a line, quoted
views() { /usr/bin/python3 - "$home" <<'END'
import os, re, sys
for line in open("/proc/self/mountinfo", encoding="utf-8", errors="surrogateescape"):
    if " - fuse.efsmount " in line:
        point = re.sub(r"\\([0-7]{3})", lambda m: chr(int(m[1], 8)), line.split(" ")[4])
        if point.startswith(sys.argv[1] + "/"):
            print(repr(os.path.relpath(point, sys.argv[1])))
END
}
are_views()
{
    local got

    got=$(views | sort | tr '\n' ' ')
    [ "$got" = "$*${*:+ }" ] || { echo "mounted: $got"; false; }
}
is_encrypted() { getfattr --absolute-names -n user.ntfs.efsinfo "$1" >/dev/null; }
key_of() { "$efsraw" info "$1" | grep -io '[0-9a-f]\{40\}' | head -n 1 | tr 'A-F' 'a-f'; }
notes() { find "$prefix/wine-efs.views" -mindepth 1 2>/dev/null | wc -l; }
# owned COMMAND...: and what it makes is the user's
own() { [ "$who" != nobody ] || [ "$(id -u)" != 0 ] || chown -hR 65534:65534 "$@"; }
# encrypted FILE: a new encrypted file for the prefix's key
encrypted_file() { echo below >"$work/plain" && "$efsraw" encrypt "$work/plain" "$1" --for "$key_file" && own "$1"; }

test_keys()
{
    check "$who: without a key: 3, and what to do" says 3 "wine-efs key make" wine_efs mount
    check "$who: ... nothing is mounted" are_views
    check "$who: ... nor noted" test ! -e "$prefix/wine-efs.views"
    check "$who: a key is made" wine_efs key make
    first=$(wine_efs key list | cut -c 1-40)
    key_file=$(ls "$prefix"/efs-keys/*.cer)
    mkdir "$prefix/drive_c/docs" "$prefix/drive_c/docs/secret"
    echo below >"$prefix/drive_c/docs/letter"
    own "$prefix/drive_c/docs"
    check "$who: a file is encrypted" test "$(last encrypt 'C:\docs\letter')" = 0
    check "$who: a folder is" test "$(last encrypt 'C:\docs\secret')" = 0
    end_programs
    check "$who: ... no word of it below" bash -c "! grep -q below '$prefix/drive_c/docs/letter'"
}

test_drive()
{
    local letter=$prefix/drive_c/docs/letter

    check "$who: mount: drive C" says 0 "View of $prefix/drive_c: mounted." wine_efs mount
    check "$who: ... and no other" are_views "'prefix/drive_c'"
    check "$who: ... programs of Linux' see the plaintext" as "$who" grep -qx below "$letter"
    check "$who: ... Windows programs read it" test "$(windows read 'C:\docs\letter')" = below
    check "$who: ... write it" test "$(last append 'C:\docs\letter' more)" = 0
    check "$who: ... make new files in the folder" test "$(last make 'C:\docs\secret\new' text)" = 0
    check "$who: the status says by which key" says 0 "View of $prefix/drive_c: mounted, by the keys $first" \
        wine_efs status
    check "$who: mounting it again: 4" says 4 "is mounted" wine_efs mount
    check "$who: ... by its name, too" says 4 "is mounted" wine_efs mount prefix/drive_c
    check "$who: a folder in it: 4" says 4 "is in the view of" wine_efs mount prefix/drive_c/docs
    end_programs
    check "$who: uninstall is refused, and says how to unmount" says 1 "first \`wine-efs unmount\`" wine_efs uninstall
    check "$who: ... nothing has gone" as "$who" test -e "$prefix/drive_c/windows/system32/wineefs.dll"
    as "$who" bash -c "exec 3<'$letter'; : >'$home/open'; read -r <'$home/go'" &
    for _ in $(seq 100); do [ ! -e "$home/open" ] || break; sleep 0.1; done
    check "$who: unmount while somebody has a file open: 6" says 6 "programs have something open in it" \
        wine_efs unmount
    check "$who: ... it stays" are_views "'prefix/drive_c'"
    timeout 10 bash -c "echo >'$home/go'"
    wait $!
    check "$who: unmount" says 0 "View of $prefix/drive_c: unmounted." wine_efs unmount
    check "$who: ... it has gone" are_views
    check "$who: ... and the note" test "$(notes)" = 0
    check "$who: the file below is encrypted" is_encrypted "$letter"
    check "$who: ... the prefix's key opens it, with what was written" test "$("$efsraw" decrypt "$letter" - \
        --key "$prefix" | tr '\n' ' ')" = "below more"
    check "$who: the new file is, for the current key" test "$(key_of "$prefix/drive_c/docs/secret/new")" = "$first"
    check "$who: ... with its content" test "$("$efsraw" decrypt "$prefix/drive_c/docs/secret/new" - \
        --key "$prefix")" = text
    check "$who: all is sound" "$efsraw" check "$prefix/drive_c/docs"
    check "$who: a second time: 1" says 1 "no view is mounted there" wine_efs unmount prefix/drive_c
    check "$who: ... without a name nothing is to do" says 0 "No views of" wine_efs unmount
}

# It is the current key for which new files are, not the first one that there is.
test_second_key()
{
    local second

    second=$(wine_efs key make | sed -n 's/^Made \([0-9a-f]*\),.*/\1/p')
    end_programs
    check "$who: with a second key" wine_efs mount
    check "$who: ... the first one's files open" as "$who" grep -q below "$prefix/drive_c/docs/letter"
    as "$who" bash -c "echo again >'$prefix/drive_c/docs/secret/again'"
    check "$who: ... unmount" wine_efs unmount
    check "$who: ... new ones are the second one's" test "$(key_of "$prefix/drive_c/docs/secret/again")" = "$second"
}

# Recovery agents are those of the prefix's policy, as for what Windows programs encrypt.
test_policy()
{
    local policy

    openssl x509 -in "$work/cert" -outform DER -out "$work/agent.cer"
    policy=$(cd "$work" && as "$who" env WINEPREFIX="$prefix" timeout 60 wine cipher "/P:$(winpath "$work/cert")" \
        </dev/null 2>/dev/null | tr -d '\r' | base64 -d | od -An -v -tx1 | tr -d ' \n')
    wine_efs run reg add 'HKLM\Software\Policies\Microsoft\SystemCertificates\EFS' /v EfsBlob /t REG_BINARY \
        /d "$policy" /f >/dev/null
    end_programs
    check "$who: with a recovery policy" wine_efs mount
    as "$who" bash -c "echo agents >'$prefix/drive_c/docs/secret/agents'"
    check "$who: ... unmount" wine_efs unmount
    check "$who: ... a new file has the agent" test "$("$efsraw" users --csv "$prefix/drive_c/docs/secret/agents" |
        grep -o 'recovery-agent,.*' | grep -o '[0-9a-f]\{40\}')" = "$(sha1sum <"$work/agent.cer" | cut -c 1-40)"
    check "$who: ... whose key opens it" test "$("$efsraw" decrypt "$prefix/drive_c/docs/secret/agents" - \
        --key "$work/both.pem")" = agents
    wine_efs run reg add 'HKLM\Software\Policies\Microsoft\SystemCertificates\EFS' /v EfsBlob /t REG_BINARY \
        /d "${policy:0:100}" /f >/dev/null
    end_programs
    check "$who: a policy that isn't one: 3" says 3 "EfsBlob" wine_efs mount
    check "$who: ... nothing is mounted" are_views
    wine_efs run reg delete 'HKLM\Software\Policies\Microsoft\SystemCertificates\EFS' /f >/dev/null
    end_programs
}

test_kept()
{
    local name=$'a "b"\n\\040c%s\n' shown='a "b"?\040c%s?'

    mkdir "$home/$name" && own "$home/$name"
    encrypted_file "$home/$name/file"
    check "$who: --keep, of a folder with newlines in its name" says 0 "View of $home/$shown: mounted." \
        wine_efs mount "$name" --keep
    check "$who: ... that folder" are_views "'a \"b\"\\n\\\\040c%s\\n'"
    check "$who: ... the status says so" says 0 "by the keys " wine_efs status
    check "$who: ... that it is kept" grep -q ', kept$' "$work/said"
    as "$who" fusermount3 -u "$home/$name"
    timeout 20 flock "$home/$name" true
    check "$who: unmounted by somebody else: the status says so" says 0 "isn't mounted; \`wine-efs run\` mounts it" \
        wine_efs status
    check "$who: run mounts it again" wine_efs run cmd /c ver
    check "$who: ... with its plaintext" as "$who" grep -qx below "$home/$name/file"
    check "$who: ... it alone" are_views "'a \"b\"\\n\\\\040c%s\\n'"
    as "$who" fusermount3 -u "$home/$name"
    timeout 20 flock "$home/$name" true
    wine_efs run cmd /c exit 3 >"$work/one" &
    wine_efs run cmd /c exit 4 >"$work/two"
    check "$who: ... two at once: the second's program" test $? = 4
    wait $!
    check "$who: ... the first's" test $? = 3
    check_status "$who: ... nothing is said but that one waits" 1 grep -v 'waiting for it' "$work/one" "$work/two"
    check "$who: ... there is one view" are_views "'a \"b\"\\n\\\\040c%s\\n'"
    check "$who: ... without a word if it is mounted" test "$(wine_efs run cmd /c ver | grep -c View)" = 0
    end_programs
    check "$who: unmount" wine_efs unmount "$name"
    check "$who: ... forgets it" test "$(notes)" = 0
    check "$who: ... run doesn't mount it any more" wine_efs run cmd /c ver
    check "$who: ... nothing is mounted" are_views
    wine_efs mount --keep "$name" >/dev/null
    check "$who: unmount without a name" says 0 "unmounted" wine_efs unmount
    check "$who: ... forgets it, too" test "$(notes)" = 0
    # something else in its place
    wine_efs mount --keep "$name" >/dev/null
    as "$who" fusermount3 -u "$home/$name"
    timeout 20 flock "$home/$name" true
    mv "$home/$name" "$home/moved" && ln -s moved "$home/$name"
    check "$who: a link in a kept folder's place isn't followed, and the program runs" says 7 \
        "isn't the folder any more" wine_efs run cmd /c exit 7
    check "$who: ... nothing is mounted" are_views
    check "$who: ... unmount forgets it" says 0 "isn't kept any more" wine_efs unmount "$name"
    rm -r "$home/$name" "$home/moved"
}

# What a server has open below goes on there: programs would mix both.
test_running()
{
    mkdir "$home/used" && own "$home/used"
    (cd "$home/used" && as "$who" env WINEPREFIX="$prefix" timeout 100 wine cmd <"$home/go" >/dev/null 2>&1) &
    exec 7>"$home/go"
    # the program itself has the folder open before its server has
    for _ in $(seq 300); do
        for server in $(pgrep wineserver); do
            find "/proc/$server/fd" -lname "$home/used" -printf 'open\n' 2>/dev/null
        done | grep -q open && break
        sleep 0.1
    done
    check "$who: a program's current directory: 6" says 6 "Windows programs have something open in it" \
        wine_efs mount used
    check "$who: ... nothing is mounted" are_views
    echo exit >&7
    exec 7>&-
    wait $!
    check "$who: when it has ended" says 0 mounted wine_efs mount used
    check "$who: ... unmount" wine_efs unmount used
    rmdir "$home/used"
}

test_folders()
{
    local letter

    check "$who: the folder of the prefix: 1" says 1 "the prefix $prefix is in it" wine_efs mount prefix
    check "$who: ... what is around it" says 1 "the prefix $prefix is in it" wine_efs mount .
    check "$who: ... all" says 1 "" wine_efs mount /
    check "$who: one that isn't there: 1" says 1 "no such folder" wine_efs mount none
    check "$who: a file: 1" says 1 "no such folder" wine_efs mount open
    check "$who: a wrong option: 2" says 2 Usage wine_efs mount --kept
    check "$who: --keep of another command: 2" says 2 Usage wine_efs status --keep
    check "$who: --all-users: 2" says 2 Usage as "$who" "$stage/bin/wine-efs" --all-users mount
    mkdir "$home"/{dir,plain,other,-P,within}
    own "$home"/{dir,plain,other,-P,within}
    for letter in dir other -P within; do encrypted_file "$home/$letter/file"; done
    mkdir "$home/dir/sub" && own "$home/dir/sub"
    check "$who: one inside" wine_efs mount dir/sub
    check "$who: ... what is around it: 4" says 4 "there is a view in it; first" wine_efs mount dir
    check "$who: ... unmount" wine_efs unmount dir/sub
    check "$who: a name that begins with a dash" says 0 mounted wine_efs mount -- -P
    check "$who: ... and it alone" are_views "'-P'"
    check "$who: ... unmount" says 0 unmounted wine_efs unmount -- -P
    chown 1234 "$home/other" 2>/dev/null || chmod 555 "$home/other"
    [ "$(id -u)" != 0 ] || check "$who: another user's folder: 1" says 1 "belongs to another user" wine_efs mount other
    ln -s ../../dir "$prefix/dosdevices/e:"
    ln -s ../../plain "$prefix/dosdevices/f:"
    [ "$(id -u)" != 0 ] || ln -s ../../other "$prefix/dosdevices/g:"
    ln -s "$home" "$prefix/dosdevices/h:"
    ln -s "$prefix/drive_c/docs" "$prefix/dosdevices/i:"
    ln -s ../../dir/file "$prefix/dosdevices/j:"
    ln -s ../../none "$prefix/dosdevices/k:"
    ln -s ../../within "$prefix/dosdevices/l::"
    end_programs
    check "$who: drives: C:, and the one that has encrypted files of the user's" wine_efs mount
    check "$who: ... those alone" are_views "'dir' 'prefix/drive_c'"
    check "$who: --keep of what is mounted: both" wine_efs mount --keep
    check "$who: ... so" test "$(find "$prefix/wine-efs.views" -name '*.keep' | wc -l)" = 2
    check "$who: ... unmount" wine_efs unmount
    check "$who: ... all" are_views
    rm "$prefix"/dosdevices/{e:,f:,h:,i:,j:,k:,l::}
    rm -f "$prefix/dosdevices/g:"
    rm -r "$home"/{dir,plain,other,-P,within}
}

test_planted()
{
    local kind victims

    mkdir "$home/victim" "$home/dir" && echo precious >"$home/victim/file" && own "$home/victim" "$home/dir"
    victims=$(find "$home/victim" -printf '%p %y %m %s\n'; cat "$home/victim/file")
    for kind in link nowhere file pipe; do
        case $kind in
            link) ln -s "$home/victim" "$prefix/wine-efs.views" ;;
            nowhere) ln -s "$home/victim/new" "$prefix/wine-efs.views" ;;
            file) echo >"$prefix/wine-efs.views" ;;
            pipe) mkfifo "$prefix/wine-efs.views" ;;
        esac
        own "$prefix/wine-efs.views"
        check "$who: a planted $kind: mount" wine_efs mount --keep dir
        check "$who: ... the notes are in a folder of the user's own" test \
            "$(stat -c '%F %a %U' "$prefix/wine-efs.views")" = "directory 700 $who"
        check "$who: ... unmount" wine_efs unmount dir
        check "$who: ... elsewhere nothing has changed" test "$victims" = \
            "$(find "$home/victim" -printf '%p %y %m %s\n'; cat "$home/victim/file")"
    done
    # notes that we didn't make: another name than the folder's; something that is no link
    mkdir -m 700 "$prefix/wine-efs.views"
    ln -s "$home/dir" "$prefix/wine-efs.views/0123.keep"
    mkfifo "$prefix/wine-efs.views/4567.keep"
    own "$prefix/wine-efs.views"
    check "$who: notes of others: run mounts nothing" wine_efs run cmd /c ver
    check "$who: ... nothing is mounted" are_views
    rm -r "$prefix/wine-efs.views" "$home/victim" "$home/dir"
}

test_dead()
{
    local daemon

    end_programs
    check "$who: mount" wine_efs mount
    daemon=$(as "$who" getfattr --absolute-names --only-values -n user.view.efs "$prefix/drive_c" | sed 's/.*-//')
    kill -KILL "$daemon"
    check "$who: its daemon was killed: the status says what to do" says 1 "first \`wine-efs unmount\`" wine_efs status
    check "$who: ... and mount" says 1 "first \`wine-efs unmount\`" wine_efs mount
    check "$who: ... unmount" says 0 "unmounted" wine_efs unmount
    check "$who: ... mount" wine_efs mount
    daemon=$(as "$who" getfattr --absolute-names --only-values -n user.view.efs "$prefix/drive_c" | sed 's/.*-//')
    as "$who" stat "$prefix/drive_c" >/dev/null
    kill -STOP "$daemon"
    check "$who: its daemon is stopped: the status says what to do" says 1 "first \`wine-efs unmount\`" wine_efs status
    check "$who: ... and run" says 1 "first \`wine-efs unmount\`" wine_efs run cmd /c ver
    wine_efs unmount >"$work/said" &
    for _ in $(seq 300); do ! grep -q unmounted "$work/said" || break; sleep 0.1; done
    check "$who: ... unmount" are_views
    kill -CONT "$daemon"
    check "$who: ... waits for it" wait $!
    mkdir "$home/dir" && own "$home/dir"
    check "$who: a kept folder" wine_efs mount --keep dir
    daemon=$(as "$who" getfattr --absolute-names --only-values -n user.view.efs "$home/dir" | sed 's/.*-//')
    kill -KILL "$daemon"
    check "$who: its daemon was killed: run says so, and runs the program" says 7 "its view doesn't answer" \
        wine_efs run cmd /c exit 7
    check "$who: ... mount says so" says 1 "its view doesn't answer" wine_efs mount dir
    check "$who: ... unmount" wine_efs unmount dir
    rmdir "$home/dir"
}

test_missing()
{
    local programs=$work/programs

    mkdir -p "$programs" "$home/dir" && own "$home/dir"
    mv "$stage/bin/efsmount" "$work/away"
    check "$who: without efsmount: 5" says 5 "is built with libfuse3" wine_efs mount dir
    mv "$work/away" "$stage/bin/efsmount"
    ln -sf /usr/sbin/* /usr/bin/* "$programs" && rm -f "$programs/fusermount3"
    check "$who: without fusermount3: 5" says 5 "(Debian: fuse3)" as "$who" env PATH="$programs" bash -c \
        "cd '$home' && '$stage/bin/wine-efs' --prefix '$prefix' mount dir"
    rm -r "$programs"
    if [ -z "${EFS_OWN_MOUNTS:-}" ]; then skip "$who: without /dev/fuse" "needs root"
    else
        mount -t tmpfs none "$work/dev.empty" && touch "$work/dev.empty/null" &&
            mount --bind /dev/null "$work/dev.empty/null"
        check "$who: without /dev/fuse: 5" says 5 "there is no /dev/fuse" no_fuse
        umount "$work/dev.empty/null" "$work/dev.empty"
    fi
    check "$who: ... nothing is noted" test "$(notes)" = 0
    if [ -z "${EFS_OWN_MOUNTS:-}" ] || [ "$who" = root ]; then skip "$who: /dev/fuse for root alone" "needs a user"
    else
        chmod 600 /dev/fuse
        check "$who: /dev/fuse for root alone: 5" says 5 "is not for you" wine_efs mount dir
        chmod 666 /dev/fuse
    fi
    rm -rf "$home/dir"
}
# in a mount namespace of its own, with another /dev
no_fuse()
{
    local setpriv=(setpriv)

    [ "$who" != nobody ] || setpriv=(setpriv --reuid=65534 --regid=65534 --clear-groups)
    (cd "$home" && HOME=$home unshare --mount --propagation unchanged \
        bash -c 'mount --rbind "$1" /dev; shift; exec "$@"' - "$work/dev.empty" \
        "${setpriv[@]}" "$stage/bin/wine-efs" --prefix "$prefix" mount dir </dev/null)
}

test_end()
{
    check "$who: a kept one that isn't mounted" wine_efs mount --keep "$prefix/drive_c"
    check "$who: ... unmounted by somebody else" as "$who" fusermount3 -u "$prefix/drive_c"
    timeout 20 flock "$prefix/drive_c" true
    check "$who: uninstall" wine_efs uninstall
    check "$who: ... leaves nothing" test -z "$(find "$prefix" -name '*wine-efs*')"
}

mkdir "$work/dev.empty"
for who in "${users[@]}"; do
    home=$work/$who prefix=$work/$who/prefix
    check "$who: a prefix" make_own_prefix "$who"
    mkdir "$home/run" "$home/probe" && mkfifo "$home/go" && own "$home/run" "$home/probe" "$home/go"
    chmod 700 "$home/run"
    if ! mount_view "$who" --guard probe 2>"$work/message"; then
        skip "$who: all of it" "FUSE can't be used: $(tail -n 1 "$work/message")"
        continue
    fi
    as "$who" fusermount3 -u "$home/probe"
    at_exit unmount "$prefix/drive_c"
    test_keys
    test_drive
    test_second_key
    test_policy
    test_kept
    test_running
    test_folders
    test_planted
    test_dead
    test_missing
    test_end
done
plan
