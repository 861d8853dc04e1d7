#!/bin/bash
# tools/wine-efs, stopped dead at each of its changes: programs still run, and it can be repaired and taken back.
# TAP output. At the first three of them and at each third behind; with EFS_TEST_FULL=1 at all.
#
#     test_wine_efs_interrupted.sh STAGE      as test_wine_efs.sh
#
# SPDX-License-Identifier: LGPL-2.1-or-later

stage=${1:-}
top=$(cd -- "$(dirname -- "$0")/../.." && pwd)
. "$top/tests/lib/prefix_snapshot.sh"

take_snapshot before
# ---- interrupted after each change that can be seen: a second install, or an uninstall, sets it right
shim=$work/shim
mkdir -p "$shim"
for name in mkdir dd mv ln cp rmdir; do
    cat >"$shim/$name" <<'EOF'
#!/bin/sh
# counts, and stops the caller dead before the n-th change
count=$(($(cat "$COUNT_FILE" 2>/dev/null || echo 0) + 1))
echo "$count" >"$COUNT_FILE"
[ "$count" -eq "$STOP_AT" ] && kill -KILL "$PPID" && exit 1
PATH=$REAL_PATH exec "${0##*/}" "$@"
EOF
    chmod +x "$shim/$name"
done
interrupt() # N COMMAND
{
    rm -f "$work/count"
    (
        export REAL_PATH=$PATH COUNT_FILE="$work/count" STOP_AT=$1
        export PATH="$shim:$PATH"
        tool "$2"
    ) >/dev/null 2>&1
}
stops=0
repaired=0
usable=0
taken_back=0
step=3
[ "${EFS_TEST_FULL:-}" != 1 ] || step=1
for stop in 1 2 3 $(seq $((3 + step)) $step 60); do
    interrupt $stop install && break
    stops=$((stops + 1))
    in_prefix wine cmd /c ver >/dev/null 2>&1 && usable=$((usable + 1))
    tool uninstall >/dev/null 2>&1
    take_snapshot after
    if same_snapshot before after >"$work/difference"; then
        taken_back=$((taken_back + 1))
    else
        echo "# stopped at change $stop, what an uninstall left:"
        head -n 10 "$work/difference" | sed 's/^/# /'
    fi
    interrupt $stop install
    tool install >/dev/null 2>&1
    probe_says dropin=yes >/dev/null 2>&1 && repaired=$((repaired + 1))
    tool uninstall >/dev/null 2>&1
done
echo "# stopped at $stops places; usable after $usable, repaired $repaired, taken back $taken_back"
check "install was interrupted at several places" test "$stops" -ge 5
check "programs run in the prefix after each" test "$usable" -eq "$stops"
check "a second install repairs each" test "$repaired" -eq "$stops"
check "an uninstall takes each back" test "$taken_back" -eq "$stops"
tool install >/dev/null 2>&1
check "uninstall, stopped before its first rename" fails interrupt 2 uninstall
check "programs still run" in_prefix wine cmd /c ver
check "a second uninstall" tool uninstall
take_snapshot after
check "finishes" same_snapshot before after

end
