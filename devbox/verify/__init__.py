"""Boot what was made, and run each tool's own checks in it."""
