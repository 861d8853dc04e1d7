# Part of wine-efs: the snapshots that Windows programs have made of a prefix's drives (VSS).
#
#   command_snapshots [remove NUMBER|all]
#   report_snapshots     for status: what there is, after those that ended programs have left are gone
#   purge_snapshots      all of them; fails if one stays
#
# SPDX-License-Identifier: LGPL-2.1-or-later

# What isn't there has made none: a release without Linux programs, say.
own_snapshots()
{
    [ -x "$libdir/snapshots" ] || [ -d "$prefix/wine-efs.snapshots" ] || return 0
    "$libdir/snapshots" "$prefix" "$@"
}

TAB=$(printf '\t')

command_snapshots()
{
    case $#,${1:-} in
        0,)
            own_snapshots reap
            listing=$(own_snapshots list) || die "$prefix: its snapshots can't be read"
            [ -n "$listing" ] || { say "No snapshots of drives of $prefix."; return 0; }
            printf '%s\n' "$listing" | while IFS=$TAB read -r number drive time kind life id note; do
                say "$number  $drive  $time  $kind, $life  $id"
                say "    $note"
            done
            ;;
        2,remove)
            case $2 in
                all) purge_snapshots || exit 1 ;;
                *) own_snapshots remove "$2" || exit 1 ;;
            esac
            ;;
        *) usage >&2; exit 2 ;;
    esac
}

report_snapshots()
{
    own_snapshots reap || problem "remove what is left by hand"
    own_snapshots list | while IFS=$TAB read -r number drive time kind life id note; do
        say "  snapshot $number of $drive, $time, $life: $note"
    done
}

purge_snapshots() { own_snapshots purge; }
