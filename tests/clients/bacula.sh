# Bacula: the Windows file daemon from Debian's source package, with no setting about VSS (its default is to use it),
# against Debian's director and storage daemon, with a catalog in SQLite. See drive.
#
# SPDX-License-Identifier: LGPL-2.1-or-later

server_packages="bacula-director bacula-director-sqlite3 bacula-sd bacula-console sqlite3"
build_packages="g++-mingw-w64-x86-64 g++ make"

# What Bacula itself leaves out (its source, 15.0.3): times of encrypted files. It sets them by a handle
# (src/findlib/attribs.c:863) that opening an encrypted file doesn't set (src/findlib/bfile.c:446)
loses="encrypted time of creation|encrypted time of the last write"

# by_its_makefile FOLDER TARGET...
by_its_makefile()
{
    make -j"$jobs" -C "src/win32/$1" win64=yes bat=no LIBS_SSL="$deps/lib/libssl.a" \
        LIBS_CRYPTO="$deps/lib/libcrypto.a -lcrypt32 -lws2_32 -lgdi32" "${@:2}"
}

build_client()
{
    local library

    for library in zlib openssl lzo2 libzstd; do library $library || return 1; done
    vss_headers
    fetch bacula && cd "$source" || return 1
    # the lists of files that all platforms share
    [ -f autoconf/Make.common ] ||
        ./configure --enable-client-only --disable-libtool --without-openssl >configure.log 2>&1 || return 1
    mkdir -p "$clients/bacula-deps" && ln -sfn "$deps" "$clients/bacula-deps/depkgs-mingw-w64"
    # It is written for a mingw-w64 without these two, and isn't valid with them. Its makefiles add HAVES
    printf '#include <ws2tcpip.h>\n#undef TCP_KEEPIDLE\n#undef TCP_KEEPINTVL\n' >"$deps/include/no_keepalive.h"
    export DEPKGS=$clients/bacula-deps HAVES="-include $deps/include/no_keepalive.h"
    make -C src/win32 win64=yes bat=no Makefile.inc || return 1
    # the DLL first: the script that lists its functions removes objects that go into no DLL
    by_its_makefile lib "$source/src/win32/release64/bacula.dll" && by_its_makefile lib all &&
        by_its_makefile filed all || return 1
    mkdir -p "$program" && cp src/win32/release64/bacula-fd.exe src/win32/release64/bacula.dll "$program/" &&
        runtime "$program"
}

# console COMMANDS...: a line each
console()
{
    printf '%s\n' "$@" quit | timeout 900 bconsole -n -c "$work/bacula/console.conf"
}

# succeeded OUTPUT: Bacula's own last word about a job
succeeded() { tee "$work/job" | cat; grep -qE 'Termination: +(Backup|Restore) OK$' "$work/job"; }

set_up()
{
    local dir=$work/bacula

    mkdir -p "$dir/working" "$dir/volumes" "$drive/bacula/working" "$drive/back"
    cat >"$dir/console.conf" <<CONF
Director { Name = dir; DIRport = 9101; Address = 127.0.0.1; Password = "secret" }
CONF
    cat >"$dir/director.conf" <<CONF
Director { Name = dir; DIRport = 9101; DirAddress = 127.0.0.1; QueryFile = "$dir/query.sql"
    WorkingDirectory = "$dir/working"; PidDirectory = "$dir/working"; Password = "secret"; Messages = All }
Catalog { Name = catalog; dbname = "bacula"; dbuser = ""; dbpassword = "" }
FileSet { Name = tree; Include { Options { signature = MD5 }; File = "C:/tree" } }
Client { Name = client; Address = 127.0.0.1; FDPort = 9102; Catalog = catalog; Password = "secret" }
Storage { Name = volumes; Address = 127.0.0.1; SDPort = 9103; Password = "secret"; Device = volumes; Media Type = File }
Pool { Name = Default; Pool Type = Backup; Label Format = "Volume-" }
Messages { Name = All; append = "$dir/messages" = all, !skipped; console = all, !skipped, !saved; catalog = all }
Job { Name = tree; Type = Backup; Level = Incremental; Client = client; FileSet = tree; Storage = volumes
    Pool = Default; Messages = All }
Job { Name = restore; Type = Restore; Client = client; FileSet = tree; Storage = volumes; Pool = Default
    Messages = All; Where = "C:/back" }
CONF
    cat >"$dir/storage.conf" <<CONF
Storage { Name = sd; SDPort = 9103; SDAddress = 127.0.0.1; WorkingDirectory = "$dir/working"
    PidDirectory = "$dir/working" }
Director { Name = dir; Password = "secret" }
Device { Name = volumes; Media Type = File; Archive Device = "$dir/volumes"; LabelMedia = yes; Random Access = yes
    AutomaticMount = yes; RemovableMedia = no; AlwaysOpen = no }
Messages { Name = All; director = dir = all }
CONF
    cat >"$drive/bacula/bacula-fd.conf" <<CONF
FileDaemon { Name = client; FDport = 9102; FDAddress = 127.0.0.1; WorkingDirectory = "C:/bacula/working"
    Pid Directory = "C:/bacula/working"; Plugin Directory = "C:/bacula" }
Director { Name = dir; Password = "secret" }
Messages { Name = All; director = dir = all, !skipped, !restored }
CONF
    touch "$dir/query.sql"
    (cd "$dir/working" && make_catalog "$dir/working") || return 1
    /usr/sbin/bacula-sd -f -c "$dir/storage.conf" >"$dir/storage.log" 2>&1 </dev/null &
    at_exit kill $!
    /usr/sbin/bacula-dir -f -c "$dir/director.conf" >"$dir/director.log" 2>&1 </dev/null &
    at_exit kill $!
    # as its installer does; by itself it wants a display
    run_wine "$program/bacula-fd.exe" /install -c 'C:/bacula/bacula-fd.conf' && run_wine 'C:/windows/system32/net.exe' \
        start Bacula-fd || return 1
    wait_for client_answers || { cat "$dir"/*.log; return 1; }
}
client_answers() { console 'status client=client' | grep -q 'Daemon started'; }

# Debian's own script, for a database in this folder
make_catalog()
{
    sqlite3 "$1/bacula.db" <"$(find /usr/share/dbconfig-common/data/bacula-director-sqlite3 -path '*install*' -type f |
        head -n 1)"
}

back_up()
{
    local level=Full

    [ ! -e "$work/job" ] || level=Incremental
    console '@output /dev/stdout' "run job=tree level=$level yes" wait messages | succeeded
}

# the file that has changed, and directories
is_incremental()
{
    grep -E 'FD Files Written' "$1"
    awk '/FD Files Written:/ { files = $NF } END { exit !(files > 0 && files <= 3) }' "$1"
}

restore_to()
{
    restored='C:\back\C\tree'
    console "restore client=client jobid=1 where=C:/back all done yes" wait messages | succeeded
}

restore_over()
{
    console "restore client=client jobid=1 where=/ replace=always all done yes" wait messages | succeeded
}
