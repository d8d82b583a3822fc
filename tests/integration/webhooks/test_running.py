"""A meeting that runs keeps its host busy until it ends, and one that ended early frees it."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest
from tests.helpers import FakeClock
from tests.integration.webhooks.conftest import ONCE, ONE, SECRET, TWO, Site

from zoomlink import LinkDesk, LinkState, NoHostError, Recurrence, Settings, Webhooks, ZoomClient
from zoomlink.webhooks import SUBSCRIBED

if TYPE_CHECKING:
    from collections.abc import Iterator

    from zoomlink import Link

AT = datetime(2031, 12, 1, 10, tzinfo=UTC)
TOLD = [name for name in SUBSCRIBED if name != "meeting.permanently_deleted"]
MINUTE = timedelta(minutes=1)


class Day:
    """A site whose clock is the sandbox's, and both stand still until they are told."""

    def __init__(self, site: Site, clock: FakeClock) -> None:
        self.site, self.clock, self.desk = site, clock, site.desk
        self.at(-60)

    def at(self, minutes: float) -> None:
        """So many minutes after ten."""
        moment = AT + minutes * MINUTE
        self.clock.advance((moment - self.clock.wall).total_seconds())
        self.site.sandbox.set_clock(moment, freeze=True)

    def play(self, meeting: int | None, what: str) -> None:
        self.site.control("POST", f"meetings/{meeting}/{what}")

    def work(self) -> list[str]:
        return [event.name for event in self.site.work()]

    def free(self, minutes: float, duration: int = 15) -> bool:
        """Whether the host could have another meeting then."""
        found = self.desk.availability(start=AT + minutes * MINUTE, duration=duration, hosts=[ONE])
        return bool(found.hosts)


@pytest.fixture
def day(environ: dict[str, str], zoom_sandbox: Any) -> Iterator[Day]:
    clock = FakeClock(AT - 61 * MINUTE)
    zoom_sandbox.set_clock(clock.wall, freeze=True)
    with LinkDesk(Settings.from_env(environ), clock=clock, policy=ONCE) as desk:
        site = Site(desk, Webhooks(desk), zoom_sandbox)
        site.control("POST", "webhooks", url=site.url, secret=SECRET, events=TOLD)
        yield Day(site, clock)
        site.close()


@pytest.fixture
def link(day: Day) -> Link:
    """Ten to eleven, at host one."""
    made = day.desk.create("Piano", start=AT, host=ONE)
    assert made.state is LinkState.READY
    day.work()
    return made  # type: ignore[no-any-return]


def test_its_start_and_end_stand_in_its_history(day: Day, link: Link) -> None:
    day.at(2)
    day.play(link.meeting_id, "start")
    day.at(62)
    day.play(link.meeting_id, "end")
    assert day.work() == ["meeting.started", "meeting.ended"]
    assert [one.words for one in day.desk.history(link.id)][-2:] == [
        "It was started, 2031-12-01 10:02:00 UTC.",
        "It ended, 2031-12-01 11:02:00 UTC.",
    ]
    assert day.desk.get(link.id).state is LinkState.READY


def test_a_meeting_that_ends_early_frees_its_host(day: Day, link: Link) -> None:
    day.at(0)
    day.play(link.meeting_id, "start")
    day.at(20)
    assert day.work() == ["meeting.started"]
    assert not day.free(30)
    day.play(link.meeting_id, "end")
    assert day.work() == ["meeting.ended"]
    assert day.free(21)
    day.at(35)  # the list, which shows it until eleven, is asked for again
    assert day.free(40)
    assert day.desk.create("Guitar", start=AT + 40 * MINUTE, duration=15, host=ONE).state is LinkState.READY
    assert day.desk.history(link.id)[-1].words == "Its host is free again, before 2031-12-01 11:00 UTC."


def test_a_meeting_that_runs_on_keeps_its_host_busy_until_it_ends(day: Day, link: Link) -> None:
    day.at(0)
    day.play(link.meeting_id, "start")
    assert day.work() == ["meeting.started"]
    for minutes in (41, 52, 63, 74, 85):  # it is looked at again without any event
        day.at(minutes)
        assert day.work() == []
        assert not day.free(max(minutes + 2, 61))
        assert day.free(minutes + 120)  # later today it will be over
    day.play(link.meeting_id, "end")
    assert day.work() == ["meeting.ended"]
    assert day.free(86)


