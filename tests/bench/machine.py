"""What the machine is and what it does besides: it belongs to each figure.

SPDX-License-Identifier: LGPL-2.1-or-later
"""
import os
import subprocess
import time

PAGE_REPORTING = '/sys/module/page_reporting/parameters/page_reporting_order'
STEAL = 7  # column of /proc/stat's "cpu" line, behind the word
ALL = 8  # user to steal; what follows is counted in these already


def read_text(path, default=''):
    try:
        with open(path, encoding='utf-8') as f:
            return f.read()
    except OSError:
        return default


def field(text, name):
    """The value behind "name :" in a file like /proc/cpuinfo or /proc/meminfo."""
    for line in text.splitlines():
        key, colon, value = line.partition(':')
        if colon and key.strip() == name:
            return value.strip()
    return None


def processor_times(text):
    """Ticks of all processors since the start, and those of them that the host gave to others, from /proc/stat."""
    ticks = [int(column) for column in text.splitlines()[0].split()[1:1 + ALL]]
    return sum(ticks), ticks[STEAL] if len(ticks) > STEAL else 0


class Watch:
    """How much of the processors' time the host took for others, from here on."""

    def __init__(self, path='/proc/stat'):
        self.path = path
        self.all, self.stolen = processor_times(read_text(path))

    def stolen_share(self):
        everything, stolen = processor_times(read_text(self.path))
        return (stolen - self.stolen) / (everything - self.all) if everything > self.all else 0.0


def kibibytes(meminfo, name):
    value = field(meminfo, name)
    return int(value.split()[0]) if value else None


def version_of_wine():
    try:
        return subprocess.run([os.environ.get('WINE', 'wine'), '--version'], stdout=subprocess.PIPE,
                              stderr=subprocess.DEVNULL, text=True, check=True).stdout.strip()
    except (OSError, subprocess.CalledProcessError):
        return None


def state():
    """For the result: what it was measured on, and how busy that was then. Memory in KiB."""
    meminfo = read_text('/proc/meminfo')
    order = read_text(PAGE_REPORTING).strip()
    return {
        'time': time.strftime('%Y-%m-%dT%H:%M:%SZ', time.gmtime()),
        'wine': version_of_wine(),
        'kernel': os.uname().release,
        'processor': field(read_text('/proc/cpuinfo'), 'model name'),
        'processors': len(os.sched_getaffinity(0)),
        'load': os.getloadavg()[0],
        'memory': kibibytes(meminfo, 'MemTotal'),
        'memory_free': kibibytes(meminfo, 'MemFree'),
        'memory_available': kibibytes(meminfo, 'MemAvailable'),
        # the host takes free blocks of so many pages (a power of two) back: their next use is slow
        'page_reporting_order': int(order) if order.isdigit() else None,
        'virtual': ' hypervisor' in (field(read_text('/proc/cpuinfo'), 'flags') or ''),
    }


def in_words(machine):
    given = machine['page_reporting_order']
    return (f'{machine["wine"] or "no Wine"}, Linux {machine["kernel"]}, '
            f'{machine["processor"] or "unknown processor"}, '
            f'{machine["processors"]} processors{" of a virtual machine" if machine["virtual"] else ""}, '
            f'load {machine["load"]:.2f}, {machine["memory_available"] // 1024} of {machine["memory"] // 1024} MiB '
            f'available' + (f', free blocks of 2^{given} pages go back to the host' if given is not None else ''))
