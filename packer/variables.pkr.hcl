# Every value comes from a JSON var-file that devbox writes; none is ever pasted into HCL text.

variable "backing_file" {
  type        = string
  description = "The qcow2 disk that this part is built on; it is never written to."
}

variable "output_directory" {
  type        = string
  description = "Where the overlay disk is made; must not exist."
}

variable "vm_name" {
  type        = string
  description = "The overlay disk's file name."
}

variable "disk_size" {
  type        = string
  description = "Virtual size of the disk, as qemu-img takes it; at least the backing file's."
}

variable "accelerator" {
  type        = string
  description = "kvm, hvf, whpx or tcg."
}

variable "cpus" {
  type        = number
  description = "Virtual processors during the build."
}

variable "memory" {
  type        = number
  description = "Memory during the build, in MiB."
}

variable "qemu_args" {
  type        = list(list(string))
  description = "Further QEMU arguments: option and value."
}

variable "ssh_username" {
  type        = string
  description = "Who provisions; root, by the key of this one run."
}

variable "ssh_private_key_file" {
  type        = string
  description = "The private key of this one run."
}

variable "ssh_timeout" {
  type        = string
  description = "How long the guest may take to answer."
}

variable "playbook_file" {
  type        = string
  description = "The playbook of this part."
}

variable "playbook_command" {
  type        = string
  description = "The program that runs the playbook: devbox's wrapper around ansible-runner."
}

variable "ansible_env" {
  type        = list(string)
  description = "Environment of the playbook program, as NAME=value."
}

variable "ansible_arguments" {
  type        = list(string)
  description = "Arguments of the playbook program, in front of Packer's own."
}
