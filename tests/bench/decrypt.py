#!/usr/bin/python3
"""What `efsraw decrypt` costs: many small files against cp -r and RSA alone, one large against cp and the cipher.

  decrypt.py EFSRAW CIPHER DIRECTORY

CIPHER: the build's tests/bench/cipher. DIRECTORY: where there is room, on a file system with extended attributes.
BENCH_FILES: of the small files (10000), BENCH_SIZE: bytes of the large one (4 GiB), BENCH_REPETITIONS (5). Processor
seconds, user and system, are what is compared: on a machine that does other things besides, they say most. Each file
has a FEK of its own. Never fails because of a figure.

SPDX-License-Identifier: LGPL-2.1-or-later
"""
import os
import re
import shutil
import statistics
import struct
import subprocess
import sys
import time

TOP = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
FILES = int(os.environ.get('BENCH_FILES', 10000))
SIZE = int(os.environ.get('BENCH_SIZE', 4 << 30)) // 512 * 512
REPETITIONS = int(os.environ.get('BENCH_REPETITIONS', 5))
EFSRAW, CIPHER, WORK = sys.argv[1:]
XATTR = 'user.ntfs.efsinfo'


def run(*command):
    """Processor seconds of a command, those that went by, and its peak memory in KiB."""
    begin = time.monotonic()
    pid = os.posix_spawnp(command[0], command, os.environ,
                          file_actions=[(os.POSIX_SPAWN_OPEN, 1, '/dev/null', os.O_WRONLY, 0)])
    _, status, usage = os.wait4(pid, 0)
    assert status == 0, command
    return usage.ru_utime + usage.ru_stime, time.monotonic() - begin, usage.ru_maxrss


def empty(path):
    shutil.rmtree(path, ignore_errors=True)


def make_template():
    subprocess.run([f'{TOP}/tests/gen/efsgen.py', 'keys', f'{WORK}/key', '--name', 'alice'], check=True,
                   stdout=subprocess.DEVNULL)
    subprocess.run([f'{TOP}/tests/gen/efsgen.py', 'stream', '--out', f'{WORK}/raw', '--size', '4096', '--user',
                    f'{WORK}/key/cert.pem'], check=True)
    subprocess.run([EFSRAW, 'import', f'{WORK}/raw', f'{WORK}/one'], check=True)
    modulus = subprocess.run(['openssl', 'x509', '-in', f'{WORK}/key/cert.pem', '-noout', '-modulus'], check=True,
                             capture_output=True, text=True).stdout
    return os.getxattr(f'{WORK}/one', XATTR), int(modulus.split('=')[1], 16)


def make_metadata(template, modulus):
    """The same $EFS with another FEK: PKCS#1 v1.5, least significant byte first."""
    fek = struct.pack('<4I', 32, 32, 0x6610, 0) + os.urandom(32)
    size = (modulus.bit_length() + 7) // 8
    padding = bytes(b % 255 + 1 for b in os.urandom(size - 3 - len(fek)))
    wrapped = pow(int.from_bytes(b'\0\2' + padding + b'\0' + fek, 'big'), 65537, modulus).to_bytes(size, 'little')
    entry = struct.unpack_from('<I', template, 0x40)[0] + 4
    length, offset = struct.unpack_from('<2I', template, entry + 8)
    assert length == size
    return template[:entry + offset] + wrapped + template[entry + offset + length:]


def compare(title, ours, parts, limit):
    """The median of ours against the sum of the others', measured in turns. limit: on the ratio."""
    figures, memory = {name: [] for name in [title, *parts]}, 0
    gone_by = {}
    for _ in range(REPETITIONS):
        cpu, seconds, kib = ours()
        figures[title].append(cpu)
        gone_by.setdefault(title, []).append(seconds)
        memory = max(memory, kib)
        for name, part in parts.items():
            cpu, seconds = part()
            figures[name].append(cpu)
            if seconds is not None:
                gone_by.setdefault(name, []).append(seconds)
    for name, values in figures.items():
        seconds = f', {statistics.median(gone_by[name]):.3f} s went by' if name in gone_by else ''
        print(f'{name:44} {statistics.median(values):8.3f} s of processor{seconds}')
    ratios = [values[0] / sum(values[1:]) for values in zip(*figures.values())]
    print(f'{"":44} {statistics.median(ratios):8.3f} times the sum of the others (<= {limit}); {memory} KiB\n')


def rsa_seconds():
    """Of one private operation: as many were done in a second of processor."""
    out = subprocess.run(['openssl', 'speed', '-mr', '-seconds', '1', 'rsa2048'], check=True, capture_output=True,
                         text=True).stdout
    return 1 / float(re.search(r'^\+F2:\d+:2048:([0-9.e-]+):', out, re.M).group(1))


def cipher_seconds(size):
    """Of decrypting so many bytes: the program tells those of 64 MiB."""
    out = subprocess.run([CIPHER, 'decrypt'], check=True, capture_output=True, text=True).stdout
    return float(out.split()[1]) * size / (64 << 20)


def main():
    template, modulus = make_template()
    key = f'{WORK}/key/key.pem'
    os.mkdir(f'{WORK}/small')
    for i in range(FILES):
        with open(f'{WORK}/small/{i:06}', 'wb') as file:
            file.write(os.urandom(4096) + b'\0\0')
            os.setxattr(file.fileno(), XATTR, make_metadata(template, modulus))

    def decrypt(source):
        empty(f'{WORK}/out')
        return run(EFSRAW, 'decrypt', '-q', '-r', source, f'{WORK}/out', '--key', key)

    def copy(source):
        empty(f'{WORK}/copy')
        return run('cp', '-r', source, f'{WORK}/copy')[:2]

    compare(f'decrypt -r of {FILES} files of 4 KiB', lambda: decrypt(f'{WORK}/small'),
            {'cp -r': lambda: copy(f'{WORK}/small'),
             f'{FILES} times RSA-2048': lambda: (FILES * rsa_seconds(), None)}, 1.5)
    os.mkdir(f'{WORK}/large')
    with open(f'{WORK}/large/file', 'wb') as file:
        block = os.urandom(1 << 20)
        for _ in range(SIZE >> 20):
            file.write(block)
        file.write(b'\0\0')
        os.setxattr(file.fileno(), XATTR, make_metadata(template, modulus))
    compare(f'decrypt of {SIZE >> 20} MiB', lambda: decrypt(f'{WORK}/large'),
            {'cp -r': lambda: copy(f'{WORK}/large'),
             'the cipher alone': lambda: (cipher_seconds(SIZE >> 20 << 20), None)}, 1.0)


main()
