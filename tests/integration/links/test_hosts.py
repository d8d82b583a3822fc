"""A link goes to a host that is free, and a refusal says who is busy, with what, and when somebody is free."""

from __future__ import annotations

import json
import threading
import urllib.request
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest

from zoomlink import (
    LinkDesk,
    LinkState,
    NoHostError,
    PermissionDeniedError,
    Recurrence,
    ServerError,
    Settings,
    ZoomClient,
    ZoomLinkError,
)

if TYPE_CHECKING:
    from collections.abc import Callable

ONE, TWO = "host1@sandbox.example", "host2@sandbox.example"
POOL = f"{ONE},{TWO}"
AT = datetime(2031, 12, 1, 10, tzinfo=UTC)
HOUR = timedelta(hours=1)


@pytest.fixture
def pool(new_desk: Callable[..., Any]) -> Any:
    """A desk with two hosts."""
    return new_desk(ZOOMLINK_HOSTS=POOL)


def test_links_at_the_same_time_go_to_different_hosts(pool: Any) -> None:
    assert {pool.create("Piano", start=AT).host for _ in range(2)} == {ONE, TWO}


def test_when_none_is_free_nothing_is_stored_and_the_refusal_helps(pool: Any, zoom_sandbox: Any) -> None:
    first, second = (pool.create("Piano", start=AT + at * HOUR / 2, key=f"b{at}") for at in (0, 1))
    with pytest.raises(NoHostError) as refused:
        pool.create("Guitar", start=AT + HOUR / 2, duration=45, key="b3")
    error = refused.value
    assert {(one.host, one.link, one.start, one.end) for one in error.busy} == {
        (first.host, first.id, AT, AT + HOUR),
        (second.host, second.id, AT + HOUR / 2, AT + HOUR * 3 / 2),
    }
    assert (error.next_free, error.slug, len(zoom_sandbox.ledger)) == (AT + HOUR, "no-host", 2)
    assert f"{first.host} has “Piano” until 2031-12-01 11:00 UTC" in str(error)
    assert pool.find("b3") is None
    assert pool.create("Guitar", start=error.next_free, duration=45, key="b3").host == first.host


def test_back_to_back_is_free_and_a_buffer_is_kept(new_desk: Callable[..., Any]) -> None:
    desk = new_desk(ZOOMLINK_HOSTS=ONE)
    desk.create("Piano", start=AT)
    assert desk.create("Piano", start=AT + HOUR).host == ONE
    careful = new_desk(ZOOMLINK_HOSTS=ONE, ZOOMLINK_BUFFER="10")
    with pytest.raises(NoHostError) as refused:
        careful.create("Piano", start=AT + 2 * HOUR)
    assert refused.value.next_free == AT + 2 * HOUR + timedelta(minutes=10)


def test_a_host_with_room_for_two_takes_two_at_any_instant(new_desk: Callable[..., Any]) -> None:
    desk = new_desk(ZOOMLINK_HOSTS=f"{ONE}:2")
    long = desk.create("Day", start=AT, duration=240)
    # one after the other inside the long one: at no instant more than two
    shorts = [desk.create("Hour", start=AT + at * HOUR) for at in range(4)]
    assert {link.host for link in (long, *shorts)} == {ONE}
    with pytest.raises(NoHostError):
        desk.create("Third", start=AT + HOUR / 2, duration=30)


def test_an_overlap_is_made_where_it_is_allowed(new_desk: Callable[..., Any]) -> None:
    desk = new_desk(ZOOMLINK_HOSTS=ONE)
    assert [desk.create("Piano", start=AT, allow_overlap=True).host for _ in range(2)] == [ONE, ONE]


def test_a_meeting_that_is_none_of_ours_counts_as_busy(pool: Any, zoom_sandbox: Any) -> None:
    with ZoomClient.from_env() as zoom:
        foreign = zoom.meetings.create(ONE, topic="Made by hand", start=AT, duration=60)
    assert pool.create("Piano", start=AT + HOUR / 2).host == TWO
    with pytest.raises(NoHostError) as refused:
        pool.create("Guitar", start=AT + HOUR / 2)
    assert [(one.host, one.meeting_id, one.link) for one in refused.value.busy if one.host == ONE] == [
        (ONE, foreign.id, None)
    ]


