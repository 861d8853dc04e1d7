#!/usr/bin/env python3
"""Asks a view's daemon by its socket, as include/view/efs_view.h has it, and prints the error of its answer, and the
inode number of the file that came with it.

Usage: asked.py SOCKET DEVICE.INODE.GENERATION [OPERATION [done|garbage|killed]]
       asked.py SOCKET garbage
       asked.py SOCKET silent [COUNT]

A claim ends as soon as the standard input does, by the last word: else by closing the connection. Of "silent", COUNT
connections are made, and the last one's answer is printed.

SPDX-License-Identifier: LGPL-2.1-or-later
"""
import array
import os
import signal
import socket
import struct
import sys

what = sys.argv[2]
operation = int(sys.argv[3]) if len(sys.argv) > 3 and what != "silent" else 1
connections = []
for _ in range(int(sys.argv[3]) if len(sys.argv) > 3 and what == "silent" else 1):
    connections.append(socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET))
    connections[-1].connect(sys.argv[1])
s = connections[-1]
try:
    if what == "garbage":
        s.send(b"EFSv" + bytes(40))
    elif what != "silent":
        s.send(struct.pack("<4sIQQQ", b"EFSv", operation, *(int(word, 16) for word in what.split("."))))
except BrokenPipeError:
    pass  # it has refused us already, and its answer is there


def answered():
    data, ancillary, flags, address = s.recvmsg(64, socket.CMSG_SPACE(16))
    magic, err = struct.unpack("<4sI", data)
    assert magic == b"EFSv"
    return err, ancillary


err, ancillary = answered()
answer = [str(err)]
for level, kind, content in ancillary:
    assert (level, kind) == (socket.SOL_SOCKET, socket.SCM_RIGHTS)
    for fd in array.array("i", content[: len(content) // 4 * 4]):
        answer.append(str(os.fstat(fd).st_ino))
print(" ".join(answer), flush=True)
if operation > 1 and not err:
    sys.stdin.read()
    if sys.argv[4:] == ["killed"]:
        os.kill(os.getpid(), signal.SIGKILL)
    if len(sys.argv) > 4:
        s.send(struct.pack("<4sI24x", b"EFSv", 4) if sys.argv[4] == "done" else b"garbage")
        print(answered()[0])
