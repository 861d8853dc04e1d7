# Shared shell functions of tests/run/clients: Debian's source packages, and the libraries that the clients' Windows
# builds need, made of them by mingw-w64. In the root; everything is in /clients there, and made once.
#
#   need g++-mingw-w64-x86-64 make    Debian's packages, installed
#   fetch zlib                        sets source: the unpacked source package
#   library zlib                      builds it into $deps
#
# SPDX-License-Identifier: LGPL-2.1-or-later

host=x86_64-w64-mingw32
clients=/clients
deps=$clients/deps
jobs=${JOBS:-2}

need()
{
    dpkg-query -W -f '${db:Status-Status}\n' "$@" 2>/dev/null | grep -vqx installed ||
        [ "$(dpkg-query -W "$@" 2>/dev/null | wc -l)" != $# ] || return 0
    apt-get -q install -y --no-install-recommends "$@" </dev/null
}

# The newest version that can be had: a mirror may lack files of the last one. Where it lacks all but the author's
# archive, that alone.
fetch()
{
    local name=$1 version archive

    source=$clients/src/$name
    [ ! -d "$source" ] || return 0
    mkdir -p "$clients/src/packages" && cd "$clients/src/packages" || return 1
    for version in $(apt-cache showsrc --only-source "$name" | sed -n 's/^Version: //p' | sort -Vru); do
        apt-get -q -o APT::Sandbox::User=root source --download-only "$name=$version" || continue
        dpkg-source --no-check -x "${name}_${version#*:}.dsc" "$source" || return 1
        echo "$version" >"$source.version"
        return
    done
    archive=$(find . -name "${name}_*.orig.tar.*" ! -name '*.asc' | sort -V | tail -n 1)
    [ -n "$archive" ] || { echo "$name: its source package can't be fetched"; return 1; }
    mkdir -p "$source.new" && tar -xf "$archive" -C "$source.new" --strip-components=1 || return 1
    version=${archive##*_}
    echo "${version%.orig.tar.*}, the author's archive without Debian's patches" >"$source.version"
    mv "$source.new" "$source"
}

library()
{
    [ ! -f "$deps/$1.done" ] || return 0
    mkdir -p "$deps/include" "$deps/lib"
    fetch "$1" && cd "$source" && "library_$1" && touch "$deps/$1.done" || { echo "$1 can't be built"; return 1; }
}

# what configure scripts share
configured()
{
    ./configure --host=$host --prefix="$deps" --libdir="$deps/lib" --disable-shared --enable-static "$@" &&
        make -j"$jobs" && make install
}

# by_cmake TARGET OPTIONS...
by_cmake()
{
    cmake -S . -B mingw -DCMAKE_SYSTEM_NAME=Windows -DCMAKE_SYSTEM_PROCESSOR=x86_64 -DCMAKE_C_COMPILER=$host-gcc \
        -DCMAKE_RC_COMPILER=$host-windres -DCMAKE_INSTALL_PREFIX="$deps" -DCMAKE_INSTALL_LIBDIR=lib \
        -DCMAKE_BUILD_TYPE=Release -DBUILD_SHARED_LIBS=OFF "${@:2}" && cmake --build mingw -j"$jobs" --target "$1"
}

# Debian's package has no makefile for Windows
library_zlib()
{
    $host-gcc -O2 -c ./*.c && $host-ar rcs "$deps/lib/libz.a" ./*.o && cp zlib.h zconf.h "$deps/include/"
}

# Without programs, tests and what TLS doesn't need. A build that was ended goes on.
library_openssl()
{
    [ -f configdata.pm ] || ./Configure mingw64 --cross-compile-prefix=$host- --prefix="$deps" --libdir=lib \
        --openssldir="$deps/ssl" -O1 no-shared no-module no-tests no-docs no-apps no-aria no-argon2 no-camellia \
        no-cast no-cmp no-cms no-ct no-dtls no-engine no-fips no-gost no-idea no-legacy no-mdc2 no-ml-dsa no-ml-kem \
        no-ocsp no-quic no-rc2 no-rc4 no-rfc3779 no-scrypt no-seed no-siphash no-siv no-slh-dsa no-sm2 no-sm3 no-sm4 \
        no-srp no-srtp no-ssl3 no-ts no-whirlpool || return 1
    make -j"$jobs" build_libs && make install_dev
}

# by the name of its header that programs for the older PCRE use
library_pcre2()
{
    by_cmake install -DPCRE2_BUILD_TESTS=OFF -DPCRE2_BUILD_PCRE2GREP=OFF &&
        echo '#include <pcre2posix.h>' >"$deps/include/pcreposix.h"
}

library_lzo2()
{
    configured
}

library_libzstd()
{
    # its makefile takes our BUILD_DIR for its own
    env -u BUILD_DIR make -j"$jobs" -C lib CC=$host-gcc AR=$host-ar RANLIB=$host-ranlib TARGET_SYSTEM=Windows_NT \
        libzstd.a &&
        cp lib/libzstd.a "$deps/lib/" && cp lib/*.h "$deps/include/"
}

library_librsync()
{
    # without its tests
    by_cmake rsync -DBUILD_RDIFF=OFF -DUSE_LIBB2=OFF && cp mingw/librsync.a "$deps/lib/" &&
        cp src/librsync.h "$deps/include/" &&
        # programs are linked with the static one
        { echo '#define LIBRSYNC_STATIC_DEFINE'; cat src/librsync_export.h; } >"$deps/include/librsync_export.h"
}

# without its programs and its own tests
library_yajl()
{
    mkdir -p "$deps/include/yajl" && cp src/api/*.h "$deps/include/yajl/" &&
        sed -e 's/\${YAJL_MAJOR}/2/; s/\${YAJL_MINOR}/1/; s/\${YAJL_MICRO}/0/' src/api/yajl_version.h.cmake \
            >"$deps/include/yajl/yajl_version.h" &&
        $host-gcc -O2 -I"$deps/include" -c src/*.c && $host-ar rcs "$deps/lib/libyajl.a" ./*.o
}

# The headers of Microsoft's SDK for VSS, by the names of its folders: mingw-w64's own.
vss_headers()
{
    local folder header

    for folder in WinXP winxp Win2003 win2003; do
        mkdir -p "$deps/vss/inc/$folder"
        for header in vss vswriter vsbackup; do
            echo "#include_next <$header.h>" >"$deps/vss/inc/$folder/$header.h"
        done
    done
}

# what programs of g++ need beside them
runtime()
{
    local name

    for name in libgcc_s_seh-1.dll libstdc++-6.dll libwinpthread-1.dll; do
        cp "$($host-g++ -print-file-name=$name)" "$1/" || return 1
    done
}
