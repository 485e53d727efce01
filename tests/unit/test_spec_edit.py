"""devbox.yml is edited where it changes, and nowhere else."""

from __future__ import annotations

import textwrap
from collections.abc import Callable
from pathlib import Path, PurePosixPath

import pytest
from pydantic import JsonValue

from devbox.spec import (
    Base,
    CloudImage,
    Machine,
    Publish,
    Schedule,
    Spec,
    SpecError,
    Tool,
    edit_text,
    parse_spec,
)

_SHA256 = "a" * 64

Edit = Callable[[Spec], Spec]


@pytest.fixture(scope="module")
def root(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A repo with a local role that accepts any option."""
    top = tmp_path_factory.mktemp("repo")
    (top / "roles" / "api" / "tasks").mkdir(parents=True)
    (top / "roles" / "api" / "tasks" / "main.yml").write_text("[]\n")
    return top


def change(**fields: object) -> Edit:
    return lambda spec: spec.model_copy(update=fields)


def production(*tools: Tool) -> Edit:
    return change(production=tools)


def tool(name: str, **options: JsonValue) -> Tool:
    return Tool(name=name, options=options)


def add(name: str, **options: JsonValue) -> Edit:
    return lambda spec: spec.model_copy(
        update={"production": (*spec.production, tool(name, **options))}
    )


def drop(*names: str) -> Edit:
    return lambda spec: spec.model_copy(
        update={"production": tuple(t for t in spec.production if t.name not in names)}
    )


def options(name: str, **wanted: JsonValue) -> Edit:
    return lambda spec: spec.model_copy(
        update={
            "production": tuple(
                Tool(name=t.name, path=t.path, options=wanted) if t.name == name else t
                for t in spec.production
            )
        }
    )


def text(content: str) -> str:
    return textwrap.dedent(content)


# What is there, the edit, what is there then.
EDITS: dict[str, tuple[str, Edit, str]] = {
    "a scalar": (
        "name: a/b  # the name\nmachine:\n    cpus:   2 # two\n",
        change(machine=Machine(cpus=4)),
        "name: a/b  # the name\nmachine:\n    cpus:   4 # two\n",
    ),
    "single quotes": (
        "name: 'a/b'\nschedule: {every: week, at: '03:00'}\n",
        change(name="c/d", schedule=Schedule(at="04:00")),
        "name: 'c/d'\nschedule: {every: week, at: '04:00'}\n",
    ),
    "a bare text that then needs quotes": (
        "name: a/b\nproduction: [nginx: {extra_config: x}]\n",
        options("nginx", extra_config="it's: # {x}"),
        'name: a/b\nproduction: [nginx: {extra_config: "it\'s: # {x}"}]\n',
    ),
    "a literal block": (
        "name: a/b\nproduction:\n- nginx:\n    extra_config: |\n      a b;\n      c;\n- python\n",
        options("nginx", extra_config="a;\n\n  e;\n"),
        "name: a/b\nproduction:\n- nginx:\n    extra_config: |\n      a;\n\n        e;\n- python\n",
    ),
    "a literal block to one line": (
        "name: a/b\nproduction:\n- nginx:\n    extra_config: |\n      a b;\n\n\n- python\n",
        options("nginx", extra_config="z"),
        "name: a/b\nproduction:\n- nginx:\n    extra_config: z\n\n\n- python\n",
    ),
    "to a block list, indented": (
        "name: a/b\nproduction:\n  - nginx\n  - python  # 3\n\nproviders: [libvirt]\n",
        add("git"),
        "name: a/b\nproduction:\n  - nginx\n  - python  # 3\n  - git\n\nproviders: [libvirt]\n",
    ),
    "to a block list, not indented": (
        "name: a/b\nproduction:\n- nginx\n- python\n# later\nproviders: [libvirt]\n",
        add("git"),
        "name: a/b\nproduction:\n- nginx\n- python\n- git\n# later\nproviders: [libvirt]\n",
    ),
    "to a list with wide dashes": (
        "name: a/b\nproduction:\n    -   nginx\n",
        add("postgresql", port=1),
        "name: a/b\nproduction:\n    -   nginx\n    -   postgresql: {port: 1}\n",
    ),
    "to a quoted list": (
        "name: a/b\nproduction:\n  - 'nginx'\n",
        add("git"),
        "name: a/b\nproduction:\n  - 'nginx'\n  - 'git'\n",
    ),
    "to a flow list": (
        "name: a/b\nproduction: [nginx , python]  # all\n",
        add("git"),
        "name: a/b\nproduction: [nginx , python, git]  # all\n",
    ),
    "with options to a flow list": (
        "name: a/b\nproduction: [nginx, postgresql: {port: 1}]\n",
        add("redis", port=2),
        "name: a/b\nproduction: [nginx, postgresql: {port: 1}, redis: {port: 2}]\n",
    ),
    "to a flow list, a line an item": (
        "name: a/b\nproduction: [\n  nginx,\n  python  # 3\n]\n",
        add("git"),
        "name: a/b\nproduction: [\n  nginx,\n  python,  # 3\n  git\n]\n",
    ),
    "to a flow list with a last comma": (
        "name: a/b\nproduction: [\n  nginx,\n  python,  # 3\n]\n",
        add("git"),
        "name: a/b\nproduction: [\n  nginx,\n  python,  # 3\n  git,\n]\n",
    ),
    "to an empty flow list": (
        "name: a/b\nproduction: []  # none\nproviders: [libvirt]\n",
        add("git"),
        "name: a/b\nproduction:  # none\n  - git\nproviders: [libvirt]\n",
    ),
    "to a flow list of a comment alone": (
        "name: a/b\nproduction: [ # none\n  ]\n",
        add("git"),
        "name: a/b\nproduction: [git # none\n  ]\n",
    ),
    "to an empty section": (
        "name: a/b\nproduction:   # none\n",
        add("git"),
        "name: a/b\nproduction:   # none\n  - git\n",
    ),
    "to an absent section": (
        "name: a/b\n# dev\ndevelopment:\n- git\n",
        add("nginx"),
        "name: a/b\nproduction:\n  - nginx\n# dev\ndevelopment:\n- git\n",
    ),
    "an absent section among spaced ones": (
        "name: a/b\n\nproduction:\n- nginx\n# - redis\n\nproviders: [libvirt]\n",
        change(development=(tool("git"),)),
        (
            "name: a/b\n\nproduction:\n- nginx\n# - redis\n\ndevelopment:\n  - git\n\n"
            "providers: [libvirt]\n"
        ),
    ),
    "at the front": (
        "name: a/b\nproduction:\n  # web\n  - nginx\n",
        production(tool("git"), tool("nginx")),
        "name: a/b\nproduction:\n  - git\n  # web\n  - nginx\n",
    ),
    "a section that is the last": (
        "name: a/b",
        change(schedule=Schedule(on="friday")),
        'name: a/b\nschedule: {every: week, on: friday, at: "03:00"}',
    ),
    "out of a block list": (
        "name: a/b\nproduction:\n  # web\n  # and more\n  - nginx  # x\n\n  # db\n  - redis\n",
        drop("nginx"),
        "name: a/b\nproduction:\n\n  # db\n  - redis\n",
    ),
    "a comment at another column stays": (
        "name: a/b\nproduction:\n# web\n  - nginx\n  # - git\n  - redis\n",
        drop("nginx", "redis"),
        "name: a/b\nproduction: []\n# web\n  # - git\n",
    ),
    "out of a flow list": (
        "name: a/b\nproduction: [nginx, redis,git]\n",
        drop("redis"),
        "name: a/b\nproduction: [nginx, git]\n",
    ),
    "the last out of a flow list": (
        "name: a/b\nproduction: [nginx, redis , git ]\n",
        drop("git"),
        "name: a/b\nproduction: [nginx, redis ]\n",
    ),
    "all out of a flow list": (
        "name: a/b\nproduction: [ nginx, redis ]  # none\n",
        drop("nginx", "redis"),
        "name: a/b\nproduction: []  # none\n",
    ),
    "out of a flow list, a line an item": (
        "name: a/b\nproduction: [\n  # w\n  nginx,  # x\n  # db\n  redis,\n  # g\n  git  # g\n]\n",
        drop("nginx", "git"),
        "name: a/b\nproduction: [\n  # db\n  redis\n]\n",
    ),
    "out of a folded flow list": (
        "name: a/b\nproduction: [nginx,  # web\n  redis, # db\n  git]\n",
        drop("redis"),
        "name: a/b\nproduction: [nginx,  # web\n  git]\n",
    ),
    "a section": (
        "name: a/b\n# when\nschedule:\n  every: day\n  # at: '05:00'\nproviders: [libvirt]\n",
        change(schedule=None),
        "name: a/b\nproviders: [libvirt]\n",
    ),
    "a section leaves no two blank lines": (
        (
            "name: a/b\n\n# when\nschedule: {}\n\nbase: {}\n\nproduction:\n"
            "- nginx:\n    extra_config: |+\n"
            "      x\n\n"
        ),
        lambda spec: change(schedule=None)(options("nginx", extra_config="x\n\n")(spec)),
        "name: a/b\n\nbase: {}\n\nproduction:\n- nginx:\n    extra_config: |+\n      x\n\n",
    ),
    "a text that blank lines would join is written anew": (
        "production:\n- nginx:\n    extra_config: |+\n      x\n\nschedule: {}\n\nname: a/b\n",
        change(schedule=None),
        'production:\n- nginx:\n    extra_config: "x\\n\\n"\nname: a/b\n',
    ),
    "a section at an end without a newline": (
        "name: a/b\nschedule: {}",
        change(schedule=None),
        "name: a/b",
    ),
    "the first key is kept from the editor's comment": (
        "# yaml-language-server: $schema=x\nschedule: {}\nname: a/b\n",
        change(schedule=None),
        "# yaml-language-server: $schema=x\nname: a/b\n",
    ),
    "shorthand stays": (
        "name: a/b\nproduction:\n- packages: [jq, 'curl']\n",
        options("packages", names=["jq", "curl", "gdb"]),
        "name: a/b\nproduction:\n- packages: [jq, 'curl', gdb]\n",
    ),
    "a single word becomes a list": (
        "name: a/b\nproduction:\n- packages: jq  # json\n",
        options("packages", names=["curl", "jq"]),
        "name: a/b\nproduction:\n- packages: [curl, jq]  # json\n",
    ),
    "options come to a shorthand": (
        "name: a/b\nproduction:\n- postgresql: [app]  # db\n",
        options("postgresql", databases=["app"], port=1),
        "name: a/b\nproduction:\n- postgresql: {databases: [app], port: 1}  # db\n",
    ),
    "options come to a shorthand block": (
        "name: a/b\nproduction:\n- postgresql:  # db\n  - app  # one\n  # two\n  - web\n- git\n",
        options("postgresql", databases=["app", "web"], port=1),
        (
            "name: a/b\nproduction:\n- postgresql:  # db\n    databases:\n    - app  # one\n"
            "    # two\n    - web\n    port: 1\n- git\n"
        ),
    ),
    "options come to a name": (
        "name: a/b\nproduction:\n  - redis  # cache\n  - git\n",
        options("redis", port=1),
        "name: a/b\nproduction:\n  - redis: {port: 1}  # cache\n  - git\n",
    ),
    "many options come to a name": (
        "name: a/b\nproduction:\n  - nginx  # web\n  - git\n",
        options("nginx", extra_config="x" * 60, sites=[{"name": "n" * 60, "root": "/srv"}]),
        (
            f"name: a/b\nproduction:\n  - nginx:  # web\n      extra_config: {'x' * 60}\n"
            f"      sites: [{{name: {'n' * 60}, root: /srv}}]\n  - git\n"
        ),
    ),
    "options go": (
        "name: a/b\nproduction:\n  - redis: {port: 1}  # cache\n",
        options("redis"),
        "name: a/b\nproduction:\n  - redis  # cache\n",
    ),
    "one option of a block": (
        (
            "name: a/b\nproduction:\n  - postgresql:\n      # the port\n      port: 1\n"
            "      databases:\n      - app # x\n      - web\n"
        ),
        options("postgresql", databases=["app"], settings={"a": "b"}),
        (
            "name: a/b\nproduction:\n  - postgresql:\n"
            "      databases:\n      - app # x\n      settings: {a: b}\n"
        ),
    ),
    "a key within a list of mappings": (
        (
            "name: a/b\nproduction:\n- postgresql:\n    users:\n    - name: app\n      # secret\n"
            "      password: x\n    - name: web\n"
        ),
        options("postgresql", users=[{"name": "app"}, {"name": "web", "owns": ["d"]}]),
        (
            "name: a/b\nproduction:\n- postgresql:\n    users:\n    - name: app\n"
            "    - name: web\n      owns: [d]\n"
        ),
    ),
    "an item of a list of mappings": (
        "name: a/b\nproduction:\n- postgresql:\n    users:\n    - name: app\n      password: x\n",
        options("postgresql", users=[{"name": "web", "owns": ["d"]}, {"name": "app"}]),
        (
            "name: a/b\nproduction:\n- postgresql:\n    users:\n    - name: web\n      owns: [d]\n"
            "    - name: app\n"
        ),
    ),
    "an option of a local role": (
        "name: a/b\nproduction:\n- role: ./roles/api  # ours\n",
        options("role", greeting="hi"),
        "name: a/b\nproduction:\n- role: {path: ./roles/api, greeting: hi}  # ours\n",
    ),
    "ports": (
        "name: a/b\nmachine:\n  ports:\n    8080: 80  # web\n    # db\n    5432: 5432\n",
        change(machine=Machine(ports={8080: 80, 9000: 9000})),
        "name: a/b\nmachine:\n  ports:\n    8080: 80  # web\n    9000: 9000\n",
    ),
    "no ports": (
        "name: a/b\nmachine: {cpus: 2, ports: {8080: 80}}\n",
        change(machine=Machine()),
        "name: a/b\nmachine: {cpus: 2}\n",
    ),
    "a key between others": (
        "name: a/b\nmachine:\n  cpus: 3\n  disk: 50\n",
        change(machine=Machine(cpus=3, memory=4096, disk=50)),
        "name: a/b\nmachine:\n  cpus: 3\n  memory: 4096\n  disk: 50\n",
    ),
    "a key before all others": (
        "name: a/b\nbase:\n  # where from\n  mirror: http://x/y\n",
        change(base=Base(release="trixie", mirror="http://x/y")),
        "name: a/b\nbase:\n  release: trixie\n  # where from\n  mirror: http://x/y\n",
    ),
    "a mapping": (
        "name: a/b\nbase: {release: bookworm}\n",
        change(base=Base(image=CloudImage(url="http://x/y", sha256=_SHA256))),
        f"name: a/b\nbase: {{release: bookworm, image: {{url: http://x/y, sha256: {_SHA256}}}}}\n",
    ),
    "an address keeps its form": (
        "name: a/b\npublish: {to: 'file:///srv/boxes'}\n",
        change(publish=Publish(to="/srv/boxes", channel="edge")),
        "name: a/b\npublish: {to: 'file:///srv/boxes', channel: edge}\n",
    ),
    "order": (
        "name: a/b\nproduction:\n- nginx  # a\n# b\n- redis\n",
        production(tool("redis"), tool("nginx")),
        "name: a/b\nproduction:\n# b\n- redis\n- nginx  # a\n",
    ),
    "Windows' line ends": (
        "\ufeffname: a/b\r\nproduction:\r\n  - nginx\r\n  # db\r\n  - redis # x\r\n",
        production(tool("nginx"), tool("git")),
        "\ufeffname: a/b\r\nproduction:\r\n  - nginx\r\n  - git\r\n",
    ),
    "the old Macintosh's line ends": (
        "name: a/b\rproduction:\r  - nginx\r  # db\r  - redis # x",
        production(tool("nginx"), tool("git")),
        "name: a/b\rproduction:\r  - nginx\r  - git",
    ),
    "a byte order mark before what changes": (
        "\ufeffproduction: [git]\nname: a/b\n",
        change(name="c/d", production=()),
        "\ufeffproduction: []\nname: c/d\n",
    ),
    "a document's begin and end": (
        "%YAML 1.2\n---\nname: a/b\n...\n# more\n",
        add("git"),
        "%YAML 1.2\n---\nname: a/b\nproduction:\n  - git\n...\n# more\n",
    ),
    "all in braces": (
        "{name: a/b, providers: [libvirt]}",
        lambda spec: add("redis", port=1)(change(machine=Machine(cpus=1, ports={80: 80}))(spec)),
        (
            "{name: a/b, production: [{redis: {port: 1}}], "
            "machine: {cpus: 1, memory: 2048, disk: 40, ports: {80: 80}}, providers: [libvirt]}"
        ),
    ),
    "explicit keys": (
        "? name\n: a/b\n? production\n: - nginx\n  - git\n? schedule\n: {every: day}\n",
        lambda spec: change(schedule=None)(drop("nginx")(spec)),
        "? name\n: a/b\n? production\n: - git\n",
    ),
    "other scripts": (
        "name: a/b # 名前 🚀\nproduction:\n  - nginx: {extra_config: 'ü # é'} # ß\n",
        options("nginx", extra_config="日本\u200b"),
        'name: a/b # 名前 🚀\nproduction:\n  - nginx: {extra_config: "日本\\u200b"} # ß\n',
    ),
}


@pytest.mark.parametrize("case", EDITS)
def test_an_edit_touches_only_its_place(case: str, root: Path) -> None:
    before, edit, after = EDITS[case]
    spec = edit(parse_spec(before, "devbox.yml", root))
    assert edit_text(before, spec, root) == after
    assert parse_spec(after, "devbox.yml", root) == spec


def test_no_edit_changes_nothing(root: Path) -> None:
    for before, _, _ in EDITS.values():
        assert edit_text(before, parse_spec(before, "devbox.yml", root), root) == before


def test_true_is_not_one(root: Path) -> None:
    before = "name: a/b\nproduction:\n- role: {path: roles/api, a: 1, b: 1.0}\n"
    role = Tool(name="role", path=PurePosixPath("roles/api"), options={"a": True, "b": 1})
    spec = Spec(name="a/b", production=(role,))
    assert edit_text(before, spec, root) == before.replace("a: 1, b: 1.0", "a: true, b: 1")


def test_an_invalid_file_is_not_edited(root: Path) -> None:
    with pytest.raises(SpecError) as caught:
        edit_text("name: a/b\nbase: &x {}\n", Spec(name="c/d"), root)
    assert (caught.value.problems[0].line, caught.value.problems[0].column) == (2, 7)


def test_what_would_be_invalid_is_shown_where_it_would_be(root: Path) -> None:
    before = "name: a/b\nproduction:\n  # web\n  - nginx\n"
    with pytest.raises(SpecError) as caught:
        edit_text(before, add("redis", prot=1)(parse_spec(before, "devbox.yml", root)), root)
    assert (caught.value.problems[0].line, caught.value.problems[0].column) == (5, 13)
    assert "5 |   - redis: {prot: 1}" in caught.value.evidence
