#!/usr/bin/python3
"""efsraw on a terminal of its own.

  terminal.py ask EFSRAW STREAM PFX PASSWORD PLAIN   the password is asked for, isn't echoed, and opens the key
  terminal.py interrupt EFSRAW STREAM PFX            ^C at the question ends it by the signal, and echo is on again
  terminal.py answer ANSWER... -- COMMAND...         each question gets the next answer; then the command succeeds
  terminal.py shows PATTERN COMMAND...               it succeeds, and the terminal has shown that; "": nothing
  terminal.py refuse EFSRAW FILE                     export to a terminal is refused

SPDX-License-Identifier: LGPL-2.1-or-later
"""
import os
import pty
import re
import select
import signal
import sys
import termios
import time

what, *args = sys.argv[1:]


def start(*command):
    """The master side, a slave that stays open, and the process, whose terminal it is."""
    master, slave = pty.openpty()
    pid = os.fork()
    if not pid:
        os.setsid()
        os.close(os.open(os.ttyname(slave), os.O_RDWR))  # becomes the controlling terminal
        for fd in range(3):
            os.dup2(slave, fd)
        os.execv(command[0], command)
    return master, slave, pid


def read_until(master, text, seconds=20):
    seen, end = b"", time.monotonic() + seconds
    while text not in seen and time.monotonic() < end:
        if select.select([master], [], [], 0.2)[0]:
            seen += os.read(master, 65536)
    assert text in seen, seen
    return seen


def echoes(slave):
    return bool(termios.tcgetattr(slave)[3] & termios.ECHO)


def wait_silent(slave):
    end = time.monotonic() + 20
    while echoes(slave) and time.monotonic() < end:
        time.sleep(0.01)
    assert not echoes(slave)


if what == "ask":
    efsraw, stream, key, password, plain = args
    master, slave, pid = start(efsraw, "decrypt", stream, "asked.out", "--key", key)
    read_until(master, b"Password for ")
    wait_silent(slave)
    os.write(master, password.encode() + b"\n")
    status = os.waitpid(pid, 0)[1]
    assert status == 0, status
    assert echoes(slave)
    os.set_blocking(master, False)
    try:
        rest = os.read(master, 65536)
    except BlockingIOError:
        rest = b""
    assert password.encode() not in rest, rest
    with open(plain, "rb") as a, open("asked.out", "rb") as b:
        assert a.read() == b.read()
elif what == "interrupt":
    efsraw, stream, key = args
    master, slave, pid = start(efsraw, "decrypt", stream, "asked.no", "--key", key)
    read_until(master, b"Password for ")
    wait_silent(slave)
    os.write(master, b"\x03")
    status = os.waitpid(pid, 0)[1]
    assert os.WIFSIGNALED(status) and os.WTERMSIG(status) == signal.SIGINT, status
    assert echoes(slave) and not os.path.exists("asked.no")
elif what == "answer":
    answers, command = args[:args.index("--")], args[args.index("--") + 1:]
    master, slave, pid = start(*command)
    for answer in answers:
        read_until(master, b"Password for ")
        wait_silent(slave)
        os.write(master, answer.encode() + b"\n")
        end = time.monotonic() + 20
        while not echoes(slave) and time.monotonic() < end:
            time.sleep(0.001)
    status = os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])
    assert status == 0, (status, os.read(master, 65536))
elif what == "shows":
    pattern, *command = args
    master, slave, pid = start(*command)
    seen = b""
    while not (ended := os.waitpid(pid, os.WNOHANG))[0] or select.select([master], [], [], 0)[0]:
        if select.select([master], [], [], 0.1)[0]:
            seen += os.read(master, 65536)
        if ended[0]:
            break
    while select.select([master], [], [], 0)[0]:
        seen += os.read(master, 65536)
    assert os.waitstatus_to_exitcode(ended[1]) == 0, (ended, seen)
    assert re.search(pattern.encode(), seen) if pattern else not seen, seen
else:
    efsraw, file = args
    master, slave, pid = start(efsraw, "export", file, "-")
    assert os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]) == 1
    seen = read_until(master, b"\n")
    assert b"isn't written to a terminal" in seen and b"R\0O\0B\0S" not in seen, seen
