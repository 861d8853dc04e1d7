#!/bin/bash
# efsraw decrypt of several files and of trees: what is made, kept, left out and refused; again, over what is there; in
# a directory that somebody else has prepared; and with each of its calls failing in turn. As root and as nobody.
#
# SPDX-License-Identifier: LGPL-2.1-or-later
. "$(dirname "$0")/../lib/tap.sh"
. "$(dirname "$0")/../lib/users.sh"
efsraw=$(shared "${EFSRAW_CHECKED:-$stage/bin/efsraw}")
unchecked=$(realpath "${EFSRAW_UNCHECKED:-$stage/bin/efsraw}") # no sanitizer: memory, preloading
cd "$work" || exit 1
export TZ=UTC

"$gen/efsgen.py" keys alice --name alice >/dev/null
"$gen/efsgen.py" keys bob --name bob >/dev/null
alice=$work/alice/key.pem bob=$work/bob/key.pem
# a SIZE SEED: a plain file of its own, and how it is kept
make()
{
    head -c "$2" /dev/urandom >"expected/$1"
    "$gen/efsgen.py" stream --out raw --plaintext "expected/$1" --user "${3:-alice}/cert.pem" "${@:4}" &&
        "$efsraw" import raw "tree/$1"
}
mkdir -p tree/sub/deep expected/sub/deep tree/none expected/none
make a 100000 && make empty 0 && make sub/b 513 && make sub/deep/c 1000000 && make two 5000 alice --named foo:7000 \
    --plain bar:1000 || fail "the tree"
make bobs 4000 bob
printf 'not encrypted' >tree/sub/plain
cp tree/sub/plain expected/sub/plain
truncate -s 3M tree/holes
printf x >>tree/holes
cp --sparse=always tree/holes expected/holes
chmod 640 tree/a; chmod 600 tree/sub/plain; chmod 750 tree/sub; chmod 500 tree/none
touch -d '2019-05-06 07:08:09.5' tree/a tree/sub/plain tree/sub/deep
cp raw stream.raw
mkdir short && "$gen/efsgen.py" stream --out raw --size 10 --user alice/cert.pem --named foo:300 &&
    "$efsraw" import raw short/file
cp -a tree keep
both=(--key "$alice" --key "$bob")
chmod -R a+rX alice bob tree short expected stream.raw "$work"
chmod 640 tree/a; chmod 600 tree/sub/plain; chmod 750 tree/sub; chmod 500 tree/none

# decrypts WHO STATUS COUNTS ARGUMENTS...: with that exit status and last line
decrypts()
{
    local who=$1 status=$2 counts=$3 got=0

    shift 3
    as "$who" "$efsraw" decrypt "$@" >out 2>message || got=$?
    [ "$got" = "$status" ] && [ "$(tail -n 1 out)" = "$counts" ] || { echo "status $got"; cat out message; return 1; }
}
same() { diff -r "$1" "$2" && ! find "$2" -name '.efs*' | grep .; }
modes() { (cd "$1" && find . -printf '%P %m %y\n' | sort); }
times() { (cd "$1" && find . -printf '%P %T@\n' | sort); }
owner() { if [ "$1" = nobody ]; then chown -R 65534:65534 "${@:2}"; fi; }

