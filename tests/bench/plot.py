#!/usr/bin/env python3
"""Plots of a result's ratios, ours to the other's, as SVG that can be read on light and dark backgrounds.

    plot.py RESULT.json... DIR

Makes DIR/ratios-NAME.svg for each of the plots below that the results have rows for. A bar goes from 1, as quick as
the other, to the ratio of the times; left of 1 is quicker. The dot is the ratio of processor times, the stroke the
aim. Pale and with a star: the machine was disturbed. Scale: logarithmic.

SPDX-License-Identifier: LGPL-2.1-or-later
"""
import html
import json
import math
import os
import sys

# name of the plot: its title, and the rows of run that belong to it
PLOTS = {
    'programs': ('Programs and their calls with the drop-in, against the same without',
                 ('queries', 'start', 'bare', 'streams', 'plain', 'vss')),
    'backup': ('Saving, restoring, keys, against plain file calls and cp',
               ('large', 'native', 'small', 'many', 'tree', 'keys', 'cipher')),
    'views': ('Files in a view', ('view', 'view-wine')),
}
LEFT, RIGHT, WIDTH = 345, 690, 800  # pixels: where the scale begins and ends, and all
TOP, BAR, GAP, HEAD = 66, 12, 6, 24
LEAST, MOST = 0.5, 2.0  # of the scale; what is beyond gets an arrow
COLUMNS = 120  # of a line
TICKS = (0.5, 0.6, 0.7, 0.8, 0.9, 1, 1.1, 1.2, 1.35, 1.5, 1.75, 2)
STYLE = """<style>
.page{fill:#fff}.name,.value{fill:#1f2328}.more,.tick{fill:#59636e}.grid{stroke:#d1d9e0}.one{stroke:#1f2328}
.p0{fill:#2f6fbd;stroke:#2f6fbd}.p1{fill:#c2660c;stroke:#c2660c}.p2{fill:#3d8540;stroke:#3d8540}
.p3{fill:#8250b0;stroke:#8250b0}.disturbed{fill-opacity:.3;stroke-dasharray:3 2}
.cpu{fill:#1f2328;stroke:#fff}.aim{stroke:#b3261e;stroke-width:2.5}
.name,.value{font-size:12px}.more,.tick{font-size:10.5px}.title{font-size:14px;font-weight:bold}
@media (prefers-color-scheme:dark){
.page{fill:#0d1117}.name,.value{fill:#e6edf3}.more,.tick{fill:#9aa4af}.grid{stroke:#2f3742}.one{stroke:#e6edf3}
.p0{fill:#5a9be6;stroke:#5a9be6}.p1{fill:#e59344;stroke:#e59344}.p2{fill:#66b86a;stroke:#66b86a}
.p3{fill:#b78be0;stroke:#b78be0}.cpu{fill:#e6edf3;stroke:#0d1117}.aim{stroke:#ff7b72}}
</style>"""


def across(ratio):
    """Pixels from the left of a ratio, or of the end of the scale that it is beyond."""
    share = math.log(min(max(ratio, LEAST), MOST) / LEAST) / math.log(MOST / LEAST)
    return round(LEFT + share * (RIGHT - LEFT), 1)


def text(x, y, kind, content, anchor=None):
    place = f' text-anchor="{anchor}"' if anchor else ''
    start, end = f'<text x="{x}" y="{y}" class="{kind}"{place}', f'>{html.escape(content)}</text>'
    return start + ('\n' if len(start + end) > COLUMNS else '') + end


def by_subject(comparisons):
    """{(group, name, other): {place: comparison}}, in their order: one place's bar below the other's. Of two results
    for the same, the last stands."""
    subjects = {}
    for each in comparisons:
        subjects.setdefault((each['group'], each['name'], each['other']['name']), {})[each['place']] = each
    return subjects


