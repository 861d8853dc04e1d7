#!/bin/bash
# What wineefs.dll does while a process is set up, it does by ntdll alone: kernel32 and kernelbase aren't initialised
# then. Each function of Wine's that the hooks and DllMain's part refer to must be one of ntdll's.
#
# SPDX-License-Identifier: LGPL-2.1-or-later
. "$(dirname "$0")/../lib/tap.sh"

# the files of dlls/wineefs that run then, by room and name; main.c and backup.c have the functions that programs call,
# too
early='wine_debug patch_entry api_feclient visible_guard patch_hook visible_encrypted_new visible_hook_attributes
    visible_hook_directory
    visible_hook_query visible_hooks patch_originals visible_removal visible_within patch_import_table
    patch_inherit patch_jump
    patch_registry api_messages wine_native wine_settings visible_sparse patch_stub wine_unixcall visible_view
    visible_volume visible_ea streams_stream_list patch_prologue
    streams_stream_closing streams_stream_follow
    streams_stream_hidden streams_stream_host streams_stream_name streams_stream_open
    streams_stream_query streams_stream_settle shadow_shadow_marks shadow_shadow_name shadow_shadow_writes
    shadow_shadow_open snapshots_volume_names wine_reparse wine_named'

for bits in 64:x86_64 32:i686; do
    objects=$build/win${bits%%:*}/dlls/wineefs/wineefs-unmarked.dll.p
    tools=${bits##*:}-w64-mingw32
    [ -f "$objects/main.c.obj" ] || { skip "${bits##*:}" "not built"; continue; }
    "$tools-nm" "$("$tools-gcc" -print-file-name=libntdll.a)" 2>/dev/null |
        sed -n 's/.* T _*\([A-Za-z0-9_]*\).*/\1/p' | sort -u >"$work/ntdll"
    check "${bits##*:}: ntdll's names are known" grep -qx NtCreateFile "$work/ntdll"
    # chkstk is libgcc's. Functions of other DLLs are imported, or declared without that: then they are what no object
    # of ours defines
    "$tools-nm" "$objects"/*.obj "$build/win${bits%%:*}"/libs/base/libbase.a.p/text.c.obj \
        "$build/win${bits%%:*}"/libs/codec/libcodec.a.p/backup_ea.c.obj |
        sed -n 's/.* [TtBbDdRrC] _*\([A-Za-z0-9_]*\).*/\1/p' | sort -u >"$work/own"
    for name in $early; do
        "$tools-nm" "$objects/$name.c.obj" | sed -n 's/^ *U \(__imp_\)\?_*\([A-Za-z0-9_]*\).*/\2/p' | sort -u |
            grep -v '^chkstk' | comm -23 - "$work/ntdll" | comm -23 - "$work/own" >"$work/foreign"
        check "${bits##*:}: $name.c needs nothing but ntdll" test -s "$objects/$name.c.obj" -a ! -s "$work/foreign"
        sed 's/^/# /' "$work/foreign"
    done
done
plan
