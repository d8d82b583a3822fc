"""The life of a link, at a desk over the sandbox: made once, found again, changed, cancelled, taken in, forgotten."""

from __future__ import annotations

import sqlite3
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import TYPE_CHECKING, Any

import pytest

from zoomlink import (
    AuthenticationError,
    InvalidInputError,
    InvalidRequestError,
    LinkState,
    NotFoundError,
    Recurrence,
    ZoomClient,
    ZoomLinkError,
)

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

LESSON: dict[str, Any] = {"start": "2031-12-01T18:24", "timezone": "America/Sao_Paulo"}
LATER: dict[str, Any] = {**LESSON, "start": "2031-12-01T20:24"}


def alive(zoom_sandbox: Any) -> dict[int, str]:
    """The meetings that exist: id → topic."""
    found: dict[int, str] = {}
    for commit in zoom_sandbox.ledger:
        if commit["action"] == "delete":
            found.pop(commit["meeting_id"], None)
        else:
            found[commit["meeting_id"]] = commit["topic"]
    return found


def events(desk: Any, link: Any) -> list[str]:
    return [event.event for event in desk.history(link)]


# Keys -----------------------------------------------------------------------------------------------------------------


def test_the_same_key_and_request_give_the_same_link_for_ever(desk: Any, zoom_sandbox: Any) -> None:
    first = desk.create("Piano", **LESSON, key="b1")
    assert desk.create("Piano", **LESSON, key="b1") == first
    assert (first.state, len(zoom_sandbox.ledger)) == (LinkState.READY, 1)


def test_a_repeated_key_asks_zoom_for_nothing_not_even_a_token(new_desk: Callable[..., Any], zoom_sandbox: Any) -> None:
    first = new_desk().create("Piano", **LESSON, key="b1")
    before = len(zoom_sandbox.requests)
    assert new_desk().create("Piano", **LESSON, key="b1") == first
    assert len(zoom_sandbox.requests) == before


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"topic": "Guitar"}, "topic"),
        ({"start": "2031-12-01T18:25"}, "start"),
        ({"timezone": "America/Bahia"}, "timezone"),
        ({"duration": 30}, "duration"),
        ({"passcode": "abc123"}, "passcode"),
        ({"agenda": "Bring a guitar"}, "agenda"),
        ({"host": "host1@sandbox.example"}, "host"),
        ({"settings": {"waiting_room": True}}, "settings"),
    ],
)
def test_the_same_key_with_another_request_is_refused_and_the_difference_named(
    desk: Any, zoom_sandbox: Any, change: dict[str, Any], field: str
) -> None:
    desk.create("Piano", **LESSON, key="b1")
    wanted = {"topic": "Piano", **LESSON, **change}
    with pytest.raises(InvalidInputError) as refused:
        desk.create(wanted.pop("topic"), **wanted, key="b1")
    assert (refused.value.slug, refused.value.field, len(zoom_sandbox.ledger)) == ("key-reused", field, 1)


def test_me_and_the_owner_s_address_are_one_host(desk: Any) -> None:
    first = desk.create("Piano", **LESSON, host="me", key="b1")
    assert first.host == "owner@sandbox.example"
    assert desk.create("Piano", **LESSON, host="Owner@Sandbox.example", key="b1") == first
    assert desk.create("Piano", **LESSON, key="b1") == first


def test_now_said_again_a_minute_later_is_the_same_request(desk: Any) -> None:
    assert desk.create("Piano", start="now", key="b1").id == desk.create("Piano", start="now", key="b1").id


@pytest.mark.parametrize("key", ["", "two words", "x" * 256, "né", "a\nb", 7])
def test_a_key_that_has_not_the_form_of_one_is_refused(desk: Any, key: Any) -> None:
    with pytest.raises(InvalidInputError) as refused:
        desk.create("Piano", **LESSON, key=key)
    assert refused.value.field == "key"


