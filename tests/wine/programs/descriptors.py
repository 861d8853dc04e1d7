#!/usr/bin/python3
# Security descriptors as Windows writes them, and worse, as archives for modes.c; and what came of them.
#
#   descriptors.py make LIST ARCHIVE DIR          a file and a directory in DIR for each
#   descriptors.py check DIR UMASK                prints what is wrong: the modes
#   descriptors.py same ARCHIVE SAVED             prints what is wrong: what is given back
#
# SPDX-License-Identifier: LGPL-2.1-or-later
import os
import struct
import sys

FULL, MODIFY, READ_EXECUTE, READ = 0x1F01FF, 0x1301BF, 0x1200A9, 0x120089
ALLOW, DENY, INHERIT_ONLY, INHERITED = 0, 1, 8, 0x10


def sid(authority, *parts):
    return struct.pack('<BB', 1, len(parts)) + authority.to_bytes(6, 'big') + struct.pack('<%dI' % len(parts), *parts)


EVERYONE, SYSTEM, OWNER_RIGHTS, AUTHENTICATED = sid(1, 0), sid(5, 18), sid(3, 4), sid(5, 11)
ADMINS, USERS, GUESTS = sid(5, 32, 544), sid(5, 32, 545), sid(5, 32, 546)
ALICE, TEAM = sid(5, 21, 11, 22, 33, 1001), sid(5, 21, 11, 22, 33, 513)
WINE = sid(5, 21, 0, 0, 0, 1000)


def mode_sid(mode):
    return sid(5, 88, 3, mode)


def ace(kind, who, mask, flags=0, more=b''):
    body = struct.pack('<I', mask) + more + who
    return struct.pack('<BBH', kind, flags, 4 + len(body)) + body


def acl(*aces, revision=2):
    body = b''.join(aces)
    return struct.pack('<BBHHH', revision, 0, 8 + len(body), len(aces), 0) + body


def descriptor(dacl, owner=ALICE, group=TEAM, sacl=b'', order='ogsd', control=0x8004):
    parts, offsets, body = {'o': owner, 'g': group, 's': sacl, 'd': dacl}, {}, b''
    for name in order:
        offsets[name] = 20 + len(body) if parts[name] else 0
        body += parts[name]
    return struct.pack('<BBH4I', 1, 0, control | (0x10 if sacl else 0), *(offsets[n] for n in 'ogsd')) + body


