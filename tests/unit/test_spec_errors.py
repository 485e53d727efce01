"""Every mistake in devbox.yml is named with its place, what was found and what is allowed."""

from __future__ import annotations

import textwrap
import time
from pathlib import Path

import pytest

from devbox.spec import SpecError, parse_spec

# What is written, the line and column of its first problem, and words that the report must hold.
BAD = [
    # The file as a whole.
    ("", 0, 0, ["the file is empty", "name: acme/web"]),
    ("# only a comment\n", 0, 0, ["the file is empty"]),
    ("- nginx\n", 1, 1, ["must be a mapping", "a list"]),
    ("nginx", 1, 1, ["must be a mapping", "nginx"]),
    (b"\xff\xfen\x00", 1, 1, ["not UTF-8"]),
    (b"name: acme/web\n# caf\xe9\n", 2, 6, ["not UTF-8"]),
    (b"name: acme/\x00web", 1, 12, ["U+0000"]),
    ("name: acme/web\n# \u2028\n", 2, 3, ["U+2028"]),
    (b"#" * (1024 * 1024 + 1), 0, 0, ["too large"]),
    ("name: acme/web\n---\nname: acme/web\n", 2, 1, ["second document"]),
    # YAML itself.
    ("name: acme/web\nname: acme/api\n", 2, 1, ['"name"', "twice", "line 1"]),
    ("name: &a acme/web\n", 1, 7, ["anchors (&a)"]),
    ("name: acme/web\nbase: *b\n", 2, 7, ["aliases (*b)"]),
    ("a: &a [*a, *a]\n", 1, 4, ["anchors", "aliases"]),
    ("name: acme/web\n<<: {}\n", 2, 1, ["merge keys"]),
    ("name: !!python/name:os.system x\n", 1, 7, ["tags", "!!python/name:os.system"]),
    ("name: !vault x\n", 1, 7, ["tags", "!vault"]),
    ("? [a]\n: b\n", 1, 3, ["a key must be a word"]),
    ("name: acme/web\n\tbase: {}\n", 2, 1, ["not YAML", "tab", "spaces"]),
    ("name: a/b\nproduction:\n\t- nginx\n", 3, 1, ["not YAML", "tab", "spaces"]),
    ("name: a/b\nproduction:\n  - nginx\n\t- git\n", 4, 1, ["tab", "spaces"]),
    ("name: a/b\nmachine:\n  cpus: 2\n\tmemory: 4096\n", 4, 1, ["tab", "spaces"]),
    ("\tname: a/b\n", 1, 1, ["tab", "spaces"]),
    ("name: a/b\nmachine:\n  cpus: 2\n  cpus: 2\n", 4, 3, ['"cpus"', "twice", "line 3"]),
    ("name: a/b\nmachine: {cpus: 2, 'cpus': 4}\n", 2, 20, ['"cpus"', "twice"]),
    ("name: a/b\nproduction: []\n# x\nproduction: [git]\n", 4, 1, ["twice", "line 2"]),
    (
        "name: a/b\nproduction:\n- postgresql:\n    users:\n    - {name: x, name: y}\n",
        5,
        17,
        ['"name"', "twice", "line 5"],
    ),
    ("name: a/b\nproduction: &p\n- git\ndevelopment: *p\n", 2, 13, ["anchors (&p)", "(*p)"]),
    (
        "name: a/b\nproduction:\n- redis: &r {port: 1}\n- postgresql: {<<: *r}\n",
        3,
        10,
        ["anchors (&r)", "merge keys", "aliases (*r)", "write the values out"],
    ),
    ("name: a/b\r\n# x\r\nbase: {release: x}\r\n", 3, 17, ["cannot be", "bookworm"]),
    ("\ufeffname: a/b\nnaem: x\n", 2, 1, ['did you mean "name"']),
    ("name: a/b\n\ufeffbase: {}\n", 2, 1, ["U+FEFF"]),
    ("name: acme: web\n", 1, 11, ["not YAML", "colon"]),
    ('name: "acme/web\n', 1, 7, ["never closed"]),
    ("name: @acme\n", 1, 7, ["not YAML", "quotes"]),
    ("name: a/b\nmachine: {cpus: 2\npublish: {}\n", 3, 8, ["not YAML", "opened in line 2"]),
    ("a: " + "[" * 60 + "]" * 60, 1, 53, ["nested deeper than 50"]),
    ('name: "\\ud800"\n', 1, 7, ["surrogate"]),
    # The box.
    ("base: {}\n", 1, 1, ['needs the key "name"']),
    ("name:\n", 1, 1, ["empty"]),
    ("name: 7\n", 1, 7, ["must be text", "the number 7", "quotes"]),
    ("name: web\n", 1, 7, ["owner/box", "name: my-team/web"]),
    ("name: Acme/Web App\n", 1, 7, ["name: acme/web-app"]),
    ("name: ../../etc\n", 1, 7, ["owner/box", "my-team/etc"]),
    ('name: "acme/web\\n"\n', 1, 7, ['"acme/web\\n"', "name: acme/web"]),
    ("name: acme/#{7*7}\n", 1, 7, ["acme/7-7"]),
    ('name: "\\e[31m/🚀"\n', 1, 7, ["owner/box"]),
    ("naem: acme/web\n", 1, 1, ['no key "naem"', 'did you mean "name"']),
    ("name: a/b\nprod: [nginx]\n", 2, 1, ['did you mean "production"']),
    # The base.
    ("name: a/b\nbase: bookworm\n", 2, 7, ["base must be a mapping", "release"]),
    ("name: a/b\nbase: {release: 12}\n", 2, 17, ["cannot be 12", 'did you mean "bookworm"']),
    ("name: a/b\nbase: {release: trixy}\n", 2, 17, ['did you mean "trixie"', "bookworm"]),
    ("name: a/b\nbase: {distribution: ubuntu}\n", 2, 22, ["ubuntu", "debian"]),
    ("name: a/b\nbase: {mirror: ftp://x}\n", 2, 16, ["base.mirror", "http://deb.debian.org"]),
    ("name: a/b\nbase: {mirror: 'http://x/#{1}'}\n", 2, 16, ["base.mirror"]),
    ("name: a/b\nbase: {image: {url: 'http://x/y'}}\n", 2, 15, ["base.image", '"sha256"']),
    (
        "name: a/b\nbase: {image: {url: 'http://x/y', sha256: ABC}}\n",
        2,
        43,
        ["base.image.sha256", "64 hexadecimal"],
    ),
    # The stack.
    ("name: a/b\nproduction: nginx\n", 2, 13, ["list of tools", "- nginx"]),
    ("name: a/b\nproduction: {nginx: {}}\n", 2, 13, ["list of tools", "a mapping"]),
    ("name: a/b\nproduction: [ngnix]\n", 2, 14, ["production[0]", "ngnix", '"nginx"']),
    ("name: a/b\nproduction: [postgres]\n", 2, 14, ['did you mean "postgresql"']),
    ("name: a/b\ndevelopment: [nodejs]\n", 2, 15, ['did you mean "node"']),
    ("name: a/b\ndevelopment: [gcc]\n", 2, 15, ['did you mean "build_tools"']),
    ("name: a/b\ndevelopment: [build-tools]\n", 2, 15, ['did you mean "build_tools"']),
    ("name: a/b\ndevelopment: [cowsay]\n", 2, 15, ["packages: [NAME]"]),
    ("name: a/b\ndevelopment: ['../git']\n", 2, 15, ["no tool"]),
    ("name: a/b\ndevelopment: [3]\n", 2, 15, ["must be a tool", "the number 3"]),
    ("name: a/b\ndevelopment:\n  -\n", 3, 4, ["must be a tool", "nothing"]),
    ("name: a/b\ndevelopment: [[git]]\n", 2, 15, ["must be a tool", "a list"]),
    ("name: a/b\ndevelopment: [{}]\n", 2, 15, ["must be a tool", "a mapping"]),
    ("name: a/b\ndevelopment: [git, git]\n", 2, 20, ["listed twice", "line 2"]),
    (
        "name: a/b\nproduction: [git]\ndevelopment:\n  - git\n",
        4,
        5,
        ["development[0].git", "twice", "line 2, under production", "all of production"],
    ),
    ("name: a/b\nproduction: [{packages: jq}, {packages: x}]\n", 2, 31, ["listed twice"]),
    (
        "name: a/b\nproduction:\n  - postgresql:\n    databases: [a]\n",
        4,
        5,
        ['"databases" is beside "postgresql"', "indent"],
    ),
    ("name: a/b\nproduction:\n  - nginx: {}\n    git: {}\n", 4, 5, ["one tool", "dash"]),
    # Options.
    (
        "name: a/b\nproduction:\n  - postgresql: {databses: [app]}\n",
        3,
        18,
        ['production[0].postgresql has no option "databses"', 'mean "databases"', "users"],
    ),
    (
        "name: a/b\nproduction:\n  - postgresql: {port: '80'}\n",
        3,
        24,
        ["production[0].postgresql.port must be a whole number", "remove the quotes: 80"],
    ),
    ("name: a/b\nproduction:\n  - postgresql: {port: }\n", 3, 18, ["port has no value"]),
    (
        "name: a/b\nproduction:\n  - postgresql: {databases: app}\n",
        3,
        29,
        ["must be a list", 'write ["app"]'],
    ),
    (
        "name: a/b\nproduction:\n  - postgresql:\n      databases: [app, {x: y}]\n",
        4,
        24,
        ["production[0].postgresql.databases[1] must be text, not a mapping"],
    ),
    (
        "name: a/b\nproduction:\n- postgresql:\n    users:\n    - name: x\n      pasword: y\n",
        6,
        7,
        ["postgresql.users[0] has no key", '"pasword"', 'did you mean "password"'],
    ),
    (
        "name: a/b\nproduction:\n  - postgresql: {users: [{owns: []}]}\n",
        3,
        26,
        ["postgresql.users[0] needs the option", '"name"'],
    ),
    (
        "name: a/b\ndevelopment:\n  - node: {npm: yes}\n",
        3,
        17,
        ["must be true or false", "write true"],
    ),
    (
        "name: a/b\ndevelopment:\n  - packages: [jq, 3.10]\n",
        3,
        20,
        ["packages[1] must be text, not the number 3.10", 'in quotes: "3.10"'],
    ),
    ("name: a/b\ndevelopment: [{git: 3}]\n", 2, 21, ["git must have a mapping of options"]),
    # Local roles.
    ("name: a/b\nproduction: [role]\n", 2, 14, ["names no role", "role: deploy"]),
    ("name: a/b\nproduction: [{role: }]\n", 2, 15, ["names no folder"]),
    ("name: a/b\nproduction: [{role: {greeting: hi}}]\n", 2, 15, ["names no folder"]),
    ("name: a/b\nproduction: [{role: [x]}]\n", 2, 21, ["must name a folder"]),
    ("name: a/b\nproduction: [{role: /etc}]\n", 2, 21, ["within the folder"]),
    ("name: a/b\nproduction: [{role: ../x}]\n", 2, 21, ["within the folder", "without .."]),
    ("name: a/b\nproduction: [{role: roles/none}]\n", 2, 21, ["does not exist"]),
    ("name: a/b\nproduction: [{role: roles/out}]\n", 2, 21, ["a link that leaves"]),
    ("name: a/b\nproduction: [{role: roles/empty}]\n", 2, 21, ["no tasks/main.yml"]),
    ("name: a/b\nproduction: [{role: 'roles/{{ x }}'}]\n", 2, 21, ["cannot name"]),
    ('name: a/b\nproduction: [{role: "roles/x\\0"}]\n', 2, 21, ["cannot name"]),
    ('name: a/b\nproduction: [{role: "ro\\0les/x"}]\n', 2, 21, ["role"]),
    (f"name: a/b\nproduction: [{{role: {'x' * 5000}}}]\n", 2, 21, ["cannot be read"]),
    ("name: a/b\nproduction: [{role: roles/broken}]\n", 2, 21, ["metadata", "argument_specs.yml"]),
    ("name: a/b\nproduction: [{role: roles/ring}]\n", 2, 21, ["metadata", "too large or too deep"]),
    ("name: a/b\nproduction: [{role: roles/old}]\n", 2, 21, ["does not support", "buster"]),
    (
        "name: a/b\nproduction:\n  - role: roles/api\n  - role: ./roles/api\n",
        4,
        11,
        ["listed twice", "line 3"],
    ),
    (
        "name: a/b\nproduction:\n  - role: {path: roles/strict, greting: hi}\n",
        3,
        32,
        ['production[0].role has no option "greting"', 'did you mean "greeting"'],
    ),
    (
        "name: a/b\nproduction:\n  - role: {path: roles/strict, greeting: a, strict_greeting: b}\n",
        3,
        45,
        ["one option"],
    ),
    (
        "name: a/b\nproduction:\n  - role: {path: roles/api, ansible_connection: local}\n",
        3,
        29,
        ["cannot have an option", "ansible_"],
    ),
    (
        "name: a/b\nproduction:\n  - role: roles/api\n    greeting: hi\n",
        4,
        5,
        ["one role", "role: {path: FOLDER, greeting: …}"],
    ),
    # The machine.
    ("name: a/b\nmachine: {cpus: 0}\n", 2, 17, ["machine.cpus", "at least 1", "0"]),
    ("name: a/b\nmachine: {cpus: 2.5}\n", 2, 17, ["machine.cpus must be a whole number"]),
    ("name: a/b\nmachine: {memory: 2GB}\n", 2, 19, ["machine.memory", "MiB, without a unit"]),
    ("name: a/b\nmachine: {memory: 100}\n", 2, 19, ["at least 512 MiB"]),
    ('name: a/b\nmachine: {disk: "40"}\n', 2, 17, ["remove the quotes: 40"]),
    ("name: a/b\nmachine: {disc: 40}\n", 2, 11, ['no key "disc"', 'did you mean "disk"']),
    ("name: a/b\nmachine: {ports: {8080:80}}\n", 2, 19, ["one word", "{8080: 80}"]),
    ("name: a/b\nmachine: {ports: ['8080:80']}\n", 2, 18, ["machine.ports must be a mapping"]),
    ('name: a/b\nmachine: {ports: {"8080": 80}}\n', 2, 19, ["remove the quotes: 8080"]),
    ("name: a/b\nmachine: {ports: {http: 80}}\n", 2, 19, ["no port", "http"]),
    ("name: a/b\nmachine: {ports: {70000: 80}}\n", 2, 19, ["at most 65535", "70000"]),
    ("name: a/b\nmachine: {ports: {80: -1}}\n", 2, 23, ["at least 1", "-1"]),
    ("name: a/b\nmachine: {ports: {80: 1, 80: 2}}\n", 2, 26, ['"80"', "twice"]),
    # Providers, publishing, schedule.
    ("name: a/b\nproviders: libvirt\n", 2, 12, ["must be a list", "[libvirt]"]),
    ("name: a/b\nproviders: []\n", 2, 12, ["providers is empty"]),
    ("name: a/b\nproviders: [virtualbox]\n", 2, 13, ["providers[0]", "known: libvirt"]),
    ("name: a/b\nproviders: [libvirt, libvirt]\n", 2, 22, ["once more"]),
    ("name: a/b\npublish: {to: 's3://boxes'}\n", 2, 15, ["only folders", "./boxes"]),
    ("name: a/b\npublish: {to: 'me@host:/srv'}\n", 2, 15, ["only folders"]),
    ("name: a/b\npublish: {to: 'file://nas/srv'}\n", 2, 15, ["another computer"]),
    ('name: a/b\npublish: {to: "a\\nb"}\n', 2, 15, ["characters"]),
    ("name: a/b\npublish: {to: ''}\n", 2, 15, ["publish.to is empty"]),
    ("name: a/b\npublish: {to: 3}\n", 2, 15, ["publish.to must be text"]),
    ("name: a/b\npublish: {channel: '../x'}\n", 2, 20, ["publish.channel", "stable"]),
    ("name: a/b\npublish: {url: boxes.acme}\n", 2, 16, ["publish.url", "https://"]),
    ("name: a/b\nschedule: weekly\n", 2, 11, ["schedule must be a mapping", "every"]),
    ("name: a/b\nschedule: {on: Monday}\n", 2, 16, ["Monday", 'did you mean "monday"']),
    ("name: a/b\nschedule: {at: 25:00}\n", 2, 16, ["schedule.at", '"25:00"', '"03:00"']),
    ("name: a/b\nschedule: {at: 3}\n", 2, 16, ["schedule.at must be text", "quotes"]),
    ("name: a/b\nschedule: {every: day, on: monday}\n", 2, 28, ["every: week"]),
]


