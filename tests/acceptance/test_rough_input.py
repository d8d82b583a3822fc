"""What nobody should type, and what others wrote: refused in a sentence, and harmless on a terminal."""

from __future__ import annotations

import json
import os
from typing import TYPE_CHECKING, Any

import pytest
from tests.helpers import meeting_answer
from tests.postgres import Postgres
from tests.wire import Line, Wire, reply

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from tests.acceptance.conftest import Done

WHEN = ("--start", "2031-12-01 18:24", "--timezone", "America/Sao_Paulo")
HALF = os.fsdecode(b"\xff")
"""A byte that is no text, as Python takes it from the command line and gives it back."""


@pytest.mark.parametrize("wait", ["inf", "nan", "-inf", "1e308", "-1", "31536001"])
def test_a_wait_that_is_no_time_is_bad_input(zoomlink: Callable[..., Done], zoom_sandbox: Any, wait: str) -> None:
    told = "zoomlink: wait is no possible number of seconds. Give a number from 0 to 31536000.\n"
    for words in (("create", "T", *WHEN), ("create", "T", *WHEN, "--dry-run"), ("settle",)):
        done = zoomlink(*words, f"--wait={wait}")
        assert (done.code, done.out, done.err) == (2, "", told)
    assert zoom_sandbox.requests == []


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (("list", "--host", HALF), "is no Zoom user"),
        (("list", "--host", ""), "is no Zoom user"),
        (("list", "--cursor", f"1.lnk_{HALF}"), "That is no cursor of a list of links."),
        (("list", "--key", HALF), "The key does not have the form of a key."),
        (("ledger", "rebuild", "--host", HALF), "is no Zoom user"),
        (("hosts", "--day", HALF), "is no day"),
        (("hosts", "--day", "9999-12-31"), "The year 9999 is too far away to be meant."),
        (("hosts", "--day", "0001-01-01"), "The year 1 is too far away to be meant."),
    ],
)
def test_what_cannot_be_meant_is_bad_input(zoomlink: Callable[..., Done], words: tuple[str, ...], told: str) -> None:
    done = zoomlink(*words, ZOOMLINK_TIMEZONE="Asia/Tokyo")
    assert (done.code, done.out, told in done.err) == (2, "", True), done.err


def test_a_host_that_is_named_in_two_ways_is_shown_once(zoomlink: Callable[..., Done]) -> None:
    twice = {"ZOOMLINK_HOSTS": "me,owner@sandbox.example,host1@sandbox.example"}
    done = zoomlink("hosts", "--json", **twice)
    assert done.code == 0, done.err
    assert [item["host"] for item in json.loads(done.out)["items"]] == [
        "owner@sandbox.example",
        "host1@sandbox.example",
    ]
    assert zoomlink("hosts", **twice).code == 0


def test_links_of_the_owner_are_listed_as_me(zoomlink: Callable[..., Done]) -> None:
    made = json.loads(zoomlink("create", "T", *WHEN, "--json").out)
    assert [item["id"] for item in json.loads(zoomlink("list", "--host", "me", "--json").out)["items"]] == [made["id"]]


def test_no_password_of_a_database_is_shown_wherever_it_stands(zoomlink: Callable[..., Done], home: Path) -> None:
    with Postgres() as postgres:
        first, second = (f"{postgres.fresh()}?password=db-canary" for _ in range(2))
        place = first.partition("?")[0].replace("zoomlink@", "")
        info = zoomlink("ledger", "info", ZOOMLINK_DATABASE=first)
        assert (info.code, place in info.out, "canary" in info.out + info.err) == (0, True, False), info.err
        data = zoomlink("ledger", "info", "--json", ZOOMLINK_DATABASE=first)
        assert json.loads(data.out) == {"database": place, "links": {}}
        copied = zoomlink("ledger", "copy", second, ZOOMLINK_DATABASE=first)
        there = second.partition("?")[0].replace("zoomlink@", "")
        assert (copied.code, copied.err) == (
            0, f"Copied 0 links. Now set ZOOMLINK_DATABASE to the new ledger, {there}.\n"
        )  # fmt: skip


def test_a_terminal_gets_its_cursor_back_after_every_copy(
    at_terminal: Callable[..., tuple[int, str]], zoomlink: Callable[..., Done], home: Path
) -> None:
    for name, code in (("one", 0), ("two", 0), ("two", 2)):  # nothing to copy; a link; a target that is not empty
        ended, shown = at_terminal("ledger", "copy", f"sqlite:///{home / name}.db")
        assert (ended, shown.count("\x1b[?25l"), shown.count("\x1b[?25h")) == (code, 1, 1), shown
        assert shown.rindex("\x1b[?25h") > shown.rindex("\x1b[?25l")
        zoomlink("create", "T", *WHEN, "--key", "b1")


WILD = "Aula\x1b]0;owned\x07\x1b[2J\x9b31m of \u202eeno"


@pytest.fixture
def wild() -> Any:
    """A Zoom whose meeting carries a topic that commands terminals."""
    made = meeting_answer(topic=WILD, host_email="alice@example.com", agenda=WILD)
    texts = {"invitation": f"One\r\n{WILD}\r\n", "sip_links": []}

    def play(line: Line) -> None:
        while True:
            asked = line.read().line
            answer = {"access_token": "t", "expires_in": 3600} if "/oauth/token" in asked else made
            line.send(reply(200, texts if "/invitation" in asked else answer))

    with Wire((play,)) as wire:
        yield {"ZOOM_OAUTH_URL": wire.url, "ZOOM_API_URL": wire.url}


@pytest.mark.parametrize(
    ("words", "typed", "told"),
    [
        (("cancel", "81234567890"), "n\n", "Cancel “Aula"),
        (("ledger", "erase", WILD), "n\n", "in links with “Aula"),
        (("show", "81234567890"), "", "Aula"),
        (("show", "81234567890", "--json"), "", "Aula"),
        (("invitation", "81234567890"), "", "Aula"),
    ],
)
def test_what_others_wrote_gives_a_terminal_no_commands(
    at_terminal: Callable[..., tuple[int, str]],
    wild: dict[str, str],
    words: tuple[str, ...],
    typed: str,
    told: str,
) -> None:
    code, shown = at_terminal(*words, typed=typed, **wild)
    assert (code, told in shown) == (0, True), shown
    assert [sign for sign in ("\x1b]0", "\x07", "\x1b[2J", "\x9b") if sign in shown] == []


def test_an_invitation_goes_into_a_file_as_it_is(zoomlink: Callable[..., Done], wild: dict[str, str]) -> None:
    assert zoomlink("invitation", "81234567890", **wild).out == f"One\n{WILD}\n"
