"""Whose time is taken: of one person under two names, by meetings of ours as Zoom has them; and who is not there."""

from __future__ import annotations

import json
import time
import urllib.request
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest

from zoomlink import (
    LinkState,
    NoHostError,
    NotFoundError,
    PermissionDeniedError,
    Recurrence,
    ZoomClient,
    ZoomLinkError,
)

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

OWNER, ONE, TWO = "owner@sandbox.example", "host1@sandbox.example", "host2@sandbox.example"
AT = datetime(2031, 12, 1, 10, tzinfo=UTC)
HOUR = timedelta(hours=1)
LISBON = "Europe/Lisbon"
# Mondays; the clocks change on 30 March
MONDAYS = Recurrence.weekly("mon", count=3)


@pytest.fixture
def elsewhere(new_desk: Callable[..., Any], tmp_path: Path) -> Callable[..., Any]:
    """Make desks on another ledger, which knows nothing of the first."""

    def new(**more: str) -> Any:
        return new_desk(ZOOMLINK_DATABASE=f"sqlite:///{tmp_path / 'another.db'}", **more)

    return new


def by_hand(host: str, start: datetime, **more: Any) -> Any:
    """Make a meeting in Zoom itself."""
    with ZoomClient.from_env() as zoom:
        return zoom.meetings.create(host, topic="Made by hand", start=start, duration=60, **more)


def asked(sandbox: Any, path: str, since: int = 0) -> int:
    """How often a path was asked for."""
    return [one["path"] for one in sandbox.requests[since:]].count(path)


def looking(desk: Any) -> Any:
    """The same desk, which believes no list that it has seen before."""
    desk.desk.rules = replace(desk.desk.rules, foreign=-1)
    return desk


def busy(desk: Any, host: str, topic: str) -> list[datetime]:
    """The starts of what a host is busy with."""
    found = desk.hosts([host], AT - 365 * 24 * HOUR, AT)
    return [one.start for info in found for one in info.busy if one.topic == topic]


def patch_user(sandbox: Any, one: str, **changes: Any) -> None:
    url = f"{sandbox.url}/_sandbox/users/{one}"
    body = json.dumps(changes).encode()
    urllib.request.urlopen(urllib.request.Request(url, data=body, method="PATCH")).close()


def let_schedule(sandbox: Any, one: str, other: str) -> None:
    patch_user(sandbox, one, schedules_for=[other])


# -- one person under two names ----------------------------------------------------------------------------------------


@pytest.mark.parametrize("names", [(OWNER, "me"), ("me", OWNER)])
def test_the_owner_is_one_host_under_both_names(new_desk: Callable[..., Any], names: tuple[str, str]) -> None:
    desk = new_desk()
    desk.create("Piano", start=AT, host=names[0])
    with pytest.raises(NoHostError):
        desk.create("Guitar", start=AT, host=names[1])


def test_a_host_is_known_by_his_user_id(new_desk: Callable[..., Any], zoom_sandbox: Any) -> None:
    desk = new_desk()
    with ZoomClient.from_env() as zoom:
        number = str(zoom.users.get(ONE).id)
    first = desk.create("Piano", start=AT, host=ONE)
    with pytest.raises(NoHostError) as refused:
        desk.create("Guitar", start=AT, host=number)
    assert [(one.host, one.link) for one in refused.value.busy] == [(ONE, first.id)]


@pytest.mark.parametrize("names", [(OWNER, "me"), ("me", OWNER)])
def test_also_while_no_meeting_of_his_exists(
    new_desk: Callable[..., Any], zoom_sandbox: Any, names: tuple[str, str]
) -> None:
    zoom_sandbox.fail("429-host-daily", route="meetings.create", nth=1)
    desk = new_desk()
    assert desk.create("Piano", start=AT, host=names[0]).state is LinkState.PARKED
    with pytest.raises(NoHostError):
        desk.create("Guitar", start=AT, host=names[1])


