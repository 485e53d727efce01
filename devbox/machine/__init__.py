"""A developer's machine: up, its state, the way in, what is newer."""
