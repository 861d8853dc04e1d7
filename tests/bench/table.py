"""Takes turns, again if the machine disturbed them, keeps the figures and prints them.

SPDX-License-Identifier: LGPL-2.1-or-later
"""
from machine import Watch
from result import Comparison, median, spread


class Table:
    """repeat: how often at most all rounds of a row are made until none of its sides was disturbed."""

    def __init__(self, repetitions, place, repeat=1):
        self.repetitions, self.place, self.repeat = repetitions, place, repeat
        self.group = ''
        self.comparisons = []

    def compare(self, name, ours, others, unit, divide=1, targets=None, repetitions=None):
        """One block of rows: `ours` against each of `others` (name: function that gives a Figure), in turns.

        unit: what a figure is in: 'us' or 'ms', per `divide` of them, or 'GB/s' of `divide` bytes.
        targets: name of the other: the most that ours may cost, as a ratio of wall-clock times.
        """
        sides = {**ours, **others}
        for side in sides.values():
            side()  # not counted
        best = None
        for turns in range(1, self.repeat + 1):
            watch = Watch()
            figures = self.take_turns(sides, repetitions or self.repetitions)
            rows = self.make_rows(name, ours, others, figures, unit, divide, targets or {}, watch.stolen_share())
            # the quietest, not the one with the best ratio
            if best is None or self.unrest(rows) < self.unrest(best):
                best = rows
            if not any(row.disturbed for row in rows):
                break
        for row in best:
            row.turns = turns
        self.comparisons += best
        self.print_block(best)

    @staticmethod
    def take_turns(sides, repetitions):
        figures = {side: [] for side in sides}
        for i in range(repetitions):
            # neither side always goes first
            for side in list(sides) if i % 2 else reversed(list(sides)):
                figures[side].append(sides[side]())
        return figures

    def make_rows(self, name, ours, others, figures, unit, divide, targets, stolen):
        own = next(iter(ours))
        return [Comparison(self.place, self.group, name, own, other, figures[own], figures[other], unit, divide,
                           targets.get(other), stolen) for other in others]

    @staticmethod
    def unrest(rows):
        return max(row.spread + row.stolen for row in rows)

    @staticmethod
    def print_side(name, side, figures, unit, divide):
        walls = [f.wall for f in figures]
        memory = [f.memory for f in figures if f.memory is not None]
        if unit == 'GB/s':
            speed = f'{divide / median(walls) / 1e9:9.2f}{divide / min(walls) / 1e9:9.2f} {unit}'
        else:
            scale = {'us': 1e6, 'ms': 1e3, 's': 1}[unit] / divide
            speed = f'{median(walls) * scale:9.2f}{min(walls) * scale:9.2f} {unit:4}'
        share = 100 * median(f.cpu for f in figures) / median(walls)
        return f'{name:34} {side:30}{speed}{share:6.0f} %' + (f'{max(memory):9.0f}' if memory else f'{"":9}')

    def print_block(self, rows):
        first = rows[0]
        print(self.print_side(first.name, first.own_name, first.own, first.unit, first.divide))
        for row in rows:
            line = self.print_side('', row.other_name, row.other, row.unit, row.divide)
            line += f'{row.ratio:8.3f}{row.of_best:8.3f}'
            line += f'{row.of_cpu:8.3f}' if row.of_cpu is not None else f'{"":8}'
            if row.target:
                line += f'   <= {row.target:.3f} {"MISSED" if row.missed else "met"}'
            if row.disturbed:
                line += f'   disturbed: {100 * (spread(row.own) - 1):.0f} %, {100 * (spread(row.other) - 1):.0f} %'
                line += f', host {100 * row.stolen:.1f} %'
            print(line, flush=True)

    def head(self, group, title):
        """group: the word by which run takes these rows."""
        self.group = group
        print(
            f'\n{title}\n{"":34} {"":30}{"median":>9}{"best":>9}     '
            f'{"CPU":>7}{"KiB":>10}{"ratio":>8}{"of best":>8}{"of CPU":>8}   target'
        )
