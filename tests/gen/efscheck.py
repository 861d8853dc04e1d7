#!/usr/bin/python3
"""An independent reader of EFS raw streams: what a correct import has to make of one.

  efscheck.py host STREAM        the file on the host: ciphertext, then the number of padding bytes (u16)
  efscheck.py metadata STREAM    $EFS
  efscheck.py decrypt STREAM KEY.pem
  efscheck.py cuts STREAM        lengths at which a truncated stream can't be told from a whole one

The result goes to standard output. Understands what Windows writes: one unnamed stream, or none;
shares no code with the engine.

SPDX-License-Identifier: LGPL-2.1-or-later
"""
import struct
import sys

from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import padding

import efscrypt
from efsraw_records import GURE, METADATA, NTFS, ROBS, UNNAMED


class Raw:
    def __init__(self, path):
        with open(path, "rb") as f:
            raw = f.read()
        assert raw[4:12] == ROBS and raw[:4] == b"\0\1\0\0"
        self.metadata, self.size, self.cuts = b"", 0, []
        stored, at, name = bytearray(), 20, None
        while at < len(raw):
            if name and self.metadata:
                self.cuts.append(at)
            length, = struct.unpack_from("<I", raw, at)
            kind = raw[at + 4:at + 12]
            if kind == NTFS:
                n, = struct.unpack_from("<I", raw, at + 24)
                name = raw[at + 28:at + 28 + n]
                assert name in (METADATA, UNNAMED), name
            elif name == METADATA:
                assert kind == GURE
                self.metadata += raw[at + 16:at + length]
            else:
                assert kind == GURE
                head = at + 16
                offset, head_length, size, _, _, _, _, _, _, count = struct.unpack_from("<QIIIHBBBBH", raw, head)
                assert count == 1 and offset == len(stored)
                stored += raw[head + head_length:at + length]
                self.size = offset + size
            at += length
        assert at == len(raw)
        self.stored = bytes(stored)

    def host(self):
        return self.stored + struct.pack("<H", len(self.stored) - self.size) if self.stored else b""

    def fek(self, key):
        """(algorithm, key) from the first key list entry that the RSA key opens."""
        for start in struct.unpack_from("<2I", self.metadata, 0x40):
            if not start:
                continue
            count, = struct.unpack_from("<I", self.metadata, start)
            entry = start + 4
            for _ in range(count):
                length, _, blob_length, blob, _ = struct.unpack_from("<5I", self.metadata, entry)
                wrapped = self.metadata[entry + blob:entry + blob + blob_length][::-1]
                entry += length
                try:
                    fek = key.decrypt(wrapped, padding.PKCS1v15())
                except ValueError:
                    continue
                size, _, algorithm, _ = struct.unpack_from("<4I", fek)
                names = {v[0]: k for k, v in efscrypt.ALGORITHMS.items()}
                if algorithm in names and len(fek) == 16 + size:
                    return names[algorithm], fek[16:]
        raise SystemExit("efscheck: no entry for this key")

    def decrypt(self, key_file):
        with open(key_file, "rb") as f:
            key = serialization.load_pem_private_key(f.read(), None)
        algorithm, fek = self.fek(key)
        plain = efscrypt.crypt(algorithm, fek, 0, self.stored, encrypt=False)
        assert not any(plain[self.size:])
        return plain[:self.size]


def main():
    if len(sys.argv) < 3:
        raise SystemExit(__doc__)
    raw = Raw(sys.argv[2])
    command = sys.argv[1]
    if command == "host":
        out = raw.host()
    elif command == "metadata":
        out = raw.metadata
    elif command == "decrypt":
        out = raw.decrypt(sys.argv[3])
    elif command == "cuts":
        out = "".join(f"{n}\n" for n in raw.cuts).encode()
    else:
        raise SystemExit(__doc__)
    sys.stdout.buffer.write(out)


if __name__ == "__main__":
    main()
