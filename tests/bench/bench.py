"""Runs the rows that tests/bench/run was asked for, which sets everything up for it.

SPDX-License-Identifier: LGPL-2.1-or-later
"""
import argparse
import contextlib
import os

import machine
import plot
import rows_backup
import rows_calls
import rows_files
import rows_host
from common import FILES, MANY, PREFIX, REPETITIONS, SIZE, WORK, Place, windows
from processes import Bench, find_server
from result import write_json
from table import Table

# per place
AT_PLACES = {'queries': rows_calls.queries, 'bare': rows_calls.bare, 'streams': rows_backup.streams,
             'plain': rows_backup.plain, 'tree': rows_backup.tree, 'keys': rows_backup.keys,
             'large': rows_files.large, 'native': rows_files.native, 'small': rows_files.small,
             'many': rows_files.many}
# once, in the prefix, wherever that is
IN_PREFIX = {'vss': rows_calls.vss}
IN_MEMORY = {'start': rows_host.start, 'cipher': rows_host.cipher, 'codec': rows_host.codec}
ROWS = [*AT_PLACES, *IN_PREFIX, *IN_MEMORY]


def arguments():
    parser = argparse.ArgumentParser(prog='run')
    parser.add_argument('work', help=argparse.SUPPRESS)
    parser.add_argument('rows', nargs='*', metavar='ROW', help=' '.join(ROWS))
    parser.add_argument('--repeat', type=int, default=1, metavar='N')
    parser.add_argument('--json', metavar='FILE')
    parser.add_argument('--plots', metavar='DIR')
    given = parser.parse_intermixed_args()
    for row in given.rows:
        if row not in ROWS:
            parser.error(f'{row}: no such row; there are {" ".join(ROWS)}')
    if given.repeat < 1:
        parser.error('--repeat: at least 1')
    return given


def measure(rows, repeat):
    """All comparisons of these rows; they are printed meanwhile."""
    comparisons = []
    at_places = [row for row in AT_PLACES if row in rows]
    in_prefix = [row for row in IN_PREFIX if row in rows]
    if at_places or in_prefix:
        program = windows(os.path.join(WORK, 'bench.exe'))
        server = find_server(PREFIX)
        with contextlib.ExitStack() as stack:
            with_, without = (
                stack.enter_context(contextlib.closing(Bench(PREFIX, program, server, dropin)))
                for dropin in (True, False)
            )
            places = [(name, AT_PLACES, at_places) for name in os.environ['BENCH_PLACES'].split()]
            for name, functions, chosen in places + [('prefix', IN_PREFIX, in_prefix)]:
                place = Place(name, with_, without, repeat)
                for row in chosen:
                    functions[row](place)
                comparisons += place.table.comparisons
    table = Table(REPETITIONS, 'memory', repeat)
    for row in IN_MEMORY:
        if row in rows:
            IN_MEMORY[row](table)
    return comparisons + table.comparisons


def main():
    given = arguments()
    rows = given.rows or ROWS
    before = machine.state()
    print(f'{machine.in_words(before)}; {REPETITIONS} repetitions', flush=True)
    watch = machine.Watch()
    comparisons = measure(rows, given.repeat)
    after = machine.state()
    print(f'\nat the end: load {after["load"]:.2f}; the host took {100 * watch.stolen_share():.1f} % of the processors')
    missed = [f'{c.place}: {c.name}, against {c.other_name}' for c in comparisons if c.missed]
    print('\n'.join(['targets missed:'] + missed) if missed else 'all targets that were measured are met')
    disturbed = sum(c.disturbed for c in comparisons)
    if disturbed:
        print(f'{disturbed} of {len(comparisons)} ratios were disturbed: the median is far from the best')
    settings = {'size': SIZE, 'files': FILES, 'many': MANY, 'repetitions': REPETITIONS, 'repeat': given.repeat,
                'rows': rows}
    if given.json:
        write_json(given.json, before, after, settings, comparisons)
    if given.plots:
        os.makedirs(given.plots, exist_ok=True)
        result = {'machine': before, 'comparisons': [c.as_dict() for c in comparisons]}
        for path in plot.write_plots([result], given.plots):
            print(path)


main()
