"""A link that is wanted in a transaction: made once after the commit, never before it, and never lost."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
import time
import unittest
from contextlib import contextmanager, suppress
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

import pytest
from django.db import connections, transaction
from django.test import TestCase
from django.utils import timezone as clock
from tests.integration.django_app.conftest import ROOT, both
from tests.integration.links.test_desk import alive

from zoomlink import InvalidInputError
from zoomlink.integrations.django import (
    MeetingLink,
    cancel_link,
    change_link,
    close_desk,
    create_link,
    get_desk,
    hand_over,
    link_changed,
    link_refused,
    retry_link,
    settle,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path
    from subprocess import CompletedProcess

START = datetime(2031, 12, 1, 18, 24, tzinfo=UTC)


@pytest.fixture
def told() -> Iterator[list[tuple[str, Any]]]:
    """What the signals said: name and what came with it."""
    heard: list[tuple[str, Any]] = []

    def changed(link: MeetingLink, before: str, **_: Any) -> None:
        heard.append(("changed", (before, link.state)))

    def refused(link: MeetingLink, error: Exception, **_: Any) -> None:
        heard.append(("refused", error))

    link_changed.connect(changed)
    link_refused.connect(refused)
    yield heard
    link_changed.disconnect(changed)
    link_refused.disconnect(refused)


# The transaction ------------------------------------------------------------------------------------------------------


class CallersError(Exception):
    """Something that goes wrong in the caller's own work."""


@contextmanager
def failing() -> Iterator[None]:
    """A transaction that is rolled back in the end."""
    with suppress(CallersError), transaction.atomic():
        yield
        raise CallersError


@both
def test_a_link_is_made_after_the_commit_and_the_row_in_hand_has_it(django: Any, told: list[Any]) -> None:
    with transaction.atomic():
        link = create_link("Piano", start=START, duration=45)
        assert (link.state, link.is_ready, alive(django)) == ("waiting", False, {})
    assert (link.state, link.is_ready, list(alive(django).values())) == ("ready", True, ["Piano"])
    assert link.join_url.startswith(django.url)
    assert (link.host, link.meeting_start, link.is_pending) == ("owner@sandbox.example", START, False)
    assert told == [("changed", ("waiting", "ready"))]


@both
def test_a_rollback_leaves_neither_row_nor_meeting(django: Any) -> None:
    with failing():
        create_link("Piano", start=START)
    assert (MeetingLink.objects.count(), django.ledger, settle()) == (0, [], [])


def test_a_rollback_to_a_savepoint_takes_only_its_own_link_back(django: Any) -> None:
    with transaction.atomic():
        create_link("Piano", start=START)
        with failing():
            create_link("Guitar", start=START + timedelta(days=1))
    assert list(alive(django).values()) == ["Piano"]


def test_without_a_transaction_the_link_is_there_at_once(django: Any) -> None:
    assert create_link("Piano", start=START).is_ready


CRASH = """
import os, signal, datetime
from tests.integration.django_app.project.config import start
start(os.environ["DATABASE_URL"])
from django.db import transaction
from zoomlink.integrations.django import {call}
with transaction.atomic():
    transaction.on_commit(lambda: os.kill(os.getpid(), signal.SIGKILL))  # the first thing after the commit
    {wish}
"""
CREATE = 'create_link("Piano", start=datetime.datetime(2031, 12, 1, 18, 24, tzinfo=datetime.UTC))'


@both
def test_a_crash_between_commit_and_hand_over_loses_nothing(
    django: Any, manage: Callable[..., CompletedProcess[str]]
) -> None:
    died = manage(code=CRASH.format(call="create_link", wish=CREATE))
    assert died.returncode == -signal.SIGKILL, died.stderr
    row = MeetingLink.objects.get()
    assert (row.state, row.is_pending, django.ledger) == ("waiting", True, [])
    done = manage("zoomlink", "settle")
    assert done.returncode == 0, done.stdout + done.stderr
    row.refresh_from_db()
    assert (row.is_ready, list(alive(django).values())) == (True, ["Piano"])


