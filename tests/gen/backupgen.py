#!/usr/bin/python3
"""Makes streams of BackupRead by the descriptions of the format (MS-BKUP 2, MS-FSCC, MS-DTYP), without the project's
code, and writes them to standard output.

  backupgen.py ITEM...     the substreams in this order

  data=TEXT  data@FILE           BACKUP_DATA
  sparse                         the same with STREAM_SPARSE_ATTRIBUTE, of size 0
  sparsedata@FILE                the same with STREAM_SPARSE_ATTRIBUTE and all the data
  block=OFFSET:TEXT              BACKUP_SPARSE_BLOCK; block@OFFSET:FILE
  stream=NAME:TEXT               BACKUP_ALTERNATE_DATA; stream@NAME:FILE
  ea=NAME:VALUE,NAME:VALUE...    BACKUP_EA_DATA; a name that begins with ! has FILE_NEED_EA
  sd=KIND                        BACKUP_SECURITY_DATA; KIND: one of descriptors() below, or exact:MODE
  link=TARGET                    BACKUP_REPARSE_DATA, a symbolic link; mount=TARGET: a mount point
  objectid  hardlink  txfs  ghosted
  sub=ID:ATTRIBUTES:NAME:HEX     any substream; NAME with its colons, as \\u escapes where it isn't ASCII
  head=ID:ATTRIBUTES:SIZE:HEX    a header that says SIZE, and the bytes behind it
  hex=BYTES                      bytes as they are

TEXT and NAME take the escapes of Python's strings.

SPDX-License-Identifier: LGPL-2.1-or-later
"""
import struct
import sys

DATA, EA, SECURITY, ALTERNATE, LINK, _, OBJECT_ID, REPARSE, BLOCK, TXFS, GHOSTED = range(1, 12)
SPARSE = 8


def text(value):
    """escapes become bytes; \\u ones UTF-8"""
    return value.encode("latin-1", "backslashreplace").decode("unicode_escape").encode("utf-8", "surrogatepass")


def name16(value):
    return value.encode("latin-1", "backslashreplace").decode("unicode_escape").encode("utf-16-le", "surrogatepass")


def substream(kind, data, attributes=0, name=b"", size=None):
    return struct.pack("<IIQI", kind, attributes, len(data) if size is None else size, len(name)) + name + data


def block(offset, data):
    return substream(BLOCK, struct.pack("<Q", offset) + data)


def alternate(name, data):
    return substream(ALTERNATE, data, 0, name16(":" + name + ":$DATA"))


def eas(items):
    """[(name, value, flags)]"""
    entries = []
    for name, value, flags in items:
        entry = struct.pack("<BBH", flags, len(name), len(value)) + name + b"\0" + value
        entries.append(entry + b"\0" * (-(len(entry) + 4) % 4))
    last = len(entries) - 1
    return b"".join(struct.pack("<I", 0 if i == last else len(e) + 4) + e for i, e in enumerate(entries))


def sid(authority, *numbers):
    return struct.pack(">BBHI", 1, len(numbers), 0, authority) + struct.pack("<%dI" % len(numbers), *numbers)


EVERYONE, SYSTEM, USER, OTHER = sid(1, 0), sid(5, 18), sid(5, 21, 1, 2, 3, 1000), sid(5, 21, 1, 2, 3, 1001)
ALL, READ, WRITE, EXECUTE = 0x1F01FF, 0x120089, 0x120116, 0x1200A0


def ace(kind, mask, who, flags=0):
    return struct.pack("<BBHI", kind, flags, 8 + len(who), mask) + who


def acl(*aces):
    body = b"".join(aces)
    return struct.pack("<BBHHH", 2, 0, 8 + len(body), len(aces), 0) + body


def descriptor(owner, group, dacl, control=0, sacl=None):
    """self-relative; the parts in the order owner, group, SACL, DACL"""
    at, offsets, parts = 20, [0, 0, 0, 0], b""
    for index, part in ((0, owner), (1, group), (2, sacl), (3, dacl)):
        if part:
            offsets[index] = at
            parts += part + b"\0" * (-len(part) % 4)
            at += len(part) + -len(part) % 4
    control |= 0x8000 | (4 if dacl is not None else 0) | (0x10 if sacl is not None else 0)
    return struct.pack("<BBH4I", 1, 0, control, *offsets) + parts


