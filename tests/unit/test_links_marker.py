"""The marker: the same for the same request, nobody else's, and always the last line of an agenda."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.helpers import settings

from zoomlink.config import Credentials
from zoomlink.errors import InvalidInputError
from zoomlink.links.marker import LENGTH, add_marker, is_ours, make_marker, marker_in, marker_key
from zoomlink.links.rules import Rules
from zoomlink.secret import Secret

KEY = b"k" * 32


def test_a_marker_has_a_form_of_its_own_and_is_the_same_for_ever() -> None:
    marker = make_marker(KEY, "an-account", "", "booking-4711")
    assert marker == make_marker(KEY, "an-account", "", "booking-4711")
    assert re.fullmatch(r"zl-[a-z2-7]{18}", marker)
    assert len(marker) == LENGTH


@given(st.lists(st.tuples(st.text(max_size=5), st.text(max_size=5), st.text(max_size=5)), unique=True, min_size=2))
def test_requests_have_different_markers(requests: list[tuple[str, str, str]]) -> None:
    printable = [request for request in requests if "\0" not in "".join(request) and "".join(request).isprintable()]
    assert len({make_marker(KEY, *request) for request in printable}) == len(set(printable))


def test_another_secret_makes_another_marker_that_is_not_ours() -> None:
    ours, theirs = (marker_key(Credentials("a", "c", Secret(secret))) for secret in ("one", "two"))
    marker = make_marker(theirs, "an-account", "", "booking-4711")
    assert (is_ours(theirs, marker), is_ours(ours, marker)) == (True, False)


@pytest.mark.parametrize("text", ["", "zl-", "zl-" + "a" * 17, "zl-" + "A" * 18, "zl-" + "a" * 19, "x" * 21])
def test_what_has_not_the_form_is_not_ours(text: str) -> None:
    assert not is_ours(KEY, text)


@pytest.mark.parametrize(
    ("agenda", "whole"),
    [
        (None, "zl-" + "a" * 18),
        ("", "zl-" + "a" * 18),
        ("Bring a guitar.\n\n", "Bring a guitar.\nzl-" + "a" * 18),
        ("x" * 1978, "x" * 1978 + "\nzl-" + "a" * 18),
    ],
)
def test_the_marker_is_the_last_line(agenda: str | None, whole: str) -> None:
    made = add_marker(agenda, "zl-" + "a" * 18)
    assert (made, len(made) <= 2000, marker_in(made)) == (whole, True, "zl-" + "a" * 18)


def test_an_agenda_that_leaves_no_room_is_refused() -> None:
    with pytest.raises(InvalidInputError, match="1978 leave room") as refused:
        add_marker("x" * 1979, "zl-" + "a" * 18)
    assert refused.value.field == "agenda"


@pytest.mark.parametrize("agenda", [None, "", "zl-short", "no marker here", "zl-" + "a" * 19])
def test_an_agenda_without_a_marker_has_none(agenda: str | None) -> None:
    assert marker_in(agenda) is None


def test_switched_off_there_is_none() -> None:
    assert Rules.of(settings(marker=False)).marker_of("booking-4711") == ""
    assert add_marker("Bring a guitar.", "") == "Bring a guitar."


def test_rules_show_no_key() -> None:
    rules = Rules.of(settings())
    assert "a-secret" not in repr(rules)
    assert rules.key.reveal().hex() not in repr(rules)
