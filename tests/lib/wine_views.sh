# Shared shell functions of the tests: Windows programs in views of efsmount. After tap.sh, prefix.sh, users.sh,
# mounts.sh and views.sh. Skips everything where there is no Wine, or no compiler for Windows programs.
#
# SPDX-License-Identifier: LGPL-2.1-or-later

command -v wine >/dev/null || skip_all "Wine isn't installed"
chmod 755 "$work"
x86_64-w64-mingw32-gcc -std=c11 -O1 -municode "$top/tests/wine/programs/view.c" -o "$work/view.exe" -ladvapi32 ||
    skip_all "no compiler for Windows programs"
chmod 644 "$work/view.exe"

# windows WHO PROGRAM ARGUMENT...: in WHO's prefix. About one start in 2,000 ends with status 1 and not a word, before
# any DLL is loaded, with the drop-in or without (tests/wine/test_starts.sh says why): that one is started again.
windows()
{
    local said=$work/said.$BASHPID try status

    for try in 1 2 3; do
        as "$1" env WINEPREFIX="$work/$1/prefix" timeout -k 10 120 wine "${@:2}" </dev/null \
            >"$said.out" 2>"$said.err"
        status=$?
        [ "$status" = 1 ] && [ ! -s "$said.out" ] && [ ! -s "$said.err" ] || break
        echo "# start $try of a program ended before it began" >&2
    done
    cat "$said.out"
    cat "$said.err" >&2
    return "$status"
}

# says WHO WANTED COMMAND ARGUMENT...: what view.exe prints, its lines with blanks between
says()
{
    local who=$1 wanted=$2 got

    got=$(windows "$who" "$work/view.exe" "${@:3}" 2>"$work/message" | tr -d '\r' | xargs)
    [ "$got" = "$wanted" ] || { echo "got: $got, wanted: $wanted"; cat "$work/message"; false; }
}

mount_view()
{
    (cd "$work/$1" && as "$1" env XDG_RUNTIME_DIR="$work/$1/run" timeout 60 "$efsmount" -q "${@:2}" </dev/null)
}

# begin_view WHO: a prefix, and a tree by make_tree. False: no view can be mounted here, which has been said.
begin_view()
{
    check "$1: a prefix" make_own_prefix "$1"
    begin "$1" 022
    check "$1: a tree" make_tree "$1"
    if ! mount_view "$1" tree mnt 2>"$work/message"; then
        skip "$1: all of it" "FUSE can't be used: $(tail -n 1 "$work/message")"
        return 1
    fi
    unmount_view "$1" "$work/$1/mnt"
}

# opened WHO NAME MODE: a program of Linux' has it open in the view, to read (r) or to append (a), until `end_opened`
opened()
{
    rm -f "$work/hold" "$work/opened" && mkfifo "$work/hold"
    as "$1" "$python" -c 'import sys; f = open(sys.argv[1], sys.argv[2]); print(flush=True); sys.stdin.read()' \
        "$work/$1/mnt/$2" "${3:-r}" <"$work/hold" >"$work/opened" &
    opener=$!
    exec 7>"$work/hold"
    for _ in $(seq 100); do [ ! -s "$work/opened" ] || break; sleep 0.1; done
}

end_opened()
{
    exec 7>&-
    wait "$opener"
}
