#!/usr/bin/env python3
"""Imports a stream cut off at given lengths, over an existing target.

    cuts.py EFSRAW STREAM OLD TARGET <LENGTHS

OLD: a copy of the target as it was, attributes included. Prints the lengths at which an import succeeds, and complains
of any that fails with another status than 1, says more or less than one line, touches the target or leaves something
beside it.

SPDX-License-Identifier: LGPL-2.1-or-later
"""
import os
import subprocess
import sys


def state(path):
    """Content and attributes of a file."""
    with open(path, "rb") as f:
        return f.read(), {name: os.getxattr(path, name) for name in os.listxattr(path)}


def put_back(old, target):
    """A new file, since an overwritten one would keep its layout."""
    os.unlink(target)
    with open(target, "xb") as f:
        f.write(old[0])
    for name, value in old[1].items():
        os.setxattr(target, name, value)


def main():
    efsraw, stream, old, target = sys.argv[1:]
    with open(stream, "rb") as f:
        whole = f.read()
    old = state(old)
    directory = os.path.dirname(target)
    for length in map(int, sys.stdin):
        done = subprocess.run([efsraw, "import", "-", target], input=whole[:length], stdout=subprocess.DEVNULL,
                              stderr=subprocess.PIPE, check=False)
        if done.returncode == 0:
            print(length)
            put_back(old, target)
        elif done.returncode != 1 or done.stderr.count(b"\n") != 1:
            print(f"status {done.returncode} at {length}\n{done.stderr.decode(errors='replace')}")
        if os.listdir(directory) != [os.path.basename(target)] or state(target) != old:
            print(f"target touched at {length}")
            return


if __name__ == "__main__":
    main()
