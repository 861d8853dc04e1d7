# Part of wine-efs: what works in a prefix, and what to do about what doesn't.
#
#   command_status
#
# SPDX-License-Identifier: LGPL-2.1-or-later

# Some of what status looks for is why a program doesn't start, so silence gets one more try only.
probe()
{
    for pause in 0 1; do
        sleep "$pause"
        answer=$(WINEDEBUG=-all "$wine" "$libdir/$1/efsprobe.exe" 2>/dev/null </dev/null)
        [ -z "$answer" ] || break
    done
    printf '%s\n' "$answer" | tr -d '\r'
}

probe_value() { printf '%s\n' "$2" | sed -n "s/^$1=//p"; }

problem()
{
    say "  to do: $*"
    all_works=no
}

# One architecture: what the files say, then what a program gets
report_arch() # TITLE FOLDER x64|x32 x86_64|i386
{
    target=$windows/$2
    say "$1 programs:"
    if ! has_arch "$3" "$4"; then
        problem "this copy of wine-efs has no $4 files in $libdir; build and install them"
        return
    fi
    dlls=$(find_wine_dlls "$3" "$4")
    if [ -z "$dlls" ] && is_arm64; then
        say "  this host is arm64, and its Wine has no x86 part: $ARM64_LACKS"
        all_works=no
        return
    fi
    if [ -z "$dlls" ]; then
        say "  this Wine doesn't run them"
        # in a win64 prefix the 32-bit half is optional
        [ "$2" = syswow64 ] || problem "install Wine's $4 packages"
        return
    fi
    if ! is_dropin "$target/advapi32.dll"; then
        say "  drop-in: not installed"
        problem "$PROGRAM install"
        return
    fi
    report_links advapi32 kernelbase vssapi || return 0
    if [ ! -e "$target/wineefs.dll" ]; then
        say "  drop-in: damaged, $target/wineefs.dll is missing"
        problem "$PROGRAM install"
        return
    fi
    plain=$(probe "$3")
    with=$(set_dll_path; probe "$3")
    report_dropin "$with"
    if report_unix_half "with $PROGRAM run" "$with" "$3"; then
        report_hooks "$with"
        report_functions "$with" 'Backup[A-Z]' 'BackupRead, BackupWrite, BackupSeek'
        report_functions "$with" '[FG][ie][nt]' 'FindFirstStreamW, FindNextStreamW, GetFileInformationByHandleEx'
        report_functions "$with" '[CM]o[pv][ye]F' 'CopyFile, CopyFileEx, MoveFileEx'
        report_security "$with"
        report_every_process "$with"
        report_vss "$with"
        report_prng "$with"
    else
        problem "$unix_half_hint"
    fi
    report_unix_half "with plain wine" "$plain" "$3" ||
        say "  (use \`$PROGRAM run\`, or set WINEDLLPATH=$libdir)"
}

# The links by which drop-ins reach Wine's own DLLs: another Wine, or one that was removed, is noticed. Fails if
# programs can't work by them.
report_links() # NAME...
{
    leads=yes
    for name; do
        is_dropin "$target/$name.dll" || continue
        link=$target/wine$name.dll
        if [ -f "$link" ]; then
            [ "$(readlink -f -- "$link")" != "$(readlink -f -- "$dlls/$name.dll")" ] || continue
            say "  Wine's own $name: the link leads to $(readlink -- "$link"), Wine is in $dlls"
        elif [ -L "$link" ]; then
            say "  Wine's own $name: the link leads to $(readlink -- "$link"), which is gone; Wine is in $dlls"
            leads=no
        else
            say "  drop-in: damaged, $link is missing"
            leads=no
        fi
        problem "$PROGRAM install"
    done
    [ $leads = yes ]
}

