# Part of wine-efs: the settings in a prefix's registry, and the note of what they were before. With lock_prefix alone.
#
#   read_settings         before the others; ends wine-efs if no program runs
#   install_settings      guard, every_process: on, off; holes: data, blocks; security: mode, exact; vss: auto,
#                         live, off; or empty for as it is; with_vssapi: on, off
#   uninstall_settings
#
# SPDX-License-Identifier: LGPL-2.1-or-later

OVERRIDE_KEY='HKEY_CURRENT_USER\Software\Wine\DllOverrides'
OVERRIDE='native,builtin'
EFS_KEY='HKEY_CURRENT_USER\Software\Wine\EFS'
CLASS_KEY='HKEY_LOCAL_MACHINE\Software\Classes\CLSID\{E579AB5F-1CC4-44b4-BED9-DE0991FF0623}'

# All values of a key at once, as each start of Wine takes its time. `reg` says why if it finds no key; no word at all
# means that Wine doesn't run.
read_key() # OVERRIDE_KEY|EFS_KEY
{
    listing=$(own_wine reg query "$1")
    listing_status=$?
    [ $listing_status -eq 0 ] || [ -n "$listing" ] || die "no program runs in $prefix: \`$wine cmd /c ver\` shows why"
    case $1 in
        "$OVERRIDE_KEY") overrides=$listing ;;
        *)
            efs_values=$listing
            if [ $listing_status -eq 0 ]; then has_efs_key=yes; else has_efs_key=no; fi
            ;;
    esac
}

read_settings()
{
    read_key "$OVERRIDE_KEY"
    read_key "$EFS_KEY"
}

query_value() # KEY NAME; gives TYPE DATA, or nothing
{
    if [ "$1" = "$EFS_KEY" ]; then say "$efs_values"; else say "$overrides"; fi |
        tr -d '\r' | LC_ALL=C sed -n "s/^    $2    \(REG_[A-Z_]*\)    \(.*\)\$/\1 \2/Ip"
}

set_value() # KEY NAME TYPE-DATA; without the last the value goes
{
    if [ -n "$3" ]; then
        own_wine reg add "$1" /v "$2" /t "${3%% *}" /d "${3#* }" /f >/dev/null
    else
        own_wine reg delete "$1" /v "$2" /f >/dev/null
    fi
    read_key "$1"
    [ "$(query_value "$1" "$2")" = "$3" ] || die "$1: the value $2 can't be set: \`wine reg\` fails in $prefix"
}

# The values that were there before are written down once, before the first change, with whether we bring the key. That
# of the overrides needs no such care: every program that Wine starts makes it if it is missing.
save_settings()
{
    has_state && grep -q '^efs_key=' "$state" && return 0
    note=$(
        # an older wine-efs noted the override only
        if has_state; then cat -- "$state"; else printf 'override=%s\n' "$(query_value "$OVERRIDE_KEY" advapi32)"; fi
        printf 'guard=%s\n' "$(query_value "$EFS_KEY" Guard)"
        printf 'holes=%s\n' "$(query_value "$EFS_KEY" Holes)"
        printf 'security=%s\n' "$(query_value "$EFS_KEY" Security)"
        printf 'vss=%s\n' "$(query_value "$EFS_KEY" VSS)"
        printf 'efs_key=%s\n' "$has_efs_key"
    )
    put_state "$note"
}

# The same for the override of another DLL, before the first time that it is set
save_override() # kernelbase|vssapi
{
    grep -q "^override_$1=" "$state" ||
        put_state "$(cat -- "$state"; printf 'override_%s=%s\n' "$1" "$(query_value "$OVERRIDE_KEY" "$1")")"
}

set_override() # kernelbase|vssapi
{
    [ "$(query_value "$OVERRIDE_KEY" "$1")" = "REG_SZ $OVERRIDE" ] || {
        save_override "$1" || die "$state: can't be written"
        set_value "$OVERRIDE_KEY" "$1" "REG_SZ $OVERRIDE"
    }
}

# Without Wine's own as the second choice
is_native_alone() # TYPE-DATA
{
    case $1 in *,*) return 1 ;; 'REG_SZ n'* | 'REG_SZ N'*) ;; *) return 1 ;; esac
}

# When the drop-in is gone. "native" alone would leave a prefix in which no program starts.
put_override_back() # advapi32|kernelbase|vssapi BEFORE
{
    ours="REG_SZ $OVERRIDE"
    ! is_native_alone "$(query_value "$OVERRIDE_KEY" "$1")" || ours=$(query_value "$OVERRIDE_KEY" "$1")
    restore_value "The override of $1" "$OVERRIDE_KEY" "$1" "$2" "$ours"
}

restore_override() # kernelbase|vssapi
{
    ! grep -q "^override_$1=" "$state" || put_override_back "$1" "$(saved_setting "override_$1")"
}

saved_setting() { sed -n "s/^$1=//p" "$state"; }

