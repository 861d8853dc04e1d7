# burp: the Windows client from Debian's source package, with the defaults of its example configuration, against
# Debian's burp server. See drive.
#
# SPDX-License-Identifier: LGPL-2.1-or-later

server_packages="burp openssl"
build_packages="g++-mingw-w64-x86-64 make cmake uthash-dev"

# What burp itself leaves out (its source, 3.1.4):
# - times in whole seconds: struct stat is what it keeps (src/attribs.c:94)
# - no times and attributes are set of an encrypted file: it is taken for one that is read (src/bfile.c:149), so that
#   closing it sets nothing (306)
loses="encrypted time of creation|encrypted time of the last write|encrypted attributes"
coarse_times=1
# a path above MAX_PATH is written over the end of a static buffer (src/win32/compat/compat.cpp:757, tmpbuf)
without_long=1

build_client()
{
    local library

    for library in zlib openssl pcre2 librsync yajl; do library $library || return 1; done
    vss_headers
    cp /usr/include/uthash.h "$deps/include/" || return 1
    fetch burp && cd "$source" || return 1
    # where its makefiles look for the compiler and the libraries
    mkdir -p burp-cross-tools/mingw-w64-x86_64 burp-depkgs
    ln -sfn /usr/bin burp-cross-tools/mingw-w64-x86_64/bin
    ln -sfn "$deps" burp-depkgs/mingw-w64-x86_64
    make -C src/win32 WIN64=yes Makefile.inc || return 1
    for library in lib burp; do
        # without the lists of dependencies, which an only build doesn't need
        make -j"$jobs" -C src/win32/$library WIN64=yes ALL_OBJS= \
            CFLAGS='-Wall -mthreads -O1 -fno-strict-aliasing -DHAVE_VSS64 -DPCRE2_STATIC' \
            LIBS_SSL="$deps/lib/libssl.a" LIBS_CRYPTO="$deps/lib/libcrypto.a -lcrypt32 -lws2_32 -lgdi32" \
            LIBS_PCRE="$deps/lib/libpcre2-posix.a $deps/lib/libpcre2-8.a" LIBS_YAJL="$deps/lib/libyajl.a" || return 1
    done
    mkdir -p "$program" && cp src/win32/release64/burp.exe src/win32/release64/compat.dll "$program/" &&
        runtime "$program"
}

burp() { run_wine "$program/burp.exe" -c 'C:/burp/burp.conf' "$@"; }

set_up()
{
    local ca=$work/ca name

    mkdir -p "$ca" "$work/server/clients" "$work/spool" "$drive/burp" && cd "$ca" || return 1
    openssl req -x509 -newkey rsa:2048 -nodes -keyout ca.key -out ca.pem -days 30 -subj /CN=burpCA \
        -addext basicConstraints=critical,CA:TRUE || return 1
    for name in burpserver client; do
        openssl req -newkey rsa:2048 -nodes -keyout $name.key -out $name.csr -subj /CN=$name &&
            openssl x509 -req -in $name.csr -CA ca.pem -CAkey ca.key -CAcreateserial -days 30 -out $name.pem || return 1
    done
    openssl genpkey -genparam -algorithm DH -pkeyopt group:ffdhe2048 -out dh.pem || return 1
    cat >"$work/server/burp.conf" <<CONF
mode = server
listen = 127.0.0.1:4971
listen_status = 127.0.0.1:4972
directory = $work/spool
dedup_group = global
clientconfdir = $work/server/clients
pidfile = $work/server/pid
hardlinked_archive = 0
working_dir_recovery_method = delete
umask = 0022
syslog = 0
stdout = 1
client_can_restore = 1
client_can_list = 1
keep = 7
ssl_cert_ca = $ca/ca.pem
ssl_cert = $ca/burpserver.pem
ssl_key = $ca/burpserver.key
ssl_dhfile = $ca/dh.pem
CONF
    echo "password = abcdefgh" >"$work/server/clients/client"
    cp ca.pem client.pem client.key "$drive/burp/"
    # configs/client/burp.conf-win.in, without what asks for an installer's certificates and passwords
    cat >"$drive/burp/burp.conf" <<CONF
mode = client
server = 127.0.0.1:4971
status_port = 4972
cname = client
password = abcdefgh
server_can_restore = 0
stdout = 1
progress_counter = 0
nobackup = .nobackup
lockfile = C:/burp/lockfile
include = C:/tree
split_vss = 0
strip_vss = 0
ssl_cert_ca = C:/burp/ca.pem
ssl_cert = C:/burp/client.pem
ssl_key = C:/burp/client.key
ssl_peer_cn = burpserver
CONF
    /usr/sbin/burp -c "$work/server/burp.conf" -F >"$work/server.log" 2>&1 </dev/null &
    at_exit kill $!
    wait_for answers 4971 || { cat "$work/server.log"; return 1; }
}

# the server goes on when the client is done, and counts at the end
server_log() { zcat "$work/spool/client/000000$backups "*/log.gz; }
completed() { server_log | grep -q 'Backup completed'; }
back_up()
{
    backups=$((${backups:-0} + 1))
    burp -a b && wait_for completed && server_log
}

# New, Changed, Duplicate, Deleted, Total | Scanned: nothing is new but what has changed in between, with its header
is_incremental()
{
    grep 'Grand total' "$1"
    awk '/Grand total:/ { seen = 1; new = $(NF - 6); changed = $(NF - 5) }
        END { exit !(seen && !new && changed <= 3) }' "$1"
}

# restore_to: sets restored
restore_to()
{
    mkdir -p "$drive/back"
    restored='C:\back\C_\tree'
    burp -a r -b "${1:-1}" -d C:/back -r '^C:/tree'
}

# without the first part of each path, the drive
restore_over() { burp -a r -b 1 -f -d C:/ -s 1 -r '^C:/tree'; }