# "native" alone: then Wine's own isn't taken where the drop-in isn't, nor once it has gone, and no program starts.
report_overrides()
{
    overrides=$(own_wine reg query "$OVERRIDE_KEY")
    for name in advapi32 kernelbase vssapi; do
        ! is_native_alone "$(query_value "$OVERRIDE_KEY" $name)" || ! is_dropin "$windows/system32/$name.dll" || {
            say "The override of $name is \"native\" alone: Wine's own can't be used in its place."
            problem "$PROGRAM install"
        }
    done
}

report_dropin() # PROBE
{
    if [ -z "$(probe_value wine "$1")" ]; then
        say "  drop-in: no program runs"
        problem "$PROGRAM install; if that doesn't help, $PROGRAM uninstall"
    elif [ "$(probe_value dropin "$1")" != yes ]; then
        say "  drop-in: not loaded (error $(probe_value advapi32_error "$1")); advapi32 is $(probe_value advapi32 "$1")"
        case ${WINEDLLOVERRIDES:-} in
            *advapi32*) problem "the variable WINEDLLOVERRIDES names advapi32; unset it" ;;
            *) problem "$PROGRAM install" ;;
        esac
    elif [ "$(probe_value forwarders "$1")" != yes ]; then
        say "  drop-in: loaded, but can't reach Wine's own advapi32"
        problem "$PROGRAM install"
    else
        say "  drop-in: loaded, Wine $(probe_value wine "$1"), $(probe_value advapi32 "$1")"
    fi
}

# Whether programs are reached that never load advapi32.dll; efsprobe is one until it does.
report_every_process() # PROBE
{
    case $(probe_value every_process "$1"),$(is_dropin "$target/kernelbase.dll" && echo on) in
        yes,*) say "  programs without advapi32.dll: are reached, too" ;;
        *,on)
            say "  programs without advapi32.dll: aren't reached, the drop-in kernelbase.dll isn't loaded"
            problem "$PROGRAM install --every-process=on"
            ;;
        *) say "  programs without advapi32.dll: aren't reached (\`$PROGRAM install --every-process=on\`)" ;;
    esac
}

report_unix_half() # HOW PROBE x64|x32
{
    code=$(probe_value unix_half "$2")
    # a Wine of the older kind runs 32-bit programs on 32-bit Unix code
    unix_arch=x86_64
    [ "$3" = x64 ] || [ ! -e "${dlls%/*}/i386-unix/ntdll.so" ] || unix_arch=i386
    unix_half_hint="see why: WINEDEBUG=+efs $PROGRAM run \"$libdir/$3/efsprobe.exe\""
    [ -f "$libdir/$unix_arch-unix/wineefs.so" ] ||
        unix_half_hint="this needs wineefs.so for $unix_arch, and there is none in $libdir/$unix_arch-unix"
    case $code in
        0) say "  EFS calls $1: work"; return 0 ;;
        '') say "  EFS calls $1: no answer"; return 1 ;;
        *) say "  EFS calls $1: fail, and encrypted files don't show: no Unix half (error $code)"; return 1 ;;
    esac
}

# Whether programs see encrypted files as encrypted, function by function of ntdll. What this Wine doesn't have
# can't be called either.
report_hooks() # PROBE
{
    hooks=$(printf '%s\n' "$1" | sed -n 's/^hook\.//p' |
        sed '/^Backup/d; /^Find/d; /^GetFile/d; /^GetVolume/d; /^RtlDos/d')
    left_alone=$(printf '%s\n' "$hooks" | sed -n '/=stands$/d; /=absent$/d; s/=.*//p')
    standing=$(printf '%s\n' "$hooks" | grep -c '=stands$')
    if [ -z "$hooks" ]; then
        say "  encrypted files: don't show as encrypted, $windows has an older wineefs.dll"
        problem "$PROGRAM install"
        return
    fi
    if [ -z "$left_alone" ]; then
        say "  encrypted files: show as encrypted, all $standing hooks stand"
    else
        for name in $left_alone; do
            case $name in
                RtlFindMessage)
                    say "  error messages: no texts for the EFS codes, their place has an unknown shape in this Wine" ;;
                *) say "  encrypted files: don't show as encrypted in $name, which has an unknown shape in this Wine" ;;
            esac
        done
        problem "report this Wine's version and package; the other $standing hooks stand"
    fi
    case $1/$left_alone in
        *guard=off*) say "  guard: off, programs can read encrypted files' raw data, and damage it" ;;
        */*NtCreateFile* | */*NtOpenFile* | */*NtSetInformationFile* | */*NtDuplicateObject*)
            say "  guard: incomplete" ;;
        *) say "  guard: on, programs can't open encrypted files for their data" ;;
    esac
}

