#!/usr/bin/python3
"""Copies standard input to standard output in pieces of random length: split.py SEED

The pieces are of 1 byte to 200 KB. The first thousand wait until the reader has taken what was
written, so that its reads really end there.

SPDX-License-Identifier: LGPL-2.1-or-later
"""
import array
import fcntl
import os
import random
import sys
import termios
import time


def waiting():
    count = array.array("i", [0])
    fcntl.ioctl(1, termios.FIONREAD, count)
    return count[0]


def main():
    rng = random.Random(sys.argv[1])
    pieces = 0
    while data := os.read(0, int(10 ** rng.uniform(0, 5.3))):
        while data:
            data = data[os.write(1, data):]
        pieces += 1
        limit = time.monotonic() + 0.05
        while pieces < 1000 and waiting() and time.monotonic() < limit:
            time.sleep(0)


if __name__ == "__main__":
    main()
