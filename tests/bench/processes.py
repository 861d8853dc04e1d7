"""Runs what is measured: Windows programs that take turns under Wine, and native commands.

SPDX-License-Identifier: LGPL-2.1-or-later
"""
import collections
import glob
import os
import subprocess
import tempfile
import time

# One measurement: seconds, seconds of CPU, and KiB by which the process's memory rose at its highest (None: not known).
Figure = collections.namedtuple('Figure', 'wall cpu memory')


def cpu_of(pid):
    """Seconds that the threads of a process have run, exact to the nanosecond; ended threads are missing."""
    total = 0
    for path in glob.glob(f'/proc/{pid}/task/*/schedstat'):
        try:
            with open(path, encoding='ascii') as f:
                total += int(f.read().split()[0])
        except OSError:
            pass
    return total / 1e9


def memory_of(pid, field):
    with open(f'/proc/{pid}/status', encoding='ascii') as f:
        return next((int(line.split()[1]) for line in f if line.startswith(field + ':')), 0)


def reset_peak(pid):
    with open(f'/proc/{pid}/clear_refs', 'w', encoding='ascii') as f:
        f.write('5')


def wine_environment(prefix, dropin):
    # the drop-in is in the prefix; this keeps a program from it
    return dict(os.environ, WINEPREFIX=prefix, **({} if dropin else {'WINEDLLOVERRIDES': 'advapi32=b'}))


class Bench:
    """A process of win_main.c. Its calls of Wine's server cost CPU there, which is counted too."""

    def __init__(self, prefix, program, server, dropin):
        self.server = server
        self.process = subprocess.Popen(
            [os.environ.get('WINE', 'wine'), program],
            env=wine_environment(prefix, dropin),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        self.call('has' if dropin else 'lacks', 'wineefs.dll')

    def call(self, *args):
        """Seconds of one command."""
        self.process.stdin.write('\t'.join(str(arg) for arg in args) + '\n')
        self.process.stdin.flush()
        answer = self.process.stdout.readline()
        if not answer:
            raise SystemExit(f'bench: {args} failed')
        return float(answer) / 1e6

    def measure(self, *args):
        pid = self.process.pid
        cpu = cpu_of(pid) + cpu_of(self.server)
        before = memory_of(pid, 'VmRSS')
        reset_peak(pid)
        wall = self.call(*args)
        return Figure(wall, cpu_of(pid) + cpu_of(self.server) - cpu, max(0, memory_of(pid, 'VmHWM') - before))

    def close(self):
        self.process.stdin.close()
        self.process.wait()


def measure_command(*command, env=None, peak=None):
    """A native command from start to exit; its output is thrown away.

    peak: a build of tests/lib/peak.c, which tells the memory.
    """
    with tempfile.NamedTemporaryFile() as memory:
        if peak:
            command = (peak, memory.name) + command
        start = time.perf_counter()
        process = subprocess.Popen(command, env=env, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL)
        _, status, usage = os.wait4(process.pid, 0)
        wall = time.perf_counter() - start
        process.returncode = os.waitstatus_to_exitcode(status)
        if process.returncode:
            raise SystemExit(f'bench: {command}: status {process.returncode}')
        # our own memory counts as the command's until it is loaded: so not from `usage`
        return Figure(wall, usage.ru_utime + usage.ru_stime, int(memory.read()) if peak else None)


def find_server(prefix):
    """The process of the prefix's server: the one that listens in its directory."""
    st = os.stat(prefix)
    directory = f'server-{st.st_dev:x}-{st.st_ino:x}'
    for path in glob.glob('/proc/[0-9]*/cwd'):
        try:
            if os.readlink(path).endswith(directory):
                return int(path.split('/')[2])
        except OSError:
            pass
    raise SystemExit('bench: no wineserver')
