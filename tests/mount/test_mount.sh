#!/bin/bash
# efsmount, with a real mount, as root and as an ordinary user: what a view shows, what it hides, what it refuses, and
# that for everything else it is the directory itself.
#
# SPDX-License-Identifier: LGPL-2.1-or-later

. "$(dirname "$0")/../lib/own_mounts.sh"
. "$(dirname "$0")/../lib/tap.sh"
. "$(dirname "$0")/../lib/users.sh"
. "$(dirname "$0")/../lib/mounts.sh"
. "$(dirname "$0")/../lib/views.sh"

operations=$(shared "$top/tests/mount/operations.py") race=$(shared "$top/tests/mount/race.py")
ahead=$(shared "$top/tests/mount/ahead.py")

openssl req -x509 -newkey rsa:2048 -nodes -keyout "$work/key2" -out "$work/cert2" -days 30 -subj /CN=other 2>/dev/null
openssl pkcs12 -export -inkey "$work/key" -in "$work/cert" -out "$work/key.pfx" -passout pass:secret
echo secret >"$work/password"
echo wrong >"$work/wrong"
chmod 644 "$work"/{key.pfx,password,wrong}

# make_tree WHO: encrypted files of many sizes, in tree; what they hold, in plain
make_tree()
{
    local size

    mkdir -p "$work/$1/tree/sub" "$work/$1/plain" "$work/$1/mnt"
    for size in 0 1 511 512 513 4096 70000 1000001; do
        head -c "$size" /dev/urandom >"$work/$1/plain/f$size"
        "$efsraw" encrypt "$work/$1/plain/f$size" "$work/$1/tree/f$size" --for "$work/cert" || return 1
    done
    "$efsraw" encrypt "$work/$1/plain/f70000" "$work/$1/tree/container" --for "$work/cert" &&
        "$efsraw" convert --container "$work/$1/tree/container"
    cp "$work/$1/plain/f70000" "$work/$1/plain/container"
    "$efsraw" encrypt "$work/$1/plain/f513" "$work/$1/tree/foreign" --for "$work/cert2"
    cp "$work/$1/plain/f70000" "$work/$1/tree/plain"
    setfattr -n user.mine -v yes "$work/$1/tree/f513"
    # a file that is torn: its size is none that an encrypted file can have
    cp -a "$work/$1/tree/f4096" "$work/$1/tree/torn" && printf x >>"$work/$1/tree/torn"
    # an encrypted directory
    encrypt_directory "$work/$1/tree/secret"
    # one whose metadata is in a file within it
    "$gen/efsgen.py" stream --out "$work/directory-stream" --directory --random-ciphertext --plain bar:9000
    mkdir "$work/$1/tree/within"
    "$efsraw" import --directory --force "$work/directory-stream" "$work/$1/tree/within"
    touch -d 2001-02-03 "$work/$1/tree/f4096"
    [ "$1" != nobody ] || chown -R 65534:65534 "$work/$1"
}

# by the kernel's list: a question to the view itself would be one that keeps it from being idle
mounted()
{
    grep -qF " $1 " /proc/self/mountinfo
}

same_content()
{
    local file status=0

    for file in "$work/$1/plain"/*; do
        (cd "$work/$1" && as "$1" timeout 20 cmp "plain/${file##*/}" "$2/${file##*/}") || status=1
    done
    return "$status"
}

