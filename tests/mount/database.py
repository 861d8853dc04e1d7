#!/usr/bin/env python3
"""SQLite databases on a view: several processes write one, and each transaction that was committed is there, and right,
also after the daemon was killed meanwhile.

Usage: database.py DIRECTORY MODE PROCESSES TRANSACTIONS
       database.py --kill EFSMOUNT KEY TREE MOUNTPOINT MODE KILLS

MODE: delete, truncate, persist or wal, as SQLite's journal_mode; with +mmap it reads by a mapping. The first form works
in DIRECTORY, which is in a view that is mounted; the second mounts TREE/secret/kills-MODE itself, kills, and mounts it
again. SPDX-License-Identifier: LGPL-2.1-or-later
"""
import hashlib
import os
import random
import select
import signal
import sqlite3
import subprocess
import sys
import time

WAIT = 60  # seconds for a lock that others hold


def connect(path, mode):
    """a database as a careful program opens it: what is committed is on the disk"""
    journal, _, mapped = mode.partition("+")
    base = sqlite3.connect(path, timeout=WAIT, isolation_level=None)
    base.execute("pragma busy_timeout = %d" % (WAIT * 1000))
    end = time.monotonic() + WAIT
    while True:
        # changing to WAL needs the database alone, and doesn't wait for that
        try:
            is_now = base.execute("pragma journal_mode = " + journal).fetchone()[0]
            break
        except sqlite3.OperationalError:
            if time.monotonic() > end:
                raise
            time.sleep(0.05)
    if is_now != journal:
        raise SystemExit("journal_mode is %s" % is_now)
    base.execute("pragma synchronous = full")
    if mapped and base.execute("pragma mmap_size = 268435456").fetchone()[0] != 268435456:
        raise SystemExit("no mapping")
    return base


def make(path, mode):
    base = connect(path, mode)
    base.execute("create table if not exists rows (process int, number int, data blob, digest blob,"
                 " primary key (process, number))")
    base.close()


def payload(numbers):
    data = numbers.randbytes(numbers.choice((1, 100, 3000, 30000)))
    return data, hashlib.sha256(data).digest()


def write(path, mode, process, first, count, pipe):
    """transactions, each told of when it is committed: row N comes, row N - 3 is replaced, row N - 7 goes"""
    numbers = random.Random()
    base = connect(path, mode)
    for number in range(first, first + count):
        base.execute("begin immediate")
        base.execute("insert into rows values (?, ?, ?, ?)", (process, number, *payload(numbers)))
        base.execute("update rows set data = ?, digest = ? where process = ? and number = ?",
                     (*payload(numbers), process, number - 3))
        base.execute("delete from rows where process = ? and number = ?", (process, number - 7))
        base.execute("commit")
        os.write(pipe, b"%d %d\n" % (process, number))
    base.close()


def start_writers(path, mode, processes, first, count):
    """the children, and where they tell of what they have committed"""
    read_end, write_end = os.pipe()
    children = []
    for process in range(processes):
        child = os.fork()
        if not child:
            os.close(read_end)
            try:
                write(path, mode, process, first[process], count, write_end)
            except BaseException as error:  # in a child nothing is handed on
                os.write(2, ("a writer: %r\n" % error).encode())
                os._exit(1)
            os._exit(0)
        children.append(child)
    os.close(write_end)
    return children, read_end


def check(path, mode, last):
    """last: of each process, the number that was told of last; one more may have been committed. Returns the next."""
    base = connect(path, mode)
    sound = base.execute("pragma integrity_check").fetchall()
    if sound != [("ok",)]:
        raise SystemExit("integrity_check: %s" % sound)
    following = []
    for process, told in enumerate(last):
        rows = base.execute("select number, data, digest from rows where process = ? order by number", (process,))
        rows = rows.fetchall()
        newest = rows[-1][0] if rows else -1
        if newest not in (told, told + 1):
            raise SystemExit("process %d: row %d is the newest, %d was committed" % (process, newest, told))
        if [row[0] for row in rows] != list(range(max(0, newest - 6), newest + 1)):
            raise SystemExit("process %d: rows %s, up to %d" % (process, [row[0] for row in rows], newest))
        if any(hashlib.sha256(data).digest() != digest for _, data, digest in rows):
            raise SystemExit("process %d: the data isn't what was written" % process)
        following.append(newest + 1)
    base.close()
    return following


def told_of(pipe, last):
    with os.fdopen(pipe) as file:
        for line in file.read().split("\n"):
            if line.count(" ") == 1:
                process, number = map(int, line.split())
                last[process] = max(last[process], number)
    return last


def work(directory, mode, processes, count):
    path = os.path.join(directory, "base-" + mode)
    make(path, mode)
    children, pipe = start_writers(path, mode, processes, [0] * processes, count)
    last = told_of(pipe, [-1] * processes)
    if any(os.waitpid(child, 0)[1] for child in children) or last != [count - 1] * processes:
        raise SystemExit("a process stopped: %s" % last)
    check(path, mode, last)
    print("%s: %d transactions of %d processes" % (mode, count * processes, processes))


def mount(efsmount, key, tree, mountpoint):
    daemon = subprocess.Popen([efsmount, "-q", "-f", "--key", key, tree, mountpoint], stdin=subprocess.DEVNULL)
    end = time.monotonic() + WAIT
    while time.monotonic() < end and daemon.poll() is None:
        if os.path.ismount(mountpoint):
            return daemon
        time.sleep(0.02)
    daemon.kill()
    raise SystemExit("the view isn't there; its daemon's status: %s" % daemon.wait())


def kill(efsmount, key, tree, mountpoint, mode, kills):
    directory, processes, committed = mountpoint + "/secret/kills-" + mode, 3, 0
    path = directory + "/base"
    daemon = mount(efsmount, key, tree, mountpoint)
    try:
        os.mkdir(directory)
        make(path, mode)
        first = [0] * processes
        for _ in range(kills):
            children, pipe = start_writers(path, mode, processes, first, 1 << 30)
            if not select.select([pipe], [], [], WAIT)[0]:
                raise SystemExit("nothing was committed in %d seconds" % WAIT)
            time.sleep(random.uniform(0, 0.4))
            if any(os.waitpid(child, os.WNOHANG) != (0, 0) for child in children):
                raise SystemExit("a writer stopped before the kill")
            daemon.send_signal(signal.SIGKILL)
            daemon.wait()
            last = told_of(pipe, [number - 1 for number in first])
            for child in children:
                os.waitpid(child, 0)
            subprocess.run(["fusermount3", "-u", "-z", mountpoint], check=True)
            if last == [number - 1 for number in first]:
                raise SystemExit("nothing was committed before the kill")
            committed += sum(last) - sum(first) + processes
            daemon = mount(efsmount, key, tree, mountpoint)
            first = check(path, mode, last)
    finally:
        subprocess.run(["fusermount3", "-u", "-z", mountpoint], check=False)
        daemon.wait()
    print("%s: %d kills, %d transactions before them" % (mode, kills, committed))


if __name__ == "__main__":
    if sys.argv[1] == "--kill":
        kill(*sys.argv[2:7], int(sys.argv[7]))
    else:
        work(sys.argv[1], sys.argv[2], int(sys.argv[3]), int(sys.argv[4]))
