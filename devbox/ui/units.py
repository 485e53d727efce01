"""Sizes and times as people read them."""

from __future__ import annotations

_STEP = 1000.0
_SECONDS_DECIMAL = 10.0


def size(count: int) -> str:
    """Return a number of bytes in decimal units: ``281 MB``."""
    value = float(count)
    for unit in ("B", "kB", "MB", "GB"):
        if value < _STEP:
            return f"{value:.0f} {unit}" if value >= 100 or unit == "B" else f"{value:.1f} {unit}"
        value /= _STEP
    return f"{value:.1f} TB"


def duration(seconds: float) -> str:
    """Return a time span: ``0.4s``, ``12s``, ``3m 05s``, ``1h 02m``."""
    if seconds < _SECONDS_DECIMAL:
        return f"{seconds:.1f}s"
    total = round(seconds)
    if total < 60:
        return f"{total}s"
    minutes, rest = divmod(total, 60)
    if minutes < 60:
        return f"{minutes}m {rest:02d}s"
    hours, minutes = divmod(minutes, 60)
    return f"{hours}h {minutes:02d}m"