def test_who_he_is_is_asked_once(new_desk: Callable[..., Any], zoom_sandbox: Any) -> None:
    desk = new_desk()
    links = [desk.create("Piano", start=AT + at * HOUR) for at in range(3)]
    assert ({link.host for link in links}, asked(zoom_sandbox, "/v2/users/me")) == ({OWNER}, 1)


def test_where_zoom_does_not_say_who_he_is_his_link_is_made_all_the_same(
    new_desk: Callable[..., Any], zoom_sandbox: Any
) -> None:
    zoom_sandbox.fail("500-before-commit", route="users.get")
    assert new_desk().create("Piano", start=AT).host == OWNER


# -- meetings of ours that the ledger does not book there and then -----------------------------------------------------


def test_a_meeting_of_ours_that_the_ledger_does_not_know_is_in_the_way(
    new_desk: Callable[..., Any], elsewhere: Callable[..., Any]
) -> None:
    made = new_desk().create("Piano", start=AT, host=ONE)
    with pytest.raises(NoHostError) as refused:
        elsewhere().create("Guitar", start=AT, host=ONE)
    assert [(one.meeting_id, one.link) for one in refused.value.busy] == [(made.meeting_id, None)]


def test_a_link_that_was_moved_in_zoom_is_in_the_way_there(new_desk: Callable[..., Any]) -> None:
    desk = looking(new_desk(ZOOMLINK_HOSTS=ONE))
    link = desk.create("Piano", start=AT)
    with ZoomClient.from_env() as zoom:
        zoom.meetings.update(link.meeting_id, start=AT + 5 * HOUR)
    with pytest.raises(NoHostError):
        desk.create("Guitar", start=AT + 5 * HOUR)
    # but not in its own way
    assert desk.update(link, start=AT + 5 * HOUR + HOUR / 2).start_time == AT + 5 * HOUR + HOUR / 2
    assert desk.create("Guitar", start=AT + 4 * HOUR).state is LinkState.READY


def test_of_a_link_that_was_made_longer_in_zoom_only_the_rest_is_added(new_desk: Callable[..., Any]) -> None:
    desk = looking(new_desk(ZOOMLINK_HOSTS=f"{ONE}:2"))
    link = desk.create("Piano", start=AT)
    with ZoomClient.from_env() as zoom:
        zoom.meetings.update(link.meeting_id, duration=120)
    assert desk.create("Guitar", start=AT).state is LinkState.READY
    found = desk.hosts(None, AT - HOUR, AT + 5 * HOUR)[0].busy
    assert sorted((one.start, one.end, one.topic) for one in found if one.topic != "Guitar") == [
        (AT, AT + HOUR, "Piano"),
        (AT + HOUR, AT + 2 * HOUR, "Piano"),
    ]


def test_a_cancelled_link_that_was_brought_back_in_zoom_is_in_the_way(new_desk: Callable[..., Any]) -> None:
    desk = looking(new_desk(ZOOMLINK_HOSTS=ONE))
    link = desk.cancel(desk.create("Piano", start=AT))
    with ZoomClient.from_env() as zoom:
        zoom.meetings.recover(link.meeting_id)
    with pytest.raises(NoHostError):
        desk.create("Guitar", start=AT)


def test_a_meeting_that_came_of_a_lost_answer_is_counted_once(new_desk: Callable[..., Any], zoom_sandbox: Any) -> None:
    desk = looking(new_desk(ZOOMLINK_HOSTS=f"{ONE}:2"))
    zoom_sandbox.fail("reset-after-commit", route="meetings.create", nth=1)
    zoom_sandbox.fail("500-before-commit", route="meetings.get")
    assert desk.create("Piano", start=AT, wait=1).state is LinkState.UNKNOWN
    assert desk.create("Guitar", start=AT).state is LinkState.READY
    with pytest.raises(NoHostError):
        desk.create("Drums", start=AT)


