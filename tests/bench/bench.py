"""Runs the rows that tests/bench/run was asked for, which sets everything up for it.

SPDX-License-Identifier: LGPL-2.1-or-later
"""
import argparse
import contextlib
import os

import machine
import plot
import rows_calls
import rows_files
import rows_host
from common import FILES, MANY, PREFIX, REPETITIONS, SIZE, WORK, Place, windows
from processes import Bench, find_server
from result import write_json
from table import Table

# per place
AT_PLACES = {'queries': rows_calls.queries, 'large': rows_files.large, 'native': rows_files.native,
             'small': rows_files.small, 'many': rows_files.many}
# once
IN_MEMORY = {'start': rows_host.start, 'cipher': rows_host.cipher, 'codec': rows_host.codec}


def arguments():
    parser = argparse.ArgumentParser(prog='run')
    parser.add_argument('work', help=argparse.SUPPRESS)
    parser.add_argument('rows', nargs='*', metavar='ROW', help=' '.join([*AT_PLACES, *IN_MEMORY]))
    parser.add_argument('--repeat', type=int, default=1, metavar='N')
    parser.add_argument('--json', metavar='FILE')
    parser.add_argument('--plots', metavar='DIR')
    given = parser.parse_intermixed_args()
    for row in given.rows:
        if row not in AT_PLACES and row not in IN_MEMORY:
            parser.error(f'{row}: no such row; there are {" ".join([*AT_PLACES, *IN_MEMORY])}')
    if given.repeat < 1:
        parser.error('--repeat: at least 1')
    return given


def measure(rows, repeat):
    """All comparisons of these rows; they are printed meanwhile."""
    comparisons = []
    at_places = [row for row in AT_PLACES if row in rows]
    if at_places:
        program = windows(os.path.join(WORK, 'bench.exe'))
        server = find_server(PREFIX)
        with contextlib.ExitStack() as stack:
            with_, without = (
                stack.enter_context(contextlib.closing(Bench(PREFIX, program, server, dropin)))
                for dropin in (True, False)
            )
            for name in os.environ['BENCH_PLACES'].split():
                place = Place(name, with_, without, repeat)
                for row in at_places:
                    AT_PLACES[row](place)
                comparisons += place.table.comparisons
    table = Table(REPETITIONS, 'memory', repeat)
    for row in IN_MEMORY:
        if row in rows:
            IN_MEMORY[row](table)
    return comparisons + table.comparisons


def main():
    given = arguments()
    rows = given.rows or [*AT_PLACES, *IN_MEMORY]
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
