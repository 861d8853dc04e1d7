# Part of wine-efs: the keys that were made in a prefix, because its user had none.
#
#   command_key list | export FILE [THUMBPRINT]
#   report_keys      for the status: those that are nowhere else
#
# A key is two files in efs-keys of the prefix, NAME.pvk and NAME.cer (DER), whose SHA-1 is the thumbprint. What was
# exported is noted in efs-keys-exported, a thumbprint a line. Secrets go through pipes and descriptors alone.
#
# SPDX-License-Identifier: LGPL-2.1-or-later

list_keys() # "THUMBPRINT PATH" without an ending, a line each
{
    for cer in "$prefix"/efs-keys/*.cer; do
        [ -f "$cer" ] && [ ! -L "$cer" ] && [ -f "${cer%.cer}.pvk" ] && [ ! -L "${cer%.cer}.pvk" ] || continue
        say "$(sha1sum <"$cer" | cut -c 1-40) ${cer%.cer}"
    done
}

is_exported() # THUMBPRINT
{
    [ -f "$prefix/efs-keys-exported" ] && grep -qx "$1" "$prefix/efs-keys-exported"
}

report_keys()
{
    list_keys | while read -r thumbprint path; do
        is_exported "$thumbprint" ||
            say "Key $thumbprint: is in this prefix alone; \`$PROGRAM key export FILE.pfx $thumbprint\` makes a copy"
    done
}

key_list()
{
    list_keys | while read -r thumbprint path; do
        if is_exported "$thumbprint"; then said='exported'; else said='not exported'; fi
        say "$thumbprint  made $(date -r "$path.pvk" '+%Y-%m-%d %H:%M'), $said"
    done
    [ -n "$(list_keys)" ] || say "No key was made in $prefix."
}

# The one that is meant, or the only one; sets thumbprint and path
find_key() # [THUMBPRINT]
{
    found=$(list_keys | grep -i "^${1:-.}") || die "key export: no such key was made in $prefix"
    [ "$(say "$found" | wc -l)" -eq 1 ] || die "key export: which one? \`$PROGRAM key list\`"
    thumbprint=${found%% *}
    path=${found#* }
}

# openssl asks for the new file's password at the terminal. The private key goes to it through a pipe. Without a key
# nothing comes out. What is written to is new: in a folder of others, openssl would follow a link of theirs.
make_pfx() # FILE
{
    certificate=$(openssl x509 -inform DER -in "$path.cer") || return 1
    {
        openssl rsa -inform PVK -in "$path.pvk" -passin pass: 2>/dev/null || return 1
        say "$certificate"
    } | openssl pkcs12 -export -name EFS ${password_file:+-passout "file:$password_file"} |
        dd of="$1" conv=excl status=none && [ -s "$1" ]
}

# A second name or, where the file system has none, another one: never in the place of something
name_new() # FILE NEW-NAME
{
    ln -PT -- "$1" "$2" 2>/dev/null && return 0
    mv -nT -- "$1" "$2" && [ ! -e "$1" ]
}

key_export() # FILE [THUMBPRINT]
{
    [ ! -e "$1" ] && [ ! -L "$1" ] || die "$1: is there already"
    command -v openssl >/dev/null 2>&1 || die "openssl is missing (Debian: openssl)"
    find_key "${2:-}"
    umask 077
    remove_own "$1$NEW_SUFFIX"
    if ! make_pfx "$1$NEW_SUFFIX" || ! name_new "$1$NEW_SUFFIX" "$1"; then
        remove_own "$1$NEW_SUFFIX"
        die "$1: can't be written"
    fi
    remove_own "$1$NEW_SUFFIX"
    is_exported "$thumbprint" || say "$thumbprint" >>"$prefix/efs-keys-exported"
    say "Exported $thumbprint. Who has $1 and its password can read what was encrypted for it."
}

command_key()
{
    case ${1:-}:$# in
        list:1) key_list ;;
        export:[23])
            case ${3:-} in *[!0-9A-Fa-f]*) die "$3: this is no thumbprint" ;; esac
            shift
            key_export "$@"
            ;;
        *) usage >&2; exit 2 ;;
    esac
}
