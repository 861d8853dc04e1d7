#!/bin/bash
# What Linux does to files while a Windows program runs: the program sees each change at its next look.
#
# SPDX-License-Identifier: LGPL-2.1-or-later
. "$(dirname "$0")/../lib/tap.sh"
. "$(dirname "$0")/../lib/prefix.sh"
export LC_ALL=C.UTF-8
efsraw=$stage/bin/efsraw

check "a prefix with the drop-in" make_dropin_prefix "$work/prefix"
prefix=$work/prefix
mkdir "$work/dir"
file=$work/dir/file
"$gen/efsgen.py" stream --out "$work/raw" --size 1000 --random-ciphertext
"$gen/efsgen.py" stream --out "$work/raw-empty" --size 0
"$gen/efsgen.py" stream --out "$work/raw-directory" --directory
head -c 1026 /dev/zero >"$work/plain"

# The program answers each line on its standard input, which says what it has to look at, with one line.
mkfifo "$work/in" "$work/out"
WINEPREFIX=$prefix timeout -k 10 300 wine "$stage/lib/wine-efs/x64/efs_test.exe" watch "$(winpath "$file")" \
    <"$work/in" >"$work/out" 2>"$work/errors" &
watcher=$!
exec 3>"$work/in" 4<"$work/out"

# sees NAME ANSWER: the running program's look at the file gives "ANSWER"
sees()
{
    local answer=

    echo look >&3
    read -r -t 60 answer <&4 || answer="no answer"
    answer=${answer%$'\r'}
    if [ "$answer" = "$2" ]; then pass "$1"
    else fail "$1" "$(printf 'the program says: %s\nexpected:         %s\n' "$answer" "$2"; cat "$work/errors")"
    fi
}

encrypted="by name encrypted 1000, by listing encrypted 1000, by handle encrypted 1000, data denied"
sees "nothing is there" "missing"
cp "$work/plain" "$file"
sees "a plain file" "by name plain 1026, by listing plain 1026, by handle plain 1026, data 1026"
check "import over it" "$efsraw" import "$work/raw" "$file"
sees "it is encrypted" "$encrypted"
mv "$file" "$work/elsewhere"
sees "it is gone" "missing"
mv "$work/elsewhere" "$file"
sees "it is back" "$encrypted"
rm "$file"
cp "$work/plain" "$file"
sees "a plain one in its place, of the size it had on the host" \
    "by name plain 1026, by listing plain 1026, by handle plain 1026, data 1026"
rm "$file"
check "import an empty one" "$efsraw" import "$work/raw-empty" "$file"
sees "an empty encrypted file" "by name encrypted 0, by listing encrypted 0, by handle encrypted 0, data denied"
setfattr -x user.ntfs.efsinfo "$file"
sees "without the metadata it is plain" "by name plain 0, by listing plain 0, by handle plain 0, data 0"
rm "$file"
check "import" "$efsraw" import "$work/raw" "$file"
cp "$file" "$work/copy"
sees "a copy without attributes changes nothing" "$encrypted"
cp "$work/copy" "$file.new" && mv "$file.new" "$file"
sees "a copy without attributes is a plain file" \
    "by name plain 1026, by listing plain 1026, by handle plain 1026, data 1026"
rm "$file"
check "import again" "$efsraw" import "$work/raw" "$file"
cp --preserve=xattr "$file" "$work/dir/file2" && mv "$work/dir/file2" "$file"
sees "a copy with attributes is an encrypted file" "$encrypted"
rm "$file"
mkdir "$file"
sees "a directory" "by name plain directory, by listing plain directory, by handle plain directory, listed"
rmdir "$file"
check "import a directory" "$efsraw" import --directory "$work/raw-directory" "$file"
sees "an encrypted directory" \
    "by name encrypted directory, by listing encrypted directory, by handle encrypted directory, listed"
rmdir "$file"
sees "nothing again" "missing"

exec 3>&-
status=0
wait "$watcher" || status=$?
[ "$status" = 0 ] && pass "the program ends well" ||
    fail "the program ends well" "status $status"$'\n'"$(cat "$work/errors")"
plan
