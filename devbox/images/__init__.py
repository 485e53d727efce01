"""Disks, their formats, and what is known about them."""