def test_a_list_that_cannot_be_had_is_a_warning_and_no_hindrance(pool: Any, zoom_sandbox: Any) -> None:
    zoom_sandbox.fail("503-before-commit", route="meetings.list")
    link = pool.create("Piano", start=AT)
    assert link.state is LinkState.READY
    assert link.warnings[0].startswith(f"Meetings of {link.host} that were made elsewhere were not considered:")
    before = len(zoom_sandbox.requests)
    assert pool.create("Piano", start=AT + HOUR).state is LinkState.READY  # and is not asked for again at once
    assert [one["path"] for one in zoom_sandbox.requests[before:]].count(f"/v2/users/{link.host}/meetings") <= 1


def test_a_list_is_asked_for_once_in_a_while(pool: Any, zoom_sandbox: Any) -> None:
    for at in range(4):
        for _ in range(2):
            pool.create("Piano", start=AT + at * HOUR)
    lists = [one["path"] for one in zoom_sandbox.requests if one["method"] == "GET"]
    assert sorted(path for path in lists if path.endswith("/meetings")) == [
        f"/v2/users/{host}/meetings" for host in (ONE, TWO)
    ]


def test_a_cancelled_or_refused_link_frees_its_time_and_a_parked_one_keeps_it(
    new_desk: Callable[..., Any], zoom_sandbox: Any
) -> None:
    desk = new_desk(ZOOMLINK_HOSTS=ONE)
    desk.cancel(desk.create("Piano", start=AT))
    zoom_sandbox.fail("429-host-daily", route="meetings.create", nth=1)
    parked = desk.create("Piano", start=AT)
    assert parked.state is LinkState.PARKED
    with pytest.raises(NoHostError):
        desk.create("Guitar", start=AT)
    desk.cancel(parked)
    assert desk.create("Guitar", start=AT).state is LinkState.READY


def test_a_new_time_is_checked_and_the_old_one_is_free_again(new_desk: Callable[..., Any]) -> None:
    desk = new_desk(ZOOMLINK_HOSTS=ONE)
    first, second = desk.create("Piano", start=AT), desk.create("Guitar", start=AT + HOUR)
    with pytest.raises(NoHostError) as refused:
        desk.update(second, start=AT + HOUR / 2)
    assert ([one.link for one in refused.value.busy], desk.get(second)) == ([first.id], second)
    assert desk.update(second, start=AT + HOUR / 2, allow_overlap=True).start_time == AT + HOUR / 2
    moved = desk.update(second, start=AT + 3 * HOUR)
    assert moved.start_time == AT + 3 * HOUR
    assert desk.update(first, duration=120).duration == 120
    with pytest.raises(NoHostError):
        desk.create("Drums", start=AT + HOUR)
    assert desk.create("Drums", start=AT + 2 * HOUR).state is LinkState.READY


def test_a_change_that_zoom_refuses_gives_the_new_time_back(new_desk: Callable[..., Any], zoom_sandbox: Any) -> None:
    desk = new_desk(ZOOMLINK_HOSTS=ONE)
    link = desk.create("Piano", start=AT)
    zoom_sandbox.fail("429-host-daily", route="meetings.update", nth=1)
    with pytest.raises(Exception, match="day"):
        desk.update(link, start=AT + 5 * HOUR)
    assert desk.create("Guitar", start=AT + 5 * HOUR).state is LinkState.READY
    with pytest.raises(NoHostError):
        desk.create("Drums", start=AT)


