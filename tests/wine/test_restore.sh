#!/bin/bash
# The main job, end to end: efsbackup.exe restores a stream under Wine and saves it again.
#
# SPDX-License-Identifier: LGPL-2.1-or-later
. "$(dirname "$0")/../lib/tap.sh"
. "$(dirname "$0")/../lib/prefix.sh"
efsraw=$stage/bin/efsraw

check "a prefix with the drop-in" make_dropin_prefix "$work/prefix"
prefix=$work/prefix
mkdir "$work/dir"
target=$work/dir/file

decrypted()
{
    "$efsraw" decrypt "$target" "$work/out" --key "$1" --password-file "$2" && cmp "$3" "$work/out"
}

# whole NAME STREAM KEY PASSWORD-FILE PLAINTEXT
whole()
{
    local name=$1 stream=$2

    check "$name: restore" run_wine efsbackup.exe restore "$(winpath "$stream")" "$(winpath "$target")"
    check "$name: nothing else is there" test "$(ls -A "$work/dir")" = file
    "$gen/efscheck.py" host "$stream" >"$work/host"
    "$gen/efscheck.py" metadata "$stream" >"$work/efs"
    check "$name: the file on the host is ciphertext and padding count" cmp "$work/host" "$target"
    efs_xattr "$target" >"$work/xattr"
    check "$name: \$EFS in user.ntfs.efsinfo" cmp "$work/efs" "$work/xattr"
    rm -f "$work/back"
    check "$name: save" run_wine efsbackup.exe save "$(winpath "$target")" "$(winpath "$work/back")"
    check "$name: the same bytes" cmp "$stream" "$work/back"
    check "$name: efsraw exports the same" cmp "$stream" <("$efsraw" export "$target" -)
    check "$name: efsraw decrypts it" decrypted "$3" "$4" "$5"
    check "$name: restore over it" run_wine efsbackup.exe restore "$(winpath "$stream")" "$(winpath "$target")"
    check "$name: the file is as before" cmp "$work/host" "$target"
    rm -rf "$target"
}

"$gen/efsgen.py" keys "$work/user" --password secret
for algorithm in aes 3des desx; do
    for size in 0 569 200000; do
        head -c $size /dev/urandom >"$work/plain"
        "$gen/efsgen.py" stream --out "$work/raw" --plaintext "$work/plain" --algorithm $algorithm --user \
            "$work/user/cert.pem"
        whole "own stream, $algorithm, $size bytes" "$work/raw" "$work/user/key.pfx" "$work/user/password.txt" \
            "$work/plain"
        [ $algorithm = aes ] || break
    done
done
if [ -d "$vectors" ]; then
    printf 'SECCON CTF 2023 Finals' >"$work/password"
    whole "genuine stream" "$vectors/stream.efsraw" "$vectors/appended.pfx" "$work/password" "$vectors/plaintext.bin"
    "$efsraw" import "$vectors/stream.efsraw" "$target"
    efs_xattr "$target" >"$work/xattr"
    check "genuine stream: \$EFS is the known one" cmp "$vectors/efs-metadata.bin" "$work/xattr"
    rm -f "$target"
else
    skip "the genuine stream" "not in this checkout"
fi

# What nobody will be able to decrypt is restored as it is, and told without WINEDEBUG
"$gen/efsgen.py" stream --out "$work/raw" --random-ciphertext --size 3000
python3 - "$work/raw" "$work/damaged" <<'EOF'
import sys
stream = bytearray(open(sys.argv[1], "rb").read())
efs = 0x42 # file header, metadata stream header, segment header
entry = efs + int.from_bytes(stream[efs + 0x40:efs + 0x44], "little") + 4
stream[entry:entry + 4] = b"\xff\xff\xff\x7f" # longer than the $EFS
open(sys.argv[2], "wb").write(stream)
EOF
told() { WINEDEBUG='' run_wine "$@" 2>"$work/said"; }
check "damaged entries: restore" told efsbackup.exe restore "$(winpath "$work/damaged")" "$(winpath "$target")"
check "damaged entries: nobody will be able to decrypt it" grep -q \
    "err:efs:.*imported, but nobody will be able to decrypt it: offset 0x" "$work/said"
check "damaged entries: as they are" cmp "$work/damaged" <("$efsraw" export "$target" -)
check "sound entries: restore" told efsbackup.exe restore "$(winpath "$work/raw")" "$(winpath "$target")"
check "sound entries: nothing is said" bash -c '! grep -q "nobody" "$1"' - "$work/said"
rm -f "$target"

# A directory
"$gen/efsgen.py" stream --out "$work/raw" --directory
check "directory: restore" run_wine efsbackup.exe restore "$(winpath "$work/raw")" "$(winpath "$target")" --directory
check "directory: it is one" test -d "$target"
efs_xattr "$target" >"$work/xattr"
check "directory: \$EFS" cmp <("$gen/efscheck.py" metadata "$work/raw") "$work/xattr"
rm -f "$work/back"
check "directory: save" run_wine efsbackup.exe save "$(winpath "$target")" "$(winpath "$work/back")"
check "directory: the same bytes" cmp "$work/raw" "$work/back"
rm -rf "$target"

# What must not work: refused, named, and the target as it was
"$gen/efsgen.py" stream --out "$work/old" --size 1000 --random-ciphertext
refused()
{
    run_wine efsbackup.exe restore "$(winpath "$1")" "$(winpath "$target")" >"$work/message" 2>&1
    local status=$?

    cat "$work/message"
    [ $status = 1 ] && grep -q "$2" "$work/message" && [ "$(ls -A "$work/dir")" = "$3" ]
}
for case in "header-only 6008" "segment-signature 6008" "trailing-junk 6008" "efs-version-7 6016" \
    "encryption-format-2 6008"; do
    read -r name code <<<"$case"
    "$gen/efsgen.py" stream --out "$work/raw" --break "$name" --random-ciphertext
    check "$name: refused with $code, nothing there before" refused "$work/raw" "$code" ""
    "$efsraw" import "$work/old" "$target"
    check "$name: refused with $code" refused "$work/raw" "$code" file
    check "$name: the target is as before" cmp "$work/old" <("$efsraw" export "$target" -)
    rm -f "$target"
done

# ---- a link of Windows' kind has the name, as Wine from 10.19 on keeps it
rm -rf "${work:?}/dir" && mkdir "$work/dir"
: >"$target?" && setfattr -n user.WINEREPARSE -v 0x0c0000a000000000 "$target?"
cp "$work/old" "$work/raw"
check "a name that a reparse point has: refused with 80" refused "$work/raw" 80 "file?"
check "and it is as it was" test "$(getfattr --only-values -n user.WINEREPARSE --absolute-names "$target?" |
    wc -c),$(stat -c %s "$target?")" = 8,0
setfattr -x user.WINEREPARSE "$target?"
check "beside a file of such a name: restore" run_wine efsbackup.exe restore "$(winpath "$work/raw")" \
    "$(winpath "$target")"
rm -f "$target" "$target?"
head -c -1 "$work/old" >"$work/raw"
check "cut by a byte: refused with 6008" refused "$work/raw" 6008 ""
echo "just a text" >"$target"
check_status "save of a file that isn't encrypted: refused" 1 run_wine efsbackup.exe save "$(winpath "$target")" \
    "$(winpath "$work/no")"
check "and no stream is left" test ! -e "$work/no"
plan