for who in "${users[@]}"; do
    rm -rf t o.*
    cp -a tree t
    owner "$who" t
    mkdir o.$who
    owner "$who" o.$who
    out=o.$who/out
    check "$who: a tree" decrypts "$who" 0 "6 files decrypted, 2 copied, 2 left out" -r t $out "${both[@]}"
    check "... the content" same expected $out
    check "... the modes" diff <(modes t) <(modes $out)
    check "... the times" diff <(times t) <(times $out)
    check "... holes" test "$(stat -c %b $out/holes)" -lt 100
    check "... says which streams are left out" bash -c \
        "[ \$(wc -l <message) = 2 ] && grep -q 't/two: the stream \":foo:\$DATA\" is left out' message"
    check "$who: again: nothing is done" decrypts "$who" 0 "0 files decrypted, 0 copied, 8 there already" -r t $out \
        "${both[@]}"
    inode=$(stat -c %i $out/sub/b)
    printf x >>$out/a
    rm $out/sub/deep/c
    check "... but what is missing, or another size" decrypts "$who" 0 \
        "2 files decrypted, 0 copied, 6 there already" -r t $out "${both[@]}"
    check "... and nothing else" test "$inode" = "$(stat -c %i $out/sub/b)"
    check "... the content" same expected $out
    check "$who: without one of the keys" decrypts "$who" 1 \
        "5 files decrypted, 2 copied, 2 left out, 1 failed" -r t o.$who/one --key "$alice"
    check "... says which" bash -c "grep -qE 't/bobs: .*not encrypted for this key' message"
    rm -f o.$who/one/bobs expected.bobs
    check "... and makes all others" bash -c "diff -r expected o.$who/one | grep -qx 'Only in expected: bobs'"

    # ---- what is there ----
    out=o.$who/hostile
    as "$who" mkdir -p $out/sub o.$who/elsewhere
    as "$who" sh -c "echo mine >o.$who/victim; ln -s ../victim $out/a; ln -s ../../elsewhere $out/sub/deep;
        mkdir $out/empty; mkfifo $out/two; ln -s nowhere $out/holes"
    check "$who: links, folders and pipes in the way" decrypts "$who" 1 "2 files decrypted, 1 copied, 5 failed" -r t \
        $out "${both[@]}"
    check "... nothing went through them" bash -c \
        "[ \$(cat o.$who/victim) = mine ] && [ -z \"\$(ls o.$who/elsewhere)\" ] && [ ! -e $out/nowhere ]"
    check "... they are as they were" test -L $out/a -a -L $out/sub/deep -a -d $out/empty -a -p $out/two
    as "$who" mkdir o.$who/read-only
    as "$who" sh -c "echo old >o.$who/read-only/bobs; chmod 400 o.$who/read-only/bobs"
    check "$who: a read-only file stays" decrypts "$who" 1 "5 files decrypted, 2 copied, 2 left out, 1 failed" -r t \
        o.$who/read-only "${both[@]}"
    check "... as it is" test "$(as "$who" cat o.$who/read-only/bobs)" = old
    check "... and is replaced with --force" decrypts "$who" 0 \
        "1 file decrypted, 0 copied, 7 there already" -r --force t o.$who/read-only "${both[@]}"
    as "$who" mkdir t/inner
    check "$who: the target in the source" decrypts "$who" 0 "6 files decrypted, 2 copied, 3 left out" -r t \
        t/inner/out "${both[@]}"
    check "... is made once" test ! -e t/inner/out/inner/out
    chmod -R u+w t/inner
    rm -rf t/inner
    check "$who: the source as target" decrypts "$who" 1 "0 files decrypted, 0 copied, 1 failed" -r t t "${both[@]}"
    check "... is as it was" same keep t

    # ---- others than files ----
    as "$who" sh -c 'ln -s a t/link; mkfifo t/pipe; ln -s .. t/sub/up'
    check "$who: links and pipes" decrypts "$who" 0 "6 files decrypted, 2 copied, 5 left out" -r t o.$who/special \
        "${both[@]}"
    check "... are said" bash -c "grep -q 't/link: left out: a symbolic link' message &&
        grep -q 't/pipe: left out: neither a file' message && grep -q 't/sub/up: left out' message"
    check "... and aren't made" bash -c "! find o.$who/special -type l -o -type p | grep ."
    rm t/link t/pipe t/sub/up

    # ---- one that is damaged ----
    truncate -s -3 t/sub/b
    check "$who: a damaged file" decrypts "$who" 1 "5 files decrypted, 2 copied, 2 left out, 1 failed" -r t \
        o.$who/damaged "${both[@]}"
    check "... isn't taken for a plain one" test ! -e o.$who/damaged/sub/b
    cp -a keep/sub/b t/sub/b
    owner "$who" t/sub/b

    # ---- named streams ----
    check "$who: the last --named-streams counts" decrypts "$who" 0 "6 files decrypted, 2 copied" -r t \
        o.$who/attributes --named-streams attributes --named-streams=files "${both[@]}"
    "$efsraw" decrypt --stream FOO t/two foo --key "$alice" 2>message
    check "--stream, in any case of letters" test "$(stat -c %s foo)" = 7000 -a ! -s message
    "$efsraw" decrypt --stream bar t/two bar --key "$alice"
    check "... of a stream that isn't encrypted" test "$(stat -c %s bar)" = 1000
    "$efsraw" export t/two two.raw
    check "... of a raw stream" bash -c "'$efsraw' decrypt --stream foo - - --key '$alice' <two.raw | cmp - foo"
    check_status "... that isn't there" 1 "$efsraw" decrypt --stream baz t/two baz --key "$alice"
    check "... leaves nothing" test ! -e baz
    check "$who: named streams as files" decrypts "$who" 0 "6 files decrypted, 2 copied" -r t o.$who/files \
        --named-streams=files "${both[@]}"
    check "... the content" bash -c "cmp foo o.$who/files/two:foo && cmp bar o.$who/files/two:bar"
    check "$who: what fits no attribute" decrypts "$who" 1 "0 files decrypted, 7 copied, 1 failed" -r o.$who/files \
        o.$who/further --named-streams=attributes "${both[@]}"
    check "... is said, and the file isn't made without" bash -c \
        "grep -q 'further/two: ' message && [ ! -e o.$who/further/two ]"
    check "... what does, of an encrypted file" decrypts "$who" 0 "1 file decrypted, 0 copied" -r short \
        o.$who/short --named-streams=attributes "${both[@]}"
    check "... and of a plain one" decrypts "$who" 0 "0 files decrypted, 1 copied" -r o.$who/short o.$who/shorter \
        --named-streams=attributes "${both[@]}"
    check "... is there" bash -c "'$efsraw' decrypt --stream foo short/file foo --key '$alice'
        for dir in short shorter; do
            getfattr -n 'user.DosStream.foo:\$DATA' --only-values o.$who/\$dir/file | head -c 300 | cmp - foo || exit 1
        done"

    # ---- several files ----
    as "$who" mkdir o.$who/several
    check "$who: several files" bash -c \
        "'$efsraw' decrypt t/a t/sub/b stream.raw t/bobs o.$who/several --key '$alice' --key '$bob'
        cmp expected/a o.$who/several/a && cmp expected/sub/b o.$who/several/b &&
            cmp expected/bobs o.$who/several/stream.raw"
    check_status "... of which one fails" 1 "$efsraw" decrypt t/bobs t/a o.$who/several --key "$alice"
    chmod -R u+rwX t o.$who
