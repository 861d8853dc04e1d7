#!/usr/bin/python3
"""What a stream that efsgen.py changed by a rule has to decrypt to.

  expected.py RULE PLAIN RESULT STREAM     fails, and says where, if RESULT isn't that

SPDX-License-Identifier: LGPL-2.1-or-later
"""
import struct
import sys

rule, plain, result, stream = sys.argv[1:]
with open(plain, "rb") as f:
    plain = bytearray(f.read())
with open(result, "rb") as f:
    result = f.read()


def zero(start, end):
    plain[start:end] = bytes(end - start)


moved = None  # where units stand that weren't encrypted for their offset
if rule == "vdl-short":
    zero(len(plain) // 65536 * 65536 + 1, len(plain))
elif rule == "block-hole":
    for at in range(4096, 65536, 8192):
        zero(at, at + 4096)
elif rule == "sparse-file":
    plain = bytearray(b"".join(bytes(plain[at:at + 65536]).ljust(1 << 20, b"\0") for at in range(0, len(plain), 65536)))
    moved = 1 << 20
elif rule == "segment-hole":
    zero(0, 65536)
elif rule == "block-short":
    zero(512, 65536)
elif rule == "gap":
    plain[65536:65536] = bytes(0x30000)
    moved = 0x40000
elif rule == "gap-at-start":
    plain[0:0] = bytes(65536)
    moved = 65536
elif rule == "empty-segment":
    plain = bytearray()
elif rule == "plain-unnamed":
    # without encryption header, all of a segment is data, whatever it means
    with open(stream, "rb") as f:
        raw = f.read()
    at, plain = raw.index("::$DATA".encode("utf-16-le")) + 14, bytearray()
    while at < len(raw):
        length, = struct.unpack_from("<I", raw, at)
        plain += raw[at + 16:at + length]
        at += length

if len(result) != len(plain):
    sys.exit(f"{len(result)} bytes instead of {len(plain)}")
for at in range(0, len(plain), 512):
    # CBC: a wrong IV spoils the first block of a unit and no other
    skip = 16 if moved is not None and at >= moved else 0
    if result[at + skip:at + 512] != plain[at + skip:at + 512]:
        sys.exit(f"the unit at {at} differs")
