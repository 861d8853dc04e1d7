#!/usr/bin/env python3
"""What a file system does, in a directory: one line of output for each operation, with its result or its error.

Run in a plain directory and in a view of one, the output has to be the same. Nothing that differs between two
directories by itself (inode numbers, times of now) is printed.

Usage: operations.py DIRECTORY

SPDX-License-Identifier: LGPL-2.1-or-later
"""
import ctypes
import errno
import fcntl
import mmap
import os
import socket
import stat
import struct
import subprocess
import sys
import threading

LIBC = ctypes.CDLL(None, use_errno=True)
RESULTS = []


def observe(name, function):
    try:
        result = function()
    except OSError as error:
        result = errno.errorcode[error.errno]
    except subprocess.CalledProcessError as error:
        result = "status %d" % error.returncode
    print("%s: %s" % (name, result))


def put(name, data=b"", mode=0o644):
    with open(name, "wb", opener=lambda path, flags: os.open(path, flags, mode)) as file:
        file.write(data)


def get(name):
    with open(name, "rb") as file:
        return file.read()


def in_child(function):
    """function's result as the exit status of a process of its own"""
    child = os.fork()
    if not child:
        status = 99
        try:
            status = function()
        except OSError as error:
            status = error.errno
        finally:
            os._exit(status)
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])


def renameat2(old, new, flags):
    if LIBC.renameat2(-100, os.fsencode(old), -100, os.fsencode(new), flags):
        raise OSError(ctypes.get_errno(), "renameat2")
    return "done"


def fallocate(fd, mode, offset, length):
    if LIBC.fallocate(fd, mode, ctypes.c_long(offset), ctypes.c_long(length)):
        raise OSError(ctypes.get_errno(), "fallocate")
    return "done"


# ---- content ----

def write_and_read():
    put("a", b"0123456789" * 1000)
    return get("a") == b"0123456789" * 1000


def append():
    put("a", b"one")
    with open("a", "ab") as file:
        file.write(b"two")
    return get("a")


def append_two():
    put("a")
    first, second = os.open("a", os.O_WRONLY | os.O_APPEND), os.open("a", os.O_WRONLY | os.O_APPEND)
    for i in range(4):
        os.write(first if i % 2 else second, b"%d" % i)
    os.close(first), os.close(second)
    return get("a")


def truncate_by_name():
    put("a", b"x" * 5000)
    os.truncate("a", 1234)
    os.truncate("a", 4000)
    return os.stat("a").st_size, get("a") == b"x" * 1234 + bytes(2766)


def truncate_open():
    put("a", b"x" * 5000)
    fd = os.open("a", os.O_RDWR)
    os.unlink("a")
    os.ftruncate(fd, 10)
    result = os.fstat(fd).st_size, os.fstat(fd).st_nlink, os.pread(fd, 100, 0)
    os.close(fd)
    return result


def truncate_at_open():
    put("a", b"x" * 5000)
    put("a", b"yz")
    return get("a")


def sparse():
    fd = os.open("a", os.O_RDWR | os.O_CREAT | os.O_TRUNC)
    os.pwrite(fd, b"end", 1 << 33)
    data = os.lseek(fd, 0, os.SEEK_DATA)
    result = os.fstat(fd).st_size, os.fstat(fd).st_blocks < 1000, data > 1 << 32, os.lseek(fd, 0, os.SEEK_HOLE), \
        os.pread(fd, 5, (1 << 33) - 2)
    os.close(fd)
    return result


def huge_offset():
    fd = os.open("a", os.O_RDWR | os.O_CREAT | os.O_TRUNC)
    try:
        os.pwrite(fd, b"x", 1 << 62)
        return "written"
    finally:
        os.close(fd)


def seek_beyond():
    put("a", b"abc")
    fd = os.open("a", os.O_RDONLY)
    try:
        return os.lseek(fd, 3, os.SEEK_DATA)
    finally:
        os.close(fd)


