#!/bin/bash
# Random well-formed streams, exported as imported: a few thousand, with the sanitizers where they are built.
# 100,000 of them: tests/property/run 100000.
#
# SPDX-License-Identifier: LGPL-2.1-or-later
top=$(cd "$(dirname "$0")/../.." && pwd)
checked=${BUILD_DIR:-$top/build}/check/sanitize/tests/property/property
[ ! -x "$checked" ] || export EFS_PROPERTY=$checked
exec "$top/tests/property/run" "${EFS_TEST_STREAMS:-5000}"
