"""What people do in Zoom itself reaches the links and the pool, and is never changed back."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest
from tests.integration.webhooks.conftest import ONE, SECRET, TWO, Site

from zoomlink import LinkState, NoHostError, Secret, ServerError, ZoomClient
from zoomlink.client.http import HTTPSender
from zoomlink.webhooks.guide import try_address

if TYPE_CHECKING:
    from zoomlink import Link

AT = datetime(2031, 12, 1, 18, 24, tzinfo=UTC)
HOUR = timedelta(hours=1)


def number(link: Link) -> int:
    assert link.meeting_id is not None
    return link.meeting_id


def names(events: list[Any]) -> list[str]:
    return [event.name for event in events]


def test_the_address_is_validated_and_gets_events(site: Site) -> None:
    assert [one["state"] for one in site.told()["subscriptions"]] == ["valid"]
    site.desk.create("Piano", start=AT, host=ONE)
    assert names(site.work()) == ["meeting.created"]
    assert [one["state"] for one in site.told()["deliveries"]] == ["delivered"]
    assert site.work() == []


def test_a_meeting_that_was_deleted_in_zoom_takes_its_link_along_and_frees_its_host(
    site: Site, zoom: ZoomClient
) -> None:
    link = site.desk.create("Piano", start=AT, host=ONE, key="b1")
    zoom.meetings.delete(number(link))
    assert names(site.work()) == ["meeting.created", "meeting.deleted"]
    after = site.desk.get(link.id)
    assert (after.state, after.join_url) == (LinkState.DELETED, None)
    assert site.desk.create("Guitar", start=AT, host=ONE).state is LinkState.READY
    assert site.desk.create("Piano", start=AT, host=ONE, key="b1").state is LinkState.DELETED  # never made anew


def test_a_meeting_that_comes_back_brings_its_link_back(site: Site, zoom: ZoomClient) -> None:
    link = site.desk.create("Piano", start=AT, host=ONE)
    zoom.meetings.delete(number(link))
    site.work()
    zoom.meetings.recover(number(link))
    assert names(site.work()) == ["meeting.recovered"]
    after = site.desk.get(link.id)
    assert (after.state, after.join_url, after.meeting_id) == (LinkState.READY, link.join_url, link.meeting_id)
    with pytest.raises(NoHostError):
        site.desk.create("Guitar", start=AT, host=ONE)


def test_a_changed_meeting_is_followed_by_link_and_booking(site: Site, zoom: ZoomClient) -> None:
    link = site.desk.create("Piano", start=AT, timezone="UTC", host=ONE, passcode="abc123", agenda="Bring the notes")
    zoom.meetings.update(
        number(link),
        topic="Piano, moved",
        start=AT + 2 * HOUR,
        timezone="America/Sao_Paulo",
        duration=90,
        passcode="xyz789",
        agenda="Bring nothing",
    )
    site.work()
    after = site.desk.get(link.id)
    assert (after.topic, after.start_time, after.duration, after.timezone, after.passcode, after.agenda) == (
        "Piano, moved",
        AT + 2 * HOUR,
        90,
        "America/Sao_Paulo",
        "xyz789",
        "Bring nothing",
    )
    assert after.sequence == link.sequence + 1
    lines = [one.words for one in site.desk.history(link.id)]
    assert lines[-1] == "Changed in Zoom: agenda, duration, join_url, passcode, start, timezone, topic."
    assert site.desk.create("Before", start=AT, duration=120, host=ONE).state is LinkState.READY
    with pytest.raises(NoHostError):
        site.desk.create("Within", start=AT + 3 * HOUR, duration=15, host=ONE)


def test_what_a_person_changed_is_not_changed_back(site: Site, zoom: ZoomClient) -> None:
    link = site.desk.create("Piano", start=AT, host=ONE, key="b1")
    zoom.meetings.update(number(link), topic="By hand", duration=45)
    site.work()
    again = site.desk.create("Piano", start=AT, host=ONE, key="b1")  # the very same request
    site.desk.settle()
    site.work()
    site.desk.update(link.id, agenda="Bring the notes")
    site.work()
    found = zoom.meetings.get(number(link))
    assert (again.id, again.topic, found.topic, found.duration) == (link.id, "By hand", "By hand", 45)
    assert site.desk.get(link.id).agenda == "Bring the notes"


def test_our_own_changes_and_cancellations_come_back_as_events_and_change_nothing(site: Site) -> None:
    link = site.desk.create("Piano", start=AT, host=ONE)
    changed = site.desk.update(link.id, topic="Guitar", start=AT + HOUR)
    assert names(site.work()) == ["meeting.created", "meeting.updated"]
    assert site.desk.get(link.id) == changed
    gone = site.desk.cancel(link.id)
    assert names(site.work()) == ["meeting.deleted"]
    assert site.desk.get(link.id) == gone


def test_a_change_that_waits_is_not_disturbed(site: Site, zoom: ZoomClient) -> None:
    link = site.desk.create("Piano", start=AT, host=ONE)
    site.work()
    site.sandbox.fail("503-before-commit", route="meetings.update")
    with pytest.raises(Exception, match="It stays asked for"):
        site.desk.update(link.id, topic="Guitar")
    site.control("DELETE", "faults")
    zoom.meetings.update(number(link), duration=30)
    assert names(site.work()) == ["meeting.updated"]
    assert site.desk.get(link.id).topic == "Piano"
    site.desk.settle()
    after = site.desk.get(link.id)
    assert (after.topic, after.duration) == ("Guitar", 30)


def test_a_cancellation_that_waits_stays_one_though_the_meeting_is_gone_already(site: Site, zoom: ZoomClient) -> None:
    link = site.desk.create("Piano", start=AT, host=ONE)
    site.sandbox.fail("503-before-commit", route="meetings.delete", nth=1)
    with pytest.raises(ServerError):
        site.desk.cancel(link.id)
    zoom.meetings.delete(number(link))
    assert names(site.work()) == ["meeting.created", "meeting.deleted"]
    assert site.desk.get(link.id).state is LinkState.READY
    site.desk.settle()
    assert site.desk.get(link.id).state is LinkState.CANCELLED


def test_a_cancelled_link_is_brought_back_by_word_of_a_recovery_alone(site: Site, zoom: ZoomClient) -> None:
    link = site.desk.create("Piano", start=AT, host=ONE)
    site.desk.cancel(link.id)
    site.work()
    site.control("PATCH", "webhooks/1", hold=True)
    zoom.meetings.recover(number(link))  # nobody hears of it yet
    said = {"account_id": "sandbox-account", "object": {"id": link.meeting_id}}
    late = ("meeting.deleted", "meeting.updated", "meeting.ended", "meeting.created")
    for name in late:
        site.control("POST", "webhooks/deliver", event=name, payload=said)
    assert sorted(names(site.work())) == sorted(late)
    assert site.desk.get(link.id).state is LinkState.CANCELLED
    site.control("PATCH", "webhooks/1", hold=False)
    assert names(site.work()) == ["meeting.recovered"]
    assert site.desk.get(link.id).state is LinkState.READY


def test_a_meeting_that_came_back_was_seen_and_went_again_keeps_nobody_busy(site: Site, zoom: ZoomClient) -> None:
    link = site.desk.create("Piano", start=AT, host=ONE)
    zoom.meetings.delete(number(link))
    site.work()
    site.control("PATCH", "webhooks/1", events=["meeting.created", "meeting.deleted"])
    zoom.meetings.recover(number(link))  # which nobody is told of
    made = zoom.meetings.create(ONE, topic="By hand", start=AT + 5 * HOUR)
    site.work()
    with pytest.raises(NoHostError):
        site.desk.create("Guitar", start=AT, host=ONE)  # the list shows it
    zoom.meetings.delete(number(link))
    assert names(site.work()) == ["meeting.deleted"]
    assert site.desk.create("Guitar", start=AT, host=ONE).state is LinkState.READY
    assert made.id is not None


def test_a_personal_room_is_not_taken_for_a_meeting_of_its_own(site: Site) -> None:
    link = site.desk.create("In my room", start=AT, host=ONE, settings={"use_pmi": True})
    site.work()
    before = site.desk.get(link.id)
    said = {"account_id": "sandbox-account", "object": {"id": link.meeting_id}}
    site.control("POST", "webhooks/deliver", event="meeting.updated", payload=said)
    assert names(site.work()) == ["meeting.updated"]
    assert site.desk.get(link.id) == before


def test_what_was_erased_does_not_come_back(site: Site, zoom: ZoomClient) -> None:
    link = site.desk.create("With Ana", start=AT, host=ONE)
    site.desk.erase("With Ana")
    zoom.meetings.update(number(link), topic="With Ana again", start=AT + HOUR)
    site.work()
    after = site.desk.get(link.id)
    assert (after.topic, after.agenda, after.start_time) == ("", None, AT + HOUR)
    zoom.meetings.delete(number(link))
    site.work()
    assert site.desk.get(link.id).state is LinkState.DELETED


def test_a_meeting_that_was_made_by_hand_keeps_its_host_busy_at_once(site: Site, zoom: ZoomClient) -> None:
    site.desk.create("First", start=AT - HOUR, host=ONE)  # the list was looked at now
    made = zoom.meetings.create(ONE, topic="By hand", start=AT, duration=60)
    site.work()
    with pytest.raises(NoHostError):
        site.desk.create("Guitar", start=AT, host=ONE)
    assert made.id is not None
    zoom.meetings.update(made.id, start=AT + 5 * HOUR)
    site.work()
    assert site.desk.create("Guitar", start=AT, host=ONE).state is LinkState.READY
    zoom.meetings.delete(made.id)
    site.work()
    assert site.desk.create("Violin", start=AT + 5 * HOUR, host=ONE).state is LinkState.READY


def test_a_list_is_asked_for_again_only_of_the_host_whose_meeting_changed(site: Site, zoom: ZoomClient) -> None:
    for host in (ONE, TWO):
        site.desk.create("First", start=AT, host=host)
    zoom.meetings.create(ONE, topic="By hand", start=AT + HOUR, duration=60)
    site.work()
    site.control("DELETE", "requests")
    site.desk.create("Second", start=AT + 3 * HOUR, host=TWO)
    asked = [one["path"] for one in site.control("GET", "requests")["requests"] if one["method"] == "GET"]
    assert asked == []
    site.desk.create("Second", start=AT + 3 * HOUR, host=ONE)
    asked = [one["path"] for one in site.control("GET", "requests")["requests"] if one["method"] == "GET"]
    assert [path.split("?")[0] for path in asked] == [f"/v2/users/{ONE}/meetings"]


def test_a_link_whose_answer_was_lost_is_settled_as_soon_as_zoom_tells_of_its_meeting(site: Site) -> None:
    site.sandbox.fail("reset-after-commit", route="meetings.create", nth=1)
    site.sandbox.fail("503-before-commit", route="meetings.list")
    link = site.desk.create("Piano", start=AT, host=ONE, wait=0)
    assert link.state is LinkState.UNKNOWN
    for _ in range(3):
        site.desk.settle()  # in vain
    site.control("DELETE", "faults")
    assert site.desk.settle() == []  # it is not due for a while
    site.work()
    assert [one.state for one in site.desk.settle()] == [LinkState.READY]
    assert len(site.sandbox.ledger) == 1


def test_events_that_move_nothing_are_kept_and_done(site: Site) -> None:
    link = site.desk.create("Piano", start=AT, host=ONE)
    site.work()
    site.control("DELETE", "requests")
    for name in ("meeting.participant_joined", "user.created", "something.new"):
        payload = {"account_id": "sandbox-account", "object": {"id": str(link.meeting_id)}}
        site.control("POST", "webhooks/deliver", event=name, payload=payload)
    assert sorted(names(site.work())) == ["meeting.participant_joined", "something.new", "user.created"]
    assert site.control("GET", "requests")["requests"] == []


def test_an_address_is_tried_as_zoom_would(site: Site) -> None:
    sender = HTTPSender()
    found = try_address(site.url, Secret(SECRET), sender, now=int(datetime.now(UTC).timestamp()))
    sender.close()
    assert [one for one in found if not one.good] == []
    assert site.work() == []
