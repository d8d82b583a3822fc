"""What a link meets that few expect: changes and erasures on its way, meetings that turn up where nobody looked, and
persons who make the same meeting by hand. Nothing is lost, made twice or taken from others.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from tests.integration.links.test_desk import alive, settle_watch

from zoomlink import InvalidInputError, LinkState, MissingScopeError, NoHostError, NotFoundError, ZoomClient

if TYPE_CHECKING:
    from collections.abc import Callable

LESSON: dict[str, Any] = {"start": "2031-12-01T18:24", "timezone": "America/Sao_Paulo"}
HOST = "host1@sandbox.example"
AT_ONCE = {"ZOOMLINK_SETTLE": "fast"}


def unsure(desk: Any, zoom_sandbox: Any, topic: str = "Piano", **more: Any) -> Any:
    """A link whose meeting was made, but whose answer was lost, and whose host's list cannot be had."""
    zoom_sandbox.fail("close-after-commit", route="meetings.create", nth=1)
    zoom_sandbox.fail("500-before-commit", route="meetings.list")
    link = desk.create(topic, **LESSON, host=HOST, key="b1", allow_overlap=True, wait=0, **more)
    zoom_sandbox.mend()
    assert link.state is LinkState.UNKNOWN
    return link


def planned(desk: Any, zoom_sandbox: Any) -> Any:
    """A link that was unsure once and waits to be sent again."""
    zoom_sandbox.fail("500-before-commit", route="meetings.create", nth=1)
    zoom_sandbox.fail("429-per-second", route="meetings.create")
    link = desk.create("Piano", **LESSON, host=HOST, key="b1", wait=2)
    zoom_sandbox.mend()
    assert link.state is LinkState.PLANNED
    return link


def test_a_change_of_a_link_that_was_unsure_once_is_made_and_does_not_cancel_it(desk: Any, zoom_sandbox: Any) -> None:
    link = planned(desk, zoom_sandbox)
    assert desk.update(link, topic="Guitar", wait=0).state is LinkState.PLANNED
    assert desk.update(link, duration=30, wait=0).state is LinkState.PLANNED
    settle_watch(desk)
    settle_watch(desk)
    done = desk.get(link.id)
    assert (done.state, done.topic, done.duration) == (LinkState.READY, "Guitar", 30)
    assert list(alive(zoom_sandbox).values()) == ["Guitar"]


@pytest.mark.parametrize("how", ["rebuild", "adopt"])
def test_a_lost_meeting_that_is_taken_in_becomes_the_meeting_of_its_own_link(
    desk: Any, zoom_sandbox: Any, how: str
) -> None:
    link = unsure(desk, zoom_sandbox)
    (meeting,) = alive(zoom_sandbox)
    taken = desk.rebuild([HOST])[0] if how == "rebuild" else desk.adopt(meeting)
    assert (taken.id, taken.state, taken.meeting_id) == (link.id, LinkState.READY, meeting)
    settle_watch(desk)
    assert list(alive(zoom_sandbox)) == [meeting]
    assert [one.id for one in desk.list().items] == [link.id]


def test_a_rebuild_leaves_the_meeting_of_a_cancelled_link_to_its_watch(desk: Any, zoom_sandbox: Any) -> None:
    link = unsure(desk, zoom_sandbox)
    zoom_sandbox.fail("500-before-commit", route="meetings.list")
    assert desk.cancel(link, wait=0).state is LinkState.CANCELLED
    zoom_sandbox.mend()
    assert (desk.rebuild([HOST]), len(alive(zoom_sandbox))) == ([], 1)
    settle_watch(desk)
    assert alive(zoom_sandbox) == {}


def test_a_meeting_with_the_copied_text_of_another_is_taken_in_as_its_own(desk: Any, zoom_sandbox: Any) -> None:
    link = desk.create("Piano", **LESSON, host=HOST, key="b1")
    with ZoomClient(desk.settings) as client:
        text = client.meetings.get(link.meeting_id).agenda
        zoom_sandbox.advance(2 * 86_400)
        copy = client.meetings.create(HOST, topic="Choir", start="2031-12-03T10:00Z", agenda=text)
    taken = desk.adopt(copy.id)
    assert (taken.id == link.id, taken.meeting_id, taken.topic) == (False, copy.id, "Choir")


def test_a_meeting_that_a_person_made_alike_by_hand_is_never_removed(
    new_desk: Callable[..., Any], zoom_sandbox: Any
) -> None:
    desk = new_desk()
    zoom_sandbox.fail("close-after-commit", route="meetings.create", nth=1)
    link = desk.create("Piano", **LESSON, host=HOST, key="b1", wait=5)
    with ZoomClient(desk.settings) as client:
        by_hand = client.meetings.create(HOST, topic="Piano", **LESSON)
    settle_watch(desk)
    assert set(alive(zoom_sandbox)) == {link.meeting_id, by_hand.id}
    assert str(by_hand.id) in desk.get(link.id).warnings[-1]


def test_an_agenda_that_leaves_no_room_for_the_marker_is_refused_and_changes_nothing(
    desk: Any, zoom_sandbox: Any
) -> None:
    link = desk.create("Piano", **LESSON, host=HOST)
    with pytest.raises(InvalidInputError) as refused:
        desk.update(link, agenda="x" * 1990)
    assert refused.value.field == "agenda"
    assert desk.update(link, topic="Guitar").topic == "Guitar"
    assert len(zoom_sandbox.ledger) == 2


