#!/usr/bin/env python3
"""What winetest/ says of Windows, and of what nobody has seen there: the list in docs/windows-contract.md.

    contract.py            prints the list, as it has to stand in the document
    contract.py --update   writes it into the document, between its two marks
    contract.py --check    TAP: each test has a mark (winetest/helpers/efs_test.h), the marks are of the form that they
                           have to be, and the document's list is this one

--top DIR is another tree than this one.

SPDX-License-Identifier: LGPL-2.1-or-later
"""

import argparse
import glob
import os
import re
import sys
import textwrap

ROOMS = {
    'raw': 'Raw streams',
    'visible': 'What programs see',
    'backup': 'BackupRead and BackupWrite',
    'api': 'The other functions',
    'vss': 'Shadow copies',
    'helpers': 'What the tests share',
}
KINDS = ('documented', 'programs', 'reasoned', 'ours')
OTHERS = {'seen': 'seen', 'not_windows': 'not asked'}
WHY_MAXIMUM = 100  # characters: what Wine's test language prints of it
BEGIN, END = '<!-- contract.py: begin -->', '<!-- contract.py: end -->'
DOCUMENT = 'docs/windows-contract.md'

MARK = re.compile(r'\b(unseen|seen|not_windows)\("((?:[^"\\]|\\.)*)"\)')
# what a START_TEST may do without a mark: it prepares, and each test would stop without it
PREPARES = re.compile(
    r'\b(?:begin_tests|end_tests|check_call|raw_streams_work|backups_work|attributes_work|marks_work|lists_work)$'
)
CHECKS = re.compile(r'\b(ok|ok_|vss_check\w*|test_(?!path)\w+|check_\w+|make_objects\w*|for_each_efs_function)\(')


def blank(text):
    """Comments and what is in strings as blanks, so that every offset stays."""

    def spaces(match):
        token = match[0]
        if token[0] in '"\'' and len(token) > 1:
            return token[0] + ' ' * (len(token) - 2) + token[-1]
        return re.sub(r'[^\n]', ' ', token)

    return re.sub(r'/\*.*?\*/|"(?:[^"\\\n]|\\.)*"|\'(?:[^\'\\\n]|\\.)*\'', spaces, text, flags=re.S)


def statement_end(code, at):
    """Behind the statement or block that begins at or after `at`."""
    while code[at].isspace():
        at += 1
    block = code[at] == '{'
    depth = 0
    while True:
        if code[at] in '({[':
            depth += 1
        elif code[at] in ')}]':
            depth -= 1
            if block and not depth:
                return at + 1
        elif code[at] == ';' and not depth:
            return at + 1
        at += 1


def functions(code):
    """[(name, where its body begins, where it ends)]; a body's braces stand at the beginning of a line."""
    found = []
    for match in re.finditer(r'^([a-zA-Z][^;{}\n]*(?:\n[^;{}\n#]+)*)\n\{\n(.*?)^\}', code, re.M | re.S):
        name = re.search(r'(\w+)\(', match[1])
        if name:
            found.append((name[1], match.start(2), match.end(2)))
    return found


class Topic:
    def __init__(self, room, path):
        with open(path, encoding='utf-8') as f:
            self.text = f.read()
        self.room = room
        self.name = os.path.basename(path)[:-2]
        self.code = blank(self.text)
        self.functions = functions(self.code)
        self.marks = []  # (kind of mark, why, begin, end of what it stands before, where it stands)
        for match in MARK.finditer(self.text):
            # not in a comment
            if not self.code.startswith(match[1], match.start()):
                continue
            why = re.sub(r'\\(.)', r'\1', match[2])
            end = statement_end(self.code, match.end())
            where = next((name for name, begin, stop in self.functions if begin <= match.start() < stop), '')
            self.marks.append((match[1], why, match.end(), end, where))

    def names(self, mark):
        """The tests that a mark stands before; in a test, that test."""
        _, _, begin, end, where = mark
        if where != 'START_TEST' and where.startswith('test_'):
            return [where[len('test_') :]]
        found = re.findall(r'\btest_(?!path)(\w+)\(', self.code[begin:end])
        if not found:
            found = ['beside the tests'] if where == 'START_TEST' else [where.rstrip('_')]
        return list(dict.fromkeys(found))

    def errors(self):
        for kind, why, _, _, where in self.marks:
            if kind == 'unseen' and why.split(':')[0] not in KINDS:
                yield f'{self.name}, {where}: "{why}" begins with none of {", ".join(KINDS)}'
            if not why or len(why) > WHY_MAXIMUM:
                yield f'{self.name}, {where}: "{why}" has {len(why)} characters'
        for name, begin, end in self.functions:
            # what the tests themselves hold is their callers' affair
            if name not in ('START_TEST', 'run_tests'):
                continue
            for match in CHECKS.finditer(self.code, begin, end):
                if PREPARES.search(match[1]) or any(mark[2] <= match.start() < mark[3] for mark in self.marks):
                    continue
                line = self.code.count('\n', 0, match.start()) + 1
                yield f'{self.room}/{self.name}.c:{line}: {match[1]} has no mark'


