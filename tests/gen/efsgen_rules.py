"""Streams that are unusual or broken, for efsgen.py --break.

Each function changes the records of an ordinary stream in one way. Its docstring begins with what a
reader owes it: "broken" (efs-format 1.8 wants it refused) or "valid" (well-formed, if unusual),
"version" ($EFS of a version or shape that has to be refused, with a code of its own).

SPDX-License-Identifier: LGPL-2.1-or-later
"""
import struct

from efsraw_records import DataSegment, Junk, Segment, Stream, METADATA, UNNAMED

RULES = {}


def rule(function):
    RULES[function.__name__.replace("_", "-")] = function
    return function


def rule_kind(name):
    """("broken"|"valid"|"version", description)"""
    kind, _, text = RULES[name].__doc__.partition(": ")
    return kind, " ".join(text.split())


def simple(name, text, change):
    """A rule that one function on the list of records expresses."""
    change.__doc__ = text
    RULES[name] = change


def data_index(r):
    return next(i for i, x in enumerate(r) if isinstance(x, Stream) and x.name != METADATA)


def data_header(r):
    return r[data_index(r)]


def meta(r):
    return next(x for x in r if type(x) is Segment)


def seg(r, n=0):
    return [x for x in r if isinstance(x, DataSegment)][n]


def split(segment, size):
    """The same data in segments of `size` bytes."""
    out = []
    for at in range(0, segment.size, size):
        n = min(size, segment.size - at)
        out.append(DataSegment(segment.offset + at, n, segment.data[at : at + size]))
    return out


def put(field, value, n=0):
    return lambda r: setattr(seg(r, n), field, value)


def name(text):
    return lambda r: setattr(data_header(r), "name", text.encode("utf-16-le"))


def hole(r, n, size):
    """Segment n stores only its first `size` bytes."""
    s = seg(r, n)
    s.data, s.blocks = s.data[:size], [size]


# ---- file header, order of records ----
simple("empty", "broken: no byte at all", lambda r: r.clear())
simple("file-version", "broken: file header: format version isn't 0x100", lambda r: setattr(r[0], "version", 0x101))
simple("file-signature", "broken: file header: signature", lambda r: setattr(r[0], "signature", b"R\0O\0B\0T\0"))
simple("file-reserved", "valid: file header: reserved field not zero", lambda r: setattr(r[0], "reserved", b"\1" * 8))
simple("header-only", "broken: nothing after the file header", lambda r: r.__delitem__(slice(1, None)))
simple("header-twice", "broken: two file headers", lambda r: r.insert(1, r[0]))
simple("no-metadata", "broken: no metadata stream", lambda r: r.__delitem__(slice(1, 3)))
simple(
    "metadata-last", "broken: metadata stream after the data", lambda r: (r.extend(r[1:3]), r.__delitem__(slice(1, 3)))
)
simple("metadata-twice", "broken: two metadata streams, the second at the end", lambda r: r.extend(r[1:3]))
simple(
    "metadata-twice-first",
    "broken: two metadata streams, one after the other",
    lambda r: r.__setitem__(slice(3, 3), r[1:3]),
)
simple("metadata-no-segment", "broken: metadata stream without segment, then data", lambda r: r.__delitem__(2))
simple("metadata-empty", "broken: metadata stream with an empty segment", lambda r: setattr(r[2], "data", b""))
simple(
    "metadata-too-long",
    "broken: metadata of 262144 + 8 bytes",
    lambda r: setattr(r[2], "data", struct.pack("<I", 262152) + r[2].data[4:].ljust(262148, b"\0")),
)
simple(
    "metadata-segments",
    "valid: metadata in three segments",
    lambda r: r.__setitem__(slice(2, 3), [Segment(r[2].data[:1]), Segment(r[2].data[1:99]), Segment(r[2].data[99:])]),
)
simple(
    "metadata-flag", "valid: metadata stream with Flag 1, which is ignored there", lambda r: setattr(r[1], "flag", 1)
)
simple("segment-first", "broken: a segment before any stream header", lambda r: r.insert(1, Segment(b"12345678")))
simple(
    "record-signature",
    "broken: a record with neither signature",
    lambda r: setattr(data_header(r), "signature", b"N\0T\0F\0T\0"),
)
simple(
    "segment-signature",
    "broken: a segment whose signature is neither",
    lambda r: setattr(seg(r), "signature", b"G\0U\0R\0U\0"),
)
simple("trailing-junk", "broken: bytes without signature after the last record", lambda r: r.append(Junk(b"\0" * 32)))
simple("trailing-short", "broken: three bytes after the last record", lambda r: r.append(Junk(b"\x10\0\0")))

