"""A meeting's life against the sandbox: made, found, changed, used, ended, deleted, brought back."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest
from tests.helpers import NOW
from tests.integration.operations.conftest import HOST

from zoomlink.errors import InvalidInputError, InvalidRequestError, NotFoundError
from zoomlink.zoom.recurrence import Recurrence

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.integration.operations.conftest import Stage


def make(zoom: Any, **given: Any) -> Any:
    return zoom.meetings.create(HOST, **{"topic": "Piano", "start": "2031-12-01T18:24"} | given)


def series(zoom: Any, **given: Any) -> Any:
    rule = Recurrence.weekly("mon", count=4)
    return make(zoom, **{"start": "2031-10-20T18:00", "recurrence": rule} | given)


def test_create_with_everything(zoom: Any) -> None:
    made = make(
        zoom,
        timezone="America/Sao_Paulo",
        duration=45,
        agenda="Bring the score",
        passcode="abc123",
        registration="manual",
        alternative_hosts=["host2@sandbox.example"],
        invitees=["guest@example.com"],
        tracking_fields={"Department": "Music"},
        settings={"mute_upon_entry": True, "waiting_room": False, "join_before_host": True, "jbh_time": 5},
    )
    assert made.warnings == ()
    assert (made.start_time, made.duration) == (datetime(2031, 12, 1, 21, 24, tzinfo=UTC), 45)
    assert (made.timezone, made.agenda, made.passcode) == ("America/Sao_Paulo", "Bring the score", "abc123")
    assert (made.tracking_fields, made.type) == ({"Department": "Music"}, 2)
    assert made.registration_url
    for name, value in {
        "approval_type": 1,
        "alternative_hosts": "host2@sandbox.example",
        "mute_upon_entry": True,
        "join_before_host": True,
        "jbh_time": 5,
    }.items():
        assert made.settings[name] == value
    assert [one["email"] for one in made.settings["meeting_invitees"]] == ["guest@example.com"]


@pytest.mark.parametrize("kind", [1, 3, 10])
def test_create_without_fixed_time(zoom: Any, kind: int) -> None:
    made = make(zoom, start=None, type=kind)
    assert (made.type, made.start_time, made.warnings) == (kind, None, ())


def test_series_keeps_its_wall_time_over_the_clock_change(zoom: Any) -> None:
    made = series(zoom)
    assert [one.start_time.hour for one in made.occurrences] == [17, 18, 18, 18]
    assert (made.type, made.warnings) == (8, ())
    assert made.recurrence["end_times"] == 4


def test_create_says_what_zoom_did_otherwise(zoom: Any, stage: Stage) -> None:
    stage.sandbox.world.users.get(HOST).type = 1
    assert make(zoom, registration="automatic").warnings == (
        "Zoom did not switch registration on; the host needs a licence for it.",
    )


def test_get_shows_the_whole_meeting_and_hides_the_hosts_entrance(zoom: Any) -> None:
    found = zoom.meetings.get(make(zoom).id)
    assert (found.topic, found.host_email) == ("Piano", HOST)
    assert "zak=" in found.start_url.reveal()
    assert "zak" not in repr(found)


def test_get_of_one_occurrence(zoom: Any) -> None:
    made = series(zoom)
    second = made.occurrences[1]
    assert zoom.meetings.get(made.id, occurrence=second.id).start_time == second.start_time


def test_get_of_an_occurrence_that_does_not_exist(zoom: Any) -> None:
    made = series(zoom)
    with pytest.raises(NotFoundError, match="no such occurrence"):
        zoom.meetings.get(made.id, occurrence=1)


def test_list_and_iterate_find_all_pages(zoom: Any) -> None:
    ids = {make(zoom, topic=f"Lesson {n}").id for n in range(5)}
    assert {one.id for one in zoom.meetings.list(HOST)} == ids
    assert {one.id for one in zoom.meetings.iterate(HOST, page_size=2)} == ids
    assert zoom.meetings.list("host2@sandbox.example") == []
    assert zoom.meetings.list(HOST, type="live") == []


def test_iterate_that_waits_too_long_says_that_the_page_expired(zoom: Any, stage: Stage) -> None:
    for n in range(3):
        make(zoom, topic=f"Lesson {n}")
    if not hasattr(zoom, "_portal"):
        walk = zoom.meetings.iterate(HOST, page_size=1)
        next(walk)
        stage.advance(16 * 60)
        with pytest.raises(InvalidRequestError, match="page token has expired"):
            next(walk)
        return

    async def slow() -> None:
        walk = zoom._target.meetings.iterate(HOST, page_size=1)
        await anext(walk)
        stage.advance(16 * 60)
        with pytest.raises(InvalidRequestError, match="page token has expired"):
            await anext(walk)

    zoom._portal.call(slow)


def test_upcoming_shows_the_next_day(zoom: Any) -> None:
    soon = make(zoom, start=NOW + timedelta(hours=3))
    make(zoom)
    assert [one.id for one in zoom.meetings.upcoming(HOST)] == [soon.id]
    with pytest.raises(NotFoundError, match="no such user"):
        zoom.meetings.upcoming("nobody@example.com")


def test_update_changes_what_is_given_and_nothing_else(zoom: Any) -> None:
    made = make(zoom, agenda="Old", settings={"mute_upon_entry": True})
    changed = zoom.meetings.update(made.id, topic="Violin", duration=30)
    assert (changed.topic, changed.duration, changed.agenda) == ("Violin", 30, "Old")
    assert (changed.passcode, changed.join_url) == (made.passcode, made.join_url)
    assert changed.settings == made.settings
    assert changed.warnings == ()


def test_update_of_everything_else(zoom: Any) -> None:
    made = make(zoom)
    changed = zoom.meetings.update(
        made.id,
        start="2031-12-02T09:00",
        timezone="America/Sao_Paulo",
        agenda="New",
        passcode="xyz789",
        settings={"waiting_room": True},
        tracking_fields={"Department": "Arts"},
    )
    assert changed.warnings == ()
    assert (changed.start_time, changed.timezone) == (datetime(2031, 12, 2, 12, tzinfo=UTC), "America/Sao_Paulo")
    assert (changed.agenda, changed.passcode, changed.settings["waiting_room"]) == ("New", "xyz789", True)


def test_update_names_what_zoom_ignored(zoom: Any) -> None:
    made = make(zoom, settings={"waiting_room": True})
    changed = zoom.meetings.update(made.id, start="2031-06-01T10:00", topic="New", settings={"join_before_host": True})
    assert changed.topic == "New"
    assert changed.warnings == (
        "Zoom ignored the start 2031-06-01 09:00 UTC, which has passed: the meeting stays at 2031-12-01 18:24 UTC.",
        "Zoom left join_before_host off, because the meeting has a waiting room.",
    )


def test_update_of_one_occurrence_leaves_the_others(zoom: Any) -> None:
    made = series(zoom)
    second = made.occurrences[1]
    changed = zoom.meetings.update(made.id, occurrence=second.id, start="2031-10-27T20:00", duration=30)
    assert changed.warnings == ()
    assert [one.start_time.hour for one in changed.occurrences] == [17, 20, 18, 18]
    assert [one.duration for one in changed.occurrences] == [60, 30, 60, 60]


def test_update_of_the_recurrence_alone(zoom: Any) -> None:
    made = series(zoom)
    changed = zoom.meetings.update(made.id, recurrence=Recurrence.weekly("mon", count=6))
    assert [one.start_time.hour for one in changed.occurrences] == [17, 18, 18, 18, 18, 18]
    assert changed.warnings == ()


def test_update_of_a_deleted_meeting(zoom: Any) -> None:
    made = make(zoom)
    zoom.meetings.delete(made.id)
    with pytest.raises(NotFoundError, match="There is no such meeting"):
        zoom.meetings.update(made.id, topic="New")


def test_delete_is_safe_to_repeat(zoom: Any) -> None:
    made = make(zoom)
    assert zoom.meetings.delete(made.id) is True
    assert zoom.meetings.delete(made.id) is False
    assert zoom.meetings.list(HOST) == []


def test_delete_of_one_occurrence_is_safe_to_repeat_and_leaves_the_others(zoom: Any) -> None:
    made = series(zoom)
    second = made.occurrences[1]
    assert zoom.meetings.delete(made.id, occurrence=second.id) is True
    assert zoom.meetings.delete(made.id, occurrence=second.id) is False
    left = [one.status for one in zoom.meetings.get(made.id, previous_occurrences=True).occurrences]
    assert left.count("available") == 3
    with pytest.raises(NotFoundError, match="no such occurrence"):
        zoom.meetings.delete(made.id, occurrence=1)


def test_end_closes_a_running_meeting(zoom: Any, stage: Stage) -> None:
    made = make(zoom)
    stage.play(made.id, "start")
    assert zoom.meetings.get(made.id).status == "started"
    assert [one.id for one in zoom.meetings.list(HOST, type="live")] == [made.id]
    assert zoom.meetings.end(made.id) is None
    assert zoom.meetings.get(made.id).status == "waiting"


def test_recover_brings_a_deleted_meeting_back(zoom: Any) -> None:
    made = make(zoom)
    zoom.meetings.delete(made.id)
    assert zoom.meetings.recover(made.id) is None
    assert zoom.meetings.get(made.id).topic == "Piano"
    with pytest.raises(NotFoundError):
        zoom.meetings.recover(81234567890)


def test_start_url_is_a_fresh_one_each_time(zoom: Any) -> None:
    made = make(zoom)
    one, other = zoom.meetings.start_url(made.id), zoom.meetings.start_url(made.id)
    assert one != other
    assert "zak=" in one.reveal()


def test_invitation_holds_what_guests_need(zoom: Any) -> None:
    made = make(zoom, passcode="abc123")
    text = zoom.meetings.invitation(made.id).text
    assert "Topic: Piano" in text
    assert "Passcode: abc123" in text
    assert made.join_url in text


def test_sip_uri_with_and_without_passcode(zoom: Any) -> None:
    made = make(zoom, passcode="abc123")
    plain = zoom.meetings.sip_uri(made.id)
    coded = zoom.meetings.sip_uri(made.id, passcode="123456")
    assert plain.uri.endswith("@zoomcrc.com")
    assert "123456" in coded.uri
    assert "123456" not in plain.uri
    assert coded.expires_at == NOW + timedelta(hours=2)
    assert "123456" not in repr(coded)


def test_invite_links_are_personal(zoom: Any) -> None:
    links = zoom.meetings.invite_links(make(zoom).id, ["Ana", {"name": "Bob", "disable_video": True}], ttl=60)
    assert [one.name for one in links] == ["Ana", "Bob"]
    assert len({one.join_url for one in links}) == 2
    assert links[0].expires_at == NOW + timedelta(seconds=60)


def test_unknown_host_and_meeting(zoom: Any) -> None:
    with pytest.raises(NotFoundError, match="no such user"):
        zoom.meetings.create("nobody@example.com", topic="x", start="2031-12-01T18:24")
    with pytest.raises(NotFoundError, match="no such user"):
        zoom.meetings.list("nobody@example.com")
    for ask in ("get", "invitation", "sip_uri", "start_url", "end"):
        with pytest.raises(NotFoundError):
            getattr(zoom.meetings, ask)(81234567890)
    with pytest.raises(NotFoundError):
        zoom.meetings.invite_links(81234567890, ["Ana"])


def test_bad_input_sends_nothing(zoom: Any, stage: Stage) -> None:
    calls: list[Callable[[], Any]] = [
        lambda: make(zoom, settings={"waiting_rom": True}),
        lambda: make(zoom, passcode="12345678901"),
        lambda: make(zoom, start="2020-01-01T10:00"),
        lambda: zoom.meetings.get("abc"),
        lambda: zoom.meetings.get(2**63),
        lambda: zoom.meetings.get(1, occurrence="x"),
        lambda: zoom.meetings.update(81234567890),
        lambda: zoom.meetings.delete(0),
        lambda: zoom.meetings.iterate(HOST, page_size=0),
        lambda: zoom.meetings.invite_links(81234567890, []),
    ]
    for call in calls:
        with pytest.raises(InvalidInputError):
            call()
    assert "/v2/" not in str(stage.control("GET", "requests"))
    zoom.meetings.list(HOST)
    assert "/v2/" in str(stage.control("GET", "requests"))
