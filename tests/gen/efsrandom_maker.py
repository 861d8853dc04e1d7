"""Random well-formed raw streams, record by record, for efsrandom.py.

SPDX-License-Identifier: LGPL-2.1-or-later
"""
import random
import struct

from efsraw_records import DataSegment, FileHeader, Segment, Stream, METADATA, TRANSFER

LARGEST = (1 << 63) - 1
METADATA_MAX = 262144
POOL = random.Random("efsrandom").randbytes(1 << 22)

# What a run of some thousand streams has to contain, or it doesn't test what it says.
FEATURES = (
    """
    file directory canonical metadata-only empty-file empty-stream-segment named named-many named-encrypted named-plain
    named-first named-only named-in-directory name-long name-script name-surrogates name-spelling unnamed-spelling
    unnamed-plain sparse-leading sparse-middle sparse-trailing gap huge-offset vdl-below-size vdl-zero overlap
    stored-beyond-size block-partial block-zero blocks-several blocks-many blocks-maximum blocks-none cluster-shift
    chunk-shift no-extended
    extended-flags header-length fill reserved stream-padding flag-bits large segments-many metadata-segments
    metadata-segment-empty zeros metadata-large metadata-maximum efs-1 efs-2 efs-3 efs-4 efs-5 efs-6 refusable
""".split()
    + [f"shift-{n}" for n in range(9, 17)]
    + ["shift-larger"]
)


