from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from prompt_toolkit.formatted_text import fragment_list_to_text
from prompt_toolkit.utils import get_cwidth

from devbox.wizard.fit import fold, pad, printable, shorten
from devbox.wizard.listing import Choice, Listing, Mode

_TOOLS = (
    Choice("nginx", "nginx", "The web server", "web"),
    Choice(
        "postgresql",
        "PostgreSQL",
        "compose.yml:4  postgres:17",
        "databases",
        ("A relational store",),
    ),
    Choice("redis", "Redis", "The data store", "databases"),
    Choice("git", "Git", "Version control", "developer tools"),
)


def _rows(listing: Listing, width: int = 80) -> list[str]:
    return fragment_list_to_text(listing.fragments(width)).split("\n")


def test_choices_stand_under_their_groups_and_the_pointer_is_marked() -> None:
    assert _rows(Listing(_TOOLS, ["redis"], mode=Mode.MANY, at="redis")) == [
        "   web",
        "   [ ] nginx       The web server",
        "   databases",
        "   [ ] PostgreSQL  compose.yml:4  postgres:17",
        " ❯ [x] Redis       The data store",
        "   developer tools",
        "   [ ] Git         Version control",
    ]


@pytest.mark.parametrize("search", ["postgres", "RELATIONAL", "databases compose", "postgresql"])
def test_search_finds_titles_evidence_descriptions_and_groups(search: str) -> None:
    listing = Listing(_TOOLS, mode=Mode.MANY)
    listing.type(search)
    assert [choice.value for choice in listing.visible] == ["postgresql"]


def test_what_is_called_as_the_search_comes_first() -> None:
    rows = (Choice("lfs", "Git LFS"), Choice("ci", "CI", "for git"), Choice("git", "Git"))
    listing = Listing(rows)
    listing.type("git")
    assert [choice.value for choice in listing.visible] == ["git", "lfs", "ci"]


def test_what_was_chosen_stays_chosen_while_a_search_hides_it() -> None:
    listing = Listing(_TOOLS, ["nginx"], mode=Mode.MANY)
    listing.type("redis")
    listing.toggle()
    assert listing.result() == ("nginx", "redis")


def test_the_result_is_in_the_order_of_the_list() -> None:
    listing = Listing(_TOOLS, mode=Mode.MANY)
    listing.move(-1)
    listing.toggle()
    listing.move(1)
    listing.toggle()
    assert listing.result() == ("nginx", "git")


def test_moving_with_one_or_no_row_left_ends() -> None:
    listing = Listing(_TOOLS, mode=Mode.MANY)
    listing.type("redis")
    listing.move(1)
    listing.move(-1)
    assert listing.pointed
    assert listing.pointed.value == "redis"
    listing.type("zzz")
    listing.move(1)
    listing.leap(8)
    listing.toggle()
    assert listing.result() == ()
    assert "nothing matches" in _rows(listing)[0]


def test_one_choice_has_no_answer_while_nothing_matches() -> None:
    listing = Listing(_TOOLS)
    listing.type("zzz")
    assert listing.result() is None
    for _ in range(3):
        listing.rub_out()
    assert listing.result() == ("nginx",)


def test_giving_the_search_up_keeps_the_pointer_where_it_was() -> None:
    listing = Listing(_TOOLS)
    listing.type("git")
    listing.clear()
    assert listing.result() == ("git",)


def test_one_choice_begins_at_the_present_answer() -> None:
    assert Listing(_TOOLS, at="redis").result() == ("redis",)


def test_nothing_is_chosen_where_there_is_nothing_to_choose() -> None:
    listing = Listing(_TOOLS, mode=Mode.LOOK)
    listing.toggle()
    assert listing.result() == ()


def test_what_is_typed_may_be_an_answer_of_its_own() -> None:
    def typed(text: str) -> Choice | str:
        return Choice(text, text) if text.isdecimal() else f"{text} is no number"

    listing = Listing(_TOOLS, typed=typed)
    listing.type("42")
    assert listing.result() == ("42",)
    listing.type("x")
    assert listing.result() is None
    assert "42x is no number" in _rows(listing)[0]


def test_of_a_pasted_text_only_what_can_be_seen_is_searched_for() -> None:
    listing = Listing(_TOOLS)
    listing.type("\x1b[31mgit\x07\n\u202e" + "x" * 1000)
    assert listing.search.startswith("[31mgit x")
    assert len(listing.search) <= 60


@pytest.mark.parametrize("mode", list(Mode))
@pytest.mark.parametrize("width", [20, 40, 80, 200])
def test_no_row_is_wider_than_the_terminal(width: int, mode: Mode) -> None:
    choices = (
        Choice("a", "Tool", "a very long description " * 10, "web"),
        Choice("b", "宽" * 60, "宽" * 60, "g" * 300),
        Choice("c", "x\x1b[2Jy\n", "\t\r\x00", "web"),
    )
    assert all(get_cwidth(row) < width for row in _rows(Listing(choices, mode=mode), width))


@given(st.text(), st.integers(8, 120))
def test_folded_lines_fit_and_nothing_is_lost(text: str, width: int) -> None:
    lines = fold(text, width)
    assert all(get_cwidth(line) <= width for line in lines)
    joined = "".join("".join(lines).split())
    assert joined == "".join("".join(map(printable, text.split("\n"))).split())


@given(st.text(), st.integers(1, 60))
def test_shortened_and_padded_texts_fit(text: str, width: int) -> None:
    assert get_cwidth(shorten(printable(text), width)) <= width
    assert get_cwidth(pad(printable(text), width)) == width


@given(st.text())
def test_what_is_shown_steers_no_terminal(text: str) -> None:
    assert printable(text).isprintable()
