# One part of a box: an overlay on the disk below it, provisioned by one playbook.
# Runs on Packer 1.6.6 and on current Packer.

source "qemu" "part" {
  # An overlay on the disk below, never a copy of it.
  iso_url          = var.backing_file
  iso_checksum     = "none"
  disk_image       = true
  use_backing_file = true
  format           = "qcow2"
  # QEMU 6.1 and newer want the backing file's format; current Packer says it, too, to no harm.
  qemu_img_args {
    create = ["-F", "qcow2"]
  }
  skip_compaction  = true
  skip_resize_disk = true
  disk_size        = var.disk_size
  disk_interface   = "virtio"
  # The layer counts only when the whole build has ended well, so that a crash of the host
  # costs nothing but the run; within it the guest's flushes need not reach the platter.
  disk_cache         = "unsafe"
  disk_discard       = "unmap"
  disk_detect_zeroes = "unmap"

  output_directory = var.output_directory
  vm_name          = var.vm_name
  accelerator      = var.accelerator
  cpus             = var.cpus
  memory           = var.memory
  net_device       = "virtio-net"
  headless         = true
  boot_wait        = "1s"
  qemuargs         = var.qemu_args

  communicator              = "ssh"
  ssh_username              = var.ssh_username
  ssh_private_key_file      = var.ssh_private_key_file
  ssh_clear_authorized_keys = false
  ssh_timeout               = var.ssh_timeout
  ssh_handshake_attempts    = 1000
  shutdown_command          = "systemctl poweroff"
  shutdown_timeout          = "5m"
}

build {
  sources = ["source.qemu.part"]

  provisioner "ansible" {
    command                 = var.playbook_command
    playbook_file           = var.playbook_file
    user                    = var.ssh_username
    use_proxy               = false
    skip_version_check      = true
    ansible_env_vars        = var.ansible_env
    extra_arguments         = var.ansible_arguments
    inventory_file_template = "default ansible_host={{ .Host }} ansible_port={{ .Port }} ansible_user={{ .User }}\n"
  }
}