class Maker:
    """One stream; `features` says what is in it."""

    def __init__(self, seed):
        self.seed = seed
        self.rng = random.Random(seed)
        self.features = set()
        self.names = set()
        self.blocks = 0  # stored blocks of the unnamed stream
        self.directory = False
        self.tiny = False  # there are very many streams
        # How odd each kind of thing is in this stream: most streams are odd in few ways.
        self.odd = {
            kind: self.rng.random() ** 6 for kind in ("header", "name", "segment", "extended", "fill", "offset")
        }

    def chance(self, p):
        return self.rng.random() < p

    def below(self, n):
        """0 to n - 1, small ones as often as large ones."""
        return int(self.rng.random() * (1 << self.rng.randrange(1, max(2, n.bit_length() + 1)))) % n

    def data(self, n):
        if n and self.chance(0.03):  # stored zeros aren't a hole
            self.has("zeros")
            return bytes(n)
        at = self.rng.randrange(len(POOL) - n) if n < len(POOL) else 0
        return POOL[at : at + n] if n <= len(POOL) else (POOL * (n // len(POOL) + 1))[:n]

    def has(self, feature, when=True):
        if when:
            self.features.add(feature)

    def reserved(self, n):
        if self.chance(self.odd["header"] * 0.3):
            self.has("reserved")
            return self.rng.randbytes(n)
        return bytes(n)

    # ---- $EFS ----

    def metadata_length(self):
        size = self.rng.random()
        if size < 0.002:
            return METADATA_MAX
        if size < 0.006:
            return self.rng.randrange(65536 - 64, METADATA_MAX)
        if size < 0.02:
            return self.rng.choice([900, 960, 1000, 3900, 4032, 4096, 15000, 15710, 16384, 65535, 65536, 65537])
        if size < 0.1:
            return self.rng.randrange(2000, 16384)
        return 85 + self.below(1000)

    def metadata(self):
        length = self.metadata_length()
        version = self.rng.choice((2, 2, 2, 1, 3, 4, 5, 6))
        self.has(f"efs-{version}")
        self.has("metadata-large", length > 4096)
        self.has("metadata-maximum", length == METADATA_MAX)
        body = bytearray(self.data(length)) if self.chance(0.9) else bytearray(length)
        body[:12] = b".pfile" + self.rng.randbytes(6) if version == 6 else struct.pack("<3I", length, 0, version)
        body = bytes(body)
        stream = self.header(METADATA, 0)
        yield stream
        parts = 1
        if self.chance(self.odd["segment"] * 0.7):
            parts = 2 + self.below(8)
            self.has("metadata-segments")
        cuts = [0] + sorted(self.rng.randrange(length + 1) for _ in range(parts - 1)) + [length]
        for start, end in zip(cuts, cuts[1:]):
            self.has("metadata-segment-empty", start == end)
            segment = Segment(body[start:end])
            segment.reserved = self.reserved(4)
            yield segment

    # ---- stream headers and names ----

    def header(self, name, flag):
        if self.chance(self.odd["header"] * 0.4):
            flag |= self.rng.getrandbits(32) & (0xFFFFFFFF if name == METADATA else 0xFFFFFFFE)
            self.has("flag-bits")
        stream = Stream(name, flag)
        stream.reserved = self.reserved(8)
        if self.chance(self.odd["header"] * 0.3):
            stream.padding = self.data(1 + self.below(4096 - 0x1C - len(name)))
            self.has("stream-padding")
        return stream

    def spelled(self, name):
        """The same name, in one of the ways to write it."""
        units = name
        kind = "$DATA"
        if self.chance(self.odd["name"]):
            kind = "".join(self.rng.choice((c, c.lower())) for c in kind)
            self.has("name-spelling" if name else "unnamed-spelling", kind != "$DATA")
        out = ":".encode("utf-16-le") + units
        if not name or not self.chance(self.odd["name"] * 0.5):
            out += (":" + kind).encode("utf-16-le")
        else:
            self.has("name-spelling")
        if self.chance(self.odd["name"] * 0.5):
            out += b"\0\0"
            self.has("name-spelling" if name else "unnamed-spelling")
        return out

    def new_name(self):
        """UTF-16LE without colons, as nobody has used it in this stream."""
        forbidden = {0, ord("/"), ord("\\"), ord(":")}
        scripts = (
            (0x61, 26),
            (0x410, 64),
            (0x4E00, 0x5000),
            (0x5D0, 27),
            (0x20, 95),
            (1, 31),
            (0x300, 80),
            (0xE000, 64),
        )
        while True:
            length = 255 if self.chance(0.03) else 1 + self.below(40)
            first, count = scripts[0] if self.chance(0.6) else self.rng.choice(scripts)
            units = [first + self.rng.randrange(count) for _ in range(length)]
            if self.chance(0.1):  # pairs of surrogates, and half of them
                for _ in range(3):
                    units[self.rng.randrange(length)] = 0xD800 + self.rng.randrange(0x800)
            if forbidden & set(units):
                continue
            name = struct.pack(f"<{length}H", *units)
            if name in self.names:
                continue
            self.names.add(name)
            self.has("name-long", length == 255)
            self.has("name-script", first > 0x7F)
            self.has("name-surrogates", any(0xD800 <= u < 0xE000 for u in units))
            return name

    # ---- data ----

    def budget(self):
        """Bytes that a stream stores at most."""
        size = self.rng.random()
        if self.tiny:
            return self.rng.choice((0, 512))
        if size < 0.003:
            self.has("large")
            return 1 << 21
        if size < 0.03:
            return 300000
        return self.rng.choice((0, 512, 1024, 4096, 8192, 16384))

    def ordinary(self):
        """Segments as Windows cuts them."""
        size = self.below(self.budget() + 1)
        for offset in range(0, size, TRANSFER):
            n = min(TRANSFER, size - offset)
            yield DataSegment(offset, n, self.data(-(-n // 512) * 512))

    def dress(self, segment):
        """What a segment says besides its data."""
        segment.reserved = self.reserved(4)
        segment.cluster_shift = self.cluster_shift
        self.has("cluster-shift", segment.cluster_shift != 12)
        if self.chance(self.odd["header"] * 0.2):
            segment.chunk_shift = self.rng.randrange(256)
        self.has("chunk-shift", segment.chunk_shift != segment.unit_shift)
        segment.extended = self.extended
        segment.extended_flags = self.extended_flags
        if self.chance(self.odd["extended"] * 0.1):
            segment.extended = not segment.extended
            segment.extended_flags = self.rng.getrandbits(32)
        if segment.extended:
            segment.extended_reserved = int.from_bytes(self.reserved(4), "little")
            self.has("extended-flags", segment.extended_flags > 1)
        self.has("no-extended", not segment.extended)
        needed = 0x1C + 4 * len(segment.blocks) + (16 if segment.extended else 0)
        segment.header_length = max(needed, self.header_length)
        if self.chance(self.odd["fill"] * 0.1):
            segment.header_length = needed + self.below(3000)
        self.has("header-length", segment.header_length != 0x1F0)
        room = segment.header_length - needed
        if room and self.chance(self.odd["fill"] * 0.5):
            segment.fill = self.data(1 + self.rng.randrange(room))
            # what looks like the extended header is one
            segment.fill = b"" if segment.fill[:4] == b"EXTD" else segment.fill
            self.has("fill", segment.fill)
        return segment

    def block_sizes(self, count, shift, budget):
        """What each of the units stores."""
        unit, sizes = 1 << shift, []
        style = self.rng.random()
        for _ in range(count):
            if style < self.holes:
                size = 0
            elif style < 0.85 and unit <= budget:
                size = unit
            else:
                size = 512 * self.below(min(unit, budget) // 512 + 1)
            if count > 1 and self.chance(0.2):
                style = self.rng.random()
            budget -= size
            sizes.append(size)
        return sizes

    def unusual(self, unnamed):
        """Segments of any cut, with holes and gaps."""
        rng = self.rng
        self.holes = rng.choice((0, 0, 0.2, 0.6))
        self.cluster_shift = rng.randrange(256) if self.chance(0.2) else 12
        self.extended = not self.chance(0.2)
        self.extended_flags = rng.choice((0, 0, 1, rng.getrandbits(32)))
        self.header_length = rng.choice((0x1F0, 0x1F0, 0x1F0, 0, 0x30, 0x200, 0x1F4))
        budget, segments = self.budget(), self.below(12)
        if self.chance(0.002):
            segments = 3000 + self.below(3000)
            self.has("segments-many")
        steady = self.chance(0.6)  # all segments alike
        overlaps = self.chance(0.02)  # a segment begins where the last one's bytes end, though its units reach further
        shift, blocks = self.unit_shift(), self.block_count()
        offset, stored_before = 0, True
        for number in range(segments):
            last = number == segments - 1
            if not steady:
                shift, blocks = self.unit_shift(), 0 if self.chance(0.03) else 1 + self.below(8)
            offset = self.jump(offset, number, blocks << shift)
            covered = blocks << shift
            if offset + covered > LARGEST:
                break
            sizes = self.block_sizes(blocks, shift, budget)
            budget -= sum(sizes)
            segment = DataSegment(offset, min(covered, 0xFFFFFFFF), self.data(sum(sizes)))
            segment.blocks = sizes
            segment.unit_shift = segment.chunk_shift = shift
            if segment.size and self.chance(0.8 if last else 0.5 if overlaps else self.odd["offset"] * 0.2):
                # most files don't end with a unit
                segment.size = segment.size - self.below(512) if self.chance(0.5) else self.below(segment.size + 1)
            segment.vdl = segment.size
            if self.chance(0.1):
                segment.vdl = 0 if self.chance(0.3) else self.below(segment.size + 1)
            yield self.dress(segment)
            self.tell(segment, number, last, stored_before)
            stored_before = any(sizes)
            if unnamed:
                self.blocks += sum(1 for n in sizes if n)
            ahead = -(-(offset + segment.size) // 512) * 512
            self.has("overlap", overlaps and not last and ahead < offset + covered)
            offset = ahead if overlaps else offset + covered

    def unit_shift(self):
        return self.rng.randrange(17, 31) if self.chance(0.04) else self.rng.randrange(9, 17)

    def block_count(self):
        kind = self.rng.random()
        return (
            1
            if kind < 0.6
            else 2 + self.below(16)
            if kind < 0.94
            else 2 + self.below(300)
            if kind < 0.98
            else 0
            if kind < 0.999
            else 65535
        )

    def jump(self, offset, number, covered):
        """Where the next segment begins, if not at offset."""
        if self.chance(self.odd["offset"] * 0.5):
            gap = 512 * self.below(1 << 30 if self.chance(0.2) else 1000)
            offset += gap
            self.has("gap" if number else "sparse-leading", gap)
        if self.chance(self.odd["offset"] * 0.02):  # as far as the format reaches
            offset = max(offset, (LARGEST - covered) // 512 * 512 - 512 * self.below(1 << 20))
            self.has("huge-offset")
        return offset

    def tell(self, segment, number, last, stored_before):
        sizes, unit = segment.blocks, 1 << segment.unit_shift
        self.has(f"shift-{segment.unit_shift}" if segment.unit_shift <= 16 else "shift-larger")
        self.has("block-partial", any(0 < n < unit for n in sizes))
        self.has("block-zero", 0 in sizes)
        self.has("blocks-several", len(sizes) > 1)
        self.has("blocks-many", len(sizes) > 100)
        self.has("blocks-maximum", len(sizes) == 65535)
        self.has("blocks-none", not sizes)
        self.has("sparse-leading", sizes and not sizes[0] and not number)
        self.has("sparse-middle", sizes and number and not last and not any(sizes) and stored_before)
        self.has("sparse-trailing", sizes and last and not sizes[-1] and segment.size > (len(sizes) - 1) * unit)
        self.has("vdl-below-size", segment.vdl < segment.size)
        self.has("vdl-zero", segment.size and not segment.vdl)
        reach = max((i * unit + n for i, n in enumerate(sizes) if n), default=0)
        self.has("stored-beyond-size", last and reach > -(-segment.size // 512) * 512)
        self.has("empty-stream-segment", last and not number and not segment.size)

    def plain(self):
        for _ in range(self.below(6)):
            segment = Segment(self.data(self.below(self.budget() + 1)))
            segment.reserved = self.reserved(4)
            yield segment

    def named(self):
        plain = self.directory or self.chance(0.25)
        self.has("named")
        self.has("named-plain" if plain else "named-encrypted")
        self.has("named-in-directory", self.directory)
        yield self.header(self.spelled(self.new_name()), int(plain))
        yield from self.plain() if plain else self.unusual(False) if self.chance(0.5) else self.ordinary()

    def unnamed(self):
        name = self.spelled(b"")
        if self.chance(0.03):
            self.has("unnamed-plain")
            yield self.header(name, 1)
            yield from self.plain()
            return
        yield self.header(name, 0)
        segments = list(self.unusual(True) if self.chance(0.6) else self.ordinary())
        self.has("empty-file", not segments)
        yield from segments

    def records(self):
        """Lists of records; the second and later ones are a stream each, with a True where it is a named one."""
        rng = self.rng
        head = FileHeader()
        head.reserved = self.reserved(8)
        self.directory = self.chance(0.1)
        self.has("directory" if self.directory else "file")
        yield False, [head, *self.metadata()]
        count = 1 + self.below(6) if self.chance(0.3) else 0
        if self.chance(0.001):
            count = self.rng.choice((300, 300, 300, 8191))
            self.has("named-many")
            self.tiny = True
        parts = [(True, list(self.named())) for _ in range(count)]
        if not self.directory:
            kind = rng.random()
            if kind > 0.03:
                unnamed = list(self.unnamed())
                at = 0 if self.chance(0.7) else rng.randrange(count + 1)
                self.has("named-first", at)
                parts.insert(at, (False, unnamed))
            else:
                self.has("named-only" if count else "metadata-only")
        yield from parts
