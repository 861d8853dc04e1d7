#!/bin/bash
# A tree of plain files with all that one can have (streams in both homes, extended attributes, holes, links, modes,
# attributes, times, long names and names in other scripts) goes out and comes back whole: by "efsbackup tree", and by a
# program that uses one BackupWrite context for each substream. Compared by Windows' own queries and on the host; and
# shown by Samba, where its server is installed.
#
# SPDX-License-Identifier: LGPL-2.1-or-later
. "$(dirname "$0")/../lib/tap.sh"
. "$(dirname "$0")/../lib/prefix.sh"
export LC_ALL=C.UTF-8

arch=${WINETEST_ARCH:-x64}
if [ "$arch" = x64 ]; then compiler=x86_64-w64-mingw32-gcc; else compiler=i686-w64-mingw32-gcc; fi
for program in streams whole_tree; do
    $compiler -std=c11 -O1 -Wall -Werror "$top/tests/wine/programs/$program.c" -o "$work/$program.exe" -lntdll \
        -ladvapi32 -lshell32 || skip_all "no compiler for Windows programs"
done
touch "$work/probe"
setfattr -n user.test -v 1 "$work/probe" 2>/dev/null || skip_all "$work keeps no user attributes"
check "a prefix with the drop-in" make_dropin_prefix "$work/prefix"
prefix=$work/prefix
tree=$work/tree

# ---- the tree ----

long=$(printf 'n%.0s' {1..200})
mkdir -p "$tree/sub/empty" "$tree/ключ" "$tree/$long/$long" "$tree/locked" "$tree/with streams"
echo hello >"$tree/a.txt"
: >"$tree/nothing"
head -c 1000000 /dev/urandom >"$tree/sub/random"
echo x >"$tree/ключ/備份.txt"
echo far >"$tree/$long/$long/file"
echo x >"$tree/locked/inside"
echo first >"$tree/linked"
ln "$tree/linked" "$tree/sub/linked too"
ln -s a.txt "$tree/link"
truncate -s 4M "$tree/sub/sparse"
printf data | dd of="$tree/sub/sparse" bs=1M seek=2 conv=notrunc status=none
echo hidden >"$tree/hidden"
printf mode >"$tree/private"
# what a Windows program makes, by the programs' own ways
head -c 100 /dev/urandom >"$work/hundred"
samba() { setfattr -n "user.DosStream.$2:\$DATA" -v "0x$(od -An -tx1 "$work/hundred" | tr -d ' \n')00" "$1"; }
for name in a.txt nothing ключ/備份.txt "$long/$long/file" "with streams" locked; do
    samba "$tree/$name" Zone.Identifier
done
samba "$tree/ключ/備份.txt" "поток"
samba "$tree/a.txt" "$(printf 's%.0s' {1..200})"
{
    for name in 'a.txt' 'with streams' 'ключ\備份.txt' 'sub\sparse'; do
        printf 'open\t0\t%s\\%s:big\t40000000\t0\t1\t0\nfill\t0\t5000000\nclose\t0\n' "$(winpath "$tree")" "$name"
    done
} >"$work/script"
run_wine "$work/streams.exe" "$(winpath "$work/script")" >"$work/said" 2>&1
check "streams of 5 MB are made" test "$(tr -d '\r' <"$work/said" | sort | uniq -c | tr -s ' ')" = ' 12 ok'
for name in a.txt "with streams" ключ/備份.txt nothing locked; do
    setfattr -n user.EA.ONE -v value "$tree/$name"
    setfattr -n 'user.$EA.TWO' -v 0x00ff00"$(printf '41%.0s' {1..300})" "$tree/$name"
done
whole_tree() { run_wine "$work/whole_tree.exe" "$@"; }
check "a file is marked as sparse" whole_tree sparse "$(winpath "$tree/sub/sparse")"
WINEPREFIX=$prefix timeout 60 wine attrib +h +s "$(winpath "$tree/hidden")" >/dev/null 2>&1 </dev/null
chmod 444 "$tree/a.txt"
chmod 600 "$tree/private"
chmod 751 "$tree/sub/random"
chmod 500 "$tree/locked"
touch -d '2001-02-03 04:05:06.7' "$tree/a.txt" "$tree/sub/random" "$tree/ключ/備份.txt"
touch -d '1995-02-03 04:05:06' "$tree/sub/empty" "$tree/with streams" "$tree/sub" "$tree/$long" "$tree/locked"

# ---- out, and back ----

