#!/usr/bin/env python3
"""Asks an analyzer about each of the source files that standard input names, a line each; one per processor at a time.

    silent.py KEPT COMPILER... -- ANALYZER...

A file is put in the place of {} in both, or at the end. What the analyzer says is passed on. That it said nothing, and
succeeded, is kept in the folder KEPT, and it isn't asked again about the same text, with all that is included and all
comments, by the same words and the same release. COMPILER gives that text with -E -CC; where it can't, the analyzer is
always asked.

SPDX-License-Identifier: LGPL-2.1-or-later
"""
import concurrent.futures
import hashlib
import os
import re
import subprocess
import sys

# what clang-tidy counts and doesn't show
COUNTS = re.compile(rb"^(\d+ warnings? (generated|treated)|Suppressed ).*\n?|^\n", re.M)


def put(words, file):
    return [file if word == "{}" else word for word in words] if "{}" in words else [*words, file]


def text_of(compiler, file):
    result = subprocess.run(put([*compiler, "-E", "-CC"], file), stdout=subprocess.PIPE, stderr=subprocess.DEVNULL,
                            check=False)
    return result.stdout if result.returncode == 0 else None


def ask(kept, compiler, analyzer, release, file):
    """What is to be said of the file, as bytes."""
    command, known = put(analyzer, file), None
    text = text_of(compiler, file)
    if text is not None:
        name = hashlib.sha256(b"\0".join([release, *map(os.fsencode, command), text])).hexdigest()
        known = os.path.join(kept, name)
        if os.path.exists(known):
            return b""
    result = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, check=False)
    said = COUNTS.sub(b"", result.stdout)
    if not said and result.returncode:
        return b"%s: %s ended with %d\n" % (os.fsencode(file), os.fsencode(command[0]), result.returncode)
    if not said and known:
        with open(known, "wb"):
            pass
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