# Whether the security descriptors that programs set are kept
report_security() # PROBE
{
    case $(probe_value security "$1"),$(probe_value hook.NtQuerySecurityObject "$1"),$(
        probe_value hook.NtSetSecurityObject "$1") in
        exact,stands,stands) say "  security descriptors: are kept exactly, wherever they still belong to the mode" ;;
        exact,*)
            say "  security descriptors: programs set modes, the functions have an unknown shape in this Wine"
            problem "report this Wine's version and package"
            ;;
        *) say "  security descriptors: programs set modes (\`$PROGRAM install --security=exact\`)" ;;
    esac
}

# Whether programs can use functions of kernel32 that are stubs in Wine.
report_functions() # PROBE PATTERN NAMES
{
    functions=$(printf '%s\n' "$1" | sed -n "s/^hook\.\($2\)/\1/p")
    case $(printf '%s\n' "$functions" | sed 's/.*=//' | sort -u) in
        stands) say "  $3: work" ;;
        unneeded) say "  $3: this Wine's own are used" ;;
        '')
            say "  $3: left to Wine, $windows has an older wineefs.dll"
            problem "$PROGRAM install" ;;
        *)
            say "  $3: left to Wine, they have an unknown shape in it"
            problem "report this Wine's version and package"
            ;;
    esac
}

# Whether programs can make shadow copies
report_vss() # PROBE
{
    case $(probe_value vss "$1"),$(is_dropin "$target/vssapi.dll" && echo on) in
        yes,on)
            case $(probe_value vss_setting "$1") in
                live) say "  VSS: works, on the drives as they are: no snapshots (\`$PROGRAM install --vss=auto\`)" ;;
                *) say "  VSS: works; the best snapshots that the host has" ;;
            esac
            ;;
        *,on)
            say "  VSS: the drop-in vssapi.dll isn't loaded, or can't reach Wine's own"
            problem "$PROGRAM install"
            ;;
        *) say "  VSS: left to Wine, which has none (\`$PROGRAM install --vss=auto\`)" ;;
    esac
}

# Whether programs of newer Go and Rust start, whose random numbers come from a DLL that older Wines lack
report_prng() # PROBE
{
    prng=$target/bcryptprimitives.dll
    if [ -f "$dlls/bcryptprimitives.dll" ]; then
        say "  bcryptprimitives.dll: this Wine's own is used"
    elif [ "$(probe_value prng "$1")" = yes ]; then
        say "  bcryptprimitives.dll: works, so programs of Go 1.22, Rust 1.78 and later start"
    else
        say "  bcryptprimitives.dll: doesn't work, so programs of Go 1.22, Rust 1.78 and later don't start"
        if is_marked "$prng" bcryptprimitives || { [ ! -e "$prng" ] && [ ! -L "$prng" ]; }; then
            problem "$PROGRAM install"
        else
            problem "move away $prng, which isn't ours, then $PROGRAM install"
        fi
    fi
}

command_status()
{
    all_works=yes
    say "Prefix $prefix"
    [ -z "$arch64" ] || report_arch 64-bit "$arch64" x64 x86_64
    [ -z "$arch32" ] || report_arch 32-bit "$arch32" x32 i386
    report_overrides
    report_snapshots
    report_keys
    report_views
    [ "$all_works" = yes ]
}
