#!/usr/bin/env python3
"""What reading and writing through a view costs: the same files in a plain directory, as plain files in a view (the
daemon alone, without a cipher), as encrypted files in a view, and in gocryptfs, if it is there. They take turns; each
figure is the median of all rounds, in seconds, after one that isn't counted.

    view.py EFSMOUNT EFSRAW DIRECTORY [ROUNDS] [--json FILE]

DIRECTORY: an empty one, for some 4 times BENCH_SIZE (bytes of the large file, 268435456 unless given). BENCH_FILES: of
the small files, 4 KiB each (1000). BENCH_SETTLE: seconds between mounting and the first row (0.2). "cold": mounted
anew, and, as root, with the kernel's caches dropped. What is written is on the disk (fsync) when it counts as done, but
for small files, which programs don't sync either.

SPDX-License-Identifier: LGPL-2.1-or-later
"""
import fcntl
import os
import random
import shutil
import subprocess
import time

from view_result import Measurement, parse_arguments

SIZE = int(os.environ.get("BENCH_SIZE", 1 << 28))
FILES = int(os.environ.get("BENCH_FILES", 1000))
PIECE = 1 << 20
# A view is mounted once, and used for long: what a daemon does in its first moments belongs to no row.
SETTLE = float(os.environ.get("BENCH_SETTLE", 0.2))
GENERATOR = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "gen", "efsgen.py")


def run(*command, **more):
    subprocess.run(command, check=True, stdin=subprocess.DEVNULL, **more)


def drop_caches():
    os.sync()
    if os.getuid() == 0:
        with open("/proc/sys/vm/drop_caches", "w") as file:
            file.write("3\n")


def read_large(top):
    with open(top + "/large", "rb", buffering=0) as file:
        while file.read(PIECE):
            pass


