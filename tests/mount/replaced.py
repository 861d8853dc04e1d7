#!/usr/bin/env python3
"""Replaces a file below a view again and again, as wineefs does: claims it, renames, says that it is done. Others read
it in the view meanwhile. Whatever they read is one of the files as a whole, and what comes after the answer is the new
one, by size and content. While it is claimed, nobody changes it in the view: what replaces it has its mode, attributes
and name from it. Prints what was seen, and its exit status is 1 if anything else was.

Usage: replaced.py TREE VIEW NAME ROUNDS ENCRYPTED PLAIN [ENCRYPTED PLAIN]...

SPDX-License-Identifier: LGPL-2.1-or-later
"""
import array
import errno
import os
import shutil
import socket
import struct
import sys
import threading

tree, view, name, rounds = sys.argv[1:4] + [int(sys.argv[4])]
files = [(sys.argv[i], open(sys.argv[i + 1], "rb").read()) for i in range(5, len(sys.argv), 2)]
shown = os.path.join(view, name)
wrong = []
counts = {"read": 0, "busy": 0, "refused": 0}
ended = threading.Event()


def read():
    """None: it is claimed just now, or was replaced twice while it was being opened"""
    try:
        with open(shown, "rb") as file:
            content = file.read()
            if os.fstat(file.fileno()).st_size != len(content):
                wrong.append("the size isn't that of the content")
            return content
    except OSError as error:
        if error.errno not in (errno.EBUSY, errno.ESTALE):
            wrong.append(f"open: {error}")
        return None


def reader():
    while not ended.wait(0.001):
        content = read()
        counts["busy" if content is None else "read"] += 1
        if content is not None and all(content != plain for _, plain in files):
            wrong.append(f"{len(content)} bytes of no file")


def looker():
    while not ended.wait(0.001):
        try:
            os.stat(shown)
        except OSError as error:
            if error.errno != errno.ESTALE:  # it was replaced twice meanwhile: the kernel looks its name up anew once
                wrong.append(f"stat: {error}")


def claim():
    """the connection; None: somebody has it open"""
    held = os.open(shown, os.O_PATH)
    words = os.getxattr(shown, "user.view.efs").decode().split()
    connection = socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    connection.connect(words[4])
    connection.send(struct.pack("<4sIQQQ", b"EFSv", 2, *(int(word, 16) for word in words[3].split("."))))
    data, ancillary, _, _ = connection.recvmsg(64, socket.CMSG_SPACE(16))
    os.close(held)
    for _, _, content in ancillary:
        for fd in array.array("i", content):
            os.close(fd)
    err = struct.unpack("<4sI", data)[1]
    if not err:
        return connection
    if err != errno.EBUSY:
        wrong.append(f"claim: {os.strerror(err)}")
    return None


def replace(encrypted, plain):
    new = os.path.join(tree, name + ".new")
    shutil.copyfile(encrypted, new)
    os.setxattr(new, "user.ntfs.efsinfo", os.getxattr(encrypted, "user.ntfs.efsinfo"))
    connection = claim()
    if not connection:
        counts["refused"] += 1
        os.unlink(new)
        return
    os.rename(new, os.path.join(tree, name))
    connection.send(struct.pack("<4sI24x", b"EFSv", 4))
    if connection.recv(64) != struct.pack("<4sI", b"EFSv", 0):
        wrong.append("no answer at the end")
    connection.close()
    if os.stat(shown).st_size != len(plain):
        wrong.append("the old size")
    if read() != plain:
        wrong.append("the old content")


def refuse_changes():
    other, state = shown + ".other", os.stat(shown)
    changes = {
        "chmod": lambda: os.chmod(shown, 0o600),
        "chown": lambda: os.chown(shown, state.st_uid, state.st_gid),
        "utime": lambda: os.utime(shown),
        "truncate": lambda: os.truncate(shown, 0),
        "setxattr": lambda: os.setxattr(shown, "user.x", b"y"),
        "removexattr": lambda: os.removexattr(shown, "user.x"),
        "link": lambda: os.link(shown, shown + ".link"),
        "rename": lambda: os.rename(shown, shown + ".moved"),
        "rename over": lambda: os.rename(other, shown),
        "unlink": lambda: os.unlink(shown),
    }
    with open(other, "xb"):
        pass
    connection = claim()
    if not connection:
        wrong.append("claim: nobody has it open any more")
    for change, make in changes.items() if connection else ():
        try:
            make()
            wrong.append(f"{change}: it can be done")
        except OSError as error:
            if error.errno != errno.EBUSY:
                wrong.append(f"{change}: {error}")
    if os.path.exists(other):
        os.unlink(other)  # it isn't the one that is claimed
    if connection:
        connection.close()


threads = [threading.Thread(target=target) for target in (reader, reader, looker)]
for thread in threads:
    thread.start()
for i in range(rounds):
    replace(*files[i % len(files)])
ended.set()
for thread in threads:
    thread.join()
refuse_changes()
if not counts["read"] or counts["refused"] == rounds:
    wrong.append("nothing was tried")
print(counts, *wrong[:10], sep="\n")
sys.exit(bool(wrong))