def test_a_late_meeting_of_a_refused_request_does_not_hinder_its_next_try(
    new_desk: Callable[..., Any], zoom_sandbox: Any
) -> None:
    desk = looking(new_desk())
    request = {"start": AT, "key": "piano", "host": OWNER, "schedule_for": ONE}
    let_schedule(zoom_sandbox, OWNER, ONE)
    zoom_sandbox.fail("late-commit", route="meetings.create", nth=1, delay=600)
    zoom_sandbox.fail("503-before-commit", route="meetings.list")
    assert desk.create("Piano", **request, wait=1, allow_overlap=True).state is LinkState.UNKNOWN
    zoom_sandbox.mend()
    let_schedule(zoom_sandbox, OWNER, TWO)
    with pytest.raises(PermissionDeniedError):
        desk.create("Piano", **request)
    let_schedule(zoom_sandbox, OWNER, ONE)
    zoom_sandbox.advance(600)
    assert [one["host"] for one in zoom_sandbox.ledger] == [ONE]
    with pytest.raises(NoHostError):  # it is there
        desk.create("Guitar", start=AT, host=ONE)
    assert desk.create("Piano", **request).state is LinkState.READY


# -- the times of a series ---------------------------------------------------------------------------------------------


def test_a_series_with_a_new_rule_and_time_is_checked(new_desk: Callable[..., Any]) -> None:
    desk = new_desk(ZOOMLINK_HOSTS=ONE)
    choir = desk.create("Choir", start="2031-05-05 10:00", timezone=LISBON, recurrence=MONDAYS)
    desk.create("Clash", start="2031-05-12 14:00", timezone=LISBON)
    with pytest.raises(NoHostError):
        desk.update(choir, start="2031-05-05 14:00", timezone=LISBON, recurrence=MONDAYS)
    moved = desk.update(choir, start="2031-05-05 15:00", timezone=LISBON, recurrence=MONDAYS)
    assert moved.start_time == datetime(2031, 5, 5, 14, tzinfo=UTC)
    assert busy(desk, ONE, "Choir") == [datetime(2031, 5, day, 14, tzinfo=UTC) for day in (5, 12, 19)]


def test_a_parked_series_with_a_new_rule_and_time_is_checked(new_desk: Callable[..., Any], zoom_sandbox: Any) -> None:
    desk = new_desk(ZOOMLINK_HOSTS=ONE)
    desk.create("Clash", start="2031-05-12 14:00", timezone=LISBON)
    zoom_sandbox.fail("429-host-daily", route="meetings.create", nth=1)
    choir = desk.create("Choir", start="2031-05-05 10:00", timezone=LISBON, recurrence=MONDAYS)
    with pytest.raises(NoHostError):
        desk.update(choir, start="2031-05-05 14:00", timezone=LISBON, recurrence=MONDAYS)
    moved = desk.update(choir, start="2031-05-05 15:00", timezone=LISBON, recurrence=MONDAYS)
    assert (moved.state, moved.start_time) == (LinkState.PARKED, datetime(2031, 5, 5, 14, tzinfo=UTC))


def test_a_series_that_moves_to_another_zone_is_booked_by_the_clocks_there(new_desk: Callable[..., Any]) -> None:
    desk = new_desk(ZOOMLINK_HOSTS=ONE)
    choir = desk.create("Choir", start="2031-03-24 10:00", timezone=LISBON, recurrence=MONDAYS)
    desk.update(choir, start="2031-03-24 07:00", timezone="America/Sao_Paulo", recurrence=MONDAYS)
    assert busy(desk, ONE, "Choir") == [datetime(2031, *day, 10, tzinfo=UTC) for day in ((3, 24), (3, 31), (4, 7))]


# -- changes -----------------------------------------------------------------------------------------------------------


def test_a_refused_change_costs_nothing_of_the_day(new_desk: Callable[..., Any]) -> None:
    desk = new_desk(ZOOMLINK_HOSTS=ONE, ZOOMLINK_PLAN="pro")
    desk.create("Piano", start=AT)
    link = desk.create("Guitar", start=AT + HOUR)
    for _ in range(3):
        with pytest.raises(NoHostError):
            desk.update(link, start=AT)
    assert desk.hosts(None, AT, AT + HOUR)[0].writes_left == 98
    desk.update(link, start=AT + 2 * HOUR)
    assert desk.hosts(None, AT, AT + HOUR)[0].writes_left == 97


