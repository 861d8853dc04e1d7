#!/bin/bash
# efsraw, command by command: outputs byte for byte, messages, exit statuses, `-` in each place, and that a
# failure leaves nothing behind.
#
# EFSRAW: the program to test, instead of the one that tools/test names or build/stage has.
#
# SPDX-License-Identifier: LGPL-2.1-or-later
. "$(dirname "$0")/../lib/tap.sh"
. "$(dirname "$0")/../lib/mounts.sh"
efsraw=${EFSRAW:-${EFSRAW_CHECKED:-$stage/bin/efsraw}}
[ -x "$efsraw" ] || skip_all "no efsraw: $efsraw"
efsraw=$(realpath "$efsraw")
here=$(cd "$(dirname "$0")" && pwd)
cd "$work" || exit 1

# refuses NAME STATUS REGEX COMMAND...: that status, nothing but one line on standard error, and that is as expected
refuses()
{
    local name=$1 wanted=$2 regex=$3 status=0

    shift 3
    "$@" >out.txt 2>message || status=$?
    if [ "$status" = "$wanted" ] && [ "$(wc -l <message)" = 1 ] && [ ! -s out.txt ] &&
        grep -qE -- "$regex" message; then pass "$name"
    else fail "$name" \
        "$(printf '%s: status %s instead of %s, wanted %s\n' "$*" "$status" "$wanted" "$regex"; cat message)"; fi
}

# leaves DIR NAMES...: there is just that in the directory, hidden names included
leaves()
{
    local dir=$1

    shift
    [ "$(ls -A "$dir" | sort)" = "$(printf '%s\n' "$@" | sed '/^$/d' | sort)" ] || { ls -la "$dir"; return 1; }
}

"$gen/efsgen.py" keys alice --name alice --password 'pä ss' >/dev/null
"$gen/efsgen.py" keys bob --name bob >/dev/null
"$gen/efsgen.py" keys agent --name agent --recovery-agent >/dev/null
head -c 200000 /dev/urandom >plain
users=(--user 'alice/cert.pem:Ali"ce\ (a@x)' --user bob/cert.pem:bob --recovery agent/cert.pem:agent)
"$gen/efsgen.py" stream --out raw --plaintext plain "${users[@]}"
"$gen/efsgen.py" stream --out dir.raw --directory "${users[@]}"
"$gen/efsgen.py" stream --out many.raw --plaintext plain "${users[@]}" --named foo:70000 --plain bar:1000
printf 'wrong\nmore\n' >wrong.txt
alice=(--key alice/key.pem)

# ---- usage ----
check "--version names program and version" bash -c "'$efsraw' --version | grep -qE '^efsraw [0-9]+\.[0-9]'"
check "--help shows the commands" bash -c "'$efsraw' --help | grep -q 'efsraw decrypt INPUT OUTPUT'"
for command in info export import verify decrypt; do
    check "$command --help" bash -c "'$efsraw' $command --help | grep -q '^Usage: '"
    check_status "$command: an unknown option is wrong usage" 2 "$efsraw" "$command" --nonsense
    refuses "$command: no arguments is wrong usage" 2 "^efsraw: $command: .*needed" "$efsraw" "$command"
    [ $command != info ] || continue # which takes any number
    refuses "$command: too many arguments is wrong usage" 2 "^efsraw: $command: .*needed" "$efsraw" "$command" a b c d
done
# the commands that need keys are in a program beside it
mkdir -p alone/here
cp "$efsraw" alone/here/efsraw
refuses "without efsraw-keys: decrypt says so" 1 "^efsraw: .*/efsraw-keys: No such file .* decrypt needs it" \
    alone/here/efsraw decrypt raw out --key alice/key.pem
check "... verify needs none" alone/here/efsraw verify raw
printf '#!/bin/sh\nprintf "%%s." "$@"\n' >alone/here/efsraw-keys
chmod 755 alone/here/efsraw-keys
check "... it gets the whole command line" \
    test "$(alone/here/efsraw decrypt "a b" '' --key=x)" = "decrypt.a b..--key=x."
refuses "no command" 2 "a command is needed" "$efsraw"
refuses "an unknown command" 2 "^efsraw: nonsense: no such command" "$efsraw" nonsense
refuses "import to -" 2 "can't be standard output" "$efsraw" import raw -
refuses "export from -" 2 "can't be standard input" "$efsraw" export - x
refuses "decrypt without key" 2 "key is needed" "$efsraw" decrypt raw x
refuses "standard input for two things" 2 "one thing only" "$efsraw" decrypt - x --key alice/key.pfx --password-file -

