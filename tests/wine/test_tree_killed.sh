#!/bin/bash
# What SIGKILL leaves of efsbackup tree restore is removed by the next restore into the directory, and by efsraw check
# --repair; what a living one is at work on stays, whoever looks.
#
# SPDX-License-Identifier: LGPL-2.1-or-later
. "$(dirname "$0")/../lib/tap.sh"
. "$(dirname "$0")/../lib/prefix.sh"

check "a prefix with the drop-in" make_dropin_prefix "$work/prefix"
prefix=$work/prefix
size=200000000
space_for $((4 * size)) || skip_all "no room in $work"
save() { run_wine efsbackup.exe tree save "$(winpath "$1")" "$(winpath "$2")"; }
restore() { run_wine efsbackup.exe tree restore "$(winpath "$1")" "$(winpath "$2")"; }
temporary() { compgen -G "$work/back/sub/efsbackup-*" >/dev/null; }

"$gen/efsgen.py" stream --out "$work/raw" --size 100000 --random-ciphertext
mkdir -p "$work/tree/sub" "$work/small/sub/below"
head -c $size /dev/urandom >"$work/tree/sub/file"
echo small >"$work/small/sub/other"
check "an encrypted file" "$stage/bin/efsraw" import "$work/raw" "$work/small/sub/secret"
check "save" save "$work/tree" "$work/archive"
check "save of another" save "$work/small" "$work/archive2"

# begin: the restore of the large file, until it has begun to be made; its process is $pid, a child of this shell
begin()
{
    local i

    WINEPREFIX=$prefix wine "$stage/lib/wine-efs/x64/efsbackup.exe" tree restore "$(winpath "$work/archive")" \
        "$(winpath "$work/back")" \
        </dev/null >"$work/said" 2>&1 &
    pid=$!
    for ((i = 0; i < 6000; i++)); do
        temporary && return
        sleep 0.01
    done
    return 1
}

# ---- while it lives: stopped, so that there is time to look
check "the restore begins" begin
kill -STOP $pid
check "efsraw check lets it be" "$stage/bin/efsraw" check --repair "$work/back"
check "its file is there" temporary
check "another restore into the directory" restore "$work/archive2" "$work/back"
check "its file is there" temporary
kill -CONT $pid
check "it ends well" wait $pid
check "the file is whole" cmp "$work/tree/sub/file" "$work/back/sub/file"
check "so is what the other restored" diff -r "$work/small/sub/below" "$work/back/sub/below"
check "nothing is left" test "$(ls -A "$work/back/sub" | tr '\n' ' ')" = "below file other secret "

# ---- killed
for sweeper in restore check; do
    rm -rf "$work/back"
    check "the restore begins" begin
    kill -KILL $pid
    wait $pid 2>/dev/null
    check "SIGKILL leaves its file" temporary
    # what only looks like it
    ln -s ../../tree/sub/file "$work/back/sub/efsbackup-000000000000000000000000"
    ln "$work/small/sub/other" "$work/back/sub/efsbackup-000000000000000000000001"
    echo mine >"$work/back/sub/efsbackup-1"
    case $sweeper in
        restore) check "the next restore" restore "$work/archive2" "$work/back" ;;
        check) check "efsraw check --repair" "$stage/bin/efsraw" check --repair "$work/back" ;;
    esac
    check "it has gone, and nothing else" test "$(cd "$work/back/sub" && echo efsbackup-*)" \
        = "efsbackup-000000000000000000000000 efsbackup-000000000000000000000001 efsbackup-1"
    check "what the link leads to is there" test "$(stat -c %s "$work/tree/sub/file")" = $size
done
plan
