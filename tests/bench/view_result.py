"""What view.py and view_wine.py found: a table, and the same as JSON, from which plot.py makes pictures.

SPDX-License-Identifier: LGPL-2.1-or-later
"""
import argparse
import statistics
import subprocess

import machine
from processes import Figure
from result import Comparison, write_json

OWN = "encrypted in a view"
DAEMON = "plain in a view"
PEER = "gocryptfs"


def parse_arguments(text, names):
    parser = argparse.ArgumentParser(description=text, formatter_class=argparse.RawDescriptionHelpFormatter)
    for name in names:
        parser.add_argument(name)
    parser.add_argument("rounds", nargs="?", type=int, default=5)
    parser.add_argument("--json", metavar="FILE")
    return parser.parse_args()


class Measurement:
    """results: {(number of the row, name of the place): seconds of each round}"""

    def __init__(self, group, directory, names):
        self.group, self.names, self.results = group, names, {}
        self.file_system = subprocess.check_output(("stat", "-f", "-c", "%T", directory), text=True).strip()
        self.before, self.watch = machine.state(), machine.Watch()

    def print_table(self, places):
        print("| | %s |" % " | ".join(place.name for place in places))
        print("|---" * (len(places) + 1) + "|")
        for number, name in enumerate(self.names):
            print("| %s | %s |" % (name, " | ".join("%.3f" % statistics.median(self.results[number, place.name])
                                                   for place in places)))

    def compare(self, number, other, target, stolen):
        own, others = ([Figure(wall, 0, None) for wall in self.results[number, name]] for name in (OWN, other))
        return Comparison(self.file_system, self.group, self.names[number], OWN, other, own, others, "s", 1, target,
                          stolen)

    def save(self, path, settings, of_daemon=(), unlike_peer=()):
        """of_daemon: {name of a row: the ratio that is aimed at}; against the peer it is 1, but for unlike_peer."""
        stolen, found = self.watch.stolen_share(), []
        for number, name in enumerate(self.names):
            found.append(self.compare(number, DAEMON, dict(of_daemon).get(name), stolen))
            if (number, PEER) in self.results:
                found.append(self.compare(number, PEER, None if name in unlike_peer else 1.0, stolen))
        write_json(path, self.before, machine.state(), settings, found)
        for each in found:
            if each.missed:
                print("missed: %s, against %s: %.3f" % (each.name, each.other_name, each.ratio))
