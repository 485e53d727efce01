"""How results that more than one command has are shown."""

from __future__ import annotations

from typing import TYPE_CHECKING

from devbox import ui

if TYPE_CHECKING:
    from devbox.pipeline import Outcome


def show_build(outcome: Outcome) -> None:
    """Show what a build made."""
    manifest = outcome.manifest
    if not outcome.changed:
        ui.success(f"nothing has changed: {manifest.name} of build {manifest.build} is verified")
        return
    verification = manifest.verification
    checks = len(verification.checks) if verification else 0
    ui.print_table(
        ("artifact", "size ", "file"),
        [
            (
                item.kind.replace("-", " "),
                ui.size(item.size),
                str(outcome.folder / item.path),
            )
            for item in manifest.artifacts
        ],
    )
    ui.success(f"{manifest.name}: built and verified, {checks} tools checked in the booted box")
