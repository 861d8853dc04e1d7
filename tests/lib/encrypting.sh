# Shared shell functions of the tests: a Windows program that calls the functions about encrypted files. After tap.sh
# and prefix.sh; makes $work/encrypt.exe, and skips everything where it can't.
#
# SPDX-License-Identifier: LGPL-2.1-or-later

x86_64-w64-mingw32-gcc -std=c11 -O1 -municode "$top/tests/wine/programs/encrypt.c" -o "$work/encrypt.exe" -ladvapi32 ||
    skip_all "no compiler for Windows programs"

# answers CODES COMMAND...: what encrypt.exe prints for these commands; names are of files here
answers()
{
    local wanted=$1 arguments=() got

    shift
    for command in "$@"; do arguments+=("${command:0:1}$(winpath "$work/${command:1}")"); done
    got=$(run_wine "$work/encrypt.exe" "${arguments[@]}" 2>"$work/message" | tr -d '\r' | tr '\n' ' ')
    [ "$got" = "$wanted " ] || { echo "got $got, wanted $wanted"; cat "$work/message"; false; }
}
