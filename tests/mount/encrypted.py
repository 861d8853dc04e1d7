#!/usr/bin/env python3
"""Sets user.view.efs to encrypt, in a directory of a view, and prints what comes of it, a line each: for
tests/mount/test_write.sh.

Usage: encrypted.py DIRECTORY

SPDX-License-Identifier: LGPL-2.1-or-later
"""
import errno
import os
import sys
import threading

NAME = "user.view.efs"
NEW = os.O_CREAT | os.O_EXCL | os.O_RDWR


def encrypt(file, value=b"encrypt"):
    try:
        os.setxattr(file, NAME, value)
    except OSError as e:
        return errno.errorcode[e.errno]
    return "done"


def race(name):
    """somebody writes to it by the same descriptor, before, meanwhile and after"""
    fd = os.open(name, NEW, 0o600)
    stop = threading.Event()

    def write():
        while not stop.is_set():
            os.pwrite(fd, b"plaintext", 0)

    thread = threading.Thread(target=write)
    thread.start()
    answer = encrypt(fd)
    stop.set()
    thread.join()
    os.pwrite(fd, b"plaintext", 0)
    encrypted = os.getxattr(name, NAME).split()[1]
    right = os.pread(fd, 20, 0) == b"plaintext" and (answer == "done") == (encrypted == b"encrypted")
    os.close(fd)
    return right and answer in ("done", "ENOTEMPTY")


os.chdir(sys.argv[1])
fd = os.open("open", NEW, 0o600)
print("open, by one:", encrypt(fd))
os.write(fd, b"plaintext")
print("what is written then:", os.pread(fd, 20, 0), os.fstat(fd).st_size, os.fstat(fd).st_blocks % 2)
print("once more:", encrypt(fd))
os.close(fd)
fd = os.open("read-only", NEW & ~os.O_RDWR | os.O_WRONLY, 0o444)
print("read-only, open to write:", encrypt(fd))
os.write(fd, b"plaintext")
os.close(fd)
print("its mode:", oct(os.stat("read-only").st_mode & 0o777))
fd = os.open("two", NEW, 0o600)
other = os.open("two", os.O_RDONLY)
print("open, by two:", encrypt(fd))
os.close(other)
os.write(fd, b"x")
print("with data:", encrypt("two"))
os.close(fd)
os.close(os.open("closed", NEW, 0o600))
print("not open:", encrypt("closed"))
os.mkdir("directory")
print("a directory:", encrypt("directory"))
os.symlink("two", "link")
print("another value:", encrypt("two", b"decrypt"))
print("races:", all(race(f"race{i}") for i in range(200)))
