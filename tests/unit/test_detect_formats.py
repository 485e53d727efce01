"""Documents as trees of nodes with lines: what they say, and how hostile ones end."""

from __future__ import annotations

import json
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from devbox.detect.formats.json_nodes import read_json
from devbox.detect.formats.node import Node, Unreadable
from devbox.detect.formats.toml_nodes import read_toml
from devbox.detect.formats.xml_nodes import read_xml
from devbox.detect.formats.yaml_nodes import read_yaml, read_yaml_documents
from devbox.detect.text import decode, shown


def plain(node: Node) -> object:
    if isinstance(node.value, tuple):
        return [plain(item) for item in node.value]
    if isinstance(node.value, dict):
        return {key: plain(value) for key, value in node.value.items()}
    return node.value


def test_yaml_keeps_values_as_they_are_written() -> None:
    root = read_yaml("python: 3.10\nnode: 08\non: yes\nnone:\nquoted: ''\n")
    assert plain(root) == {
        "python": "3.10",
        "node": "08",
        "on": "yes",
        "none": None,
        "quoted": "",
    }


def test_yaml_lines_are_those_of_values_and_of_the_keys_of_mappings() -> None:
    root = read_yaml("services:\n  db:\n    image: postgres\n    list:\n      - a\n      - b\n")
    assert root.get("services", "db").line == 2
    assert root.get("services", "db", "image").line == 3
    assert [item.line for item in root.get("services", "db", "list").list()] == [5, 6]


def test_yaml_follows_aliases_and_merge_keys() -> None:
    root = read_yaml("x: &x {a: 1, b: 2}\ny:\n  <<: *x\n  b: 3\nz: *x\n")
    assert plain(root.get("y")) == {"a": "1", "b": "3"}
    assert plain(root.get("z")) == {"a": "1", "b": "2"}


def test_yaml_with_tags_builds_nothing() -> None:
    root = read_yaml("a: !!python/object/apply:os.system [echo]\nb: !reference [.x, y]\n")
    assert plain(root) == {"a": ["echo"], "b": [".x", "y"]}


def test_yaml_of_several_documents() -> None:
    assert [plain(one) for one in read_yaml_documents("a: 1\n---\nb: 2\n")] == [
        {"a": "1"},
        {"b": "2"},
    ]


LAUGHS = "a: &a [x,x,x,x,x,x,x,x,x]\n" + "".join(
    f"{name}: &{name} [{','.join(['*' + before] * 9)}]\n"
    for before, name in zip("abcdefgh", "bcdefghi", strict=True)
)


@pytest.mark.parametrize(
    "text",
    [
        LAUGHS,
        "[" * 100_000,
        "- " * 50_000 + "x",
        "{a: " * 20_000,
        "a: &a\n  <<: *a\n  b: [*a, *a]\n",
        "? " * 5000 + "x",
        "x: [" + "a," * 250_000 + "]",
        "key: 'never closed",
        "\t- tab",
        "%YAML 9.9\n---\n",
        "&a [*a, *a]",
    ],
)
def test_yaml_that_would_blow_up_is_refused_or_read_quickly(text: str) -> None:
    started = time.process_time()
    try:
        read_yaml(text)
    except Unreadable as error:
        assert error.why
    assert time.process_time() - started < 2


def test_a_bomb_says_where_it_is() -> None:
    with pytest.raises(Unreadable, match="more than 200000 values") as caught:
        read_yaml(LAUGHS)
    assert caught.value.line > 1


def test_json_with_comments_and_trailing_commas() -> None:
    root = read_json('// top\n{\n  /* a\n  b */ "x": [1.0, true, null,],\n  "y": "a\\u00e4",\n}\n')
    assert plain(root) == {"x": ["1.0", "true", None], "y": "aä"}
    assert (root.get("x").line, root.get("y").line) == (4, 5)


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ('{"a": 1} x', 1),
        ('{"a" 1}', 1),
        ("{\n\n  a: 1}", 3),
        ('{"a":\n\n', 3),
        ('{"a": "never closed\n}', 1),
        ("[1,, 2]", 1),
        ('{"a": "\\q"}', 1),
        ("/* never closed", 1),
    ],
)
def test_json_that_is_malformed_says_the_line(text: str, line: int) -> None:
    with pytest.raises(Unreadable, match="not JSON") as caught:
        read_json(text)
    assert caught.value.line == line


