#!/bin/bash
# The EFS functions that need keys, in a view of efsmount that is mounted with the prefix's key: they change the files
# of the tree below, and the view shows at once what has become of them. As root and as an ordinary user.
#
# SPDX-License-Identifier: LGPL-2.1-or-later

. "$(dirname "$0")/../lib/own_mounts.sh"
. "$(dirname "$0")/../lib/tap.sh"
. "$(dirname "$0")/../lib/prefix.sh"
. "$(dirname "$0")/../lib/users.sh"
. "$(dirname "$0")/../lib/mounts.sh"
. "$(dirname "$0")/../lib/views.sh"
. "$(dirname "$0")/../lib/wine_views.sh"

# the owner's, for which files are to be encrypted: that is a certificate's purpose
openssl req -x509 -key "$work/key" -out "$work/cert" -days 30 -subj /CN=owner \
    -addext extendedKeyUsage=1.3.6.1.4.1.311.10.3.4
cat "$work/key" "$work/cert" >"$work/both.pem"
openssl req -x509 -newkey rsa:2048 -nodes -keyout "$work/bob.key" -out "$work/bob.crt" -days 30 -subj /CN=bob \
    2>/dev/null
cat "$work/bob.key" "$work/bob.crt" >"$work/bob.pem"
openssl x509 -in "$work/bob.crt" -outform DER -out "$work/bob.cer"
chmod 644 "$work"/bob.*
bob=$(sha1sum <"$work/bob.cer" | cut -c 1-40)

make_tree()
{
    local name

    mkdir -p "$work/$1"/{tree/secret,mnt,run,out}
    head -c 70000 /dev/urandom >"$work/$1/p70000"
    for name in file written container; do
        "$efsraw" encrypt "$work/$1/p70000" "$work/$1/tree/$name" --for "$work/cert" || return 1
    done
    "$efsraw" convert --container "$work/$1/tree/container" || return 1
    for name in plain linked other; do cp "$work/$1/p70000" "$work/$1/tree/$name"; done
    ln "$work/$1/tree/linked" "$work/$1/tree/link"
    encrypt_directory "$work/$1/tree/secret"
    [ "$1" = root ] || chown -R 65534:65534 "$work/$1"/{tree,mnt,run,out}
    chmod 700 "$work/$1/run"
}

# opens WHO NAME KEY FILE: what is below NAME opens with the key, and is FILE
opens() { as "$1" "$efsraw" decrypt "$work/$1/tree/$2" - --key "$3" 2>"$work/message" | cmp - "$4"; }

# shown WHO NAME FILE: the view shows it
shown() { as "$1" cmp "$work/$1/mnt/$2" "$3"; }

without() { windows "$1" "$stage/lib/wine-efs/x64/cipher.exe" /REMOVEUSER "/CERTHASH:$bob" "$2" >"$work/message" 2>&1; }

test_users()
{
    local who=$1 dir=$work/$1 mnt name

    mnt=$(winpath "$dir/mnt")
    for name in file container; do
        as "$who" cat "$dir/mnt/$name" >/dev/null
        check "$who: a user is added: $name" says "$who" 0 adduser "$mnt\\$name" "$(winpath "$work/bob.cer")"
        check "$who: ... his key opens it" opens "$who" "$name" "$work/bob.pem" "$dir/p70000"
        check "$who: ... and the owner's" opens "$who" "$name" "$work/both.pem" "$dir/p70000"
        check "$who: ... the view shows it" shown "$who" "$name" "$dir/p70000"
        check "$who: ... he is removed" without "$who" "$mnt\\$name"
        check "$who: ... and can't open it any more" bash -c "! '$efsraw' decrypt '$dir/tree/$name' - \
            --key '$work/bob.pem' >/dev/null 2>&1"
        check "$who: ... the view shows it" shown "$who" "$name" "$dir/p70000"
    done

    # what is written: neither is lost
    cp "$dir/p70000" "$dir/wanted"
    printf more >>"$dir/wanted"
    opened "$who" written a
    check "$who: while a program of Linux' writes it: ERROR_SHARING_VIOLATION" says "$who" 32 adduser "$mnt\\written" \
        "$(winpath "$work/bob.cer")"
    end_opened
    as "$who" bash -c "printf more >>'$dir/mnt/written'"
    check "$who: a user is added to what was just written" says "$who" 0 adduser "$mnt\\written" \
        "$(winpath "$work/bob.cer")"
    check "$who: ... his key opens all of it" opens "$who" written "$work/bob.pem" "$dir/wanted"
    as "$who" bash -c "printf again >>'$dir/mnt/written'"
    printf again >>"$dir/wanted"
    check "$who: ... written once more" shown "$who" written "$dir/wanted"
    sleep 1
    check "$who: ... his key still opens all of it" opens "$who" written "$work/bob.pem" "$dir/wanted"
}

