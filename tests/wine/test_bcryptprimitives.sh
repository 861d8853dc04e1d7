#!/bin/bash
# bcryptprimitives.dll, which `wine-efs install` offers where Wine has none: with it programs start that take their
# random numbers from there, without it they don't; a Wine that has its own, another's file, and how it goes again.
#
# 32-bit programs are tried where Wine runs any.
#
# SPDX-License-Identifier: LGPL-2.1-or-later
. "$(dirname "$0")/../lib/tap.sh"
. "$(dirname "$0")/../lib/prefix.sh"

wine_dlls=$(WINEDEBUG=-all wine "$stage/lib/wine-efs/x64/efsprobe.exe" --wine </dev/null 2>/dev/null | tr -d '\r' |
    sed -n 's,^dlldir=.*\(\\usr\\.*\|\\opt\\.*\),\1,p' | tr '\\' / | while read -r dir; do
        [ ! -f "$dir/x86_64-windows/advapi32.dll" ] || echo "$dir/x86_64-windows"; done | head -n 1)
[ -n "$wine_dlls" ] || skip_all "Wine's DLLs aren't found"
[ ! -f "$wine_dlls/bcryptprimitives.dll" ] || skip_all "this Wine has its own"

# build BITS: the programs
build()
{
    local arch=x86_64 name=ProcessPrng

    [ "$1" = 64 ] || { arch=i686; name=ProcessPrng@8; }
    printf 'LIBRARY bcryptprimitives.dll\nEXPORTS\n%s\n' $name >"$work/$1.def"
    "$arch-w64-mingw32-dlltool" -k -d "$work/$1.def" -l "$work/$1.a" &&
        "$arch-w64-mingw32-gcc" -std=c11 -O1 -Wall -Wextra -Werror "$top/tests/wine/programs/prng.c" "$work/$1.a" \
            -o "$work/prng$1.exe" &&
        "$arch-w64-mingw32-gcc" -std=c11 -O1 -Wall -Wextra -Werror -DLATE "$top/tests/wine/programs/prng.c" \
            -o "$work/late$1.exe"
}
build 64 && build 32 || { fail "the programs"; plan; exit 1; }

make_prefix "$work/prefix" || { fail "a prefix"; plan; exit 1; }
prefix=$work/prefix
keep_server "$prefix"
wine_efs() { WINEPREFIX=$prefix timeout 300 "$stage/bin/wine-efs" "$@" </dev/null; }
says() { local text=$1; shift; "$@" | tr -d '\r' >"$work/said"; cat "$work/said"; grep -qF -- "$text" "$work/said"; }
status_says() { says "$1" wine_efs status; }
dll=$prefix/drive_c/windows/system32/bcryptprimitives.dll
dll32=$prefix/drive_c/windows/syswow64/bcryptprimitives.dll
listing() { (cd "$prefix/drive_c/windows" &&
        # wineboot puts that there by itself, by WINEDLLPATH
        find system32 syswow64 ! -name wineefs.dll -printf '%y %m %l %p\n' | sort); }

bits=64
if WINEPREFIX=$prefix timeout 60 wine "$work/late32.exe" </dev/null >/dev/null 2>&1; [ $? = 53 ]; then
    bits="64 32"
else
    skip "32-bit programs" "this Wine runs none"
fi
check "32-bit programs find it by its plain name" grep -q "[[] *0[]].* ProcessPrng$" <(
    i686-w64-mingw32-objdump -p "$stage/lib/wine-efs/x32/bcryptprimitives.dll")
listing >"$work/before"

# ---- without it
# the loader's STATUS_DLL_NOT_FOUND, 0xc0000135, of which a byte is left
for b in $bits; do
    check_status "$b bits: a program that imports it doesn't start" 53 run_wine "$work/prng$b.exe"
    check_status "$b bits: nor does one find it that looks for it" 53 run_wine "$work/late$b.exe"
done

# ---- with it
check "installing" wine_efs install
check "is enough" cmp "$stage/lib/wine-efs/x64/bcryptprimitives.dll" "$dll"
for b in $bits; do
    check "$b bits: a program that imports it starts" says random run_wine "$work/prng$b.exe"
    check "$b bits: one that looks for it finds it" says random run_wine "$work/late$b.exe"
    check "$b bits: sizes" says sizes=right run_wine "$work/prng$b.exe" sizes
