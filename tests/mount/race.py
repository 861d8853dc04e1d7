#!/usr/bin/env python3
"""Swaps names in a tree below a view for some seconds, while the view is asked for them: directories and symbolic links
that lead out of the tree take turns. Whatever is read through the view has to be the tree's; what is made through it
has to be in the tree.

Usage: race.py TREE VIEW OUTSIDE SECONDS      OUTSIDE/secret holds the word "outside"

SPDX-License-Identifier: LGPL-2.1-or-later
"""
import ctypes
import os
import sys
import threading
import time

LIBC = ctypes.CDLL(None, use_errno=True)


PAIRS = 100 # the kernel keeps a name for a second: with many of them there is always one that it asks for


def make(tree):
    for i in range(PAIRS):
        os.makedirs("%s/name%d" % (tree, i))
        with open("%s/name%d/secret" % (tree, i), "w") as file:
            file.write("inside")
        os.symlink(os.path.abspath(sys.argv[3]), "%s/other%d" % (tree, i))


def swap(tree, stop):
    count = 0
    while not stop.is_set():
        for i in range(PAIRS):
            LIBC.renameat2(-100, os.fsencode("%s/name%d" % (tree, i)), -100, os.fsencode("%s/other%d" % (tree, i)), 2)
        count += PAIRS
        time.sleep(0.0002)
    print("swapped %d times" % count)


def main():
    tree, view, outside, seconds = sys.argv[1], sys.argv[2], sys.argv[3], float(sys.argv[4])
    make(tree) # whole before it is looked at: a view keeps for a second that a file is still empty
    stop = threading.Event()
    swapper = threading.Thread(target=swap, args=(tree, stop))
    swapper.start()
    end, seen, others, tries = time.monotonic() + seconds, 0, [], 0
    while time.monotonic() < end:
        tries += 1
        try:
            # O_NOFOLLOW: the program itself doesn't want to be led out; only the view could do that
            directory = os.open("%s/name%d" % (view, tries % PAIRS), os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW)
        except OSError:
            continue
        try:
            with open(os.open("secret", os.O_RDONLY, dir_fd=directory)) as file:
                content = file.read()
            seen += 1
            if content != "inside":
                others.append(content)
            os.close(os.open("made", os.O_CREAT | os.O_WRONLY, dir_fd=directory))
            os.unlink("made", dir_fd=directory)
        except OSError:
            pass
        finally:
            os.close(directory)
    stop.set()
    swapper.join()
    left = sorted(os.listdir(outside))
    print("read %d times, something else: %s; outside: %s" % (seen, others[:10], left))
    return 0 if seen and not others and left == ["secret"] else 1


if __name__ == "__main__":
    sys.exit(main())