# ---- import, export ----
check "import" "$efsraw" import raw file
"$gen/efscheck.py" host raw >host
check "... the file is ciphertext and padding count" cmp file host
check "export" "$efsraw" export file back
check "... byte for byte" cmp raw back
check "export to -" bash -c "'$efsraw' export file - | cmp - raw"
check "export to /dev/stdout keeps its position" bash -c \
    "{ echo before; '$efsraw' export file /dev/stdout; } >mixed && tail -c +8 mixed | cmp - raw"
check "import from -" bash -c "'$efsraw' import - file2 <raw && cmp file2 host"
check "import --directory" bash -c "'$efsraw' import --directory dir.raw d && test -d d"
check "... and exported again" bash -c "'$efsraw' export d - | cmp - dir.raw"
check "import over an existing directory" bash -c \
    "mkdir d2 && '$efsraw' import dir.raw d2 && '$efsraw' export d2 - | cmp - dir.raw"
mkdir over; printf old >over/file; chmod 640 over/file
check "import over an existing file" bash -c "'$efsraw' import raw over/file && cmp over/file host"
check "... keeps its mode" test "$(stat -c %a over/file)" = 640
check "... and leaves nothing else" leaves over file
refuses "import of a truncated stream" 1 \
    "^efsraw: standard input: offset 0x[0-9a-f]+: .*not a complete EFS raw stream" \
    bash -c "head -c 100000 raw | '$efsraw' import - over/file"
check "... leaves the target as it was" cmp over/file host
check "... and nothing else" leaves over file
check "import of named streams" "$efsraw" import many.raw over/new
check "... which exports as it came" bash -c "'$efsraw' export over/new - | cmp - many.raw"
head -c "$(stat -c %s raw)" many.raw >one.raw
cp -a over/new container
check "... or without the named streams" bash -c "'$efsraw' export --drop-named container - | cmp - one.raw"
check "import without them" "$efsraw" import --drop-named many.raw over/new
check "... keeps the rest as if they had never been there" bash -c \
    "'$efsraw' export over/new - | cmp - one.raw && cmp over/new host && ! getfattr -n user.efs.container over/new"
rm over/new
refuses "import: no such stream" 1 "^efsraw: nowhere: open: No such file" "$efsraw" import nowhere over/new
mkdir taken && : >'taken/x?' && setfattr -n user.WINEREPARSE -v 0x0c0000a0 'taken/x?'
refuses "import: a name that a reparse point of Wine's has" 1 "reparse point" "$efsraw" import raw taken/x
refuses "decrypt: the same" 1 "reparse point" "$efsraw" decrypt raw taken/x "${alice[@]}"
check "and nothing is made beside it" leaves taken 'x?'
refuses "import: no such directory" 1 "^efsraw: no/new: .*no such directory" "$efsraw" import raw no/new
refuses "import --directory over a file" 1 "^efsraw: over/file: .*directory" "$efsraw" import --directory dir.raw \
    over/file
cp raw same
refuses "import over its own input" 1 "^efsraw: same: it is also the input" "$efsraw" import same same
check "... which is as it was" cmp same raw
refuses "export of a file that isn't encrypted" 1 "^efsraw: plain: .*not an encrypted file" "$efsraw" export plain x
refuses "export of a directory that isn't" 1 "^efsraw: over: .*not an encrypted file" "$efsraw" export over x
refuses "export of a device" 1 "^efsraw: /dev/null: .*not an encrypted file" "$efsraw" export /dev/null x
refuses "export: no such file" 1 "^efsraw: nowhere: open: No such file" "$efsraw" export nowhere x
cp -a file cut; truncate -s -512 cut
refuses "export of a file that was cut" 1 "^efsraw: cut: .*don't fit together" "$efsraw" export cut x
check "none of them made an output" test ! -e x
refuses "export over the encrypted file itself" 1 "^efsraw: file: it is also an input" "$efsraw" export file file
refuses "... and over a link to it" 1 "it is also an input" bash -c "ln file hard && '$efsraw' export file hard"
check "... which is as it was" cmp file host
check "a file whose content is a raw stream is a plain file" bash -c \
    "'$efsraw' export raw x 2>&1 | grep -q 'not an encrypted file'"

# ---- outputs: all or nothing ----
mkdir outs
check "a new output has the mode that umask leaves" bash -c \
    "umask 027; '$efsraw' export file outs/new; [ \$(stat -c %a outs/new) = 640 ]"