done
check "status says that it works" status_says "bcryptprimitives.dll: works"
check "status is 0" wine_efs status
[ "$bits" = 64 ] || check "32 bits: is another" cmp "$stage/lib/wine-efs/x32/bcryptprimitives.dll" "$dll32"
head -c 2000 "$stage/lib/wine-efs/x64/bcryptprimitives.dll" >"$dll"
printf wine-efs.bcryptprimitives >>"$dll"
check "one that is damaged" status_says "bcryptprimitives.dll: doesn't work"
check "is renewed" wine_efs install
check "and works" says random run_wine "$work/prng64.exe"
check "uninstalling" wine_efs uninstall
check "takes it away" diff "$work/before" <(listing)
check_status "the program doesn't start any more" 53 run_wine "$work/prng64.exe"

# ---- other sources of random bytes: a fast one, since Wine's takes minutes for 4 GB, and one that has none
printf '%s\n' '#include <windows.h>' 'BOOLEAN WINAPI SystemFunction036(void *data, ULONG size);' \
    'BOOLEAN WINAPI SystemFunction036(void *data, ULONG size)' '{' '#ifdef NONE' '    return !data && !size;' \
    '#else' '    memset(data, 0x11, size);' '    return TRUE;' '#endif' '}' >"$work/source.c"
link()
{
    x86_64-w64-mingw32-gcc -std=c11 -O1 -Wall -DOWN "${@:2}" "$top/tests/wine/programs/prng.c" \
        "$top/dlls/bcryptprimitives/main.c" "$work/source.c" -o "$1"
}
check "a program with a fast source" link "$work/fast.exe"
check "gets more than 4 GB" says large=right run_wine "$work/fast.exe" large
check "a program with none" link "$work/none.exe" -DNONE
# 0xc0000602, of which a byte is left
check_status "ends, rather than go on" 2 run_wine "$work/none.exe"

# ---- another's file
printf 'another' >"$dll"
check "another's file" wine_efs install
check "stays when wine-efs is installed" grep -qx another "$dll"
check "status names it" status_says "move away"
check "it isn't uninstalled" wine_efs uninstall
check "either" grep -qx another "$dll"
rm "$dll"
ln -s "$work/victim" "$dll"
check "a link that leads nowhere" wine_efs install
check "is another's, too" test -L "$dll"
check "nothing is where it leads" test ! -e "$work/victim"
rm "$dll"
mkdir "$dll"
check "so is a folder" wine_efs install
check "which stays" test -d "$dll"
rmdir "$dll"

# ---- a Wine with its own
mkdir -p "$work/wine/x86_64-windows"
ln -s "$wine_dlls"/* "$work/wine/x86_64-windows/"
printf '%s\n' '#include <windows.h>' '__declspec(dllexport) BOOL WINAPI ProcessPrng(BYTE *data, SIZE_T size)' \
    '{ while (size--) *data++ = 0x57; return TRUE; }' >"$work/own.c"
own=$work/wine/x86_64-windows/bcryptprimitives.dll
x86_64-w64-mingw32-gcc -shared -nostdlib -Wl,--file-alignment,4096 -Wl,-e,0 -O1 -fno-builtin \
    -fno-tree-loop-distribute-patterns "$work/own.c" -o "$own" && winebuild --builtin "$own" ||
    { fail "a DLL of Wine's own"; plan; exit 1; }
printf 'dlldir=%s\n' '\??\unix'"${work//\//\\}\\wine" >"$work/dlldir"
cat >"$work/newer-wine" <<SH
#!/bin/sh
# finds that DLL among Wine's own
export WINEDLLPATH='$work/wine':"\$WINEDLLPATH"
case \$2 in
    --wine) wine "\$@" | sed '/^dlldir=/d'; cat '$work/dlldir' ;;
    *) exec wine "\$@" ;;
esac
SH
chmod +x "$work/newer-wine"
newer() { WINE=$work/newer-wine wine_efs "$@"; }
run_newer() { WINEPREFIX=$prefix timeout 60 "$work/newer-wine" "$@" </dev/null; }
check "a prefix with it" wine_efs install
check "a newer Wine that has its own takes that" says filled=57 run_newer "$work/prng64.exe"
check "and so says status" says "bcryptprimitives.dll: this Wine's own is used" newer status
check "installing with it" newer install
check "puts Wine's own into the place of ours" cmp "$own" "$dll"
check "programs get it" says filled=57 run_newer "$work/prng64.exe"
check "uninstalling" newer uninstall
check "leaves it" cmp "$own" "$dll"
rm "$dll"
check "installing with it where ours never was" newer install
check "puts nothing there" test ! -e "$dll"
check "uninstalling" newer uninstall
check "the prefix is as before" diff "$work/before" <(listing)
plan