def read_random(top):
    numbers = random.Random(5)
    fd = os.open(top + "/large", os.O_RDONLY)
    for _ in range(5000):
        os.pread(fd, 4096, numbers.randrange(SIZE // 4096) * 4096)
    os.close(fd)


def read_small(top):
    for i in range(FILES):
        with open("%s/small/%d" % (top, i), "rb", buffering=0) as file:
            file.read()


def list_small(top):
    with os.scandir(top + "/small") as entries:
        for entry in entries:
            entry.stat()


PATTERN = random.Random(6).randbytes(PIECE)


def write_large(top):
    fd = os.open(top + "/new/large", os.O_RDWR | os.O_CREAT)
    for i in range(SIZE // PIECE):
        os.pwrite(fd, PATTERN, i * PIECE)
    os.fsync(fd)
    os.close(fd)


def write_random(top):
    numbers = random.Random(7)
    fd = os.open(top + "/new/large", os.O_RDWR)
    for _ in range(5000):
        os.pwrite(fd, PATTERN[:4096], numbers.randrange(SIZE // 4096) * 4096)
    os.fsync(fd)
    os.close(fd)


def append(top):
    fd = os.open(top + "/new/log", os.O_WRONLY | os.O_CREAT | os.O_APPEND)
    for _ in range(20000):
        os.write(fd, PATTERN[:100])
    os.fsync(fd)
    os.close(fd)


def create_small(top):
    for i in range(FILES):
        with open("%s/new/%d" % (top, i), "xb", buffering=0) as file:
            file.write(PATTERN[:4096])


def read_new(top):
    for i in range(FILES):
        with open("%s/new/%d" % (top, i), "rb", buffering=0) as file:
            file.read()


def rename_small(top):
    for i in range(FILES):
        os.rename("%s/new/%d" % (top, i), "%s/new/moved-%d" % (top, i))


def delete_small(top):
    for i in range(FILES):
        os.unlink("%s/new/moved-%d" % (top, i))
    for name in "large", "log":
        os.unlink("%s/new/%s" % (top, name))


class Place:
    """one of those that are compared; `top` is where its files are once it is mounted"""

    def __init__(self, name, top, mount=None, tree=None):
        self.name, self.top, self.command, self.tree = name, top, mount, tree

    def mount(self):
        if self.command:
            run(*self.command, stdout=subprocess.DEVNULL)
            time.sleep(SETTLE)

    def unmount(self):
        if self.command:
            run("fusermount3", "-u", self.top)
        if self.tree:
            # the daemon closes files, and lets go of the tree then
            fd = os.open(self.tree, os.O_RDONLY)
            fcntl.flock(fd, fcntl.LOCK_EX)
            os.close(fd)


def make_plain(top):
    os.makedirs(top + "/small")
    piece = os.urandom(PIECE)
    with open(top + "/large", "wb") as file:
        for _ in range(SIZE // PIECE):
            file.write(piece)
    for i in range(FILES):
        with open("%s/small/%d" % (top, i), "wb") as file:
            file.write(piece[:4096])


def make_places(efsmount, efsraw, directory):
    key, cert = directory + "/key.pem", directory + "/cert.pem"
    run("openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-keyout", key, "-out", cert, "-subj", "/CN=bench",
        stderr=subprocess.DEVNULL)
    with open(key, "a") as file, open(cert) as more:
        file.write(more.read())
    plain, encrypted = directory + "/plain", directory + "/encrypted"
    make_plain(plain)
    os.makedirs(encrypted + "/small")
    os.mkdir(encrypted + "/new")
    for name in ["large"] + ["small/%d" % i for i in range(FILES)]:
        run(efsraw, "encrypt", "%s/%s" % (plain, name), "%s/%s" % (encrypted, name), "--for", cert)
    run(GENERATOR, "stream", "--out", directory + "/stream", "--directory", "--random-ciphertext")
    run(efsraw, "import", "--directory", "--force", directory + "/stream", encrypted + "/new")
    os.mkdir(plain + "/new")
    for name in "through", "view", "gocryptfs", "cipher":
        os.mkdir("%s/%s" % (directory, name))
    places = [
        Place("plain", plain),
        Place("plain in a view", directory + "/through", [efsmount, "-q", "--guard", plain, directory + "/through"],
              plain),
        Place("encrypted in a view", directory + "/view",
              [efsmount, "-q", "--key", key, encrypted, directory + "/view"], encrypted),
    ]
    if shutil.which("gocryptfs"):
        password = directory + "/password"
        with open(password, "w") as file:
            file.write("bench\n")
        run("gocryptfs", "-q", "-init", "-passfile", password, directory + "/cipher")
        place = Place("gocryptfs", directory + "/gocryptfs",
                      ["gocryptfs", "-q", "-passfile", password, directory + "/cipher", directory + "/gocryptfs"])
        place.mount()
        shutil.copytree(plain, place.top, dirs_exist_ok=True)
        place.unmount()
        places.append(place)
    return places


ROWS = [("read %d MiB, cold" % (SIZE >> 20), read_large, True), ("read them again", read_large, False),
        ("5,000 random reads of 4 KiB, cold", read_random, True), ("random reads again", read_random, False),
        ("read %d files of 4 KiB, cold" % FILES, read_small, True), ("read the files again", read_small, False),
        ("list and stat the files, cold", list_small, True), ("list and stat them again", list_small, False),
        ("write %d MiB" % (SIZE >> 20), write_large, True), ("write over them", write_large, False),
        ("5,000 random writes of 4 KiB", write_random, True), ("append 20,000 times 100 bytes", append, False),
        ("create %d files of 4 KiB" % FILES, create_small, True), ("read what is new", read_new, False),
        ("rename it", rename_small, True), ("delete it", delete_small, False)]
# what a row may take of the time that the daemon alone needs
OF_DAEMON = {"read the files again": 1.3}
# RSA, which gocryptfs hasn't
UNLIKE_PEER = ("read %d files of 4 KiB, cold" % FILES,)


def measure(place, results):
    for number, (_, function, cold) in enumerate(ROWS):
        if cold:
            drop_caches()
            place.mount()
        start = time.monotonic()
        function(place.top)
        results.setdefault((number, place.name), []).append(time.monotonic() - start)
        if not cold:
            place.unmount()


def main():
    given = parse_arguments(__doc__, ("efsmount", "efsraw", "directory"))
    directory = os.path.abspath(given.directory)
    places = make_places(given.efsmount, given.efsraw, directory)
    measurement = Measurement("view", directory, [row[0] for row in ROWS])
    for turn in range(given.rounds + 1):
        for place in places:
            measure(place, measurement.results if turn else {})
    measurement.print_table(places)
    if given.json:
        measurement.save(given.json, {"size": SIZE, "files": FILES, "rounds": given.rounds}, OF_DAEMON, UNLIKE_PEER)


if __name__ == "__main__":
    main()
