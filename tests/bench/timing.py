"""The benchmarks' registry, and how they take time.

A benchmark compares two things in one run on one machine: the ratio says something on any machine,
the seconds only on this one.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass


@dataclass(frozen=True)
class Figure:
    """What a benchmark found.

    Attributes:
        what: what was measured.
        seconds: its best time.
        against: what it is compared with.
        base_seconds: the best time of that.
        target: the most that the ratio should be; None where there is no target.
    """

    what: str
    seconds: float
    against: str
    base_seconds: float
    target: float | None = None

    @property
    def ratio(self) -> float:
        """How many times as long it takes."""
        return self.seconds / self.base_seconds


BENCHMARKS: dict[str, Callable[[], Figure]] = {}


def benchmark(function: Callable[[], Figure]) -> Callable[[], Figure]:
    """Register a benchmark under its function's name."""
    BENCHMARKS[function.__name__] = function
    return function


def best_of(times: int, *jobs: Callable[[], object]) -> tuple[float, ...]:
    """Return the shortest time of each job, in seconds.

    The jobs take turns, so that a busy moment of the machine meets all of them; the shortest time
    is the one that other programs disturbed the least.
    """
    found: list[list[float]] = [[] for _ in jobs]
    for _ in range(times):
        for job, seconds in zip(jobs, found, strict=True):
            started = time.perf_counter()
            job()
            seconds.append(time.perf_counter() - started)
    return tuple(min(seconds) for seconds in found)


def table(figures: Sequence[Figure]) -> str:
    """Return the figures as a Markdown table."""
    lines = [
        "| what | time | against | time | ratio | target |",
        "| --- | ---: | --- | ---: | ---: | ---: |",
    ]
    for item in figures:
        target = f"≤ {item.target:g}" if item.target is not None else "–"
        lines.append(
            f"| {item.what} | {_time(item.seconds)} | {item.against} | {_time(item.base_seconds)} "
            f"| {item.ratio:.2f} | {target} |"
        )
    return "\n".join(lines)


def _time(seconds: float) -> str:
    return f"{seconds:.1f} s" if seconds >= 10 else f"{seconds * 1000:.0f} ms"
