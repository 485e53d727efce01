"""``devbox completion``: the script that completes commands and options in a shell."""

from __future__ import annotations

import argparse

_EXAMPLES = """\
examples:
  devbox completion bash > ~/.local/share/bash-completion/completions/devbox
  devbox completion zsh  > ~/.zfunc/_devbox          (with ~/.zfunc in $fpath)
"""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the options."""
    parser.epilog = _EXAMPLES
    parser.add_argument("shell", choices=("bash", "zsh", "tcsh"), help="the shell you use")


def run(args: argparse.Namespace) -> int:
    """Print the script."""
    import shtab

    from devbox.cli import build_parser

    print(shtab.complete(build_parser(), shell=args.shell))
    return 0
