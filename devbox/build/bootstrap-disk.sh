#!/bin/sh
# Turn a bootstrapped tree into a bootable disk; run by mmdebstrap as its last hook, outside the
# chroot but as root of its user namespace, so that the owners of the files are right.
#
# usage: bootstrap-disk.sh TREE
# environment: ROOT_UUID, DISK_UUID, DISK_GIB, DISK_NAME (written as /DISK_NAME in the tree, from
#   where mmdebstrap's own `download` hook takes it)
#
# The disk: GPT; 1 BIOS boot partition with GRUB's core image, 2 EFI system partition, 3 root.
# Both GRUBs find the root by its UUID and read the same grub.cfg.
set -eu
tree=$1
PATH=$PATH:/usr/sbin:/sbin
rm -f "$0"
# Run by root without a user namespace, a wrong folder here would be this computer's own.
case $tree in /?*) [ -e "$tree/etc/debian_version" ] ;; *) exit 2 ;; esac
umask 022

# --- the tree ------------------------------------------------------------------------------
for unit in systemd-networkd systemd-resolved systemd-timesyncd ssh devbox-ssh-host-keys; do
    systemctl --quiet --root="$tree" enable "$unit.service"
done
# Work that only costs time in a machine which is thrown away, never upgraded in place.
for unit in e2scrub_reap.service e2scrub_all.timer apt-daily.timer apt-daily-upgrade.timer; do
    systemctl --quiet --root="$tree" mask "$unit"
done
ln -sf ../run/systemd/resolve/stub-resolv.conf "$tree/etc/resolv.conf"
printf 'UUID=%s / ext4 errors=remount-ro,x-systemd.growfs 0 1\n' "$ROOT_UUID" >"$tree/etc/fstab"

mkdir -p "$tree/boot/grub"
cat >"$tree/boot/grub/grub.cfg" <<EOF
# /vmlinuz and /initrd.img are links that Debian's kernel packages keep at the newest kernel.
set timeout=0
linux /vmlinuz root=UUID=$ROOT_UUID ro console=tty0 console=ttyS0,115200 quiet loglevel=4 systemd.gpt_auto=no
initrd /initrd.img
boot
EOF

# What is of this one bootstrap and not of the image.
: >"$tree/etc/machine-id"
rm -f "$tree"/etc/ssh/ssh_host_*_key* "$tree/var/lib/dbus/machine-id" \
    "$tree/var/lib/systemd/random-seed" "$tree/etc/apt/apt.conf.d/99mmdebstrap" \
    "$tree"/var/lib/apt/lists/*_* "$tree"/var/cache/apt/*.bin "$tree"/etc/*-
find "$tree/var/log" -type f -delete

# --- the disk ------------------------------------------------------------------------------
work=$(mktemp -d)
# mmdebstrap's own files in /tmp stay out of the image, and go back: without its configuration
# there, its next call of apt would be one on the computer that builds.
tidy() {
    mv "$work"/held/* "$tree/tmp/" 2>/dev/null || :
    # What is still mounted must not be removed.
    if [ -d "$work/tree" ]; then
        umount "$work/tree" || return 0
        rmdir "$work/tree"
    fi
    rm -rf --one-file-system "$work"
}
trap tidy EXIT
mkdir "$work/held"
mv "$tree"/tmp/mmdebstrap* "$work/held/" 2>/dev/null || :
rm -rf "$tree"/tmp/* "$tree"/var/tmp/*
# A view of the tree without what mmdebstrap has mounted in it (/proc, /sys, /dev).
mkdir "$work/tree"
mount --bind "$tree" "$work/tree"
disk=$work/disk.raw
# Every partition begins at a multiple of 4 KiB: systemd-repart takes what lies before that for a
# gap and discards it, which would cut into GRUB's core image.
core_start=40 esp_start=2048 esp_sectors=65536
root_start=$((esp_start + esp_sectors))
disk_sectors=$((DISK_GIB * 1024 * 1024 * 2))
# 34 sectors at the end hold the second GPT; whole MiB stay aligned.
root_sectors=$(((disk_sectors - root_start - 2048) / 2048 * 2048))

truncate -s "${DISK_GIB}G" "$disk"
sfdisk --quiet "$disk" <<EOF
label: gpt
label-id: $DISK_UUID
first-lba: 34
start=$core_start, size=$((esp_start - core_start)), type=21686148-6449-6E6F-744E-656564454649
start=$esp_start, size=$esp_sectors, type=C12A7328-F81F-11D2-BA4B-00A0C93EC93B
start=$root_start, size=$root_sectors, type=4F68BCE3-E8CD-4DB1-96E7-FBCAF984B709
EOF

# GRUB 2.06 reads neither a checksum seed nor an orphan file, defaults of newer mke2fs.
mke2fs -q -t ext4 -U "$ROOT_UUID" -O '^metadata_csum_seed,^orphan_file' \
    -E "offset=$((root_start * 512)),hash_seed=$ROOT_UUID,assume_storage_prezeroed=1,root_owner=0:0" \
    -d "$work/tree" "$disk" "$((root_sectors / 2))k"

cat >"$work/early.cfg" <<EOF
search.fs_uuid $ROOT_UUID root
set prefix=(\$root)/boot/grub
EOF
modules="part_gpt ext2 search_fs_uuid linux normal configfile test echo all_video gzio"
# shellcheck disable=SC2086 # a list of words
grub-mkimage -O i386-pc -c "$work/early.cfg" -p /boot/grub -o "$work/core.img" \
    biosdisk $modules
# shellcheck disable=SC2086
grub-mkimage -O x86_64-efi -c "$work/early.cfg" -p /boot/grub -o "$work/grub.efi" \
    efi_gop efi_uga $modules

# boot.img names the sector of the core image (64 bit, little endian, at 0x5c); the first sector
# of the core image names that of its rest (at 0x1f4). Both are set to where it stands here.
put64() { # NUMBER (below 2^16) FILE OFFSET
    printf "\\$(printf %03o $(($1 & 255)))\\$(printf %03o $(($1 >> 8)))\\0\\0\\0\\0\\0\\0" |
        dd of="$2" bs=1 seek="$3" conv=notrunc status=none
}
dd if=/usr/lib/grub/i386-pc/boot.img of="$disk" bs=440 count=1 conv=notrunc status=none
put64 $core_start "$disk" 92
put64 $((core_start + 1)) "$work/core.img" 500
dd if="$work/core.img" of="$disk" bs=512 seek=$core_start conv=notrunc status=none

truncate -s $((esp_sectors * 512)) "$work/esp.img"
mkfs.vfat -n ESP "$work/esp.img" >/dev/null
mmd -i "$work/esp.img" ::EFI ::EFI/BOOT
mcopy -i "$work/esp.img" "$work/grub.efi" ::EFI/BOOT/BOOTX64.EFI
dd if="$work/esp.img" of="$disk" bs=1M seek=1 conv=notrunc,sparse status=none

qemu-img convert -q -O qcow2 "$disk" "$tree/$DISK_NAME"
