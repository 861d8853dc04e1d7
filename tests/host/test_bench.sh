#!/bin/bash
# What tests/bench makes of its figures: ratios, disturbed rows and their repetition, JSON, plots.
#
# SPDX-License-Identifier: LGPL-2.1-or-later
exec python3 "$(dirname "$0")/programs/bench_figures.py"
