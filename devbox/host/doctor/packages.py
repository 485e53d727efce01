"""The Debian packages that devbox stands on: the one list of them.

Checks name packages from here, and ``devbox doctor --fix`` installs what they name.
"""

from __future__ import annotations

# To build.
PACKER = "packer"
QEMU = "qemu-system-x86"
QEMU_IMG = "qemu-utils"
MMDEBSTRAP = "mmdebstrap"
KEYRING = "debian-archive-keyring"
E2FSPROGS = "e2fsprogs"
GRUB_BIOS = "grub-pc-bin"
GRUB_EFI = "grub-efi-amd64-bin"
GRUB = "grub2-common"
SFDISK = "fdisk"
DOSFSTOOLS = "dosfstools"
MTOOLS = "mtools"
OVMF = "ovmf"
UIDMAP = "uidmap"
UTIL_LINUX = "util-linux"
ZSTD = "zstd"
SSH = "openssh-client"

TO_BUILD = (
    PACKER,
    QEMU,
    QEMU_IMG,
    MMDEBSTRAP,
    KEYRING,
    E2FSPROGS,
    GRUB_BIOS,
    GRUB_EFI,
    GRUB,
    SFDISK,
    DOSFSTOOLS,
    MTOOLS,
    OVMF,
    UIDMAP,
    UTIL_LINUX,
    ZSTD,
    SSH,
)

# To bring up a machine.
VAGRANT = "vagrant"
VAGRANT_LIBVIRT = "vagrant-libvirt"
LIBVIRT_DAEMON = "libvirt-daemon-system"
LIBVIRT_CLIENTS = "libvirt-clients"
DBUS = "dbus"
DNSMASQ = "dnsmasq-base"
IPTABLES = "iptables"
RSYNC = "rsync"
