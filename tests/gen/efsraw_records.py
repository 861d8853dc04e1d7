"""The records of an EFS raw stream, each field open to change, for the test generator.

A stream is a sequence of records (efs-format section 1); a record packs itself and computes each
length that nobody has set.

SPDX-License-Identifier: LGPL-2.1-or-later
"""
import struct

ROBS = "ROBS".encode("utf-16-le")
NTFS = "NTFS".encode("utf-16-le")
GURE = "GURE".encode("utf-16-le")
METADATA = b"\x10\x19"
UNNAMED = "::$DATA".encode("utf-16-le")
TRANSFER = 0x10000


class FileHeader:
    def __init__(self):
        self.version, self.signature, self.reserved = 0x100, ROBS, bytes(8)

    def pack(self):
        return struct.pack("<I", self.version) + self.signature + self.reserved


class Stream:
    def __init__(self, name, flag=0):
        self.name, self.flag = name, flag
        self.signature, self.reserved, self.padding = NTFS, bytes(8), b""
        self.length = self.name_length = None

    def pack(self):
        length = 0x1C + len(self.name) + len(self.padding) if self.length is None else self.length
        name_length = len(self.name) if self.name_length is None else self.name_length
        return (struct.pack("<I", length) + self.signature + struct.pack("<I", self.flag) + self.reserved +
                struct.pack("<I", name_length) + self.name + self.padding)


class Segment:
    """A segment without an encryption header: metadata, or a piece of a plain stream."""

    def __init__(self, data):
        self.data, self.signature, self.reserved, self.length = data, GURE, bytes(4), None

    def body(self):
        return self.data

    def pack(self):
        body = self.body()
        length = 0x10 + len(body) if self.length is None else self.length
        return struct.pack("<I", length) + self.signature + self.reserved + body


class DataSegment(Segment):
    """A segment of FEK-encrypted data; `stored` is the ciphertext, blocks its cut into units."""

    def __init__(self, offset, size, stored):
        super().__init__(stored)
        self.offset, self.size, self.vdl = offset, size, size
        self.unit_shift = self.chunk_shift = max(9, (len(stored) - 1).bit_length())
        self.cluster_shift, self.compression, self.encryption = 12, 0, 1
        self.blocks = [len(stored)]
        self.block_count = None
        self.extended, self.extended_flags, self.extended_reserved = True, 0, 0
        self.header_length, self.fill = 0x1F0, b""
        self.header_claim = None

    def body(self):
        count = len(self.blocks) if self.block_count is None else self.block_count
        header = struct.pack(
            "<QIIIHBBBBH", self.offset & (1 << 64) - 1,
            self.header_length if self.header_claim is None else self.header_claim, self.size, self.vdl,
            self.compression, self.unit_shift, self.chunk_shift, self.cluster_shift, self.encryption, count)
        header += struct.pack(f"<{len(self.blocks)}I", *self.blocks)
        if self.extended:
            header += b"EXTD" + struct.pack("<III", 0x10, self.extended_flags, self.extended_reserved)
        return (header + self.fill).ljust(self.header_length, b"\0") + self.data


class Junk:
    def __init__(self, data):
        self.data = data

    def pack(self):
        return self.data
