#!/bin/bash
# The arrows between the rooms point down, and no file is in a circle with another: tests/lib/rooms.py has the table.
#
# SPDX-License-Identifier: LGPL-2.1-or-later
top=$(cd "$(dirname "$0")/../.." && pwd)
build=${BUILD_DIR:-$top/build}
exec python3 "$top/tests/lib/rooms.py" "$build/native" "$build/win64"
