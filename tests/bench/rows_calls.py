"""Calls of programs that know nothing of wine-efs, with and without it.

SPDX-License-Identifier: LGPL-2.1-or-later
"""
import contextlib
import os
import shutil
import subprocess

from common import FILES, PLAIN_SIZE, PREFIX, REPETITIONS, WORK, make_files, windows
from processes import Bench, find_server, wine_environment

# name, command of win_queries.c, target
CALLS = (
    ('GetFileAttributes', 'attributes', 1.02),
    ('GetFileAttributesEx', 'attributes-ex', 1.02),
    ('FindFirstFile, FindNextFile', 'list', 1.03),
    ('GetFileInformationByHandle', 'information', None),
    ('CreateFile, ReadFile 4 KiB, Close', 'open-read-close', 1.05),
    ('CreateFile, CloseHandle', 'open-close', 1.15),
)


def compare_calls(table, with_, without, directory, other, aims=True):
    """directory, other: how each side names the directory of the files"""
    for name, command, target in CALLS:
        table.compare(
            name,
            {'with the drop-in': lambda c=command: with_.measure(c, directory, FILES)},
            {'without': lambda c=command: without.measure(c, other, FILES)},
            'us',
            FILES,
            {'without': target} if target and aims else None,
            repetitions=4 * REPETITIONS,
        )


def queries(at):
    """(f) what the hooks cost for plain files"""
    at.table.head('queries', f'{at.table.place}: queries of {FILES} plain files, per call')
    directory = at.path('plain')
    make_files(directory, FILES, PLAIN_SIZE)
    compare_calls(at.table, at.with_, at.without, windows(directory), windows(directory))
    shutil.rmtree(directory)


def bare(at):
    """The same by a program that doesn't load advapi32.dll, with wine-efs in every process, and in stock Wine"""
    at.table.head('bare', f'{at.table.place}: the same, of a program without advapi32.dll')
    directory = at.path('plain')
    make_files(directory, FILES, PLAIN_SIZE)
    program = windows(os.path.join(WORK, 'bench-bare.exe'))
    with contextlib.ExitStack() as stack:
        with_, without = (
            stack.enter_context(
                contextlib.closing(Bench(prefix, program, find_server(prefix), prefix.endswith('every')))
            )
            for prefix in (os.path.join(WORK, name) for name in ('every', 'stock'))
        )
        for bench in (with_, without):
            bench.call('lacks', 'advapi32.dll')
        compare_calls(at.table, with_, without, windows(directory), windows(directory))
    shutil.rmtree(directory)


@contextlib.contextmanager
def shadow_copy(drive):
    """A shadow copy of a drive of the prefix: its path"""
    process = subprocess.Popen(
        [os.environ.get('WINE', 'wine'), os.path.join(WORK, 'vss.exe'), 'hold', drive],
        env=wine_environment(PREFIX, True),
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    device = process.stdout.readline().strip()
    if not device.startswith('device='):
        raise SystemExit(f'bench: no shadow copy: {device}')
    yield device[len('device='):]
    process.stdin.close()
    process.stdout.read()
    process.wait()


def vss(at):
    """The same calls by paths of a shadow copy, against the drive's own paths without the drop-in"""
    at.table.head('vss', f'{at.table.place}: the same, by the paths of a shadow copy of drive C')
    directory = os.path.join(PREFIX, 'drive_c', 'bench')
    make_files(directory, FILES, PLAIN_SIZE)
    with shadow_copy('C:') as device:
        compare_calls(at.table, at.with_, at.without, device + '\\bench', 'C:\\bench', aims=False)
    shutil.rmtree(directory)
