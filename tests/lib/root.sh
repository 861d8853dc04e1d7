# Shared shell functions of tests/run/compat and tests/run/package: a Debian in a folder, and commands in it. Needs
# root.
#
#   make_root DIR SUITE ARCHITECTURES PACKAGES    with commas; from where this machine gets its packages
#   in_root DIR COMMAND...                        the source tree is /src there, read-only, BUILD_DIR is /src/build
#
# A command runs in mount and process namespaces of its own. So nothing is ever mounted in the root as seen from
# outside, and what the command leaves running ends with it: the root can be removed at any time.
#
# SPDX-License-Identifier: LGPL-2.1-or-later

# Debian's own archive, without the ones for updates and security: their packages may be newer for one architecture
mirror()
{
    apt-get indextargets --format '$(LABEL) $(REPO_URI)' 'Created-By: Packages' | sed -n 's/^Debian //p' | head -n 1
}

make_root()
{
    local uri options=() line

    uri=$(mirror)
    [ -n "$uri" ] || { echo "apt on this machine knows no Debian archive" >&2; return 1; }
    while IFS= read -r line; do options+=(--aptopt="$line"); done < <(
        apt-config dump --format '%f "%v";%n' | grep -E '^Acquire::(https?::Proxy|Check-Valid-Until|Retries) ')
    mmdebstrap --mode=root --variant=minbase --architectures="$3" --include="$4" "${options[@]}" \
        --dpkgopt='path-exclude=/usr/share/man/*' --dpkgopt='path-include=/usr/share/man/man[1-9]/*' \
        --dpkgopt='path-exclude=/usr/share/locale/*' \
        "$2" "$1" "deb [signed-by=/usr/share/keyrings/debian-archive-keyring.gpg] $uri $2 main" &&
        mkdir -p "$1/src" && cp -L /etc/resolv.conf "$1/etc/resolv.conf" &&
        # an installed Debian has it; fusermount3 looks there for what it may unmount
        ln -sf ../proc/self/mounts "$1/etc/mtab"
}

in_root()
{
    # shellcheck disable=SC2016 # for the inner shell
    env -i PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin HOME=/root LC_ALL=C.UTF-8 TERM=dumb \
        XDG_RUNTIME_DIR=/tmp \
        DEBIAN_FRONTEND=noninteractive BUILD_DIR=/src/build ${http_proxy:+http_proxy="$http_proxy"} \
        unshare --mount --pid --fork --kill-child --mount-proc="$1/proc" bash -c '
            set -e
            mount --rbind /dev "$1/dev"
            mount -t sysfs none "$1/sys"
            mount --bind "$2" "$1/src"
            mount -o remount,bind,ro "$1/src"
            root=$1
            shift 2
            exec chroot "$root" "$@"' - "$1" "$top" "${@:2}" </dev/null
}