MANY = """
import os, datetime
from tests.integration.django_app.project.config import start
start(os.environ["DATABASE_URL"])
from zoomlink.integrations.django import create_link
for day in range(1, 13):
    create_link("Piano", start=datetime.datetime(2031, 12, day, 18, 24, tzinfo=datetime.UTC), key=f"booking-{day}")
"""


def test_a_process_that_is_killed_again_and_again_makes_every_link_once(
    django: Any, database: str, manage: Callable[..., CompletedProcess[str]]
) -> None:
    environ = {**os.environ, "DATABASE_URL": database, "PYTHONPATH": f"{ROOT / 'src'}:{ROOT}"}
    for count in (1, 4, 8):
        process = subprocess.Popen([sys.executable, "-c", MANY], env=environ, cwd=ROOT)
        while MeetingLink.objects.count() < count and process.poll() is None:
            time.sleep(0.002)  # how another process is watched
        process.kill()
        process.wait()
    assert manage(code=MANY).returncode == 0
    while any(not row.is_ready for row in MeetingLink.objects.all()):
        MeetingLink.objects.update(claimed_until=None)  # as if the time of those who died had passed
        settle()
    assert (MeetingLink.objects.count(), len(alive(django)), len(django.ledger)) == (12, 12, 12)


def test_what_a_crash_left_is_taken_along_by_the_next_hand_over(
    django: Any, manage: Callable[..., CompletedProcess[str]]
) -> None:
    manage(code=CRASH.format(call="create_link", wish=CREATE))
    left = MeetingLink.objects.get()
    create_link("Guitar", start=START + timedelta(days=1))
    left.refresh_from_db()
    assert left.is_pending  # it may be on its way just now
    MeetingLink.objects.filter(pk=left.pk).update(updated_at=clock.now() - timedelta(minutes=2))
    create_link("Violin", start=START + timedelta(days=2))
    left.refresh_from_db()
    assert (left.is_ready, len(alive(django))) == (True, 3)


