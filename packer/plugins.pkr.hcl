# For Packer 1.7 and newer, which fetches plugins by `packer init`. Packer 1.6 has them built in
# and rejects this block: devbox leaves this file out for it.
packer {
  required_plugins {
    qemu = {
      source  = "github.com/hashicorp/qemu"
      version = "~> 1.1"
    }
    ansible = {
      source  = "github.com/hashicorp/ansible"
      version = "~> 1.1"
    }
  }
}