done
mkdir -p closed/dir && chmod 555 closed/dir
check "a directory that its owner may not write" bash -c \
    "umask 077; '$efsraw' decrypt -r closed opened --key '$alice'; chmod 755 closed/dir"
check "... gives nobody more than the umask leaves" test "$(stat -c %a opened/dir)" = 500
check_status "several files without a directory" 2 "$efsraw" decrypt tree/a tree/bobs nowhere --key "$alice"
check_status "-r and --stream" 2 "$efsraw" decrypt -r --stream x tree nowhere --key "$alice"
check_status "-r of a file" 1 "$efsraw" decrypt -r tree/a nowhere --key "$alice"
check_status "... of a device" 1 "$efsraw" decrypt -r /dev/null nowhere --key "$alice"
check "... makes nothing" test ! -e nowhere
check_status ".. has no name for a directory" 1 "$efsraw" decrypt -r tree/sub/.. tree/sub "$work" --key "$alice"
mkdir over
cp alice/key.pem tree/key.pem
ln alice/key.pem over/key.pem
check_status "a key in the target" 1 "$efsraw" decrypt -r tree over --force "${both[@]}"
check "... isn't replaced" cmp alice/key.pem over/key.pem
rm tree/key.pem

# ---- signals ----
head -c 300000000 /dev/zero >big.plain
mkdir big
"$gen/efsgen.py" stream --out - --plaintext big.plain --user alice/cert.pem | "$efsraw" import - big/big
rm big.plain
for signal in INT TERM KILL; do
    rm -rf cut
    env --default-signal=INT "$efsraw" decrypt -r big cut --key "$alice" >/dev/null 2>&1 &
    while [ ! -d cut ] && kill -0 $! 2>/dev/null; do sleep 0.01; done
    sleep 0.05
    kill -$signal $! 2>/dev/null
    wait $! 2>/dev/null
    check "SIG$signal leaves nothing, or all" bash -c "! ls -A cut | grep -v '^big$' && { [ ! -e cut/big ] ||
        [ \$(stat -c %s cut/big) = 300000000 ]; }"
