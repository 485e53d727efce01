#!/bin/sh
# Boot a guest, in namespaces of its own (unshare --mount --net): when its last process ends, its
# mounts and its network are gone, however it ended. What it writes stays in memory.
#
# $1: the tree   $2: an empty folder to mount on   $3: the folder of fetched packages
# $4: a folder whose files are put on top of the tree   $5: the name of its control groups
set -eu
tree=$1 place=$2 packages=$3 files=$4 group=$5

mount -t tmpfs -o mode=0755 devbox-test "$place"
cd "$place"
mkdir changes work root debs debs-work
mount -t overlay -o "lowerdir=$tree,upperdir=changes,workdir=work" overlay root
mount -t overlay -o "lowerdir=$packages,upperdir=debs,workdir=debs-work" overlay \
    root/var/cache/apt/archives
mkdir -p root/var/cache/apt/archives/partial
# What containers are stored in cannot be on an overlay.
for store in containers docker; do
    mkdir -p "root/var/lib/$store"
    mount -t tmpfs -o mode=0711 devbox-test "root/var/lib/$store"
done
cp -r "$files/." root/

# Each guest's systemd must be at the top of control groups that are its alone.
for hierarchy in /sys/fs/cgroup /sys/fs/cgroup/unified /sys/fs/cgroup/systemd; do
    [ -e "$hierarchy/cgroup.procs" ] || continue
    mkdir "$hierarchy/$group"
    echo $$ > "$hierarchy/$group/cgroup.procs"
done

# slirp4netns brings the card.
ip link set lo up
until ip link show eth0 >/dev/null 2>&1; do sleep 0.05; done

# All that a machine's root may do, for what itself makes namespaces (containers).
export SYSTEMD_NSPAWN_UNIFIED_HIERARCHY=1 SYSTEMD_NSPAWN_API_VFS_WRITABLE=network
exec systemd-nspawn --quiet --register=no --keep-unit --timezone=off --resolv-conf=off \
    --network-namespace-path=/proc/self/ns/net --capability=all \
    --system-call-filter="add_key keyctl bpf" --hostname=devbox --machine="$group" \
    --boot --directory="$PWD/root"
