# Shared by the tests of tools/wine-efs: a prefix without the drop-in, as p in the scratch directory, where the script
# then is.
#
# SPDX-License-Identifier: LGPL-2.1-or-later

tool=$stage/bin/wine-efs
libdir=$stage/lib/wine-efs
unset WINEPREFIX WINE_EFS_LIBDIR
cd "$work" || exit 1
make_prefix "$work/p" || { fail "a prefix"; plan; exit 1; }
# it moves; what is left of it goes with the scratch directory
here=p
stop_here() { stop_prefix "$work/$here"; }
at_exit stop_here

system32=$work/p/drive_c/windows/system32
both_of() { sha "$1/advapi32.dll" "$1/kernelbase.dll"; }
original=$(sha "$system32/advapi32.dll")
originals=$(both_of "$system32")
is_installed() { cmp "$libdir/x64/advapi32.dll" "$1/drive_c/windows/system32/advapi32.dll"; }
is_in_every_process() { [ "$(both_of "$1/drive_c/windows/system32")" = "$(both_of "$libdir/x64")" ]; }
original_is_back() { [ "$(both_of "$system32")" = "$originals" ]; }
# what uninstall leaves of ours: nothing
ours() { find "$work/p" \( -name '*wine-efs*' -o -iname 'wineefs*' -o -iname 'wineadvapi32*' -o -iname \
    'winekernelbase*' \) -print | grep .; }
says() { local text=$1; shift; "$@" 2>&1 | tee /dev/stderr | grep -qF -- "$text"; }