def test_bad_input_stores_nothing_and_leaves_the_key_free(desk: Any, zoom_sandbox: Any) -> None:
    for wrong in ({"duration": 0}, {"start": "2021-12-01T18:24"}, {"agenda": "x" * 1990}):
        with pytest.raises(InvalidInputError):
            desk.create("Piano", **{**LESSON, **wrong}, key="b1")
    assert (desk.counts(), zoom_sandbox.ledger) == ({}, [])
    assert desk.create("Piano", **LESSON, key="b1").state is LinkState.READY


def test_wrong_credentials_store_nothing(new_desk: Callable[..., Any]) -> None:
    desk = new_desk(ZOOM_CLIENT_SECRET="wrong")
    with pytest.raises(AuthenticationError):
        desk.create("Piano", **LESSON, key="b1")
    assert desk.counts() == {}


def test_who_corrects_a_wrong_secret_does_not_wait(new_desk: Callable[..., Any]) -> None:
    with pytest.raises(AuthenticationError):
        new_desk(ZOOM_CLIENT_SECRET="wrong").create("Piano", **LESSON)
    assert new_desk().create("Piano", **LESSON).state is LinkState.READY


def test_a_refused_key_may_try_again_with_another_request(desk: Any, zoom_sandbox: Any) -> None:
    with pytest.raises(NotFoundError):
        desk.create("Piano", **LESSON, host="nobody@example.com", key="b1")
    refused = desk.find("b1")
    assert (refused.state, desk.counts()) == (LinkState.REFUSED, {"refused": 1})
    assert refused.problem.startswith("There is no such user in this Zoom account.")
    link = desk.create("Piano", **LESSON, key="b1")
    assert (link.state, link.id) == (LinkState.READY, refused.id)
    assert events(desk, link) == ["planned", "sending", "refused", "planned", "sending", "ready"]


def test_a_cancelled_key_is_never_made_anew(desk: Any, zoom_sandbox: Any) -> None:
    link = desk.create("Piano", **LESSON, key="b1")
    desk.cancel(link)
    again = desk.create("Piano", **LESSON, key="b1")
    assert (again.id, again.state, again.join_url, alive(zoom_sandbox)) == (link.id, LinkState.CANCELLED, None, {})


# What the meeting carries ---------------------------------------------------------------------------------------------


def test_the_marker_is_the_last_line_of_the_agenda_and_stays_on_update(
    new_desk: Callable[..., Any], zoom_sandbox: Any
) -> None:
    desk = new_desk()
    link = desk.create("Piano", **LESSON, agenda="Bring the blue book.", key="b1")
    first, _, marker = zoom_sandbox.ledger[0]["agenda"].rpartition("\n")
    assert (first, marker[:3], len(marker), link.agenda) == ("Bring the blue book.", "zl-", 21, first)
    assert (link.warnings, link.agenda) == ((), "Bring the blue book.")
    changed = desk.update(link, agenda="Bring the red book.")
    assert zoom_sandbox.ledger[-1]["agenda"] == f"Bring the red book.\n{marker}"
    assert (changed.warnings, changed.agenda) == ((), "Bring the red book.")


def test_without_a_marker_nothing_is_added(new_desk: Callable[..., Any], zoom_sandbox: Any) -> None:
    new_desk(ZOOMLINK_MARKER="off").create("Piano", **LESSON, agenda="Bring the blue book.")
    assert zoom_sandbox.ledger[0]["agenda"] == "Bring the blue book."


def test_no_secret_is_in_the_ledger_file(new_desk: Callable[..., Any], zoom_sandbox: Any, tmp_path: Path) -> None:
    desk = new_desk()
    link = desk.create("Piano", **LESSON)
    with ZoomClient.from_env() as zoom:
        start_url = zoom.meetings.start_url(link.meeting_id).reveal()
    token = desk.token()
    found = b"".join(path.read_bytes() for path in tmp_path.glob("ledger.db*"))
    assert link.id.encode() in found
    for secret in (zoom_sandbox.env["ZOOM_CLIENT_SECRET"], token.value.reveal(), "zak=", start_url[-20:]):
        assert secret.encode() not in found


