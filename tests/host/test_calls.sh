#!/bin/bash
# The fault tests lead the engine's calls into the C library through a shim: is there a call that they don't know?
#
# SPDX-License-Identifier: LGPL-2.1-or-later
. "$(dirname "$0")/../lib/tap.sh"

# What can't fail, or is the compiler's.
harmless='__errno_location __snprintf_chk __stack_chk_fail _GLOBAL_OFFSET_TABLE_ closedir geteuid nl_langinfo
clock_gettime
pthread_mutex_lock pthread_mutex_unlock snprintf strcasecmp strcpy memcmp memcpy memmove memset strchr strcmp
strlen strncasecmp strncmp strrchr strspn strstr strtoul __isoc23_strtoul __memcpy_chk __strcpy_chk __memset_chk
__memmove_chk
pthread_once'
# The opening of wineefs-keys.so, once in a process; tests/wine/test_keys.sh has it fail.
harmless+=' dladdr dlclose dlerror dlopen dlsym realpath __realpath_chk'

undefined()
{
    nm -u "$build"/native/libs/{base,codec,store,session}/*.a "$build/native/dlls/wineefs/unix/libwineefs-unix.a" \
        2>/dev/null |
        awk '$1 == "U" { sub(/@.*/, "", $2); print $2 }' | sort -u
}
defined()
{
    # snapshots have tests of their own (tests/host/test_snapshots.sh), kills among them; so has the way to a view's
    # daemon (tests/unit/door), whose every answer is an error or the file
    nm --defined-only "$build"/native/libs/{base,codec,store,session,snapshot,door}/*.a \
        "$build/native/dlls/wineefs/unix/libwineefs-unix.a" 2>/dev/null | awk 'NF == 3 { print $3 }' | sort -u
}

calls=$(comm -23 <(undefined) <(defined))
check "there are calls to see" test "$(wc -w <<<"$calls")" -gt 30
for call in $calls; do
    if grep -qx "$call" "$top/tests/fault/calls"; then
        pass "$call is led through the shim"
    elif ! grep -qw -- "$call" <<<"$harmless"; then
        fail "$call: neither led through the shim (tests/fault/calls, shim.c) nor known to be harmless"
    fi
done
plan
