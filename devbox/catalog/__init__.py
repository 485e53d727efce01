"""The catalog: Vagrant's box metadata, versions, channels; ``stores/`` holds the places."""

from devbox.catalog.publish import Published, publish

__all__ = ["Published", "publish"]
