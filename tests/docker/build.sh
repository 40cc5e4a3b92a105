#!/bin/sh
# Makes the clean Debian root that stands for debian:bookworm-slim: build.sh FOLDER. Kept there, made once. Needs root, debootstrap and a
# Debian mirror.
set -eu
folder=$1
[ "$(id -u)" -eq 0 ] || { echo "tests of the images need root (chroot, debootstrap)" >&2; exit 1; }
mkdir -p "$folder"
[ ! -e "$folder/base/.complete" ] || exit 0
rm -rf "$folder/base"
debootstrap --variant=minbase bookworm "$folder/base" "${DEBIAN_MIRROR:-http://deb.debian.org/debian}" >"$folder/debootstrap.log" 2>&1 ||
    { tail -n 20 "$folder/debootstrap.log" >&2; exit 1; }
# Debian's slim images keep no package files, lists, manuals or translations.
cat >"$folder/base/etc/apt/apt.conf.d/docker-clean" <<'TEXT'
DPkg::Post-Invoke { "rm -f /var/cache/apt/archives/*.deb /var/cache/apt/archives/partial/*.deb /var/cache/apt/*.bin || true"; };
Dir::Cache::pkgcache "";
Dir::Cache::srcpkgcache "";
TEXT
for path in doc info locale man; do
    echo "path-exclude=/usr/share/$path/*"
    rm -rf "$folder/base/usr/share/$path"
    mkdir "$folder/base/usr/share/$path"
done >"$folder/base/etc/dpkg/dpkg.cfg.d/docker"
rm -rf "$folder"/base/var/cache/apt/archives/*.deb "$folder"/base/var/cache/apt/*.bin "$folder"/base/var/lib/apt/lists/*
cp /etc/resolv.conf "$folder/base/etc/resolv.conf"
# As in Debian's images: installing a package starts no service (it would be one of this machine).
printf '#!/bin/sh\nexit 101\n' >"$folder/base/usr/sbin/policy-rc.d"
chmod 755 "$folder/base/usr/sbin/policy-rc.d"
# Without /dev/null and its like most scripts fail; a container has them too.
[ -c "$folder/base/dev/null" ] || mknod -m 666 "$folder/base/dev/null" c 1 3
[ -c "$folder/base/dev/urandom" ] || mknod -m 666 "$folder/base/dev/urandom" c 1 9
touch "$folder/base/.complete"
