#!/bin/sh
# Makes the clean Debian root that stands for debian:bookworm-slim: build.sh FOLDER. Kept
# there, made once. Needs root and debootstrap.
set -eu
here=$(cd "$(dirname "$0")" && pwd)
base=$1/base
[ ! -e "$base/.complete" ] || exit 0
rm -rf "$base"
sh "$here/../fresh/debian_root.sh" "$base"
# Debian's slim images keep no package files, lists, manuals or translations.
cat >"$base/etc/apt/apt.conf.d/docker-clean" <<'TEXT'
DPkg::Post-Invoke { "rm -f /var/cache/apt/archives/*.deb /var/cache/apt/archives/partial/*.deb /var/cache/apt/*.bin || true"; };
Dir::Cache::pkgcache "";
Dir::Cache::srcpkgcache "";
TEXT
for path in doc info locale man; do
    echo "path-exclude=/usr/share/$path/*"
    rm -rf "$base/usr/share/$path"
    mkdir "$base/usr/share/$path"
done >"$base/etc/dpkg/dpkg.cfg.d/docker"
rm -rf "$base"/var/cache/apt/archives/*.deb "$base"/var/cache/apt/*.bin "$base"/var/lib/apt/lists/*
touch "$base/.complete"