def read_topics(top):
    return [
        Topic(room, path) for room in ROOMS for path in sorted(glob.glob(os.path.join(top, 'winetest', room, '*.c')))
    ]


def wrap(text, first, rest):
    return textwrap.fill(text, 118, initial_indent=first, subsequent_indent=rest, break_on_hyphens=False)


def make_list(topics):
    lines = []
    counts = {}
    for room, title in ROOMS.items():
        lines += [f'### {title}: `winetest/{room}/`', '']
        for topic in topics:
            if topic.room != room:
                continue
            said = {}
            for mark in topic.marks:
                said.setdefault((mark[0], mark[1]), []).extend(topic.names(mark))
            for (kind, why), names in said.items():
                names = ', '.join(name.replace('_', ' ') for name in dict.fromkeys(names))
                if kind != 'unseen':
                    why = f'{OTHERS[kind]}: {why}'
                label, _, text = why.partition(':')
                counts[label] = counts.get(label, 0) + 1
                lines.append(wrap(f'`{topic.name}`, {names}: *{label}:*{text}', '* ', '  '))
        lines.append('')
    sums = ', '.join(f'{counts.get(kind, 0)} {kind}' for kind in KINDS)
    head = f'Lines: {sums}; {counts.get("seen", 0)} seen; {counts.get("not asked", 0)} of what Windows isn\'t asked.'
    return '\n'.join([head, ''] + lines).rstrip() + '\n'


def parts_of(top):
    """The document: before the list, the list, behind it."""
    with open(os.path.join(top, DOCUMENT), encoding='utf-8') as f:
        text = f.read()
    before, begin, rest = text.partition(BEGIN + '\n')
    found, end, after = rest.partition(END + '\n')
    if not begin or not end:
        raise ValueError(f'there is no place for the list: "{BEGIN}" to "{END}"')
    return before + begin, found, end + after


def report(name, errors):
    global number, failed
    number += 1
    failed += bool(errors)
    print(f'{"not ok" if errors else "ok"} {number} - {name}')
    for error in errors:
        print(f'# {error}')


number = failed = 0


def main():
    parser = argparse.ArgumentParser(description='The list of what nobody has seen on Windows.')
    parser.add_argument('--top', default=os.path.join(os.path.dirname(os.path.abspath(__file__)), '../..'))
    group = parser.add_mutually_exclusive_group()
    group.add_argument('--update', action='store_true')
    group.add_argument('--check', action='store_true')
    arguments = parser.parse_args()
    topics = read_topics(arguments.top)
    text = make_list(topics)
    if arguments.update:
        before, _, after = parts_of(arguments.top)
        with open(os.path.join(arguments.top, DOCUMENT), 'w', encoding='utf-8') as f:
            f.write(f'{before}\n{text}\n{after}')
        return 0
    if not arguments.check:
        print(text, end='')
        return 0
    report('each test is marked, in the form that marks have', [error for topic in topics for error in topic.errors()])
    tests = [topic for topic in topics if any(name == 'START_TEST' for name, _, _ in topic.functions)]
    missing = [topic.name for topic in tests if not topic.marks] if tests else ['there are no topics']
    report('each topic has a mark', missing)
    differ = []
    try:
        if parts_of(arguments.top)[1].strip() != text.strip():
            differ = ['tests/lib/contract.py --update writes it']
    except ValueError as e:
        differ = [str(e)]
    report(f'{DOCUMENT} has the list', differ)
    print(f'1..{number}')
    return 1 if failed else 0


if __name__ == '__main__':
    sys.exit(main())