def test_the_key_of_an_erased_person_still_finds_the_link(desk: Any, zoom_sandbox: Any) -> None:
    link = desk.create("Piano", **LESSON, host=HOST, key="ana@example.com-1")
    desk.erase("ana@example.com")
    again = desk.create("Piano", **LESSON, host=HOST, key="ana@example.com-1")
    assert (again.id, again.meeting_id, len(zoom_sandbox.ledger)) == (link.id, link.meeting_id, 1)


def test_a_meeting_without_a_usable_join_link_is_never_made_again(
    new_desk: Callable[..., Any], zoom_sandbox: Any
) -> None:
    desk = new_desk(**AT_ONCE)
    for where in ("meetings.create", "meetings.get"):
        zoom_sandbox.fail("altered-answer", route=where, change="foreign-join-url")
    link = desk.create("Piano", **LESSON, host=HOST, key="b1", wait=5)
    assert (link.state, len(alive(zoom_sandbox))) == (LinkState.UNKNOWN, 1)
    with pytest.raises(InvalidInputError, match="no join link"):
        desk.adopt(next(iter(alive(zoom_sandbox))))
    zoom_sandbox.mend()
    assert desk.adopt(next(iter(alive(zoom_sandbox)))).id == link.id


def test_an_erased_link_is_watched_to_its_end(desk: Any, zoom_sandbox: Any) -> None:
    zoom_sandbox.fail("close-after-commit", route="meetings.create", nth=1)
    link = desk.create("With Ana", **LESSON, host=HOST, key="b1", wait=5)
    desk.erase("With Ana")
    with ZoomClient(desk.settings) as client:
        client.meetings.create(HOST, topic="Other", start="2031-12-03T10:00Z")
    settle_watch(desk)
    assert (desk.get(link.id).state, len(alive(zoom_sandbox))) == (LinkState.READY, 2)


@pytest.mark.parametrize("text", ["recurrence", "schedule_for"])
def test_words_that_are_names_of_fields_are_words(desk: Any, text: str) -> None:
    link = desk.create(text, **LESSON, host="me", agenda=text, key="b1")
    assert (link.state, link.topic, link.host) == (LinkState.READY, text, "owner@sandbox.example")


def test_a_meeting_without_a_time_is_not_taken_in(desk: Any) -> None:
    with ZoomClient(desk.settings) as client:
        made = client.request("POST", f"/users/{HOST}/meetings", body={"topic": "Any time", "type": 3})
    with pytest.raises(InvalidInputError, match="no fixed time"):
        desk.adopt(made["id"])


def test_a_cancellation_that_zoom_refuses_is_forgotten(desk: Any, zoom_sandbox: Any) -> None:
    link = desk.create("Piano", **LESSON, host=HOST)
    app = zoom_sandbox.world.oauth.apps[zoom_sandbox.env["ZOOM_CLIENT_ID"]]
    scopes = app.scope.split()
    app.grant(tuple(scope for scope in scopes if "delete" not in scope))
    with pytest.raises(MissingScopeError):
        desk.cancel(link)
    app.grant(tuple(scopes))
    desk.settle()
    assert (desk.get(link.id).state, len(alive(zoom_sandbox))) == (LinkState.READY, 1)


@pytest.mark.parametrize("gone", [LinkState.CANCELLED, LinkState.DELETED])
def test_a_link_whose_meeting_was_recovered_is_ready_again_and_keeps_its_hour(
    desk: Any, zoom_sandbox: Any, gone: LinkState
) -> None:
    link = desk.create("Piano", **LESSON, host=HOST, key="b1")
    with ZoomClient(desk.settings) as client:
        if gone is LinkState.CANCELLED:
            desk.cancel(link)
        else:
            client.meetings.delete(link.meeting_id)
            with pytest.raises(NotFoundError):
                desk.update(link, topic="Guitar")
        with pytest.raises(NotFoundError):
            desk.adopt(link.meeting_id)
        assert desk.get(link).state is gone
        client.meetings.recover(link.meeting_id)
    back = desk.adopt(link.meeting_id)
    assert (back.id, back.state, back.join_url) == (link.id, LinkState.READY, link.join_url)
    with pytest.raises(NoHostError):
        desk.create("Guitar", **LESSON, host=HOST)
    assert desk.cancel(link).state is LinkState.CANCELLED
    assert alive(zoom_sandbox) == {}


def test_a_meeting_that_has_a_link_takes_no_other_key(desk: Any) -> None:
    link = desk.create("Piano", **LESSON, host=HOST, key="b1")
    assert desk.adopt(link.meeting_id, key="b1").id == link.id
    with pytest.raises(InvalidInputError, match="b1") as refused:
        desk.adopt(link.meeting_id, key="b2")
    assert (refused.value.slug, refused.value.field) == ("key-reused", "key")


def test_who_waits_for_nothing_still_has_zoom_asked_once(new_desk: Callable[..., Any]) -> None:
    desk = new_desk(ZOOMLINK_PLAN="pro")
    states = [desk.create("Piano", **{**LESSON, "start": f"2031-12-0{day}T10:00"}, wait=0).state for day in (1, 2, 3)]
    assert states == [LinkState.READY] * 3
