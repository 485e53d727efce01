"""What happened in each play, as JSON: the role tests read it."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

from ansible.plugins.callback import CallbackBase

from ansible import constants  # type: ignore[attr-defined] # takes ansible/ here for it

DOCUMENTATION = """
name: stages
type: aggregate
short_description: record changes and failures by play
description:
  - Keeps packed modules in the folder that the variable DEVBOX_MODULES names.
  - Writes a list of plays, each with its name, the tasks that changed something and the tasks
    that failed, to the file that the variable DEVBOX_STAGES names.
"""


class CallbackModule(CallbackBase):  # type: ignore[misc] # Ansible ships no types
    """Records plays."""

    CALLBACK_VERSION = 2.0
    CALLBACK_TYPE = "aggregate"
    CALLBACK_NAME = "stages"

    def __init__(self) -> None:
        super().__init__()
        self._plays: list[dict[str, Any]] = []
        # Where it keeps modules packed for sending, for this run alone. To pack takes half a second
        # each; a lock beside each keeps runs from disturbing one another.
        packed = Path(constants.DEFAULT_LOCAL_TMP, "ansiballz_cache")
        packed.symlink_to(os.environ["DEVBOX_MODULES"])

    def v2_playbook_on_play_start(self, play: Any) -> None:
        """Begin a play."""
        self._plays.append({"name": play.get_name(), "changed": [], "failed": []})

    def v2_runner_on_ok(self, result: Any) -> None:
        """Keep a task that changed something."""
        if result.is_changed():
            self._plays[-1]["changed"].append(result.task.get_name())

    def v2_runner_on_failed(self, result: Any, ignore_errors: bool = False) -> None:
        """Keep a task that failed, and why."""
        if ignore_errors:
            return
        said = result.result
        items = [item for item in said.get("results", []) if item.get("failed")]
        words = [str(part.get(key, "")) for part in (said, *items) for key in ("msg", "stderr")]
        self._plays[-1]["failed"].append(
            {
                "task": result.task.get_name(),
                "action": result.task.resolved_action or result.task.action,
                "why": "\n".join(filter(None, words)),
            }
        )

    def v2_runner_on_unreachable(self, result: Any) -> None:
        """Keep that the guest is gone."""
        self.v2_runner_on_failed(result)

    def v2_playbook_on_stats(self, stats: Any) -> None:
        """Write it all."""
        Path(os.environ["DEVBOX_STAGES"]).write_text(json.dumps(self._plays), encoding="utf-8")
