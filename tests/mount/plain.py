#!/usr/bin/env python3
"""Plain files of a view, whose data the kernel may move itself (FUSE passthrough), or the daemon by splice(2): they are
the files below, whoever has them open, and however.

Usage: plain.py CASE VIEW TREE            one of the functions; in a directory of the view, and below it
       plain.py encrypted VIEW TREE KIND  a plain file becomes encrypted while it is open; KIND: passthrough, splice

SPDX-License-Identifier: LGPL-2.1-or-later
"""
import errno
import mmap
import os
import sys
import time
import threading

SIZE = 32 << 20
PIECE = 1 << 17


def write(path, data):
    with open(path, "wb") as file:
        file.write(data)


def read(path):
    with open(path, "rb") as file:
        return file.read()


def same(view, tree, name, wanted):
    for top in view, tree:
        found = read("%s/%s" % (top, name))
        assert found == wanted, "%s/%s: %d bytes, wanted %d" % (top, name, len(found), len(wanted))


def moved(view, tree):
    """32 MiB each way."""
    data = os.urandom(SIZE)
    write(tree + "/large", data)
    with open(view + "/large", "r+b", buffering=0) as file:
        assert b"".join(iter(lambda: file.read(PIECE), b"")) == data
        file.seek(0)
        for i in range(0, SIZE, PIECE):
            file.write(data[i:i + PIECE])
    same(view, tree, "large", data)
    os.unlink(view + "/large")


def ways(view, tree):
    """Each way of writing, by two who have it open at once, one of them from when it was empty on."""
    path = view + "/ways"
    born = os.open(path, os.O_RDWR | os.O_CREAT | os.O_EXCL)
    os.write(born, b"first,")
    more = os.open(path, os.O_WRONLY | os.O_APPEND)
    os.write(more, b"appended,")
    assert os.pread(born, 100, 0) == b"first,appended,"
    same(view, tree, "ways", b"first,appended,")
    os.close(born)
    os.close(more)
    # from here on it has data when it is opened
    one = os.open(path, os.O_RDWR)
    two = os.open(path, os.O_WRONLY | os.O_APPEND)
    three = os.open(path, os.O_RDONLY)
    os.write(two, b"again,")
    os.pwrite(one, b"FIRST", 0)
    assert os.pread(three, 100, 0) == b"FIRST,appended,again,"
    assert os.fstat(three).st_size == 21
    with mmap.mmap(one, 21) as mapped:
        mapped[6:14] = b"APPENDED"
        mapped.flush()
    same(view, tree, "ways", b"FIRST,APPENDED,again,")
    os.ftruncate(one, 6)
    assert os.pread(three, 100, 0) == b"FIRST,"
    os.lseek(three, 0, os.SEEK_SET)
    os.fsync(one)
    with open(path, "r+b") as file:
        file.truncate(0)
    os.write(two, b"anew")
    for fd in one, two, three:
        os.close(fd)
    same(view, tree, "ways", b"anew")
    os.unlink(path)


def caches(view, tree):
    """Nothing old is shown when the kernel's cache and the file below take turns."""
    path = view + "/caches"
    write(path, b"")
    for i in range(20):
        with open(path, "r+b", buffering=0) as file: # empty now: by the cache
            file.write(b"%06d" % i * 1000)
            assert read(path) == b"%06d" % i * 1000
        with open(path, "r+b", buffering=0) as file: # it has data
            file.write(b"%06d" % (i + 500) * 1000)
        assert read(path) == b"%06d" % (i + 500) * 1000
        write(tree + "/caches", b"%06d" % (i + 700) * 1000) # by somebody else, below
        assert read(path) == b"%06d" % (i + 700) * 1000
        os.truncate(path, 0)
        assert read(path) == b""
    os.unlink(path)


def opened(view, tree):
    """Many who open and close it at once, empty and not."""
    path = view + "/opened"
    write(path, b"")
    failed = []

    def work(number):
        try:
            for i in range(200):
                fd = os.open(path, (os.O_RDONLY, os.O_RDWR, os.O_WRONLY | os.O_APPEND)[(i + number) % 3])
                if (i + number) % 3:
                    os.write(fd, b"x")
                if i % 7 == number:
                    os.ftruncate(fd, 0) if (i + number) % 3 else None
                os.close(fd)
        except OSError as error:
            failed.append(error)

    threads = [threading.Thread(target=work, args=(number,)) for number in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not failed, failed[0]
    same(view, tree, "opened", read(tree + "/opened"))
    os.unlink(path)


def encrypted(view, tree, kind):
    """What is written after a file has become an encrypted one is never plaintext below."""
    path, secret = view + "/encrypted", b"This is secret. " * 256
    with open(path, "xb", buffering=0) as file:
        os.setxattr(path, "user.view.efs", b"encrypt")
        file.write(secret)
        assert secret[:16] not in read(tree + "/encrypted")
    assert read(path) == secret
    os.unlink(path)
    write(path, b"public")
    # what was empty is passed through when nobody has it open any more, and the kernel says so later than to us
    time.sleep(0.2)
    with open(path, "r+b", buffering=0) as file:
        try:
            os.setxattr(path, "user.view.efs", b"encrypt")
            raise AssertionError("a file with data was made an encrypted one")
        except OSError as error:
            assert error.errno == errno.ENOTEMPTY, error
        file.truncate(0)
        try:
            os.setxattr(path, "user.view.efs", b"encrypt")
            done = True
        except OSError as error:
            assert error.errno == errno.EBUSY, error
            done = False
        file.write(secret)
    below = read(tree + "/encrypted")
    assert done == (kind == "splice"), "encrypted: %s" % done
    assert (secret[:16] in below) != done
    assert read(path) == secret
    os.unlink(path)


if __name__ == "__main__":
    globals()[sys.argv[1]](*sys.argv[2:])