def allocate(mode):
    put("a", b"x" * 100000)
    fd = os.open("a", os.O_RDWR)
    try:
        result = fallocate(fd, mode, 65536, 131072)
    finally:
        os.close(fd)
    return result, os.stat("a").st_size, get("a").count(b"x")


def copy_range():
    put("a", b"0123456789" * 10000)
    put("b")
    source, target = os.open("a", os.O_RDONLY), os.open("b", os.O_WRONLY)
    copied = os.copy_file_range(source, target, 50000, 5, 7)
    os.close(source), os.close(target)
    return copied, get("b")[7:] == get("a")[5:50005], len(get("b"))


def map_shared():
    put("a", b"x" * 10000)
    fd = os.open("a", os.O_RDWR)
    with mmap.mmap(fd, 10000) as mapping:
        mapping[5000:5003] = b"abc"
        mapping.flush()
        seen = os.pread(fd, 3, 5000)
    os.close(fd)
    return seen, get("a")[4999:5004]


def map_in_two_processes():
    put("a", b"x" * 4096)
    fd = os.open("a", os.O_RDWR)
    with mmap.mmap(fd, 4096) as mapping:
        def other():
            with mmap.mmap(os.open("a", os.O_RDWR), 4096) as second:
                second[100:104] = b"seen"
            return 0
        status = in_child(other)
        seen = bytes(mapping[99:105])
    os.close(fd)
    return status, seen


def map_private():
    put("a", b"x" * 4096)
    fd = os.open("a", os.O_RDONLY)
    with mmap.mmap(fd, 4096, mmap.MAP_PRIVATE, mmap.PROT_READ | mmap.PROT_WRITE) as mapping:
        mapping[0:1] = b"y"
    os.close(fd)
    return get("a")[:2]


def run_program():
    put("script", b"#!/bin/sh\necho run $1\n", 0o755)
    return subprocess.run(["./script", "me"], check=True, capture_output=True).stdout


def run_what_may_not():
    put("script2", b"#!/bin/sh\n", 0o644)
    return subprocess.run(["./script2"], check=False).returncode


def direct():
    put("a", b"x" * 8192)
    fd = os.open("a", os.O_RDONLY | os.O_DIRECT)
    with mmap.mmap(-1, 4096) as buffer:
        count = os.preadv(fd, [buffer], 4096)
        result = count, bytes(buffer[:2])
    os.close(fd)
    return result


