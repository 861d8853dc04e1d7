#!/usr/bin/python3
"""Presses ^C when a file has come, and says what the folders above it are like at that moment.

  interrupt.py FILE COMMAND...   prints the mode of FILE's folder and of the one above; ends with COMMAND's status

SPDX-License-Identifier: LGPL-2.1-or-later
"""
import os
import pty
import select
import sys
import time

path, *command = sys.argv[1:]
pid, terminal = pty.fork()
if not pid:
    os.execvp(command[0], command)
pressed, end = False, time.monotonic() + 110
while time.monotonic() < end:
    if select.select([terminal], [], [], 0.02)[0]:
        try:
            if not os.read(terminal, 65536):
                break
        except OSError:  # the last who had it open is gone
            break
    if not pressed and os.path.lexists(path):
        folder = os.path.dirname(path)
        print("%o %o" % (os.stat(folder).st_mode & 0o7777,
                         os.stat(os.path.dirname(folder)).st_mode & 0o7777), flush=True)
        os.write(terminal, b"\3")
        pressed = True
assert pressed, "it never came"
sys.exit(os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]))
