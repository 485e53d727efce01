"""devbox.yml is read as it is meant, and written as a person would have written it."""

from __future__ import annotations

import os
import time
from pathlib import Path, PurePosixPath

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import JsonValue

from devbox.errors import DevboxError
from devbox.spec import (
    Base,
    CloudImage,
    Machine,
    Publish,
    Schedule,
    Spec,
    SpecError,
    Tool,
    dump_spec,
    find_spec,
    load_spec,
    parse_spec,
    propose_name,
)

EXAMPLE = """\
# yaml-language-server: $schema=.devbox/devbox.schema.json
name: acme/web
base: {distribution: debian, release: bookworm}
production:
  - nginx
  - postgresql: {databases: [app]}
  - python
  - packages: [libpq5, imagemagick]
  - role: roles/acme_api
development:
  - git
  - node
machine: {cpus: 2, memory: 2048, disk: 40, ports: {8080: 80}}
providers: [libvirt]
publish: {to: ./boxes, channel: stable}
schedule: {every: week, on: monday, at: "03:00"}
"""

SPEC = Spec(
    name="acme/web",
    production=(
        Tool(name="nginx"),
        Tool(name="postgresql", options={"databases": ["app"]}),
        Tool(name="python"),
        Tool(name="packages", options={"names": ["libpq5", "imagemagick"]}),
        Tool(name="role", path=PurePosixPath("roles/acme_api")),
    ),
    development=(Tool(name="git"), Tool(name="node")),
    machine=Machine(ports={8080: 80}),
    schedule=Schedule(on="monday"),
)