@given(
    st.recursive(
        st.none() | st.booleans() | st.integers() | st.text(),
        lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
        max_leaves=20,
    )
)
def test_json_of_any_value_is_read_as_it_is(value: object) -> None:
    def texts(item: object) -> object:
        if isinstance(item, list):
            return [texts(one) for one in item]
        if isinstance(item, dict):
            return {key: texts(one) for key, one in item.items()}
        return item if isinstance(item, str | None) else json.dumps(item)

    assert plain(read_json(json.dumps(value))) == texts(value)


@pytest.mark.parametrize("text", ["[" * 100_000, '{"a":' * 100_000, "[" * 50 + "1," * 300_000])
def test_json_that_would_blow_up_is_refused(text: str) -> None:
    with pytest.raises(Unreadable):
        read_json(text)


def test_toml_finds_the_lines() -> None:
    text = (
        "[project]\n"
        'name = "x"\n'
        "dependencies = [\n"
        '  "django>=4",\n'
        "\n"
        '  "psycopg",\n'
        "]\n"
        '[tool.poetry.dependencies]\npython = "^3.11"\n"quoted.key" = { version = "1" }\n'
        '[[bin]]\npath = "a"\n[[bin]]\npath = "b"\n'
    )
    root = read_toml(text)
    assert [item.line for item in root.get("project", "dependencies").list()] == [4, 6]
    assert root.get("tool", "poetry", "dependencies", "python").line == 9
    assert root.get("tool", "poetry", "dependencies", "quoted.key").line == 10
    assert [item.get("path").line for item in root.get("bin").list()] == [12, 14]


@pytest.mark.parametrize(
    "text",
    [
        "a = " + "[" * 50_000,
        "[" + "a." * 60_000 + "a]\n" + "b=1\n" * 10,
        "x = 1\nx = 2\n",
        "a.b=" * 9,
    ],
)
def test_toml_that_would_blow_up_is_refused(text: str) -> None:
    started = time.process_time()
    with pytest.raises(Unreadable):
        read_toml(text)
    assert time.process_time() - started < 2


def test_toml_says_the_line() -> None:
    with pytest.raises(Unreadable, match="not TOML") as caught:
        read_toml("a = 1\nb = \n")
    assert caught.value.line == 2


def test_xml_knows_lines_and_drops_prefixes() -> None:
    root = read_xml(
        '<?xml version="1.0"?>\n<m:project xmlns:m="u">\n <m:a>\n x </m:a>\n</m:project>'
    )
    assert (root.name, root.line) == ("project", 2)
    assert (root.get("a").line, root.value("a")) == (3, "x")


@pytest.mark.parametrize(
    "text",
    [
        '<!DOCTYPE a [<!ENTITY b "c">]><a>&b;</a>',
        '<!DOCTYPE a SYSTEM "file:///etc/passwd"><a/>',
        "<a><b></a>",
        "<a>" * 10_000,
        "",
    ],
)
def test_xml_that_is_hostile_or_malformed_is_refused(text: str) -> None:
    with pytest.raises(Unreadable):
        read_xml(text)


@pytest.mark.parametrize(
    ("data", "text"),
    [
        (b"\xef\xbb\xbfa\r\nb\rc", "a\nb\nc"),
        ("ä".encode("utf-16"), "ä"),
        ("ä".encode("utf-32"), "ä"),
        (b"\xe4", "ä"),
        ("ä".encode(), "ä"),
        (b"", ""),
    ],
)
def test_texts_of_all_encodings(data: bytes, text: str) -> None:
    assert decode(data) == text


@pytest.mark.parametrize("data", [b"\x7fELF\0\0", b"a\0", b"\xff\xfea"])
def test_what_is_binary_is_no_text(data: bytes) -> None:
    with pytest.raises(Unreadable):
        decode(data)


def test_what_is_shown_steers_no_terminal() -> None:
    assert shown("a\x1b[2J\n\u202eb\udcff") == "a\\e[2J\\n\\u202eb\\xff"


@given(st.text())
def test_what_is_shown_is_printable_on_one_line(text: str) -> None:
    made = shown(text)
    assert "\n" not in made
    assert "\x1b" not in made
    made.encode()
