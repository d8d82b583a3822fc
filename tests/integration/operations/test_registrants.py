"""Registration against the sandbox: one, many, approval, questions."""

from __future__ import annotations

from typing import Any

import pytest
from tests.integration.operations.conftest import HOST

from zoomlink.errors import ConflictError, InvalidRequestError, NotFoundError
from zoomlink.zoom.recurrence import Recurrence
from zoomlink.zoom.registration import CustomQuestion


def make(zoom: Any, registration: str | None = "automatic", **given: Any) -> Any:
    return zoom.meetings.create(
        HOST, **{"topic": "Class", "start": "2031-12-01T18:24", "registration": registration} | given
    ).id


def people(count: int) -> list[dict[str, str]]:
    return [{"email": f"p{n}@example.com", "first_name": f"P{n}", "last_name": "Silva"} for n in range(count)]


def test_add_gives_a_personal_link_at_once_where_nobody_has_to_approve(zoom: Any) -> None:
    meeting = make(zoom)
    added = zoom.registrants.add(meeting, email="ana@example.com", first_name="Ana", last_name="Silva")
    assert (added.status, added.email, added.first_name) == ("approved", "ana@example.com", "Ana")
    assert added.join_url
    found = zoom.registrants.get(meeting, added.id)
    assert (found.id, found.email, found.last_name) == (added.id, "ana@example.com", "Silva")


def test_registrants_wait_for_approval_and_are_approved_denied_and_cancelled(zoom: Any) -> None:
    meeting = make(zoom, "manual")
    ana, bob, eve = (
        zoom.registrants.add(meeting, email=f"{name}@example.com", first_name=name) for name in ("ana", "bob", "eve")
    )
    assert (ana.status, ana.join_url) == ("pending", None)
    assert {one.email for one in zoom.registrants.list(meeting, status="pending")} == {
        "ana@example.com",
        "bob@example.com",
        "eve@example.com",
    }
    zoom.registrants.approve(meeting, [ana, "bob@example.com"])
    zoom.registrants.deny(meeting, eve)
    assert {one.email for one in zoom.registrants.list(meeting)} == {"ana@example.com", "bob@example.com"}
    assert [one.email for one in zoom.registrants.list(meeting, status="denied")] == ["eve@example.com"]
    zoom.registrants.cancel(meeting, [bob.id])
    zoom.registrants.cancel(meeting, [bob.id])
    assert [one.email for one in zoom.registrants.list(meeting)] == ["ana@example.com"]


def test_many_are_added_approved_and_walked(zoom: Any) -> None:
    meeting = make(zoom, "manual")
    results = zoom.registrants.add_many(meeting, people(65))
    assert [result.email for result in results] == [f"p{n}@example.com" for n in range(65)]
    assert all(result.added for result in results)
    assert len(zoom.registrants.list(meeting, status="pending")) == 65
    zoom.registrants.approve(meeting, [result.registrant_id for result in results])
    assert len(list(zoom.registrants.iterate(meeting, page_size=20))) == 65


def test_many_may_be_approved_while_they_are_added(zoom: Any) -> None:
    meeting = make(zoom, "manual")
    results = zoom.registrants.add_many(meeting, people(3), auto_approve=True)
    assert all(result.join_url for result in results)


def test_series_takes_registrants_one_by_one(zoom: Any) -> None:
    meeting = make(zoom, start="2031-10-20T18:00", recurrence=Recurrence.weekly("mon", count=3))
    results = zoom.registrants.add_many(meeting, people(3))
    assert [result.added for result in results] == [True, True, True]


def test_meeting_without_registration_takes_nobody(zoom: Any) -> None:
    meeting = make(zoom, None)
    with pytest.raises(ConflictError, match="takes no registrations"):
        zoom.registrants.add(meeting, email="ana@example.com", first_name="Ana")
    results = zoom.registrants.add_many(meeting, people(31))
    assert {type(result.error) for result in results} == {ConflictError}


def test_delete_of_a_registrant_is_safe_to_repeat(zoom: Any) -> None:
    meeting = make(zoom)
    added = zoom.registrants.add(meeting, email="ana@example.com", first_name="Ana")
    assert zoom.registrants.delete(meeting, added.id) is True
    assert zoom.registrants.delete(meeting, added.id) is False
    assert zoom.registrants.list(meeting) == []


def test_questions_are_set_and_answered(zoom: Any) -> None:
    meeting = make(zoom)
    level = CustomQuestion("Which level?", False, ("A1", "B1"))
    zoom.registrants.set_questions(meeting, standard={"city": True, "last_name": False}, custom=[level])
    asked = zoom.registrants.questions(meeting)
    assert asked.standard["city"] is True
    assert asked.custom == (level,)
    added = zoom.registrants.add(
        meeting, email="ana@example.com", first_name="Ana", answers={"city": "Lisboa", "Which level?": "B1"}
    )
    found = zoom.registrants.get(meeting, added.id)
    assert found.raw["city"] == "Lisboa"
    assert found.raw["custom_questions"] == [{"title": "Which level?", "value": "B1"}]


def test_one_registrant_zoom_refuses_costs_the_others_nothing(zoom: Any) -> None:
    meeting = make(zoom)
    zoom.registrants.set_questions(meeting, standard={"last_name": True})
    results = zoom.registrants.add_many(meeting, [*people(2), {"email": "x@example.com", "first_name": "X"}])
    assert [result.added for result in results][:2] == [True, True]


def test_meeting_that_does_not_exist(zoom: Any) -> None:
    with pytest.raises(NotFoundError, match="no such meeting"):
        zoom.registrants.add(81234567890, email="ana@example.com", first_name="Ana")
    results = zoom.registrants.add_many(81234567890, people(2))
    assert {type(result.error) for result in results} == {NotFoundError}
    for ask in (zoom.registrants.list, zoom.registrants.questions):
        with pytest.raises((NotFoundError, InvalidRequestError)):
            ask(81234567890)
