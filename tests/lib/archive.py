#!/usr/bin/python3
"""Archives of efsbackup tree, for tests: what their index says of their files.

    archive.py sums ARCHIVE    sizes and sums of the files as they are now
    archive.py old ARCHIVE     the first format: no sums, no end, no descriptors of encrypted files

SPDX-License-Identifier: LGPL-2.1-or-later
"""
import os
import sys


def fnv1a(data, value=0xCBF29CE484222325):
    for byte in data:
        value = ((value ^ byte) * 0x100000001B3) & 0xFFFFFFFFFFFFFFFF
    return value


def content(archive, number, types):
    data = b''
    for name in types:
        with open(os.path.join(archive, f'{number}.{name}'), 'rb') as file:
            data += file.read()
    return data


def main(command, archive):
    index = os.path.join(archive, 'index')
    with open(index, encoding='utf-8', newline='\n') as file:
        lines = file.read().split('\n')
    out = ['efsbackup tree 1' if command == 'old' else lines[0]]
    for line in lines[1:]:
        if not line or line.startswith('end '):
            if command == 'sums':
                out.append(line)
            continue
        fields = line.split(' ', 8)
        raw = fields[0] in 'FD'
        if command == 'old':
            if raw:
                os.remove(os.path.join(archive, f'{fields[5]}.backup'))
            fields[6:8] = []
        else:
            data = content(archive, fields[5], ('backup', 'raw') if raw else ('backup',))
            fields[6:8] = [f'{len(data):016x}', f'{fnv1a(data):016x}']
        out.append(' '.join(fields))
    if command == 'old':
        out.append('')
    with open(index, 'w', encoding='utf-8', newline='\n') as file:
        file.write('\n'.join(out))


main(sys.argv[1], sys.argv[2])
