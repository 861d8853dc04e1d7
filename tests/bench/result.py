"""Two sides compared: the ratios of their figures, whether the machine disturbed them, and the same as JSON.

SPDX-License-Identifier: LGPL-2.1-or-later
"""
import dataclasses
import json
import statistics

median = statistics.median

# A median so far above the best, or so much time that the host gave to others, isn't what was to be measured.
FAR = 1.2
STOLEN = 0.02


def spread(figures):
    """How far the median is from the best: 1 where nothing else was done besides."""
    walls = [f.wall for f in figures]
    return median(walls) / min(walls)


@dataclasses.dataclass
class Comparison:
    """Our figures and another's of the same rounds. target: the most that ours may cost, as a ratio; None: reported."""
    place: str
    group: str
    name: str
    own_name: str
    other_name: str
    own: list
    other: list
    unit: str
    divide: int
    target: float = None
    stolen: float = 0.0  # share of the processors' time
    turns: int = 1  # how often all rounds were made until this one, the quietest

    @property
    def ratio(self):
        # what the machine does besides changes slowly: each round is compared with itself
        return median(a.wall / b.wall for a, b in zip(self.own, self.other))

    @property
    def of_best(self):
        return min(f.wall for f in self.own) / min(f.wall for f in self.other)

    @property
    def of_cpu(self):
        """None: the processor time isn't known."""
        other = median(f.cpu for f in self.other)
        return median(f.cpu for f in self.own) / other if other else None

    @property
    def spread(self):
        return max(spread(self.own), spread(self.other))

    @property
    def disturbed(self):
        return self.spread > FAR or self.stolen > STOLEN

    @property
    def missed(self):
        return self.target is not None and self.ratio > self.target

    def as_dict(self):
        def side(name, figures):
            return {'name': name, 'seconds': [f.wall for f in figures], 'cpu_seconds': [f.cpu for f in figures],
                    'memory_kib': max((f.memory for f in figures if f.memory is not None), default=None)}

        return {'place': self.place, 'group': self.group, 'name': self.name, 'unit': self.unit,
                'divide': self.divide, 'own': side(self.own_name, self.own), 'other': side(self.other_name, self.other),
                'ratio': self.ratio, 'of_best': self.of_best, 'of_cpu': self.of_cpu, 'target': self.target,
                'spread': self.spread, 'stolen': self.stolen, 'turns': self.turns, 'disturbed': self.disturbed}


def write_json(path, before, after, settings, comparisons):
    """before, after: of machine.state()."""
    with open(path, 'w', encoding='utf-8') as f:
        json.dump({'machine': before, 'machine_after': after, 'settings': settings,
                   'comparisons': [c.as_dict() for c in comparisons]}, f, indent=1)
        f.write('\n')
