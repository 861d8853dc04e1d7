#!/bin/bash
# In each of many program starts the hooks stand, and an encrypted file shows as one: one start after the other, and
# eight at a time.
#
# EFS_TEST_STARTS: how many of each; 100 unless given, for each push, or 1000 with EFS_TEST_FULL=1, which tell a
# rare failure from none.
# EFS_TEST_EVERY_PROCESS=on: with the drop-in in every process.
#
# SPDX-License-Identifier: LGPL-2.1-or-later
. "$(dirname "$0")/../lib/tap.sh"
. "$(dirname "$0")/../lib/prefix.sh"
starts=${EFS_TEST_STARTS:-$([ -n "${EFS_TEST_FULL:-}" ] && echo 1000 || echo 100)}

check "a prefix with the drop-in" make_dropin_prefix "$work/prefix"
[ "${EFS_TEST_EVERY_PROCESS:-off}" = off ] ||
    check "in every process" "$stage/bin/wine-efs" install --prefix "$prefix" --every-process=on
# One server for all. One that is about to end would refuse the program that meets it, and keep this one from starting.
stop_prefix "$prefix"
check "a server that stays" env WINEPREFIX="$prefix" wineserver -p
"$gen/efsgen.py" stream --out "$work/raw" --size 400
check "an encrypted file" "$stage/bin/efsraw" import "$work/raw" "$work/file"
mkdir "$work/out"
export prefix stage work

# start KIND NUMBER: one start, its output and exit status in a file of its own. About one in 2,000 ends with status 1
# before any DLL is loaded, without the drop-in too, when the host's randomization has put something where Wine 8.0
# wants its shared page ("failed to map the shared user data: c0000018"). That is counted, and started again.
start()
{
    local out=$work/out/$2 status try

    # efsbackup imports advapi32, efsprobe loads it later
    case $1 in
        import) set -- efsbackup.exe status "Z:${work//\//\\}\\file" ;;
        load) set -- efsprobe.exe ;;
    esac
    for try in 1 2 3; do
        WINEPREFIX=$prefix timeout -k 10 120 wine "$stage/lib/wine-efs/x64/$1" "${@:2}" >"$out" 2>/dev/null </dev/null
        status=$?
        [ $status = 1 ] && [ ! -s "$out" ] || break
        echo "$1" >>"$work/not-started"
    done
    echo "exit status $status" >>"$out"
}
export -f start

# in_each NAME KIND AT-A-TIME: every start must give what the first one gave, which is checked line by line below
in_each()
{
    local good

    rm -f "$work/out"/*
    seq "$starts" | xargs -P "$3" -I '{}' bash -c 'start "$@"' - "$2" '{}'
    good=$(find "$work/out" -type f -exec cmp -s "$work/$2" '{}' ';' -print | wc -l)
    if [ "$good" = "$starts" ]; then pass "$1: $starts of $starts"
    else fail "$1: $good of $starts" \
        "$(find "$work/out" -type f ! -exec cmp -s "$work/$2" '{}' ';' -print -quit | xargs diff "$work/$2")"
    fi
}

for kind in import load; do
    start $kind first
    mv "$work/out/first" "$work/$kind"
    check "$kind: exit status 0" grep -qx "exit status 0" "$work/$kind"
done
check "the file has the ENCRYPTED attribute" grep -q 'attributes: .* ENCRYPTED ' "$work/import"
check "and its plaintext's size" grep -q 'size: *400 bytes' "$work/import"
check "all hooks stand that this Wine can have" test 7 -le "$(grep -c '^hook\..*=stands' "$work/load")"
check "none is left alone" bash -c '! grep "^hook\..*=unknown" "$0"' "$work/load"

in_each "an encrypted file shows, one start after the other" import 1
in_each "an encrypted file shows, eight at a time" import 8
in_each "the hooks stand, one start after the other" load 1
in_each "the hooks stand, eight at a time" load 8
touch "$work/not-started"
not_started=$(wc -l <"$work/not-started")
echo "# $not_started times Wine didn't run the program, and it was started again"
check "no more of them than Wine itself has" test $not_started -le $((2 + starts * 4 / 200))
plan
