"""Questions about a tool's options, made from its argument_specs: a page, and one for each value.

A value may be a list of mappings, or a mapping: these have pages of their own, in the same form.
Esc goes back by one page, and what was set on it stays.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace

from pydantic import JsonValue

from devbox.tools import Option, ToolDefinition
from devbox.tools.versions import RELEASES, default_version, find_offer
from devbox.wizard.listing import Choice
from devbox.wizard.option_rows import (
    ADD,
    DEFAULT,
    DONE,
    REMOVE,
    describe_option,
    missing_options,
    option_rows,
    show_value,
    version_rows,
)
from devbox.wizard.options import (
    check_answer,
    check_packages,
    check_pair,
    form,
    parse_answer,
    parse_pair,
    plain_description,
    render_value,
)
from devbox.wizard.prompts import Prompts, Words
from devbox.wizard.proposal import PACKAGES, VERSION, has_versions
from devbox.wizard.screen import Back

_YES, _NO = "true", "false"
_FOUND = " Some are proposed from what this repo says."
_Values = dict[str, JsonValue]


@dataclass(frozen=True)
class OptionQuestions:
    """Asks for the options of one tool.

    Attributes:
        prompts: asks.
        tool: the tool.
        found: names of options whose values were found in the repo.
    """

    prompts: Prompts
    tool: ToolDefinition
    found: Collection[str] = ()

    def page(self, values: Mapping[str, JsonValue]) -> _Values:
        """Ask for the tool's options until the person goes on.

        What is not set keeps the role's default and stays out of the file.

        Raises:
            Back: Esc was pressed at the page, with nothing changed on it.
        """
        options = [
            replace(option, required=option.required or option.name in self._needed())
            for option in self.tool.options
        ]
        return self._mapping(f"{self.tool.title}: options", options, values, found=self.found)

    def is_complete(self, values: Mapping[str, JsonValue]) -> bool:
        """Return whether nothing is missing that the tool is of no use without."""
        return not [name for name in self._needed() if values.get(name) in (None, "", [])]

    def _needed(self) -> list[str]:
        """Return what the tool needs: its required options; of a list of the user's, the list."""
        tool = self.tool
        shorthand = [tool.shorthand] if tool.category == "generic" and tool.shorthand else []
        return [*shorthand, *(option.name for option in tool.options if option.required)]

    def _mapping(
        self,
        title: str,
        options: Sequence[Option],
        values: Mapping[str, JsonValue],
        *,
        found: Collection[str] = (),
    ) -> _Values:
        """Ask for any of some options; they are a tool's, or the keys of a mapping."""
        present = dict(values)
        at = next(iter(missing_options(options, present)), DONE)
        while True:
            rows = option_rows(options, present, found=found, about=self.tool.description)
            hint = "Enter on an option sets it." + (_FOUND if found else "")
            picked = self.prompts.choice(title, rows, self._words(hint=hint), chosen=at)
            if picked == DONE:
                return present
            option = next(option for option in options if option.name == picked)
            try:
                value = self._value(f"{title.removesuffix(': options')}: {picked}", option, present)
            except Back:
                at = picked
                continue
            present.pop(picked, None)
            if value is not None:
                present[picked] = value
            present = _in_order(options, present)
            at = next(iter(missing_options(options, present)), DONE)

    def _value(self, title: str, option: Option, values: Mapping[str, JsonValue]) -> JsonValue:
        """Ask for one value; None stands for the role's default."""
        present = values.get(option.name)
        if option.name == VERSION and option in self.tool.options and has_versions(self.tool):
            return self.version(title, present)
        if option.type == "bool":
            return self._choice(title, option, present, {_YES: True, _NO: False})
        if option.type == "list" and option.choices:
            return self._many(title, option, present)
        if option.choices:
            return self._choice(title, option, present, {str(one): one for one in option.choices})
        if option.type == "list" and option.options:
            return self._items(title, option, present)
        if option.type == "dict" and option.options:
            inside = present if isinstance(present, dict) else {}
            return self._mapping(title, option.options, inside) or None
        if option.type == "dict":
            return self._pairs(title, option, present)
        return self._typed(title, option, present)

    def version(
        self,
        title: str,
        present: JsonValue,
        releases: Sequence[str] = RELEASES,
        words: Words | None = None,
    ) -> str | None:
        """Ask for a version of the tool; None for the one that the release has."""
        rows = [
            Choice(DEFAULT, "Debian's own", self._own_version(releases)),
            *version_rows(self.tool, releases),
        ]

        def typed(text: str) -> Choice | str:
            text = text.strip()
            offer = next(
                (found for one in releases if (found := find_offer(self.tool, one, text))), None
            )
            if offer is None:
                return f"{text} cannot be had"
            return Choice(text, text, f"from {offer.source.name}")

        chosen = str(present) if present not in (None, "") else DEFAULT
        words = words or self._words(self.tool.option(VERSION))
        picked = self.prompts.choice(title, rows, words, chosen=chosen, typed=typed)
        return None if picked == DEFAULT else picked

    def _own_version(self, releases: Sequence[str]) -> str:
        """Say which version there is where none is asked for."""
        own = {release: default_version(self.tool, release) for release in releases}
        known = [f"{version} in {release}" for release, version in own.items() if version]
        return ", ".join(known) or "whatever the release carries"

    def _choice(
        self, title: str, option: Option, present: JsonValue, values: Mapping[str, JsonValue]
    ) -> JsonValue:
        usual = option.default
        names = {_YES: "yes", _NO: "no"} if option.type == "bool" else {}
        rows = [
            Choice(key, names.get(key, key), "the default" if value == usual else "")
            for key, value in values.items()
        ]
        now = usual if present is None else present
        chosen = next((key for key, value in values.items() if value == now), None)
        picked = self.prompts.choice(title, rows, self._words(option), chosen=chosen)
        # The default stays out of the file, unless somebody had written it there.
        is_default = values[picked] == usual and present is None and not option.required
        return None if is_default else values[picked]

    def _many(self, title: str, option: Option, present: JsonValue) -> JsonValue:
        usual = option.default if isinstance(option.default, list) else []
        rows = [
            Choice(str(value), str(value), "in the default" if value in usual else "")
            for value in option.choices
        ]
        now = present if isinstance(present, list) else usual
        picked = self.prompts.choices(
            title, rows, self._words(option), chosen=[str(value) for value in now]
        )
        values: list[JsonValue] = [value for value in option.choices if str(value) in picked.values]
        return None if values == usual and present is None else values

    def _typed(self, title: str, option: Option, present: JsonValue) -> JsonValue:
        holder = replace(self.tool, options=(option,), any_option=False)

        def check(text: str) -> str | None:
            names_packages = self.tool.name == PACKAGES and option.name == self.tool.shorthand
            return (check_packages(text) if names_packages else None) or check_answer(
                holder, option, text
            )

        text = self.prompts.line(
            title,
            self._words(option, hint=form(option)),
            default=render_value(option, present),
            check=check,
            any_text=True,
        )
        return parse_answer(option, text)

    def _items(self, title: str, option: Option, present: JsonValue) -> JsonValue:
        """Ask for a list of mappings, such as users: each has a page."""
        given = present if isinstance(present, list) else []
        items = [item for item in given if isinstance(item, dict)]
        while True:
            rows = [Choice(DONE, "Go on", "with these"), *_numbered(items)]
            rows.append(Choice(ADD, "Add one", "", "" if not items else "more"))
            picked = self.prompts.choice(
                title, rows, self._words(option), chosen=DONE if items else ADD
            )
            if picked == DONE:
                return [*items] or None
            at = len(items) if picked == ADD else int(picked)
            try:
                items = self._item(f"{title} {at + 1}", option, items, at)
            except Back:
                continue

    def _item(self, title: str, option: Option, items: list[_Values], at: int) -> list[_Values]:
        if at < len(items):
            rows = [
                Choice("change", "Change it", show_value(items[at])),
                Choice(REMOVE, "Take it out of the list"),
            ]
            if self.prompts.choice(title, rows, self._words(option)) == REMOVE:
                return [*items[:at], *items[at + 1 :]]
        present = items[at] if at < len(items) else {}
        item = self._mapping(title, option.options, present)
        return [*items[:at], item, *items[at + 1 :]]

    def _pairs(self, title: str, option: Option, present: JsonValue) -> JsonValue:
        """Ask for a mapping of any keys, such as settings: one line each."""
        pairs = dict(present) if isinstance(present, dict) else {}
        while True:
            rows = [
                Choice(DONE, "Go on", "with these"),
                *(Choice(name, name, show_value(value), "set") for name, value in pairs.items()),
                Choice(ADD, "Add one", "name: value", "more" if pairs else ""),
            ]
            picked = self.prompts.choice(
                title, rows, self._words(option), chosen=DONE if pairs else ADD
            )
            if picked == DONE:
                return pairs or None
            default = "" if picked == ADD else f"{picked}: {render_value(option, pairs[picked])}"
            words = self._words(option, hint="name: value; empty takes it out")
            try:
                text = self.prompts.line(
                    title, words, default=default, check=check_pair, any_text=True
                )
            except Back:
                continue
            pairs.pop(picked, None)
            if text:
                name, value = parse_pair(text)
                pairs[name] = value

    def _words(self, option: Option | None = None, hint: str = "") -> Words:
        about = self.tool.description if option is None else plain_description(option)
        manual = [f"Manual: {self.tool.manual}"] if self.tool.manual else []
        kind = [describe_option(option)[1]] if option else []
        return Words(hint, (about, *kind, *manual))


def _in_order(options: Sequence[Option], values: _Values) -> _Values:
    """Return values in the order of the tool's own description, as a person would write them."""
    known = {option.name: values[option.name] for option in options if option.name in values}
    return {**known, **{name: value for name, value in values.items() if name not in known}}


def _numbered(items: Sequence[_Values]) -> list[Choice]:
    return [
        Choice(str(at), str(item.get("name", f"number {at + 1}")), show_value(item), "in the list")
        for at, item in enumerate(items)
    ]
