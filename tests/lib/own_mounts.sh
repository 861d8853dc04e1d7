# For tests that mount views, before anything else: as root the script begins again in a mount namespace of its own.
# What is mounted there ends with it, and /dev/fuse can be for all users there, as udev makes it (own_fuse, mounts.sh).
#
# SPDX-License-Identifier: LGPL-2.1-or-later

if [ "$(id -u)" = 0 ] && [ -z "${EFS_OWN_MOUNTS:-}" ]; then
    # in a chroot nothing can be said of /, and needn't where nothing is shared with others anyway
    propagation=private
    grep -q ' shared:' /proc/self/mountinfo || propagation=unchanged
    if unshare --mount --propagation "$propagation" true 2>/dev/null; then
        EFS_OWN_MOUNTS=1 exec unshare --mount --propagation "$propagation" "$0" "$@"
    fi
fi