printf old >outs/old; chmod 600 outs/old; ln -s old outs/link
check "an output through a symbolic link" "$efsraw" export file outs/link
check "... keeps the link" test -L outs/link
check "... and the mode of what it leads to" bash -c "[ \$(stat -c %a outs/old) = 600 ] && cmp outs/old raw"
printf old >outs/old
refuses "a truncated stream decrypts to an error" 1 "^efsraw: standard input: offset 0x" \
    bash -c "head -c 150000 raw | '$efsraw' decrypt - outs/old ${alice[*]}"
check "... and leaves the output as it was" test "$(cat outs/old)" = old
refuses "the same for an output that is missing" 1 "offset 0x" bash -c \
    "head -c 150000 raw | '$efsraw' decrypt - outs/missing ${alice[*]}"
check "... and no litter" leaves outs link new old
refuses "an output that is a directory" 1 "^efsraw: outs: open: Is a directory" "$efsraw" export file outs
refuses "an output in a directory that is missing" 1 "^efsraw: no/x: .*no such directory" "$efsraw" export file no/x
refuses "a full device" 1 "^efsraw: /dev/full: write: No space left" "$efsraw" export file /dev/full
refuses "a full standard output" 1 "^efsraw: standard output: write: No space left" bash -c \
    "'$efsraw' export file - >/dev/full"
refuses "the same for info" 1 "^efsraw: standard output: write: No space left" bash -c "'$efsraw' info file >/dev/full"
refuses "a closed standard output" 1 "^efsraw: standard output: .*Bad file descriptor" bash -c "'$efsraw' info file >&-"
refuses "a pipe that nobody reads" 1 "^efsraw: standard output: write: Broken pipe" \
    bash -c "{ sleep 1; '$efsraw' export file -; echo \$? >&3; } 3>status | true; exit \$(cat status)"
mkfifo fifo
check "a FIFO is written straight" bash -c \
    "cat fifo >from-fifo & '$efsraw' export file fifo && wait && cmp from-fifo raw && test -p fifo"
ulimit_full() { (ulimit -f 100; trap '' XFSZ; "$efsraw" decrypt file outs/big "${alice[@]}"); }
refuses "a write that fails half-way" 1 "^efsraw: outs/big: write: File too large" ulimit_full
check "... leaves nothing" leaves outs link new old
if [ "$(id -u)" = 0 ]; then skip "an output that may not be written" "root may write everything"
else
    chmod 400 outs/old
    refuses "an output that may not be written" 1 "^efsraw: outs/old: open: Permission denied" "$efsraw" export file \
        outs/old
fi

if why=$(ntfs_missing); then skip "an output where there are no unnamed files" "$why"
else
    mount_ntfs "$work/ntfs.img" "$work/ntfs"
    printf old >ntfs/old
    check "an output where there are no unnamed files" "$efsraw" export file ntfs/new
    check "... and over an old one" "$efsraw" export file ntfs/old
    check "... byte for byte" bash -c "cmp ntfs/new raw && cmp ntfs/old raw"
    refuses "... and one that fails" 1 "offset 0x" bash -c \
        "head -c 150000 raw | '$efsraw' decrypt - ntfs/failed ${alice[*]}"
    check "... without litter" leaves ntfs new old
fi

# ---- decrypt ----
decrypts() { (set -o pipefail; "$efsraw" decrypt "$@" - | cmp - plain); }
check "decrypt a stream with a PEM key" decrypts raw "${alice[@]}"
check "... an encrypted file" decrypts file "${alice[@]}"
check "... with a PFX and a password file" decrypts file --key alice/key.pfx --password-file alice/password.txt
check "... with a PFX as Windows makes it" decrypts raw --key alice/key-legacy.pfx --password-file alice/password.txt
check "... as the second user" decrypts raw --key bob/key.pem
check "... as the recovery agent" decrypts raw --key agent/key.pem
check "... input from -" bash -c "'$efsraw' decrypt - out ${alice[*]} <raw && cmp out plain"
check "... key from -" bash -c "'$efsraw' decrypt raw - --key - <alice/key.pem | cmp - plain"
check "... password from -, its line ended as Windows does" \
    bash -c "sed 's/\$/\r/' alice/password.txt | '$efsraw' decrypt raw - --key alice/key.pfx --password-file - |
        cmp - plain"
check "... password without end of line" \
    bash -c "tr -d '\n' <alice/password.txt | '$efsraw' decrypt raw - --key alice/key.pfx --password-file - |
        cmp - plain"
