# Shared shell functions of test_wine_efs.sh and test_wine_efs_interrupted.sh: a new prefix, and what it is made of.
# Not tap.sh's: these tests' folder has blanks in its name.
#
#   stage=$1; . "$top/tests/lib/prefix_snapshot.sh"    makes "$prefix"
#   take_snapshot NAME                                 ends all of its processes, and notes its files and registry
#   same_snapshot NAME NAME
#
# SPDX-License-Identifier: LGPL-2.1-or-later
set -u
[ -n "${stage:-}" ] || { echo "usage: $0 STAGE" >&2; exit 2; }
stage=$(cd -- "$stage" && pwd) || exit 2
wine_efs=$stage/bin/wine-efs
libdir=$stage/lib/wine-efs
export WINEDEBUG=-all

work=$(mktemp -d "${TMPDIR:-/tmp}/wine efs test.XXXXXX")
# TMPDIR: tests/lib/tap.sh says why
unset WINEPREFIX WINEDLLPATH WINEDLLOVERRIDES WINE_EFS_LIBDIR WINEARCH TMPDIR
prefix="$work/the prefix"
system32="$prefix/drive_c/windows/system32"
number=0
failed=0

cleanup()
{
    for p in "$prefix" "$work/new prefix"; do
        [ -d "$p" ] && WINEPREFIX=$p wineserver -k 2>/dev/null
    done
    rm -rf -- "$work"
}
trap cleanup EXIT

check() # TITLE COMMAND...: the command must succeed
{
    local title=$1
    shift
    number=$((number + 1))
    if "$@" >"$work/out" 2>&1; then
        echo "ok $number - $title"
    else
        failed=$((failed + 1))
        echo "not ok $number - $title"
        head -n 20 "$work/out" | sed 's/^/# /'
    fi
}

fails() { ! "$@"; }
exits_with() { local code=$1; shift; "$@"; [ $? -eq "$code" ]; }
says() { local text=$1; shift; "$@" | tee /dev/stderr | grep -qF -- "$text"; }
in_prefix() { WINEPREFIX=$prefix "$@"; }
# no offer to download Mono and Gecko
boot() { WINEPREFIX=$1 WINEDLLOVERRIDES='mscoree,mshtml=' wineboot "$2" >/dev/null 2>&1; }
settle() { in_prefix wineserver -k; in_prefix wineserver -w; }

# The SHA-256 of each file. One whose inode and times are those of an earlier snapshot isn't read again: nothing in the
# prefix can set the ctime.
contents()
{
    touch "$work/hashes"
    find . -name '*.reg' -prune -o -type f -printf '%i %s %T@ %C@ %p\n' | sort >"$work/files"
    LC_ALL=C comm -13 "$work/hashes.keys" "$work/files" >"$work/new" 2>/dev/null || cp "$work/files" "$work/new"
    cut -d ' ' -f 5- "$work/new" | tr '\n' '\0' | xargs -0r sha256sum | cut -d ' ' -f 1 |
        paste -d ' ' - "$work/new" >>"$work/hashes"
    awk 'NR == FNR { hash = $1; sub(/^[^ ]* /, ""); hashes[$0] = hash; next }
        { key = $0; sub(/^[^ ]* [^ ]* [^ ]* [^ ]* /, ""); print hashes[key], $0 }' "$work/hashes" "$work/files" |
            sort -k 2
    cut -d ' ' -f 2- "$work/hashes" | LC_ALL=C sort -u >"$work/hashes.keys"
}

# Files by type, mode, contents and link target, those that wine-efs touches by time too; the registry line by line
# under its key, without time stamps and the device classes, which Wine's display driver writes anew each start, and
# without the empty key that winedbg leaves: a program has crashed, in three of 62 runs. All that is checked works then;
# which program it is isn't known. same_snapshot says so.
crashed='[Software\\Wine\\WineDbg]|[Software\\Wine\\WineDbg]'
snapshot()
{
    (
        cd -- "$prefix" || exit 1
        find . -name '*.reg' -prune -o -name wineserver -prune -o -name '*advapi32*' -printf '%y %m %s %T@ %l %p\n' \
            -o -type d -printf '%y %m %p\n' -o -printf '%y %m %s %l %p\n' | sort
        contents
        for f in *.reg; do
            echo "== $f"
            sed -e '/^#time=/d' -e '/^;;/d' -e '/^\[/s/\] [0-9]*$/]/' "$f" |
                awk 'BEGIN { RS = ""; FS = "\n" } { for (i = 1; i <= NF; i++) print $1 "|" $i }' |
                grep -Ev '^\[System\\\\(CurrentControlSet|ControlSet001)\\\\Control\\\\Class\\\\' |
                grep -vxF "$crashed" | sort
        done
    )
}

# The server that is started here stays until the next snapshot: one that is about to end by itself refuses the program
# that meets it.
take_snapshot() { settle; snapshot >"$work/$1"; in_prefix wineserver -p; }
same_snapshot()
{
    grep -qF 'Wine\\WineDbg]' "$prefix/user.reg" && echo "# a program has crashed in the prefix" >&3
    diff "$work/$1" "$work/$2"
}
exec 3>&1

tool() { in_prefix "$wine_efs" "$@"; }
is_dropin() { cmp "$libdir/x64/advapi32.dll" "$system32/advapi32.dll"; }

# What a program in the prefix gets; the drop-in must answer, with the forwarders
probe_says() { tool run "$libdir/x64/efsprobe.exe" | tr -d '\r' | tee /dev/stderr | grep -qx -- "$1"; }

boot "$prefix" -i
settle
if ! grep -q '^#arch=win64' "$prefix/system.reg" 2>/dev/null; then
    echo "1..0 # SKIP no 64-bit prefix could be made"
    exit 0
fi
# a first update and a first program may leave their own traces; they are not ours
boot "$prefix" -u
in_prefix wine reg query HKCU >/dev/null 2>&1

end() { echo "1..$number"; [ "$failed" -eq 0 ]; }
