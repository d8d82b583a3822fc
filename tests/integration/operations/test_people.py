"""Past meetings and users against the sandbox."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING, Any

import pytest
from tests.integration.operations.conftest import HOST

from zoomlink.errors import NotFoundError, PermissionDeniedError

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


def test_templates_are_made_listed_and_used(zoom: Any) -> None:
    made = zoom.meetings.create(HOST, topic="Class", start="2031-12-01T18:24")
    assert zoom.templates.list(HOST) == []
    template = zoom.templates.create(HOST, made.id, name="My class")
    assert template.name == "My class"
    listed = zoom.templates.list(HOST)
    assert [(one.id, one.name) for one in listed] == [(template.id, "My class")]
    used = zoom.meetings.create(HOST, topic="From it", start="2031-12-02T18:24", template_id=template.id)
    assert used.id != made.id


def test_who_schedules_for_whom(zoom: Any, stage: Stage) -> None:
    users = stage.sandbox.world.users
    users.get("host2@sandbox.example").schedules_for.add(users.get(HOST).id)
    assert [one.email for one in zoom.users.assistants(HOST)] == ["host2@sandbox.example"]
    assert [one.email for one in zoom.users.schedulers("host2@sandbox.example")] == [HOST]
    assert zoom.users.schedulers(HOST) == []


def test_summary_counts_the_users(zoom: Any) -> None:
    found = zoom.users.summary()
    assert (found.total, found.licensed, found.basic) == (3, 3, 0)


def test_meeting_scheduled_for_somebody_else_is_theirs(zoom: Any, stage: Stage) -> None:
    users = stage.sandbox.world.users
    users.get("host2@sandbox.example").schedules_for.add(users.get(HOST).id)
    made = zoom.meetings.create("host2@sandbox.example", topic="Class", start="2031-12-01T18:24", schedule_for=HOST)
    assert made.host_email == HOST
    with pytest.raises(PermissionDeniedError, match="may not schedule for that user"):
        zoom.meetings.create(HOST, topic="Class", start="2031-12-01T18:24", schedule_for="host2@sandbox.example")
