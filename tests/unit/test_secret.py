"""Secrets do not show themselves."""

from __future__ import annotations

import copy
import dataclasses
import json
import logging
import pickle
from typing import Any

import pytest
from tests.helpers import meeting_answer, settings, token

from zoomlink.config import Credentials
from zoomlink.secret import Secret
from zoomlink.zoom.flow import Request, Response
from zoomlink.zoom.models import Meeting

CANARY = "canary-4711"


@pytest.mark.parametrize(
    "shown",
    [
        repr(Secret(CANARY)),
        str(Secret(CANARY)),
        f"{Secret(CANARY)}",
        f"{Secret(CANARY)!r:>40}",
        "%s %r" % (Secret(CANARY), Secret(CANARY)),  # noqa: UP031 - the old way of logging
        f"{[Secret(CANARY)]} { ({'a': Secret(CANARY)}) }",
        repr(Secret(CANARY.encode())),
        repr(Credentials("account", "client", Secret(CANARY))),
        repr(token(CANARY)),
        repr(Request("POST", "https://zoom.us/oauth/token", {"Authorization": CANARY}, CANARY.encode())),
        repr(Response(200, {"x": CANARY}, CANARY.encode())),
        repr(Meeting.from_api(meeting_answer(start_url=CANARY, join_url=CANARY, password=CANARY))),
        repr(dataclasses.asdict(token(CANARY))),
    ],
)
def test_a_secret_is_never_shown(shown: str) -> None:
    assert CANARY not in shown


def test_a_secret_is_not_logged(caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.DEBUG):
        logging.getLogger("x").debug("it is %s", Secret(CANARY))
    assert caplog.messages == ["it is Secret('***')"]


def test_a_secret_is_revealed_on_request_alone() -> None:
    assert Secret(CANARY).reveal() == CANARY
    assert repr(Secret("")) == "Secret('')"
    assert not Secret("")
    assert Secret(b"x")


def test_a_secret_is_neither_pickled_nor_written_as_json() -> None:
    with pytest.raises(TypeError, match="not pickled"):
        pickle.dumps(Secret(CANARY))
    with pytest.raises(TypeError):
        json.dumps({"a": Secret(CANARY)})


def test_a_secret_survives_copying_within_the_process() -> None:
    assert copy.copy(Secret(CANARY)) == Secret(CANARY)
    assert copy.deepcopy(Secret(CANARY)) == Secret(CANARY)
    assert copy.deepcopy(settings()) == settings()
    meeting = Meeting.from_api(meeting_answer())
    assert dataclasses.asdict(meeting)["start_url"] == meeting.start_url


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        (Secret("a"), Secret("a"), True),
        (Secret("a"), Secret("b"), False),
        (Secret("é"), Secret("é"), True),
        (Secret(b"a"), Secret(b"a"), True),
        (Secret("é"), Secret("é".encode()), False),
        (Secret("a"), Secret(b"a"), False),
        (Secret("\ud800"), Secret("\ud800"), True),
        (Secret("a"), "a", False),
        (Secret(""), None, False),
    ],
)
def test_secrets_are_compared_by_value_and_kind(one: Secret[Any], other: Any, same: bool) -> None:
    assert (one == other) is same
    if same:
        assert hash(one) == hash(other)
