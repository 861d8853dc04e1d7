#!/bin/bash
# What is built and tested here is what the Debian package holds: the same files and no others, and where tools/test
# built it, the package's compiler options. That the package itself can be made and installed: tests/run/package.
#
# SPDX-License-Identifier: LGPL-2.1-or-later
. "$(dirname "$0")/../lib/tap.sh"
. "$top/tests/lib/package.sh"

for file in "${packaged_files[@]}"; do
    check "installed: $file" test -e "$stage/$file"
done

# debian/rules takes out the conformance tests
all() { (cd "$stage" && find . ! -type d -printf '%P\n' | grep -v '/efs_test\.exe$' | sort); }
check "nothing that the package isn't known to hold" \
    diff <(all) <(printf '%s\n' "${packaged_files[@]}" | sort)

# $1: the variable of dpkg-buildflags; $2: meson's option that begins with what the environment had
with_flags()
{
    /usr/bin/python3 - "$build/native/meson-info/intro-buildoptions.json" "$(flags --get "$1")" "$2" <<'END'
import json, re, shlex, sys
options = {option["name"]: option["value"] for option in json.load(open(sys.argv[1], encoding="utf-8"))}
# the source's folder has another name there
wanted = [flag for flag in shlex.split(sys.argv[2]) if not flag.startswith("-ffile-prefix-map=")]
missing = [flag for flag in wanted if flag not in options[sys.argv[3]]]
print("missing:", *missing)
sys.exit(bool(missing))
END
}
flags()
{
    DEB_BUILD_MAINT_OPTIONS=$(sed -n 's/^export DEB_BUILD_MAINT_OPTIONS = //p' "$top/debian/rules") dpkg-buildflags "$@"
}
is_packages() { grep -qF -- '-Wdate-time' "$build/native/meson-info/intro-buildoptions.json"; }
if ! command -v dpkg-buildflags >/dev/null; then
    skip "the package's compiler options" "no dpkg-buildflags here"
elif ! is_packages; then
    skip "the package's compiler options" "this was built by hand, without them"
else
    check "the package's compiler options" with_flags CFLAGS c_args
    check "... and the preprocessor's" with_flags CPPFLAGS c_args
    check "... and the linker's" with_flags LDFLAGS c_link_args
fi
plan
