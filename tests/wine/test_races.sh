#!/bin/bash
# The guard while a file is exchanged for an encrypted one, and back: what a program could open is never the encrypted
# one. Whether a file may be opened is told by its name where nothing moves (wine/named.h), so here everything does.
#
# SPDX-License-Identifier: LGPL-2.1-or-later
. "$(dirname "$0")/../lib/tap.sh"
. "$(dirname "$0")/../lib/prefix.sh"

# it imports something of advapi32, so that the drop-in comes with it
x86_64-w64-mingw32-gcc -std=c11 -municode -O1 -Wall "$top/tests/wine/programs/race.c" -o "$work/race.exe" \
    -Wl,-u,GetUserNameW -ladvapi32 || skip_all "no compiler for Windows programs"
check "a prefix with the drop-in" make_dropin_prefix "$work/prefix"
prefix=$work/prefix
mkdir "$work/plain" "$work/encrypted"
head -c 4097 /dev/zero | tr '\0' P >"$work/plain/file"
"$gen/efsgen.py" stream --out "$work/stream" --size 4096 --random-ciphertext --seed 3
check "an encrypted file" "$stage/bin/efsraw" import "$work/stream" "$work/encrypted/file"
check "whose content isn't the plain one's" test "$(head -c 1 "$work/encrypted/file")" != P

# race KIND PLAIN ENCRYPTED NAME PATH: numbers of opens, in plain, encrypted and denied
race()
{
    local exchanger

    ln -s "$2" "$4"
    /usr/bin/python3 "$top/tests/wine/programs/exchange.py" "$1" "$2" "$3" "$4" &
    exchanger=$!
    run_wine "$work/race.exe" "$(winpath "$5")" 6 >"$work/counts" 2>/dev/null
    kill $exchanger
    wait $exchanger 2>/dev/null
    sed 's/^/# /' "$work/counts"
    eval "$(tr -d '\r' <"$work/counts")"
}

plain=0 encrypted=-1 denied=0
race file "$work/plain/file" "$work/encrypted/file" "$work/name" "$work/name"
check "a file is exchanged: the plain one is read" test "$plain" -gt 20
check "... the encrypted one is denied" test "$denied" -gt 20
check "... and never read" test "$encrypted" = 0

sleep 0.1 # the files haven't just changed
plain=0 encrypted=-1 denied=0
race folder "$work/plain" "$work/encrypted" "$work/way" "$work/way/file"
check "a folder is exchanged: the plain file is read" test "$plain" -gt 20
check "... the encrypted one is denied" test "$denied" -gt 20
check "... and never read" test "$encrypted" = 0
plan
