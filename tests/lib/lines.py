#!/usr/bin/env python3
"""Files and folders stay of a size that a reader takes in at once: lines of at most 120 columns, files of at most 450
lines, folders of at most 25 files. What is exempt, and why, is in the tables below. Prints TAP.

    lines.py

SPDX-License-Identifier: LGPL-2.1-or-later
"""
import collections
import os
import re
import subprocess
import sys

TOP = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
COLUMNS, LINES, FILES = 120, 450, 25

FOREIGN = ("winetest/wine/",)  # Wine's own headers, as they are
# one entry a line
DATA = re.compile(r"^tests/unit/(unreachable\.txt$|crypt/keys/)|^tests/fuzz/regressions/"
                  r"|\.(pem|reg|b64)$|^dlls/.*/exports\.txt$|^LICENSE$")
# longer than others by their nature
LONG_FILES = re.compile(r"^(tests|winetest)/|\.md$|^LICENSE$|^dlls/.*\.(def|spec)$|^tools/.*\.1$")
# a sentence a line, as usual in man pages
ROFF = re.compile(r"\.[1-8]$")
# a row of a table in Markdown is one line
MARKDOWN_ROW = re.compile(r"^\s*\|")


def texts():
    # also what is going to be committed
    listing = subprocess.run(["git", "-C", TOP, "ls-files", "--cached", "--others", "--exclude-standard"],
                             capture_output=True, text=True, check=True).stdout
    for path in listing.splitlines():
        if path.startswith(FOREIGN) or DATA.search(path) or not os.path.isfile(os.path.join(TOP, path)):
            continue
        try:
            with open(os.path.join(TOP, path), encoding="utf-8") as f:
                yield path, f.read().splitlines()
        except UnicodeDecodeError:
            continue


def main():
    wide, long, folders = [], [], collections.Counter()
    count = 0
    for path, lines in texts():
        count += 1
        if not path.startswith("tests/") or path.endswith("meson.build"):
            folders[os.path.dirname(path)] += 1
        for number, line in enumerate(lines, 1):
            exempt = ROFF.search(path) or (path.endswith(".md") and MARKDOWN_ROW.match(line))
            if len(line) > COLUMNS and not exempt:
                wide.append(f"{path}:{number}: {len(line)} columns")
        if len(lines) > LINES and not LONG_FILES.search(path):
            long.append(f"{path}: {len(lines)} lines")
    results = [
        (count > 300, "there are files to look at", [str(count)]),
        (not wide, f"no line has above {COLUMNS} columns", wide),
        (not long, f"no file has above {LINES} lines", long),
        (max(folders.values()) <= FILES, f"no folder has above {FILES} files",
         [f"{folder or '.'}: {n}" for folder, n in folders.items() if n > FILES]),
    ]
    for number, (good, text, details) in enumerate(results, 1):
        print("%s %d - %s" % ("ok" if good else "not ok", number, text))
        for line in details if not good else []:
            print("#   " + line)
    print("1..%d" % len(results))
    return 0 if all(good for good, _, _ in results) else 1


if __name__ == "__main__":
    sys.exit(main())