# Lost answers ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "fault", ["reset-after-commit", "close-after-commit", "500-after-commit", "504-after-commit", "cut-body", "garbage"]
)
def test_a_meeting_whose_answer_was_lost_is_found_again(desk: Any, zoom_sandbox: Any, fault: str) -> None:
    zoom_sandbox.fail(fault, route="meetings.create", nth=1)
    link = desk.create("Piano", **LESSON, key="b1")
    assert (link.state, alive(zoom_sandbox)) == (LinkState.READY, {link.meeting_id: "Piano"})
    assert events(desk, link) == ["planned", "sending", "unknown", "adopted"]


@pytest.mark.parametrize("fault", ["reset-before-commit", "503-before-commit", "html-page"])
def test_a_meeting_that_was_not_made_is_made_anew_under_the_same_marker(
    desk: Any, zoom_sandbox: Any, fault: str
) -> None:
    zoom_sandbox.fail(fault, route="meetings.create", nth=1)
    link = desk.create("Piano", **LESSON, key="b1")
    assert (link.state, alive(zoom_sandbox)) == (LinkState.READY, {link.meeting_id: "Piano"})
    assert events(desk, link) == ["planned", "sending", "unknown", "not-found", "sending", "ready"]


def test_strict_does_not_make_it_anew_before_its_time(new_desk: Callable[..., Any], zoom_sandbox: Any) -> None:
    zoom_sandbox.fail("503-before-commit", route="meetings.create", nth=1)
    desk = new_desk(ZOOMLINK_SETTLE="strict")
    link = desk.create("Piano", **LESSON, key="b1", wait=1.5)
    assert (link.state, alive(zoom_sandbox), events(desk, link)) == (
        LinkState.UNKNOWN, {}, ["planned", "sending", "unknown"]
    )  # fmt: skip
    assert link.next_try_at is not None


def test_a_long_agenda_that_lists_cut_is_looked_at_whole(desk: Any, zoom_sandbox: Any) -> None:
    zoom_sandbox.fail("reset-after-commit", route="meetings.create", nth=1)
    link = desk.create("Piano", **LESSON, agenda="la " * 600)
    assert (link.state, len(zoom_sandbox.ledger)) == (LinkState.READY, 1)


@pytest.mark.parametrize("fault", ["agenda-stripped", "agenda-edited"])
@pytest.mark.parametrize("where", ["lists", "stored"])
def test_an_agenda_that_lost_its_marker_makes_no_second_link(
    desk: Any, zoom_sandbox: Any, fault: str, where: str
) -> None:
    zoom_sandbox.fail("reset-after-commit", route="meetings.create", nth=1)
    zoom_sandbox.fail(fault, where=where)
    link = desk.create("Piano", **LESSON, key="b1")
    assert link.state is LinkState.READY
    assert desk.create("Piano", **LESSON, key="b1").join_url == link.join_url


def test_without_a_marker_topic_and_time_find_it_again(new_desk: Callable[..., Any], zoom_sandbox: Any) -> None:
    zoom_sandbox.fail("reset-after-commit", route="meetings.create", nth=2)
    desk = new_desk(ZOOMLINK_MARKER="off")
    other = desk.create("Guitar", **LATER)
    link = desk.create("Piano", **LESSON)
    assert alive(zoom_sandbox) == {other.meeting_id: "Guitar", link.meeting_id: "Piano"}


def test_a_copy_that_a_person_made_is_neither_adopted_nor_removed(
    desk: Any, zoom_sandbox: Any, new_desk: Callable[..., Any]
) -> None:
    zoom_sandbox.fail("503-before-commit", route="meetings.create", nth=1)
    link = desk.create("Piano", **LESSON, key="b1")
    with ZoomClient.from_env() as zoom:
        agenda = zoom.meetings.get(link.meeting_id).agenda
        copy = zoom.meetings.create("me", topic="Piano, copied", agenda=agenda, **LESSON)
    settle_watch(desk)
    assert alive(zoom_sandbox) == {link.meeting_id: "Piano", copy.id: "Piano, copied"}
    assert desk.get(link).warnings == (
        f"Zoom has another meeting of this link, {copy.id}, which stays: somebody changed it.",
    )


