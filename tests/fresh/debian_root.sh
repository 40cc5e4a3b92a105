#!/bin/sh
# debian_root.sh FOLDER: a clean root of Debian 12 (debootstrap, minbase), made from the package source that
# this machine's own apt uses: its addresses, keys, proxies and certificates are read from its
# configuration. Needs root and debootstrap. The bare root is kept in the user's cache folder for as long as
# the package source and this script stay the same.
set -eu
root=$1
script=$0
suite=bookworm
cache=${XDG_CACHE_HOME:-${HOME:-/root}/.cache}/heddle

die() { printf 'debian_root: %s\n' "$*" >&2; exit 1; }
[ "$(id -u)" -eq 0 ] || die "needs root (debootstrap, chroot)"
command -v debootstrap >/dev/null || die "needs debootstrap"

# One line for each index of Debian 12 that apt knows: codename, component, address, file
# and line of the source, version.
targets() {
    apt-get indextargets --format '$(ORIGIN)|$(CODENAME)|$(COMPONENT)|$(REPO_URI)|$(SOURCESENTRY)|$(VERSION)' 'Created-By: Packages' |
        sed -n "s/^Debian|\($suite[a-z-]*|\)/\1/p" | sort -u
}
[ -n "$(targets)" ] || apt-get update -qq
mirror=$(targets | sed -n "s/^$suite|main|\([^|]*\)|.*/\1/p" | head -n 1)
[ -n "$mirror" ] || die "the apt of this machine has no source for Debian 12 ($suite, main)"
files=$(targets | cut -d'|' -f4 | sed 's/:[0-9]*$//' | sort -u)

# How apt reaches its source: proxies, certificates, what it does not check.
apt_options() {
    apt-config dump --format '%F "%v";%n' Acquire | grep -vE '^Acquire::(IndexTargets|Changelogs|CompressionTypes|cdrom)|^[A-Za-z:]+ "";'
}

bootstrap() { # bootstrap FOLDER
    eval "$(apt-config shell proxy Acquire::http::Proxy secure_proxy Acquire::https::Proxy)"
    [ -z "${proxy:-}" ] || export http_proxy="$proxy"
    [ -z "${secure_proxy:-}" ] || export https_proxy="$secure_proxy"
    # A source that this machine trusts without a signature, or by a key of its own, is trusted here, too.
    # shellcheck disable=SC2086 # a list of files
    if grep -qiE '^[^#]*trusted *[=:] *yes' $files; then
        check=--no-check-gpg
    else
        key=$(sed -nE 's/^[^#]*[Ss]igned-[Bb]y *[=:] *(\/[^] ,]*).*/\1/p' $files | head -n 1)
        check=${key:+--keyring=$key}
    fi
    debootstrap --variant=minbase ${check:+"$check"} "$suite" "$1" "$mirror" >"$1.log" 2>&1 || { tail -n 20 "$1.log" >&2; die "debootstrap failed"; }
    rm -rf "$1.log" "$1"/var/cache/apt/archives/*.deb
}

# The machine's way to its packages, files and keys as they are. A source file may hold an entry of
# somebody else: Debian's own packages come first.
carry_source() { # carry_source ROOT
    rm -f "$1/etc/apt/sources.list"
    for path in $files /etc/apt/trusted.gpg /etc/apt/trusted.gpg.d /etc/apt/keyrings /usr/share/keyrings /etc/apt/auth.conf \
        /etc/apt/auth.conf.d /etc/ssl/certs/ca-certificates.crt /usr/local/share/ca-certificates /etc/resolv.conf /etc/hosts; do
        [ ! -e "$path" ] || tar chf - -C / "${path#/}" | tar xf - -C "$1"
    done
    apt_options >"$1/etc/apt/apt.conf.d/90machine"
    printf 'Package: *\nPin: release o=Debian\nPin-Priority: 990\n' >"$1/etc/apt/preferences.d/debian"
    # A root that is thrown away need not survive a power cut, and starts no services (they would be this machine's).
    echo force-unsafe-io >"$1/etc/dpkg/dpkg.cfg.d/unsafe-io"
    printf '#!/bin/sh\nexit 101\n' >"$1/usr/sbin/policy-rc.d"
    chmod 755 "$1/usr/sbin/policy-rc.d"
    # A container has these, too; without them most scripts fail.
    [ -c "$1/dev/null" ] || mknod -m 666 "$1/dev/null" c 1 3
    [ -c "$1/dev/urandom" ] || mknod -m 666 "$1/dev/urandom" c 1 9
}

mkdir -p "$root" "$cache"
# The bare root: for one set of sources, one point release of Debian, and this script.
kept=$cache/debian-$({ targets; cat "$script"; } | sha256sum | cut -c 1-16).tar
if [ ! -e "$kept" ]; then
    rm -f "$cache"/debian-*.tar
    work=$(mktemp -d "$cache/making.XXXXXX")
    trap 'rm -rf "$work"' EXIT
    bootstrap "$work/root"
    tar cf "$work/tar" -C "$work/root" .
    mv "$work/tar" "$kept"
fi
tar xf "$kept" -C "$root"
carry_source "$root"
