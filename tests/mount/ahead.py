#!/usr/bin/env python3
"""Many small files read for the first time, from both ends at once, while others below are replaced by such of another
key, removed and made anew: each is read whole, or isn't there.

    ahead.py VIEW TREE ORIGINALS COUNT

TREE/I and ORIGINALS/I, I from 0 to COUNT: encrypted, and what they hold. Prints how many were read.

SPDX-License-Identifier: LGPL-2.1-or-later
"""
import errno
import os
import shutil
import sys
import threading

view, tree, originals, count = sys.argv[1], sys.argv[2], sys.argv[3], int(sys.argv[4])
contents = {open("%s/%d" % (originals, i), "rb").read() for i in range(count)}
failed, done, turns = [], threading.Event(), []


def read_all(numbers):
    for i in numbers:
        try:
            with open("%s/%d" % (view, i), "rb", buffering=0) as file:
                data = file.readall()
        except OSError as error:
            if error.errno not in (errno.ENOENT, errno.ESTALE):
                failed.append("%d: %s" % (i, error))
            continue
        if data not in contents:
            failed.append("%d: %d bytes of something else" % (i, len(data)))
        turns.append(i)


def replace():
    i = 0
    while not done.is_set():
        i = (i + 7) % count
        # with its attributes, as a whole
        shutil.copy2("%s/%d" % (tree, (i * 3) % count), "%s/.new" % tree)
        os.rename("%s/.new" % tree, "%s/%d" % (tree, i))


readers = [threading.Thread(target=read_all, args=(order,)) for order in (range(count), range(count - 1, -1, -1))]
replacer = threading.Thread(target=replace)
for thread in readers + [replacer]:
    thread.start()
for thread in readers:
    thread.join()
done.set()
replacer.join()
assert not failed, failed[:3]
assert len(turns) > count, len(turns)
print(len(turns))
