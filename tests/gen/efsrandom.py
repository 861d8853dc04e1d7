#!/usr/bin/python3
"""Makes random well-formed EFS raw streams with everything that the format allows, for the property test.

Needs python3 alone; independent of the engine: written from the description of the format, so that the two check
each other. Stream number SEED is the same on every machine.

  efsrandom.py frames COUNT [SEED]     streams SEED, SEED + 1, ... in frames for tests/property, to standard
                                       output; how often
                                       each feature occurred to standard error: COUNT, TAB, feature
  efsrandom.py files DIR COUNT [SEED]  the same as files, SEED.raw, of directories SEED.dir.raw
  efsrandom.py stream SEED             one stream, to standard output
  efsrandom.py describe SEED           its features and its records

A frame, little-endian: u64 seed, u32 flags (1: a directory's stream; 2: may be refused, as too much for a directory),
u32 stored blocks of the unnamed stream, u64 length, u32 ranges, u32 a length at which it ends between two records; for
each range (u64 start, u64 length: a named stream, header and all); the stream.

SPDX-License-Identifier: LGPL-2.1-or-later
"""
import collections
import itertools
import os
import struct
import sys

from efsrandom_maker import FEATURES, Maker
from efsraw_records import DataSegment, Segment, Stream

DIRECTORY, MAY_REFUSE = 1, 2
# What every directory on a tmpfs has to hold: an attribute there has at most 65,536 bytes.
DIRECTORY_METADATA_MAX, DIRECTORY_REST_MAX = 65536, 60000


class Made:
    """A stream with what the test has to know of it."""

    def __init__(self, seed):
        maker = Maker(seed)
        self.parts = list(maker.records())
        self.seed, self.features, self.blocks = seed, maker.features, maker.blocks
        self.raw, self.named = b"", []
        chunks, at = [], 0
        whole = []
        for named, records in self.parts:
            packed = [record.pack() for record in records]
            if chunks:
                whole.extend(itertools.accumulate(map(len, packed), initial=at))
            chunk = b"".join(packed)
            if named:
                self.named.append((at, len(chunk)))
            chunks.append(chunk)
            at += len(chunk)
        self.raw = b"".join(chunks)
        self.cut = maker.rng.choice(whole or [at])
        self.flags = 0
        if maker.directory:
            metadata = sum(len(r.data) for r in self.parts[0][1] if isinstance(r, Segment))
            self.flags = DIRECTORY
            if metadata > DIRECTORY_METADATA_MAX or at - metadata > DIRECTORY_REST_MAX:
                self.flags |= MAY_REFUSE
                self.features.add("refusable")
        elif not self.features - {"file", "efs-1", "efs-2", "efs-3", "efs-4", "efs-5", "efs-6", "empty-file"}:
            self.features.add("canonical")

    def frame(self):
        ranges = b"".join(struct.pack("<2Q", *r) for r in self.named)
        return (
            struct.pack("<QIIQII", self.seed, self.flags, self.blocks, len(self.raw), len(self.named), self.cut)
            + ranges
            + self.raw
        )

    def file_name(self):
        return f"{self.seed}.dir.raw" if self.flags & DIRECTORY else f"{self.seed}.raw"

    def describe(self):
        yield f"{len(self.raw)} bytes: {', '.join(sorted(self.features))}"
        at = 0
        for _, records in self.parts:
            for record in records:
                what = type(record).__name__
                if isinstance(record, Stream):
                    what += f" flag {record.flag:#x}, name {record.name.hex()}, {len(record.padding)} bytes of padding"
                elif isinstance(record, DataSegment):
                    shown = record.blocks[:8] + ["..."] * (len(record.blocks) > 8)
                    what += (
                        f" at {record.offset:#x}, size {record.size:#x},"
                        f" valid {record.vdl:#x}, shift {record.unit_shift},"
                        f" header {record.header_length:#x}, {len(record.blocks)} blocks {shown}"
                    )
                elif isinstance(record, Segment):
                    what += f" of {len(record.data)} bytes"
                yield f"{at:#x} {what}"
                at += len(record.pack())


def make_frames(count, seed):
    counts = collections.Counter()
    for number in range(seed, seed + count):
        made = Made(number)
        counts.update(made.features)
        sys.stdout.buffer.write(made.frame())
    sys.stdout.buffer.flush()
    for feature in FEATURES:
        print(counts[feature], feature, sep="\t", file=sys.stderr)


def make_files(directory, count, seed):
    for number in range(seed, seed + count):
        made = Made(number)
        with open(os.path.join(directory, made.file_name()), "wb") as f:
            f.write(made.raw)


def main():
    command, *args = sys.argv[1:] or [""]
    if command == "files" and len(args) in (2, 3):
        return make_files(args[0], int(args[1]), int(args[2]) if len(args) > 2 else 1)
    if not all(arg.isdigit() for arg in args):
        raise SystemExit(__doc__)
    if command == "frames" and len(args) in (1, 2):
        make_frames(int(args[0]), int(args[1]) if len(args) > 1 else 1)
    elif command == "stream" and len(args) == 1:
        sys.stdout.buffer.write(Made(int(args[0])).raw)
    elif command == "describe" and len(args) == 1:
        print(*Made(int(args[0])).describe(), sep="\n")
    else:
        raise SystemExit(__doc__)


if __name__ == "__main__":
    main()
