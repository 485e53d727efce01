"""One module a command: read options, call one package, show the result.

A command's module has two functions::

    def add_arguments(parser: argparse.ArgumentParser) -> None: ...
    def run(args: argparse.Namespace) -> int: ...

``run`` returns the exit status, and raises DevboxError for what the user can mend. Its imports of
heavy packages stand inside the functions that need them: completion reads ``add_arguments`` of
every command.
"""
