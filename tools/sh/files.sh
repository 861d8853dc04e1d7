# Part of wine-efs: the files that a prefix gets, and how they go again. With lock_prefix alone.
#
#   install_files FOLDER x64|x32 x86_64|i386 WINE_DLLS    every_process: on, off, or empty for as it is
#   uninstall_files FOLDER
#   is_dropin FILE
#
# A file is made under a name of its own, FILE.wine-efs-new, and renamed. Other people's archives and programs put
# things into a prefix: whatever has one of our names already is removed or replaced as it is, a link never followed.
# Modes are those of the source, as far as the umask leaves them.
#
# SPDX-License-Identifier: LGPL-2.1-or-later

SAVED_SUFFIX=.before-wine-efs
NEW_SUFFIX=.wine-efs-new

# Ours, of whatever version: no other advapi32.dll, kernelbase.dll or vssapi.dll forwards there
is_dropin() { [ -f "$1" ] && LC_ALL=C grep -q 'wineadvapi32\.\|winekernelbase\.\|winevssapi\.' "$1"; }

# Whatever has a name that nobody else uses. Of folders only what is on this file system: something may be mounted
# there.
remove_own() { rm -rf --one-file-system -- "$@"; }

# What was half done when it was interrupted
remove_new_files()
{
    for new_file in "$state$NEW_SUFFIX" "$windows/system32"/*"$NEW_SUFFIX" "$windows/syswow64"/*"$NEW_SUFFIX"; do
        remove_own "$new_file" 2>/dev/null
    done
}

put_file() # SOURCE TARGET
{
    [ -f "$2" ] && [ ! -L "$2" ] && cmp -s -- "$1" "$2" && return 0
    remove_own "$2$NEW_SUFFIX" && cp -T --remove-destination -- "$1" "$2$NEW_SUFFIX" && chmod a-x -- "$2$NEW_SUFFIX" &&
        mv -fT -- "$2$NEW_SUFFIX" "$2"
}

put_link() # SOURCE TARGET
{
    [ "$(readlink -- "$2")" = "$1" ] && return 0
    remove_own "$2$NEW_SUFFIX" && ln -sT -- "$1" "$2$NEW_SUFFIX" && mv -fT -- "$2$NEW_SUFFIX" "$2"
}

# The note of the settings, for its owner alone
put_state() # TEXT
{
    remove_own "$state$NEW_SUFFIX" && say "$1" | (umask 077 && dd of="$state$NEW_SUFFIX" conv=excl status=none) &&
        { has_state || remove_own "$state"; } && mv -fT -- "$state$NEW_SUFFIX" "$state"
}

has_state() { [ -f "$state" ] && [ ! -L "$state" ]; }

# A file or link that can have been the original. Two of an older wine-efs at once could leave the drop-in there.
is_original() { { [ -f "$1" ] || [ -L "$1" ]; } && ! is_dropin "$1"; }

# A second name for the original, file or link, so that the drop-in can replace the first in one step. What is there
# now is the original, also when an older one was saved: Wine has put in a newer one since.
save_original() # FILE
{
    [ -e "$1" ] || [ -L "$1" ] || return 0
    is_dropin "$1" && return 0
    remove_own "$1$SAVED_SUFFIX" || return 1
    ln -PT -- "$1" "$1$SAVED_SUFFIX" 2>/dev/null && return 0
    # no hard links on this file system: a copy with the same times and mode
    remove_own "$1$NEW_SUFFIX" && cp -aT --remove-destination -- "$1" "$1$NEW_SUFFIX" &&
        mv -fT -- "$1$NEW_SUFFIX" "$1$SAVED_SUFFIX"
}

# Where no original was kept there was none, unless what was kept is ours: then it was Wine's own.
restore_original() # FOLDER advapi32|kernelbase|vssapi
{
    if is_original "$1/$2.dll$SAVED_SUFFIX"; then
        mv -fT -- "$1/$2.dll$SAVED_SUFFIX" "$1/$2.dll"
    elif [ -f "$1/$2.dll$SAVED_SUFFIX" ] && [ -f "$1/wine$2.dll" ] && ! is_dropin "$1/wine$2.dll"; then
        put_file "$1/wine$2.dll" "$1/$2.dll"
    else
        rm -f -- "$1/$2.dll"
    fi
}

# In the place of a file of ours a folder can only be somebody's who knows what is in it.
refuse_folders() # FOLDER
{
    for name in advapi32.dll wineadvapi32.dll kernelbase.dll winekernelbase.dll vssapi.dll winevssapi.dll \
        wineefs.dll; do
        [ -L "$1/$name" ] || [ ! -d "$1/$name" ] || die "$1/$name: is a folder; move it away"
    done
}

# What Wine has none of: such a file of ours has a mark. Another one is somebody else's, and stays.
is_marked() { [ -f "$1" ] && [ ! -L "$1" ] && LC_ALL=C grep -q "wine-efs\\.$2" "$1"; } # FILE MARK

put_marked() # SOURCE TARGET MARK
{
    [ -f "$1" ] || return 0
    [ ! -e "$2" ] && [ ! -L "$2" ] || is_marked "$2" "$3" || return 0
    put_file "$1" "$2"
}

remove_marked() # FILE MARK
{
    ! is_marked "$1" "$2" || rm -f -- "$1" || die "$target: can't be cleaned"
}

# Keys are 64-bit Unix code: where there is any, 32-bit programs, which look in syswow64, start the 64-bit one, too.
install_cipher() # x64|x32; into target
{
    [ -z "$arch64" ] || set -- x64
    put_marked "$libdir/$1/cipher.exe" "$target/cipher.exe" cipher
}

# A Wine that has one takes it before ours, which gives way then.
install_prng() # x64|x32 WINE_DLLS; into target
{
    if [ ! -f "$2/bcryptprimitives.dll" ]; then
        put_marked "$libdir/$1/bcryptprimitives.dll" "$target/bcryptprimitives.dll" bcryptprimitives
    elif is_marked "$target/bcryptprimitives.dll" bcryptprimitives; then
        put_file "$2/bcryptprimitives.dll" "$target/bcryptprimitives.dll"
    fi
}

install_files() # FOLDER x64|x32 x86_64|i386 WINE_DLLS
{
    target=$windows/$1
    refuse_folders "$target"
    # what is there from before is renewed
    with_kernelbase=$every_process
    [ -n "$with_kernelbase" ] || ! is_dropin "$target/kernelbase.dll" || with_kernelbase=on
    if ! put_file "$libdir/$3-windows/wineefs.dll" "$target/wineefs.dll" ||
        ! install_dropin advapi32 "$2" "$4" ||
        { [ "$with_kernelbase" = on ] && ! install_dropin kernelbase "$2" "$4"; } ||
        { [ "$with_vssapi" = on ] && ! install_dropin vssapi "$2" "$4"; } || ! install_cipher "$2" ||
        ! install_prng "$2" "$4"; then
        die "$target: can't be written to; \`$PROGRAM uninstall\` takes back what was done"
    fi
    [ "$with_kernelbase" != off ] || uninstall_dropin kernelbase
    [ "$with_vssapi" != off ] || uninstall_dropin vssapi
}

# A drop-in, and the link to Wine's own DLL that it needs; into target
install_dropin() # advapi32|kernelbase|vssapi x64|x32 WINE_DLLS
{
    put_link "$3/$1.dll" "$target/wine$1.dll" && save_original "$target/$1.dll" &&
        put_file "$libdir/$2/$1.dll" "$target/$1.dll"
}

uninstall_dropin() # advapi32|kernelbase|vssapi; from target
{
    if is_dropin "$target/$1.dll" || { [ ! -e "$target/$1.dll" ] && [ ! -L "$target/$1.dll" ]; }; then
        restore_original "$target" "$1" || die "$target/$1.dll: can't be put back"
    fi
    remove_own "$target/$1.dll$SAVED_SUFFIX" && rm -f -- "$target/wine$1.dll" || die "$target: can't be cleaned"
}

uninstall_files() # FOLDER
{
    target=$windows/$1
    refuse_folders "$target"
    remove_marked "$target/cipher.exe" cipher
    remove_marked "$target/bcryptprimitives.dll" bcryptprimitives
    # kernelbase.dll first: no program runs without what it needs
    uninstall_dropin kernelbase
    uninstall_dropin vssapi
    uninstall_dropin advapi32
    rm -f -- "$target/wineefs.dll" || die "$target: can't be cleaned"
}