done
cc -O1 -o peak "$top/tests/lib/peak.c"
check "memory below 32 MiB" bash -c "./peak kib '$unchecked' decrypt -r big cut --key '$alice' --force &&
    [ \$(cat kib) -lt 32768 ] || { cat kib; false; }"
check "progress: none without a terminal" bash -c \
    "(cat stream.raw; sleep 2.1) | '$efsraw' decrypt - o --key '$bob' 2>message; [ ! -s message ]"
if why=$(terminals_missing) || ! command -v script >/dev/null; then skip "progress on a terminal" "${why:-no script}"
else
    check "progress on a terminal" bash -c "(head -c 900 stream.raw; sleep 2.1; tail -c +901 stream.raw) |
        script -qec \"'$efsraw' decrypt - o --key '$bob' </proc/self/fd/9\" /dev/null 9<&0 </dev/null |
        grep -q 'MiB/s'"
fi
rm -rf big cut

# ---- each call fails ----
if cc -shared -fPIC -O1 -o fail_nth.so "$top/tests/lib/fail_nth.c" -ldl; then
    mkdir -p small/s good
    cp -a tree/two small/two
    cp -a tree/sub/plain small/s/plain
    cp -a tree/bobs small/s/bobs
    "$efsraw" decrypt -r small good --named-streams=files "${both[@]}" >/dev/null
    # the number of calls goes into the file "calls"
    fault_run() { FAIL_AT=$1 FAIL_LOG=$work/calls LD_PRELOAD=$work/fail_nth.so "$unchecked" "${@:2}"; }
    # Whatever was made is complete; what is missing, is said; the next run makes it.
    round()
    {
        local status=0 name

        fault_run "$1" decrypt -r small faulty --named-streams=files "${both[@]}" >out 2>message || status=$?
        [ "$status" -le 1 ] || { echo "call $1: status $status"; cat message; return 1; }
        if [ -d faulty ]; then
            while read -r name; do
                cmp "good/$name" "faulty/$name" || { echo "call $1: $name"; cat message; return 1; }
            done < <(cd faulty && find . -type f)
        fi
        [ "$status" = 1 ] || diff -r good faulty || { echo "call $1: said nothing"; return 1; }
        [ "$status" = 0 ] || [ -s message ] || { echo "call $1: no message"; return 1; }
        "$unchecked" decrypt -r small faulty --named-streams=files "${both[@]}" >out 2>message &&
            diff -r good faulty || { echo "call $1: not after the next run"; cat out message; return 1; }
    }
    bad=0
    for ((n = 1; ; n++)); do
        rm -rf faulty
        round $n >round.txt 2>&1 || { bad=$((bad + 1)); sed 's/^/# /' round.txt; }
        [ "$(cat calls)" -ge $n ] || break
    done
    check "each of $((n - 1)) calls fails once: $bad times wrong" test $bad = 0 -a $n -gt 30
    # What was made before a kill and isn't whole, streams included, is made by the next run.
    killed()
    {
        rm -rf faulty
        FAIL_KILL=1 fault_run "$1" decrypt -r small faulty --named-streams=files "${both[@]}"
        "$unchecked" decrypt -r small faulty --named-streams=files "${both[@]}" && diff -r good faulty
    }
    bad=0
    for ((at = 1; at < n; at++)); do
        killed $at >round.txt 2>&1 || { bad=$((bad + 1)); sed "s/^/# call $at: /" round.txt; }
    done
    check "killed at each of $((n - 1)) calls: $bad times wrong" test $bad = 0
else skip "each call fails" "no C compiler"; fi
plan
