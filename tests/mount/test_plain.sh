#!/bin/bash
# Plain files in a view, with a real mount, as root and as an ordinary user: who moves their data, and that they are the
# files below all the same. The kernel does it itself for root's views, with libfuse from 3.17 on.
#
# SPDX-License-Identifier: LGPL-2.1-or-later

. "$(dirname "$0")/../lib/own_mounts.sh"
. "$(dirname "$0")/../lib/tap.sh"
. "$(dirname "$0")/../lib/users.sh"
. "$(dirname "$0")/../lib/mounts.sh"
. "$(dirname "$0")/../lib/views.sh"

plain=$(shared "$top/tests/mount/plain.py")

# how WHO's data is moved here
kind()
{
    local major minor configuration

    [ "$1" = root ] || { echo splice; return; }
    # 4: the name of libfuse's interface from 3.17 on
    readelf -d "$efsmount" | grep -q 'NEEDED.*libfuse3\.so\.4' || { echo splice; return; }
    IFS=. read -r major minor _ < <(uname -r)
    [ $((major * 1000 + ${minor%%[^0-9]*})) -ge 6009 ] || { echo splice; return; }
    configuration=$({ zcat /proc/config.gz || cat "/boot/config-$(uname -r)"; } 2>/dev/null)
    if [ -z "$configuration" ] || grep -qx CONFIG_FUSE_PASSTHROUGH=y <<<"$configuration"; then echo passthrough
    else echo splice; fi
}

# moves WHO KIND: 32 MiB read and written twice, and what the daemon has read of it itself. What is written comes to it
# by its own reading where libfuse can't splice; what is read never does. With passthrough the kernel asks nothing but
# whether the file has capabilities, before each of the 256 writes.
moves()
{
    local pid bytes calls more_bytes more_calls

    pid=$(pgrep -f "^$efsmount -q .*" -n)
    read -r bytes calls < <(awk '{ v[$1] = $2 } END { print v["rchar:"], v["syscr:"] }' "/proc/$pid/io")
    as "$1" "$python" "$plain" moved "$work/$1/mnt" "$work/$1/tree" || return 1
    read -r more_bytes more_calls < <(awk '{ v[$1] = $2 } END { print v["rchar:"], v["syscr:"] }' "/proc/$pid/io")
    echo "$2: the daemon has read $((more_bytes - bytes)) bytes by $((more_calls - calls)) calls"
    case $2 in
        passthrough) [ $((more_bytes - bytes)) -lt 1000000 ] && [ $((more_calls - calls)) -lt 400 ] ;;
        *) [ $((more_bytes - bytes)) -lt 40000000 ] ;;
    esac
}

test_plain()
{
    local who=$1 kind mnt=$work/$1/mnt tree=$work/$1/tree case

    kind=$(kind "$who")
    check "$who: mount" mount_view "$who" --key "$work/both.pem" tree mnt
    # the daemon's counters are root's to see
    if [ "$(id -u)" = 0 ]; then check "$who: $kind moves the data" moves "$who" "$kind"
    else skip "$who: $kind moves the data" "only root can see it"; fi
    for case in ways caches opened; do
        check "$who: $case" as "$who" timeout 120 "$python" "$plain" "$case" "$mnt" "$tree"
    done
    check "$who: encrypted while it is open" as "$who" "$python" "$plain" encrypted "$mnt" "$tree" "$kind"
    check "$who: unmount" unmount_view "$who" "$mnt"
}

for who in "${users[@]}"; do
    mkdir -p "$work/$who"/{tree,mnt}
    [ "$who" != nobody ] || chown -R 65534:65534 "$work/$who"
    if ! (cd "$work/$who" && as "$who" timeout 60 "$efsmount" -q tree mnt) 2>"$work/message"; then
        skip "$who: all of it" "FUSE can't be used: $(tail -n 1 "$work/message")"
        continue
    fi
    unmount_view "$who" "$work/$who/mnt"
    test_plain "$who"
done
plan