def bar(each, y, kind):
    ratio, cpu, target = each['ratio'], each['of_cpu'], each['target']
    start, end = sorted((across(1), across(ratio)))
    more = ' disturbed' if each['disturbed'] else ''
    yield (f'<rect x="{start}" y="{y}" width="{max(round(end - start, 1), 1)}" height="{BAR - 3}" '
           f'class="{kind}{more}"/>')
    middle, low = y + (BAR - 3) / 2, y + BAR - 3
    if not LEAST <= ratio <= MOST:
        tip, base = (LEFT - 7, LEFT) if ratio < LEAST else (RIGHT + 7, RIGHT)
        yield f'<path d="M{base} {y}L{tip} {middle}L{base} {low}z" class="{kind}"/>'
    if target:
        yield f'<path d="M{across(target)} {y - 2}V{low + 2}" class="aim"/>'
    if cpu:
        yield f'<circle cx="{across(cpu)}" cy="{middle}" r="3" class="cpu"/>'
    yield text(RIGHT + 12, low, 'value', f'{ratio:.3f}{" *" if each["disturbed"] else ""}')


def draw(title, comparisons, machine):
    """One plot, as a list of lines."""
    subjects = by_subject(comparisons)
    places = list(dict.fromkeys(each['place'] for each in comparisons))
    body, y, group = [], TOP, None
    for (of_group, name, other), at in subjects.items():
        if of_group != group:
            group = of_group
            body.append(text(12, y + 15, 'more', group))
            y += HEAD
        height = max(len(at) * BAR, 2 * BAR)
        body.append(text(24, y + 9, 'name', name))
        body.append(text(24, y + 21, 'more', 'against ' + other))
        for i, place in enumerate(place for place in places if place in at):
            body += bar(at[place], y + i * BAR, f'p{places.index(place) % 4}')
        y += height + GAP
    legend, x = [], 12
    for i, place in enumerate(places):
        legend += [f'<rect x="{x}" y="32" width="10" height="10" class="p{i % 4}"/>', text(x + 15, 41, 'more', place)]
        x += 35 + 7 * len(place)
    legend.append(text(x, 41, 'more', 'dot: processor time; stroke: aim; pale, *: the machine was disturbed'))
    grid = []
    for tick in TICKS:
        kind = 'one' if tick == 1 else 'grid'
        grid += [f'<path d="M{across(tick)} {TOP}V{y}" class="{kind}"/>',
                 text(across(tick), TOP - 5, 'tick', f'{tick:g}', 'middle')]
    words = f'{machine["time"]}, {machine["wine"]}, Linux {machine["kernel"]}, {machine["processor"]}'
    return [f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {y + 24}"',
            '    font-family="DejaVu Sans, Verdana, sans-serif" role="img" aria-labelledby="title">',
            f'<title id="title">{html.escape(title)}</title>', STYLE,
            f'<rect width="{WIDTH}" height="{y + 24}" class="page"/>', text(12, 20, 'name title', title),
            *legend, *grid, *body, text(12, y + 16, 'more', words), '</svg>']


def write_plots(results, directory):
    """results: what result.write_json wrote, read again. Returns the files."""
    comparisons = [each for result in results for each in result['comparisons']]
    known = {group for _, groups in PLOTS.values() for group in groups}
    unknown = {each['group'] for each in comparisons} - known
    if unknown:
        raise ValueError(f'no plot shows {", ".join(sorted(unknown))}')
    written = []
    for name, (title, groups) in PLOTS.items():
        chosen = [each for group in groups for each in comparisons if each['group'] == group]
        if chosen:
            written.append(os.path.join(directory, f'ratios-{name}.svg'))
            with open(written[-1], 'w', encoding='utf-8') as f:
                f.write('\n'.join(draw(title, chosen, results[-1]['machine'])) + '\n')
    return written


def main():
    if len(sys.argv) < 3:
        raise SystemExit('usage: plot.py RESULT.json... DIR')
    results = []
    for path in sys.argv[1:-1]:
        with open(path, encoding='utf-8') as f:
            results.append(json.load(f))
    for path in write_plots(results, sys.argv[-1]):
        print(path)


if __name__ == '__main__':
    main()
