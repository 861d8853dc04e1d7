"""The rows of tests/bench/run, which sets everything up for it.

SPDX-License-Identifier: LGPL-2.1-or-later
"""
import contextlib
import os
import shutil
import subprocess
import sys

from processes import Bench, Figure, find_server, measure_command, wine_environment
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
EXPORT_CHUNK, IMPORT_CHUNK = 16384, 262144  # what the callbacks get
SAMPLE = 200  # files restored in a directory that is large already
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


class Rows:
    """All rows for one place. with_, without: processes with and without the drop-in."""

    def __init__(self, place, with_, without):
        self.dir = os.path.join(WORK, place)
        self.table = Table(REPETITIONS, place)
        self.with_, self.without = with_, without

    def queries(self):
        """(f) what the hooks cost for plain files"""
        self.table.head(f'{self.table.place}: queries of {FILES} plain files, per call')
        directory = os.path.join(self.dir, 'plain')
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
            self.table.compare(
                name,
                {'with the drop-in': lambda a=args: self.with_.measure(*a)},
                {'without': lambda a=args: self.without.measure(*a)},
                'us',
                FILES,
                {'without': target} if target else None,
                repetitions=4 * REPETITIONS,
            )
        shutil.rmtree(directory)

    def large(self):
        """(a), (b) one large file under Wine"""
        self.table.head(f'{self.table.place}: one file of {SIZE} bytes under Wine')
        plain, encrypted, target = (os.path.join(self.dir, name) for name in ('plain', 'encrypted', 'target'))
        self.with_.call('stream', windows(make_stream('segment', SEGMENT)))
        self.without.call('stream', windows(make_stream('segment', SEGMENT)))
        self.with_.call('import', windows(encrypted), SIZE)
        shutil.copyfile(encrypted, plain)

        def fresh(run):
            remove(target)
            return run()

        self.table.compare(
            'export',
            {'ReadEncryptedFileRaw': lambda: self.with_.measure('export', windows(encrypted))},
            {
                f'ReadFile, {EXPORT_CHUNK} bytes': lambda: self.without.measure('read', windows(plain), EXPORT_CHUNK),
                'cat >/dev/null': lambda: measure_command('cat', plain, peak=PEAK),
            },
            'GB/s',
            SIZE,
            {f'ReadFile, {EXPORT_CHUNK} bytes': 1, 'cat >/dev/null': 1 / 0.9},
        )
        self.table.compare(
            'import',
            {'WriteEncryptedFileRaw': lambda: fresh(lambda: self.with_.measure('import', windows(target), SIZE))},
            {
                f'WriteFile, {IMPORT_CHUNK} bytes': lambda: fresh(
                    lambda: self.without.measure('write', windows(target), SIZE, IMPORT_CHUNK)
                ),
                # the callback has to put the data into a buffer, which WriteFile alone doesn't ask for
                'memcpy, WriteFile': lambda: fresh(
                    lambda: self.without.measure('copy-and-write', windows(target), SIZE, IMPORT_CHUNK)
                ),
                'cp': lambda: fresh(lambda: measure_command('cp', plain, target, peak=PEAK)),
            },
            'GB/s',
            SIZE,
            {f'WriteFile, {IMPORT_CHUNK} bytes': 1, 'cp': 1 / 0.9},
        )
        for path in (plain, encrypted, target):
            remove(path)

    def native(self):
        """(c) efsraw against cp"""
        self.table.head(f'{self.table.place}: one file of {SIZE} bytes, natively, from start to exit')
        stream, encrypted, target = (os.path.join(self.dir, name) for name in ('stream', 'encrypted', 'target'))
        self.with_.call('stream', windows(make_stream('segment', SEGMENT)))
        self.with_.call('import', windows(encrypted), SIZE)
        subprocess.run([EFSRAW, 'export', encrypted, stream], check=True)

        def fresh(*command):
            remove(target)
            return measure_command(*command, peak=PEAK)

        for name, source in (('export', encrypted), ('import', stream)):
            self.table.compare(
                f'efsraw {name}',
                {f'efsraw {name}': lambda n=name, s=source: fresh(EFSRAW, n, s, target)},
                {'cp': lambda s=source: fresh('cp', s, target)},
                'GB/s',
                SIZE,
                {'cp': 1 / 0.95},
            )
        for path in (stream, encrypted, target):
            remove(path)

    def small(self):
        """(d) many small files"""
        self.table.head(f'{self.table.place}: {FILES} files of {SMALL} bytes in one directory, per file')
        ours, others = (os.path.join(self.dir, name) for name in ('encrypted', 'plain'))
        self.with_.call('stream', windows(make_stream('small', SMALL)))

        def fresh(directory, bench, *command):
            empty(directory)
            return bench.measure(*command)

        self.table.compare(
            'restore',
            {'Open, Write, Close': lambda: fresh(ours, self.with_, 'restore', windows(ours), 0, FILES)},
            {
                'CreateFile, WriteFile, Close': lambda: fresh(
                    others, self.without, 'create', windows(others), 0, FILES, SMALL
                )
            },
            'us',
            FILES,
            {'CreateFile, WriteFile, Close': 1},
        )
        self.table.compare(
            'save',
            {'Open, Read, Close': lambda: self.with_.measure('save', windows(ours), 0, FILES)},
            {'CreateFile, ReadFile, Close': lambda: self.without.measure('load', windows(others), 0, FILES)},
            'us',
            FILES,
            {'CreateFile, ReadFile, Close': 1.2},
        )
        for directory in (ours, others):
            shutil.rmtree(directory)

    def many(self):
        """(e) the same in a directory that is large already"""
        self.table.head(f'{self.table.place}: {SAMPLE} files of {SMALL} bytes more in a directory, per file')
        directory = os.path.join(self.dir, 'many')
        self.with_.call('stream', windows(make_stream('small', SMALL)))
        for entries in (MANY // 100, MANY):
            shutil.rmtree(directory, ignore_errors=True)
            make_files(directory, entries, SMALL)

            def fresh(bench, *command):
                for i in range(SAMPLE):
                    with contextlib.suppress(FileNotFoundError):
                        os.unlink(f'{directory}/{MANY + i:06}')
                return bench.measure(*command)

            self.table.compare(
                f'restore beside {entries}',
                {'Open, Write, Close': lambda: fresh(self.with_, 'restore', windows(directory), MANY, SAMPLE)},
                {
                    'CreateFile, WriteFile, Close': lambda: fresh(
                        self.without, 'create', windows(directory), MANY, SAMPLE, SMALL
                    )
                },
                'us',
                SAMPLE,
            )
            fresh(self.with_, 'restore', windows(directory), MANY, SAMPLE)
            make_files(directory, SAMPLE, SMALL)
            self.table.compare(
                f'save beside {entries}',
                {'Open, Read, Close': lambda: self.with_.measure('save', windows(directory), MANY, SAMPLE)},
                {'CreateFile, ReadFile, Close': lambda: self.without.measure('load', windows(directory), 0, SAMPLE)},
                'us',
                SAMPLE,
            )
        shutil.rmtree(directory)


def start(table):
    """(f) a program's start to its exit, as a client of a server that runs"""
    table.head('process start to exit')

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
            {'stock Wine': 1.10},
            repetitions=8 * REPETITIONS,
        )