@pytest.fixture(scope="module")
def root(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A repo with local roles, some of them wrong."""
    top = tmp_path_factory.mktemp("repo")
    outside = tmp_path_factory.mktemp("outside")
    for folder in (outside / "out", *(top / "roles" / name for name in _ROLES)):
        (folder / "tasks").mkdir(parents=True)
        (folder / "tasks" / "main.yml").write_text("[]\n")
    for name, files in _ROLES.items():
        for file, content in files.items():
            (top / "roles" / name / file).parent.mkdir(exist_ok=True)
            (top / "roles" / name / file).write_text(textwrap.dedent(content))
    (top / "roles" / "out").symlink_to(outside / "out")
    (top / "roles" / "empty").mkdir()
    return top


_STRICT = """\
argument_specs:
  main:
    options:
      strict_greeting: {type: str}
"""
_ROLES: dict[str, dict[str, str]] = {
    "api": {},
    "strict": {"meta/argument_specs.yml": _STRICT},
    "broken": {"meta/argument_specs.yml": "argument_specs: [\n"},
    "ring": {"meta/argument_specs.yml": "argument_specs: &a {main: {options: *a}}\n"},
    "old": {
        "meta/main.yml": "galaxy_info: {platforms: [{name: Debian, versions: [buster]}]}\n",
    },
}


def report(text: str | bytes, root: Path) -> SpecError:
    with pytest.raises(SpecError) as caught:
        parse_spec(text, "devbox.yml", root)
    return caught.value


@pytest.mark.parametrize(
    ("text", "line", "column", "words"),
    BAD,
    ids=[f"{i}-{case[3][0]}" for i, case in enumerate(BAD)],
)
def test_a_mistake_is_named_with_its_place(
    text: str | bytes, line: int, column: int, words: list[str], root: Path
) -> None:
    error = report(text, root)
    first = error.problems[0]
    assert (first.line, first.column) == (line, column), error.evidence
    for word in words:
        assert word in error.evidence
    assert all(character.isprintable() or character == "\n" for character in error.evidence)


def test_all_mistakes_are_named_at_once_in_the_order_of_the_file(root: Path) -> None:
    error = report(
        "name: Web\nproduction: [ngnix, {role: ../x}]\n"
        "machine: {cpus: x, ports: {8080:80}}\nfoo: 1\n",
        root,
    )
    places = [(problem.line, problem.column) for problem in error.problems]
    assert places == [(1, 7), (2, 14), (2, 28), (3, 17), (3, 28), (4, 1)]
    assert error.what == "devbox.yml has 6 errors"


def test_the_report_shows_the_line_with_a_mark_under_the_place(root: Path) -> None:
    error = report("name: a/b\nproduction:\n  - postgresql: {databses: [app]}\n", root)
    assert error.evidence.splitlines()[:3] == [
        'devbox.yml:3:18: production[0].postgresql has no option "databses"',
        "   3 |   - postgresql: {databses: [app]}",
        "                        ^",
    ]
    assert error.problems[0].path == "production[0].postgresql"


def test_comments_may_stand_everywhere(root: Path) -> None:
    text = """\
        # a
        --- # b
        # c
        name: a/b # d
        # e
        production: # f
          # g

          # h
          - # i
            postgresql: # j
              # k
              databases: [ # l
                # m
                app, # n
                # o
              ] # p
              # q
          # r
          - nginx# no comment
        # s
        ... # t
        # u
    """
    with pytest.raises(SpecError) as caught:
        parse_spec(textwrap.dedent(text), "devbox.yml", root)
    (problem,) = caught.value.problems
    assert (problem.line, problem.column) == (20, 5)
    assert '"nginx# no comment"' in problem.message
    spec = parse_spec(textwrap.dedent(text).replace("nginx#", "nginx #"), "devbox.yml", root)
    assert [tool.name for tool in spec.production] == ["postgresql", "nginx"]


def test_a_large_file_with_a_mistake_at_its_end_is_read_to_its_end(root: Path) -> None:
    lines = [f"      # {n}: {'x' * 60}\n      k{n}: {'v' * 20}\n" for n in range(5000)]
    text = f"name: a/b\nproduction:\n  - postgresql:\n      settings:\n{''.join(lines)}"
    text = text.replace("\n      #", "\n        #").replace("\n      k", "\n        k")
    begin = time.monotonic()
    error = report(f"{text}machine: {{cpus: many}}\n", root)
    assert [(problem.line, problem.column) for problem in error.problems] == [(10005, 17)]
    assert time.monotonic() - begin < 30


def test_a_thousand_mistakes_are_counted_and_some_shown(root: Path) -> None:
    error = report("name: a/b\nproduction:\n" + "  - nope\n" * 1000, root)
    assert error.what == "devbox.yml has 1000 errors"
    assert error.evidence.endswith("and 980 more")


@pytest.mark.parametrize(
    "text",
    [
        "a: &a [x,x,x,x]\n" + "".join(f"b{n}: &b{n} [*a,*a,*a,*a]\n" for n in range(30)),
        "[" * 1_000_000,
        "{" * 1_000_000,
        "- " * 500_000,
        "- a\n" * 250_000,
        "a: " + "x" * 1_000_000,
        '"' + "\\" * 1_000_000,
        "? " * 500_000,
        "".join(f"k{n}: v\n" for n in range(80_000)),
    ],
    ids=lambda text: text[:12],
)
def test_a_hostile_file_is_refused_soon(text: str, root: Path) -> None:
    begin = time.monotonic()
    error = report(text, root)
    assert len(error.evidence) < 20_000
    assert time.monotonic() - begin < 10
