# Part of wine-efs: views of efsmount over a prefix's drives, and over other folders of its user's, with its keys.
#
#   command_mount [--keep] [FOLDER...]
#   command_unmount [FOLDER...]
#   mount_kept       for run: what is kept and isn't mounted
#   report_views     for status
#   refuse_views     for uninstall: ends wine-efs if one is mounted
#   forget_views     for uninstall: nothing is kept any more
#
# A folder that has, or is to have, a view is a link to it in wine-efs.views of the prefix: NAME.keep if it is to be
# mounted again, else NAME.once, where NAME is made of the folder's path. Whether it is mounted is what the kernel says.
# Nothing but the path of the prefix is handed to efsmount, which reads the keys there, and the policy.
#
# SPDX-License-Identifier: LGPL-2.1-or-later

# exit statuses; those of efsmount's that mean the same have the same numbers
VIEW_KEY=3
VIEW_MOUNTED=4
VIEW_FUSE=5
VIEW_IN_USE=6

# ---- names: any, also with newlines ------------------------------------------------------------------------------

# For people: what a terminal would act upon is a question mark
shown() { printf '%s' "$1" | LC_ALL=C tr '\000-\037\177' '?'; }

# The folder that a path leads to, without links; sets folder
physical_folder() # PATH
{
    case $1 in /*) folder=$1 ;; *) folder=./$1 ;; esac
    folder=$(cd -P -- "$folder" 2>/dev/null && pwd -P && echo .) || return 1
    folder=${folder%??}
}

# The same, but that a link at its end stays, and it needn't be there: one whose view has ended can't be entered
folder_of_view() # PATH
{
    given=$1
    while [ "$given" != / ] && [ "$given" != "${given%/}" ]; do given=${given%/}; done
    case $given in
        */*) above=${given%/*}/ ;;
        *) above=. ;;
    esac
    physical_folder "$above" && folder=${folder%/}/${given##*/}
}

