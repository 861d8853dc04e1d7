"""Puts a plain and an encrypted file in each other's place until it is killed.

    exchange.py file PLAIN ENCRYPTED NAME      NAME becomes another link to the one or the other, as quickly as can be
    exchange.py folder PLAIN ENCRYPTED NAME    two folders: NAME becomes a link to the one or the other, every 2 to 4 ms

SPDX-License-Identifier: LGPL-2.1-or-later
"""
import os
import random
import sys
import time

kind, plain, encrypted, name = sys.argv[1:]
while True:
    for target in plain, encrypted:
        if kind == 'file':
            os.link(target, name + '.new')
        else:
            os.symlink(target, name + '.new')
            until = time.monotonic() + random.uniform(0.002, 0.004)
            while time.monotonic() < until:
                pass
        os.rename(name + '.new', name)