# sizes_right WHO DIR: of all encrypted files, by a listing and by name
sizes_right()
{
    local file size

    for file in "$work/$1/plain"/*; do
        size=$(stat -c %s "$file")
        [ "$(as "$1" stat -c %s "$work/$1/$2/${file##*/}")" = "$size" ] || { echo "$file"; return 1; }
        [ "$(as "$1" find "$work/$1/$2" -maxdepth 1 -name "${file##*/}" -printf %s)" = "$size" ] || return 1
    done
}

refuses()
{
    local wanted=$1

    shift
    "$@" 2>"$work/refused" && return 1
    grep -q "$wanted" "$work/refused" || { cat "$work/refused"; return 1; }
}

# With a view of the tree by another name. $1: who
test_view()
{
    local who=$1 tree=$work/$1/tree mnt=$work/$1/mnt before

    before=$(cd "$tree" && find . -type f -exec sha256sum {} + | sort)
    check "$who: mount" mount_view "$who" --key "$work/both.pem" tree mnt
    at_exit unmount "$mnt"
    check "$who: it is listed" grep -qxF "$tree on $mnt" <("$efsmount" --status)
    check "$who: ... by itself, with its key" test "$(as "$who" "$efsmount" --status "$mnt")" = \
        "$tree on $mnt"$'\n'"key $(openssl x509 -in "$work/cert" -outform DER | sha1sum | cut -c 1-40)"
    check_status "$who: ... a folder in it is none" 1 as "$who" "$efsmount" --status "$tree"
    check "$who: lengths" sizes_right "$who" mnt
    check "$who: plaintext" same_content "$who" mnt
    check "$who: once more, from the cache" same_content "$who" mnt
    check "$who: any part of it" as "$who" bash -c "cmp <(tail -c +70001 '$mnt/f1000001' | head -c 4097) \
        <(tail -c +70001 '$work/$who/plain/f1000001' | head -c 4097)"
    check "$who: its time" test "$(as "$who" stat -c %y "$mnt/f4096")" = "$(stat -c %y "$tree/f4096")"
    check "$who: it has a hole at its end only" as "$who" "$python" -c "
import os
fd = os.open('$mnt/f70000', os.O_RDONLY)
assert os.lseek(fd, 100, os.SEEK_DATA) == 100 and os.lseek(fd, 100, os.SEEK_HOLE) == 70000"
    check "$who: a mapping" as "$who" "$python" -c "
import mmap
with open('$mnt/f1000001', 'rb') as f, open('$work/$who/plain/f1000001', 'rb') as p:
    assert mmap.mmap(f.fileno(), 0, mmap.MAP_SHARED, mmap.PROT_READ)[:] == p.read()"

    # attributes
    check "$who: \$EFS and the like are hidden, others aren't" test "$(cd "$work/$who" && as "$who" getfattr \
        -m - mnt/f513 | grep -v '^#' | xargs)" = user.mine
    check "$who: ... by name, too" refuses "No such attribute" as "$who" getfattr -n user.ntfs.efsinfo "$mnt/f513"
    check "$who: ... of a container" refuses "No such attribute" as "$who" getfattr -n user.efs.container \
        "$mnt/container"
    check "$who: ... and can't be set" refuses "not permitted" as "$who" setfattr -n user.ntfs.efsinfo -v x "$mnt/plain"
    check "$who: another one can" as "$who" setfattr -n user.other -v x "$mnt/f513"
    for pair in "f513:encrypted open" "container:encrypted open" "foreign:encrypted closed" "plain:plain open" \
        "secret:encrypted open" "sub:plain open"; do
        check "$who: user.view.efs of ${pair%%:*}" test "$(as "$who" getfattr --absolute-names --only-values \
            -n user.view.efs "$mnt/${pair%%:*}" | cut -d ' ' -f 1-3)" = "1 ${pair#*:}"
    done
    check "$who: a copy of all attributes is a plain file" as "$who" cp -a "$mnt/f513" "$mnt/copy"
    check "$who: ... with the plaintext" cmp "$tree/copy" "$work/$who/plain/f513"
    as "$who" rm "$mnt/copy"

    # what can't be read, and what can't be written
    check "$who: for another key" refuses "Permission denied" as "$who" cat "$mnt/foreign"
    check "$who: torn: its ciphertext isn't shown" refuses "Input/output error" as "$who" cat "$mnt/torn"
    check "$who: writing it" refuses "Permission denied" as "$who" bash -c "echo x >>'$mnt/foreign'"
    check "$who: overwriting it" refuses "Permission denied" as "$who" bash -c "echo x >'$mnt/foreign'"
    check "$who: appending to a torn one" refuses "Input/output error" as "$who" bash -c "echo x >>'$mnt/torn'"
    check "$who: all that left the tree as it was" test "$before" = \
        "$(cd "$tree" && find . -type f -exec sha256sum {} + | sort)"

    # what needs no key
    check "$who: rename" as "$who" mv "$mnt/f511" "$mnt/sub/renamed"
    check "$who: ... it stays what it is" as "$who" cmp "$mnt/sub/renamed" "$work/$who/plain/f511"
    check "$who: link" as "$who" ln "$mnt/sub/renamed" "$mnt/f511"
    check "$who: ... both are one" test "$(as "$who" stat -c %h "$mnt/f511")" = 2
    check "$who: remove" as "$who" rm "$mnt/sub/renamed"
    check "$who: mode and times" as "$who" bash -c "chmod 600 '$mnt/f512' && touch -d 2005-06-07 '$mnt/f512'"
    check "$who: ... are the file's" test "$(stat -c '%a %Y' "$tree/f512")" = "600 $(date -d 2005-06-07 +%s)"

    # a directory's own container: nobody sees it, and it goes with the directory
    check "$who: a directory in container form seems empty" test -z "$(as "$who" ls -A "$mnt/within")"
    check "$who: ... and is encrypted" test "$(as "$who" getfattr --absolute-names --only-values -n user.view.efs \
        "$mnt/within" | cut -d ' ' -f 1-3)" = "1 encrypted open"
    check "$who: ... its container can't be removed" refuses "No such file" as "$who" rm \
        "$mnt/within/$(ls -A "$tree/within")"
    check "$who: ... nor found" refuses "No such file" as "$who" stat "$mnt/within/$(ls -A "$tree/within")"
    check "$who: ... the directory can be removed" as "$who" rmdir "$mnt/within"
    check_status "$who: ... and has gone" 1 test -e "$tree/within"

    # plain files: the directory itself
    mkdir "$work/$who/beside" "$tree/inside"
    [ "$who" != nobody ] || chown 65534:65534 "$work/$who/beside" "$tree/inside"
    as "$who" timeout 300 "$python" "$operations" "$work/$who/beside" >"$work/wanted" 2>&1
    as "$who" timeout 300 "$python" "$operations" "$mnt/inside" >"$work/seen" 2>&1
    check "$who: there are operations to compare" test "$(wc -l <"$work/wanted")" -ge 60
    check "$who: on plain files each does what it does without a view" diff "$work/wanted" "$work/seen"

    # the tree changes below
    cp -a "$tree/f4096" "$tree/changing" && as "$who" stat "$mnt/changing" >/dev/null
    "$efsraw" encrypt --force "$work/$who/plain/f1000001" "$tree/changing" --for "$work/cert"
    [ "$who" != nobody ] || chown 65534:65534 "$tree/changing"
    sleep 1.2
    check "$who: what was replaced below" as "$who" cmp "$mnt/changing" "$work/$who/plain/f1000001"
    rm "$tree/changing"
    sleep 1.2
    check_status "$who: what was removed below" 1 as "$who" test -e "$mnt/changing"

    # one at a time
    check_status "$who: a second view of the tree" 4 mount_view "$who" --key "$work/both.pem" tree sub2
    check_status "$who: a view of a view" 4 mount_view "$who" --key "$work/both.pem" mnt
    check "$who: unmount" unmount_view "$who" "$mnt"
    check "$who: it isn't listed any more" test -z "$("$efsmount" --status | grep -F "$mnt")"
}

test_over_itself()
{
    local who=$1 tree=$work/$1/tree

    check "$who: over the tree itself" mount_view "$who" --key "$work/key.pfx" --password-file "$work/password" tree
    at_exit unmount "$tree"
    check "$who: ... plaintext" same_content "$who" tree
    check_status "$who: ... a second time" 4 mount_view "$who" --key "$work/both.pem" tree
    check "$who: ... unmount" unmount_view "$who" "$tree"
    check "$who: ... ciphertext again" bash -c "! cmp -s '$tree/f70000' '$work/$who/plain/f70000'"
}

test_guard()
{
    local who=$1 mnt=$work/$1/mnt

    check "$who: without a key" mount_view "$who" tree mnt
    check "$who: ... the status has none" test "$(as "$who" "$efsmount" --status "$mnt")" = "$work/$who/tree on $mnt"
    check "$who: ... lengths" sizes_right "$who" mnt
    check "$who: ... reading" refuses "Permission denied" as "$who" cat "$mnt/f513"
    check "$who: ... writing" refuses "Permission denied" as "$who" bash -c "echo x >>'$mnt/f513'"
    check "$who: ... making" refuses "Permission denied" as "$who" touch "$mnt/secret/new"
    check "$who: ... user.view.efs" test "$(as "$who" getfattr --absolute-names --only-values -n user.view.efs \
        "$mnt/f513" | cut -d ' ' -f 1-3)" = "1 encrypted closed"
    check "$who: ... plain files" as "$who" cmp "$mnt/plain" "$work/$who/tree/plain"
    check "$who: ... unmount" unmount_view "$who" "$mnt"
    check "$who: -o ro" mount_view "$who" --key "$work/both.pem" -o ro tree mnt
    check "$who: ... nothing can be made" refuses "Read-only file system" as "$who" touch "$mnt/new"
    check "$who: ... it is listed so" grep -qxF "$work/$who/tree on $mnt (read-only)" <("$efsmount" --status)
    check "$who: ... unmount" unmount_view "$who" "$mnt"
}

# Few descriptors: an entry's are given back, and it is found again by its name.
test_descriptors()
{
    local who=$1 mnt=$work/$1/mnt count=2000 pid

    [ "${EFS_TEST_FULL:-}" != 1 ] || count=100000
    as "$who" "$python" -c "
import os
os.makedirs('$work/$who/tree/many/deep')
for i in range($count): open('$work/$who/tree/many/%d' % i, 'w').write(str(i))"
    check "$who: few descriptors" bash -c "ulimit -n 128 && $(declare -f as mount_view)
        work='$work' efsmount='$efsmount'
        mount_view '$who' --key '$work/both.pem' tree mnt"
    check "$who: ... $count files, all of them held by somebody" as "$who" "$python" -c "
import os
mnt = '$mnt/many'
held = [os.open(mnt + '/%d' % i, os.O_PATH) for i in range(min(900, $count))]
assert len(os.listdir(mnt)) == $count + 1
assert all(os.stat(mnt + '/%d' % i).st_size == len(str(i)) for i in range($count))
os.rename(mnt, mnt + '2')
assert all(open('/proc/self/fd/%d' % fd).read() == str(i) for i, fd in enumerate(held))
os.rename(mnt + '2', mnt)"
    pid=$(pgrep -f "^$efsmount -q .*" -n)
    # a fourth of the limit for files, two for each thread of libfuse, of which there are up to 16, and its own
    check "$who: ... it has few" test "$(ls "/proc/$pid/fd" | wc -l)" -le 80
    check "$who: ... unmount" unmount_view "$who" "$mnt"
    rm -rf "$work/$who/tree/many"
}

test_end()
{
    local who=$1 mnt=$work/$1/mnt i

    check "$who: --idle" mount_view "$who" --key "$work/both.pem" --idle 2 tree mnt
    as "$who" bash -c "sleep 6 <'$mnt/f513'" &
    sleep 5
    check "$who: ... not while a file is open" mounted "$mnt"
    wait $!
    for ((i = 0; i < 20; i++)); do mounted "$mnt" || break; sleep 0.5; done
    check_status "$who: ... then it unmounts" 1 mounted "$mnt"
    (cd "$work/$who" && as "$who" "$efsmount" -q -f --key "$work/both.pem" tree mnt </dev/null) &
    for ((i = 0; i < 50; i++)); do mounted "$mnt" && break; sleep 0.1; done
    check "$who: -f" same_content "$who" mnt
    kill "$(pgrep -f "^$efsmount -q -f" -n)"
    wait $!
    check "$who: ... a signal ends it" test $? = 0
    check_status "$who: ... and unmounts" 1 mounted "$mnt"
    check "$who: once more" mount_view "$who" --key "$work/both.pem" tree mnt
    kill -9 "$(pgrep -f "^$efsmount -q .*" -n)"
    check "$who: killed, it doesn't hang" refuses "not connected\|connection abort" as "$who" timeout 10 ls "$mnt"
    check "$who: ... and can be unmounted" unmount_view "$who" "$mnt"
    check "$who: ... and mounted" mount_view "$who" --key "$work/both.pem" tree mnt
    check "$who: ... unmount" unmount_view "$who" "$mnt"
}

test_race()
{
    local who=$1 mnt=$work/$1/mnt

    mkdir -p "$work/$who/tree/race" "$work/$who/outside"
    echo outside >"$work/$who/outside/secret"
    [ "$who" != nobody ] || chown -R 65534:65534 "$work/$who/tree/race" "$work/$who/outside"
    mkdir "$work/$who/small" "$work/$who/tree/small"
    for i in $(seq 0 199); do
        head -c $((100 + i)) /dev/urandom >"$work/$who/small/$i"
        "$efsraw" encrypt "$work/$who/small/$i" "$work/$who/tree/small/$i" --for "$work/cert"
    done
    [ "$who" = root ] || chown -R 65534:65534 "$work/$who"/{small,tree/small}
    check "$who: mount" mount_view "$who" --key "$work/both.pem" tree mnt
    check "$who: small files, read from both ends while they are replaced below" as "$who" "$python" "$ahead" \
        "$work/$who/mnt/small" "$work/$who/tree/small" "$work/$who/small" 200
    check "$who: names swapped below for links that lead out" as "$who" "$python" "$race" "$work/$who/tree/race" \
        "$mnt/race" "$work/$who/outside" 4
    check "$who: ... unmount" unmount_view "$who" "$mnt"
}

for who in "${users[@]}"; do
    mkdir "$work/$who"
    check "$who: a tree" make_tree "$who"
    mkdir -p "$work/$who/sub2"
    if ! (cd "$work/$who" && as "$who" timeout 60 "$efsmount" -q tree mnt) 2>"$work/message"; then
        skip "$who: all of it" "FUSE can't be used: $(tail -n 1 "$work/message")"
        continue
    fi
    unmount_view "$who" "$work/$who/mnt"
    test_view "$who"
    test_over_itself "$who"
    test_guard "$who"
    test_descriptors "$who"
    test_end "$who"
    test_race "$who"
done

# ---- the command line ----

mkdir "$work/tree" "$work/mnt"
for line in "2:" "2:--nonsense" "2:a b c" "2:-o nonsense tree" "2:--idle x tree" "2:--idle 0 tree" \
    "2:--status x y" "1:--status x" \
    "2:--guard --key x tree" \
    "1:$work/nowhere" "1:$work/tree $work/nowhere" "1:$work/both.pem" "3:$work/tree $work/mnt --key $work/password" \
    "3:$work/tree $work/mnt --key $work/nowhere" \
    "3:$work/tree $work/mnt --key $work/key.pfx --password-file $work/wrong"; do
    # shellcheck disable=SC2086 # words
    check_status "efsmount ${line#*:}: status ${line%%:*}" "${line%%:*}" timeout 20 "$efsmount" ${line#*:}
done
check_status "... and nothing is mounted" 1 mounted "$work/mnt"
check "--help" grep -q "^Usage: efsmount" <("$efsmount" --help)
check "--version" grep -q "^efsmount [0-9]" <("$efsmount" --version)
if [ "$(id -u)" = 0 ]; then
    mkdir "$work/comma,tree"
    cp "$work/root/tree/f513" "$work/comma,tree/f"
    cp -a "$work/root/tree/f513" "$work/comma,tree/e"
    check "options as fstab has them" "$efsmount" -q "$work/comma,tree" "$work/mnt" -o \
        "rw,nosuid,nodev,noauto,_netdev,x-systemd.automount,key=$work/key.pfx,password-file=$work/password"
    at_exit unmount "$work/mnt"
    check "... plaintext" cmp "$work/mnt/e" "$work/root/plain/f513"
    check "... a tree with a comma" grep -qxF "$work/comma,tree on $work/mnt" <("$efsmount" --status)
    check "... nosuid" grep -q "nosuid" <(findmnt -no OPTIONS "$work/mnt")
    check "... unmount" umount "$work/mnt"
    # others: what they make is theirs, and the kernel checks what they may do
    chmod 777 "$work/tree"
    cp -a "$work/root/tree/f513" "$work/tree/mine" && chmod 600 "$work/tree/mine"
    check "allow_other" "$efsmount" -q "$work/tree" "$work/mnt" -o allow_other --key "$work/both.pem"
    check "... another's file" refuses "Permission denied" as nobody cat "$work/mnt/mine"
    check "... a file of his own" as nobody bash -c "umask 022; echo x >'$work/mnt/his'; mkdir '$work/mnt/dir'"
    check "... is his" test "$(stat -c '%u %g %a' "$work/tree/his" "$work/tree/dir" | xargs)" = \
        "65534 65534 644 65534 65534 755"
    check "... unmount" umount "$work/mnt"
fi
plan
