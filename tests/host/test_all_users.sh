#!/bin/bash
# tools/all-users: whose prefixes it finds, and what it lets their owners do to root. Not with Wine: tests/run/package
# has that.
#
# SPDX-License-Identifier: LGPL-2.1-or-later
. "$(dirname "$0")/../lib/tap.sh"

[ "$(id -u)" = 0 ] || skip_all "dropping root's rights needs root"
# the numbers of people, which need no accounts here
chmod 755 "$work"
mkdir -p "$work/bin" "$work/lib"
cp "$top/tools/all-users" "$work/lib/all-users"
number=60000
for name in alice none hostile slow; do
    mkdir "$work/$name"
    echo "$name:x:$((number -= 1)):$number::$work/$name:/bin/sh" >>"$work/passwd"
    [ $name = none ] || { mkdir "$work/$name/.wine" && touch "$work/$name/.wine/system.reg"; }
    chown -R $number:$number "$work/$name"
done
echo "daemon:x:2:2::$work/alice:/bin/sh" >>"$work/passwd"
chmod 644 "$work/passwd"
printf '#!/bin/sh\ncat "%s/passwd"\n' "$work" >"$work/bin/getent"
# in the place of wine-efs: says what it is given
cat >"$work/bin/wine-efs" <<'TOOL'
#!/bin/sh
echo "args $*"
echo "ids $(id -u) $(id -g) $(id -G)"
grep -E '^(Cap(Inh|Prm|Eff|Amb)|NoNewPrivs)' /proc/self/status
env
# a terminal of root's would take what is typed into it
(: </dev/tty) 2>/dev/null && echo "terminal yes" || echo "terminal no"
case $USER in
    hostile) printf 'clear \033[2J \302\233\n'; exit 3 ;;
    slow) sleep 10; echo "slow done" ;;
esac
TOOL
chmod 755 "$work/bin"/* "$work/lib/all-users"

status=0
# on a terminal, as root would be, if there are any; SECRET is root's
terminal=(/usr/bin/python3 -c 'import os, pty, sys; sys.exit(os.waitstatus_to_exitcode(pty.spawn(sys.argv[1:])))')
! why=$(terminals_missing) || terminal=()
SECRET=x WINEPREFIX=/nowhere WINE_EFS_SECONDS=2 PATH=$work/bin:$PATH timeout 120 "${terminal[@]}" \
    "$work/lib/all-users" "$work/bin/wine-efs" install --guard=on >"$work/said" 2>&1 </dev/null || status=$?
tr -d '\r' <"$work/said" >"$work/text"

said() { grep -qxF -- "$1" "$work/text"; }
not_said() { ! grep -qF -- "$1" "$work/text"; }
check "one failure makes the whole fail" test "$status" = 1
check "and the sums are told" said "install: 1 prefixes done, 2 failed"
check "a user with a prefix" said "  args --prefix $work/alice/.wine install --guard=on"
check "with the user's rights" said "  ids 59999 59999 59999"
check "without capabilities" not_said "CapEff:	0000000000000001"
check "none of them" test "$(grep -cE 'Cap(Prm|Eff|Inh|Amb):.0{16}$' "$work/text")" = 12
check "nor any to be gained" said "  NoNewPrivs:	1"
check "with the user's home" said "  HOME=$work/alice"
check "and prefix" said "  WINEPREFIX=$work/alice/.wine"
check "without root's environment" not_said SECRET
if [ -n "$why" ]; then skip "and terminal" "$why"; else check "and terminal" not_said "terminal yes"; fi
check "a user without a prefix is left alone" not_said "args --prefix $work/none"
check "a system's account too" not_said daemon:
check "no escape sequence reaches the terminal" said '  clear ^[[2J M-BM-^['
check "who takes too long is stopped" said "  stopped: not done within 2 seconds"
check "and goes no further" bash -c '! pgrep -u 59996 -f bin/wine-efs'
setpriv --reuid=59999 --clear-groups "$work/lib/all-users" "$work/bin/wine-efs" status >"$work/said" 2>&1
check "users can't ask for it" grep -qx 'wine-efs: --all-users needs root' "$work/said"

. "$top/tools/completion/wine-efs"
. "$top/tools/completion/efsraw"
# completes FUNCTION WORD... : what bash offers for the last one
completes()
{
    COMP_WORDS=("${@:2}") COMP_CWORD=$(($# - 2))
    "$1" 2>/dev/null
    echo "${COMPREPLY[*]}"
}
check "completion: a command" test "$(completes _wine_efs wine-efs uni)" = uninstall
check "completion: an option's value" test "$(completes _wine_efs wine-efs install --guard = of)" = off
check "completion: efsraw" test "$(completes _efsraw efsraw decrypt --k)" = --key
plan
