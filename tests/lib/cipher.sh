# Shared shell functions of the tests: cipher.exe in the prefix of prefix.sh, and what it refuses. After tap.sh and
# prefix.sh, in $work.
#
# SPDX-License-Identifier: LGPL-2.1-or-later

# cipher INPUT ARGS...: what it prints is in out and err; INPUT: for printf
cipher()
{
    local input=$1 status=0

    shift
    # shellcheck disable=SC2059 # it is a format
    printf "$input" | WINEPREFIX=$prefix timeout -k 10 120 wine cipher "$@" >"$work/out.raw" 2>"$work/err" || status=$?
    tr -d '\r' <"$work/out.raw" >"$work/out"
    return $status
}

# makes_nothing PATTERN TEXT INPUT ARGS...: status 1, one line on standard error, and no file whose name is of the
# pattern is made
makes_nothing()
{
    local status=0 pattern=$1 text=$2

    shift 2
    cipher "$@" || status=$?
    [ $status = 1 ] && [ "$(wc -l <err)" = 1 ] && grep -qF -- "$text" err && ! compgen -G "$pattern" ||
        { echo "status $status"; cat out err; false; }
}
