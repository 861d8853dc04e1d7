"""Calls of programs that know nothing of wine-efs, with and without it.

SPDX-License-Identifier: LGPL-2.1-or-later
"""
import shutil

from common import FILES, PLAIN_SIZE, REPETITIONS, make_files, windows


def queries(at):
    """(f) what the hooks cost for plain files"""
    at.table.head('queries', f'{at.table.place}: queries of {FILES} plain files, per call')
    directory = at.path('plain')
    make_files(directory, FILES, PLAIN_SIZE)
    for name, command, target in (
        ('GetFileAttributes', 'attributes', 1.03),
        ('GetFileAttributesEx', 'attributes-ex', 1.03),
        ('FindFirstFile, FindNextFile', 'list', 1.03),
        ('GetFileInformationByHandle', 'information', None),
        ('CreateFile, ReadFile 4 KiB, Close', 'open-read-close', 1.05),
        ('CreateFile, CloseHandle', 'open-close', None),
    ):
        args = command, windows(directory), FILES
        at.table.compare(
            name,
            {'with the drop-in': lambda a=args: at.with_.measure(*a)},
            {'without': lambda a=args: at.without.measure(*a)},
            'us',
            FILES,
            {'without': target} if target else None,
            repetitions=4 * REPETITIONS,
        )
    shutil.rmtree(directory)
