"""A model with a MeetingLinkField: its link is made, moved and cancelled with the object, in one transaction."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from io import StringIO
from typing import Any

import pytest
from django.apps import apps
from django.core import checks, serializers
from django.core.management import call_command
from django.db import IntegrityError, connection, models, transaction
from django.db.migrations.loader import MigrationLoader
from tests.integration.django_app.conftest import both
from tests.integration.django_app.project.models import Lesson
from tests.integration.links.test_desk import alive

from zoomlink import InvalidInputError
from zoomlink.integrations.django import MeetingLink, MeetingLinkField, cancel_link, get_desk

START = datetime(2031, 12, 1, 18, 24, tzinfo=UTC)


def lesson(**values: Any) -> Lesson:
    return Lesson.objects.create(**{"pupil": "Ana", "starts_at": START, **values})


@both
def test_a_saved_object_has_its_link(django: Any) -> None:
    made = lesson()
    assert made.zoom.is_ready
    assert (made.zoom.topic, made.zoom.start, made.zoom.duration) == ("Piano with Ana", START, 45)
    assert Lesson.objects.get().zoom.join_url == made.zoom.join_url
    assert list(alive(django).values()) == ["Piano with Ana"]


@both
def test_an_object_that_cannot_be_saved_leaves_no_meeting(django: Any) -> None:
    lesson(note="1")
    with pytest.raises(IntegrityError):
        lesson(note="1", starts_at=START + timedelta(days=1))
    assert (MeetingLink.objects.count(), len(django.ledger)) == (1, 1)


def test_saving_again_changes_nothing(django: Any) -> None:
    made = lesson()
    made.note = "Bring the notes"
    made.save()
    Lesson.objects.get().save()
    assert (len(django.ledger), MeetingLink.objects.get().version) == (1, 1)


@both
def test_a_new_time_topic_or_duration_moves_the_meeting(django: Any) -> None:
    made = lesson()
    before = made.zoom.join_url
    made.starts_at, made.pupil, made.minutes = START + timedelta(days=1), "Rui", 30
    made.save()
    link = get_desk().get(made.zoom.link_id)
    assert (link.start_time, link.topic, link.duration) == (START + timedelta(days=1), "Piano with Rui", 30)
    assert (made.zoom.meeting_start, made.zoom.join_url) == (START + timedelta(days=1), before)


def test_of_many_saves_in_a_transaction_the_last_one_counts(django: Any) -> None:
    with transaction.atomic():
        made = lesson()
        for day in (1, 2, 3):
            made.starts_at = START + timedelta(days=day)
            made.save()
    assert (made.zoom.meeting_start, len(django.ledger)) == (START + timedelta(days=3), 1)


def test_a_rollback_takes_object_and_link_back(django: Any) -> None:
    made = lesson()
    with transaction.atomic():
        made.starts_at = START + timedelta(days=1)
        made.save()
        transaction.set_rollback(True)
    link = MeetingLink.objects.get()
    assert (link.start, link.is_pending, len(django.ledger)) == (START, False, 1)


@both
def test_a_deleted_object_takes_its_meeting_with_it(django: Any) -> None:
    lesson().delete()
    assert (alive(django), MeetingLink.objects.get().state) == ({}, "cancelled")


def test_deleting_many_at_once_cancels_all(django: Any) -> None:
    for day in range(3):
        lesson(starts_at=START + timedelta(days=day))
    Lesson.objects.all().delete()
    assert (alive(django), {row.state for row in MeetingLink.objects.all()}) == ({}, {"cancelled"})


def test_a_condition_makes_and_cancels_it(django: Any) -> None:
    made = lesson(confirmed=False)
    assert (made.zoom, django.ledger) == (None, [])
    made.confirmed = True
    made.save()
    assert made.zoom.is_ready
    made.confirmed = False
    made.save()
    assert (made.zoom, alive(django)) == (None, {})
    made.confirmed = True
    made.save()
    assert (made.zoom.is_ready, MeetingLink.objects.count()) == (True, 2)


@pytest.mark.parametrize("start", [None, datetime(2021, 12, 1, 18, 24, tzinfo=UTC)])
def test_no_start_and_one_that_has_passed_give_no_link(django: Any, start: datetime | None) -> None:
    assert lesson(starts_at=start).zoom is None


def test_an_object_whose_time_has_passed_can_still_be_saved(django: Any) -> None:
    made = lesson()
    past = datetime(2021, 12, 1, 18, 24, tzinfo=UTC)
    Lesson.objects.update(starts_at=past)
    MeetingLink.objects.update(start=past)
    made.refresh_from_db()
    made.note = "It was good"
    made.save()
    assert Lesson.objects.get().note == "It was good"


def test_a_move_into_the_past_is_refused_and_nothing_is_saved(django: Any) -> None:
    made = lesson()
    made.starts_at = datetime(2021, 12, 1, 18, 24, tzinfo=UTC)
    with pytest.raises(InvalidInputError, match="has passed"):
        made.save()
    assert (Lesson.objects.get().starts_at, MeetingLink.objects.get().start) == (START, START)


def test_a_naive_time_is_refused_and_nothing_is_saved(django: Any) -> None:
    with pytest.raises(InvalidInputError, match="aware"):
        lesson(starts_at=datetime(2031, 12, 1, 18, 24))  # noqa: DTZ001 - that is what is refused
    assert Lesson.objects.count() == 0


def test_a_link_that_was_cancelled_by_hand_stays_cancelled(django: Any) -> None:
    made = lesson()
    cancel_link(made.zoom)
    made.starts_at = START + timedelta(days=1)
    made.save()
    assert (made.zoom.state, alive(django)) == ("cancelled", {})
    made.zoom = None
    made.save()
    assert made.zoom.is_ready


def test_what_is_not_being_saved_moves_nothing(django: Any) -> None:
    made = lesson()
    made.starts_at, made.minutes = START + timedelta(days=1), 30
    made.save(update_fields=["minutes"])
    link = get_desk().get(made.zoom.link_id)
    assert (link.start_time, link.duration) == (START, 30)


def test_a_link_made_by_saving_some_fields_is_saved_too(django: Any) -> None:
    made = lesson(confirmed=False)
    made.confirmed = True
    made.save(update_fields=["confirmed", "pupil", "starts_at", "minutes"])
    assert Lesson.objects.get().zoom.is_ready


def test_fixtures_bring_their_own_links(django: Any) -> None:
    made = lesson()
    written = serializers.serialize("json", [made.zoom, made])
    for one in serializers.deserialize("json", written):
        one.save()
    assert (MeetingLink.objects.count(), len(django.ledger)) == (1, 1)


def test_for_migrations_it_is_a_plain_relation(django: Any) -> None:
    field = Lesson._meta.get_field("zoom")
    _, path, _, options = field.deconstruct()  # type: ignore[union-attr]
    assert path == "django.db.models.OneToOneField"
    assert {"topic", "start", "duration", "when"}.isdisjoint(options)
    old = MigrationLoader(connection).project_state(("project", "0001_initial")).apps.get_model("project", "Lesson")
    old.objects.create(pupil="Ana", starts_at=START)
    assert django.ledger == []


def test_models_and_migrations_agree(django: Any) -> None:
    call_command("makemigrations", check=True, dry_run=True, stdout=StringIO(), skip_checks=True)


def test_names_that_mean_nothing_are_told_by_the_system_checks() -> None:
    registry = type(apps)(installed_apps=())  # a place of its own, that no other test sees

    class Broken(models.Model):
        zoom = MeetingLinkField(topic="titel", start="", duration="minuten")

        class Meta:
            app_label = "broken"
            apps = registry

    found = Broken._meta.get_field("zoom").check()  # type: ignore[union-attr]
    ours = sorted((str(one.id), one.msg) for one in found if str(one.id).startswith("zoomlink"))
    assert ours == [
        ("zoomlink.E010", "duration='minuten' names nothing that Broken has."),
        ("zoomlink.E010", "topic='titel' names nothing that Broken has."),
        ("zoomlink.E011", "A MeetingLinkField needs a start."),
    ]
    assert all(isinstance(one, checks.Error) for one in found)
