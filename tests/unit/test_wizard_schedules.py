from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from devbox.spec import Schedule
from devbox.wizard.schedules import DAYS, ScheduleError, parse_schedule
from devbox.wizard.words import describe_schedule


@pytest.mark.parametrize(
    ("text", "schedule"),
    [
        ("never", None),
        ("Never", None),
        ("by hand", None),
        ("every Monday 03:00", Schedule(every="week", on="monday")),
        ("mondays", Schedule(every="week", on="monday")),
        ("on Fridays at 4pm", Schedule(every="week", on="friday", at="16:00")),
        ("each Tue, 4:30 am", Schedule(every="week", on="tuesday", at="04:30")),
        ("weekly", Schedule(every="week", on="monday")),
        ("every week on Sunday", Schedule(every="week", on="sunday")),
        ("daily at 4", Schedule(every="day", at="04:00")),
        ("every day at noon", Schedule(every="day", at="12:00")),
        ("every night at 23.15", Schedule(every="day", at="23:15")),
        ("at midnight", Schedule(every="day", at="00:00")),
        ("12 am daily", Schedule(every="day", at="00:00")),
        ("12pm daily", Schedule(every="day", at="12:00")),
        ("first of the month", Schedule(every="month")),
        ("on the first day of each month at 5 o'clock", Schedule(every="month", at="05:00")),
        ("monthly, 1st, 06:00", Schedule(every="month", at="06:00")),
        ("  EVERY   MONTH  ", Schedule(every="month")),
    ],
)
def test_a_schedule_is_typed_in_words(text: str, schedule: Schedule | None) -> None:
    assert parse_schedule(text) == schedule


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "for example"),
        ("every", "how often?"),
        ("every 2nd of the month", "first day"),
        ("every other week", '"other": every day, every week or every month'),
        ("monday and tuesday", "one day of the week"),
        ("monthly on monday", "is a day of the week"),
        ("daily weekly", "not both"),
        ("daily at 25", "00:00 to 23:59"),
        ("daily at 3:61", "00:00 to 23:59"),
        ("daily at 13pm", "no time of day"),
        ("daily at 4 at 5", "one time of day"),
        ("mnoday", '"mnoday" is not understood; for example'),
        ("* * * * *", '"*" is not understood'),
        ("\x1b[31m", "is not understood"),
    ],
)
def test_what_is_no_schedule_is_said_with_an_example(text: str, said: str) -> None:
    with pytest.raises(ScheduleError) as caught:
        parse_schedule(text)
    assert said in str(caught.value)
    assert str(caught.value).isprintable()


_SCHEDULES = st.builds(
    lambda every, on, hour, minute: Schedule(
        every=every, on=on if every == "week" else None, at=f"{hour:02}:{minute:02}"
    ),
    st.sampled_from(["day", "week", "month"]),
    st.sampled_from(DAYS),
    st.integers(0, 23),
    st.integers(0, 59),
)


@given(st.none() | _SCHEDULES)
def test_a_schedule_said_in_words_is_read_back(schedule: Schedule | None) -> None:
    assert parse_schedule(describe_schedule(schedule)) == schedule


@given(st.text())
def test_any_text_is_a_schedule_or_an_error(text: str) -> None:
    try:
        parse_schedule(text)
    except ScheduleError as error:
        assert str(error)
