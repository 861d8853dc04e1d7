"""The source of the installed Wine, for tests/run/wine-suite and tests/run/wine-tree: Debian's source package of that
version, fetched from where this machine gets its packages, by an index and a download folder of its own: apt's
configuration and state stay as they are.

SPDX-License-Identifier: LGPL-2.1-or-later
"""

import glob
import os
import re
import subprocess


def run(*command, **options):
    subprocess.run(command, check=True, **options)


def output_of(*command):
    return subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True).stdout.strip()


def fetch_source(work):
    """Where it was unpacked, below `work`; from the machine's own sources turned into deb-src ones."""
    tree = os.path.join(work, 'wine')
    if os.path.isdir(os.path.join(tree, 'dlls/advapi32/tests')):
        return tree
    parts = os.path.join(work, 'apt/sources')
    for folder in (parts, os.path.join(work, 'apt/lists/partial'), os.path.join(work, 'apt/cache/archives/partial')):
        os.makedirs(folder, exist_ok=True)
    for path in ['/etc/apt/sources.list'] + glob.glob('/etc/apt/sources.list.d/*'):
        if not os.path.isfile(path) or not path.endswith(('.list', '.sources')):
            continue
        with open(path, encoding='utf-8') as f:
            text = f.read()
        # only Debian's own; other vendors' have no Wine, and often no sources
        if 'debian' not in text:
            continue
        if path.endswith('.list'):
            text = re.sub(r'^deb\b(?!-)', 'deb-src', text, flags=re.M)
        else:
            text = re.sub(r'^Types:.*$', 'Types: deb-src', text, flags=re.M)
        with open(os.path.join(parts, os.path.basename(path)), 'w', encoding='utf-8') as f:
            f.write(text)
    options = [
        '-o',
        'Dir::Etc::sourcelist=/dev/null',
        '-o',
        f'Dir::Etc::sourceparts={parts}',
        '-o',
        f'Dir::State::lists={work}/apt/lists',
        '-o',
        f'Dir::Cache={work}/apt/cache',
        '-o',
        'APT::Sandbox::User=root',
    ]
    name, version = output_of('dpkg-query', '-W', '-f', '${source:Package} ${source:Version}', 'libwine:amd64').split()
    print(f'# fetching the source of {name} {version}', flush=True)
    run('apt-get', '-q', *options, 'update', stdout=subprocess.DEVNULL)
    run(
        'apt-get', '-q', *options, '--download-only', 'source', f'{name}={version}', cwd=work, stdout=subprocess.DEVNULL
    )
    package = glob.glob(os.path.join(work, f'{name}_*.dsc'))[0]
    run('dpkg-source', '-x', package, tree + '.new', cwd=work, stdout=subprocess.DEVNULL)
    os.rename(tree + '.new', tree)
    return tree
