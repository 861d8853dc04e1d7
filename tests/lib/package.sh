# What the Debian package has to hold, for tests/run/package and tests/host/test_package.sh.
#
# SPDX-License-Identifier: LGPL-2.1-or-later

# all of what is below /usr, as tools/build installs it there; Debian compresses the manual pages
packaged_files=(
    bin/{wine-efs,efsraw,backupraw,efsmount}
    share/man/man1/{wine-efs,efsraw,backupraw,efsmount}.1
    share/bash-completion/completions/{wine-efs,efsraw,backupraw,efsmount}
    lib/systemd/user/efsmount@.service
    lib/wine-efs/sh/{prefix,files,keys,settings,snapshots,status,views}.sh
    lib/wine-efs/{all-users,snapshots,key-pairs,efsraw-keys}
    lib/wine-efs/{x64,x32}/{advapi32,kernelbase,vssapi,bcryptprimitives}.dll
    lib/wine-efs/{x64,x32}/{cipher,efskeys,efsbackup,efsprobe}.exe
    lib/wine-efs/{x86_64,i386}-windows/wineefs.dll
    lib/wine-efs/x86_64-unix/{wineefs,wineefs-keys}.so lib/wine-efs/i386-unix/wineefs.so
)
# Wine's own folders: links to those
packaged_links=(
    lib/x86_64-linux-gnu/wine/{x86_64-windows,i386-windows}/wineefs.dll
    lib/x86_64-linux-gnu/wine/x86_64-unix/wineefs.so lib/i386-linux-gnu/wine/i386-windows/wineefs.dll
    lib/i386-linux-gnu/wine/i386-unix/wineefs.so
)
