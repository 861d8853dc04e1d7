"""$EFS of versions 4 and 5 (MS-EFSR 2.2.2.2), from the description of the format: protectors in place of key lists.

No real file of these versions is known; what is made here can't be decrypted by anyone.

SPDX-License-Identifier: LGPL-2.1-or-later
"""
import struct

BLOB, DESCRIPTOR, PROTECTOR, INFO, AGREEMENT, FEK, DPAPI_NG = range(1, 8)
CERTIFICATE, DATA, DISPLAY, CONTAINER, PROVIDER, SID, FMK = range(1, 8)


def datum(role, kind, body, flags=0):
    return struct.pack("<4H", 8 + len(body), role, kind, flags) + body


def blob(role, kind, data):
    return datum(role, BLOB, struct.pack("<2H", kind, 0) + data)


def text(role, string):
    return datum(role, DESCRIPTOR, (string + "\0").encode("utf-16-le"))


def protector(name, thumbprint, sid=None, kind=1):
    """A user's, of key agreement (ECC) unless kind says otherwise"""
    info = (blob(CERTIFICATE, 2, thumbprint) + text(DISPLAY, name) + text(CONTAINER, "box") +
            (blob(SID, 0, sid) if sid else b""))
    inner = datum(0, INFO, info, 1)
    keys = blob(FMK, 4, bytes(40)) + blob(8, 1, bytes(72)) + blob(9, 1, bytes(72))
    inner += datum(DATA, AGREEMENT, bytes(2) + keys, 1)
    return datum(0, PROTECTOR, struct.pack("<2H", kind, 0) + inner, 1)


def dpapi_ng(descriptor):
    """Of DPAPI-NG (version 5)"""
    inner = text(12, descriptor) + datum(DATA, DPAPI_NG, bytes(2) + blob(FMK, 5, bytes(100)), 1)
    return datum(0, PROTECTOR, struct.pack("<2H", 3, 0) + inner, 1)


def protector_list(protectors):
    body = b"".join(protectors)
    return struct.pack("<IH", 6 + len(body), len(protectors)) + body


def make(version, users, agents=()):
    fek = datum(0, FEK, struct.pack("<I", 0x6610) + blob(10, 4, bytes(40)) + blob(11, 4, bytes(24)), 1)
    ddf = protector_list(users)
    drf = protector_list(agents) if agents else b""
    start = 0x28 + len(fek)
    total = start + len(ddf) + len(drf)
    return struct.pack("<4I16s2I", total, 0, version, 0, bytes(range(16)), start,
                       start + len(ddf) if drf else 0) + fek + ddf + drf
