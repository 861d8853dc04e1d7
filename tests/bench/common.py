"""What the rows of tests/bench/run share: the settings, the place that they measure on, and its files.

SPDX-License-Identifier: LGPL-2.1-or-later
"""
import contextlib
import os
import shutil
import subprocess
import sys

from table import Table

SIZE = int(os.environ['BENCH_SIZE'])
FILES = int(os.environ.get('BENCH_FILES', 10000))
MANY = int(os.environ.get('BENCH_MANY', 100000))
REPETITIONS = int(os.environ.get('BENCH_REPETITIONS', 5))
TOP, BUILD, PREFIX = (os.environ['BENCH_' + name] for name in ('TOP', 'BUILD', 'PREFIX'))
WORK = sys.argv[1]
EFSRAW = os.path.join(BUILD, 'stage/bin/efsraw')
PEAK = os.path.join(WORK, 'peak')
SMALL = 4096
PLAIN_SIZE = 4097  # not a size that an encrypted file can have
SEGMENT = 65536


def windows(path):
    return 'Z:' + path.replace('/', '\\')


def make_stream(name, size):
    path = os.path.join(WORK, name)
    if not os.path.exists(path):
        subprocess.run(
            [
                os.path.join(TOP, 'tests/gen/efsgen.py'),
                'stream',
                '--out',
                path,
                '--size',
                str(size),
                '--random-ciphertext',
            ],
            check=True,
        )
    return path


def make_files(directory, count, size):
    os.makedirs(directory, exist_ok=True)
    content = bytes(size)
    for i in range(count):
        with open(f'{directory}/{i:06}', 'wb') as f:
            f.write(content)


def remove(path):
    with contextlib.suppress(FileNotFoundError):
        os.unlink(path)
    os.sync()  # what the last one wrote is not to be waited for by the next


def empty(directory):
    shutil.rmtree(directory, ignore_errors=True)
    os.mkdir(directory)
    os.sync()


class Place:
    """A file system that rows are measured on. with_, without: processes with and without the drop-in."""

    def __init__(self, name, with_, without, repeat):
        self.dir = os.path.join(WORK, name)
        self.table = Table(REPETITIONS, name, repeat)
        self.with_, self.without = with_, without

    def path(self, name):
        return os.path.join(self.dir, name)
