"""What a person sees: progress, tables, messages; and JSON for scripts.

Results go to standard output, progress and messages to standard error. In a terminal, running
tasks are a live tree; in a log, a line an event, nothing redrawn.
"""

from devbox.ui.output import (
    CheckItem,
    Level,
    configure,
    is_interactive,
    print_checklist,
    print_error,
    print_json,
    print_table,
    say,
    success,
    verbose,
    warn,
)
from devbox.ui.tasks import Task, task
from devbox.ui.units import duration, size

__all__ = [
    "CheckItem",
    "Level",
    "Task",
    "configure",
    "duration",
    "is_interactive",
    "print_checklist",
    "print_error",
    "print_json",
    "print_table",
    "say",
    "size",
    "success",
    "task",
    "verbose",
    "warn",
]
