#!/bin/bash
# Lines, files and folders stay of a size that a reader takes in at once: tests/lib/lines.py has the limits.
#
# SPDX-License-Identifier: LGPL-2.1-or-later
exec python3 "$(dirname "$0")/../lib/lines.py"
