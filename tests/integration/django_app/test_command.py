"""``manage.py zoomlink``: doctor, create, settle, as processes of their own."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import pytest

from zoomlink.integrations.django import MeetingLink, create_link

if TYPE_CHECKING:
    from collections.abc import Callable
    from subprocess import CompletedProcess

    Manage = Callable[..., CompletedProcess[str]]

START = datetime(2031, 12, 1, 18, 24, tzinfo=UTC)
PIANO = ("zoomlink", "create", "Piano", "--start", "2031-12-01T18:24")


def test_create_prints_the_join_link_and_nothing_else(manage: Manage, django: Any) -> None:
    done = manage(*PIANO, "--timezone", "America/Sao_Paulo", "--duration", "30", "--key", "b1")
    link = MeetingLink.objects.get()
    assert (done.returncode, done.stdout) == (0, f"{link.join_url}\n")
    assert done.stderr == f"Passcode {link.passcode}\n"
    assert (link.start.hour, link.duration, link.key) == (21, 30, "b1")
    again = manage(*PIANO, "--timezone", "America/Sao_Paulo", "--duration", "30", "--key", "b1", "--json")
    assert json.loads(again.stdout)["join_url"] == link.join_url
    assert len(django.ledger) == 1


@pytest.mark.parametrize(
    ("words", "code", "said"),
    [
        ((*PIANO, "--duration", "0"), 2, "0 minutes"),
        ((*PIANO[:-1], "2021-12-01T18:24"), 2, "has passed"),
        ((*PIANO, "--host", "nobody@sandbox.example"), 4, "nobody@sandbox.example"),
    ],
)
def test_a_failure_has_the_exit_code_of_the_command_zoomlink(
    manage: Manage, words: tuple[str, ...], code: int, said: str
) -> None:
    done = manage(*words)
    assert (done.returncode, said in done.stderr, "Traceback" in done.stderr) == (code, True, False)


def test_no_free_host_ends_with_7_and_missing_settings_with_3(manage: Manage) -> None:
    create_link("Guitar", start=START)
    assert manage(*PIANO).returncode == 7
    done = manage(*PIANO, "--allow-overlap", ZOOM_CLIENT_SECRET="")
    assert (done.returncode, "ZOOM_CLIENT_SECRET is not set" in done.stderr) == (3, True)
    assert manage("zoomlink", "settle").returncode == 0  # and now it is made
    assert MeetingLink.objects.filter(state="ready").count() == 2


def test_settle_without_settings_says_what_is_missing(manage: Manage) -> None:
    done = manage("zoomlink", "settle", ZOOM_CLIENT_SECRET="")
    assert (done.returncode, "ZOOM_CLIENT_SECRET is not set." in done.stderr) == (3, True)


def test_settle_ends_with_the_code_of_what_keeps_links_waiting(manage: Manage, monkeypatch: pytest.MonkeyPatch) -> None:
    with monkeypatch.context() as wrong:
        wrong.setenv("ZOOM_CLIENT_SECRET", "canary-wrong")
        create_link("Piano", start=START)
    done = manage("zoomlink", "settle", ZOOM_CLIENT_SECRET="canary-wrong")
    assert (done.returncode, "Still waiting: 1." in done.stderr, "canary" in done.stdout) == (3, True, False)
    assert "waiting    Piano, 2031-12-01 18:24 Europe/Lisbon" in done.stdout
    assert manage("zoomlink", "settle").returncode == 0


def test_settle_has_nothing_to_do(manage: Manage) -> None:
    done = manage("zoomlink", "settle")
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "Nothing has to be settled.\n")
    done = manage("zoomlink", "--verbosity", "0", "settle")
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")


def test_settle_says_that_all_is_done(manage: Manage, settings: Any) -> None:
    settings(HAND_OVER="settle")
    create_link("Piano", start=START)
    done = manage("zoomlink", "settle")
    assert (done.returncode, done.stdout.split()[0], done.stderr) == (0, "ready", "All links are settled.\n")


def test_the_doctor_says_that_all_is_well_or_what_is_not(manage: Manage) -> None:
    well = manage("zoomlink", "doctor", "--json")
    found = json.loads(well.stdout)
    assert (well.returncode, found["healthy"], found["waiting"]) == (0, True, 0)
    ill = manage("zoomlink", "doctor", ZOOM_CLIENT_SECRET="canary-wrong")
    assert (ill.returncode, "failed   Token" in ill.stdout, "canary" in ill.stdout + ill.stderr) == (3, True, False)


def test_the_doctor_works_where_the_system_checks_fail(manage: Manage) -> None:
    done = manage("zoomlink", "doctor", ZOOM_ACCOUNT_ID="")
    assert (done.returncode, "ZOOM_ACCOUNT_ID is not set." in done.stdout) == (3, True)


@pytest.mark.parametrize("words", [(), ("doctor",), ("create",), ("settle",)])
def test_every_subcommand_has_its_help(manage: Manage, words: tuple[str, ...]) -> None:
    done = manage("zoomlink", *words, "--help")
    assert (done.returncode, "usage: manage.py zoomlink" in done.stdout) == (0, True)
