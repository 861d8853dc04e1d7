#!/bin/bash
# The folder of conformance tests for Windows, run by its script on a Wine that has nothing of ours: once taken for
# Windows, where a check that nobody has seen there is no failure when it fails, but news with its reason; and once as
# the Wine that it is, where it is a failure.
#
# SPDX-License-Identifier: LGPL-2.1-or-later
. "$(dirname "$0")/../lib/tap.sh"
. "$(dirname "$0")/../lib/prefix.sh"
unset WINEDLLPATH

check "the folder is made" "$top/tools/windows/kit" "$stage" "$work/kit"
check "with both programs, the script and what to read" test -f "$work/kit/x64/efs_test.exe" -a \
    -f "$work/kit/x32/efs_test.exe" -a -f "$work/kit/run.cmd" -a -f "$work/kit/README.txt" -a -f "$work/kit/LICENSE.txt"
# cmd and Notepad want both characters
check "lines end as Windows has them" test "$(grep -c $'\r$' "$work/kit/run.cmd")" = \
    "$(wc -l <"$work/kit/run.cmd")"
export WINEPREFIX=$work/prefix
make_prefix "$WINEPREFIX" || { fail "a prefix"; plan; exit 1; }
keep_server "$WINEPREFIX"

# run_kit TOPIC...: result gets what the script wrote, with lines as here
run_kit()
{
    (cd "$work/kit" && timeout 300 wine cmd /c run.cmd x64 "$@" </dev/null >"$work/said" 2>/dev/null)
    tr -d '\r' <"$work/kit/result-x64.txt" >"$work/result"
}

# part TITLE: the lines of the result below "== TITLE", up to the next title
part() { awk -v title="== $1" '/^== /{ on = $0 ~ title " *$"; next } on' "$work/result"; }
# count TITLE TEXT: how many of them hold it
count() { part "$1" | grep -cF -- "$2"; }

otherwise='What Windows says otherwise'
export EFS_TEST_AS_WINDOWS=1
check "run.cmd, taken for Windows" run_kit exports open helpers
check "each topic has its place" test "$(grep -c '^== .* ended with ' "$work/result")" = 3
check "... and ended without a failure" test "$(grep -c '^== .* ended with 0' "$work/result")" = 3
check "what Windows says otherwise is gathered" test "$(count "$otherwise" 'Test marked flaky: ')" -gt 20
check "... each line with its reason" test "$(part "$otherwise" |
    grep -cvE ': Test marked flaky: unseen, (documented|programs|reasoned|ours): ')" = 0
check "... which is the source's" test "$(count "$otherwise" \
    'unseen, documented: their references, and public tables')" -gt 10
check "... and is all that was flaky" test "$(grep -c 'Test marked flaky: ' "$work/result")" = \
    $((2 * $(count "$otherwise" 'Test marked flaky: ')))
check "nothing failed" test "$(count 'What failed' '')" = 0
check "no file is left but the result" test "$(cd "$work/kit" && echo *)" = \
    "LICENSE.txt README.txt result-x64.txt run.cmd x32 x64"

unset EFS_TEST_AS_WINDOWS
check "run.cmd, as what it is" run_kit exports open
check "the same checks are failures" test "$(count 'What failed' 'Test failed: ')" -gt 20
check "... without a word about Windows" test "$(grep -c 'unseen, \|marked flaky' "$work/result")" = 0
check "... and the topics' own" test "$(grep -c '^== .* ended with 0' "$work/result")" = 0
plan
