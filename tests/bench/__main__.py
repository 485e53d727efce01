"""Run the benchmarks and print a Markdown table: ``python -m tests.bench [NAME…]``.

The exit status does not depend on the figures: times are for reading, not for passing.
"""

from __future__ import annotations

import os
import platform
import sys

from tests.bench import detection, startup
from tests.bench.timing import BENCHMARKS, table

# A module registers its benchmarks when it is imported.
_MODULES = (startup, detection)


def main(names: list[str]) -> int:
    """Run some benchmarks, by default all of them."""
    unknown = [name for name in names if name not in BENCHMARKS]
    if unknown:
        known = ", ".join(BENCHMARKS)
        sys.stderr.write(f"there is no benchmark {unknown[0]!r}; known: {known}\n")
        return 2
    figures = []
    for name in names or BENCHMARKS:
        sys.stderr.write(f"{name} …\n")
        figures.append(BENCHMARKS[name]())
    print(table(figures))
    load = os.getloadavg()[0]
    print(
        f"\nPython {platform.python_version()}, {os.cpu_count()} processors, "
        f"load {load:.1f}, {platform.system()} {platform.machine()}."
    )
    return 0


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