def settle_watch(desk: Any) -> None:
    """Have the watch look at every link now, as if its time had come."""
    path = desk.settings.database.reveal().removeprefix("sqlite:///")
    with sqlite3.connect(path) as connection:
        connection.execute("UPDATE zoomlink_links SET due_at = 1 WHERE unsure_at IS NOT NULL")
    connection.close()
    desk.settle()


# Surplus --------------------------------------------------------------------------------------------------------------


def surplus(zoom_sandbox: Any, link: Any, **more: Any) -> int:
    """Make the meeting a link has already once more, as a late commit does. Returns its id."""
    with ZoomClient.from_env() as zoom:
        found = zoom.meetings.get(link.meeting_id)
        second = zoom.meetings.create(
            link.host, topic=link.topic, agenda=found.agenda, start=link.start_time, timezone=link.timezone, **more
        )
    assert second.id is not None
    return second.id


def unsure(desk: Any, zoom_sandbox: Any) -> Any:
    """A link whose answer was lost once."""
    zoom_sandbox.fail("reset-after-commit", route="meetings.create", nth=1)
    return desk.create("Piano", **LESSON, key="b1", host="host1@sandbox.example")


def test_a_surplus_meeting_is_removed_by_the_watch(desk: Any, zoom_sandbox: Any) -> None:
    link = unsure(desk, zoom_sandbox)
    second = surplus(zoom_sandbox, link)
    settle_watch(desk)
    assert alive(zoom_sandbox) == {link.meeting_id: "Piano"}
    assert events(desk, link)[-1] == "removed"
    assert str(second) in desk.history(link)[-1].words
    assert desk.get(link).join_url == link.join_url


def test_a_surplus_meeting_that_people_registered_for_stays(desk: Any, zoom_sandbox: Any) -> None:
    link = unsure(desk, zoom_sandbox)
    second = surplus(zoom_sandbox, link, registration="automatic")
    with ZoomClient.from_env() as zoom:
        zoom.registrants.add(second, email="ana@example.com", first_name="Ana")
    settle_watch(desk)
    assert sorted(alive(zoom_sandbox)) == sorted([link.meeting_id, second])
    assert desk.get(link).warnings == (
        f"Zoom has another meeting of this link, {second}, which stays: people registered for it.",
    )


def test_a_surplus_meeting_that_runs_stays(desk: Any, zoom_sandbox: Any) -> None:
    link = unsure(desk, zoom_sandbox)
    second = surplus(zoom_sandbox, link)
    start_meeting(zoom_sandbox, second)
    settle_watch(desk)
    assert sorted(alive(zoom_sandbox)) == sorted([link.meeting_id, second])


def start_meeting(zoom_sandbox: Any, number: int) -> None:
    import urllib.request

    url = f"{zoom_sandbox.url}/_sandbox/meetings/{number}/start"
    urllib.request.urlopen(urllib.request.Request(url, data=b"{}", method="POST")).close()


def test_a_surplus_meeting_that_another_link_has_stays(desk: Any, zoom_sandbox: Any) -> None:
    link = unsure(desk, zoom_sandbox)
    second = surplus(zoom_sandbox, link)
    desk.adopt(second, key="b2")
    settle_watch(desk)
    assert sorted(alive(zoom_sandbox)) == sorted([link.meeting_id, second])


# Change and cancel ----------------------------------------------------------------------------------------------------


def test_update_changes_zoom_and_the_ledger_and_keeps_the_join_link(desk: Any, zoom_sandbox: Any) -> None:
    link = desk.create("Piano", **LESSON, key="b1")
    changed = desk.update(link, topic="Piano, moved", start="2031-12-02T19:00", duration=45)
    assert (changed.topic, changed.start_time, changed.duration, changed.sequence) == (
        "Piano, moved", datetime(2031, 12, 2, 22, tzinfo=UTC), 45, 1,
    )  # fmt: skip
    assert (changed.join_url, desk.get(link)) == (link.join_url, changed)
    assert desk.create("Piano", **LESSON, key="b1") == changed  # the request it was made for stays its own


def test_update_of_a_meeting_that_is_gone_says_so_and_marks_the_link(desk: Any, zoom_sandbox: Any) -> None:
    link = desk.create("Piano", **LESSON)
    with ZoomClient.from_env() as zoom:
        zoom.meetings.delete(link.meeting_id)
    with pytest.raises(NotFoundError):
        desk.update(link, topic="Piano, moved")
    assert desk.get(link).state is LinkState.DELETED