# is_plain WHO NAME FILE: below it is FILE
is_plain()
{
    ! getfattr --absolute-names -n user.ntfs.efsinfo "$work/$1/tree/$2" 2>/dev/null && cmp "$work/$1/tree/$2" "$3"
}

test_encrypt()
{
    local who=$1 dir=$work/$1 mnt times

    mnt=$(winpath "$dir/mnt")
    as "$who" cat "$dir/mnt/plain" >/dev/null
    times=$(stat -c '%Y %a %U' "$dir/tree/plain")
    opened "$who" plain
    check "$who: EncryptFile while a program of Linux' has it open: ERROR_SHARING_VIOLATION" says "$who" 32 encrypt \
        "$mnt\\plain"
    end_opened
    check "$who: ... it stays as it was" is_plain "$who" plain "$dir/p70000"
    check "$who: EncryptFile of a file with data" says "$who" 0 encrypt "$mnt\\plain"
    check "$who: ... it is encrypted" says "$who" "4020 70000 4020 70000 4020 70000 0" attributes "$mnt\\plain"
    check "$who: ... the view shows it" shown "$who" plain "$dir/p70000"
    check "$who: ... the owner's key opens it below" opens "$who" plain "$work/both.pem" "$dir/p70000"
    check "$who: ... its time, mode and owner stay" test "$(stat -c '%Y %a %U' "$dir/tree/plain")" = "$times"
    check "$who: ... nothing is left beside it" test ! -e "$dir"/tree/.efs-import-*
    check "$who: ... of one that has another name: ERROR_NOT_SUPPORTED" says "$who" 50 encrypt "$mnt\\linked"
    check "$who: ... it stays as it was" is_plain "$who" link "$dir/p70000"
    as "$who" chmod 444 "$dir/mnt/link"
    check "$who: ... of a read-only one: ERROR_FILE_READ_ONLY" says "$who" 6009 encrypt "$mnt\\link"
    as "$who" chmod 644 "$dir/mnt/link"

    opened "$who" plain
    check "$who: DecryptFile while it is open: ERROR_SHARING_VIOLATION" says "$who" 32 decrypt "$mnt\\plain"
    end_opened
    as "$who" bash -c "printf more >>'$dir/mnt/plain'"
    cp "$dir/p70000" "$dir/wanted"
    printf more >>"$dir/wanted"
    check "$who: DecryptFile of what was just written" says "$who" 0 decrypt "$mnt\\plain"
    check "$who: ... it is plain below" is_plain "$who" plain "$dir/wanted"
    check "$who: ... the view shows it" shown "$who" plain "$dir/wanted"
    check "$who: ... it isn't encrypted" says "$who" "20 70004 20 70004 20 70004 0" attributes "$mnt\\plain"
    check "$who: ... of a container" says "$who" 0 decrypt "$mnt\\container"
    check "$who: ... it is plain below" is_plain "$who" container "$dir/p70000"
    check "$who: ... a plain file: nothing to do" says "$who" 0 decrypt "$mnt\\container"
    check "$who: ... encrypted once more" says "$who" 0 encrypt "$mnt\\container"
    check "$who: ... a directory" says "$who" 0 decrypt "$mnt\\secret"
    check "$who: ... isn't encrypted" says "$who" "10 0 10 0 10 0 0" attributes "$mnt\\secret"
}

