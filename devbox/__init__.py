"""devbox: one file to a production image and the dev box on top of it."""

__version__ = "0.1.0"