def test_a_series_needs_its_host_on_every_date_also_when_the_clocks_change(new_desk: Callable[..., Any]) -> None:
    desk = new_desk(ZOOMLINK_HOSTS=ONE)
    # 18:00 in Lisbon is 17:00 UTC before and 18:00 UTC after 26 October
    desk.create("Clash", start="2031-11-04T18:30Z")
    with pytest.raises(NoHostError) as refused:
        desk.create(
            "Choir", start="2031-10-21 18:00", timezone="Europe/Lisbon", recurrence=Recurrence.weekly("tue", count=3)
        )
    assert (len(refused.value.busy), refused.value.next_free) == (1, None)
    desk.create("Free", start="2031-11-04T17:00Z")
    choir = desk.create(
        "Choir", start="2031-10-21 19:30", timezone="Europe/Lisbon", recurrence=Recurrence.weekly("tue", count=3)
    )
    assert choir.state is LinkState.READY
    with pytest.raises(NoHostError):
        desk.create("On its third date", start="2031-11-04T19:45Z")


def test_longer_than_forty_minutes_a_licensed_host_is_taken(new_desk: Callable[..., Any], zoom_sandbox: Any) -> None:
    body = b'{"type": 1}'
    url = f"{zoom_sandbox.url}/_sandbox/users/{ONE}"
    urllib.request.urlopen(urllib.request.Request(url, data=body, method="PATCH")).close()
    desk = new_desk(ZOOMLINK_HOSTS=POOL)
    assert desk.create("Long", start=AT, duration=60).host == TWO
    assert desk.create("Short", start=AT, duration=40).host == ONE


def test_a_lost_answer_keeps_the_time_and_is_not_counted_twice(new_desk: Callable[..., Any], zoom_sandbox: Any) -> None:
    desk = new_desk(ZOOMLINK_HOSTS=f"{ONE}:2")
    zoom_sandbox.fail("reset-after-commit", route="meetings.create", nth=1)
    assert desk.create("Piano", start=AT).state is LinkState.READY
    assert desk.create("Guitar", start=AT).state is LinkState.READY
    with pytest.raises(NoHostError):
        desk.create("Drums", start=AT)


