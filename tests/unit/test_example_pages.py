"""The pages of the examples in states that a visit seldom meets."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from types import SimpleNamespace

import pytest
from examples.shared import tutor
from jinja2 import Environment, FileSystemLoader

from zoomlink import LinkState

PAGES = Environment(loader=FileSystemLoader(Path(tutor.__file__).parent / "templates"), autoescape=True)
START = datetime(2031, 12, 1, 10, tzinfo=UTC)
URL = "http://127.0.0.1:8765/j/85491225359?pwd=x"


def booking_page(state: LinkState) -> str:
    ready = state is LinkState.READY
    link = SimpleNamespace(state=state, start_time=START, join_url=URL if ready else None, passcode=None)
    booking = SimpleNamespace(token="t", name="Maria")
    shown = {"link": link, "booking": booking, "when": tutor.spoken(START), "days": [], "tutor": tutor.TUTOR}
    return PAGES.get_template("booking.html").render(shown)


@pytest.mark.parametrize(
    ("state", "words", "refreshes", "links"),
    [
        (LinkState.READY, "You are booked, Maria", False, True),
        (LinkState.PLANNED, "appears here in a moment", True, False),
        (LinkState.SENDING, "appears here in a moment", True, False),
        (LinkState.UNKNOWN, "appears here in a moment", True, False),
        (LinkState.PARKED, "The link will be on this page tomorrow", False, False),
        (LinkState.REFUSED, "Zoom did not accept the meeting. Please write to Ana Sousa.", False, False),
        (LinkState.CANCELLED, "Your lesson is cancelled", False, False),
        (LinkState.DELETED, "Your lesson is cancelled", False, False),
    ],
)
def test_a_bookings_page_says_where_its_link_is(state: LinkState, words: str, refreshes: bool, links: bool) -> None:
    page = booking_page(state)
    assert (words in page, 'http-equiv="refresh"' in page, URL in page) == (True, refreshes, links)


def test_a_passcode_that_is_not_there_is_not_shown() -> None:
    assert "Passcode" not in booking_page(LinkState.READY)


def test_when_nothing_is_free_the_page_says_so() -> None:
    days = tutor.coming_days(START, [])
    page = PAGES.get_template("index.html").render(tutor=tutor.TUTOR, days=days, chosen=tutor.chosen_day(days, None))
    assert ("No time is free" in page, "<form" in page) == (True, False)
