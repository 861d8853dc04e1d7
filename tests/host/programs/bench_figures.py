"""What tests/bench makes of figures: ratios, tables, JSON and plots, here of figures that are known. Prints TAP.

SPDX-License-Identifier: LGPL-2.1-or-later
"""
import contextlib
import io
import json
import os
import sys
import tempfile
import traceback
import xml.etree.ElementTree

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), '..', '..', 'bench'))
import machine
import plot
import result
from processes import Figure
from table import Table

STATE = {'time': '2026-01-01T00:00:00Z', 'wine': 'wine-8.0 <&>', 'kernel': '6.1', 'processor': 'X'}
SVG = '{http://www.w3.org/2000/svg}'


def figures(*walls, cpu=0.5):
    return [Figure(wall, cpu, None) for wall in walls]


def comparison(own, other, target=None, stolen=0.0, place='tmpfs', name='a', group='queries', other_name='b'):
    return result.Comparison(place, group, name, 'ours', other_name, own, other, 'us', 1, target, stolen)


def ratios():
    # the median of the pairs isn't the ratio of the medians
    each = comparison(figures(1, 2, 9), figures(1, 4, 3))
    assert each.ratio == 1 and each.of_best == 1 and each.of_cpu == 1
    each = comparison(figures(3, 4, 5, cpu=0.3), figures(2, 4, 4, cpu=0.2))
    assert each.ratio == 1.25 and each.of_best == 1.5 and abs(each.of_cpu - 1.5) < 1e-9
    assert comparison(figures(1), figures(1, cpu=0)).of_cpu is None


def targets():
    assert not comparison(figures(1.1), figures(1)).missed
    assert comparison(figures(1.1), figures(1), 1.05).missed
    assert not comparison(figures(1.1), figures(1), 1.1).missed


def disturbance():
    quiet = figures(1, 1.05, 1.1)
    assert not comparison(quiet, quiet).disturbed
    for own, other in ((figures(1, 1.3, 1.3), quiet), (quiet, figures(1, 1.3, 1.3))):
        assert comparison(own, other).disturbed
    # one slow round of many isn't the median
    assert not comparison(figures(1, 1, 1, 1, 9), quiet).disturbed
    assert comparison(quiet, quiet, stolen=0.03).disturbed


def compare(table, ours, other, repetitions=3):
    """table.compare with sides that give these seconds one after the other; how often ours was asked"""
    calls = []
    sides = [iter(ours), iter(other)]

    def side(number):
        if not number:
            calls.append(number)
        return Figure(next(sides[number]), 0.1, None)

    out = io.StringIO()
    with contextlib.redirect_stdout(out):
        table.head('queries', 'Title')
        table.compare('name', {'ours': lambda: side(0)}, {'other': lambda: side(1)}, 'us', targets={'other': 1.1},
                      repetitions=repetitions)
    return len(calls), out.getvalue()


def repetition():
    restless, quiet = [1, 2, 2], [2, 2, 2]
    # the first, uncounted call is of no weight
    table = Table(3, 'tmpfs', 5)
    calls, out = compare(table, [99] + restless + quiet + [1] * 99, [99] + [1] * 99)
    assert calls == 7, calls
    [row] = table.comparisons
    assert row.turns == 2 and row.ratio == 2 and not row.disturbed and 'disturbed' not in out
    assert 'MISSED' in out
    # bounded, and the quietest of the restless ones counts, though another has the better ratio
    table = Table(3, 'tmpfs', 3)
    calls, out = compare(table, [99] + [1, 2, 2] + [2, 3, 3] + [1, 4, 4], [99] + [1] * 9)
    assert calls == 10, calls
    [row] = table.comparisons
    assert row.turns == 3 and [f.wall for f in row.own] in ([2, 3, 3], [3, 3, 2]) and row.disturbed
    assert 'disturbed: 50 %' in out, out
    # once unless asked for
    calls, out = compare(Table(3, 'tmpfs'), [99, 1, 2, 2], [99, 1, 1, 1])
    assert calls == 4 and 'disturbed' in out


def stolen_time():
    with tempfile.NamedTemporaryFile('w') as f:
        def write(line):
            f.seek(0)
            f.truncate()
            f.write(line + '\ncpu0 1 2 3\n')
            f.flush()

        write('cpu  100 0 100 800 0 0 0 10 7 7')
        watch = machine.Watch(f.name)
        assert watch.stolen_share() == 0
        # 200 ticks more, 50 of them stolen; guests' time is in the first column already
        write('cpu  150 0 150 850 0 0 0 60 99 99')
        assert watch.stolen_share() == 0.25
        write('cpu  1 2 3 4')
        assert machine.Watch(f.name).stolen == 0


def state():
    now = machine.state()
    assert now['processors'] >= 1 and now['kernel'] == os.uname().release and now['load'] >= 0
    assert 0 < now['memory_free'] <= now['memory'] and 0 < now['memory_available'] <= now['memory']
    assert now['kernel'] in machine.in_words(now)
    assert machine.field('a : 1\nab: 2 kB\n', 'ab') == '2 kB' and machine.field('ab: 2', 'a') is None


