"""The build: base image, layers, Packer."""
