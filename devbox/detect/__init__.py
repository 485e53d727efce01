"""Evidence of a stack in a repo: ``detect`` reads it, and never runs any of its code."""