for algorithm in 3des desx; do
    "$gen/efsgen.py" stream --out alg.raw --plaintext plain --algorithm $algorithm --user alice/cert.pem
    check "decrypt $algorithm" decrypts alg.raw "${alice[@]}"
done
for size in 0 1 511 512 513 65535 65536 65537 1048576 1114113; do
    "$gen/efsgen.py" stream --out size.raw --size $size --user alice/cert.pem
    "$gen/efscheck.py" decrypt size.raw alice/key.pem >size.plain
    check "decrypt $size bytes" bash -c \
        "[ \$(stat -c %s size.plain) = $size ] && '$efsraw' decrypt size.raw size.out ${alice[*]} &&
            cmp size.out size.plain"
done
for rule in $("$gen/efsgen.py" rules | awk -F '\t' '$2 == "valid" { print $1 }'); do
    "$gen/efsgen.py" stream --out rule.raw --plaintext plain --user alice/cert.pem --break "$rule"
    check "verify a well-formed stream: $rule" "$efsraw" verify rule.raw
    case $rule in no-stream | name-no-type | name-255) # they leave no unnamed stream
        refuses "decrypt: $rule" 1 "no unnamed stream" bash -c \
            "'$efsraw' decrypt rule.raw x ${alice[*]} 2>&1 >/dev/null | tail -n 1 >&2; exit \${PIPESTATUS[0]}"
        continue
    esac
    rm -f rule.out
    check "decrypt: $rule" bash -c \
        "'$efsraw' decrypt rule.raw rule.out ${alice[*]} && '$here/expected.py' $rule plain rule.out rule.raw"
    check "... the same into a pipe" bash -c \
        "set -o pipefail; '$efsraw' decrypt rule.raw - ${alice[*]} | cmp - rule.out"
done
"$efsraw" decrypt many.raw out "${alice[@]}" 2>message
check "named streams are left out" cmp out plain
check "... with a line for each" bash -c \
    "[ \$(wc -l <message) = 2 ] && grep -q '\":foo:\$DATA\" is left out' message &&
        grep -q '\":bar:\$DATA\" is left out' message"
refuses "a directory has nothing to decrypt" 1 "^efsraw: dir.raw: .*director" "$efsraw" decrypt dir.raw x "${alice[@]}"
"$gen/efsgen.py" stream --out other.raw --plaintext plain --user bob/cert.pem
refuses "a key that isn't among the users" 1 "^efsraw: other.raw: .*not encrypted for this key" "$efsraw" decrypt \
    other.raw x "${alice[@]}"
refuses "a wrong password" 1 "^efsraw: alice/key.pfx: .*password doesn't open" "$efsraw" decrypt raw x --key \
    alice/key.pfx --password-file wrong.txt
refuses "no password and no terminal" 1 "^efsraw: alice/key.pfx: .*password doesn't open" setsid -w "$efsraw" decrypt \
    raw x --key alice/key.pfx
printf 'a\0b\n' >nul.txt
refuses "a password with a NUL" 1 "^efsraw: nul.txt: .*NUL" "$efsraw" decrypt raw x --key alice/key.pfx \
    --password-file nul.txt
refuses "a key file that is none" 1 "^efsraw: plain: .*no PFX, PEM, DER or PVK" "$efsraw" decrypt raw x --key plain
refuses "a certificate without key" 1 \
    "^efsraw: alice/cert.pem: .*no PFX, PEM, DER or PVK file with an RSA private key" "$efsraw" decrypt raw x --key \
    alice/cert.pem
refuses "a key file that is missing" 1 "^efsraw: nokey: open: No such file" "$efsraw" decrypt raw x --key nokey
head -c 2000000 /dev/zero >huge
refuses "a key file that is too long" 1 "^efsraw: huge: too long" "$efsraw" decrypt raw x --key huge
check "none of them made an output" test ! -e x
refuses "decrypt over its input" 1 "^efsraw: raw: it is also an input" "$efsraw" decrypt raw raw "${alice[@]}"
refuses "decrypt over the key" 1 "^efsraw: alice/key.pem: it is also an input" "$efsraw" decrypt raw alice/key.pem \
    "${alice[@]}"
refuses "decrypt over the password file" 1 "it is also an input" "$efsraw" decrypt raw alice/password.txt --key \
    alice/key.pfx --password-file alice/password.txt
if why=$(terminals_missing); then
    for name in "a password is asked for" "an interrupted question" "a raw stream isn't written"; do skip \
        "on a terminal: $name" "$why"; done
