"""Writing down what is wanted, in the caller's transaction: create, change, cancel, retry. Nothing is sent here.

What is written is handed to the desk after the commit, by :mod:`~zoomlink.integrations.django.handover`.
"""

from __future__ import annotations

import uuid
from datetime import UTC, datetime
from functools import partial
from typing import TYPE_CHECKING, Any

from django.db import IntegrityError, models, router, transaction
from django.utils import timezone as clock

from zoomlink.errors import InvalidInputError
from zoomlink.integrations.django import conf
from zoomlink.integrations.django.models import MeetingLink
from zoomlink.links.request import canonical_host, check_key
from zoomlink.times import check_duration, parse_start
from zoomlink.zoom.bodies import changes_body, meeting_body
from zoomlink.zoom.checks import check_flag
from zoomlink.zoom.paths import host_segment

if TYPE_CHECKING:
    from collections.abc import Mapping

    from zoomlink.times import When
    from zoomlink.zoom.recurrence import Recurrence
    from zoomlink.zoom.settings import MeetingSettings

__all__ = ["cancel_link", "change_link", "create_link", "retry_link"]


def create_link(
    topic: str,
    *,
    start: datetime,
    timezone: str | None = None,
    duration: int | str = 60,
    host: str | None = None,
    key: str | None = None,
    passcode: str | None = None,
    agenda: str | None = None,
    settings: Mapping[str, Any] | MeetingSettings | None = None,
    recurrence: Recurrence | Mapping[str, Any] | None = None,
    allow_overlap: bool = False,
    using: str | None = None,
) -> MeetingLink:
    """Write down that a link is wanted; after the commit it is handed to the desk. Return its row.

    Rolled back with the caller's work, it never was; once committed it is never lost: a crash before the hand-over is
    made good by ``manage.py zoomlink settle`` and by the next hand-over. The row in hand is brought up to date after
    the hand-over; ``link.is_ready``, ``link.join_url`` and ``link.problem`` say what came of it.

    `start` is an aware datetime. `timezone`: in which Zoom shows it; by default the zone of `start` where it has a
    name, else ``TIMEZONE``, else Django's. `key`: the same key and request give the same row for ever. The other
    arguments as for ``LinkDesk.create``.

    Raises InvalidInputError for what can be seen to be wrong without asking anybody. What is found out later (no host
    is free, Zoom refuses it) stands in the row and comes with the signal ``link_refused``.
    """
    when = _when(start, timezone)
    asked = _asked(topic, when, check_duration(duration), host, passcode, agenda, settings, recurrence)
    asked["allow_overlap"] = check_flag(allow_overlap, "allow_overlap")
    using = using or router.db_for_write(MeetingLink)
    rows = MeetingLink.objects.using(using)
    found = None if key is None else rows.filter(key=check_key(key)).first()
    if found is not None:
        return _same(found, asked)
    parse_start(when.local, when.zone, now=clock.now())  # raises when it has passed
    identity = uuid.uuid4()
    row = MeetingLink(
        id=identity,
        key=f"django-{identity}" if key is None else key,
        asked=asked,
        topic=asked["topic"],
        start=when.instant,
        duration=asked["duration"],
        timezone=when.zone or "",
        agenda=asked["agenda"],
        wanted_host=asked["host"],
    )
    try:
        with transaction.atomic(using):
            row.save(force_insert=True, using=using)
    except IntegrityError:
        found = rows.filter(key=row.key).first()
        if found is None:
            raise
        return _same(found, asked)
    _after_commit(row, using)
    return row


def change_link(
    link: MeetingLink,
    *,
    topic: str | None = None,
    start: datetime | None = None,
    timezone: str | None = None,
    duration: int | str | None = None,
    agenda: str | None = None,
    using: str | None = None,
) -> MeetingLink:
    """Write down that a link shall change; what is None stays. The join link stays the same. Return the row.

    Changes are carried out in the order of their commits, and the last one wins. Raises InvalidInputError, also for a
    link that was cancelled.
    """
    using = using or router.db_for_write(MeetingLink, instance=link)
    changed: dict[str, Any] = {}
    if start is not None or timezone is not None:
        when = _when(start or link.start, timezone or link.timezone or None)
        if start is not None:
            parse_start(when.local, when.zone, now=clock.now())  # raises when it has passed
        changed |= {"start": when.instant, "timezone": when.zone or ""}
    if topic is not None:
        changed["topic"] = changes_body(topic=topic)["topic"]
    if duration is not None:
        changed["duration"] = check_duration(duration)
    if agenda is not None:
        changed["agenda"] = changes_body(agenda=agenda)["agenda"]
    if not changed:
        raise InvalidInputError("There is nothing to change.", hint="Name what shall change, such as start.")
    return _want(link, using, **changed)