def test_an_end_that_nobody_told_of_is_found_out(day: Day, link: Link) -> None:
    day.at(0)
    day.play(link.meeting_id, "start")
    day.work()
    day.at(62)
    day.work()
    assert not day.free(75)
    day.site.control("PATCH", "webhooks/1", events=["meeting.created"])
    day.play(link.meeting_id, "end")
    day.at(73)
    assert day.work() == []
    assert day.free(75)
    day.at(200)
    day.site.control("DELETE", "requests")
    assert day.work() == []
    assert day.site.control("GET", "requests")["requests"] == []  # nobody looks any more


def test_a_meeting_tried_out_before_its_time_stays_booked(day: Day, link: Link) -> None:
    day.at(-50)
    day.play(link.meeting_id, "start")
    day.at(-45)
    day.play(link.meeting_id, "end")
    day.work()
    assert not day.free(30)
    assert day.free(-30)


def test_one_that_is_started_again_is_busy_again(day: Day, link: Link) -> None:
    day.at(0)
    day.play(link.meeting_id, "start")
    day.at(10)
    day.play(link.meeting_id, "end")
    day.work()
    assert day.free(12)
    day.at(15)
    day.play(link.meeting_id, "start")
    day.work()
    assert not day.free(16)
    day.at(25)
    day.play(link.meeting_id, "end")
    day.work()
    assert day.free(30)


def test_the_end_that_comes_before_the_start_is_no_different(day: Day, link: Link) -> None:
    day.site.control("PATCH", "webhooks/1", hold=True)
    day.at(0)
    day.play(link.meeting_id, "start")
    day.at(20)
    day.play(link.meeting_id, "end")
    held = [one["delivery"] for one in day.site.told()["deliveries"] if one["state"] == "held"]
    day.site.control("POST", "webhooks/replay", deliveries=held[::-1])
    assert sorted(day.work()) == ["meeting.ended", "meeting.started"]
    assert day.free(21)


def test_a_meeting_by_hand_that_runs_on_or_was_never_planned_keeps_its_host_busy(
    day: Day, zoom: ZoomClient, link: Link
) -> None:
    made = zoom.meetings.create(ONE, topic="By hand", start=AT - 30 * MINUTE, duration=15)
    day.at(-30)
    day.play(made.id, "start")
    day.work()
    day.at(-10)
    assert not day.free(-9, 5)
    day.play(made.id, "end")
    day.work()
    assert day.free(-9, 5)
    instant = zoom.request("POST", f"/users/{ONE}/meetings", body={"topic": "At once", "type": 1})
    day.play(instant["id"], "start")
    day.work()
    assert not day.free(-9, 5)
    day.play(instant["id"], "end")
    day.work()
    assert day.free(-9, 5)


def test_a_date_of_a_series_that_was_moved_or_deleted_is_followed(day: Day, zoom: ZoomClient) -> None:
    series = day.desk.create("Course", start=AT, timezone="UTC", host=TWO, recurrence=Recurrence.daily(count=3))
    day.work()
    first, second, third = zoom.meetings.get(series.meeting_id or 0).occurrences
    assert second.start_time is not None
    zoom.meetings.update(series.meeting_id or 0, start=second.start_time + 300 * MINUTE, occurrence=second.id)
    zoom.meetings.delete(series.meeting_id or 0, occurrence=third.id)
    day.work()
    busy = [one for host in day.desk.hosts([TWO], AT - 60 * MINUTE, AT + timedelta(days=9)) for one in host.busy]
    assert [one.start for one in busy] == [AT, AT + timedelta(days=1) + 300 * MINUTE]
    after = day.desk.get(series.id)
    assert (after.sequence, after.start_time) == (1, AT)
    day.at(0)
    day.play(series.meeting_id, "start")
    day.at(61)
    day.play(series.meeting_id, "end")
    day.work()
    assert day.desk.get(series.id).sequence == 1  # that its first date has passed is no change
    assert first.id is not None


def test_a_meeting_moved_to_another_host_takes_its_booking_along(day: Day, zoom: ZoomClient, link: Link) -> None:
    day.site.control("PATCH", f"users/{ONE}", schedules_for=[TWO])
    zoom.request("PATCH", f"/meetings/{link.meeting_id}", body={"schedule_for": TWO})
    said = {"account_id": "sandbox-account", "object": {"id": link.meeting_id}}
    day.site.control("POST", "webhooks/deliver", event="meeting.updated", payload=said)
    assert day.work() == ["meeting.updated"]
    assert day.desk.get(link.id).host == TWO
    assert day.free(0)
    with pytest.raises(NoHostError):
        day.desk.create("Guitar", start=AT, host=TWO)
