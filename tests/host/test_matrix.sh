#!/bin/bash
# What each file system keeps. The table alone: tests/matrix.
#
# SPDX-License-Identifier: LGPL-2.1-or-later
exec "$(dirname "$0")/../matrix" --tap
