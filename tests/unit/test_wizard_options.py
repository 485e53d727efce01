from __future__ import annotations

from pathlib import Path

import pytest
from pydantic import JsonValue

from devbox.tools import Option, ToolDefinition
from devbox.wizard.options import (
    check_answer,
    check_packages,
    form,
    parse_answer,
    plain_description,
    render_value,
    split_words,
)


def _option(kind: str, **more: object) -> Option:
    return Option("tool_it", "it", kind, **more)  # type: ignore[arg-type] # given by each test


_USERS = _option("list", elements="dict", options=(Option("name", "name", required=True),))


@pytest.mark.parametrize(
    ("option", "text", "value"),
    [
        (_option("str"), "a: b #{c}", "a: b #{c}"),
        (_option("str"), "17", "17"),
        (_option("int"), "5432", 5432),
        (_option("float"), "0.5", 0.5),
        (_option("list", elements="str"), "app, shop", ["app", "shop"]),
        (_option("list", elements="str"), "[app, shop]", ["app", "shop"]),
        (_option("list", elements="int"), "1 2", [1, 2]),
        (_USERS, "[{name: ann}]", [{"name": "ann"}]),
        (_option("dict"), "{a: 1}", {"a": 1}),
        (_option("str"), "  ", None),
    ],
)
def test_what_is_typed_becomes_a_value_of_the_options_type(
    option: Option, text: str, value: JsonValue
) -> None:
    assert parse_answer(option, text) == value
    assert parse_answer(option, render_value(option, value)) == value


@pytest.mark.parametrize(
    ("option", "text"),
    [
        (_option("int"), "many"),
        (_option("int"), "1.5"),
        (_option("dict"), "{a: "),
        (_option("dict"), "a"),
        (_option("dict"), "{a: *b}"),
        (_option("list", elements="int"), "1 x"),
        (_option("list", elements="str"), "[a"),
        (_USERS, "[{nmae: ann}]"),
        (_option("str", choices=("a", "b")), "c"),
        (_option("str", required=True), ""),
    ],
)
def test_what_cannot_be_is_said_while_it_is_typed(option: Option, text: str) -> None:
    tool = ToolDefinition("tool", Path("tool"), "Tool", options=(option,))
    assert check_answer(tool, option, text)


def test_another_options_fault_is_not_said_here() -> None:
    option = _option("str")
    other = Option("tool_must", "must", required=True)
    tool = ToolDefinition("tool", Path("tool"), "Tool", options=(option, other))
    assert check_answer(tool, option, "x") is None


def test_forms_say_what_to_type() -> None:
    assert form(_option("int")) == "a whole number"
    assert form(_USERS) == "[{name: …}]"


def test_descriptions_lose_ansibles_markup() -> None:
    option = _option("str", description="See C(apt install)\n and V(true).")
    assert plain_description(option) == "See apt install and true."


def test_debian_packages_are_told_from_other_words() -> None:
    assert check_packages("libpq5, g++ imagemagick=8:6.9.11+dfsg-1") is None
    assert check_packages("") is None
    assert check_packages("../x") == "../x: not the name of a Debian package"
    assert check_packages("$(id) Jq")
    assert split_words("a, b  a") == ["a", "b"]