def test_a_change_that_zoom_refuses_leaves_the_link_as_it_was(desk: Any, zoom_sandbox: Any) -> None:
    link = desk.create("Piano", **LESSON)
    zoom_sandbox.fail("429-host-daily", route="meetings.update", nth=1)
    with pytest.raises(ZoomLinkError):
        desk.update(link, topic="Piano, moved")
    after = desk.get(link)
    assert (after.topic, after.state, desk.settle()) == ("Piano", LinkState.READY, [])


def test_a_change_whose_answers_are_all_lost_is_carried_out_by_settle(
    new_desk: Callable[..., Any], zoom_sandbox: Any
) -> None:
    desk = new_desk()
    link = desk.create("Piano", **LESSON)
    zoom_sandbox.fail("reset-before-commit", route="meetings.update", times=4)
    with pytest.raises(ZoomLinkError):
        desk.update(link, topic="Piano, moved")
    assert desk.get(link).topic == "Piano"
    (settled,) = desk.settle()
    assert (settled.topic, desk.get(link).topic) == ("Piano, moved", "Piano, moved")


def test_cancelling_deletes_the_meeting_and_repeating_does_no_harm(desk: Any, zoom_sandbox: Any) -> None:
    link = desk.create("Piano", **LESSON)
    for _ in range(2):
        assert desk.cancel(link).state is LinkState.CANCELLED
    assert (alive(zoom_sandbox), desk.get(link).join_url) == ({}, None)


def test_an_unknown_link_can_be_cancelled_and_its_meeting_goes(desk: Any, zoom_sandbox: Any) -> None:
    zoom_sandbox.fail("reset-after-commit", route="meetings.create", nth=1)
    zoom_sandbox.fail("503-before-commit", route="meetings.list")
    link = desk.create("Piano", **LESSON, wait=0.1)
    assert (link.state, len(alive(zoom_sandbox))) == (LinkState.UNKNOWN, 1)
    zoom_sandbox.mend()
    assert (desk.cancel(link).state, alive(zoom_sandbox)) == (LinkState.CANCELLED, {})


def test_a_planned_link_is_changed_in_what_zoom_will_be_asked(desk: Any, zoom_sandbox: Any) -> None:
    zoom_sandbox.fail("429-host-daily", route="meetings.create", nth=1)
    link = desk.create("Piano", **LESSON)
    assert (link.state, zoom_sandbox.ledger) == (LinkState.PARKED, [])
    changed = desk.update(link, topic="Piano, moved", start="2031-12-02T19:00")
    assert (changed.topic, changed.state) == ("Piano, moved", LinkState.PARKED)
    assert desk.cancel(link).state is LinkState.CANCELLED


def test_what_no_longer_lives_cannot_be_changed(desk: Any) -> None:
    link = desk.create("Piano", **LESSON)
    desk.cancel(link)
    with pytest.raises(InvalidInputError, match="The link is cancelled: there is nothing to change"):
        desk.update(link, topic="Piano, moved")


# Series and settings --------------------------------------------------------------------------------------------------


def test_a_series_is_one_link(desk: Any, zoom_sandbox: Any) -> None:
    zoom_sandbox.fail("reset-after-commit", route="meetings.create", nth=1)
    rule = Recurrence.weekly("mon", count=3)
    link = desk.create("Choir", **LESSON, recurrence=rule, settings={"waiting_room": True}, key="choir")
    assert (link.state, link.recurrence["end_times"], len(zoom_sandbox.ledger)) == (LinkState.READY, 3, 1)
    assert desk.create("Choir", **LESSON, recurrence=rule, settings={"waiting_room": True}, key="choir") == link


def test_a_refusal_by_zoom_raises_with_its_words(desk: Any) -> None:
    with pytest.raises((InvalidRequestError, ZoomLinkError)) as refused:
        desk.create("Piano", **LESSON, schedule_for="nobody@example.com")
    assert desk.counts() == {"refused": 1}
    assert refused.value.slug in {"refused", "not-found", "not-permitted"}