else
    check "a password is asked for on a terminal, without echo" "$here/terminal.py" ask "$efsraw" raw alice/key.pfx \
        'pä ss' plain
    check "an interrupted question gives the terminal its echo back" "$here/terminal.py" interrupt "$efsraw" raw \
        alice/key.pfx
    check "a raw stream isn't written to a terminal" "$here/terminal.py" refuse "$efsraw" file
fi

# ---- info, verify ----
json() { "$efsraw" info --json "$1" >info.json && /usr/bin/python3 -m json.tool info.json >/dev/null &&
    /usr/bin/python3 -c "
import json, sys
i = json.load(open('info.json'))
assert ($2), i"; }
thumbprint=$(openssl x509 -in alice/cert.pem -outform DER | sha1sum | cut -d ' ' -f 1)
length=$(stat -c %s raw)
check "info --json of a stream" json raw "i['form'] == 'raw-stream' and not i['directory'] and i['file'] == 'raw'"
check "... sizes" json raw "i['sizes'] == {'plain': 200000, 'stored': 200192, 'stream': $length}"
check "... users" json raw \
    "[u['name'] for u in i['users']] == ['Ali\"ce\\\\ (a@x)', 'bob'] and
        [u['name'] for u in i['recovery_agents']] == ['agent']"
check "... thumbprint, key" json raw \
    "i['users'][0]['thumbprint'] == '$thumbprint' and i['users'][0]['encrypted_fek_bits'] == 2048 and
        i['users'][0]['flags'] == 0"
check "... SIDs" json raw \
    "i['users'][0]['sid'] == 'S-1-5-21-1000000001-1000000002-1000000003-1001' and i['users'][1]['sid'] is None"
check "... metadata" json raw \
    "i['metadata']['version'] == 2 and not i['metadata']['opaque'] and len(i['metadata']['id']) == 36 and
        i['algorithm'] is None"
check "... streams" json many.raw \
    "[(s['name'], s['encrypted'], s['plain']) for s in i['streams']] == [('::\$DATA', True, 200000), (':foo:\$DATA',
        True, 70000), (':bar:\$DATA', False, 1000)]"
check "... of an encrypted file: the same but the form" json file \
    "i['form'] == 'split' and i['sizes'] == {'plain': 200000, 'stored': 200192, 'stream': $length} and
        i['streams'][0]['segments'] == 4"
check "... of a container" json container \
    "i['form'] == 'container' and not i['directory'] and i['layout'] is None and
        i['sizes'] == {'plain': 200000, 'stored': 200192, 'stream': $(stat -c %s many.raw)} and
        [s['name'] for s in i['streams']] == ['::\$DATA', ':foo:\$DATA', ':bar:\$DATA']"
"$gen/efsgen.py" stream --out hole.raw --break segment-hole --user alice/cert.pem
check "... of a file with a layout" bash -c "'$efsraw' import hole.raw hole && '$efsraw' export hole - | cmp - hole.raw"
check "... which it has" json hole \
    "i['form'] == 'split' and i['layout'] > 9 and i['streams'][0]['sparse'] and
        i['streams'][0]['segments'] == 2 and i['streams'][0]['stored'] == 4608"
check "... of a directory" json d \
    "i['form'] == 'directory' and i['directory'] and i['sizes']['plain'] is None and i['streams'] == []"
check "... of a directory's stream" json dir.raw "i['form'] == 'raw-stream' and i['directory']"
check "info and its stream agree" bash -c \
    "'$efsraw' info --json - <raw | tail -n +3 >a; '$efsraw' info --json raw | tail -n +3 | cmp - a"
"$gen/efsgen.py" stream --out v1.raw --efs-version 1 --algorithm desx --user alice/cert.pem
check "version 1 of \$EFS is DESX" json v1.raw "i['metadata']['version'] == 1 and i['algorithm'] == 'DESX'"
evil=$(printf 'e\033[31m\342\200\256x\ttab')
"$gen/efsgen.py" stream --out evil.raw --user "alice/cert.pem:$evil"
check "control characters are escaped in text" bash -c \
    "'$efsraw' info evil.raw | grep -qF 'e\\u001b[31m\\u202ex\\u0009tab' && ! '$efsraw' info evil.raw |
        grep -q \$'\\033'"
