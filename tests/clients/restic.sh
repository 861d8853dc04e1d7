# restic: from Debian's source package with Debian's Go and its packages, for Windows; backup --use-fs-snapshot into a
# repository in the prefix. Of the libraries that it uses on Windows alone, two aren't in Debian: the few functions of
# them that it calls are in go/. A third one is where Debian's Go keeps it for its own commands. See drive.
#
# SPDX-License-Identifier: LGPL-2.1-or-later

server_packages=
# restic's Build-Depends, without those for its documentation
build_packages="golang-go golang-github-anacrolix-fuse-dev golang-github-backblaze-blazer-dev
    golang-github-cenkalti-backoff-dev golang-github-cespare-xxhash-dev golang-github-elithrar-simple-scrypt-dev
    golang-github-google-go-cmp-dev golang-github-hashicorp-golang-lru-v2-dev
    golang-github-inconshreveable-mousetrap-dev golang-github-juju-ratelimit-dev
    golang-github-klauspost-compress-dev golang-github-mattn-go-isatty-dev golang-github-minio-minio-go-v7-dev
    golang-github-ncw-swift-v2-dev golang-github-peterbourgon-unixtransport-dev golang-github-pkg-errors-dev
    golang-github-pkg-sftp-dev golang-github-pkg-xattr-dev golang-github-restic-chunker-dev
    golang-github-spf13-cobra-dev golang-github-spf13-pflag-dev golang-golang-x-crypto-dev golang-golang-x-net-dev
    golang-golang-x-oauth2-dev golang-golang-x-sys-dev golang-google-cloud-dev golang-google-api-dev
    golang-gopkg-tomb.v2-dev golang-uber-automaxprocs-dev"

# What restic itself leaves out (its source, 0.18.0):
# - it knows no alternate streams (internal/fs/node_windows.go:96 and 346 leave them out)
# - holes are made where restore is asked to (--sparse), which isn't its default (internal/restorer/fileswriter.go:138)
loses="streams|holes"
# it reads encrypted files by CreateFile, which needs their key (internal/fs/file_windows.go): they aren't in its tree
without_encrypted=1

build_client()
{
    local path=$clients/go-path

    fetch restic || return 1
    mkdir -p "$path/src/github.com/restic" "$path/src/github.com/go-ole/go-ole" \
        "$path/src/github.com/Microsoft/go-winio" "$path/src/golang.org/x/sys" "$program"
    ln -sfn "$source" "$path/src/github.com/restic/restic"
    cp "$(dirname "$0")/go/ole.go" "$path/src/github.com/go-ole/go-ole/"
    cp "$(dirname "$0")/go/winio.go" "$path/src/github.com/Microsoft/go-winio/"
    # Debian's golang-golang-x-sys-dev comes without it
    ln -sfn "$(go env GOROOT)/src/cmd/vendor/golang.org/x/sys/windows" "$path/src/golang.org/x/sys/windows"
    cd "$path/src/github.com/restic/restic" &&
        env GO111MODULE=off GOPATH="$path:/usr/share/gocode" GOOS=windows GOARCH=amd64 CGO_ENABLED=0 \
            GOFLAGS=-p="$jobs" GOCACHE="$clients/go-cache" GOTOOLCHAIN=local go build -o "$program/restic.exe" \
            github.com/restic/restic/cmd/restic
}

restic() { RESTIC_PASSWORD=secret run_wine "$program/restic.exe" --no-cache -r 'C:\repository' "$@"; }

set_up() { mkdir -p "$drive/back" && restic init; }

back_up() { restic backup --use-fs-snapshot 'C:\tree'; }

is_incremental()
{
    grep -E '^(Files|Dirs|Added)' "$1"
    awk '/^Files:/ { new = $2; changed = $4; seen = 1 } END { exit !(seen && !new && changed <= 1) }' "$1"
}

restore_to()
{
    restored='C:\back\C\tree'
    first=$(restic snapshots --json | grep -o '"short_id":"[0-9a-f]*"' | head -n 1 | cut -d '"' -f 4)
    restic restore "$first" --target 'C:\back'
}

restore_over() { restic restore "$first:/C/tree" --target 'C:\tree'; }
