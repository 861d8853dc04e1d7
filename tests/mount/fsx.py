#!/usr/bin/env python3
"""Random operations on an encrypted file in a view, against a model in memory; now and then also against what efsraw
decrypts of the file below, be it open or closed there.

Usage: fsx.py VIEW-FILE FILE-BELOW EFSRAW KEY COUNT [SEED]

SPDX-License-Identifier: LGPL-2.1-or-later
"""
import ctypes
import mmap
import os
import random
import subprocess
import sys
import tempfile

LIBC = ctypes.CDLL(None, use_errno=True)
SIZE_MAX = 3 << 20
KEEP, PUNCH, ZERO = 1, 2, 16


class Fsx:
    def __init__(self, view, below, efsraw, key, seed):
        self.view, self.below, self.efsraw, self.key = view, below, efsraw, key
        self.random = random.Random(seed)
        with open(view, "rb") as file:
            self.model = bytearray(file.read())
        self.fd = os.open(view, os.O_RDWR)
        self.last = []

    def place(self):
        """an offset and a length: small ones, edges of units, pieces and pages"""
        r = self.random
        kind = r.randrange(4)
        if kind == 0:
            offset = r.randrange(len(self.model) + 1)
        elif kind == 1:
            offset = r.choice((512, 4096, 65536)) * r.randrange(40) + r.choice((-1, 0, 0, 1))
        elif kind == 2:
            offset = len(self.model) + r.choice((0, 0, 1, 511, 5000))
        else:
            offset = r.randrange(SIZE_MAX // 2)
        length = r.choice((1, 2, 100, 511, 512, 513, 4096, r.randrange(1, 200000)))
        return max(0, min(offset, SIZE_MAX - 200001)), length

    def put(self, offset, data):
        if offset > len(self.model):
            self.model.extend(bytes(offset - len(self.model)))
        self.model[offset:offset + len(data)] = data

    def resize(self, size):
        if size < len(self.model):
            del self.model[size:]
        else:
            self.model.extend(bytes(size - len(self.model)))

    # ---- operations ----

    def write(self):
        offset, length = self.place()
        data = self.random.randbytes(length)
        assert os.pwrite(self.fd, data, offset) == length
        self.put(offset, data)
        return offset, length

    def append(self):
        data = self.random.randbytes(self.random.choice((1, 10, 600, 30000)))
        if len(self.model) + len(data) > SIZE_MAX:
            return "full"
        fd = os.open(self.view, os.O_WRONLY | os.O_APPEND)
        os.write(fd, data)
        os.close(fd)
        self.model.extend(data)
        return len(data)

    def truncate(self):
        size = self.random.choice((0, self.place()[0], self.random.randrange(len(self.model) + 1),
                                   min(SIZE_MAX, len(self.model) + self.random.randrange(2000000))))
        if self.random.randrange(2):
            os.ftruncate(self.fd, size)
        else:
            os.truncate(self.view, size)
        self.resize(size)
        return size

    def read(self):
        offset, length = self.place()
        assert os.pread(self.fd, length, offset) == self.model[offset:offset + length], "read"
        return offset, length

    def map(self):
        if not self.model:
            return "empty"
        with mmap.mmap(self.fd, len(self.model)) as mapping:
            offset = self.random.randrange(len(self.model))
            data = self.random.randbytes(min(5000, len(self.model) - offset))
            mapping[offset:offset + len(data)] = data
            if self.random.randrange(2):
                mapping.flush()
        self.put(offset, data)
        return offset, len(data)

    def allocate(self):
        offset, length = self.place()
        mode = self.random.choice((0, KEEP, PUNCH | KEEP, ZERO, ZERO | KEEP))
        if LIBC.fallocate(self.fd, mode, ctypes.c_long(offset), ctypes.c_long(length)):
            raise OSError(ctypes.get_errno(), "fallocate")
        end = offset + length
        if not mode & KEEP and end > len(self.model):
            self.resize(end)
        if mode & (PUNCH | ZERO) and offset < len(self.model):
            end = min(end, len(self.model))
            self.model[offset:end] = bytes(end - offset)
        return mode, offset, length

    def reopen(self):
        os.close(self.fd)
        self.fd = os.open(self.view, os.O_RDWR)
        return ""

    def sync(self):
        os.fsync(self.fd)
        return ""

    def seek(self):
        """what SEEK_DATA passes over is zeros"""
        offset, _ = self.place()
        try:
            data = os.lseek(self.fd, offset, os.SEEK_DATA)
        except OSError:
            data = len(self.model)
        assert not any(self.model[offset:data]), "SEEK_DATA"
        return offset

    def check(self):
        assert os.stat(self.view).st_size == len(self.model), "size %d, not %d" % (os.stat(self.view).st_size,
                                                                                 len(self.model))
        with open(self.view, "rb") as file:
            assert file.read() == self.model, "content"

    def check_below(self):
        with tempfile.TemporaryDirectory() as place:
            subprocess.run([self.efsraw, "decrypt", self.below, place + "/out", "--key", self.key], check=True)
            with open(place + "/out", "rb") as file:
                seen = file.read()
        assert len(seen) == len(self.model), "below: %d bytes, not %d" % (len(seen), len(self.model))
        assert seen == self.model, "below: another content"

    def run(self, count):
        operations = [self.write] * 6 + [self.append] * 3 + [self.truncate] * 2 + [self.read] * 3 + \
            [self.map, self.allocate, self.allocate, self.reopen, self.sync, self.seek]
        for i in range(count):
            operation = self.random.choice(operations)
            result = None
            try:
                result = operation()
            finally:
                self.last = (self.last + ["%d %s %s" % (i, operation.__name__, result)])[-20:]
            if i % 20 == 0:
                self.check()
            if i % 200 == 0:
                self.check_below()
        os.close(self.fd)
        self.check()
        self.check_below()


def main():
    seed = int(sys.argv[6]) if len(sys.argv) > 6 else random.randrange(1 << 32)
    fsx = Fsx(*sys.argv[1:5], seed)
    try:
        fsx.run(int(sys.argv[5]))
    except BaseException:
        print("seed %d, the last of:" % seed, *fsx.last, sep="\n  ")
        raise
    print("%s operations, seed %d" % (sys.argv[5], seed))


if __name__ == "__main__":
    main()