def test_a_change_is_refused_when_the_day_is_used_up(new_desk: Callable[..., Any]) -> None:
    desk = new_desk(ZOOMLINK_HOSTS=ONE, ZOOMLINK_PLAN="pro")
    link = desk.create("Piano", start=AT)
    for number in range(99):
        link = desk.update(link, topic=f"Piano {number}")
    with pytest.raises(ZoomLinkError) as refused:
        desk.update(link, topic="Guitar")
    assert (refused.value.slug, desk.get(link)) == ("daily-limit", link)


@pytest.mark.parametrize("state", [LinkState.READY, LinkState.PARKED])
def test_a_new_time_is_looked_at_in_zoom_too(new_desk: Callable[..., Any], zoom_sandbox: Any, state: LinkState) -> None:
    desk = new_desk(ZOOMLINK_HOSTS=ONE)
    if state is LinkState.PARKED:
        zoom_sandbox.fail("429-host-daily", route="meetings.create", nth=1)
    link = desk.create("Piano", start=AT, allow_overlap=True)  # nobody looked
    foreign = by_hand(ONE, AT + 3 * HOUR)
    with pytest.raises(NoHostError) as refused:
        desk.update(link, start=AT + 3 * HOUR)
    assert [one.meeting_id for one in refused.value.busy] == [foreign.id]
    assert (link.state, desk.get(link)) == (state, link)
    assert desk.update(link, start=AT + 3 * HOUR, allow_overlap=True).start_time == AT + 3 * HOUR


@pytest.mark.parametrize("state", [LinkState.READY, LinkState.PARKED])
def test_a_new_host_is_looked_at_in_zoom_too(new_desk: Callable[..., Any], zoom_sandbox: Any, state: LinkState) -> None:
    desk = new_desk(ZOOMLINK_HOSTS=ONE)
    if state is LinkState.PARKED:
        zoom_sandbox.fail("429-host-daily", route="meetings.create", nth=1)
    link = desk.create("Piano", start=AT)
    by_hand(TWO, AT)
    with pytest.raises(NoHostError):
        desk.update(link, host=TWO)
    assert (link.state, desk.get(link)) == (state, link)


def test_a_new_topic_asks_for_no_list(new_desk: Callable[..., Any], zoom_sandbox: Any) -> None:
    desk = new_desk(ZOOMLINK_HOSTS=ONE)
    link = desk.create("Piano", start=AT, allow_overlap=True)
    desk.update(link, topic="Guitar")
    assert asked(zoom_sandbox, f"/v2/users/{ONE}/meetings") == 1  # the create


# -- hosts that are not there, and answers that do not come ------------------------------------------------------------

GONE = "gone@sandbox.example"


def test_a_host_that_does_not_exist_leaves_the_choice(new_desk: Callable[..., Any]) -> None:
    desk = new_desk(ZOOMLINK_HOSTS=f"{GONE},{ONE}")
    for at in range(2):
        link = desk.create("Piano", start=AT + at * HOUR)
        assert (link.state, link.host) == (LinkState.READY, ONE)
        assert [GONE in words for words in link.warnings] == [True]
    assert desk.availability(start=AT + 5 * HOUR).hosts == (ONE,)
    with pytest.raises(NoHostError) as refused:
        desk.create("Guitar", start=AT)
    assert [one.host for one in refused.value.busy] == [ONE]


def test_where_nobody_else_is_there_the_host_that_does_not_exist_is_named(new_desk: Callable[..., Any]) -> None:
    desk = new_desk(ZOOMLINK_HOSTS=GONE)
    for _ in range(2):
        with pytest.raises(NotFoundError):
            desk.create("Piano", start=AT, key="piano")
    assert desk.find("piano").state is LinkState.REFUSED
    assert desk.availability(start=AT).hosts == ()