# ---- $EFS ----
simple(
    "efs-length-field",
    "version: $EFS Length field differs from its length",
    lambda r: setattr(meta(r), "data", struct.pack("<I", len(meta(r).data) + 8) + meta(r).data[4:]),
)
simple(
    "efs-too-short",
    "version: $EFS of 0x54 bytes, which ntfs.sys can't stand",
    lambda r: setattr(meta(r), "data", struct.pack("<I", 0x54) + meta(r).data[4:0x54]),
)
simple(
    "efs-version-0",
    "version: $EFS version 0",
    lambda r: setattr(meta(r), "data", meta(r).data[:8] + struct.pack("<I", 0) + meta(r).data[12:]),
)
simple(
    "efs-version-7",
    "version: $EFS version 7",
    lambda r: setattr(meta(r), "data", meta(r).data[:8] + struct.pack("<I", 7) + meta(r).data[12:]),
)

# ---- stream header ----
simple(
    "stream-length-short", "broken: stream header Length below 0x1c", lambda r: setattr(data_header(r), "length", 0x1B)
)
simple(
    "stream-length-name",
    "broken: stream header Length too small for the name",
    lambda r: setattr(data_header(r), "length", 0x29),
)
simple(
    "stream-length-huge",
    "broken: stream header Length 0xffffffff",
    lambda r: setattr(data_header(r), "length", 0xFFFFFFFF),
)
simple(
    "name-length-huge", "broken: NameLength 0xffffffff", lambda r: setattr(data_header(r), "name_length", 0xFFFFFFFF)
)
simple("name-length-odd", "broken: NameLength odd", lambda r: setattr(data_header(r), "name", UNNAMED + b"\0"))
simple(
    "stream-padding",
    "valid: stream header longer than its name needs",
    lambda r: setattr(data_header(r), "padding", b"\0" * 6),
)
simple(
    "stream-reserved",
    "valid: stream header: reserved field not zero",
    lambda r: setattr(data_header(r), "reserved", b"\2" * 8),
)
simple(
    "stream-flag-bits",
    "valid: stream header Flag with a bit that isn't known",
    lambda r: setattr(data_header(r), "flag", 2),
)
simple("name-terminated", "valid: stream name with U+0000 at its end", name("::$DATA\0"))
simple("name-lower-case", "valid: type suffix in lower case", name("::$data"))
simple("name-no-type", "valid: named stream without type suffix", name(":foo"))
simple("name-type", "broken: a type other than $DATA", name(":foo:$INDEX_ALLOCATION"))
simple("name-slash", "broken: stream name with /", name(":a/b:$DATA"))
simple("name-backslash", "broken: stream name with \\", name(":a\\b:$DATA"))
simple("name-nul", "broken: stream name with an embedded U+0000", name(":a\0b:$DATA"))
simple("name-no-colon", "broken: stream name that doesn't begin with a colon", name("foo:$DATA"))
simple("name-long", "broken: stream name of 256 units", name(":" + "x" * 256 + ":$DATA"))
simple("name-255", "valid: stream name of 255 units", name(":" + "x" * 255 + ":$DATA"))


@rule
def stream_twice(r):
    """broken: two streams of the same name"""
    r.extend(r[data_index(r) :])


# ---- segment header and encryption header ----
simple("segment-length-short", "broken: segment Length below 0x10", put("length", 0x0F))
simple("segment-length-bare", "broken: segment Length without room for an encryption header", put("length", 0x2B))
simple("segment-length-huge", "broken: segment Length 0xffffffff", put("length", 0xFFFFFFFF))
simple("segment-reserved", "valid: segment header: reserved field not zero", put("reserved", b"\3" * 4))
simple("enc-length-short", "broken: encryption header Length below 0x1c", put("header_claim", 0x1B))
simple(
    "enc-length-blocks", "broken: encryption header Length without room for the block sizes", put("header_claim", 0x1F)
)
simple("enc-length-beyond", "broken: encryption header Length beyond the segment", put("header_claim", 0x10200))
simple("enc-length-huge", "broken: encryption header Length 0xffffffff", put("header_claim", 0xFFFFFFFF))
simple("block-count-huge", "broken: 65535 blocks announced, one there", put("block_count", 0xFFFF))
simple("compression", "broken: CompressionFormat LZNT1", put("compression", 2))
simple("encryption-format-0", "broken: EncryptionFormat 0", put("encryption", 0))
simple("encryption-format-2", "broken: EncryptionFormat 2", put("encryption", 2))
simple("unit-shift-8", "broken: DataUnitShift 8", put("unit_shift", 8))
simple("unit-shift-31", "broken: DataUnitShift 31", put("unit_shift", 31))
simple("unit-shift-255", "broken: DataUnitShift 255", put("unit_shift", 255))
simple("unit-shift-large", "valid: DataUnitShift 20 on a segment of one transfer", put("unit_shift", 20, -1))
simple("chunk-shift", "valid: ChunkShift differs from DataUnitShift", put("chunk_shift", 9))
simple("cluster-shift", "valid: clusters of 512 bytes", put("cluster_shift", 9))
simple("not-extended", "valid: no EXTD block, as before Windows 7", put("extended", False))
simple("sparse-flag", "valid: EXTD says that the file is sparse", put("extended_flags", 1))
simple("offset-unaligned", "broken: segment offset not a multiple of 512", put("offset", 0x10100, 1))
simple("offset-overlap", "broken: segment begins inside the one before", put("offset", 0xFE00, 1))
simple("offset-backward", "broken: segment at the offset of the one before", put("offset", 0, 1))
simple("offset-huge", "broken: segment ends beyond 2^63", put("offset", (1 << 63) - 512, -1))
simple("offset-negative", "broken: segment offset -65536", put("offset", -65536, -1))
simple("size-beyond-units", "broken: BytesWithinStreamSize beyond the blocks", put("size", 0x10001))
simple("vdl-beyond-units", "broken: BytesWithinVDL beyond the blocks", put("vdl", 0x10001))
simple("vdl-short", "valid: valid data length ends before the stream", put("vdl", 1, -1))
simple("block-size-unaligned", "broken: block size not a multiple of 512", put("blocks", [0x10000 - 8]))


