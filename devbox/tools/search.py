"""Finding a tool by words that a person thinks of."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from difflib import get_close_matches

from devbox.tools.definition import Option, ToolDefinition

_WORD = re.compile(r"[\w+#.]+")

# What a match is worth, by where it is. A whole word counts fully, a part of one for half.
_NAME = 100
_TITLE = 80
_CATEGORY = 40
_DESCRIPTION = 30
_OPTION = 16
_EVIDENCE = 12
_OPTION_TEXT = 6
_SHORTEST_PART = 3


def search_tools(
    tools: Iterable[ToolDefinition], words: Sequence[str], synonyms: Mapping[str, str]
) -> tuple[ToolDefinition, ...]:
    """Return the tools in which each of the words is found, the best first.

    Args:
        tools: where to search.
        words: in any case; a part of a word of three letters or more is found, too.
        synonyms: other words for tools, to their names.
    """
    wanted = [word.lower() for text in words for word in text.split()]
    others: dict[str, list[str]] = {}
    for word, name in synonyms.items():
        others.setdefault(name, []).append(word)
    scored = []
    for tool in tools:
        places = list(_places(tool, others.get(tool.name, ())))
        scores = [_best(word, places) for word in wanted]
        if scores and all(scores):
            scored.append((-sum(scores), tool.name, tool))
    return tuple(tool for _, _, tool in sorted(scored, key=lambda item: item[:2]))


def near_names(
    word: str, tools: Iterable[ToolDefinition], synonyms: Mapping[str, str]
) -> tuple[str, ...]:
    """Return the names of at most three tools that someone who wrote ``word`` may have meant."""
    table = dict(synonyms)
    known = set()
    for tool in tools:
        known.add(tool.name)
        table |= {tool.name.lower(): tool.name, tool.title.lower(): tool.name}
    table = {spelt: name for spelt, name in table.items() if name in known}
    found = get_close_matches(word.lower()[:100], table, 5)
    return tuple(dict.fromkeys(table[item] for item in found))[:3]


def _places(tool: ToolDefinition, synonyms: Iterable[str]) -> Iterator[tuple[int, str]]:
    yield _NAME, tool.name
    yield from ((_NAME, word) for word in synonyms)
    yield _TITLE, tool.title
    yield _CATEGORY, tool.category
    yield _DESCRIPTION, tool.description
    for option in _all_options(tool.options):
        yield _OPTION, option.name
        yield _OPTION_TEXT, option.description
    for names in tool.evidence.values():
        yield from ((_EVIDENCE, name) for name in names)


def _all_options(options: Iterable[Option]) -> Iterator[Option]:
    for option in options:
        yield option
        yield from _all_options(option.options)


def _best(word: str, places: Iterable[tuple[int, str]]) -> float:
    return max(weight * _fit(word, text.lower()) for weight, text in places)


def _fit(word: str, text: str) -> float:
    """Return how well a word is met: 1 the whole text or a word of it, less for a part."""
    if word == text:
        return 1.2
    if word not in text:
        return 0
    found = _WORD.findall(text)
    if word in found or word in text.split("_"):
        return 1
    if len(word) < _SHORTEST_PART:
        return 0
    return 0.6 if any(item.startswith(word) for item in found) else 0.3