@pytest.mark.parametrize("database", ["postgresql"], indirect=True)
def test_the_ledger_may_be_in_djangos_own_database(django: Any, database: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ZOOMLINK_DATABASE", database)
    link = create_link("Piano", start=START)
    assert link.is_ready
    cancel_link(link)
    assert (link.state, alive(django)) == ("cancelled", {})


def test_a_row_that_is_deleted_before_the_hand_over_troubles_nobody(django: Any) -> None:
    with transaction.atomic():
        link = create_link("Piano", start=START)
        MeetingLink.objects.all().delete()
    assert (link.state, django.ledger) == ("waiting", [])


def test_a_crash_in_the_middle_of_the_hand_over_makes_no_second_meeting(django: Any) -> None:
    link = create_link("Piano", start=START)
    # As if the process had died before it could write down what came of it.
    MeetingLink.objects.filter(pk=link.pk).update(applied=0, state="waiting", link_id="", join_url="", meeting_id=None)
    (row,) = settle()
    assert (row.join_url, len(django.ledger)) == (link.join_url, 1)


def test_a_claim_ends_by_itself(django: Any, settings: Any) -> None:
    settings(HAND_OVER="settle")
    link = create_link("Piano", start=START)
    MeetingLink.objects.update(claim="somebody", claimed_until=clock.now() + timedelta(seconds=30))
    assert hand_over(link).state == "waiting"
    MeetingLink.objects.update(claimed_until=clock.now() - timedelta(seconds=1))
    assert hand_over(link).state == "ready"


def test_handing_over_twice_gives_one_meeting(django: Any) -> None:
    link = create_link("Piano", start=START)
    retry_link(link)
    retry_link(link)
    assert (link.is_ready, len(django.ledger)) == (True, 1)


@both
def test_many_threads_that_hand_over_the_same_row_make_one_meeting(django: Any, settings: Any) -> None:
    settings(HAND_OVER="settle")
    link = create_link("Piano", start=START)
    in_threads(8, lambda _: hand_over(link))
    link.refresh_from_db()
    assert (link.is_ready, len(django.ledger)) == (True, 1)


@both
def test_threads_with_the_same_key_get_the_same_row(django: Any) -> None:
    found: list[Any] = []
    in_threads(6, lambda _: found.append(create_link("Piano", start=START, key="booking-1").pk))
    assert (len(found), len(set(found)), len(django.ledger)) == (6, 1, 1)


def test_threads_with_links_of_their_own_get_them_all(django: Any) -> None:
    in_threads(6, lambda number: create_link("Piano", start=START + timedelta(days=number), key=f"booking-{number}"))
    assert [row.is_ready for row in MeetingLink.objects.all()] == [True] * 6
    assert len(alive(django)) == 6


def in_threads(count: int, work: Callable[[int], object]) -> None:
    barrier = threading.Barrier(count)
    failed: list[BaseException] = []

    def run(number: int) -> None:
        try:
            barrier.wait()
            work(number)
        except BaseException as error:  # noqa: BLE001 - told below
            failed.append(error)
        finally:
            connections.close_all()

    threads = [threading.Thread(target=run, args=(number,)) for number in range(count)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failed == []


class Booking(TestCase):
    """What people write; pytest leaves it alone, since it has no test of its own."""

    def books(self) -> None:
        with self.captureOnCommitCallbacks(execute=True) as callbacks:
            link = create_link("Piano", start=START)
        assert (len(callbacks), link.is_ready) == (1, True)


def test_under_djangos_testcase_callbacks_hand_it_over(django: Any) -> None:
    result = unittest.TestResult()
    unittest.TestSuite([Booking("books")]).run(result)
    assert (result.errors, result.failures, result.testsRun) == ([], [], 1)
    assert (MeetingLink.objects.count(), len(django.ledger)) == (0, 1)


def test_no_request_waits_for_zoom_where_settle_hands_over(django: Any, settings: Any) -> None:
    settings(HAND_OVER="settle")
    link = create_link("Piano", start=START)
    assert (link.state, django.requests) == ("waiting", [])
    assert [row.state for row in settle()] == ["ready"]


# What is asked --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("wrong", "field"),
    [
        ({"start": datetime(2031, 12, 1, 18, 24)}, "start"),  # noqa: DTZ001 - that is what is refused
        ({"start": "2031-12-01T18:24Z"}, "start"),
        ({"start": datetime(2021, 12, 1, 18, 24, tzinfo=UTC)}, "start"),
        ({"duration": 0}, "duration"),
        ({"timezone": "Europe/Lisboa"}, "timezone"),
        ({"topic": ""}, "topic"),
        ({"key": "two words"}, "key"),
        ({"host": "a b"}, "host"),
        ({"settings": {"shoe_size": 43}}, "settings"),
    ],
)
def test_what_can_be_seen_to_be_wrong_is_refused_before_anything_is_written(
    django: Any, wrong: dict[str, Any], field: str
) -> None:
    asked: dict[str, Any] = {"topic": "Piano", "start": START, **wrong}
    with pytest.raises(InvalidInputError) as refused:
        create_link(asked.pop("topic"), **asked)
    assert ((refused.value.field or "").split(".")[0], MeetingLink.objects.count()) == (field, 0)


@pytest.mark.parametrize(
    ("start", "timezone", "zone"),
    [
        (START, None, "Europe/Lisbon"),  # Django's
        (START, "America/Sao_Paulo", "America/Sao_Paulo"),
        (datetime(2031, 12, 1, 15, 24, tzinfo=ZoneInfo("America/Sao_Paulo")), None, "America/Sao_Paulo"),
        (datetime.fromisoformat("2031-12-01T19:24:00+01:00"), None, "Europe/Lisbon"),
    ],
)
def test_an_instant_is_that_instant_in_whatever_zone_it_is_shown(
    django: Any, start: datetime, timezone: str | None, zone: str
) -> None:
    link = create_link("Piano", start=start, timezone=timezone)
    made = get_desk().get(link.link_id)
    assert (link.start, made.start_time, made.timezone, link.timezone) == (START, START, zone, zone)


def test_the_same_key_and_request_give_the_same_row_for_ever(django: Any) -> None:
    first = create_link("Piano", start=START, key="booking-1")
    again = create_link("Piano", start=START, key="booking-1")
    assert (again.pk, len(django.ledger)) == (first.pk, 1)
    change_link(first, topic="Piano and singing")
    assert create_link("Piano", start=START, key="booking-1").topic == "Piano and singing"


def test_a_key_of_another_request_is_refused_and_the_difference_named(django: Any) -> None:
    create_link("Piano", start=START, key="booking-1")
    with pytest.raises(InvalidInputError) as refused:
        create_link("Piano", start=START, duration=30, key="booking-1")
    assert (refused.value.slug, refused.value.field) == ("key-reused", "duration")


def test_every_argument_reaches_zoom(django: Any) -> None:
    link = create_link(
        "Piano",
        start=START,
        host="host1@sandbox.example",
        passcode="abc123",
        agenda="Bring the notes",
        settings={"waiting_room": True},
        recurrence={"type": 2, "weekly_days": "2", "end_times": 3, "repeat_interval": 1},
        timezone="UTC",
    )
    assert (link.problem, link.host, link.passcode) == ("", "host1@sandbox.example", "abc123")
    meeting = get_desk().zoom.meetings.get(link.meeting_id or 0)
    assert (len(meeting.occurrences), meeting.settings["waiting_room"]) == (3, True)
    assert (meeting.agenda or "").startswith("Bring the notes")


# What comes of it -----------------------------------------------------------------------------------------------------


def test_no_free_host_is_told_in_words_and_by_a_signal(django: Any, told: list[Any]) -> None:
    create_link("Piano", start=START)
    told.clear()
    link = create_link("Guitar", start=START + timedelta(minutes=30))
    assert (link.state, link.problem_kind, link.is_pending) == ("refused", "no-host", False)
    assert "owner@sandbox.example" in link.problem
    assert link.problem.endswith("or allow the overlap: allow_overlap=True.")
    names = [name for name, _ in told]
    assert names == ["changed", "refused"]
    assert told[1][1].next_free == START + timedelta(minutes=60)


def test_a_refused_link_can_be_asked_for_again(django: Any) -> None:
    first = create_link("Piano", start=START)
    link = create_link("Guitar", start=START)
    assert link.state == "refused"
    cancel_link(first)
    retry_link(link)
    assert (link.state, link.problem) == ("ready", "")


def test_a_refused_link_can_be_moved_to_a_free_time(django: Any) -> None:
    create_link("Piano", start=START)
    link = create_link("Guitar", start=START)
    change_link(link, start=START + timedelta(hours=2))
    assert (link.state, link.meeting_start) == ("ready", START + timedelta(hours=2))


def test_zooms_refusal_is_told_in_words(django: Any) -> None:
    link = create_link("Piano", start=START, host="nobody@sandbox.example")
    assert (link.state, link.problem_kind) == ("refused", "not-found")
    assert "nobody@sandbox.example" in link.problem


def test_wrong_credentials_leave_it_waiting_and_settle_makes_it_good(
    django: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ZOOM_CLIENT_SECRET", "wrong")
    link = create_link("Piano", start=START)
    assert (link.state, link.problem_kind, link.is_pending) == ("waiting", "credentials", True)
    assert "wrong" not in link.problem
    monkeypatch.setenv("ZOOM_CLIENT_SECRET", django.env["ZOOM_CLIENT_SECRET"])
    assert [(row.state, row.problem) for row in settle()] == [("ready", "")]


def test_wrong_credentials_are_tried_once_and_not_for_every_row(
    django: Any, settings: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings(HAND_OVER="settle")
    monkeypatch.setenv("ZOOM_CLIENT_SECRET", "wrong")
    links = [create_link("Piano", start=START + timedelta(days=day)) for day in range(3)]
    assert [row.problem_kind for row in settle()] == ["credentials"]
    for link in links:
        link.refresh_from_db()
    assert [link.problem_kind for link in links] == ["credentials", "", ""]
    monkeypatch.setenv("ZOOM_CLIENT_SECRET", django.env["ZOOM_CLIENT_SECRET"])
    assert [row.state for row in settle()] == ["ready"] * 3


def test_while_zoom_is_out_of_reach_a_link_is_in_the_ledger_and_settle_makes_it(django: Any, settings: Any) -> None:
    settings(WAIT=0)
    create_link("Guitar", start=START)  # there is a token from now on
    django.fail("refuse-connection")
    link = create_link("Piano", start=START + timedelta(days=1))
    assert (link.state in {"planned", "unknown"}, link.is_pending) == (True, False)
    django.mend()
    while not link.is_ready:
        settle()
        link.refresh_from_db()
    assert len(django.ledger) == 2


def test_a_row_that_the_ledger_does_not_know_keeps_nobody_from_settling(
    django: Any, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    MeetingLink.objects.filter(pk=create_link("Guitar", start=START).pk).update(state="unknown")
    monkeypatch.setenv("ZOOMLINK_DATABASE", f"sqlite:///{tmp_path / 'another.db'}")
    link = create_link("Piano", start=START + timedelta(days=1))
    settle()
    assert link.is_ready


def test_missing_settings_leave_it_waiting_and_name_what_is_missing(
    django: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("ZOOM_CLIENT_SECRET")
    link = create_link("Piano", start=START)
    assert (link.state, link.problem_kind) == ("waiting", "configuration")
    assert "ZOOM_CLIENT_SECRET is not set." in link.problem


def test_a_lost_answer_is_looked_up_by_settle(django: Any, settings: Any) -> None:
    settings(WAIT=0)
    django.fail("reset-after-commit", route="meetings.create", nth=1)
    link = create_link("Piano", start=START)
    while not link.is_ready:
        assert link.state in {"unknown", "sending", "planned", "ready"}
        settle()
        link.refresh_from_db()
    assert (link.is_pending, len(django.ledger)) == (False, 1)


# Changes --------------------------------------------------------------------------------------------------------------


@both
def test_a_change_is_carried_out_after_the_commit_and_the_join_link_stays(django: Any) -> None:
    link = create_link("Piano", start=START)
    before = link.join_url
    with transaction.atomic():
        change_link(link, start=START + timedelta(days=1), duration=30)
        assert (link.is_pending, link.meeting_start) == (True, START)
    made = get_desk().get(link.link_id)
    assert (link.join_url, link.meeting_start) == (before, START + timedelta(days=1))
    assert (made.start_time, made.duration, made.topic) == (START + timedelta(days=1), 30, "Piano")


def test_a_rolled_back_change_changes_nothing(django: Any) -> None:
    link = create_link("Piano", start=START)
    with failing():
        change_link(link, start=START + timedelta(days=1))
    link.refresh_from_db()
    assert (link.start, link.is_pending, get_desk().get(link.link_id).start_time) == (START, False, START)


def test_of_many_changes_the_last_one_wins_and_only_it_is_sent(django: Any) -> None:
    link = create_link("Piano", start=START)
    with transaction.atomic():
        for day in (1, 2, 3):
            change_link(link, start=START + timedelta(days=day))
    assert (link.meeting_start, len(django.ledger)) == (START + timedelta(days=3), 2)


def test_a_wish_that_comes_in_meanwhile_is_handed_over_by_whoever_has_the_row(django: Any, settings: Any) -> None:
    link = create_link("Piano", start=START)
    settings(HAND_OVER="settle")
    change_link(link, start=START + timedelta(days=1))

    def slow(link: MeetingLink, **_: Any) -> None:
        link_changed.disconnect(slow)
        MeetingLink.objects.filter(pk=link.pk).update(version=link.version + 1, start=START + timedelta(days=2))

    link_changed.connect(slow)
    row = hand_over(link)
    assert (row.meeting_start, row.is_pending) == (START + timedelta(days=2), False)


def test_whoever_lost_the_claim_has_the_last_wish_carried_out_again(django: Any, settings: Any) -> None:
    link = create_link("Piano", start=START)
    settings(HAND_OVER="settle")
    change_link(link, start=START + timedelta(days=1))
    overtaken: list[str] = []

    def slow(execute: Any, sql: str, *arguments: Any) -> Any:
        """Just before what came of it is written down, another process is faster, and our change reaches Zoom last."""
        if '"applied" = ' in sql and not overtaken:
            overtaken.append(sql)
            MeetingLink.objects.update(claimed_until=clock.now() - timedelta(seconds=1))
            change_link(MeetingLink.objects.get(), start=START + timedelta(days=2))
            hand_over(link)
            get_desk().update(link.link_id, start=START + timedelta(days=1))
        return execute(sql, *arguments)

    with connections["default"].execute_wrapper(slow):
        row = hand_over(link)
    assert (row.meeting_start, row.is_pending, len(overtaken)) == (START + timedelta(days=2), False, 1)
    assert get_desk().get(link.link_id).start_time == START + timedelta(days=2)


def test_a_change_that_no_host_can_take_leaves_the_meeting_and_says_why(django: Any, told: list[Any]) -> None:
    create_link("Piano", start=START)
    link = create_link("Guitar", start=START + timedelta(days=1))
    change_link(link, start=START)
    assert (link.state, link.meeting_start, link.problem_kind) == ("ready", START + timedelta(days=1), "no-host")
    assert told[-1][0] == "refused"
    change_link(link, start=START + timedelta(days=2))
    assert (link.meeting_start, link.problem) == (START + timedelta(days=2), "")


def test_created_and_cancelled_in_one_transaction_asks_zoom_for_nothing(django: Any) -> None:
    with transaction.atomic():
        link = create_link("Piano", start=START)
        cancel_link(link)
    assert (link.state, django.ledger) == ("cancelled", [])


@both
def test_a_cancelled_link_is_deleted_in_zoom_and_stays_cancelled(django: Any) -> None:
    link = create_link("Piano", start=START)
    cancel_link(link)
    cancel_link(link)
    assert (link.state, link.join_url, alive(django)) == ("cancelled", "", {})
    with pytest.raises(InvalidInputError, match="cancelled"):
        change_link(link, topic="Guitar")


def test_a_link_that_was_refused_can_be_cancelled(django: Any) -> None:
    create_link("Piano", start=START)
    link = create_link("Guitar", start=START)
    cancel_link(link)
    assert (link.state, link.problem) == ("cancelled", "")


def test_what_changes_in_the_ledger_reaches_the_row_by_settle(django: Any, told: list[Any]) -> None:
    link = create_link("Piano", start=START)
    told.clear()
    django.fail("reset-before-commit", route="meetings.update", nth=1)
    change_link(link, start=START + timedelta(days=1))
    settle()
    link.refresh_from_db()
    assert link.meeting_start == START + timedelta(days=1)


# The row --------------------------------------------------------------------------------------------------------------


def test_the_calendar_file_follows_the_link(django: Any) -> None:
    link = create_link("Piano", start=START, timezone="Europe/Lisbon")
    made = link.calendar_file().decode().replace("\r\n ", "")
    assert "DTSTART;TZID=Europe/Lisbon:20311201T182400" in made
    assert link.join_url in made
    change_link(link, start=START + timedelta(days=1))
    moved = link.calendar_file().decode()
    assert "20311202T182400" in moved
    assert "SEQUENCE:1" in moved
    cancel_link(link)
    assert "STATUS:CANCELLED" in link.calendar_file().decode()


def test_no_calendar_file_without_a_link(django: Any) -> None:
    create_link("Piano", start=START)
    with pytest.raises(InvalidInputError):
        create_link("Guitar", start=START).calendar_file()


def test_the_history_is_the_ledgers(django: Any) -> None:
    link = create_link("Piano", start=START)
    assert link.history()[0].event == "planned"


def test_a_row_shows_no_secret_of_itself(django: Any) -> None:
    link = create_link("Piano", start=START)
    for shown in (str(link), repr(link)):
        assert link.join_url not in shown
        assert link.passcode not in shown


def test_a_closed_desk_is_followed_by_another(django: Any) -> None:
    first = get_desk()
    assert get_desk() is first
    close_desk()
    assert get_desk() is not first