@rule
def vdl_beyond_size(r):
    """broken: BytesWithinVDL above BytesWithinStreamSize"""
    seg(r, -1).vdl = seg(r, -1).size + 1


@rule
def block_beyond_unit(r):
    """broken: a block larger than its unit"""
    seg(r).unit_shift -= 1


@rule
def block_sum_short(r):
    """broken: block sizes sum up to less than the segment holds"""
    seg(r).blocks = [0xFE00]


@rule
def block_sum_long(r):
    """broken: block sizes sum up to more than the segment holds"""
    seg(r).data = seg(r).data[:-512]


@rule
def enc_header_minimal(r):
    """valid: encryption headers of 0x1c + 4 bytes, without EXTD and fill"""
    for s in r:
        if isinstance(s, DataSegment):
            s.extended, s.header_length = False, 0x20


@rule
def enc_header_fill(r):
    """valid: bytes that aren't zero in the fill of the encryption header"""
    s = seg(r)
    s.header_length = 0x30
    s.data = b"\xaa" * 0x1C0 + s.data
    s.header_claim = 0x1F0


@rule
def small_segments(r):
    """valid: segments of 4096 bytes"""
    i = r.index(seg(r))
    r[i : i + 1] = split(seg(r), 4096)


@rule
def several_blocks(r):
    """valid: the first segment in 16 blocks of 4096"""
    s = seg(r)
    s.unit_shift = s.chunk_shift = 12
    s.blocks = [4096] * 16


@rule
def many_blocks(r):
    """valid: the first segment in 128 blocks of 512, its header of just the size they need"""
    s = seg(r)
    s.unit_shift = s.chunk_shift = 9
    s.blocks = [512] * 128
    s.header_length = 0x1C + 4 * 128 + 16


@rule
def block_hole(r):
    """valid: a sparse stream: blocks of 4096 of which every second is a hole"""
    s = seg(r)
    s.unit_shift = s.chunk_shift = 12
    s.blocks = [4096, 0] * 8
    s.data = b"".join(s.data[i * 8192 : i * 8192 + 4096] for i in range(8))
    s.extended_flags = 1


@rule
def sparse_file(r):
    """valid: a sparse file: 15 segments that are holes behind each that stores data"""
    out = []
    for i, s in enumerate(x for x in r if isinstance(x, DataSegment)):
        s.offset, s.extended_flags = i << 20, 1
        out.append(s)
        for n in range(1, 16):
            hole = DataSegment((i << 20) + (n << 16), 0x10000, b"")
            hole.unit_shift = hole.chunk_shift = 16
            hole.extended_flags = 1
            out.append(hole)
    r[data_index(r) + 1 :] = out


@rule
def segment_hole(r):
    """valid: a first segment that stores nothing"""
    hole(r, 0, 0)
    seg(r).unit_shift = seg(r).chunk_shift = 16
    seg(r).extended_flags = 1


@rule
def block_short(r):
    """valid: a first segment that stores 512 of its 65536 bytes"""
    hole(r, 0, 512)
    seg(r).unit_shift = seg(r).chunk_shift = 16


@rule
def gap(r):
    """valid: a range that no segment describes"""
    for s in r:
        if isinstance(s, DataSegment) and s.offset:
            s.offset += 0x30000


@rule
def gap_at_start(r):
    """valid: the first segment doesn't begin at 0"""
    for s in r:
        if isinstance(s, DataSegment):
            s.offset += 0x10000


@rule
def empty_segment(r):
    """valid: an empty stream with a segment of size 0"""
    del r[data_index(r) + 1 :]
    r.append(DataSegment(0, 0, b""))


@rule
def no_stream(r):
    """valid: metadata alone, as of a directory"""
    del r[data_index(r) :]


@rule
def plain_unnamed(r):
    """valid: the unnamed stream with Flag 1: not encrypted"""
    i = data_index(r)
    r[i].flag = 1
    r[i + 1 :] = [Segment(s.data[: s.size]) for s in r[i + 1 :] if isinstance(s, DataSegment)]


@rule
def named_first(r):
    """valid: a named stream before the unnamed one"""
    i = data_index(r)
    r[i:i] = [Stream(":foo:$DATA".encode("utf-16-le")), DataSegment(0, 512, seg(r).data[:512])]
