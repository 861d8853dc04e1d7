"""Saving and restoring plain files with all that they have, and encrypting files where they are.

SPDX-License-Identifier: LGPL-2.1-or-later
"""
import os
import shutil

from common import FILES, PLAIN_SIZE, REPETITIONS, SMALL, empty, make_files, windows

DIRECTORIES = 100  # of the tree; they share the files
KEYS_SHARE = 20  # one in so many files is encrypted where it is: each takes an RSA operation


def plain(at):
    """Restoring plain files as wimlib does: create, write, close; open again for attributes, times and access list"""
    at.table.head('plain', f'{at.table.place}: {FILES} plain files restored, per file')
    ours, others = at.path('with'), at.path('without')

    def fresh(directory, bench):
        empty(directory)
        return bench.measure('restore-plain', windows(directory), 0, FILES, PLAIN_SIZE)

    at.table.compare(
        'create, write; attributes, access list',
        {'with the drop-in': lambda: fresh(ours, at.with_)},
        {'without': lambda: fresh(others, at.without)},
        'us',
        FILES,
        {'without': 1.03},
        repetitions=2 * REPETITIONS,
    )
    for directory in (ours, others):
        shutil.rmtree(directory)


def streams(at):
    """Named streams of plain files; Wine by itself takes name:stream for a file of its own"""
    at.table.head('streams', f'{at.table.place}: a stream of 100 bytes in each of {FILES} files, per stream')
    ours, others = at.path('with'), at.path('without')
    for directory in (ours, others):
        make_files(directory, FILES, PLAIN_SIZE)
    for name, command in (('write', 'write-streams'), ('read', 'read-streams')):
        at.table.compare(
            f'{name} a stream',
            {'with the drop-in': lambda c=command: at.with_.measure(c, windows(ours), FILES)},
            {'a file of that name': lambda c=command: at.without.measure(c, windows(others), FILES)},
            'us',
            FILES,
        )
    for directory in (ours, others):
        shutil.rmtree(directory)


def tree(at):
    """A tree of plain files and their access lists: BackupRead, BackupWrite; Wine by itself has neither"""
    each = FILES // DIRECTORIES
    objects = DIRECTORIES * (each + 1)
    at.table.head('tree', f'{at.table.place}: {DIRECTORIES} directories of {each} files, per object')
    saved, ours, others = (at.path(name) for name in ('saved', 'with', 'without'))
    for i in range(DIRECTORIES):
        make_files(f'{saved}/{i:06}', each, PLAIN_SIZE)
    at.table.compare(
        'save',
        {'BackupRead': lambda: at.with_.measure('backup-save', windows(saved), DIRECTORIES, each)},
        {
            'access list, ReadFile': lambda: at.without.measure('plain-save', windows(saved), DIRECTORIES, each),
        },
        'us',
        objects,
    )

    def fresh(directory, bench, *command):
        empty(directory)
        return bench.measure(command[0], windows(directory), DIRECTORIES, each, *command[1:])

    at.table.compare(
        'restore',
        {'BackupWrite': lambda: fresh(ours, at.with_, 'backup-restore')},
        {'access list, WriteFile': lambda: fresh(others, at.without, 'plain-restore', PLAIN_SIZE)},
        'us',
        objects,
    )
    for directory in (saved, ours, others):
        shutil.rmtree(directory)


def keys(at):
    """EncryptFile and DecryptFile; the other side replaces each file by a copy of itself"""
    count = max(FILES // KEYS_SHARE, 1)
    at.table.head('keys', f'{at.table.place}: {count} files of {SMALL} bytes encrypted where they are, per file')
    ours, others = at.path('with'), at.path('without')
    make_files(others, count, SMALL)

    def after(prepare, command):
        shutil.rmtree(ours, ignore_errors=True)
        make_files(ours, count, SMALL)
        if prepare:
            at.with_.call(prepare, windows(ours), count)
        os.sync()
        return at.with_.measure(command, windows(ours), count)

    for name, prepare, command in (('EncryptFile', None, 'encrypt'), ('DecryptFile', 'encrypt', 'decrypt')):
        at.table.compare(
            name,
            {name: lambda p=prepare, c=command: after(p, c)},
            {'CopyFile, MoveFileEx': lambda: at.without.measure('replace', windows(others), count)},
            'us',
            count,
        )
    for directory in (ours, others):
        shutil.rmtree(directory)