install_settings()
{
    save_settings || die "$state: can't be written"
    [ "$(query_value "$OVERRIDE_KEY" advapi32)" = "REG_SZ $OVERRIDE" ] ||
        set_value "$OVERRIDE_KEY" advapi32 "REG_SZ $OVERRIDE"
    case $guard in
        off) set_value "$EFS_KEY" Guard 'REG_SZ off' ;;
        on) [ -z "$(query_value "$EFS_KEY" Guard)" ] || set_value "$EFS_KEY" Guard '' ;;
    esac
    case $holes in
        blocks) set_value "$EFS_KEY" Holes 'REG_SZ blocks' ;;
        data) [ -z "$(query_value "$EFS_KEY" Holes)" ] || set_value "$EFS_KEY" Holes '' ;;
    esac
    case $security in
        exact) set_value "$EFS_KEY" Security 'REG_SZ exact' ;;
        mode) [ -z "$(query_value "$EFS_KEY" Security)" ] || set_value "$EFS_KEY" Security '' ;;
    esac
    case $vss in
        live | off) set_value "$EFS_KEY" VSS "REG_SZ $vss" ;;
        auto) [ -z "$(query_value "$EFS_KEY" VSS)" ] || set_value "$EFS_KEY" VSS '' ;;
    esac
    # it stays as it is, but for one by which no program starts once the drop-in has gone
    if [ "$every_process" = on ] || { [ -z "$every_process" ] && is_dropin "$windows/system32/kernelbase.dll" &&
        is_native_alone "$(query_value "$OVERRIDE_KEY" kernelbase)"; }; then
        set_override kernelbase
    fi
    if [ "$with_vssapi" = on ]; then
        set_override vssapi
        add_class
    else
        restore_override vssapi
        remove_class
    fi
}

# The class that a program asks for the providers of snapshots; what has that name already stays. Wine has none.
add_class()
{
    ! grep -q '^vss_class=' "$state" || return 0
    own_wine reg query "$CLASS_KEY" >/dev/null && return 0
    put_state "$(cat -- "$state"; echo vss_class=ours)" || die "$state: can't be written"
    for view in ${arch64:+64} ${arch32:+32}; do
        own_wine reg add "$CLASS_KEY\\InprocServer32" /ve /d vssapi.dll /f "/reg:$view" >/dev/null
        own_wine reg add "$CLASS_KEY\\InprocServer32" /v ThreadingModel /d Both /f "/reg:$view" >/dev/null
    done
}

remove_class()
{
    grep -q '^vss_class=ours' "$state" || return 0
    for view in ${arch64:+64} ${arch32:+32}; do
        own_wine reg delete "$CLASS_KEY" /f "/reg:$view" >/dev/null
    done
    put_state "$(grep -v '^vss_class=' "$state")" || die "$state: can't be written"
}

# What is neither as before nor as we set it is the user's, and stays.
restore_value() # WHAT KEY NAME BEFORE OURS
{
    current=$(query_value "$2" "$3")
    if [ "$current" = "$4" ]; then
        :
    elif [ "$current" = "$5" ]; then
        set_value "$2" "$3" "$4"
    else
        say "$1 was changed after the installation; it stays as it is: ${current:-none}"
    fi
}

uninstall_settings()
{
    if ! has_state; then
        remove_own "$state" || die "$state: can't be removed"
        return 0
    fi
    restore_override kernelbase
    restore_override vssapi
    remove_class
    put_override_back advapi32 "$(saved_setting override)"
    if grep -q '^efs_key=' "$state"; then
        # --guard=on leaves none
        guard_now=$(query_value "$EFS_KEY" Guard)
        restore_value "The setting of the guard" "$EFS_KEY" Guard "$(saved_setting guard)" "${guard_now:+REG_SZ off}"
        holes_now=$(query_value "$EFS_KEY" Holes)
        restore_value "The setting of holes" "$EFS_KEY" Holes "$(saved_setting holes)" "${holes_now:+REG_SZ blocks}"
        security_now=$(query_value "$EFS_KEY" Security)
        restore_value "The setting of security" "$EFS_KEY" Security "$(saved_setting security)" \
            "${security_now:+REG_SZ exact}"
        vss_now=$(query_value "$EFS_KEY" VSS)
        case $vss_now in 'REG_SZ live' | 'REG_SZ off') ;; *) vss_now= ;; esac
        restore_value "The setting of VSS" "$EFS_KEY" VSS "$(saved_setting vss)" "$vss_now"
        # other values, or keys below it, are not ours; without them `reg` says no more than a line's end
        [ "$(saved_setting efs_key)$has_efs_key" != noyes ] || [ -n "$(say "$efs_values" | tr -d '\r\n')" ] || {
            own_wine reg delete "$EFS_KEY" /f >/dev/null
            read_key "$EFS_KEY"
            [ $has_efs_key = no ] || die "$EFS_KEY: can't be removed: \`wine reg\` fails in $prefix"
        }
    fi
    rm -f -- "$state" || die "$state: can't be removed"
}
