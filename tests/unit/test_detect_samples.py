"""Realistic repos, and all that is to be found in them.

Beside each folder of tests/samples stands NAME.expected.json. Its findings were compared with the
repo's files by hand: change it only after looking at them again.
"""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from devbox.detect import Evidence, Report, detect
from devbox.tools import load_tools

SAMPLES = Path(__file__).parents[1] / "samples"
NAMES = sorted(path.name for path in SAMPLES.iterdir() if path.is_dir())


def line(evidence: Evidence) -> str:
    version = f" {evidence.version}" if evidence.version else ""
    place = f"{evidence.file}:{evidence.line}" if evidence.line else str(evidence.file)
    about = f"{evidence.confidence}, {evidence.part}{version}"
    return f"{place} [{about}] {evidence.says}"


def summary(report: Report) -> object:
    """The report in a form that can be read beside the repo."""
    return {
        "files": report.files,
        **{
            part: {
                f"{finding.title} {finding.version or ''}".strip(): {
                    "tool": finding.tool,
                    "confidence": finding.confidence,
                    "options": finding.options,
                    "folders": [str(folder) for folder in finding.folders],
                    "evidence": [line(piece) for piece in finding.evidence],
                }
                for finding in report.findings
                if finding.part == part
            }
            for part in ("production", "development")
        },
        "libraries": {
            library.package: [library.part, *map(line, library.evidence)]
            for library in report.libraries
        },
        "conflicts": {conflict.tool: conflict.says for conflict in report.conflicts},
        "skipped": [f"{item.file}:{item.line} {item.why}" for item in report.skipped],
    }


@pytest.mark.parametrize("name", NAMES)
def test_all_that_is_in_a_sample_is_found_and_nothing_else(name: str) -> None:
    found = summary(detect(SAMPLES / name, load_tools()))
    expected = json.loads((SAMPLES / f"{name}.expected.json").read_text(encoding="utf-8"))
    assert json.loads(json.dumps(found)) == expected


def test_there_are_samples_of_many_kinds() -> None:
    assert len(NAMES) >= 14


@pytest.mark.parametrize("name", NAMES)
def test_no_secret_of_a_sample_is_in_its_report(name: str) -> None:
    shown = repr(detect(SAMPLES / name, load_tools()))
    secrets = ("s3cr3t", "hunter2", "pa55", "change@me", "not-so-secret", "P@ssw0rd!", "root:root")
    assert [secret for secret in secrets if secret in shown] == []
