"""What needs no file system: the start of programs, the cipher, the codec.

SPDX-License-Identifier: LGPL-2.1-or-later
"""
import os
import subprocess

from common import BUILD, REPETITIONS, WORK
from processes import Figure, measure_command, wine_environment


def start(table):
    """(f) a program's start to its exit, as a client of a server that runs"""
    table.head('start', 'process start to exit')

    def run(program, prefix):
        return measure_command(
            os.environ.get('WINE', 'wine'),
            os.path.join(WORK, program),
            env=wine_environment(os.path.join(WORK, prefix), True),
        )

    for name, program, prefix in (
        ('an empty program', 'start.exe', 'prefix'),
        ('in every process', 'start.exe', 'every'),
        ('without advapi32.dll', 'bare.exe', 'every'),
    ):
        table.compare(
            name,
            {'with the drop-in': lambda p=program, d=prefix: run(p, d)},
            {'stock Wine': lambda p=program: run(p, 'stock')},
            'ms',
            1,
            {'stock Wine': 1.06},
            repetitions=8 * REPETITIONS,
        )


def cipher(table):
    """(g) the sector cipher, in memory"""
    table.head('cipher', 'sector cipher, 64 MiB in memory, again and again')
    program = os.path.join(BUILD, 'native/tests/bench/cipher')

    def measure(what):
        return Figure(
            *(
                float(field)
                for field in subprocess.run(
                    [program, what], check=True, stdout=subprocess.PIPE, text=True
                ).stdout.split()
            ),
            None,
        )

    for what, target in (('decrypt', None), ('encrypt', None)):
        table.compare(
            f'AES-256 {what}',
            {f'efs_cipher_{what}': lambda w=what: measure(w)},
            {'memcpy': lambda: measure('memcpy')},
            'GB/s',
            1 << 26,
            {'memcpy': target} if target else None,
        )


def codec(_):
    """(h) instructions per byte of the raw stream, by callgrind: the same on each machine"""
    print(
        '\ninstructions per byte of a raw stream, by callgrind (difference between a stream of 2 MiB and one of 1 MiB)'
    )
    program = os.path.join(BUILD, 'native/tests/bench/codec')
    for what in ('reader', 'writer', 'import', 'export'):
        counts = []
        for mebibytes in (1, 2):
            out = os.path.join(WORK, 'callgrind.out')
            subprocess.run(
                ['valgrind', '--tool=callgrind', f'--callgrind-out-file={out}', program, what, str(mebibytes), WORK],
                check=True,
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,
            )
            with open(out, encoding='utf-8') as f:
                counts.append(next(int(line.split()[1]) for line in f if line.startswith(('summary:', 'totals:'))))
        difference = counts[1] - counts[0]
        print(f'{what:34} {difference / (1 << 20):12.5f} per byte {difference / 16:12.0f} per segment of 64 KiB')
