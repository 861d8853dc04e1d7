"""Takes turns, keeps the figures and prints them.

SPDX-License-Identifier: LGPL-2.1-or-later
"""
import statistics

median = statistics.median


class Table:
    def __init__(self, repetitions, place):
        self.repetitions, self.place = repetitions, place
        self.short = []

    def compare(self, name, ours, others, unit, divide=1, targets=None, repetitions=None):
        """One block of rows: `ours` against each of `others` (name: function that gives a Figure), in turns.

        unit: what a figure is in: 'us' or 'ms', per `divide` of them, or 'GB/s' of `divide` bytes.
        targets: name of the other: the most that ours may cost, as a ratio of wall-clock times.
        """
        sides = {**ours, **others}
        figures = {side: [] for side in sides}
        for side in sides.values():
            side()  # not counted
        for i in range(repetitions or self.repetitions):
            # neither side always goes first
            for side in list(sides) if i % 2 else reversed(list(sides)):
                figures[side].append(sides[side]())
        own = next(iter(ours))
        for side in sides:
            target = None if side == own else (targets or {}).get(side)
            self.print_row('' if side != own else name, side, figures[side], figures[own], unit, divide, target)
            if target and median(a.wall / b.wall for a, b in zip(figures[own], figures[side])) > target:
                self.short.append(f'{self.place}: {name}, against {side}')

    @staticmethod
    def print_row(name, side, figures, own, unit, divide, target):
        walls = [f.wall for f in figures]
        cpu = median(f.cpu for f in figures)
        memory = [f.memory for f in figures if f.memory is not None]
        row = f'{name:34} {side:30}'
        if unit == 'GB/s':
            row += f'{divide / median(walls) / 1e9:9.2f}{divide / min(walls) / 1e9:9.2f} {unit}'
        else:
            scale = {'us': 1e6, 'ms': 1e3}[unit] / divide
            row += f'{median(walls) * scale:9.2f}{min(walls) * scale:9.2f} {unit:4}'
        row += f'{100 * cpu / median(walls):6.0f} %' + (f'{max(memory):9.0f}' if memory else f'{"":9}')
        if figures is not own:
            # what the machine does besides changes slowly: each repetition is compared with itself
            pairs = [a.wall / b.wall for a, b in zip(own, figures)]
            least = min(f.wall for f in own) / min(walls)
            busy = median(f.cpu for f in own) / cpu if cpu else 0
            row += f'{median(pairs):8.3f}{least:8.3f}{busy:8.3f}'
            if target:
                row += f'   <= {target:.3f} {"met" if median(pairs) <= target else "MISSED"}'
        print(row, flush=True)

    def head(self, title):
        print(
            f'\n{title}\n{"":34} {"":30}{"median":>9}{"best":>9}     '
            f'{"CPU":>7}{"KiB":>10}{"ratio":>8}{"of best":>8}{"of CPU":>8}   target'
        )
