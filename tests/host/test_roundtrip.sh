#!/bin/bash
# Export equals import, byte for byte, for streams of 0 bytes to 200 MB that arrive in random pieces; and the
# file on the host is what the format says: ciphertext, number of padding bytes, $EFS in the extended attribute.
#
# SPDX-License-Identifier: LGPL-2.1-or-later
. "$(dirname "$0")/../lib/tap.sh"
set -o pipefail
efsraw=$stage/bin/efsraw

mkdir "$work/dir"
target=$work/dir/target

sizes()
{
    printf '%s\n' 0 1 511 512 513 65023 65024 65025 65535 65536 65537 66047 66048 66049 131071 131072 131073 209715200
    # log-distributed, the same on every machine
    awk 'BEGIN { srand(20240615); for (i = 0; i < 30; i++) print int(exp(rand() * log(2e8))) }'
}

# Import and export by pipes split at random; nothing else in the directory.
piped()
{
    local options=(--size "$1" --seed "$1" --random-ciphertext)

    rm -f "$target"
    "$gen/efsgen.py" stream --out - "${options[@]}" | "$top/tests/host/split.py" "$1" | "$efsraw" import - "$target" &&
        [ "$(ls -A "$work/dir")" = target ] &&
        "$efsraw" export "$target" - | cmp - <("$gen/efsgen.py" stream --out - "${options[@]}")
}

for size in $(sizes); do
    check "$size bytes, split at random: export equals import" piped "$size"
    # an own computation of what the size on the host has to be
    check "$size bytes: size on the host" test "$(stat -c %s "$target")" = $((size ? (size + 511) / 512 * 512 + 2 : 0))
done

for size in 0 569 70000; do
    "$gen/efsgen.py" stream --out "$work/raw" --size $size --random-ciphertext
    "$gen/efscheck.py" host "$work/raw" >"$work/host"
    "$gen/efscheck.py" metadata "$work/raw" >"$work/efs"
    check "$size bytes over an existing file" "$efsraw" import "$work/raw" "$target"
    check "$size bytes: ciphertext and padding count on the host" cmp "$work/host" "$target"
    efs_xattr "$target" >"$work/xattr"
    check "$size bytes: \$EFS in user.ntfs.efsinfo" cmp "$work/efs" "$work/xattr"
    "$efsraw" export "$target" "$work/back"
    "$efsraw" export "$target" - >"$work/again"
    check "$size bytes: export to a file" cmp "$work/raw" "$work/back"
    check "$size bytes: a second export is the same" cmp "$work/raw" "$work/again"
done

"$gen/efsgen.py" keys "$work/user" --password secret
"$gen/efsgen.py" keys "$work/agent" --name agent --recovery-agent
"$gen/efsgen.py" keys "$work/stranger" --name stranger
head -c 70001 /dev/urandom >"$work/plain"

# decrypted INPUT KEY [OPTIONS]
decrypted()
{
    rm -f "$work/out"
    "$efsraw" decrypt "$1" "$work/out" --key "${@:2}" && cmp "$work/plain" "$work/out"
}

for algorithm in aes 3des desx; do
    "$gen/efsgen.py" stream --out "$work/raw" --plaintext "$work/plain" --algorithm $algorithm \
        --user "$work/user/cert.pem" --recovery "$work/agent/cert.pem"
    "$efsraw" import "$work/raw" "$target" || fail "$algorithm: import"
    for input in raw dir/target; do
        check "$algorithm, $input: decrypt with PEM" decrypted "$work/$input" "$work/user/key.pem"
        for pfx in key key-legacy; do
            check "$algorithm, $input: decrypt with $pfx.pfx" decrypted "$work/$input" "$work/user/$pfx.pfx" \
                --password-file "$work/user/password.txt"
        done
        check "$algorithm, $input: decrypt by the recovery agent" decrypted "$work/$input" "$work/agent/key.pem"
    done
    check_status "$algorithm: a stranger's key is refused" 1 "$efsraw" decrypt "$target" "$work/no" --key \
        "$work/stranger/key.pem"
    check "$algorithm: and nothing is written" test ! -e "$work/no"
done

if [ -d "$vectors" ]; then
    printf 'SECCON CTF 2023 Finals' >"$work/password"
    cp "$vectors/plaintext.bin" "$work/plain"
    check "genuine stream: import" "$efsraw" import "$vectors/stream.efsraw" "$target"
    check "genuine stream: export equals it" cmp <("$efsraw" export "$target" -) "$vectors/stream.efsraw"
    efs_xattr "$target" >"$work/xattr"
    check "genuine stream: \$EFS" cmp "$work/xattr" "$vectors/efs-metadata.bin"
    for input in "$target" "$vectors/stream.efsraw"; do
        check "genuine stream: decrypt ${input##*/}" decrypted "$input" "$vectors/appended.pfx" --password-file \
            "$work/password"
    done
else
    skip "the genuine stream" "not in this checkout"
fi
plan