def cipher(table):
    """(g) the sector cipher, in memory"""
    table.head('sector cipher, 64 MiB in memory, again and again')
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


def codec():
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


ROWS = ('queries', 'start', 'large', 'native', 'small', 'many', 'cipher', 'codec')


def main():
    rows = sys.argv[2:] or ROWS
    for row in rows:
        if row not in ROWS:
            raise SystemExit(f'bench: {row}: no such row; there are {" ".join(ROWS)}')
    version = subprocess.run(
        [os.environ.get('WINE', 'wine'), '--version'], stdout=subprocess.PIPE, text=True, check=True
    ).stdout.strip()
    with open('/proc/cpuinfo', encoding='utf-8') as f:
        model = next((line.split(':')[1].strip() for line in f if line.startswith('model name')), '?')
    print(
        f'{version}, Linux {os.uname().release}, {model}, {os.cpu_count()} processors, '
        f'load {os.getloadavg()[0]:.2f}; {REPETITIONS} repetitions'
    )
    program = windows(os.path.join(WORK, 'bench.exe'))
    server = find_server(PREFIX)
    short = []
    with contextlib.ExitStack() as stack:
        with_, without = (
            stack.enter_context(contextlib.closing(Bench(PREFIX, program, server, dropin))) for dropin in (True, False)
        )
        for place in os.environ['BENCH_PLACES'].split():
            at = Rows(place, with_, without)
            for row in rows:
                if hasattr(at, row):
                    getattr(at, row)()
            short += at.table.short
    table = Table(REPETITIONS, 'memory')
    if 'start' in rows:
        start(table)
    if 'cipher' in rows:
        cipher(table)
    if 'codec' in rows:
        codec()
    short += table.short
    print('\n' + ('\n'.join(['targets missed:'] + short) if short else 'all targets that were measured are met'))


main()
