"""Evidence of a stack in a repo: ``detect`` reads it, and never runs any of its code."""

from devbox.detect.detection import detect
from devbox.detect.findings import (
    Confidence,
    Conflict,
    Evidence,
    Finding,
    Library,
    Report,
    Skipped,
)

__all__ = [
    "Confidence",
    "Conflict",
    "Evidence",
    "Finding",
    "Library",
    "Report",
    "Skipped",
    "detect",
]