@pytest.mark.parametrize("route", [["users.get"], ["meetings.list"], ["users.get", "meetings.list"]])
def test_all_looks_together_keep_to_the_time_the_caller_has(
    new_desk: Callable[..., Any], zoom_sandbox: Any, route: list[str]
) -> None:
    desk = new_desk(ZOOMLINK_HOSTS=f"{ONE},{TWO},me")
    for host in (ONE, TWO):
        by_hand(host, AT)
    zoom_sandbox.fail("hang-before-commit", route=route, seconds=60)
    began = time.monotonic()
    link = desk.create("Piano", start=AT, wait=2)
    assert (link.state, time.monotonic() - began < 8) == (LinkState.READY, True)


# -- scheduled for somebody else ---------------------------------------------------------------------------------------


def test_room_is_taken_of_whom_it_is_scheduled_for(new_desk: Callable[..., Any], zoom_sandbox: Any) -> None:
    let_schedule(zoom_sandbox, OWNER, ONE)
    desk = new_desk()
    first = desk.create("Piano", start=AT, host=OWNER, schedule_for=ONE)
    assert (first.state, zoom_sandbox.ledger[-1]["host"]) == (LinkState.READY, ONE)
    assert desk.create("Guitar", start=AT, host=OWNER).state is LinkState.READY
    with pytest.raises(NoHostError):
        desk.create("Drums", start=AT, host=ONE)
    with pytest.raises(NoHostError) as refused:
        desk.create("Drums", start=AT, host=OWNER, schedule_for=ONE)
    assert [(one.host, one.link) for one in refused.value.busy] == [(ONE, first.id)]
    later = desk.create("Drums", start=AT + HOUR, host=ONE)
    with pytest.raises(NoHostError):
        desk.update(first, start=AT + HOUR)
    assert desk.update(first, start=AT + 2 * HOUR).start_time == AT + 2 * HOUR
    assert [one.start for host in desk.hosts([ONE], AT, AT + 5 * HOUR) for one in host.busy] == [
        later.start_time,
        AT + 2 * HOUR,
    ]


# -- occurrences that were moved in Zoom -------------------------------------------------------------------------------


def test_a_series_that_is_taken_in_is_booked_on_its_dates_as_zoom_has_them(new_desk: Callable[..., Any]) -> None:
    desk = new_desk(ZOOMLINK_HOSTS=ONE)
    with ZoomClient.from_env() as zoom:
        series = zoom.meetings.create(
            ONE, topic="Choir", start=AT, timezone="UTC", duration=60, recurrence=Recurrence.daily(count=3)
        )
        zoom.meetings.update(series.id or 0, occurrence=series.occurrences[1].id, start=AT + 29 * HOUR, timezone="UTC")
    assert desk.adopt(series.id).state is LinkState.READY
    found = desk.hosts(None, AT, AT + 100 * HOUR)[0].busy
    assert [(one.start, one.topic) for one in found] == [(AT + at * HOUR, "Choir") for at in (0, 29, 48)]
    with pytest.raises(NoHostError):
        desk.create("Piano", start=AT + 29 * HOUR)
    assert desk.create("Piano", start=AT + 24 * HOUR).state is LinkState.READY


def test_a_changed_series_is_booked_on_its_dates_as_zoom_has_them(new_desk: Callable[..., Any]) -> None:
    desk = new_desk(ZOOMLINK_HOSTS=ONE)
    link = desk.create("Choir", start=AT, timezone="UTC", recurrence=Recurrence.daily(count=3))
    with ZoomClient.from_env() as zoom:
        series = zoom.meetings.get(link.meeting_id)
        zoom.meetings.update(series.id or 0, occurrence=series.occurrences[1].id, start=AT + 29 * HOUR, timezone="UTC")
    desk.update(link, topic="The choir")
    found = desk.hosts(None, AT, AT + 100 * HOUR)[0].busy
    assert [(one.start, one.topic) for one in found] == [(AT + at * HOUR, "The choir") for at in (0, 29, 48)]
