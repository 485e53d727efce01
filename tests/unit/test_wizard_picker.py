from __future__ import annotations

import pytest
from prompt_toolkit.formatted_text import fragment_list_to_text

from devbox.wizard.picker import Choice, Listing

_TOOLS = (
    Choice("nginx", "nginx", "The web server", "web"),
    Choice("postgresql", "PostgreSQL", "The database server", "databases"),
    Choice("redis", "Redis", "The data store", "databases"),
    Choice("git", "Git", "Version control", "developer tools"),
)


def _rows(listing: Listing, width: int = 80) -> list[str]:
    return fragment_list_to_text(listing.fragments(width)).split("\n")


def test_choices_stand_under_their_groups_and_the_pointer_is_marked() -> None:
    assert _rows(Listing(_TOOLS, ["redis"], many=True)) == [
        "  web",
        "❯ [ ] nginx       The web server",
        "  databases",
        "  [ ] PostgreSQL  The database server",
        "  [x] Redis       The data store",
        "  developer tools",
        "  [ ] Git         Version control",
    ]


@pytest.mark.parametrize("search", ["postgres", "DATABASE server", "data serv", "postgresql"])
def test_search_finds_titles_descriptions_and_groups(search: str) -> None:
    listing = Listing(_TOOLS, many=True)
    listing.type(search)
    assert [choice.value for choice in listing.visible] == ["postgresql"]


def test_what_was_chosen_stays_chosen_while_a_search_hides_it() -> None:
    listing = Listing(_TOOLS, ["nginx"], many=True)
    listing.type("redis")
    listing.toggle()
    assert listing.result() == ("nginx", "redis")


def test_the_result_is_in_the_order_of_the_list() -> None:
    listing = Listing(_TOOLS, many=True)
    listing.move(-1)
    listing.toggle()
    listing.move(1)
    listing.toggle()
    assert listing.result() == ("nginx", "git")
    assert listing.summary() == "nginx, Git"


def test_moving_with_one_or_no_row_left_ends() -> None:
    listing = Listing(_TOOLS, many=True)
    listing.type("redis")
    listing.move(1)
    listing.move(-1)
    assert listing.visible[listing.at].value == "redis"
    listing.type("zzz")
    listing.move(1)
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
    assert Listing(_TOOLS, ["redis"]).result() == ("redis",)


def test_nothing_chosen_is_said_in_the_words_of_the_question() -> None:
    assert Listing(_TOOLS, many=True, nothing="the defaults").summary() == "the defaults"


@pytest.mark.parametrize("width", [20, 40, 80])
def test_no_row_is_wider_than_the_terminal(width: int) -> None:
    choices = (Choice("a", "Tool", "a very long description " * 10, "web"),)
    assert all(len(row) < width for row in _rows(Listing(choices, many=True), width))
