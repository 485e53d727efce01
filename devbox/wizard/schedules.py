"""When a box is rebuilt, as people say it: ``every Monday 03:00``, ``daily at 4``, ``never``."""

from __future__ import annotations

import re

from devbox.spec.model import Schedule

DAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
EXAMPLES = "every Monday 03:00, daily at 4, first of the month, never"

_EVERY = {
    "day": "day",
    "days": "day",
    "daily": "day",
    "nightly": "day",
    "night": "day",
    "week": "week",
    "weeks": "week",
    "weekly": "week",
    "month": "month",
    "months": "month",
    "monthly": "month",
    "first": "month",
    "1st": "month",
}
_NEVER = {"never", "no", "none", "manually", "by hand", "never by itself", "off"}
_SAID = {"noon": "12:00", "midnight": "00:00"}
_FILLERS = {"every", "each", "on", "at", "the", "of", "in", "a", "once", "o'clock", "and", "hrs"}
_WORD = re.compile(r"[^\s,]+")
_CLOCK = re.compile(r"(\d{1,2})(?:[:.h](\d{2}))?(?:h|\s*([ap])\.?m\.?)?", re.ASCII)


class ScheduleError(ValueError):
    """Words that are no schedule; the message says which, and what could stand there."""


def parse_schedule(text: str) -> Schedule | None:
    """Return the schedule that a person means; None for never.

    Raises:
        ScheduleError: the words are no schedule that can be kept.
    """
    words = _words(text)
    if not words:
        raise ScheduleError(f"for example: {EXAMPLES}")
    if " ".join(words) in _NEVER:
        return None
    every, day, at = "", "", ""
    for word in words:
        if word in _FILLERS:
            continue
        if found := _day(word):
            day = _only(day, found, "one day of the week: or choose every day")
            every = _only(every, "week", f"{word} is a day of the week: not with every {every}")
        elif found := _EVERY.get(word, ""):
            every = _only(every, found, f"every {every} or every {found}: not both")
        elif found := _time(word):
            at = _only(at, found, f"one time of day, not {at} and {found}")
        else:
            raise ScheduleError(_unknown(word))
    if not every and not at:
        raise ScheduleError(f"how often? for example: {EXAMPLES}")
    on = (day or "monday") if every == "week" else None
    return Schedule.model_validate({"every": every or "day", "on": on, "at": at or "03:00"})


def _words(text: str) -> list[str]:
    text = text.lower().replace("first day", "first").strip()
    # "4 pm" is one word, "1st of the month" says twice that it is a month.
    text = re.sub(r"(\d)\s+([ap]\.?m\b)", r"\1\2", text)
    text = re.sub(r"\b(o'?clock|hours|hrs|uhr)\b", "", text)
    return _WORD.findall(text)


def _only(present: str, found: str, otherwise: str) -> str:
    if present not in ("", found):
        raise ScheduleError(otherwise)
    return found


def _day(word: str) -> str:
    """Return the day that a word names: monday, mondays, mon."""
    plain = word.rstrip(".").removesuffix("s") if len(word) > 4 else word.rstrip(".")
    return next((day for day in DAYS if len(plain) >= 3 and day.startswith(plain)), "")


def _time(word: str) -> str:
    """Return the time of day that a word names, as HH:MM; empty if it names none."""
    if word in _SAID:
        return _SAID[word]
    match = _CLOCK.fullmatch(word)
    if match is None:
        return ""
    hour, minute, half = int(match[1]), int(match[2] or 0), match[3]
    if half and not 1 <= hour <= 12:
        raise ScheduleError(f"{word} is no time of day")
    if half:
        hour = hour % 12 + (12 if half == "p" else 0)
    if hour > 23 or minute > 59:
        raise ScheduleError(f"{word} is no time of day: 00:00 to 23:59")
    return f"{hour:02}:{minute:02}"


def _unknown(word: str) -> str:
    shown = "".join(char for char in word[:20] if char.isprintable())
    if re.fullmatch(r"(\d+(nd|rd|th)|last|second|third)", word):
        return f'"{shown}": a month\'s rebuild is on its first day'
    if re.fullmatch(r"(other|two|hour|hourly|minutes?|hours|weekdays?|year|yearly)", word):
        return f'"{shown}": every day, every week or every month'
    return f'"{shown}" is not understood; for example: {EXAMPLES}'
