#!/bin/bash
# Directories that efsbackup tree restores: whatever they will be like, what is in them is restored first, and nobody
# but their user gets in meanwhile; their own descriptor, mode and time come last, the deepest one's first, also after
# ^C or in front of a damaged entry.
#
# SPDX-License-Identifier: LGPL-2.1-or-later
. "$(dirname "$0")/../lib/tap.sh"
. "$(dirname "$0")/../lib/prefix.sh"

. "$(dirname "$0")/../lib/users.sh"

for user in "${users[@]}"; do check "a prefix of $user" make_own_prefix "$user"; done
[ ${#users[@]} = 2 ] || skip "as another user, too" "needs root"

# run COMMAND...: in $at, as $user, as begin has set it
run() { (cd "$at" && as "$user" env WINEPREFIX="$prefix" "$@") </dev/null; }
program=$stage/lib/wine-efs/x64/efsbackup.exe
efsbackup() { run timeout -k 10 120 wine "$program" "$@"; }
save() { efsbackup tree save "$(winpath "$at/$1")" "$(winpath "$at/$2")"; }
restore() { efsbackup tree restore "$(winpath "$at/$1")" "$(winpath "$at/$2")"; }
interrupt() { run python3 interrupt.py "$1" wine "$program" "${@:2}" >"$work/modes"; }
# times in seconds: Windows has no nanoseconds
state() { (cd "$at/$1" && find . -printf '%m %Ts %y %p\n' | sort -k 4); }
same() { diff <(state "$1") <(state "$2") && diff -r "$at/$1" "$at/$2"; }

for user in "${users[@]}"; do
    for mask in 022 077; do
        [ "$user" = nobody ] || [ $mask = 022 ] || continue # modes as root: test_modes.sh
        begin "$user" $mask
        at=$work/$user-$mask
        mkdir "$at"
        [ "$user" != nobody ] || chown 65534:65534 "$at"
        # what may be written comes last in a name's order, and first: a directory is left by either way
        run bash -c \
            'umask 022; mkdir -p tree/{a,ro,z}/{sub/deep,list} &&
            for d in tree/*/* tree/*/*/*; do [ ! -d $d ] || echo $d >$d/file; done
            chmod 600 tree/ro/sub/file; chmod 700 tree/a; chmod 500 tree/ro/sub/deep; chmod 555 tree/ro/sub tree/z/sub
            chmod 1777 tree/z/list; chmod 500 tree/ro
            touch -d 2001-02-03 tree/ro/sub/deep tree/ro/sub tree/ro tree/z/list tree/a tree; chmod 555 tree'
        check "$user, umask $mask: save" save tree archive
        check "restore" restore archive back
        check "the same names, data, modes and times" same tree back
        check "restore over it" restore archive back
        check "the same" same tree back

        # ---- what is there already, of the same names: wider, and narrower
        run bash -c \
            'mkdir -p wide/ro/sub/deep narrow/ro/sub/deep narrow/z/list && chmod -R 777 wide && chmod -R 500 narrow'
        check "restore over wider directories" restore archive wide
        check "the same" same tree wide
        check "restore over narrower ones" restore archive narrow
        check "the same" same tree narrow

        # ---- a directory whose own stream is damaged: what is in it comes all the same, and it is as it was, or its
        # user's alone
        number=$(sed -n 's/^d .* \([0-9a-f]*\) [0-9a-f]* [0-9a-f]* ro\\sub$/\1/p' "$at/archive/index")
        cp -a "$at/archive" "$at/damaged"
        truncate -s -1 "$at/damaged/$number.backup"
        run bash -c 'mkdir -p old/ro/sub && chmod 751 old/ro/sub && touch old/ro/sub/mine'
        check_status "a damaged stream, over a directory" 1 restore damaged old
        check "what is in it is restored" diff -r "$at/tree/ro/sub/deep" "$at/old/ro/sub/deep"
        check "its mode is the old one" test "$(stat -c %a "$at/old/ro/sub")" = 751
        check "the others have theirs" test \
            "$(stat -c %a "$at/old/ro" "$at/old/ro/sub/deep" "$at/old" | tr '\n' ' ')" = "500 500 555 "
        check_status "a damaged stream, and nothing there" 1 restore damaged new
        check "what is in it is restored" diff -r "$at/tree/ro/sub/deep" "$at/new/ro/sub/deep"
        check "it is its user's alone" test "$(stat -c %a "$at/new/ro/sub")" = 700

        # ---- an index that is damaged behind a directory's entry: all that was begun is finished
        cp -a "$at/archive" "$at/broken"
        sed -i '/ ro\\sub\\deep\\file$/s/^f/x/' "$at/broken/index"
        check_status "a damaged index" 1 restore broken cut
        check "the directories that were begun are finished" test \
            "$(cd "$at/cut" && stat -c '%a %Ts' . ro ro/sub ro/sub/deep)" \
            = "$(cd "$at/tree" && stat -c '%a %Ts' . ro ro/sub ro/sub/deep)"

        # ---- ^C: the same file a thousand times, so that there is time for it
        if why=$(terminals_missing); then skip "^C" "$why"
        else
            cp -a "$at/archive" "$at/many"
            /usr/bin/python3 - "$at/many/index" <<'END'
import sys
lines = open(sys.argv[1]).read().splitlines()
at = next(i for i, line in enumerate(lines) if line.endswith('ro\\sub\\deep\\file'))
lines[at + 1:at + 1] = [lines[at] + str(n) for n in range(5000)]
open(sys.argv[1], 'w').write('\n'.join(lines) + '\n')
END
            install -m 644 "$top/tests/wine/programs/interrupt.py" "$at/"
            run mkdir -m 755 stopped
            check_status "^C ends it" 1 interrupt stopped/ro/sub/deep/file20 tree restore "$(winpath "$at/many")" \
                "$(winpath "$at/stopped")"
            check "in between nobody else gets in" test "$(cat "$work/modes")" = "700 700"
            check "in the middle" test ! -e "$at/stopped/ro/sub/deep/file4999" -a ! -e "$at/stopped/z"
            check "the directories that were begun are finished" test \
                "$(cd "$at/stopped" && stat -c '%a %Ts' . ro ro/sub ro/sub/deep)" \
                = "$(cd "$at/tree" && stat -c '%a %Ts' . ro ro/sub ro/sub/deep)"
            check "nothing half-done is left" test -z "$(find "$at/stopped" -name 'efsbackup-*')"
        fi
    done
done

# ---- directories of somebody else's: they stay as they are, and take what they let in
if [ ${#users[@]} = 2 ]; then
    begin nobody 022
    at=$work/nobody-022
    install -d -m 777 "$at/theirs"
    install -d -m 775 -g 65534 "$at/theirs/ro"
    touch -d 2002-02-02 "$at/theirs/ro" "$at/theirs"
    check_status "over root's directories" 1 restore archive theirs
    check "they keep owner and mode" test "$(stat -c '%U %a' "$at/theirs" "$at/theirs/ro" | tr '\n' ' ')" = \
        "root 777 root 775 "
    check "what is in them is restored" diff -r "$at/tree" "$at/theirs"
fi

# ---- as many levels and directories as an archive likes: the memory doesn't grow with them
begin "${users[0]}" 022
at=$work/$user-022
if cc -O1 -o "$work/peak" "$top/tests/lib/peak.c" 2>/dev/null; then
    # many COUNT LEVELS: an index of COUNT directories, one below the other up to LEVELS
    many()
    {
        rm -rf "$at/hostile" "$at/deep"
        mkdir "$at/hostile"
        cp "$at/archive/00000001.backup" "$at/hostile/"
        /usr/bin/python3 - "$at/hostile/index" "$1" "$2" <<'END'
import sys
line = "d 00000010 01c08d74403f8000 01c08d74403f8000 01c08d74403f8000 00000001 "
with open(sys.argv[1], 'w') as index:
    print("efsbackup tree 1", file=index)
    print(line, file=index)
    count, levels = int(sys.argv[2]), int(sys.argv[3])
    for i in range(count):
        print(line + '\\'.join(["%x" % (i // levels)] * (i % levels + 1)), file=index)
END
        run timeout -k 10 400 "$work/peak" "$work/$1.peak" wine "$program" tree restore \
            "$(winpath "$at/hostile")" "$(winpath "$at/deep")" >"$work/said" 2>&1
        grep -q "^0 files and $(($1 + 1)) directories restored, 0 failed" "$work/said" ||
            { cat "$work/said"; return 1; }
    }
    check "ten directories" many 10 10
    check "1,000, up to 200 levels deep" many 1000 200
    echo "# peak $(cat "$work/10.peak") and $(cat "$work/1000.peak") KiB"
    check "take no more memory" test $(($(cat "$work/1000.peak") - $(cat "$work/10.peak"))) -lt 4000
    check "each is finished" test -z "$(find "$at/deep" -type d ! -newermt 2001-02-02 -o -newermt 2001-02-05)"
    check "with its mode" test "$(find "$at/deep" -type d -perm 555 | wc -l)" = 1001
else
    skip "memory" "no C compiler"
fi
plan
