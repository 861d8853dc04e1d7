#!/usr/bin/env python3
"""Asks an analyzer about each of the source files that standard input names, a line each; one per processor at a time.

    silent.py KEPT COMPILER... -- ANALYZER...

A file is put in the place of {} in both, or at the end. What the analyzer says is passed on. That it said nothing, and
succeeded, is kept in the folder KEPT, with the sums of all files that were read, and it isn't asked again, by the same
words and the same release, until one of them is another. COMPILER tells which they are by -M; where it can't, the
analyzer is always asked.

SPDX-License-Identifier: LGPL-2.1-or-later
"""
import concurrent.futures
import functools
import hashlib
import os
import re
import shlex
import subprocess
import sys

# what clang-tidy counts and doesn't show
COUNTS = re.compile(rb"^(\d+ warnings? (generated|treated)|Suppressed ).*\n?|^\n", re.M)


def put(words, file):
    return [file if word == "{}" else word for word in words] if "{}" in words else [*words, file]


@functools.lru_cache(maxsize=None)
def sum_of(path):
    """Of a file's bytes; none of one that isn't there."""
    try:
        with open(path, "rb") as stream:
            return hashlib.sha256(stream.read()).hexdigest()
    except OSError:
        return ""


def sums(paths):
    return "".join("%s %s\n" % (sum_of(path), path) for path in paths)


def read_by(compiler, file):
    """The file and all that it includes; None where the compiler fails."""
    result = subprocess.run(put([*compiler, "-M"], file), stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True,
                            check=False)
    if result.returncode:
        return None
    return sorted(shlex.split(result.stdout.replace("\\\n", " "))[1:])


def is_known(known):
    try:
        with open(known, encoding="utf-8") as stream:
            kept = stream.read()
    except OSError:
        return False
    return kept == sums(line.split(" ", 1)[1] for line in kept.splitlines())


def ask(kept, compiler, analyzer, release, file):
    """What is to be said of the file, as bytes."""
    command = put(analyzer, file)
    words = map(os.fsencode, [*compiler, "", *command])
    known = os.path.join(kept, hashlib.sha256(b"\0".join([release, *words])).hexdigest())
    if is_known(known):
        return b""
    paths = read_by(compiler, file)
    before = sums(paths) if paths else None
    result = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, check=False)
    said = COUNTS.sub(b"", result.stdout)
    if not said and result.returncode:
        return b"%s: %s ended with %d\n" % (os.fsencode(file), os.fsencode(command[0]), result.returncode)
    if not said and before:
        with open(known, "w", encoding="utf-8") as stream:
            stream.write(before)
    return said


def main():
    kept, words = sys.argv[1], sys.argv[2:]
    compiler, analyzer = words[:words.index("--")], words[words.index("--") + 1:]
    release = subprocess.run([analyzer[0], "--version"], stdout=subprocess.PIPE, check=True).stdout
    # the rules are as good as words
    for rules in [".clang-tidy"] if analyzer[0] == "clang-tidy" else []:
        with open(rules, "rb") as stream:
            release += stream.read()
    os.makedirs(kept, exist_ok=True)
    files = sys.stdin.read().split("\n")
    with concurrent.futures.ThreadPoolExecutor(len(os.sched_getaffinity(0))) as pool:
        for said in pool.map(lambda file: ask(kept, compiler, analyzer, release, file), filter(None, files)):
            sys.stdout.buffer.write(said)


main()
