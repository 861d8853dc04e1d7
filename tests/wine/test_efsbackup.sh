#!/bin/bash
# efsbackup.exe as a command: exit statuses, messages, and that a failure leaves nothing behind.
#
# SPDX-License-Identifier: LGPL-2.1-or-later
. "$(dirname "$0")/../lib/tap.sh"
. "$(dirname "$0")/../lib/prefix.sh"
. "$(dirname "$0")/../lib/mounts.sh"
export LC_ALL=C.UTF-8 # or Wine takes the names of the command line apart

check "a prefix with the drop-in" make_dropin_prefix "$work/prefix"
prefix=$work/prefix
mkdir "$work/dir"
dir=$work/dir
"$gen/efsgen.py" stream --out "$dir/raw" --size 100000 --random-ciphertext
echo "plain text" >"$dir/plain"

# fails NAME STATUS TEXT ARGS...: that exit status, and that text on standard error
fails()
{
    local name=$1 wanted=$2 text=$3 status=0

    shift 3
    run_wine efsbackup.exe "$@" >"$work/stdout" 2>"$work/stderr" || status=$?
    if [ "$status" = "$wanted" ] && grep -qF "$text" "$work/stderr" && [ ! -s "$work/stdout" ]; then pass "$name"
    else fail "$name" "status $status"$'\n'"$(cat "$work/stderr" "$work/stdout")"
    fi
}

fails "no arguments: usage" 2 "Usage: efsbackup"
fails "unknown command: usage" 2 "Usage: efsbackup" copy a b
fails "unknown option: usage" 2 "Usage: efsbackup" restore a b --fast
fails "options of another command: usage" 2 "Usage: efsbackup" save a b --directory
fails "too many names: usage" 2 "Usage: efsbackup" restore a b c
check "--help" run_wine efsbackup.exe --help

fails "restore: no such stream" 1 "(2)" restore "$(winpath "$dir/none")" "$(winpath "$dir/new")"
fails "restore: no such directory" 1 "(3)" restore "$(winpath "$dir/raw")" "$(winpath "$dir/none/new")"
fails "restore: no stream at all" 1 "This is not a complete EFS backup stream. (6008)" \
    restore "$(winpath "$dir/plain")" "$(winpath "$dir/new")"
fails "restore: a file's stream for a directory" 1 "(267)" restore "$(winpath "$dir/raw")" "$(winpath "$dir/new")" \
    --directory
check "nothing was made" test ! -e "$dir/new"

check "restore" run_wine efsbackup.exe restore "$(winpath "$dir/raw")" "$(winpath "$dir/encrypted")"
fails "save: not encrypted" 1 "The file is not encrypted. (6007)" save "$(winpath "$dir/plain")" "$(winpath "$dir/new")"
fails "save: no such file" 1 "$(winpath "$dir/none")" save "$(winpath "$dir/none")" "$(winpath "$dir/new")"
check "no stream file was made" test ! -e "$dir/new"
cp "$dir/raw" "$dir/earlier"
fails "save: not encrypted, onto an earlier backup" 1 "(6007)" save "$(winpath "$dir/plain")" \
    "$(winpath "$dir/earlier")"
check "the earlier backup is there" cmp "$dir/raw" "$dir/earlier"
fails "save: onto itself" 1 "(32)" save "$(winpath "$dir/encrypted")" "$(winpath "$dir/encrypted")"

mkdir "$work/tiny"
if [ "$(id -u)" = 0 ] && mount -t tmpfs -o size=64k none "$work/tiny" 2>/dev/null; then
    at_exit unmount "$work/tiny"
    fails "save: the stream's disk is full" 1 "$(winpath "$work/tiny/back")" save "$(winpath "$dir/encrypted")" \
        "$(winpath "$work/tiny/back")"
    check "the code is that of the disk" grep -qF "(112)" "$work/stderr"
    check "no half of a stream file" test -z "$(ls -A "$work/tiny")"
else
    skip "save: the stream's disk is full" "mounting needs root"
fi

check "save" run_wine efsbackup.exe save "$(winpath "$dir/encrypted")" "$(winpath "$dir/back")"
check "it is what was restored" cmp "$dir/raw" "$dir/back"
check "names in other scripts" run_wine efsbackup.exe save "$(winpath "$dir/encrypted")" "$(winpath "$dir/ключ-備份")"
check "they are on the host" cmp "$dir/raw" "$dir/ключ-備份"
long=$(printf 'a%.0s' {1..200})
mkdir -p "$dir/$long/$long"
check "names longer than 260: restore" run_wine efsbackup.exe restore "$(winpath "$dir/raw")" \
    "$(winpath "$dir/$long/$long/file")"
check "names longer than 260: save" run_wine efsbackup.exe save "$(winpath "$dir/$long/$long/file")" \
    "$(winpath "$dir/$long/$long/back")"
check "names longer than 260: the same" cmp "$dir/raw" "$dir/$long/$long/back"

check "status" run_wine efsbackup.exe status "$(winpath "$dir/encrypted")"
check "status: it can be saved" grep -q 'raw export: *yes' \
    <(run_wine efsbackup.exe status "$(winpath "$dir/encrypted")")
check "status: a plain file can't" grep -q 'raw export: *no: .*(6007)' \
    <(run_wine efsbackup.exe status "$(winpath "$dir/plain")")
fails "status: no such file" 1 "(2)" status "$(winpath "$dir/none")"

# who can decrypt, from a stream whose users are known
cert=$top/tests/unit/crypt/keys/cert.pem
"$gen/efsgen.py" stream --out "$dir/raw-users" --size 1000 --random-ciphertext --user \
    "$cert:Алиса(alice@HOST):S-1-5-21-1-2-3-1001" \
    --user "$cert" --recovery "$cert:agent"
run_wine efsbackup.exe restore "$(winpath "$dir/raw-users")" "$(winpath "$dir/users")"
run_wine efsbackup.exe users "$(winpath "$dir/users")" 2>&1 | tr -d '\r' >"$work/users"
thumbprint=$(openssl x509 -in "$cert" -outform DER | sha1sum | cut -d ' ' -f 1)
cat >"$work/expected" <<EOF
users: 2
  Алиса(alice@HOST)
    SID:         S-1-5-21-1-2-3-1001
    certificate: $thumbprint
  efs-test(efs-test@WINE-EFS)
    certificate: $thumbprint
recovery agents: 1
  agent
    certificate: $thumbprint
EOF
check "users" diff "$work/expected" "$work/users"
fails "users: not encrypted" 1 "The file is not encrypted. (6007)" users "$(winpath "$dir/plain")"
fails "users: no such file" 1 "(2)" users "$(winpath "$dir/none")"
plan