def cancel_link(link: MeetingLink, *, using: str | None = None) -> MeetingLink:
    """Write down that a link is wanted no more: its meeting is deleted in Zoom. Repeating does no harm."""
    using = using or router.db_for_write(MeetingLink, instance=link)
    if MeetingLink.objects.using(using).filter(pk=link.pk, wanted=False).exists():
        link.refresh_from_db(using=using)
        return link
    return _want(link, using, wanted=False)


def retry_link(link: MeetingLink, *, using: str | None = None) -> MeetingLink:
    """Write down that what is wanted shall be tried again, now: after a refusal, or when it waits."""
    using = using or router.db_for_write(MeetingLink, instance=link)
    return _want(link, using, even_cancelled=True)


def _want(link: MeetingLink, using: str, *, even_cancelled: bool = False, **changed: Any) -> MeetingLink:
    rows = MeetingLink.objects.using(using).filter(pk=link.pk)
    live = rows if even_cancelled else rows.filter(wanted=True)
    # One statement: two who change it at once leave two versions, and nobody's change gets lost.
    done = live.update(**changed, version=models.F("version") + 1, tries=0, due=None, updated_at=clock.now())
    if not done:
        raise InvalidInputError("The link was cancelled: there is nothing to change.", slug="conflict")
    link.refresh_from_db(using=using)
    _after_commit(link, using)
    return link


def _after_commit(row: MeetingLink, using: str) -> None:
    if conf.hand_over_when() == conf.HandOver.SETTLE:
        return
    from zoomlink.integrations.django.handover import after_commit

    transaction.on_commit(partial(after_commit, row, using), using=using, robust=True)


def _when(start: datetime, timezone: str | None) -> When:
    """The start, judged without a look at the clock."""
    if not isinstance(start, datetime) or start.tzinfo is None or start.utcoffset() is None:
        raise InvalidInputError(
            "start is not an aware datetime.",
            field="start",
            hint="Set USE_TZ = True, and use django.utils.timezone.make_aware for a time without a zone.",
        )
    if timezone is None:
        # A zone that the datetime brings is meant; an offset only says which instant.
        own = parse_start(start, now=start, allow_past=True).zone
        if own is not None and own != "UTC":
            return parse_start(start, own, now=start, allow_past=True)
        start, timezone = start.astimezone(UTC), conf.default_timezone()
    return parse_start(start, timezone, now=start, allow_past=True)


def _asked(
    topic: str,
    when: When,
    duration: int,
    host: str | None,
    passcode: str | None,
    agenda: str | None,
    settings: Mapping[str, Any] | MeetingSettings | None,
    recurrence: Recurrence | Mapping[str, Any] | None,
) -> dict[str, Any]:
    """The request, checked, as plain data."""
    if host is not None:
        host_segment(host)
    body = meeting_body(
        topic, when, duration, agenda=agenda, passcode=passcode, settings=settings, recurrence=recurrence
    )
    return {
        "topic": body["topic"],
        "start": when.utc,
        "timezone": when.zone or "",
        "duration": duration,
        "host": "" if host is None else canonical_host(host.strip()),
        "passcode": passcode or "",
        "agenda": body.get("agenda", ""),
        "settings": body.get("settings"),
        "recurrence": body.get("recurrence"),
    }


def _same(found: MeetingLink, asked: dict[str, Any]) -> MeetingLink:
    """The row of a key, when the request is the one it was made for. Raises InvalidInputError."""
    for name, value in asked.items():
        if found.asked.get(name) != value:
            raise InvalidInputError(
                f"The key {found.key} belongs to another request, which has another {name}.",
                field=name,
                hint="Use another key, or ask for the same again; to change the link: change_link.",
                slug="key-reused",
            )
    return found