is_within() # FOLDER OTHER: is it the other one, or below it?
{
    case $1/ in "${2%/}"/*) return 0 ;; esac
    return 1
}

# ---- what is mounted ----------------------------------------------------------------------------------------------

# The mount points of all views one by one, as the kernel lists them: blanks and the like are octal there. Calls
# COMMAND with each; ends with the first for which it succeeds. Sets point.
any_view() # COMMAND [ARGUMENT]...
{
    while read -r _ _ _ _ field rest; do
        case " $rest " in *' - fuse.efsmount '*) ;; *) continue ;; esac
        # the only backslashes and percent signs in it are escapes, and those of the name
        # shellcheck disable=SC2059
        point=$(printf "$(printf '%s.' "$field" | sed 's/%/%%/g')")
        point=${point%.}
        ! "$@" || return 0
    done </proc/self/mountinfo
    return 1
}

is_point() { [ "$point" = "$1" ]; }
is_point_below() { is_within "$point" "$1"; }
is_point_above() { is_within "$1" "$point"; }
is_mounted() { any_view is_point "$1"; }

# Does whoever serves it still answer? One that is stopped is waited for, for a while. -f: what the file system has is
# asked of him each time, while the kernel keeps what a file has.
answers() { timeout -s KILL 5 stat -f -- "$1/." >/dev/null 2>&1; }

# ---- what is noted ------------------------------------------------------------------------------------------------

views_folder() # sets views; fails if nothing is noted
{
    views=$prefix/wine-efs.views
    [ -d "$views" ] && [ ! -L "$views" ] && [ -O "$views" ]
}

note_name() { printf '%s' "$1" | sha1sum | cut -c 1-40; }

note_view() # FOLDER keep|once
{
    views_folder || { remove_own "$views" && mkdir -m 700 -- "$views"; } || return 1
    put_link "$1" "$views/$(note_name "$1").$2"
}

# keep|once, each that is given; the folder itself stays until it is empty
forget_view() # FOLDER KIND...
{
    views_folder || return 0
    forgotten=$(note_name "$1")
    shift
    for kind in "$@"; do remove_own "$views/$forgotten.$kind"; done
    rmdir -- "$views" 2>/dev/null
    return 0
}

is_kept() { views_folder && [ -L "$views/$(note_name "$1").keep" ]; }
is_noted_view() { is_kept "$1" || { views_folder && [ -L "$views/$(note_name "$1").once" ]; }; }

# Calls COMMAND with the folder of each note, in a loop of this shell. What isn't a note of ours is passed over.
each_noted() # keep|once COMMAND
{
    views_folder || return 0
    for note in "$views"/*."$1"; do
        [ -L "$note" ] || continue
        target=$(readlink -n -- "$note" && echo .) || continue
        target=${target%.}
        [ "$note" != "$views/$(note_name "$target").$1" ] || "$2" "$target"
    done
}

forget_views() { remove_own "$prefix/wine-efs.views" || die "$prefix/wine-efs.views: can't be removed"; }

# ---- which folders ------------------------------------------------------------------------------------------------

# Is it encrypted, or something in it? The first that is found ends the search; what other file systems there are below
# isn't looked at. More than a minute isn't spent on a drive.
holds_encrypted() # FOLDER
{
    stdbuf -oL timeout 60 "$efsraw" users -r --csv "$1" 2>/dev/null </dev/null 9<&- | sed -n '2{p;q;}' | grep -q .
}

# The drives: C: always, since what is encrypted later is seen, too; any other that leads to a folder of the user's, but
# not to his home or what is around the prefix, and holds something encrypted. Adds them to what there is.
find_drives() # COMMAND: called with each
{
    "$1" "$prefix/drive_c"
    for drive in "$prefix"/dosdevices/[a-z]:; do
        [ -d "$drive/." ] && physical_folder "$drive" && [ -O "$folder" ] || continue
        found=$folder
        physical_folder "$prefix/drive_c" && is_within "$found" "$folder" && continue
        is_within "$prefix" "$found" && continue
        physical_folder "${HOME:-/}" && is_within "$folder" "$found" && continue
        # one that is mounted may still have to be kept
        if is_mounted "$found"; then
            [ "$keep" = no ] || "$1" "$found"
            continue
        fi
        any_view is_point_above "$found" && continue
        ! holds_encrypted "$found" || "$1" "$found"
    done
}

# ---- mounting -----------------------------------------------------------------------------------------------------

# The first failure is the exit status.
view_failed() # STATUS MESSAGE...
{
    [ "$status" -ne 0 ] || status=$1
    shift
    warn "$*"
    return 1
}

find_efsmount()
{
    for program in efsmount efsraw; do
        found=$own/$program
        [ -x "$found" ] || found=$(command -v "$program") || found=
        eval "$program=\$found"
    done
    if [ -z "$efsmount" ] || [ -z "$efsraw" ]; then
        view_failed $VIEW_FUSE "efsmount is missing: it comes with a wine-efs that is built with libfuse3"
    elif ! command -v fusermount3 >/dev/null 2>&1; then
        view_failed $VIEW_FUSE "fusermount3 is missing (Debian: fuse3)"
    elif [ ! -e /dev/fuse ]; then
        view_failed $VIEW_FUSE "there is no /dev/fuse: \`modprobe fuse\`, as root; a container has to be given it"
    elif [ ! -r /dev/fuse ] || [ ! -w /dev/fuse ]; then
        view_failed $VIEW_FUSE "/dev/fuse: is not for you; \`chmod 666 /dev/fuse\`, as root, as udev does it"
    fi
}

# The server of a prefix keeps a descriptor of each file and folder that programs have open. What was opened below goes
# on below: those programs would read ciphertext, and Windows' sharing modes wouldn't hold between them and programs
# in the view.
find_server() # FOLDER; sets server to the number of one that has something open in it
{
    pattern=$(printf '%s.' "$1" | sed 's/[][*?\\]/\\&/g')
    pattern=${pattern%.}
    for process in /proc/[0-9]*; do
        # shellcheck disable=SC2162 # a name has no backslashes that matter
        { read name <"$process/comm"; } 2>/dev/null || continue
        case $name in wineserver*) ;; *) continue ;; esac
        server=${process#/proc/}
        [ -z "$(find "$process/fd" "$process/cwd" -maxdepth 1 \( -lname "$pattern" -o -lname "$pattern/*" \) \
            -print -quit 2>/dev/null)" ] || return 0
    done
    return 1
}

# One that has nothing more to do ends some seconds after the last program.
wait_for_server() # FOLDER
{
    for _ in 1 2 3 4 5 6 7 8 9 10; do
        find_server "$1" || return 0
        sleep 1
    done
    ! find_server "$1"
}

refuse_folder() # FOLDER; fails with a message if it can't have a view, or has one
{
    if [ ! -O "$1" ]; then
        view_failed 1 "$(shown "$1"): belongs to another user; \`efsmount\` itself can mount it"
    elif is_within "$prefix" "$1"; then
        view_failed 1 "$(shown "$1"): the prefix $prefix is in it, and Wine would take that for another one;" \
            "name folders in it, or beside it"
    elif any_view is_point_above "$1"; then
        view_failed $VIEW_MOUNTED "$(shown "$1"): is in the view of $(shown "$point"), which shows it in plain"
    elif any_view is_point_below "$1"; then
        view_failed $VIEW_MOUNTED \
            "$(shown "$1"): there is a view in it; first \`$PROGRAM unmount '$(shown "$point")'\`"
    elif ! wait_for_server "$1"; then
        view_failed $VIEW_IN_USE "$(shown "$1"): Windows programs have something open in it (wineserver, process\
 $server); end them first, all of a prefix by \`WINEPREFIX=... wineserver -k\`"
    fi
}

# efsmount has said what is wrong.
explain_failure() # FOLDER STATUS
{
    case $2 in
        "$VIEW_KEY") hint="no key of $prefix can be had, or its recovery policy; \`$PROGRAM key list\`, \`$PROGRAM\
 key make\`, \`$PROGRAM key import FILE\`" ;;
        "$VIEW_MOUNTED") hint="another process has a view of it, or of what it is in; \`efsmount --status\`" ;;
        "$VIEW_FUSE") hint="the system mounts no view for you; \`fusermount3\` and /etc/fuse.conf have to allow it" ;;
        *) hint="no view is mounted" ;;
    esac
    view_failed "$2" "$(shown "$1"): $hint"
}

mount_folder() # FOLDER, without links; keep: yes, no
{
    wanted=$1
    if is_mounted "$wanted"; then
        [ "$keep" = yes ] || { view_failed $VIEW_MOUNTED "$(shown "$wanted"): is mounted; \`$PROGRAM status\` shows by\
 which keys, \`$PROGRAM unmount\` ends it"; return; }
        note_view "$wanted" keep || { view_failed 1 "$prefix/wine-efs.views: can't be written"; return; }
        say "View of $(shown "$wanted"): is mounted, and will be kept."
        return
    fi
    refuse_folder "$wanted" || return
    was_noted=no
    ! is_noted_view "$wanted" || was_noted=yes
    note_view "$wanted" once || { view_failed 1 "$prefix/wine-efs.views: can't be written"; return; }
    # no terminal: a prefix's keys have no password. The lock isn't for a process that stays.
    "$efsmount" -q --key "$prefix" --recovery "$prefix" -- "$wanted" </dev/null 9<&-
    code=$?
    if [ $code -ne 0 ]; then
        [ $was_noted = yes ] || forget_view "$wanted" once
        explain_failure "$wanted" $code
        return
    fi
    if [ "$keep" = yes ]; then
        note_view "$wanted" keep || view_failed 1 "$prefix/wine-efs.views: can't be written; the view isn't kept"
    fi
    say "View of $(shown "$wanted"): mounted."
}

mount_named() # PATH
{
    if folder_of_view "$1" && is_mounted "$folder" && ! answers "$folder"; then
        view_failed 1 "$(shown "$1"): its view doesn't answer; first \`$PROGRAM unmount '$(shown "$1")'\`"
    elif physical_folder "$1"; then mount_folder "$folder"
    else view_failed 1 "$(shown "$1"): no such folder, or it can't be entered"
    fi
}

command_mount()
{
    status=0
    # the option may stand behind folders, too: each argument goes to the end but it
    left=$#
    while [ "$left" -gt 0 ]; do
        case $ended$1 in
            no--keep) keep=yes ;;
            no--) ended=yes ;;
            no-*) usage >&2; exit 2 ;;
            *) set -- "$@" "$1" ;;
        esac
        shift
        left=$((left - 1))
    done
    find_efsmount || exit "$status"
    lock_prefix
    if [ $# -eq 0 ]; then find_drives mount_named; fi
    for path in "$@"; do mount_named "$path"; done
    exit "$status"
}

# ---- unmounting ---------------------------------------------------------------------------------------------------

# What the daemon has to put into its closed form takes a while; then it lets go of the tree.
# "/.": flock makes a file where there is none.
wait_for_daemon() { timeout 60 flock -w 60 -- "$1/." true 2>/dev/null; }

unmount_folder() # FOLDER
{
    wanted=$1
    kept=no
    ! is_kept "$wanted" || kept=yes
    if ! is_mounted "$wanted"; then
        forget_view "$wanted" keep once
        if [ $kept = yes ]; then say "View of $(shown "$wanted"): isn't kept any more."
        else view_failed 1 "$(shown "$wanted"): no view is mounted there; \`$PROGRAM status\` shows which are"
        fi
        return
    fi
    if ! LC_ALL=C fusermount3 -u -- "$wanted" </dev/null 9<&-; then
        view_failed $VIEW_IN_USE "$(shown "$wanted"): programs have something open in it; end them first, all Windows\
 programs of the prefix by \`WINEPREFIX='$prefix' wineserver -k\`; \`fuser -vm\` shows the others"
        return
    fi
    forget_view "$wanted" keep once
    say "View of $(shown "$wanted"): unmounted."
    wait_for_daemon "$wanted" ||
        view_failed 1 "$(shown "$wanted"): its efsmount is still at work; \`efsraw check --repair\` ends what it leaves"
}

unmount_named() # PATH
{
    folder_of_view "$1" && { is_mounted "$folder" || is_kept "$folder"; } || physical_folder "$1" || folder=$1
    unmount_folder "$folder"
}

# Those that are noted, and those in the prefix, whoever mounted them
# A list of octal escapes: no byte of a name ends it.
# shellcheck disable=SC1003 # it is a backslash
collect_view() { set_of_views="$set_of_views$(printf '%s' "$1" | od -An -v -to1 | tr -d '\n' | tr ' ' '\\') "; }
collect_in_prefix() { ! is_within "$point" "$prefix" || collect_view "$point"; return 1; }

# Calls COMMAND with each of them, once
each_view() # COMMAND
{
    set_of_views=
    each_noted keep collect_view
    each_noted once collect_view
    any_view collect_in_prefix
    for octal in $(printf '%s' "$set_of_views" | tr ' ' '\n' | sort -u); do
        # shellcheck disable=SC2059 # nothing but escapes
        one=$(printf "$octal" && echo .)
        "$1" "${one%.}"
    done
}

unmount_each()
{
    some=yes
    if is_mounted "$1" || is_kept "$1"; then unmount_folder "$1"; else forget_view "$1" once; fi
}

command_unmount()
{
    status=0
    case $ended${1:-} in no-*) usage >&2; exit 2 ;; esac
    command -v fusermount3 >/dev/null 2>&1 || die "fusermount3 is missing (Debian: fuse3)"
    lock_prefix
    if [ $# -eq 0 ]; then
        some=no
        each_view unmount_each
        [ $some = yes ] || say "No views of $prefix."
    fi
    for path in "$@"; do unmount_named "$path"; done
    exit "$status"
}

# ---- for the other commands ---------------------------------------------------------------------------------------

mount_again() # FOLDER
{
    if is_mounted "$1"; then
        answers "$1" || view_failed 1 "$(shown "$1"): its view doesn't answer; \`$PROGRAM unmount\` ends it"
        return
    fi
    # it was one without links; another one in its place isn't what was meant
    if ! physical_folder "$1" || [ "$folder" != "$1" ]; then
        view_failed 1 "$(shown "$1"): isn't the folder any more that was mounted; \`$PROGRAM unmount\` forgets it"
        return
    fi
    mount_folder "$1" >/dev/null
}

# The program is run in any case: without its view, what is encrypted is guarded. Two of us at once do it one by one.
mount_kept()
{
    views_folder && [ -n "$(find "$views" -maxdepth 1 -name '*.keep' -print -quit)" ] || return 0
    (
        status=0
        lock_prefix
        ! find_efsmount || each_noted keep mount_again
        exit "$status"
    ) || warn "not all views are mounted that were to be kept; the program runs without them"
}

# Sets dead to a folder in the prefix whose view doesn't answer; empty: none.
find_dead_view() { dead=; each_view note_dead; [ -n "$dead" ]; }
note_dead() { ! is_within "$1" "$prefix" || ! is_mounted "$1" || answers "$1" || dead=$1; }

report_view() # FOLDER
{
    kept=
    ! is_kept "$1" || kept=', kept'
    if ! is_mounted "$1"; then
        [ -z "$kept" ] || say "View of $(shown "$1"): isn't mounted; \`$PROGRAM run\` mounts it, \`$PROGRAM unmount\`\
 forgets it"
    elif ! answers "$1"; then
        say "View of $(shown "$1"): mounted, but doesn't answer$kept"
        problem "$PROGRAM unmount '$(shown "$1")'"
    else
        keys=
        [ -z "$efsmount" ] || keys=$(timeout -s KILL 5 "$efsmount" --status "$1" 2>/dev/null </dev/null |
            sed -n 's/^key //p' | tr '\n' ' ')
        keys=${keys% }
        say "View of $(shown "$1"): mounted, by ${keys:+the keys }${keys:-no key that has a certificate}$kept"
    fi
}

report_views()
{
    status=0
    find_efsmount 2>/dev/null
    each_view report_view
}

refuse_view()
{
    ! is_mounted "$1" || die "$(shown "$1"): a view of it is mounted, so nothing was done; first \`$PROGRAM unmount\`"
}

refuse_views() { each_view refuse_view; }
