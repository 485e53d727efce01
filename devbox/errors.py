"""The errors that a user sees: what failed, the evidence, what to do."""

from __future__ import annotations

EXIT_DONE = 0
EXIT_FAILURE = 1
EXIT_USAGE = 2
EXIT_BUG = 3
EXIT_INTERRUPTED = 130


class DevboxError(Exception):
    """A failure that the user or an outside tool can mend.

    Raised anywhere below the command line and shown only by it, in three parts.

    Args:
        what: one sentence, what failed.
        evidence: what was seen: a tool's message, a value, the tail of a log. May have lines.
        remedy: what to do next; a command where there is one.
    """

    exit_code = EXIT_FAILURE

    def __init__(self, what: str, *, evidence: str = "", remedy: str = "") -> None:
        super().__init__(what)
        self.what = what
        self.evidence = evidence
        self.remedy = remedy


class UsageError(DevboxError):
    """The command line itself is wrong: an option missing, a value that cannot be."""

    exit_code = EXIT_USAGE
