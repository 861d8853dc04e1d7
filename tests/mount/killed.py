#!/usr/bin/env python3
"""Kills the daemon of a view while a program writes an encrypted file in it, again and again: nothing that write(2) or
truncate(2) returned for is lost, and what was going on has been done in part at most.

Usage: killed.py EFSMOUNT EFSRAW KEY TREE MOUNTPOINT append|truncate|overwrite KILLS

Each byte of the file is a function of its offset (and, where it is overwritten, of a round), so that the content says
what it is. SPDX-License-Identifier: LGPL-2.1-or-later
"""
import os
import random
import signal
import subprocess
import sys
import time

EFSMOUNT, EFSRAW, KEY, TREE, MOUNTPOINT, MODE = sys.argv[1:7]
UNIT = 512
SIZE = 64 * UNIT
PATTERN = random.Random(1).randbytes(8 << 20)
ROUNDS = [random.Random(2 + i).randbytes(SIZE) for i in range(2)]


def start():
    daemon = subprocess.Popen([EFSMOUNT, "-q", "-f", "--key", KEY, TREE, MOUNTPOINT], stdin=subprocess.DEVNULL)
    for _ in range(400):
        if os.path.ismount(MOUNTPOINT):
            return daemon
        time.sleep(0.02)
    sys.exit("the view isn't there")


def write(pipe):
    """in a process of its own: says before each operation what it is going to do, and after it that it is done"""
    numbers = random.Random()
    fd = os.open(MOUNTPOINT + "/file", os.O_RDWR)
    size, turn = os.fstat(fd).st_size, 0
    while True:
        turn += 1
        if MODE == "overwrite":
            at, length = numbers.randrange(SIZE - 5000), numbers.randrange(1, 5000)
            os.write(pipe, b"w %d %d %d\n" % (at, length, turn % 2))
            done = os.pwrite(fd, ROUNDS[turn % 2][at:at + length], at)
        elif MODE == "truncate" and turn % 3 == 0 or size > len(PATTERN) - 70000:
            new = numbers.randrange(size + 1) if MODE == "truncate" else 0
            os.write(pipe, b"t %d %d\n" % (size, new))
            os.ftruncate(fd, new)
            size, length, done = new, 0, 0
        else:
            length = numbers.choice((1, 100, 513, 5000, 70000))
            os.write(pipe, b"a %d %d\n" % (size, size + length))
            done = os.pwrite(fd, PATTERN[size:size + length], size)
            size += done
        # the kernel asks for a part at a time: when the daemon is killed it tells of those that were answered
        if done < length:
            os.write(pipe, b"short %d\n" % done)
            return
        os.write(pipe, b"done\n")


def decrypt():
    subprocess.run([EFSRAW, "decrypt", "--force", TREE + "/file", TREE + "/../killed-out", "--key", KEY], check=True)
    with open(TREE + "/../killed-out", "rb") as file:
        return file.read()


def model_of(lines, model):
    """what the file has to hold by what was done, and what had been begun"""
    pending = None
    for line in lines:
        if line == "done":
            model, pending = apply(model, pending), None
        elif line.startswith("short"):
            # more of it may have been done
            model = apply(model, cut(pending, int(line.split()[1])))
        else:
            pending = line.split()
    return model, pending


def cut(operation, length):
    """the same for fewer bytes"""
    start = int(operation[1])
    return operation[:2] + [str(start + length if operation[0] == "a" else length)] + operation[3:]


def apply(model, operation):
    if operation[0] == "w":
        at, length, turn = map(int, operation[1:])
        return model[:at] + ROUNDS[turn][at:at + length] + model[at + length:]
    return PATTERN[:int(operation[2])]


def is_right(content, model, pending):
    if content == model or (pending and content == apply(model, pending)):
        return True
    if not pending or pending[0] == "t":
        return False
    new = apply(model, pending)
    if pending[0] == "a":
        return len(model) <= len(content) <= len(new) and new.startswith(content)
    return len(content) == len(model) and all(content[i:i + UNIT] in (model[i:i + UNIT], new[i:i + UNIT])
                                              for i in range(0, len(content), UNIT))


def kill_once(model):
    daemon = start()
    read_end, write_end = os.pipe()
    child = os.fork()
    if not child:
        os.close(read_end)
        try:
            write(write_end)
        except OSError:
            pass
        os._exit(0)
    os.close(write_end)
    time.sleep(random.uniform(0.02, 0.25))
    daemon.send_signal(signal.SIGKILL)
    daemon.wait()
    with os.fdopen(read_end) as pipe:
        lines = pipe.read().split("\n")[:-1]
    os.waitpid(child, 0)
    subprocess.run(["fusermount3", "-u", "-z", MOUNTPOINT], check=True)
    model, pending = model_of(lines, model)
    said = {name: os.getxattr(TREE + "/file", name).hex() for name in os.listxattr(TREE + "/file") if "efs.s" in name}
    below = os.stat(TREE + "/file").st_size
    content = decrypt()
    if not is_right(content, model, pending):
        sys.exit("after %d operations, in %s: %d bytes, not %d; below %d bytes, %s; the last: %s"
                 % (lines.count("done"), pending, len(content), len(model), below, said, lines[-10:]))
    # the next view repairs it; closed it says the same
    daemon = start()
    open_now = [name for name in os.listxattr(TREE + "/file") if name == "user.efs.size"]
    size = os.stat(TREE + "/file").st_size
    if open_now or size % UNIT != 2 and size:
        sys.exit("it isn't closed: %s, %d bytes" % (open_now, size))
    subprocess.run(["fusermount3", "-u", MOUNTPOINT], check=True)
    daemon.wait()
    if decrypt() != content:
        sys.exit("closed, it is another one")
    return content, lines.count("done")


def main():
    kills, operations = int(sys.argv[7]), 0
    with open(TREE + "/../killed-plain", "wb") as file:
        file.write(ROUNDS[0] if MODE == "overwrite" else b"")
    subprocess.run([EFSRAW, "encrypt", "--force", TREE + "/../killed-plain", TREE + "/file", "--for", KEY], check=True)
    content = ROUNDS[0] if MODE == "overwrite" else b""
    for _ in range(kills):
        content, done = kill_once(content)
        operations += done
    print("%d kills, %d operations before them" % (kills, operations))


if __name__ == "__main__":
    main()
