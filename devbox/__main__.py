"""Run devbox as ``python -m devbox``, for machines where another ``devbox`` is on PATH."""

from devbox.cli import main

if __name__ == "__main__":
    raise SystemExit(main())
