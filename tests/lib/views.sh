# Shared shell functions of the tests: views of efsmount, for users.sh's users, each with a folder of his own in $work.
# After tap.sh, users.sh and mounts.sh; sets efsraw, efsmount and python. Skips everything where there can be no view.
#
# SPDX-License-Identifier: LGPL-2.1-or-later

own_fuse
why=$(view_missing) && skip_all "$why"
efsraw=$stage/bin/efsraw efsmount=$stage/bin/efsmount
python=/usr/bin/python3

# the owner's key, certificate, and both
openssl req -x509 -newkey rsa:2048 -nodes -keyout "$work/key" -out "$work/cert" -days 30 -subj /CN=owner 2>/dev/null
cat "$work/key" "$work/cert" >"$work/both.pem"
chmod 644 "$work/both.pem" "$work/cert"

# mount_view WHO [OPTION...] TREE [MOUNTPOINT]
mount_view()
{
    (cd "$work/$1" && as "$1" timeout 60 "$efsmount" -q "${@:2}" </dev/null)
}

# unmount_view WHO MOUNTPOINT: of the tree in WHO's folder. The daemon ends, with all that it has to put into its closed
# form, some time after the unmount.
unmount_view()
{
    (cd "$work/$1" && as "$1" timeout 20 fusermount3 -u "$2") && timeout 60 flock "$work/$1/tree" true
}

# encrypt_directory DIR: an encrypted one, which is there or not
encrypt_directory()
{
    "$gen/efsgen.py" stream --out "$work/directory-stream" --directory --random-ciphertext &&
        "$efsraw" import --directory --force "$work/directory-stream" "$1"
}