# Look -----------------------------------------------------------------------------------------------------------------


def test_links_are_listed_by_their_start_page_by_page(desk: Any) -> None:
    days = [3, 1, 2, 5, 4]
    for day in days:
        desk.create(f"Day {day}", start=f"2031-12-0{day}T10:00Z", host=f"host{1 + day % 2}@sandbox.example")
    first = desk.list(limit=2)
    second = desk.list(limit=2, cursor=first.next_cursor)
    third = desk.list(limit=2, cursor=second.next_cursor)
    assert [[link.topic for link in page.items] for page in (first, second, third)] == [
        ["Day 1", "Day 2"], ["Day 3", "Day 4"], ["Day 5"],
    ]  # fmt: skip
    assert third.next_cursor is None
    later = datetime(2031, 12, 3, tzinfo=UTC)
    assert [link.topic for link in desk.list(host="HOST1@sandbox.example", start_from=later).items] == ["Day 4"]
    assert [link.topic for link in desk.list(start_to=later).items] == ["Day 1", "Day 2"]
    assert desk.list(state="planned").items == ()


@pytest.mark.parametrize(
    ("wrong", "field"),
    [
        ({"limit": 0}, "limit"),
        ({"limit": 1001}, "limit"),
        ({"limit": True}, "limit"),
        ({"cursor": "x"}, "cursor"),
        ({"cursor": "1.2"}, "cursor"),
        ({"state": "lost"}, "state"),
        ({"start_from": datetime(2031, 1, 1)}, "start_from"),  # noqa: DTZ001 - that is the point
    ],
)
def test_a_list_that_cannot_be_meant_is_refused(desk: Any, wrong: dict[str, Any], field: str) -> None:
    with pytest.raises(InvalidInputError) as refused:
        desk.list(**wrong)
    assert refused.value.field == field


def test_no_link_is_said_to_be_none(desk: Any) -> None:
    for call in (desk.get, desk.cancel, desk.history, partial(desk.update, topic="Guitar")):
        with pytest.raises(InvalidInputError) as refused:
            call(desk.find("never-booked"))
        assert (refused.value.field, refused.value.message) == ("link", "No link is given.")
        assert refused.value.hint == "find() gives None where a key has no link."


def test_a_link_is_found_by_id_by_its_meeting_and_by_key(desk: Any) -> None:
    link = desk.create("Piano", **LESSON, key="b1")
    assert desk.get(link.id) == desk.get(link.meeting_id) == desk.get(link) == desk.find("b1") == link
    assert desk.find("b2") is None
    for missing in ("lnk_" + "0" * 26, 81234567890):
        with pytest.raises(ZoomLinkError) as refused:
            desk.get(missing)
        assert refused.value.slug == "not-found"


# From Zoom, and out of the ledger -------------------------------------------------------------------------------------


def test_a_meeting_of_zoom_s_is_taken_in_once_and_its_key_finds_it(desk: Any, zoom_sandbox: Any) -> None:
    with ZoomClient.from_env() as zoom:
        meeting = zoom.meetings.create("me", topic="Piano", **LESSON)
    link = desk.adopt(meeting.id, key="b1")
    assert (link.state, link.meeting_id, link.join_url) == (LinkState.READY, meeting.id, meeting.join_url)
    assert desk.adopt(meeting.id) == link
    assert desk.create("Piano", **LESSON, key="b1").id == link.id
    with pytest.raises(InvalidInputError) as refused:
        desk.create("Guitar", **LESSON, key="b1")
    assert (refused.value.field, len(zoom_sandbox.ledger)) == ("topic", 1)
    with pytest.raises(NotFoundError):
        desk.adopt(81234567890)


