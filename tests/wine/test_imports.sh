#!/bin/bash
# A program that imports every EFS function by name starts, and all of them are wineefs's: from advapi32.dll, and from
# the api set that leads there. 64 bit; the program for 32 bit is built, and run where this Wine runs such programs.
#
# SPDX-License-Identifier: LGPL-2.1-or-later
. "$(dirname "$0")/../lib/tap.sh"
. "$(dirname "$0")/../lib/prefix.sh"

source=$top/tests/wine/programs/imports.c
api_set=ext-ms-win-advapi32-encryptedfile-l1-1-0
command -v x86_64-w64-mingw32-gcc i686-w64-mingw32-gcc >/dev/null || skip_all "no compiler for Windows programs"

# make_def OUT DECORATED: an import library's .def for the api set, from the program's own list
make_def()
{
    { echo "LIBRARY $api_set.dll"; echo EXPORTS; grep -o 'F([A-Za-z]*, [0-9]*)' "$source" |
        sed -E "s/F\(([A-Za-z]*), ([0-9]*)\)/  \1$2/"; } >"$1"
}
make_def "$work/x86_64.def" ''
make_def "$work/i686.def" '@\2'
for arch in x86_64 i686; do
    check "$arch: a program that imports them from advapi32.dll" \
        $arch-w64-mingw32-gcc -std=c11 -O1 -Wall -Wextra -static-libgcc "$source" -o "$work/$arch.exe" -ladvapi32
    # it writes temporary files where it stands
    check "$arch: an import library for $api_set" env -C "$work" $arch-w64-mingw32-dlltool -k -d "$arch.def" -l \
        "lib$arch.a"
    check "$arch: one that imports them from $api_set" \
        $arch-w64-mingw32-gcc -std=c11 -O1 -Wall -Wextra -static-libgcc "$source" -o "$work/$arch-set.exe" \
        "$work/lib$arch.a"
done
check "the import table names the functions" \
    bash -c 'test "$(x86_64-w64-mingw32-objdump -p "$0" | grep -c -E "(Encrypt|Decrypt|EfsCache)")" -ge 29' \
    "$work/x86_64.exe"
check "and the api set" bash -c 'x86_64-w64-mingw32-objdump -p "$0" | grep -q "DLL Name: $1"' "$work/x86_64-set.exe" \
    "$api_set"

check "a prefix with the drop-in" make_dropin_prefix "$work/prefix"
prefix=$work/prefix
# all_ours PROGRAM: what it prints counts; where Wine runs no programs for its machine, it says nothing and succeeds
all_ours()
{
    run_wine "$work/$1.exe" | tr -d '\r' | tee "$work/said"
    grep -qx '29 imports, 0 lead elsewhere' "$work/said"
}
for program in x86_64 x86_64-set; do
    check "$program: starts, and all imports are wineefs's" all_ours "$program"
done
for program in i686 i686-set; do
    # Wine may say that it couldn't start it: only the program itself names Wine's folders
    if run_wine "$stage/lib/wine-efs/x32/efsprobe.exe" --wine 2>/dev/null | grep -q '^dlldir='; then
        check "$program: starts, and all imports are wineefs's" all_ours "$program"
    else
        skip "$program: starts, and all imports are wineefs's" "this Wine runs no 32-bit programs"
    fi
done
plan
