# wimlib-imagex from Debian's source package: capture --snapshot, apply. See drive.
#
# SPDX-License-Identifier: LGPL-2.1-or-later

server_packages=
build_packages="make"
# what wimlib itself leaves out: nothing of this tree by its documentation
loses=

build_client()
{
    fetch wimlib && cd "$source" || return 1
    ./configure --host=$host --disable-shared && make -j"$jobs" || return 1
    mkdir -p "$program" && cp wimlib-imagex.exe "$program/"
}

wimlib() { run_wine "$program/wimlib-imagex.exe" "$@"; }
wim() { stat -c %s "$drive/wim/tree.wim"; }

set_up() { mkdir -p "$drive/wim" "$drive/back"; }

back_up()
{
    if [ ! -f "$drive/wim/tree.wim" ]; then wimlib capture --snapshot 'C:\tree' 'C:\wim\tree.wim' tree
    else
        echo "before: $(wim)"
        wimlib append --snapshot 'C:\tree' 'C:\wim\tree.wim' again && echo "after: $(wim)"
    fi
}

# the content is found to be there already; the second image's own list of files is what comes on top
is_incremental()
{
    grep -E '^(before|after): ' "$1"
    awk '/^before:/ { before = $2 } /^after:/ { after = $2 } END { exit !(before && after - before < 65536) }' "$1"
}

restore_to()
{
    restored='C:\back'
    wimlib apply 'C:\wim\tree.wim' 1 'C:\back'
}

restore_over() { wimlib apply 'C:\wim\tree.wim' 1 'C:\tree'; }
