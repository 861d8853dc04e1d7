#!/usr/bin/python3
# What a PE file exports: {name: forwarder or None}, its machine and its flags, read from the bytes alone so
# that no binutils for the other architecture is needed.
#
# SPDX-License-Identifier: LGPL-2.1-or-later

import struct
import sys

MACHINES = {0x8664: 'x86_64', 0x14c: 'i386'}


class PeFile:
    def __init__(self, path):
        with open(path, 'rb') as f:
            self.data = f.read()
        if self.data[:2] != b'MZ':
            raise ValueError(f'{path}: not a PE file')
        # Wine and winebuild --builtin put their mark into the DOS stub
        self.builtin = self.data[0x40:0x60].startswith(b'Wine builtin DLL')
        pe = self.u32(0x3c)
        if self.data[pe:pe + 4] != b'PE\0\0':
            raise ValueError(f'{path}: not a PE file')
        machine, count = struct.unpack_from('<HH', self.data, pe + 4)
        self.arch = MACHINES.get(machine, hex(machine))
        optional = pe + 24
        plus = struct.unpack_from('<H', self.data, optional)[0] == 0x20b
        self.directories = optional + (112 if plus else 96)
        self.plus = plus
        table = optional + struct.unpack_from('<H', self.data, pe + 20)[0]
        self.characteristics = struct.unpack_from('<H', self.data, optional + 70)[0]  # DllCharacteristics
        self.section_flags = {self.data[at:at + 8].rstrip(b'\0').decode('ascii'): self.u32(at + 36)
                              for at in (table + 40 * i for i in range(count))}
        self.sections = [struct.unpack_from('<IIII', self.data, table + 40 * i + 8) for i in range(count)]

    def u32(self, offset):
        return struct.unpack_from('<I', self.data, offset)[0]

    def offset(self, rva):
        for size, start, raw_size, raw in self.sections:
            if start <= rva < start + max(size, raw_size):
                return rva - start + raw
        raise ValueError(f'RVA {rva:#x} is in no section')

    def string(self, rva):
        start = self.offset(rva)
        return self.data[start:self.data.index(b'\0', start)].decode('ascii')

    def directory(self, index):
        return struct.unpack_from('<II', self.data, self.directories + 8 * index)

    def exports(self):
        rva, size = self.directory(0)
        if not rva:
            return {}
        count, functions, names, ordinals = struct.unpack_from('<IIII', self.data, self.offset(rva) + 24)
        result = {}
        for i in range(count):
            name = self.string(self.u32(self.offset(names) + 4 * i))
            ordinal = struct.unpack_from('<H', self.data, self.offset(ordinals) + 2 * i)[0]
            target = self.u32(self.offset(functions) + 4 * ordinal)
            # an address inside the export directory is the text of a forwarder
            result[name] = self.string(target) if rva <= target < rva + size else None
        return result

    def imported_dlls(self):
        rva, _ = self.directory(1)
        result = []
        while rva and self.u32(self.offset(rva) + 12):
            result.append(self.string(self.u32(self.offset(rva) + 12)).lower())
            rva += 20
        return result


if __name__ == '__main__':
    for export, forwarder in sorted(PeFile(sys.argv[1]).exports().items()):
        print(export, forwarder or '')