check "... and in JSON" json evil.raw "i['users'][0]['name'] == 'e\\x1b[31m\\u202ex\\ttab'"
bad=$(printf 'b\xff"\nx')
cp raw "$bad"
check "a file name of any bytes is valid JSON" json "$bad" "i['file'] == 'b\\ufffd\"\\nx'"
refuses "... and one line in a message" 1 '^efsraw: b\\xff"\\u000ax-: open' "$efsraw" info "$bad-"
check "info shows users and form" bash -c \
    "'$efsraw' info file | grep -q '^form: split' && '$efsraw' info file | grep -q 'thumbprint *$thumbprint'"
check "info says what it can't know" bash -c "'$efsraw' info file | grep -q '^algorithm: unknown without the key'"
refuses "info of a file that is neither" 1 "^efsraw: plain: offset 0x0: .*not a complete EFS raw stream" "$efsraw" \
    info plain
refuses "info of an empty file" 1 "^efsraw: standard input: .*not a complete EFS raw stream" "$efsraw" info - </dev/null
check "verify shows what it holds" bash -c \
    "'$efsraw' verify many.raw | grep -q ': well-formed: raw stream of a file' && '$efsraw' verify - <many.raw |
        grep -q '^stream :foo:.DATA: encrypted, 70000 bytes'"
check "verify of an encrypted file" bash -c "'$efsraw' verify file | grep -q 'encrypted form of a file, $length bytes'"
refuses "verify of a truncated stream names the place" 1 "^efsraw: standard input: offset 0x[0-9a-f]+: .*truncated" \
    bash -c "head -c 1000 raw | '$efsraw' verify -"
"$gen/efsgen.py" stream --out v7.raw --break efs-version-7
refuses "verify checks \$EFS too" 1 "^efsraw: v7.raw: offset 0x4a: " "$efsraw" verify v7.raw
refuses "import does so, with the same offset" 1 "^efsraw: v7.raw: offset 0x4a: " "$efsraw" import v7.raw x
cp -a file v7; efs_xattr file >file.efs; printf '\007' | dd of=file.efs bs=1 seek=67 conv=notrunc status=none
setfattr -n user.ntfs.efsinfo -v "0x$(od -An -v -tx1 file.efs | tr -d ' \n')" v7
refuses "in an encrypted file the offset is one in \$EFS" 1 "^efsraw: v7: \\\$EFS offset 0x40: " "$efsraw" info v7

# ---- what nobody will be able to decrypt ----
# the first user's entry is longer than the $EFS
python3 - raw damaged.raw <<'EOF'
import sys
stream = bytearray(open(sys.argv[1], "rb").read())
efs = 0x42 # file header, metadata stream header, segment header
entry = efs + int.from_bytes(stream[efs + 0x40:efs + 0x44], "little") + 4
stream[entry:entry + 4] = b"\xff\xff\xff\x7f"
open(sys.argv[2], "wb").write(stream)
EOF
refuses "verify of damaged entries" 1 "^efsraw: damaged.raw: .*: broken EFS metadata" "$efsraw" verify damaged.raw
check "import of damaged entries: kept as they are" bash -c \
    "'$efsraw' import damaged.raw damaged 2>warning && '$efsraw' export damaged - | cmp - damaged.raw"
check "... with one line" grep -c . warning
check "... which says what is wrong" grep -qE \
    '^efsraw: damaged: warning: imported, but nobody will be able to decrypt it: offset 0x[0-9a-f]+ of the \$EFS: ' \
    warning
check "import of sound ones: without a word" bash -c "'$efsraw' import raw sound 2>warning && test ! -s warning"

# ---- the genuine stream ----
if [ -f "$vectors/stream.efsraw" ]; then
    printf 'SECCON CTF 2023 Finals\n' >vector.pw
    check "genuine stream: decrypts" bash -c \
        "'$efsraw' decrypt '$vectors/stream.efsraw' - --key '$vectors/appended.pfx' --password-file vector.pw |
            cmp - '$vectors/plaintext.bin'"
    check "genuine stream: import and export" bash -c \
        "'$efsraw' import '$vectors/stream.efsraw' v && '$efsraw' export v - | cmp - '$vectors/stream.efsraw'"
    check "genuine stream: info" json "$vectors/stream.efsraw" \
        "i['users'][0]['thumbprint'] == '1864e37746c01d3581be7a4db4aae705907ee250' and
            i['sizes'] == {'plain': 569, 'stored': 1024, 'stream': 2324} and
            i['metadata']['id'] == 'baeb7a0c-e9db-4492-829a-56115a05f4b0'"
else
    skip "genuine stream" "../shared isn't there"
fi
plan
