"""Saving and restoring encrypted files, large and small, against plain files by plain calls.

SPDX-License-Identifier: LGPL-2.1-or-later
"""
import contextlib
import os
import shutil
import subprocess

from common import (EFSRAW, FILES, MANY, PEAK, SEGMENT, SIZE, SMALL, empty, make_files, make_stream, remove,
                    windows)
from processes import measure_command

EXPORT_CHUNK, IMPORT_CHUNK = 16384, 262144  # what the callbacks get
SAMPLE = 200  # files restored in a directory that is large already


def large(at):
    """(a), (b) one large file under Wine"""
    at.table.head('large', f'{at.table.place}: one file of {SIZE} bytes under Wine')
    plain, encrypted, target = (at.path(name) for name in ('plain', 'encrypted', 'target'))
    at.with_.call('stream', windows(make_stream('segment', SEGMENT)))
    at.without.call('stream', windows(make_stream('segment', SEGMENT)))
    at.with_.call('import', windows(encrypted), SIZE)
    shutil.copyfile(encrypted, plain)

    def fresh(run):
        remove(target)
        return run()

    at.table.compare(
        'export',
        {'ReadEncryptedFileRaw': lambda: at.with_.measure('export', windows(encrypted))},
        {
            f'ReadFile, {EXPORT_CHUNK} bytes': lambda: at.without.measure('read', windows(plain), EXPORT_CHUNK),
            'cat >/dev/null': lambda: measure_command('cat', plain, peak=PEAK),
        },
        'GB/s',
        SIZE,
        {f'ReadFile, {EXPORT_CHUNK} bytes': 1, 'cat >/dev/null': 1 / 0.9},
    )
    at.table.compare(
        'import',
        {'WriteEncryptedFileRaw': lambda: fresh(lambda: at.with_.measure('import', windows(target), SIZE))},
        {
            f'WriteFile, {IMPORT_CHUNK} bytes': lambda: fresh(
                lambda: at.without.measure('write', windows(target), SIZE, IMPORT_CHUNK)
            ),
            # the callback has to put the data into a buffer, which WriteFile alone doesn't ask for
            'memcpy, WriteFile': lambda: fresh(
                lambda: at.without.measure('copy-and-write', windows(target), SIZE, IMPORT_CHUNK)
            ),
            'cp': lambda: fresh(lambda: measure_command('cp', plain, target, peak=PEAK)),
        },
        'GB/s',
        SIZE,
        {f'WriteFile, {IMPORT_CHUNK} bytes': 1, 'cp': 1 / 0.9},
    )
    for path in (plain, encrypted, target):
        remove(path)


def native(at):
    """(c) efsraw against cp"""
    at.table.head('native', f'{at.table.place}: one file of {SIZE} bytes, natively, from start to exit')
    stream, encrypted, target = (at.path(name) for name in ('stream', 'encrypted', 'target'))
    at.with_.call('stream', windows(make_stream('segment', SEGMENT)))
    at.with_.call('import', windows(encrypted), SIZE)
    subprocess.run([EFSRAW, 'export', encrypted, stream], check=True)

    def fresh(*command):
        remove(target)
        return measure_command(*command, peak=PEAK)

    for name, source in (('export', encrypted), ('import', stream)):
        at.table.compare(
            f'efsraw {name}',
            {f'efsraw {name}': lambda n=name, s=source: fresh(EFSRAW, n, s, target)},
            {'cp': lambda s=source: fresh('cp', s, target)},
            'GB/s',
            SIZE,
            {'cp': 1 / 0.95},
        )
    for path in (stream, encrypted, target):
        remove(path)


def small(at):
    """(d) many small files"""
    at.table.head('small', f'{at.table.place}: {FILES} files of {SMALL} bytes in one directory, per file')
    ours, others = (at.path(name) for name in ('encrypted', 'plain'))
    at.with_.call('stream', windows(make_stream('small', SMALL)))

    def fresh(directory, bench, *command):
        empty(directory)
        return bench.measure(*command)

    at.table.compare(
        'restore',
        {'Open, Write, Close': lambda: fresh(ours, at.with_, 'restore', windows(ours), 0, FILES)},
        {
            'CreateFile, WriteFile, Close': lambda: fresh(
                others, at.without, 'create', windows(others), 0, FILES, SMALL
            )
        },
        'us',
        FILES,
        {'CreateFile, WriteFile, Close': 1},
    )
    at.table.compare(
        'save',
        {'Open, Read, Close': lambda: at.with_.measure('save', windows(ours), 0, FILES)},
        {'CreateFile, ReadFile, Close': lambda: at.without.measure('load', windows(others), 0, FILES)},
        'us',
        FILES,
        {'CreateFile, ReadFile, Close': 1.2},
    )
    for directory in (ours, others):
        shutil.rmtree(directory)


def many(at):
    """(e) the same in a directory that is large already"""
    at.table.head('many', f'{at.table.place}: {SAMPLE} files of {SMALL} bytes more in a directory, per file')
    directory = at.path('many')
    at.with_.call('stream', windows(make_stream('small', SMALL)))
    for entries in (MANY // 100, MANY):
        shutil.rmtree(directory, ignore_errors=True)
        make_files(directory, entries, SMALL)

        def fresh(bench, *command):
            for i in range(SAMPLE):
                with contextlib.suppress(FileNotFoundError):
                    os.unlink(f'{directory}/{MANY + i:06}')
            return bench.measure(*command)

        at.table.compare(
            f'restore beside {entries}',
            {'Open, Write, Close': lambda: fresh(at.with_, 'restore', windows(directory), MANY, SAMPLE)},
            {
                'CreateFile, WriteFile, Close': lambda: fresh(
                    at.without, 'create', windows(directory), MANY, SAMPLE, SMALL
                )
            },
            'us',
            SAMPLE,
        )
        fresh(at.with_, 'restore', windows(directory), MANY, SAMPLE)
        make_files(directory, SAMPLE, SMALL)
        at.table.compare(
            f'save beside {entries}',
            {'Open, Read, Close': lambda: at.with_.measure('save', windows(directory), MANY, SAMPLE)},
            {'CreateFile, ReadFile, Close': lambda: at.without.measure('load', windows(directory), 0, SAMPLE)},
            'us',
            SAMPLE,
        )
    shutil.rmtree(directory)