BASE = [ace(ALLOW, SYSTEM, FULL), ace(ALLOW, ALICE, FULL)]
OBJECT = struct.pack('<I', 0)  # flags of an object entry without object types
AUDIT = acl(ace(2, EVERYONE, FULL, 0xC0))
# Wine's list of 0644
WINE_644 = [ace(ALLOW, SYSTEM, FULL), ace(ALLOW, WINE, FULL), ace(ALLOW, EVERYONE, READ_EXECUTE)]
# name: descriptor, what the owner gets, what all others get before the umask, as on a directory; is it kept?
CASES = {
    'private': (descriptor(acl(*BASE)), 7, 0),
    'inherited': (
        descriptor(acl(*(ace(ALLOW, w, FULL, INHERITED) for w in (SYSTEM, ADMINS, ALICE))), control=0x8404),
        7,
        0,
    ),
    'everyone-reads': (descriptor(acl(*BASE, ace(ALLOW, EVERYONE, READ_EXECUTE))), 7, 5),
    'everyone-full': (descriptor(acl(*BASE, ace(ALLOW, EVERYONE, FULL))), 7, 7),
    'everyone-alone': (descriptor(acl(ace(ALLOW, EVERYONE, FULL))), 7, 7),
    'generic': (descriptor(acl(*BASE, ace(ALLOW, EVERYONE, 0x80000000))), 7, 4),
    'admins': (descriptor(acl(ace(ALLOW, SYSTEM, FULL), ace(ALLOW, ADMINS, FULL)), owner=ADMINS), 7, 0),
    'users': (descriptor(acl(*BASE, ace(ALLOW, USERS, READ_EXECUTE), ace(ALLOW, AUTHENTICATED, MODIFY))), 7, 0),
    'team': (descriptor(acl(*BASE, ace(ALLOW, TEAM, FULL))), 7, 0),
    'owner-reads': (descriptor(acl(ace(ALLOW, SYSTEM, FULL), ace(ALLOW, ALICE, READ_EXECUTE))), 5, 0),
    'deny-write': (descriptor(acl(ace(DENY, EVERYONE, 0x156), *BASE, ace(ALLOW, EVERYONE, FULL))), 5, 5),
    'deny-guests': (descriptor(acl(ace(DENY, GUESTS, FULL), *BASE, ace(ALLOW, EVERYONE, READ_EXECUTE))), 7, 0),
    'deny-late': (descriptor(acl(*BASE, ace(ALLOW, EVERYONE, READ_EXECUTE), ace(DENY, GUESTS, FULL))), 7, 0),
    'deny-owner': (descriptor(acl(ace(DENY, ALICE, 0x156), *BASE, ace(ALLOW, EVERYONE, FULL))), 5, 7),
    'deny-object': (
        descriptor(acl(*BASE, ace(ALLOW, EVERYONE, FULL), ace(6, TEAM, FULL, 0, OBJECT), revision=4)),
        7,
        0,
    ),
    'deny-condition': (descriptor(acl(*BASE, ace(ALLOW, EVERYONE, FULL), ace(10, TEAM, FULL))), 7, 0),
    'allow-object': (descriptor(acl(*BASE, ace(5, EVERYONE, FULL, 0, OBJECT), revision=4)), 7, 0),
    'allow-condition': (descriptor(acl(*BASE, ace(9, EVERYONE, FULL))), 7, 0),
    'unknown-entry': (descriptor(acl(*BASE, ace(ALLOW, EVERYONE, FULL), ace(0x15, EVERYONE, 0))), 7, 0),
    'inherit-only': (descriptor(acl(*BASE, ace(ALLOW, EVERYONE, FULL, INHERIT_ONLY | 3))), 7, 0),
    'null-list': (descriptor(b''), 7, 7),
    'empty-list': (descriptor(acl()), 0, 0),
    'audited': (descriptor(acl(*BASE), sacl=AUDIT), 7, 0),
    'owner-rights': (descriptor(acl(ace(ALLOW, OWNER_RIGHTS, FULL))), 7, 0),
    'no-owner': (descriptor(acl(ace(ALLOW, WINE, FULL)), owner=b'', group=b''), 7, 0),
    'another-order': (descriptor(acl(*BASE), sacl=AUDIT, order='sdog'), 7, 0),
    # an entry with a mode, which the rest doesn't bear out
    'forged': (descriptor(acl(ace(DENY, mode_sid(0o777), 0), *BASE)), 7, 0),
    'forged-nfs': (descriptor(acl(*BASE, ace(DENY, mode_sid(0o777), 0))), 7, 0),
    'forged-644': (descriptor(acl(ace(DENY, mode_sid(0o646), 0), *WINE_644), owner=WINE), 7, 5),
    'forged-type': (descriptor(acl(ace(ALLOW, mode_sid(0o644), 0), *WINE_644), owner=WINE), 7, 5),
    'forged-mask': (descriptor(acl(ace(DENY, mode_sid(0o644), 1), *WINE_644), owner=WINE), 7, 1),
    'forged-setuid': (descriptor(acl(ace(DENY, mode_sid(0o4644), 0), *WINE_644), owner=WINE), 7, 5),
    'more-than-a-mode': (
        descriptor(acl(ace(DENY, mode_sid(0o644), 0), *WINE_644, ace(ALLOW, TEAM, FULL)), owner=WINE),
        7,
        5,
    ),
    # more than attributes hold, even on XFS: two lists of nearly 64 KiB
    'huge': (
        descriptor(acl(*BASE, *[ace(ALLOW, TEAM, FULL)] * 1800), sacl=acl(*[ace(2, TEAM, FULL)] * 1800)),
        7,
        0,
        False,
    ),
}


def write_stream(archive, security):
    header = struct.pack('<IIQI', 3, 2, len(security), 0)
    archive.write(struct.pack('<I', len(header) + len(security)) + header + security)


def make(list_name, archive_name, directory):
    with open(list_name, 'w', encoding='ascii') as names, open(archive_name, 'wb') as archive:
        for name, case in CASES.items():
            for kind in 'fd':
                names.write('%s %s\\%s-%s\n' % (kind, directory, kind, name))
                write_stream(archive, case[0])


def check(directory, umask):
    for name, case in CASES.items():
        owner, others = case[1], case[2]
        for kind in 'fd':
            if kind == 'f':
                wanted = (owner << 6 | others * 0o11 & ~umask) & 0o666
                # on a file, writing needs less; these cases have no such difference
            else:
                wanted = owner << 6 | others * 0o11 & ~umask
            path = os.path.join(directory, kind + '-' + name)
            mode = os.stat(path).st_mode & 0o1777
            if mode != wanted:
                print('%s: %o instead of %o' % (path, mode, wanted))


def read_streams(name):
    with open(name, 'rb') as archive:
        while head := archive.read(4):
            stream = archive.read(struct.unpack('<I', head)[0])
            yield stream[20 : 20 + struct.unpack_from('<Q', stream, 8)[0]] if stream else None


def same(before, after):
    names = [kind + '-' + name for name in CASES for kind in 'fd']
    for name, old, new in zip(names, read_streams(before), read_streams(after), strict=True):
        if new is None:
            continue
        kept = len(CASES[name[2:]]) == 3
        if kept != (old == new):
            print('%s: %s' % (name, 'another descriptor' if kept else 'it is kept'))


if __name__ == '__main__':
    if sys.argv[1] == 'make':
        make(*sys.argv[2:])
    elif sys.argv[1] == 'check':
        check(sys.argv[2], int(sys.argv[3], 8))
    else:
        same(*sys.argv[2:])
