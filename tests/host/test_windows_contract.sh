#!/bin/bash
# Each test of winetest/ says whether what it expects was seen on Windows, and docs/windows-contract.md lists them. Then
# the same of trees in which that isn't so: each is found.
#
# SPDX-License-Identifier: LGPL-2.1-or-later
. "$(dirname "$0")/../lib/tap.sh"

contract() { "$top/tests/lib/contract.py" --top "$1" --check; }

check "each test is marked, and listed" contract "$top"

# in a copy, FILE after a sed COMMAND: the check named NAME fails, and says WHAT
found()
{
    local name=$1 file=$2 command=$3 number=$4 what=$5

    rm -rf "$work/tree"
    mkdir "$work/tree"
    cp -r "$top/winetest" "$top/docs" "$work/tree/"
    sed -i "$command" "$work/tree/$file"
    cmp -s "$top/$file" "$work/tree/$file" && { fail "$name" "nothing was changed"; return; }
    if contract "$work/tree" >"$work/out" 2>&1; then fail "$name" "it passes"
    elif ! grep -q "^not ok $number" "$work/out" || ! grep -qF -- "$what" "$work/out"; then
        fail "$name" "$(cat "$work/out")"
    else pass "$name"
    fi
}

found "a mark is gone" winetest/raw/open.c '/close_only\|ours: without a Write/{/unseen/d}' 1 \
    "test_close_only has no mark"
found "... and so it is in the list too much" winetest/raw/open.c '/unseen("ours: without a Write/d' 3 contract.py
found "a new test has none" winetest/visible/sparse.c 's/^    load_nt();/&\n    test_more();/' 1 "test_more has no mark"
found "a check beside the tests has none" winetest/api/users.c 's/^    end_tests();/    ok(1, "so");\n&/' 1 \
    "ok has no mark"
found "a mark is a comment" winetest/raw/export.c 's|unseen("reasoned: the buffer.*")|/* & */|' 1 test_scribble
found "nobody knows why" winetest/api/messages.c 's/unseen("documented: System/unseen("hopefully: System/' 1 hopefully
found "a reason that doesn't fit into a line" winetest/raw/volumes.c \
    's/unseen("reasoned: /&since it cannot be in any other way, as far as anybody who has thought of it knows: /' 1 \
    characters
found "another reason" winetest/raw/volumes.c 's/unseen("reasoned: the error/unseen("ours: the error/' 3 contract.py
found "a line of the list is gone" docs/windows-contract.md '/^\* `open`, close only/d' 3 contract.py
found "a line was added" docs/windows-contract.md 's/^\* `open`, close.*/&\n* `open`, more: *ours:* so/' 3 contract.py
found "the list's mark is gone" docs/windows-contract.md '/contract.py: end/d' 3 "no place"
plan
