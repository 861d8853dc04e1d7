#!/usr/bin/env python3
"""Do the arrows between the rooms point down, and is there no circle between files?

An arrow goes from the file that uses something to the file that has it: by what the compiled objects need of each other
(nm), and by #include. Which room may use which is the table below; docs/architecture.md draws it. Prints TAP.

Usage: rooms.py BUILD-DIR...     build directories with a compile_commands.json, all of one source tree

SPDX-License-Identifier: LGPL-2.1-or-later
"""
import json
import os
import re
import subprocess
import sys

TOP = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))

# room: the rooms that it may use. A file belongs to the longest room that its path begins with. A room may use itself.
CODECS = ["include", "libs/codec", "libs/base"]
ENGINE = ["libs/session", "libs/store"] + CODECS
PE = ["dlls/wineefs/wine", "dlls/wineefs/call"] + CODECS
ROOMS = {
    "include": [],
    "libs/base": ["include"],
    "libs/codec": ["include", "libs/base"],
    "libs/store": CODECS,
    "libs/session": ENGINE,
    "libs/snapshot": ["include", "libs/base"],
    "libs/door": ["include", "libs/base"],
    "libs/crypt": CODECS,
    "libs/plain": ["libs/crypt"] + ENGINE,
    "libs/view": ["libs/door", "libs/plain", "libs/crypt"] + ENGINE,
    "dlls/wineefs/call": [],
    "dlls/wineefs/unix": ["dlls/wineefs/call", "libs/snapshot", "libs/door"] + ENGINE,
    "dlls/wineefs/unix/keys": ["dlls/wineefs/unix", "dlls/wineefs/call", "libs/door", "libs/plain",
                                "libs/crypt"] + ENGINE,
    "dlls/wineefs/wine": ["dlls/wineefs/call"] + CODECS,
    "dlls/wineefs/keys": PE,
    "dlls/wineefs/patch": PE,
    "dlls/wineefs/shadow": ["dlls/wineefs/patch"] + PE,
    "dlls/wineefs/snapshots": ["dlls/wineefs/patch", "dlls/wineefs/shadow"] + PE,
    "dlls/wineefs/streams": ["dlls/wineefs/patch"] + PE,
    "dlls/wineefs/visible": ["dlls/wineefs/streams", "dlls/wineefs/patch", "dlls/wineefs/shadow"] + PE,
    "dlls/wineefs/raw": ["dlls/wineefs/visible", "dlls/wineefs/shadow"] + PE,
    "dlls/wineefs/backup": ["dlls/wineefs/raw", "dlls/wineefs/visible", "dlls/wineefs/streams", "dlls/wineefs/patch",
                            "dlls/wineefs/shadow"] + PE,
    "dlls/wineefs/api": ["dlls/wineefs/keys", "dlls/wineefs/raw", "dlls/wineefs/visible", "dlls/wineefs/streams",
                         "dlls/wineefs/patch"] + PE,
    "dlls/wineefs": ["dlls/wineefs/api", "dlls/wineefs/backup", "dlls/wineefs/raw", "dlls/wineefs/visible",
                     "dlls/wineefs/streams", "dlls/wineefs/patch", "dlls/wineefs/snapshots"] + PE,
    "dlls/advapi32": [],
    "dlls/kernelbase": ["dlls/wineefs/wine"],
    "dlls/vssapi": ["include", "dlls/wineefs/snapshots"],
    "dlls/bcryptprimitives": [],
    "programs/common": [],
    "programs/cipher": ["programs/common"],
    "programs/efsbackup": ["programs/common"] + CODECS,
    "programs/efskeys": ["programs/common", "include"],
    "programs/efsprobe": [],
    "tools/common": ENGINE,
    "tools/snapshots": ["include", "libs/snapshot", "libs/base"],
    "tools/backupraw": ["tools/common"] + ENGINE,
    "tools/keys": ["tools/common", "libs/crypt"] + ENGINE,
    "tools/pairs": ["tools/keys", "tools/common", "libs/crypt"] + ENGINE,
    "tools/efsraw": ["tools/keys", "tools/common", "libs/plain", "libs/crypt"] + ENGINE,
    "tools/efsmount": ["tools/keys", "tools/common", "libs/view", "libs/door", "libs/plain", "libs/crypt"] + ENGINE,
}

# what a compiler calls by itself, or every C library has; the PE half has its own
COMPILER = {"memcpy", "memmove", "memset", "memcmp", "strchr"}


def room_of(path):
    fitting = [room for room in ROOMS if path.startswith(room + "/")]
    return max(fitting, key=len) if fitting else None