def test_many_threads_never_book_a_host_twice(environ: dict[str, str], zoom_sandbox: Any) -> None:
    settings = Settings.from_env({**environ, "ZOOMLINK_HOSTS": f"{ONE},{TWO}:2"})
    starts = [(number * 7 % 16) * 15 for number in range(60)]
    made: list[Any] = []
    refused: list[Any] = []
    with LinkDesk(settings) as desk:

        def book(number: int) -> None:
            start = AT + timedelta(minutes=starts[number])
            try:
                made.append(desk.create(f"Lesson {number}", start=start, duration=45))
            except NoHostError as error:
                refused.append(error)

        threads = [threading.Thread(target=book, args=(number,)) for number in range(60)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    assert len(made) + len(refused) == 60
    assert refused
    for host, capacity in ((ONE, 1), (TWO, 2)):
        taken = [link.start_time for link in made if link.host == host]
        for moment in taken:
            assert sum(start <= moment < start + timedelta(minutes=45) for start in taken) <= capacity


def test_the_pool_is_surveyed_with_what_each_host_is_busy_with(pool: Any, zoom_sandbox: Any) -> None:
    link = pool.create("Piano", start=AT)
    with ZoomClient.from_env() as zoom:
        foreign = zoom.meetings.create(TWO, topic="Made by hand", start=AT + HOUR, duration=30)
    other = next(host for host in (ONE, TWO) if host != link.host)
    found = {one.host: one for one in pool.hosts(None, AT - HOUR, AT + 5 * HOUR)}
    assert [(one.topic, one.link, one.start) for one in found[ONE].busy] == [("Piano", link.id, AT)]
    assert [(one.topic, one.meeting_id) for one in found[TWO].busy] == [(None, foreign.id)]
    assert (found[other].capacity, found[other].writes_left) == (1, None)


def test_who_is_free_is_said_without_storing_anything(pool: Any) -> None:
    assert pool.availability(start=AT).hosts == (ONE, TWO)
    pool.create("Piano", start=AT, host=ONE)
    assert pool.availability(start=AT + HOUR / 2).hosts == (TWO,)
    pool.create("Piano", start=AT, host=TWO, duration=90)
    found = pool.availability(start=AT + HOUR / 2, duration=30)
    assert (found.hosts, found.next_free, {one.topic for one in found.busy}) == ((), AT + HOUR, {"Piano"})
    assert pool.counts() == {"ready": 2}


def test_a_link_moves_to_another_host_only_when_it_is_asked_to(pool: Any, zoom_sandbox: Any) -> None:
    link = pool.create("Piano", start=AT, host=ONE)
    pool.create("Guitar", start=AT + HOUR, host=ONE)
    with pytest.raises(NoHostError):
        pool.update(link, start=AT + HOUR)
    with pytest.raises(PermissionDeniedError):  # neither may schedule for the other
        pool.update(link, start=AT + HOUR, host=TWO)
    for one, other in ((ONE, TWO), (TWO, ONE)):
        body = json.dumps({"schedules_for": [other]}).encode()
        url = f"{zoom_sandbox.url}/_sandbox/users/{one}"
        urllib.request.urlopen(urllib.request.Request(url, data=body, method="PATCH")).close()
    moved = pool.update(link, start=AT + HOUR, host=TWO)
    assert (moved.host, moved.start_time, moved.join_url) == (TWO, AT + HOUR, link.join_url)
    assert zoom_sandbox.ledger[-1]["host"] == TWO
    assert pool.create("Drums", start=AT, host=ONE).host == ONE  # its old place is free
    with pytest.raises(NoHostError):
        pool.create("Drums", start=AT + HOUR, host=TWO)
    assert pool.update(moved, host=ONE, allow_overlap=True).host == ONE


def test_a_parked_link_moves_to_another_host(pool: Any, zoom_sandbox: Any) -> None:
    zoom_sandbox.fail("429-host-daily", route="meetings.create", nth=1)
    link = pool.create("Piano", start=AT, host=ONE)
    assert link.state is LinkState.PARKED
    assert (pool.update(link, host=TWO).host, pool.create("Guitar", start=AT, host=ONE).host) == (TWO, ONE)
    with pytest.raises(NoHostError):
        pool.create("Drums", start=AT, host=TWO)


def test_a_link_in_doubt_stays_with_its_host_until_the_watch_is_over(pool: Any, zoom_sandbox: Any) -> None:
    zoom_sandbox.fail("reset-after-commit", route="meetings.create", nth=1)
    link = pool.create("Piano", start=AT, host=ONE)
    with pytest.raises(ZoomLinkError, match="may turn up at its host yet"):
        pool.update(link, host=TWO)
    assert pool.update(link, topic="Piano, moved").host == ONE


def test_a_refusal_tells_times_by_the_caller_s_clocks_and_names_the_pause_between(
    new_desk: Callable[..., Any],
) -> None:
    desk = new_desk(ZOOMLINK_BUFFER="30")
    desk.create("Piano", start="2031-12-01T18:24", timezone="America/Sao_Paulo", host="host1@sandbox.example")
    with pytest.raises(NoHostError) as refused:
        desk.create("Guitar", start="2031-12-01T19:30", timezone="America/Sao_Paulo", host="host1@sandbox.example")
    assert refused.value.message == (
        "host1@sandbox.example is not free then: host1@sandbox.example has “Piano” until 2031-12-01 19:24 "
        "(America/Sao_Paulo); 30 minutes stay free between meetings."
    )
    assert refused.value.hint == (
        "The next free time is 2031-12-01 19:54 (America/Sao_Paulo). "
        "Choose another time or host, or allow the overlap: --allow-overlap, allow_overlap=True."
    )


def test_a_change_that_zoom_could_not_take_stays_asked_for(desk: Any, zoom_sandbox: Any) -> None:
    link = desk.create("Piano", start="2031-12-01T18:24Z", host="host1@sandbox.example")
    zoom_sandbox.fail("500-before-commit", route="meetings.delete")
    with pytest.raises(ServerError, match="could not deal with the request") as failed:
        desk.cancel(link)
    assert str(failed.value.hint).endswith("It stays asked for: zoomlink settle goes on with it.")
