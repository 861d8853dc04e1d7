#!/usr/bin/python3
"""Answers what a Windows program asks on its console.

  answer.py TEXT ANSWER [TEXT ANSWER]... -- COMMAND...   types each ANSWER when TEXT has come; ^C is "^C"
      prints whatever the terminal has shown, and ends with COMMAND's status

SPDX-License-Identifier: LGPL-2.1-or-later
"""
import os
import pty
import select
import sys
import time

end = sys.argv.index("--")
answers, command = sys.argv[1:end], sys.argv[end + 1:]
pid, terminal = pty.fork()
if not pid:
    os.execvp(command[0], command)
seen, shown, limit = b"", b"", time.monotonic() + 110
while time.monotonic() < limit:
    if select.select([terminal], [], [], 0.1)[0]:
        try:
            got = os.read(terminal, 65536)
        except OSError:  # the last who had it open is gone
            break
        if not got:
            break
        seen, shown = seen + got, shown + got
    elif answers and answers[0].encode() in seen:
        # what came after the question is over: the program waits
        seen = b""
        os.write(terminal, b"\3" if answers[1] == "^C" else answers[1].encode() + b"\r")
        del answers[:2]
sys.stdout.buffer.write(shown)
sys.exit(os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]) if not answers else 99)