def test_a_lost_ledger_is_rebuilt_from_zoom_and_keys_find_their_links(
    new_desk: Callable[..., Any], zoom_sandbox: Any, tmp_path: Path
) -> None:
    first = new_desk()
    agendas = {"b1": "", "b2": "la " * 10, "b3": "la " * 600}
    links = {
        key: first.create(f"Lesson {key}", **LESSON, key=key, agenda=agenda, allow_overlap=True)
        for key, agenda in agendas.items()
    }
    with ZoomClient.from_env() as zoom:
        zoom.meetings.create("me", topic="Not ours", **LESSON)
    new = new_desk(ZOOMLINK_DATABASE=f"sqlite:///{tmp_path / 'new.db'}")
    rebuilt = new.rebuild(["me"])
    assert {link.meeting_id for link in rebuilt} == {link.meeting_id for link in links.values()}
    assert new.rebuild(["me"]) == []
    found = new.create("Lesson b3", **LESSON, key="b3", agenda="la " * 600)
    assert (found.join_url, found.key, len(zoom_sandbox.ledger)) == (links["b3"].join_url, "b3", 4)
    with pytest.raises(InvalidInputError) as refused:
        new.create("Another lesson", **LESSON, key="b2")
    assert (refused.value.slug, refused.value.field) == ("key-reused", "topic")


def test_a_person_is_forgotten_and_the_numbers_stay(desk: Any, tmp_path: Path) -> None:
    ana = desk.create("Lesson with Ana", **LESSON, key="ana@example.com", agenda="For ana@example.com")
    rui = desk.create("Lesson with Rui", **LATER, key="rui", invitees=["rui@example.com"])
    desk.update(ana, topic="Lesson with Ana Maria")
    assert desk.erase("ANA@example.com") == [ana.id]
    gone = desk.get(ana.id)
    assert (gone.topic, gone.join_url, gone.passcode, gone.agenda) == ("", None, None, None)
    assert (gone.meeting_id, gone.start_time, gone.state) == (ana.meeting_id, ana.start_time, LinkState.READY)
    assert desk.get(rui) == rui
    path = tmp_path / "ledger.db"
    with sqlite3.connect(path) as connection:
        dump = "\n".join(connection.iterdump()).lower()
    connection.close()
    assert "ana@example.com" not in dump
    assert "ana maria" not in dump
    assert "rui@example.com" in dump


def test_what_is_still_to_be_made_cannot_be_forgotten(desk: Any, zoom_sandbox: Any) -> None:
    zoom_sandbox.fail("429-host-daily", route="meetings.create", nth=1)
    link = desk.create("Lesson with Ana", **LESSON)
    with pytest.raises(InvalidInputError, match=link.id):
        desk.erase("Ana")
    with pytest.raises(InvalidInputError):
        desk.erase("A")
    with pytest.raises(InvalidInputError):
        desk.erase("A" * 501)


# Waiting --------------------------------------------------------------------------------------------------------------


def test_a_used_up_day_parks_the_link_until_the_reset_without_waiting(desk: Any, zoom_sandbox: Any) -> None:
    zoom_sandbox.fail("429-host-daily", route="meetings.create", nth=1)
    before = datetime.now(UTC)
    link = desk.create("Piano", **LESSON, key="b1")
    midnight = (before + timedelta(days=1)).replace(hour=0, minute=0, second=0, microsecond=0)
    assert link.state is LinkState.PARKED
    assert midnight <= link.next_try_at <= midnight + timedelta(seconds=60)
    assert desk.create("Piano", **LESSON, key="b1").state is LinkState.PARKED
    assert [request["path"] for request in zoom_sandbox.requests if request["method"] == "POST"].count(
        f"/v2/users/{link.host}/meetings"
    ) == 1  # fmt: skip


def test_a_refusal_by_the_second_is_waited_out(desk: Any, zoom_sandbox: Any) -> None:
    zoom_sandbox.fail("429-per-second", route="meetings.create", nth=1)
    link = desk.create("Piano", **LESSON)
    assert (link.state, events(desk, link)) == (
        LinkState.READY, ["planned", "sending", "not-sent", "sending", "ready"]
    )  # fmt: skip


def test_a_token_that_was_revoked_is_healed_once(desk: Any, zoom_sandbox: Any) -> None:
    desk.create("Piano", **LESSON)
    zoom_sandbox.fail("401-once", route="meetings.create")
    link = desk.create("Guitar", **LATER)
    assert (link.state, events(desk, link)) == (LinkState.READY, ["planned", "sending", "ready"])
