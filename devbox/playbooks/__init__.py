"""Playbooks by ansible-runner: the program that Packer calls, its events, and who follows them."""
