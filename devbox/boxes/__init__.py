"""Boxes: one module a provider, all made from the same disk."""
