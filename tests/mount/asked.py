#!/usr/bin/env python3
"""Asks a view's daemon by its socket, as include/view/efs_view.h has it, and prints the error of its answer, and the
inode number of the file that came with it.

Usage: asked.py SOCKET DEVICE.INODE.GENERATION [OPERATION] | SOCKET garbage | SOCKET silent

SPDX-License-Identifier: LGPL-2.1-or-later
"""
import array
import os
import socket
import struct
import sys

s = socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET)
s.connect(sys.argv[1])
what = sys.argv[2]
operation = int(sys.argv[3]) if len(sys.argv) > 3 else 1
try:
    if what == "garbage":
        s.send(b"EFSv" + bytes(40))
    elif what != "silent":
        s.send(struct.pack("<4sIQQQ", b"EFSv", operation, *(int(word, 16) for word in what.split("."))))
except BrokenPipeError:
    pass  # it has refused us already, and its answer is there
data, ancillary, flags, address = s.recvmsg(64, socket.CMSG_SPACE(16))
magic, err = struct.unpack("<4sI", data)
assert magic == b"EFSv"
answer = [str(err)]
for level, kind, content in ancillary:
    assert (level, kind) == (socket.SOL_SOCKET, socket.SCM_RIGHTS)
    for fd in array.array("i", content[: len(content) // 4 * 4]):
        answer.append(str(os.fstat(fd).st_ino))
print(" ".join(answer))