# Without what a link leads to, which comes back as a file, and the streams in files, whose modes and times are their
# own. The marks have random numbers. Where a file has no attributes, Wine 10 notes that, and Wine 8 nothing.
host_view()
(
    cd "$1" || exit
    find . -mindepth 1 ! -name link ! -name '*:big' | LC_ALL=C sort | while IFS= read -r name; do
        if [ -d "$name" ]; then stat -c '%n %F %a %Y' "$name"; else stat -c '%n %F %s %a %Y' "$name"; sha "$name"; fi
        getfattr -d -m '^user\.' -e hex "$name" 2>/dev/null | grep '^user\.' |
            grep -v -e '^user\.efs\.stream' -e '^user\.DOSATTRIB=0x307830$' | LC_ALL=C sort
    done
)
# compared WHAT DIR
compared()
{
    check "$1: Windows' queries find no difference" whole_tree compare "$(winpath "$tree")" "$(winpath "$2")"
    tr -d '\r' <"$work/output" >"$work/summary"
    echo "# $(cat "$work/summary")"
    check "$1: all of it was looked at" \
        grep -qx '12 files, 7 directories, 15 streams, 6 with attributes, 1 sparse, 19 names, 0 failures' \
        "$work/summary"
    host_view "$tree" >"$work/one"
    host_view "$2" >"$work/other"
    check "$1: nor does the host" diff "$work/one" "$work/other"
    for name in a.txt "with streams" ключ/備份.txt sub/sparse; do
        check "$1: the file of the stream of $name" cmp "$tree/$name:big" "$2/$name:big"
    done
    check "$1: and marked" efs_stream "$2/a.txt:big"
    check "$1: a small one is in an attribute" test \
        "$(getfattr --only-values -n 'user.DosStream.Zone.Identifier:$DATA' "$2/a.txt" | sha256sum)" = \
        "$( (cat "$work/hundred"; printf '\0') | sha256sum)"
    check "$1: what a link led to" cmp "$tree/a.txt" "$2/link"
    check "$1: holes are holes" test "$(stat -c %b "$2/sub/sparse")" -le 256
}
efs_stream() { getfattr -n user.efs.stream "$1"; }

check "efsbackup tree save" run_wine efsbackup.exe tree save "$(winpath "$tree")" "$(winpath "$work/archive")"
check "tree verify" run_wine efsbackup.exe tree verify "$(winpath "$work/archive")"
check "tree restore" run_wine efsbackup.exe tree restore "$(winpath "$work/archive")" "$(winpath "$work/back")"
compared "efsbackup tree" "$work/back"
check "a context for each substream" whole_tree copy "$(winpath "$tree")" "$(winpath "$work/pieces")"
compared "a context for each substream" "$work/pieces"

# ---- a comparison that can fail ----

chmod 644 "$work/back/a.txt" && printf y | dd of="$work/back/a.txt:big" bs=1 seek=4000000 conv=notrunc status=none
setfattr -x user.EA.ONE "$work/back/nothing"
setfattr -x 'user.DosStream.Zone.Identifier:$DATA' "$work/back/locked"
whole_tree compare "$(winpath "$tree")" "$(winpath "$work/back")" >"$work/differences" 2>&1
for text in 'a.txt: other attributes' 'a.txt:big:$DATA: other content' 'nothing: other extended' \
    'locked: not as many'; do
    check "a difference is found: $text" grep -qF "$text" "$work/differences"
done

# ---- Samba ----

samba_test()
{
    local port=$((20000 + RANDOM % 20000)) i share="//127.0.0.1/tree"

    mkdir "$work/samba"
    cat >"$work/samba/smb.conf" <<END
[global]
    smb ports = $port
    interfaces = 127.0.0.1
    bind interfaces only = yes
    map to guest = Bad User
    guest account = $(id -un)
    private dir = $work/samba
    lock directory = $work/samba
    state directory = $work/samba
    cache directory = $work/samba
    pid directory = $work/samba
    ncalrpc dir = $work/samba/ncalrpc
    log file = $work/samba/log
    disable netbios = yes
    load printers = no
    ea support = yes
    vfs objects = streams_xattr
[tree]
    path = $work/pieces
    guest ok = yes
    read only = yes
END
    smbd --foreground --no-process-group --configfile="$work/samba/smb.conf" >"$work/samba/out" 2>&1 </dev/null &
    at_exit kill $!
    client() { smbclient -N -p $port "$share" -s "$work/samba/smb.conf" -c "$1" >"$work/samba/said" 2>&1; }
    for i in {1..50}; do client ls && break; sleep 0.2; done
    check "Samba serves the tree" client ls
    check "Samba shows the streams" client 'allinfo "a.txt"'
    check "that of 100 bytes" grep -qF 'stream: [:Zone.Identifier:$DATA], 100 bytes' "$work/samba/said"
    check "it gives its bytes" client "get a.txt:Zone.Identifier $work/samba/got"
    check "all of them" cmp "$work/samba/got" "$work/hundred"
    check "Samba shows the attributes" client 'geteas "a.txt"'
    check "the first" grep -qF 'EA.ONE' "$work/samba/said"
    check "the second" grep -qF '$EA.TWO' "$work/samba/said"
}
modules=$(smbd -b 2>/dev/null | sed -n 's/^ *MODULESDIR: //p')
if [ "$(id -u)" = 0 ] && command -v smbclient >/dev/null && [ -e "$modules/vfs/streams_xattr.so" ]; then samba_test
else skip "Samba shows streams and attributes" "no smbd, smbclient or streams_xattr (samba-vfs-modules), or not root"
fi
plan
