from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from devbox.errors import DevboxError
from devbox.spec import (
    Machine,
    Publish,
    Schedule,
    Spec,
    SpecError,
    Tool,
    load_spec,
    parse_spec,
)
from devbox.wizard.answers import read_answers, render, render_answers, resolve
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


def test_sections_are_laid_over_key_by_key(tmp_path: Path) -> None:
    answers = read_answers(_answers(tmp_path, "machine: {cpus: 8}\npublish: {channel: beta}\n"))
    spec = resolve(_PROPOSED, tmp_path, answers)
    assert (spec.machine.cpus, spec.machine.memory) == (8, 3072)
    assert (spec.publish.to, spec.publish.channel) == ("./boxes", "beta")


_TEXTS = st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=20)
_FOLDERS = st.text(st.characters(exclude_categories=["C", "Z"]), min_size=1, max_size=20)
_PORTS = st.dictionaries(st.integers(1, 65535), st.integers(1, 65535), max_size=4)
_TOOLS = st.one_of(
    st.just(Tool(name="nginx")),
    st.builds(
        lambda names: Tool(name="postgresql", options={"databases": names}),
        st.lists(_TEXTS, max_size=3),
    ),
    st.builds(
        lambda text: Tool(name="nginx", options={"extra_config": text}),
        _TEXTS,
    ),
    st.builds(
        lambda users: Tool(
            name="postgresql", options={"users": [{"name": name} for name in users]}
        ),
        st.lists(_TEXTS, max_size=2),
    ),
)
_SPECS = st.builds(
    lambda tool, git, ports, to, day: Spec(
        name="acme/web",
        production=(tool,) if tool else (),
        development=(Tool(name="git"),) if git else (),
        machine=Machine(ports=ports),
        publish=Publish(to=to),
        schedule=Schedule(on=day) if day else None,
    ),
    st.none() | _TOOLS,
    st.booleans(),
    _PORTS,
    _FOLDERS,
    st.sampled_from([None, "monday", "sunday"]),
)


@given(spec=_SPECS, proposed=_SPECS)
@settings(deadline=None, max_examples=60)
def test_answers_to_file_to_answers(
    tmp_path_factory: pytest.TempPathFactory, spec: Spec, proposed: Spec
) -> None:
    """What was chosen makes itself again, whatever is proposed; and so does the file."""
    root = tmp_path_factory.getbasetemp()
    assert parse_spec(render(spec, root), "devbox.yml", root) == spec
    for text in (render_answers(spec), render_answers(resolve(spec, root))):
        assert resolve(proposed, root, read_answers(_answers(root, text))) == spec