# Without a key of the prefix', though the view has one.
test_without_key()
{
    local who=$1 dir=$work/$1 mnt

    mnt=$(winpath "$dir/mnt")
    check "$who: mount, without a key in the prefix" mount_view "$who" --key "$work/both.pem" tree mnt
    check "$who: ... a user is added: ERROR_ACCESS_DENIED" says "$who" 5 adduser "$mnt\\file" \
        "$(winpath "$work/bob.cer")"
    check "$who: ... EncryptFile: ERROR_NO_USER_KEYS" says "$who" 6006 encrypt "$mnt\\plain"
    check "$who: ... it stays as it was" is_plain "$who" plain "$dir/p70000"
    check "$who: ... DecryptFile: ERROR_ACCESS_DENIED" says "$who" 5 decrypt "$mnt\\file"
    check "$who: ... it stays as it was" opens "$who" file "$work/both.pem" "$dir/p70000"
    check "$who: ... no key was made" test ! -e "$work/$who/prefix/efs-keys"
    check "$who: unmount" unmount_view "$who" "$dir/mnt"
}

test_duplicate()
{
    local who=$1 dir=$work/$1 mnt

    mnt=$(winpath "$dir/mnt")
    check "$who: DuplicateEncryptionInfoFile" says "$who" 0 duplicate "$mnt\\file" "$mnt\\new"
    check "$who: ... is encrypted" says "$who" "4020 0 4020 0 4020 0 0" attributes "$mnt\\new"
    check "$who: ... and can be written" says "$who" 0 append "$mnt\\new" secret
    check "$who: ... over what is there" says "$who" 0 duplicate "$mnt\\file" "$mnt\\new"
    check "$who: ... it is empty" says "$who" "4020 0 4020 0 4020 0 0" attributes "$mnt\\new"
    check "$who: ... for the owner" opens "$who" new "$work/both.pem" /dev/null
    check "$who: ... a directory" says "$who" 0 duplicate "$mnt\\secret" "$mnt\\dir"
    check "$who: ... is encrypted" says "$who" "4010 0 4010 0 4010 0 0" attributes "$mnt\\dir"
}

# A view over its own tree: no path leads below it.
test_over_itself()
{
    local who=$1 dir=$work/$1 tree

    tree=$(winpath "$dir/tree")
    check "$who: a view over the tree" mount_view "$who" --key "$work/both.pem" tree
    check "$who: ... a user is added" says "$who" 0 adduser "$tree\\container" "$(winpath "$work/bob.cer")"
    check "$who: ... it is shown" as "$who" cmp "$dir/tree/container" "$dir/p70000"
    check "$who: ... EncryptFile" says "$who" 0 encrypt "$tree\\other"
    check "$who: ... it is shown" as "$who" cmp "$dir/tree/other" "$dir/p70000"
    check "$who: ... DecryptFile" says "$who" 0 decrypt "$tree\\file"
    check "$who: ... it is shown" as "$who" cmp "$dir/tree/file" "$dir/p70000"
    check "$who: ... unmount" unmount_view "$who" "$dir/tree"
    check "$who: ... his key opens it" opens "$who" container "$work/bob.pem" "$dir/p70000"
    check "$who: ... the other one is encrypted" opens "$who" other "$work/both.pem" "$dir/p70000"
    check "$who: ... the third is plain" is_plain "$who" file "$dir/p70000"
}

for who in "${users[@]}"; do
    begin_view "$who" || continue
    test_without_key "$who"
    check "$who: the owner's key" as "$who" "$stage/bin/wine-efs" --prefix "$work/$who/prefix" key import \
        "$work/both.pem"
    check "$who: mount" mount_view "$who" --key "$work/both.pem" tree mnt
    at_exit unmount "$work/$who/mnt"
    test_users "$who"
    test_duplicate "$who"
    test_encrypt "$who"
    check "$who: unmount" unmount_view "$who" "$work/$who/mnt"
    test_over_itself "$who"
    check "$who: all is sound" "$efsraw" check "$work/$who/tree"
done
plan