def threads():
    put("a", bytes(256 * 1024))
    fd = os.open("a", os.O_RDWR)

    def work(number):
        for at in range(number * 4096, 256 * 1024, 8 * 4096):
            os.pwrite(fd, bytes([number + 1]) * 4096, at)
    workers = [threading.Thread(target=work, args=(i,)) for i in range(8)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    os.close(fd)
    return all(get("a")[i * 4096:(i + 1) * 4096] == bytes([i % 8 + 1]) * 4096 for i in range(64))


def sync():
    fd = os.open("a", os.O_RDWR)
    os.write(fd, b"synced")
    os.fsync(fd), os.fdatasync(fd)
    os.close(fd)
    directory = os.open(".", os.O_RDONLY)
    os.fsync(directory)
    os.close(directory)
    return "done"


def write_read_only():
    fd = os.open("a", os.O_RDONLY)
    try:
        return os.write(fd, b"x")
    finally:
        os.close(fd)


# ---- names ----

def long_names():
    name = "n" * 255
    put(name, b"long")
    result = get(name)
    os.unlink(name)
    return result


def too_long():
    put("n" * 256)


def odd_names():
    names = [b"a b", b"a\nb", b"\xff\xfe", "ä€😀".encode(), b"-rf", b"a\\b", b"*", b" "]
    os.mkdir("odd")
    for name in names:
        put(b"odd/" + name)
    return sorted(os.listdir(b"odd")) == sorted(names)


def rename_over():
    put("a", b"new"), put("b", b"old")
    fd = os.open("b", os.O_RDONLY)
    os.rename("a", "b")
    result = get("b"), os.pread(fd, 10, 0), os.path.exists("a")
    os.close(fd)
    return result


def rename_open():
    put("a", b"before")
    fd = os.open("a", os.O_RDWR)
    os.rename("a", "renamed")
    os.pwrite(fd, b"after!", 0)
    os.close(fd)
    return get("renamed")


def rename_directory():
    os.makedirs("x/y/z")
    put("x/y/z/f", b"deep")
    fd = os.open("x/y/z", os.O_RDONLY)
    os.rename("x/y", "moved")
    put("moved/z/g", b"more")
    result = get("moved/z/f"), sorted(os.listdir(fd)), os.listdir("x")
    os.close(fd)
    return result


def rename_into_itself():
    os.makedirs("loop/in")
    os.rename("loop", "loop/in/loop")


def rename_no_replace():
    put("a", b"a"), put("b", b"b")
    return renameat2("a", "b", 1)


def rename_exchange():
    put("a", b"a"), put("b", b"b")
    renameat2("a", "b", 2)
    return get("a"), get("b")


def hard_links():
    put("a", b"linked")
    os.link("a", "l1")
    os.link("l1", "l2")
    os.unlink("a")
    with open("l1", "ab") as file:
        file.write(b"+")
    result = get("l2"), os.stat("l1").st_nlink, os.stat("l1").st_ino == os.stat("l2").st_ino
    os.unlink("l1"), os.unlink("l2")
    return result


def link_directory():
    os.mkdir("ld")
    os.link("ld", "ld2")


def symbolic_links():
    put("a", b"target")
    os.symlink("a", "s"), os.symlink("../../../../nowhere", "dangling")
    result = os.readlink("s"), get("s"), os.readlink("dangling"), os.path.exists("dangling")
    os.utime("dangling", (5, 6), follow_symlinks=False)
    return result, os.lstat("dangling").st_mtime, stat.S_ISLNK(os.lstat("s").st_mode)


def no_follow():
    return os.open("s", os.O_RDONLY | os.O_NOFOLLOW)


def exclusive():
    put("a")
    return os.open("a", os.O_CREAT | os.O_EXCL | os.O_WRONLY)


def unlink_open():
    put("a", b"still here")
    fd = os.open("a", os.O_RDWR)
    os.unlink("a")
    again = os.open("/proc/self/fd/%d" % fd, os.O_RDONLY)
    result = os.pread(again, 20, 0), os.fstat(fd).st_nlink, os.path.exists("a")
    put("a", b"another")
    os.close(again)
    return result, os.pread(fd, 20, 0), os.close(fd)


def unlink_directory():
    os.mkdir("ud")
    os.unlink("ud")


def remove_full():
    os.mkdir("full")
    put("full/f")
    os.rmdir("full")


def in_removed_directory():
    os.mkdir("gone")
    fd = os.open("gone", os.O_RDONLY)
    os.rmdir("gone")
    try:
        return os.open("f", os.O_CREAT | os.O_WRONLY, dir_fd=fd)
    finally:
        os.close(fd)


def special_files():
    os.mkfifo("fifo")
    node = socket.socket(socket.AF_UNIX)
    node.bind("socket")
    node.listen()
    client = socket.socket(socket.AF_UNIX)
    client.connect("socket")
    reader = os.open("fifo", os.O_RDONLY | os.O_NONBLOCK)
    writer = os.open("fifo", os.O_WRONLY | os.O_NONBLOCK)
    os.write(writer, b"through")
    result = os.read(reader, 10), stat.S_ISFIFO(os.stat("fifo").st_mode), stat.S_ISSOCK(os.stat("socket").st_mode)
    os.close(reader), os.close(writer), client.close(), node.close()
    return result


def many_entries():
    os.mkdir("many")
    for i in range(700):
        put("many/%d" % i)
    seen = [entry.name for entry in os.scandir("many")]
    sizes = sum(entry.stat().st_size for entry in os.scandir("many"))
    for name in seen:
        os.unlink("many/" + name)
    return len(seen), len(set(seen)), sizes, os.listdir("many")


def deep():
    depth, start = 150, os.open(".", os.O_RDONLY)
    for _ in range(depth):
        os.mkdir("deeper")
        os.chdir("deeper")
    put("bottom", b"found")
    result = get("bottom")
    os.unlink("bottom")
    for _ in range(depth):
        os.chdir("..")
        os.rmdir("deeper")
    same = os.path.samestat(os.stat("."), os.fstat(start))
    os.close(start)
    return result, same


# ---- attributes ----

def modes():
    put("a")
    seen = []
    for mode in (0o000, 0o4755, 0o2700, 0o1777, 0o640):
        os.chmod("a", mode)
        seen.append(oct(os.stat("a").st_mode))
    return seen


def mask():
    before = os.umask(0o027)
    put("masked", mode=0o666)
    os.mkdir("masked-directory", 0o777)
    os.umask(before)
    return oct(os.stat("masked").st_mode), oct(os.stat("masked-directory").st_mode)


def default_list():
    os.mkdir("with-list")
    subprocess.run(["setfacl", "-d", "-m", "u::rwx,g::rx,o::-,u:1:rw", "with-list"], check=True)
    before = os.umask(0o077)
    put("with-list/f", mode=0o666)
    os.umask(before)
    seen = subprocess.run(["getfacl", "-cn", "with-list/f"], check=True, capture_output=True).stdout
    return oct(os.stat("with-list/f").st_mode), seen


def access_list():
    put("a", mode=0o600)
    subprocess.run(["setfacl", "-m", "u:1:r", "a"], check=True)
    return subprocess.run(["getfacl", "-cn", "a"], check=True, capture_output=True).stdout, oct(os.stat("a").st_mode)


def times():
    put("a")
    os.utime("a", ns=(1_000_000_001, 2_000_000_123))
    first = os.stat("a").st_atime_ns, os.stat("a").st_mtime_ns
    os.utime("a", ns=(-5_000_000_000, 1 << 62))
    return first, os.stat("a").st_atime_ns


def time_of_write():
    put("a")
    os.utime("a", (5, 5))
    with open("a", "ab") as file:
        file.write(b"x")
    return os.stat("a").st_mtime > 5


def owners():
    put("a")
    os.chown("a", os.getuid(), os.getgid())
    os.chown("a", 12345, 12345)
    return os.stat("a").st_uid, os.stat("a").st_gid


def extended():
    put("a")
    os.setxattr("a", "user.one", b"1"), os.setxattr("a", "user.two", b"x" * 1000)
    os.setxattr("a", "user.empty", b"")
    seen = sorted(os.listxattr("a")), os.getxattr("a", "user.one"), len(os.getxattr("a", "user.two"))
    os.removexattr("a", "user.one")
    return seen, sorted(os.listxattr("a"))


def extended_missing():
    put("a")
    return os.getxattr("a", "user.none")


def extended_exclusive():
    put("a")
    os.setxattr("a", "user.one", b"1")
    os.setxattr("a", "user.one", b"2", os.XATTR_CREATE)


def extended_of_link():
    return os.listxattr("s", follow_symlinks=False)


def volume():
    vfs = os.statvfs(".")
    return vfs.f_bsize > 0, vfs.f_blocks > 0, vfs.f_namemax


def access():
    put("a", mode=0o400)
    return [os.access("a", mode) for mode in (os.F_OK, os.R_OK, os.W_OK, os.X_OK)]


def set_user_bit():
    put("a", b"x")
    os.chmod("a", 0o4755)
    with open("a", "ab") as file:
        file.write(b"y")
    return os.getuid() == 0 or oct(os.stat("a").st_mode)


# ---- locks ----

def lock_flock():
    put("a")
    with open("a", "rb+") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        return in_child(lambda: fcntl.flock(open("a", "rb"), fcntl.LOCK_SH | fcntl.LOCK_NB) or 0) == errno.EWOULDBLOCK


def lock_posix():
    put("a", b"x" * 100)
    with open("a", "rb+") as file:
        fcntl.lockf(file, fcntl.LOCK_EX, 10, 5)

        def other(start):
            with open("a", "rb+") as second:
                fcntl.lockf(second, fcntl.LOCK_EX | fcntl.LOCK_NB, 10, start)
            return 0
        return in_child(lambda: other(10)) in (errno.EAGAIN, errno.EACCES), in_child(lambda: other(50))


def lock_ofd():
    put("a", b"x" * 100)
    lock = struct.pack("hhqqi4x", fcntl.F_WRLCK, os.SEEK_SET, 0, 10, 0)
    with open("a", "rb+") as first, open("a", "rb+") as second:
        fcntl.fcntl(first, 37, lock)
        try:
            fcntl.fcntl(second, 37, lock)
            return "both"
        except OSError as error:
            return errno.errorcode[error.errno]


def main():
    os.chdir(sys.argv[1])
    os.umask(0o022)
    observe("write, read", write_and_read)
    observe("append", append)
    observe("append by two", append_two)
    observe("truncate by name", truncate_by_name)
    observe("truncate an unlinked file", truncate_open)
    observe("truncate at opening", truncate_at_open)
    observe("sparse, beyond 8 GiB", sparse)
    observe("offset 2^62", huge_offset)
    observe("SEEK_DATA at the end", seek_beyond)
    observe("allocate", lambda: allocate(0))
    observe("allocate, keep the size", lambda: allocate(1))
    observe("punch a hole", lambda: allocate(3))
    observe("zero a range", lambda: allocate(0x10))
    observe("copy_file_range", copy_range)
    observe("mapping that writes", map_shared)
    observe("mapping of two processes", map_in_two_processes)
    observe("private mapping", map_private)
    observe("run a program", run_program)
    observe("run what isn't executable", run_what_may_not)
    observe("O_DIRECT", direct)
    observe("eight threads", threads)
    observe("sync", sync)
    observe("write through O_RDONLY", write_read_only)
    observe("255 bytes of name", long_names)
    observe("256 bytes of name", too_long)
    observe("odd names", odd_names)
    observe("rename over an open file", rename_over)
    observe("rename an open file", rename_open)
    observe("rename a directory", rename_directory)
    observe("rename into itself", rename_into_itself)
    observe("RENAME_NOREPLACE", rename_no_replace)
    observe("RENAME_EXCHANGE", rename_exchange)
    observe("hard links", hard_links)
    observe("link a directory", link_directory)
    observe("symbolic links", symbolic_links)
    observe("O_NOFOLLOW", no_follow)
    observe("O_EXCL", exclusive)
    observe("unlinked, open", unlink_open)
    observe("unlink a directory", unlink_directory)
    observe("rmdir of a full one", remove_full)
    observe("create in a removed one", in_removed_directory)
    observe("FIFO and socket", special_files)
    observe("700 entries", many_entries)
    observe("150 directories deep", deep)
    observe("no such file", lambda: get("nowhere"))
    observe("a file as directory", lambda: get("a/b"))
    observe("a directory as file", lambda: get("many"))
    observe("modes", modes)
    observe("umask", mask)
    observe("umask and a default list", default_list)
    observe("access list", access_list)
    observe("times", times)
    observe("mtime of a write", time_of_write)
    observe("chown", owners)
    observe("extended attributes", extended)
    observe("one that isn't there", extended_missing)
    observe("XATTR_CREATE", extended_exclusive)
    observe("of a symbolic link", extended_of_link)
    observe("statvfs", volume)
    observe("access", access)
    observe("set-user bit after a write", set_user_bit)
    observe("flock", lock_flock)
    observe("POSIX locks", lock_posix)
    observe("OFD locks", lock_ofd)


if __name__ == "__main__":
    main()
