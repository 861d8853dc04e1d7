#!/usr/bin/python3
"""Counts the checks of a test suite from what it has printed.

  tap.py LOG STATUS        LOG: TAP; "N tests executed (...)", the summary of one of Wine's test files, beneath a
                           check stands for that check, with the file's own
  tap.py LOG.json STATUS   meson's testlog.json, whose tests print TAP

Prints "PASSED FAILED SKIPPED", then a line for each failed and each skipped check, with the first of a failure's
diagnostics: where only this output is kept, it must say why. A suite that
ended badly without saying what failed, or before its plan was fulfilled, counts as one failure.

SPDX-License-Identifier: LGPL-2.1-or-later
"""
import json
import re
import sys

CHECK = re.compile(r"^(not ok|ok)\b\s*\d*\s*-?\s*(.*)$")
SKIP = re.compile(r"^(.*?)\s*#\s*skip\S*\s*(.*)$", re.I)
PLAN = re.compile(r"^1\.\.(\d+)\s*(?:#\s*skip\S*\s*(.*))?$", re.I)
# "# 0024:import: 35 tests executed (0 marked as todo, 0 failures), 0 skipped."
WINE = re.compile(
    r"^# [0-9a-f]+:\S+ (\d+) tests executed \((\d+) marked as todo, (?:\d+ as flaky, )?(\d+) failures?\), (\d+) skipped"
)


class Counts:
    def __init__(self):
        self.passed, self.failed, self.skipped, self.notes = 0, 0, 0, []

    def fail(self, what):
        self.failed += 1
        self.notes.append(f"failed: {what}")

    def skip(self, what):
        self.skipped += 1
        self.notes.append(f"skipped: {what}")

    def add(self, text, status, name):
        plan, seen, before = None, 0, self.failed
        at_check = -1  # failures before the last check
        told = 0  # diagnostics that may still follow a failed check
        for line in text.splitlines():
            line = line.strip("\r")
            if match := PLAN.match(line):
                plan = int(match[1])
                if plan == 0:
                    self.skip(f"{name}: {match[2] or 'no reason given'}")
            elif match := CHECK.match(line):
                seen, at_check = seen + 1, self.failed
                told = 12 if match[1] == "not ok" else 0
                skipped = SKIP.match(match[2])
                if match[1] == "not ok":
                    self.fail(match[2])
                elif skipped:
                    self.skip(f"{skipped[1]}: {skipped[2]}")
                else:
                    self.passed += 1
            elif match := WINE.match(line):
                executed, todo, failures, skips = map(int, match.groups())
                self.passed += executed - failures - (self.failed == at_check)  # that check is counted already
                self.failed += max(0, failures - 1)
                self.skipped += skips
                if todo:
                    self.notes.append(f"todo: {line[2:]}")
            elif "Tests skipped:" in line:
                self.notes.append(f"skipped: {line[2:]}")
            elif told and line.startswith("#"):
                told -= 1
                self.notes.append(f"    {line}")
        if plan is not None and seen != plan:
            self.fail(f"{name}: {seen} checks instead of {plan}")
        elif status != 0 and self.failed == before:
            self.fail(f"{name}: ended with status {status}")
        elif plan is None and self.passed + self.failed + self.skipped == 0:
            self.fail(f"{name}: printed no result")


def main():
    path, status = sys.argv[1], int(sys.argv[2])
    counts = Counts()
    with open(path, encoding="utf-8", errors="replace") as f:
        if path.endswith(".json"):
            tests = [json.loads(line) for line in f]
            for test in tests:
                bad = test["result"] not in ("OK", "SKIP")
                counts.add(test.get("stdout", ""), 1 if bad else 0, test["name"])
            if not tests or status and not counts.failed:
                counts.fail(f"meson test: status {status}, {len(tests)} tests")
        else:
            counts.add(f.read(), status, path)
    print(counts.passed, counts.failed, counts.skipped)
    for note in counts.notes:
        print(note)


if __name__ == "__main__":
    main()
