from __future__ import annotations

from pathlib import Path

import pytest

from devbox.errors import DevboxError
from devbox.spec import Machine, Schedule, Spec, SpecError, Tool, load_spec
from devbox.wizard.answers import read_answers, render, resolve
from devbox.wizard.settings import Setting, parse_setting

_PROPOSED = Spec(name="acme/web", machine=Machine(cpus=3, memory=3072))


def _settings(*texts: str) -> list[Setting]:
    return [parse_setting(text) for text in texts]


def _answers(folder: Path, text: str) -> Path:
    path = folder / "answers.yml"
    path.write_text(text)
    return path


def test_without_answers_the_proposal_is_taken(tmp_path: Path) -> None:
    assert resolve(_PROPOSED, tmp_path) == _PROPOSED


def test_settings_are_laid_over_the_proposal(tmp_path: Path) -> None:
    spec = resolve(
        _PROPOSED,
        tmp_path,
        settings=_settings(
            "machine.cpus=4",
            "production=[nginx, postgresql: {databases: [app]}]",
            "machine.ports.8080=80",
            "schedule.every=day",
        ),
    )
    assert spec.machine == Machine(cpus=4, memory=3072, ports={8080: 80})
    assert spec.production == (
        Tool(name="nginx"),
        Tool(name="postgresql", options={"databases": ["app"]}),
    )
    assert spec.schedule == Schedule(every="day")


def test_the_last_setting_wins(tmp_path: Path) -> None:
    spec = resolve(_PROPOSED, tmp_path, settings=_settings("name=a/b", "name=c/d"))
    assert spec.name == "c/d"


@pytest.mark.parametrize("text", ["", "# nothing yet\n", "{}\n", "---\n"])
def test_empty_answers_are_all_defaults(tmp_path: Path, text: str) -> None:
    assert resolve(_PROPOSED, tmp_path, read_answers(_answers(tmp_path, text))) == _PROPOSED


def test_answers_need_no_name_and_settings_win_over_them(tmp_path: Path) -> None:
    answers = read_answers(
        _answers(tmp_path, "production: [nginx]\nmachine: {cpus: 8, memory: 4096}\n")
    )
    spec = resolve(_PROPOSED, tmp_path, answers, _settings("machine.cpus=1"))
    assert (spec.name, spec.machine.cpus, spec.machine.memory) == ("acme/web", 1, 4096)
    assert [tool.name for tool in spec.production] == ["nginx"]


def test_errors_of_answers_name_their_line_and_come_all_at_once(tmp_path: Path) -> None:
    path = _answers(tmp_path, "production:\n  - ngnix\nmachine: {cpus: many}\ncolour: red\n")
    with pytest.raises(SpecError) as caught:
        resolve(_PROPOSED, tmp_path, read_answers(path))
    assert [problem.line for problem in caught.value.problems] == [2, 3, 4]
    assert f"{path}:2:5" in caught.value.evidence
    assert 'did you mean "nginx"?' in caught.value.evidence


def test_errors_of_settings_are_said_to_be_theirs(tmp_path: Path) -> None:
    answers = read_answers(_answers(tmp_path, "production: [nginx]\n"))
    with pytest.raises(SpecError) as caught:
        resolve(_PROPOSED, tmp_path, answers, _settings("machine.cpus=many", "name=../x"))
    assert caught.value.what == "--set has 2 errors"
    assert "machine.cpus" in caught.value.evidence


def test_a_setting_can_correct_a_file_of_answers(tmp_path: Path) -> None:
    answers = read_answers(_answers(tmp_path, "name: Not A Name\n"))
    assert resolve(_PROPOSED, tmp_path, answers, _settings("name=a/b")).name == "a/b"


@pytest.mark.parametrize(
    "content",
    [
        b"- nginx\n",
        b"nginx\n",
        b"\xff\xfe\x00binary",
        b"a: [\n",
        b"a: &a [*a]\n",
        b"name: a/b\nname: c/d\n",
        b"x" * 2_000_000,
    ],
)
def test_answers_that_are_no_mapping_are_refused(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "answers.yml"
    path.write_bytes(content)
    with pytest.raises(SpecError):
        resolve(_PROPOSED, tmp_path, read_answers(path))


def test_answers_that_cannot_be_read_are_an_error(tmp_path: Path) -> None:
    for path in (tmp_path / "absent.yml", tmp_path):
        with pytest.raises(DevboxError, match="answers cannot be read"):
            read_answers(path)


def test_what_is_written_reads_back_to_the_answers(tmp_path: Path) -> None:
    spec = resolve(
        _PROPOSED,
        tmp_path,
        settings=_settings("production=[packages: [libpq5]]", 'publish.to="/srv/a b#{c}"'),
    )
    (tmp_path / "devbox.yml").write_text(render(spec, tmp_path))
    assert load_spec(tmp_path / "devbox.yml") == spec


def test_answers_that_do_not_fit_together_are_not_rendered(tmp_path: Path) -> None:
    twice = Spec(name="a/b", production=(Tool(name="nginx"),), development=(Tool(name="nginx"),))
    with pytest.raises(SpecError, match=r"devbox\.yml"):
        render(twice, tmp_path)