@pytest.fixture(scope="module")
def root(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A repo with a local role that accepts any option."""
    top = tmp_path_factory.mktemp("repo")
    for name in ("acme_api", "other"):
        (top / "roles" / name / "tasks").mkdir(parents=True)
        (top / "roles" / name / "tasks" / "main.yml").write_text("[]\n")
    (top / "linked").symlink_to(top / "roles" / "other")
    return top


def test_the_example_is_read(root: Path) -> None:
    assert parse_spec(EXAMPLE, "devbox.yml", root) == SPEC


def test_the_example_is_written_as_it_was(root: Path) -> None:
    assert dump_spec(SPEC) == EXAMPLE


def test_a_name_alone_is_enough(root: Path) -> None:
    spec = parse_spec("name: acme/web\n", "devbox.yml", root)
    assert spec == Spec(name="acme/web")
    assert dump_spec(spec).splitlines()[1:] == [
        "name: acme/web",
        "base: {distribution: debian, release: bookworm}",
        "machine: {cpus: 2, memory: 2048, disk: 40}",
        "providers: [libvirt]",
        "publish: {to: ./boxes, channel: stable}",
    ]


@pytest.mark.parametrize(
    ("text", "spec"),
    [
        ("schedule: {every: week, on: monday, at: 03:00}", {"schedule": Schedule(on="monday")}),
        ("schedule: {every: month, at: 12:30}", {"schedule": Schedule(every="month", at="12:30")}),
        ("schedule:", {}),
        ("production:\ndevelopment: []\nmachine:\nproviders: ~\nbase:\npublish:", {}),
        ("machine: {ports: }", {}),
        ("machine: {ports: {8080: 80}}", {"machine": Machine(ports={8080: 80})}),
        ("publish: {to: 'file:///srv/my%20boxes'}", {"publish": Publish(to="/srv/my boxes")}),
        ("publish: {to: no}", {"publish": Publish(to="no")}),
        ("production: [nginx:]", {"production": (Tool(name="nginx"),)}),
        ("production: [{nginx: {}}]", {"production": (Tool(name="nginx"),)}),
        (
            "production: [{packages: jq}]",
            {"production": (Tool(name="packages", options={"names": ["jq"]}),)},
        ),
        (
            "production: [{packages: {names: [on, yes, '1']}}]",
            {"production": (Tool(name="packages", options={"names": ["on", "yes", "1"]}),)},
        ),
        (
            "production: [{packages: jq}]\ndevelopment: [{packages: gdb}]",
            {
                "production": (Tool(name="packages", options={"names": ["jq"]}),),
                "development": (Tool(name="packages", options={"names": ["gdb"]}),),
            },
        ),
        (
            "production: [{role: ./roles//acme_api/}, {role: linked}]",
            {
                "production": (
                    Tool(name="role", path=PurePosixPath("roles/acme_api")),
                    Tool(name="role", path=PurePosixPath("linked")),
                )
            },
        ),
        (
            "production: [{role: {path: roles/acme_api, since: 2024-01-01, at: 1:30, mode: 0644}}]",
            {
                "production": (
                    Tool(
                        name="role",
                        path=PurePosixPath("roles/acme_api"),
                        options={"since": "2024-01-01", "at": "1:30", "mode": "0644"},
                    ),
                )
            },
        ),
    ],
)
def test_what_is_meant_is_what_is_read(text: str, spec: dict[str, object], root: Path) -> None:
    expected = Spec(name="a/b").model_copy(update=spec)
    assert parse_spec(f"name: a/b\n{text}\n", "devbox.yml", root) == expected


def test_windows_line_ends_and_a_byte_order_mark_do_not_matter(root: Path) -> None:
    data = b"\xef\xbb\xbf" + EXAMPLE.replace("\n", "\r\n").encode()
    assert parse_spec(data, "devbox.yml", root) == SPEC
    with pytest.raises(SpecError) as caught:
        parse_spec(data.replace(b"nginx", b"ngnix"), "devbox.yml", root)
    assert (caught.value.problems[0].line, caught.value.problems[0].column) == (5, 5)


def test_long_options_are_written_as_a_block(root: Path) -> None:
    users: JsonValue = [{"name": f"user-{n}", "superuser": n == 1} for n in range(4)]
    options: dict[str, JsonValue] = {"databases": ["app"], "users": users}
    spec = Spec(name="a/b", production=(Tool(name="postgresql", options=options),))
    text = dump_spec(spec)
    assert "  - postgresql:\n      databases: [app]\n      users:\n" in text
    assert "        - {name: user-1, superuser: true}\n" in text
    assert max(map(len, text.splitlines())) <= 100
    assert parse_spec(text, "devbox.yml", root) == spec


# --- whatever a value holds, it comes back ---------------------------------------------------

TRAPS = [
    "", " ", "no", "on", "y", "null", "~", "true", "3.10", "010", "0o17", "0x1F", "1e3", ".5",
    "12:30", "2024-01-01", "<<", "=", "-", "- a", "a: b", "a #b", "#a", "&a", "*a", "!a", "@a",
    "`a", "%a", "{a}", "[a]", "a,b", "'", '"', "\\", "a\nb", "\ta", "a ", "#{7}", "${x}",
    "{{ x }}", "../..", "🚀 é", "\u2028", "\x85", "\ufeff", "\x00", "\x1b[31m", "\xa0", "---",
    "...", "? a", ": a", "a:", "http://x/y:80", "http://x/#a", "x" * 3000, "\ufffe",
]  # fmt: skip
texts = st.one_of(st.sampled_from(TRAPS), st.text(st.characters(exclude_categories=["Cs"])))
values: st.SearchStrategy[JsonValue] = st.recursive(
    st.one_of(
        st.none(),
        st.booleans(),
        st.integers(),
        st.floats(allow_nan=False, allow_infinity=False),
        texts,
    ),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(texts, inner, max_size=4),
    max_leaves=12,
)
addresses = st.from_regex(r"(https?|file)://[!-~]+", fullmatch=True)
folders = (
    st.text(st.characters(exclude_categories=["C", "Z"]), min_size=1)
    .map(lambda text: f"./{text}")
    .filter(lambda text: "://" not in text)
)
specs = st.builds(
    Spec,
    name=st.from_regex(r"[a-z0-9][a-z0-9._-]{0,9}/[a-z0-9][a-z0-9._-]{0,9}", fullmatch=True),
    base=st.builds(
        Base,
        release=st.sampled_from(["bookworm", "trixie"]),
        mirror=st.sampled_from([Base().mirror, "http://[::1]:8080/debian/"]),
        image=st.none() | st.builds(CloudImage, url=addresses, sha256=st.just("0" * 64)),
    ),
    production=st.tuples(
        st.builds(
            Tool,
            name=st.just("role"),
            path=st.just(PurePosixPath("roles/acme_api")),
            options=st.dictionaries(
                st.from_regex(r"[b-oq-z_][a-z0-9_]{0,300}", fullmatch=True), values, max_size=5
            ),
        )
    ),
    development=st.tuples(
        st.builds(
            Tool,
            name=st.just("packages"),
            options=st.fixed_dictionaries({}, optional={"names": st.lists(texts)}),
        ),
        st.builds(
            Tool,
            name=st.just("postgresql"),
            options=st.fixed_dictionaries(
                {},
                optional={
                    "databases": st.lists(texts),
                    "port": st.integers(),
                    "users": st.lists(st.fixed_dictionaries({"name": texts}), max_size=3),
                    "settings": st.dictionaries(texts, texts, max_size=3),
                },
            ),
        ),
    ),
    machine=st.builds(
        Machine,
        cpus=st.integers(1, 256),
        ports=st.dictionaries(st.integers(1, 65535), st.integers(1, 65535), max_size=20),
    ),
    publish=st.builds(Publish, to=folders, channel=st.just("edge"), url=st.none() | addresses),
    schedule=st.none() | st.builds(Schedule, every=st.sampled_from(["day", "month"])),
)


@settings(max_examples=100, deadline=None)
@given(specs)
def test_what_is_written_is_read_back(spec: Spec) -> None:
    text = dump_spec(spec)
    assert parse_spec(text, "devbox.yml", _ROOT) == spec
    assert dump_spec(parse_spec(text, "devbox.yml", _ROOT)) == text


@settings(max_examples=100, deadline=None)
@given(texts)
def test_another_reader_of_yaml_reads_the_same_text(text: str) -> None:
    spec = Spec(name="a/b", production=(Tool(name="packages", options={"names": [text]}),))
    assert yaml.safe_load(dump_spec(spec))["production"] == [{"packages": [text]}]


@pytest.fixture(scope="module", autouse=True)
def _root_for_properties(root: Path) -> None:
    global _ROOT
    _ROOT = root


_ROOT = Path()


# --- files ------------------------------------------------------------------------------------


def test_the_nearest_file_is_found(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    below = tmp_path / "src" / "deep"
    below.mkdir(parents=True)
    (tmp_path / "devbox.yml").write_text(EXAMPLE)
    assert find_spec(below) == tmp_path / "devbox.yml"
    monkeypatch.chdir(below)
    assert find_spec() == tmp_path / "devbox.yml"
    (tmp_path / "src" / "devbox.yml").write_text(EXAMPLE)
    assert find_spec() == tmp_path / "src" / "devbox.yml"


def test_without_a_file_the_way_on_is_named(tmp_path: Path) -> None:
    with pytest.raises(DevboxError) as caught:
        find_spec(tmp_path)
    assert caught.value.remedy == "devbox init"


def test_a_file_of_a_wrong_name_is_pointed_out(tmp_path: Path) -> None:
    (tmp_path / "devbox.yaml").write_text(EXAMPLE)
    with pytest.raises(DevboxError) as caught:
        find_spec(tmp_path)
    assert "devbox.yaml" in caught.value.what
    assert caught.value.remedy.startswith("mv ")


def test_what_is_no_file_is_not_read(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    for name in ("pipe", ".", "absent"):
        with pytest.raises(DevboxError):
            load_spec(tmp_path / name)


def test_a_file_is_read_soon(root: Path) -> None:
    (root / "devbox.yml").write_text(EXAMPLE)
    begin = time.monotonic()
    assert load_spec(root / "devbox.yml") == SPEC
    assert time.monotonic() - begin < 0.5


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("Acme/Web", "acme/web"),
        ("My Project", "my-team/my-project"),
        ("/home/me/Ünïcode Stuff", "home/me-unicode-stuff"),
        ("🚀", "my-team/box"),
        ("../../x", "my-team/x"),
        ("a/" + "b" * 500, "a/" + "b" * 64),
    ],
)
def test_a_valid_name_is_proposed_for_any_text(text: str, name: str) -> None:
    assert propose_name(text) == name


@given(st.text())
def test_each_proposed_name_is_valid(text: str) -> None:
    Spec(name=propose_name(text))
