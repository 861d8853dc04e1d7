#!/bin/bash
# What `wine-efs status` notices of Wine itself, and what install and uninstall do about it: links to Wine's own DLLs
# that lead elsewhere, or to a Wine that is gone; overrides of "native" alone; a host for which there's no drop-in.
#
# SPDX-License-Identifier: LGPL-2.1-or-later
. "$(dirname "$0")/../lib/tap.sh"
. "$(dirname "$0")/../lib/prefix.sh"
. "$(dirname "$0")/../lib/wine_efs.sh"

run_tool() { timeout 300 "$tool" --prefix "$work/p" "$@"; }
# status_is STATUS TEXT...: each in its output
status_is()
{
    local wanted=$1 status=0 text

    shift
    run_tool status >"$work/status" 2>&1 || status=$?
    for text; do grep -qF -- "$text" "$work/status" || { echo "not said: $text"; cat "$work/status"; return 1; }; done
    [ "$status" = "$wanted" ] || { echo "status $status"; cat "$work/status"; return 1; }
}
reg() { WINEPREFIX=$work/p WINEDLLOVERRIDES=advapi32,kernelbase=b timeout 60 wine reg "$@"; }
overrides='HKCU\Software\Wine\DllOverrides'
set_override() { reg add "$overrides" /v "$1" /t REG_SZ /d "$2" /f; }
override_is() { reg query "$overrides" /v "$1" | tr -d '\r' | grep -q "REG_SZ *$2\$"; }
has_no_override() { ! reg query "$overrides" /v "$1"; }
runs() { WINEPREFIX=$work/p timeout 60 wine cmd /c ver; }

check "installing" run_tool install --every-process=on
keep_server "$work/p"
check "all works" status_is 0

# ---- links
for name in advapi32 kernelbase vssapi; do
    link=$system32/wine$name.dll
    whose=$(readlink "$link")
    ln -sfn "$work/removed/wine/$name.dll" "$link"
    check "$name: a link to a Wine that is gone" status_is 1 \
        "Wine's own $name: the link leads to $work/removed/wine/$name.dll, which is gone; Wine is in ${whose%/*}" \
        "to do: wine-efs install"
    check "$name: is repaired" run_tool install
    check "$name: as it was" test "$(readlink "$link")" = "$whose"
    mkdir -p "$work/other"
    cp -L "$whose" "$work/other/$name.dll"
    ln -sfn "$work/other/$name.dll" "$link"
    check "$name: one to another Wine" status_is 1 \
        "Wine's own $name: the link leads to $work/other/$name.dll, Wine is in ${whose%/*}" "to do: wine-efs install"
    rm "$link"
    check "$name: none" status_is 1 "damaged, $link is missing" "to do: wine-efs install"
    check "$name: is repaired" run_tool install
    check "$name: as it was" test "$(readlink "$link")" = "$whose"
done
check "all works" status_is 0

# ---- overrides
for name in advapi32 kernelbase vssapi; do
    for value in native N; do
        check "$name: an override of $value alone" set_override $name $value
        check "$name: is noticed" status_is 1 "The override of $name is \"native\" alone" "to do: wine-efs install"
        check "$name: is repaired" run_tool install
        check "$name: as it was" override_is $name native,builtin
    done
done
check "all works" status_is 0
for name in advapi32 kernelbase vssapi; do set_override $name native >/dev/null 2>&1; done
check "uninstalling with such ones" run_tool uninstall
for name in advapi32 kernelbase vssapi; do check "$name: leaves no override" has_no_override $name; done
check "programs run" runs
check_status "nothing of ours is left" 1 ours

# what was there before isn't ours to change
check "an override of native from before" set_override vssapi native
check "installing" run_tool install
check "it is ours then" override_is vssapi native,builtin
check "uninstalling" run_tool uninstall
check "it is back" override_is vssapi native
reg delete "$overrides" /v vssapi /f >/dev/null 2>&1
check "a builtin one that was set later" run_tool install
set_override vssapi builtin >/dev/null 2>&1
check "uninstalling" says "was changed after the installation" run_tool uninstall
check "it stays" override_is vssapi builtin
reg delete "$overrides" /v vssapi /f >/dev/null 2>&1

# ---- a host of another kind, whose Wine has no x86 part
mkdir -p "$work/arm/bin" "$work/arm/wine/aarch64-windows"
printf '#!/bin/sh\ncase $* in -m) echo aarch64 ;; *) exec /usr/bin/env uname "$@" ;; esac\n' >"$work/arm/bin/uname"
printf '#!/bin/sh\ncase $2 in --wine) exit 1 ;; *) PATH=%q exec wine "$@" ;; esac\n' "$PATH" >"$work/arm/bin/arm-wine"
chmod +x "$work/arm/bin/"*
on_arm() { PATH=$work/arm/bin:$PATH WINE=arm-wine "$@"; }
check "an arm64 host" on_arm status_is 1 "this host is arm64, and its Wine has no x86 part" "no shadow copies"
check "has nothing to do" bash -c "! grep 'to do' '$work/status'"
says_why() { on_arm run_tool install 2>&1 | tee /dev/stderr | grep -q 'this host is arm64'; }
check "installing says why not" says_why
check_status "and puts nothing there" 1 ours
check "an arm64 host whose Wine has one is as any other" env PATH="$work/arm/bin:$PATH" "$tool" --prefix "$work/p" \
    install
check "all works" status_is 0
check "uninstalling" run_tool uninstall
plan