def exact(mode):
    """what wine-efs gives for a file of that mode: its own entry, then what Wine 8.0 makes of the mode (0644 and the
    like: the owner has all that others have)"""
    def rights(bits):
        return (READ | EXECUTE if bits & 4 else 0) | (WRITE | 0x10040 if bits & 2 else 0)

    user, others = mode >> 6 & 7, mode & 7
    entries = [ace(1, 0, sid(5, 88, 3, mode)), ace(0, ALL, SYSTEM)]
    if user:
        entries.append(ace(0, rights(user) | 0xC0000, USER))
    if others:
        entries.append(ace(0, rights(others), EVERYONE))
    return descriptor(USER, USER, acl(*entries))


def descriptors():
    return {
        "private": descriptor(USER, USER, acl(ace(0, ALL, USER), ace(0, ALL, SYSTEM))),
        "readable": descriptor(USER, USER, acl(ace(0, ALL, USER), ace(0, READ, EVERYONE))),
        "world": descriptor(USER, USER, acl(ace(0, ALL, EVERYONE))),
        "denied": descriptor(USER, USER, acl(ace(1, READ, OTHER), ace(0, ALL, USER), ace(0, READ, EVERYONE))),
        "null": descriptor(USER, USER, b""),
        "none": descriptor(USER, USER, None),
        "large": descriptor(USER, USER, acl(*([ace(0, ALL, USER)] + [ace(0, READ, OTHER)] * 1500))),
        "audited": descriptor(OTHER, OTHER, acl(ace(0, ALL, USER)), sacl=acl(ace(2, WRITE, EVERYONE, 0x40))),
        "broken": descriptor(USER, USER, acl(ace(0, ALL, USER)))[:-4],
    }


def reparse(tag, target):
    target = name16(target)
    fixed = struct.pack("<HHHH", 0, len(target), len(target), 0)
    if tag == 0xA000000C:
        fixed += struct.pack("<I", 0)
    return struct.pack("<IHH", tag, len(fixed) + len(target), 0) + fixed + target


def read(path):
    with open(path, "rb") as f:
        return f.read()


def make_eas(value):
    items = []
    for pair in value.split(","):
        name, _, content = pair.partition(":")
        items.append((text(name.lstrip("!")), text(content), 0x80 if name.startswith("!") else 0))
    return substream(EA, eas(items))


def make_descriptor(value):
    kind, _, mode = value.partition(":")
    data = exact(int(mode, 8)) if kind == "exact" else descriptors()[kind]
    return substream(SECURITY, data, 2)


def make_sub(value):
    kind, attributes, rest = value.split(":", 2)
    name, _, data = rest.rpartition(":")
    return substream(int(kind), bytes.fromhex(data), int(attributes), name16(name))


def make_head(value):
    kind, attributes, size, data = value.split(":")
    return substream(int(kind), bytes.fromhex(data), int(attributes), b"", int(size, 0) & 0xFFFFFFFFFFFFFFFF)


def item(word):
    at_file = "@" in word and ("=" not in word or word.index("@") < word.index("="))
    key, _, value = word.partition("@" if at_file else "=")
    if key in ("data", "sparsedata"):
        return substream(DATA, read(value) if at_file else text(value), SPARSE if key == "sparsedata" else 0)
    if key in ("block", "stream"):
        first, _, content = value.partition(":")
        data = read(content) if at_file else text(content)
        return block(int(first, 0), data) if key == "block" else alternate(first, data)
    simple = {
        "sparse": lambda: substream(DATA, b"", SPARSE),
        "ea": lambda: make_eas(value),
        "sd": lambda: make_descriptor(value),
        "link": lambda: substream(REPARSE, reparse(0xA000000C, value)),
        "mount": lambda: substream(REPARSE, reparse(0xA0000003, value)),
        "objectid": lambda: substream(OBJECT_ID, bytes(range(64))),
        "hardlink": lambda: substream(LINK, name16("other name")),
        "txfs": lambda: substream(TXFS, b"12345678"),
        "ghosted": lambda: substream(GHOSTED, b"1234"),
        "sub": lambda: make_sub(value),
        "head": lambda: make_head(value),
        "hex": lambda: bytes.fromhex(value),
    }
    return simple[key]()


if __name__ == "__main__":
    for argument in sys.argv[1:]:
        sys.stdout.buffer.write(item(argument))
