# Part of wine-efs: the keys of a prefix: those that were made there, and those that its user brought along.
#
#   command_key list | make | import FILE | export FILE [THUMBPRINT]
#   report_keys      for the status: those that are nowhere else
#
# A key is two files in efs-keys of the prefix, NAME.pvk and NAME.cer (DER), whose SHA-1 is the thumbprint; the same is
# in the prefix's registry, where Windows programs find it. What was exported is noted in efs-keys-exported, a
# thumbprint a line, and what was imported in efs-keys-imported. Secrets go through pipes and descriptors alone.
#
# SPDX-License-Identifier: LGPL-2.1-or-later

list_keys() # "THUMBPRINT PATH" without an ending, a line each
{
    for cer in "$prefix"/efs-keys/*.cer; do
        [ -f "$cer" ] && [ ! -L "$cer" ] && [ -f "${cer%.cer}.pvk" ] && [ ! -L "${cer%.cer}.pvk" ] || continue
        say "$(sha1sum <"$cer" | cut -c 1-40) ${cer%.cer}"
    done
}

is_noted() # exported|imported THUMBPRINT
{
    [ -f "$prefix/efs-keys-$1" ] && grep -qx "$2" "$prefix/efs-keys-$1"
}

note() # exported|imported THUMBPRINT
{
    is_noted "$1" "$2" || (umask 077 && say "$2" >>"$prefix/efs-keys-$1")
}

report_keys()
{
    list_keys | while read -r thumbprint path; do
        is_noted exported "$thumbprint" || is_noted imported "$thumbprint" ||
            say "Key $thumbprint: is in this prefix alone; \`$PROGRAM key export FILE.pfx $thumbprint\` makes a copy"
    done
}

key_list()
{
    list_keys | while read -r thumbprint path; do
        if is_noted exported "$thumbprint"; then said=', exported'; else said=', not exported'; fi
        came=made
        if is_noted imported "$thumbprint"; then
            came=imported
            said=${said#, not exported}
        fi
        say "$thumbprint  $came $(date -r "$path.pvk" '+%Y-%m-%d %H:%M')$said"
    done
    [ -n "$(list_keys)" ] || say "No key was made in $prefix, or imported."
}

# The one that is meant, or the only one; sets thumbprint and path
find_key() # [THUMBPRINT]
{
    found=$(list_keys | grep -i "^${1:-.}") || die "key export: no such key in $prefix"
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
    note exported "$thumbprint"
    say "Exported $thumbprint. Who has $1 and its password can read what was encrypted for it."
}

# efskeys.exe needs the DLLs that programs get.
find_efskeys()
{
    is_dropin "$windows/system32/advapi32.dll" || die "not installed in $prefix; \`$PROGRAM install\` first"
    if [ -n "$arch64" ]; then efskeys=$libdir/x64/efskeys.exe; else efskeys=$libdir/x32/efskeys.exe; fi
    [ -f "$efskeys" ] || die "$efskeys is missing"
    set_dll_path
}

# Lines such as "imported THUMBPRINT", and "end STATUS" at the end, unless no program runs
run_efskeys() { WINEDEBUG=-all "$wine" "$efskeys" "$1" | tr -d '\r'; }

# What was done is said, and noted, also if something else failed, which efskeys.exe or key-pairs has said.
finish_efskeys() # VERB
{
    say "$answer" | while read -r what thumbprint; do
        case $what in
            made) say "Made $thumbprint, which is the current key now." ;;
            imported)
                note imported "$thumbprint"
                say "Imported $thumbprint."
                ;;
            present) say "$thumbprint is there already." ;;
        esac
    done
    case $answer in
        *'end 0') ;;
        *'end '?) exit 1 ;;
        *) die "key $1: no program runs in $prefix: \`$wine cmd /c ver\` shows why" ;;
    esac
}

# A current key, whatever there is
key_make()
{
    find_efskeys
    answer=$(run_efskeys make </dev/null)
    finish_efskeys make
}

# key-pairs reads the file, and asks for its password.
key_import() # FILE
{
    [ -x "$libdir/key-pairs" ] || die "$libdir/key-pairs is missing"
    find_efskeys
    answer=$("$libdir/key-pairs" "$1" ${password_file:+"$password_file"} | run_efskeys import)
    finish_efskeys import
}

command_key()
{
    # the option may stand behind the verb, too: each argument goes to the end but it
    left=$#
    while [ "$left" -gt 0 ]; do
        case $1 in
            --password-file=?*) password_file=${1#*=} ;;
            --password-file)
                [ "$left" -gt 1 ] || { usage >&2; exit 2; }
                password_file=$2
                shift
                left=$((left - 1))
                ;;
            *) set -- "$@" "$1" ;;
        esac
        shift
        left=$((left - 1))
    done
    case ${1:-}:$# in
        list:1) key_list ;;
        make:1) key_make ;;
        import:2) key_import "$2" ;;
        export:[23])
            case ${3:-} in *[!0-9A-Fa-f]*) die "$3: this is no thumbprint" ;; esac
            shift
            key_export "$@"
            ;;
        *) usage >&2; exit 2 ;;
    esac
}
