#!/bin/bash
# wine-efs install --security=exact: what any program sets as a file's descriptor comes back, and others get no more of
# a mode than it gives to Everyone and the umask leaves. As root and as an ordinary user.
#
# SPDX-License-Identifier: LGPL-2.1-or-later
. "$(dirname "$0")/../lib/tap.sh"
. "$(dirname "$0")/../lib/prefix.sh"
. "$(dirname "$0")/../lib/users.sh"

x86_64-w64-mingw32-gcc -std=c11 -O1 -municode "$top/tests/wine/programs/security.c" -o "$work/security.exe" \
    -ladvapi32 ||
    skip_all "no compiler for Windows programs"
[ "$(id -u)" != 0 ] || command -v setpriv >/dev/null || skip_all "no setpriv"

# a foreign user and group, who may do various things, somebody who mustn't, and the local administrators
alice=S-1-5-21-1-2-3-1105 staff=S-1-5-21-1-2-3-1201 bob=S-1-5-21-1-2-3-1106
private="D:P(D;;DC;;;$bob)(A;;FA;;;$alice)(A;;FA;;;BA)(A;;0x1200a9;;;$staff)(A;OICIIO;GA;;;CO)"
public="D:(A;;FA;;;$alice)(A;;FA;;;BA)(A;;FR;;;WD)"

run() { as "$user" env WINEPREFIX="$prefix" timeout -k 10 120 wine "$work/security.exe" "$@" </dev/null; }
# gives COMMAND ARGUMENT...: what the file's descriptor is after the command
gives() { run "$@" -- get "$(winpath "$file")" 2>"$work/errors" | tr -d '\r'; }
list_of() { sed 's/.*D:/D:/'; }
mode_of() { stat -c %a "$1"; }
is() { [ "$1" = "$2" ] || { echo "$1, not $2"; return 1; }; }
others_have() { is "$((0$(mode_of "$1") & 077))" "$2"; }
new_file() { rm -rf "${1:?}"; as "$user" touch "$1"; as "$user" chmod "$2" "$1"; }
install_with() { as "$user" env WINEPREFIX="$prefix" "$stage/bin/wine-efs" install "$@" </dev/null; }
status_says() { as "$user" env WINEPREFIX="$prefix" "$stage/bin/wine-efs" status </dev/null | grep -F "$1"; }

for user in "${users[@]}"; do
    check "a prefix of $user" make_own_prefix "$user"
    begin "$user" 022
    make_place "$user" plain
    file=$place/file

    # ---- not asked for: all is Wine's
    new_file "$file" 644
    check "$user: a descriptor is set without the setting" run set "$(winpath "$file")" "$private"
    check_status "and not kept" 1 getfattr -n user.wine.sd "$file"
    check "status says so" status_says "security descriptors: programs set modes"

    # ---- asked for
    check "install --security=exact" install_with --security=exact
    check "status says so" status_says "security descriptors: are kept exactly"
    for mask in 022 077; do
        begin "$user" $mask
        others=$((044 & ~0$mask))
        new_file "$file" 600
        check "umask $mask: a private file's descriptor comes back" is \
            "$(gives set "$(winpath "$file")" "$private" | list_of)" "$private"
        check "in wine-staging's form" getfattr -n user.wine.sd "$file"
        check "others get nothing" others_have "$file" 0
        check "one for Everyone comes back" is "$(gives set "$(winpath "$file")" "$public" | list_of)" "$public"
        check "others get what the umask leaves" others_have "$file" $others
        check "owner and group come back, with the list" is \
            "$(gives set "$(winpath "$file")" "O:${alice}G:$staff")" "O:${alice}G:$staff$public"
        check "others have what they had" others_have "$file" $others

        check "a file that gets read-only keeps it" is \
            "$(gives attributes "$(winpath "$file")" 1)" "O:${alice}G:$staff$public"
        check "nobody may write it" is $((0$(mode_of "$file") & 0222)) 0
        check "it gets another one" is "$(gives set "$(winpath "$file")" "$private" | list_of)" "$private"
        check "and is still read-only" is $((0$(mode_of "$file") & 0222)) 0
        check "which stays when it isn't" is "$(gives attributes "$(winpath "$file")" 128 | list_of)" "$private"
        check "others have nothing" others_have "$file" 0

        as "$user" chmod 640 "$file"
        check "a handle without the right is refused" is \
            "$(run refused "$(winpath "$file")" "$public" 2>/dev/null | tr -d '\r')" "set 5, get 5"
        check "and the mode stays" is "$(mode_of "$file")" 640
        check "it isn't that of a mode which a Linux program has set" grep -vF "$alice" \
            <(gives get "$(winpath "$file")")

        # ---- made with a descriptor
        rm -rf "$file"
        check "a file is made with one" is "$(gives file "$(winpath "$file")" "O:$alice$public" | sed 's/G:.*D:/D:/')" \
            "O:$alice$public"
        check "others get what the umask leaves" others_have "$file" $others
        rm -rf "$file"
        check "a directory, too" is "$(gives dir "$(winpath "$file")" "$private" | list_of)" "$private"
        check "which is closed to others" others_have "$file" 0
    done

    begin "$user" 022
    new_file "$file" 644
    check "rights of files come back for generic ones" is \
        "$(gives set "$(winpath "$file")" "D:(A;;GA;;;BA)(A;;GRGX;;;WD)" | list_of)" "D:(A;;FA;;;BA)(A;;0x1200a9;;;WD)"
    check "nobody may execute what was no program" is $((0$(mode_of "$file") & 0111)) 0

    # ---- no room: the mode, and an error
    new_file "$file" 600
    many="D:(A;;FA;;;BA)$(for i in $(seq 1 300); do printf '(A;;0x1200a9;;;S-1-5-21-1-2-3-%s)' "$i"; done)"
    : >"$work/errors"
    if as "$user" setfattr -n user.more -v "$(head -c 50000 /dev/zero | tr '\0' x)" "$file" 2>/dev/null; then
        skip "no room for a descriptor" "attributes have room here"
    else
        gives set "$(winpath "$file")" "$many" >/dev/null
        check "no room for a descriptor is a full disk" grep "SetFileSecurity: error 112" "$work/errors"
        check "nothing of it is left" is "$(getfattr --absolute-names -m '^user.(wine|efs)' "$file")" ""
        check "and others get nothing" others_have "$file" 0
    fi

    check "install --security=mode" install_with --security=mode
    new_file "$file" 644
    check "a descriptor is set" run set "$(winpath "$file")" "$private"
    check_status "and not kept" 1 getfattr -n user.wine.sd "$file"
done
umask 022
plan
