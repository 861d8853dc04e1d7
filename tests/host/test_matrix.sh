#!/bin/bash
# What each file system keeps. The table alone: tests/run/matrix.
#
# SPDX-License-Identifier: LGPL-2.1-or-later
exec "$(dirname "$0")/../run/matrix" --tap