def objects(build):
    """{source file: object file} of the rooms' own files; each file once, though tests may compile it again"""
    found = {}
    for entry in json.load(open(os.path.join(build, "compile_commands.json"))):
        path = os.path.relpath(os.path.join(entry["directory"], entry["file"]), TOP)
        output = os.path.join(entry["directory"], entry["output"])
        if room_of(path) and os.path.exists(output):
            found.setdefault(path, output)
    return found


def symbols(found):
    """of each source file: the names that its object defines for others, and those that it wants of others"""
    tables = {output: (set(), set()) for output in found.values()}
    # one process for all
    listing = subprocess.run(["nm", "-gA"] + list(tables), capture_output=True, text=True, check=True).stdout
    for line in listing.splitlines():
        output, symbol = re.match(r"(.*?\.o(?:bj)?):(.*)", line).groups()
        defined, wanted = tables[output]
        kind, name = symbol.split()[-2:]
        (wanted if kind == "U" else defined).add(name.split("@")[0])
    return {path: tables[output] for path, output in found.items()}


def arrows_of_objects(found):
    # two programs may each have a function of one name: a file is asked for its own room's first
    tables = symbols(found)
    owners = {}
    for path, (defined, _) in tables.items():
        for name in defined:
            owners.setdefault(name, []).append(path)
    for path, (defined, wanted) in tables.items():
        for name in sorted(wanted - defined - COMPILER):
            candidates = owners.get(name, [])
            near = [p for p in candidates if room_of(p) == room_of(path)]
            for target in near or [p for p in candidates if not p.startswith(("programs/", "tools/"))]:
                if target != path:
                    yield path, target, name


def resolve(path, name):
    for folder in (os.path.dirname(path), "include", "libs", "dlls/wineefs", "tools", "tools/efsraw", "tools/keys"):
        candidate = os.path.normpath(os.path.join(folder, name))
        if os.path.isfile(os.path.join(TOP, candidate)):
            return candidate
    return None


def arrows_of_includes():
    listing = subprocess.run(["git", "-C", TOP, "ls-files", "--cached", "--others", "--exclude-standard"],
                             capture_output=True, text=True, check=True)
    for path in listing.stdout.split("\n"):
        if not path.endswith((".c", ".h")) or not room_of(path) or not os.path.isfile(os.path.join(TOP, path)):
            continue
        for name in re.findall(r'^\s*#\s*include\s+"([^"]+)"', open(os.path.join(TOP, path)).read(), re.M):
            target = resolve(path, name)
            if target and target != path:
                yield path, target, "#include"


def circles(graph):
    """groups of files, each of which leads to every other of its group (Tarjan)"""
    number, low, stack, result = {}, {}, [], []

    def visit(node):
        number[node] = low[node] = len(number)
        stack.append(node)
        for target in sorted(graph.get(node, ())):
            if target not in number:
                visit(target)
                low[node] = min(low[node], low[target])
            elif target in stack:
                low[node] = min(low[node], number[target])
        if low[node] == number[node]:
            group = []
            while not group or group[-1] != node:
                group.append(stack.pop())
            if len(group) > 1:
                result.append(sorted(group))

    for node in sorted(graph):
        if node not in number:
            visit(node)
    return result


def main():
    results, count = [], 0
    allowed = {room: set(uses) | {room} for room, uses in ROOMS.items()}
    wrong, ties, graph = set(), {}, {}
    all_arrows = list(arrows_of_includes())
    for build in sys.argv[1:]:
        all_arrows += arrows_of_objects(objects(build))
    for source, target, name in all_arrows:
        count += 1
        if room_of(target) and room_of(target) not in allowed[room_of(source)]:
            wrong.add("%s -> %s (%s)" % (source, target, name))
        graph.setdefault(source, set()).add(target)
        ties.setdefault((source, target), set()).add(name)
    found = circles(graph)
    results.append((count > 200, "there are arrows to look at", []))
    results.append((not wrong, "every arrow points at a room that its own may use", sorted(wrong)))
    lines = []
    for group in found:
        lines += ["%s -> %s: %s" % (a, b, ", ".join(sorted(names))) for (a, b), names in sorted(ties.items())
                  if a in group and b in group]
    results.append((not found, "no circle between files", lines))
    for i, (good, text, details) in enumerate(results, 1):
        print("%s %d - %s" % ("ok" if good else "not ok", i, text))
        for line in details:
            print("#   " + line)
    print("1..%d" % len(results))
    return 0 if all(good for good, _, _ in results) else 1


if __name__ == "__main__":
    sys.setrecursionlimit(10000)
    sys.exit(main())
