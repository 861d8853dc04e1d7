#!/usr/bin/env python3
"""What a view costs a Windows program under Wine: the same in a plain directory, in a view of plain files, in a view of
encrypted ones, and in gocryptfs, if it is there, which take turns. Medians of all rounds, in seconds, after one that
isn't counted; a program runs for each, with the drop-in, and what it does is timed by itself.

    view_wine.py STAGE DIRECTORY [ROUNDS] [--json FILE]

STAGE: what tools/build has installed. DIRECTORY, BENCH_SIZE and BENCH_FILES: as of view.py.

SPDX-License-Identifier: LGPL-2.1-or-later
"""
import glob
import os
import shutil
import subprocess
import time

import view
from view_result import Measurement, parse_arguments

HERE = os.path.dirname(os.path.abspath(__file__))


def windows_path(path):
    return "Z:" + path.replace("/", "\\")


def end_server(wine):
    # it may have ended by itself
    subprocess.run(("wineserver", "-k"), env=wine, check=False)
    view.run("wineserver", "-w", env=wine)


class Program:
    """win_main.c in a prefix with the drop-in."""

    def __init__(self, prefix, program):
        self.process = subprocess.Popen(["wine", program], env=dict(os.environ, WINEPREFIX=prefix), text=True,
                                        stdin=subprocess.PIPE, stdout=subprocess.PIPE)
        self.call("has", "wineefs.dll")

    def call(self, *args):
        self.process.stdin.write("\t".join(str(arg) for arg in args) + "\n")
        self.process.stdin.flush()
        answer = self.process.stdout.readline()
        if not answer:
            raise SystemExit("view_wine: %s failed" % (args,))
        return float(answer) / 1e6

    def close(self):
        self.process.stdin.close()
        self.process.wait()


ROWS = [("write %d MiB" % (view.SIZE >> 20), lambda new: ("write", new + "\\big\\file", view.SIZE, 65536)),
        ("read them", lambda new: ("read", new + "\\big\\file", 65536)),
        ("create %d files of 4 KiB" % view.FILES, lambda new: ("create", new + "\\small", 0, view.FILES, 4096)),
        ("read the files", lambda new: ("load", new + "\\small", 0, view.FILES)),
        ("list the files", lambda new: ("list", new + "\\small", view.FILES)),
        ("attributes of each", lambda new: ("attributes", new + "\\small", view.FILES)),
        ("open and close each", lambda new: ("open-close", new + "\\small", view.FILES))]


def measure(place, prefix, program, results):
    place.mount()
    for name in "big", "small":
        os.mkdir("%s/new/%s" % (place.top, name))
    running = Program(prefix, program)
    for number, (_, command) in enumerate(ROWS):
        took = running.call(*command(windows_path(place.top + "/new")))
        results.setdefault((number, place.name), []).append(took)
    running.close()
    for name in "big", "small":
        shutil.rmtree("%s/new/%s" % (place.top, name))
    place.unmount()


def main():
    given = parse_arguments(__doc__, ("stage", "directory"))
    stage, directory = os.path.abspath(given.stage), os.path.abspath(given.directory)
    prefix, program = directory + "/prefix", directory + "/bench.exe"
    view.run("x86_64-w64-mingw32-gcc", "-std=c11", "-O2", "-municode", "-DWINVER=0x0a00", "-D_WIN32_WINNT=0x0a00",
             "-o", program, *glob.glob(HERE + "/win_*.c"), "-ladvapi32")
    wine = dict(os.environ, WINEPREFIX=prefix, WINEDEBUG="-all", WINEDLLOVERRIDES="mscoree,mshtml=")
    os.environ.update(WINEDEBUG="-all", WINEDLLPATH=stage + "/lib/wine-efs")
    view.run("wineboot", "-i", env=wine, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    view.run("wineserver", "-w", env=wine)
    view.run(stage + "/bin/wine-efs", "install", "--prefix", prefix, stdout=subprocess.DEVNULL)
    end_server(wine)
    places = view.make_places(stage + "/bin/efsmount", stage + "/bin/efsraw", directory)
    view.run("wineserver", "-p", env=wine, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    time.sleep(1)
    measurement = Measurement("view-wine", directory, [row[0] for row in ROWS])
    try:
        for turn in range(given.rounds + 1):
            for place in places:
                measure(place, prefix, program, measurement.results if turn else {})
    finally:
        end_server(wine)
    measurement.print_table(places)
    if given.json:
        measurement.save(given.json, {"size": view.SIZE, "files": view.FILES, "rounds": given.rounds})


if __name__ == "__main__":
    main()