def as_json():
    rows = [comparison(figures(1, 2, 3), figures(1, 1, 1), 1.5), comparison(figures(1), figures(1, cpu=0))]
    with tempfile.TemporaryDirectory() as directory:
        path = os.path.join(directory, 'result.json')
        result.write_json(path, STATE, STATE, {'size': 1}, rows)
        with open(path, encoding='utf-8') as f:
            back = json.load(f)
    assert back['machine'] == STATE and back['settings'] == {'size': 1}
    first, second = back['comparisons']
    assert first['own']['seconds'] == [1, 2, 3] and first['other']['name'] == 'b' and first['target'] == 1.5
    assert first['ratio'] == 2 and first['disturbed'] is True and second['of_cpu'] is None


def parse(rows):
    with tempfile.TemporaryDirectory() as directory:
        written = plot.write_plots([{'machine': STATE, 'comparisons': [row.as_dict() for row in rows]}], directory)
        found = {}
        for path in written:
            with open(path, encoding='utf-8') as f:
                content = f.read()
            wide = [line for line in content.splitlines() if len(line) > 120]
            assert not wide, wide
            found[os.path.basename(path)] = xml.etree.ElementTree.fromstring(content)
        return found


def bars(svg):
    """(left, width, class) of each bar"""
    return [(float(r.get('x')), float(r.get('width')), r.get('class')) for r in svg.iter(SVG + 'rect')
            if r.get('class') != 'page' and float(r.get('x')) >= plot.LEFT]


def plots():
    one = plot.across(1)
    rows = [
        comparison(figures(2), figures(1), name='twice'),
        comparison(figures(1), figures(2), name='half', target=1.1),
        comparison(figures(4), figures(1), name='beyond', place='ext4'),
        comparison(figures(1, 2, 2), figures(1, 1, 1), name='restless'),
        comparison(figures(1), figures(1), name='<&">', group='large', other_name='a < b'),
    ]
    found = parse(rows)
    assert sorted(found) == ['ratios-backup.svg', 'ratios-programs.svg']
    drawn = bars(found['ratios-programs.svg'])
    assert len(drawn) == 4
    twice, half, beyond, restless = drawn
    assert twice[0] == one and twice[0] + twice[1] == plot.RIGHT
    assert half[0] == plot.LEFT and abs(half[0] + half[1] - one) < 0.2
    assert beyond[:2] == twice[:2] and beyond[2] != twice[2]
    assert 'disturbed' in restless[2] and 'disturbed' not in twice[2]
    texts = [t.text for t in found['ratios-programs.svg'].iter(SVG + 'text')]
    assert '2.000' in texts and '2.000 *' in texts and '4.000' in texts and 'tmpfs' in texts and 'ext4' in texts
    strokes = [p for p in found['ratios-programs.svg'].iter(SVG + 'path')]
    assert len([p for p in strokes if p.get('class') == 'aim']) == 1
    assert len([p for p in strokes if 'L' in p.get('d')]) == 1  # the arrow
    texts = [t.text for t in found['ratios-backup.svg'].iter(SVG + 'text')]
    assert '<&">' in texts and 'against a < b' in texts
    # colours for both backgrounds
    style = found['ratios-backup.svg'].find(SVG + 'style').text
    assert 'prefers-color-scheme:dark' in style and style.count('.page{fill') == 2


def two_places_share_a_row():
    [svg] = parse([comparison(figures(2), figures(1), place=place) for place in ('tmpfs', 'ext4')]).values()
    assert len(bars(svg)) == 2 and [t.text for t in svg.iter(SVG + 'text')].count('a') == 1


def no_row_is_left_out():
    try:
        parse([comparison(figures(1), figures(1), group='new')])
    except ValueError as error:
        assert 'new' in str(error)
    else:
        raise AssertionError('a group that no plot shows passed')


TESTS = (
    (ratios, 'ratios: of the pairs, of the best, of the processor times'),
    (targets, 'a target is missed above it, not at it'),
    (disturbance, 'a row is disturbed if its median is far from its best, or the host took time'),
    (repetition, 'a disturbed row is measured again, a bounded number of times; the quietest counts'),
    (stolen_time, 'time that the host took, from /proc/stat'),
    (state, 'the state of the machine'),
    (as_json, 'the JSON has all figures'),
    (plots, 'plots: bars from 1 to the ratio, aims, arrows, names of any characters, both backgrounds'),
    (two_places_share_a_row, 'plots: two places share a row'),
    (no_row_is_left_out, 'plots: a group that no plot shows is an error'),
)


def main():
    failed = 0
    for number, (test, name) in enumerate(TESTS, 1):
        try:
            test()
            print(f'ok {number} - {name}')
        except Exception:
            failed += 1
            print(f'not ok {number} - {name}')
            print(''.join('# ' + line + '\n' for line in traceback.format_exc().splitlines()), end='')
    print(f'1..{len(TESTS)}')
    return 1 if failed else 0


if __name__ == '__main__':
    sys.exit(main())
