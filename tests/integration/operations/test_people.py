"""Past meetings and users against the sandbox."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING, Any

import pytest
from tests.integration.operations.conftest import HOST

from zoomlink.errors import NotFoundError

if TYPE_CHECKING:
    from tests.integration.operations.conftest import Stage


def took_place(zoom: Any, stage: Stage, guests: int = 2) -> Any:
    made = zoom.meetings.create(HOST, topic="Class", start="2031-06-04T21:00")
    stage.play(made.id, "start")
    for n in range(guests):
        stage.play(made.id, "join", name=f"Guest {n}", email=f"guest{n}@example.com", url=made.join_url)
    stage.advance(600)
    stage.play(made.id, "end")
    return made


def test_past_meeting_by_id_and_by_uuid(zoom: Any, stage: Stage) -> None:
    made = took_place(zoom, stage)
    found = zoom.past.get(made.id)
    assert (found.id, found.topic, found.host_email) == (made.id, "Class", HOST)
    assert (found.duration, found.participants_count) == (10, 3)
    assert zoom.past.get(found.uuid) == found


def test_instances_and_their_participants(zoom: Any, stage: Stage) -> None:
    made = took_place(zoom, stage)
    instances = zoom.past.instances(made.id)
    assert [one.uuid for one in instances] == [zoom.past.get(made.id).uuid]
    assert zoom.past.instances(made.id, from_date="2031-06-01", to_date=date(2031, 6, 30)) == instances
    assert zoom.past.instances(made.id, from_date="2031-05-01", to_date="2031-05-31") == []
    names = {"Host1 Sandbox", "Guest 0", "Guest 1"}
    assert {one.name for one in zoom.past.participants(made.id)} == names
    assert {one.name for one in zoom.past.iterate_participants(instances[0].uuid, page_size=1)} == names
    assert {one.duration for one in zoom.past.participants(made.id)} == {600}


def test_uuid_with_slashes_and_plus_is_found(zoom: Any, stage: Stage) -> None:
    made = took_place(zoom, stage)
    run = stage.sandbox.world.live.past(made.id)[0]
    for uuid in ("/abc+def//hijklmnopqrs==", "abc+def/ghijklmnopqrst=="):
        stage.sandbox.world.live._by_uuid[uuid] = run
        assert zoom.past.get(uuid).topic == "Class"
        assert len(zoom.past.participants(uuid)) == 3


def test_meeting_that_never_took_place(zoom: Any) -> None:
    made = zoom.meetings.create(HOST, topic="Class", start="2031-06-04T21:00")
    with pytest.raises(NotFoundError, match="no such meeting"):
        zoom.past.get(made.id)
    assert zoom.past.instances(made.id) == []


def test_users_are_found_listed_and_walked(zoom: Any) -> None:
    assert zoom.users.get(HOST).email == HOST
    assert zoom.users.get("me").email == "owner@sandbox.example"
    everyone = {"owner@sandbox.example", HOST, "host2@sandbox.example"}
    assert {one.email for one in zoom.users.list()} == everyone
    assert {one.email for one in zoom.users.iterate(page_size=1)} == everyone
    assert zoom.users.list(status="inactive") == []
    with pytest.raises(NotFoundError, match="no such user"):
        zoom.users.get("nobody@example.com")


def test_user_settings_say_what_a_link_depends_on(zoom: Any) -> None:
    found = zoom.users.settings(HOST)
    assert found.embed_password_in_join_link is True
    assert found.passcode_policy.problems("abc") == ()
    assert found["schedule_meeting"]["embed_password_in_join_link"] is True
    assert found.meeting_capacity
