#!/bin/bash
# cipher.exe and wine-efs key as an ordinary user with umask 077: the tests of both, run with a user's rights, in his
# own prefixes. Makes a user for it, and removes him again.
#
# SPDX-License-Identifier: LGPL-2.1-or-later
. "$(dirname "$0")/../lib/tap.sh"

[ "$(id -u)" = 0 ] || skip_all "making a user needs root; the tests themselves run as whoever runs them"
for program in useradd userdel setpriv; do
    command -v $program >/dev/null || skip_all "$program isn't installed"
done
user=efscipher$$

remove_user() { userdel -f $user >/dev/null 2>&1; }
at_exit remove_user
useradd -M -d "$work/home" -s /bin/bash $user || { fail "the user"; plan; exit 1; }

# the checkout may be root's alone
chmod 755 "$work"
mkdir -p "$work/copy/build" && cp -a "$top/tests" "$work/copy/" && cp -a "$stage" "$work/copy/build/stage" &&
    chmod -R a+rX "$work/copy" || { fail "a copy of the tests"; plan; exit 1; }
install -d -o $user -g $user -m 700 "$work/home"

as_user()
{
    setpriv --reuid=$user --regid=$user --init-groups --inh-caps=-all --no-new-privs \
        env -i USER=$user LOGNAME=$user PATH="$PATH" WINEDEBUG=-all "$@"
}
# one that the tests copy
. "$top/tests/lib/prefix.sh"
make_unused()
{
    as_user HOME="$work/home" WINEDLLPATH="$work/copy/build/stage/lib/wine-efs" \
        bash -c 'umask 077; eval "$1"; create_prefix "$0"' \
        "$work/home/unused" "$(declare -f create_prefix)"
}
# run TEST: in a home of its own, as they go on at once
run()
{
    install -d -o $user -g $user -m 700 "$work/home/$1"
    as_user HOME="$work/home/$1" EFS_TEST_PREFIX="$work/home/unused" bash -c 'umask 077; cd && exec bash "$@"' - \
        "$work/copy/tests/wine/$1.sh" >"$work/$1.out" 2>&1 </dev/null
}
# ran TEST PROCESS: its failures, and what it leaves out
ran()
{
    local status=0

    wait "$2" || status=$?
    grep -v '^ok' "$work/$1.out"
    grep '# SKIP' "$work/$1.out" | sed 's/^ok [0-9]* - /# left out: /' >&3
    # neither a script that leaves out all, nor one that stops
    [ $status = 0 ] && [ "$(grep -c '^ok' "$work/$1.out")" -gt 30 ]
}
exec 3>&1

check "the user isn't root" setpriv --reuid=$user --regid=$user --init-groups --inh-caps=-all test ! -w /etc/passwd
check "a prefix of the user's" make_unused
declare -A running
names=(test_cipher test_cipher_update test_cipher_recovery test_key_import)
for name in "${names[@]}"; do
    run $name &
    running[$name]=$!
done
for name in "${names[@]}"; do
    check "$name as a user with umask 077" ran $name "${running[$name]}"
done
plan
