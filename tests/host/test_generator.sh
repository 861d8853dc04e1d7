#!/bin/bash
# The generator against known answers, and its streams decrypted by its own independent reader.
#
# SPDX-License-Identifier: LGPL-2.1-or-later
. "$(dirname "$0")/../lib/tap.sh"

known_answers()
{
    PYTHONPATH=$gen /usr/bin/python3 -c '
import efscrypt as e
key = bytes.fromhex("a1f9e0b253239e8f0f9145d98e20ec30")
assert [x.hex() for x in e.desx_expand(key)] == ["27d19309cb78931f", "edda4c476049db8d", "75f6a01ac0ca281e"]
ecb = e.Cipher(e.TripleDES(bytes.fromhex("27d19309cb78931f") * 3), e.modes.ECB()).encryptor()
assert ecb.update(bytes.fromhex("dcf7682aaf48530f")).hex() == "d8d915235b880e09"
assert e.aes_iv(0).hex() == "121316e97b65165861899144bead8919"
assert e.aes_iv(0x10000).hex() == "121317e97b65165861899244bead8919"
assert e.des_iv(0x200).hex() == "13af919862199116"
'
}
check "known answers: DESX key schedule, DES, IVs" known_answers

check "makes keys" "$gen/efsgen.py" keys "$work/user" --password secret
check "makes keys of a recovery agent" "$gen/efsgen.py" keys "$work/agent" --name agent --recovery-agent
head -c 70001 /dev/urandom >"$work/plain"
for algorithm in aes 3des desx; do
    check "makes a stream, $algorithm" "$gen/efsgen.py" stream --out "$work/raw" --plaintext "$work/plain" \
        --algorithm $algorithm --user "$work/user/cert.pem" --recovery "$work/agent/cert.pem"
    for who in user agent; do
        "$gen/efscheck.py" decrypt "$work/raw" "$work/$who/key.pem" >"$work/out"
        check "decrypts for the $who, $algorithm" cmp "$work/plain" "$work/out"
    done
done
"$gen/efsgen.py" stream --out "$work/1" --seed 5
"$gen/efsgen.py" stream --out - --seed 5 >"$work/2"
check "the same seed gives the same stream" cmp "$work/1" "$work/2"

if [ -d "$vectors" ]; then
    "$gen/efscheck.py" decrypt "$vectors/stream.efsraw" "$vectors/private_key.pem" >"$work/out"
    check "decrypts the genuine stream" cmp "$vectors/plaintext.bin" "$work/out"
    "$gen/efscheck.py" metadata "$vectors/stream.efsraw" >"$work/out"
    check "reads the genuine stream's metadata" cmp "$vectors/efs-metadata.bin" "$work/out"
else
    skip "the genuine stream" "not in this checkout"
fi
plan
