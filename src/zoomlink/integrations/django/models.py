"""The outbox: one row for each link, what is wanted of it and what came of that. No hand-over here.

A row is wanted in a version, and applied up to one; as long as these differ, the row waits to be handed to the desk.
"""

from __future__ import annotations

import uuid
from typing import TYPE_CHECKING, Any, ClassVar
from zoneinfo import ZoneInfo

from django.db import models
from django.utils import timezone as clock
from django.utils.translation import gettext_lazy as _

from zoomlink.model import LinkState

if TYPE_CHECKING:
    from datetime import datetime

    from zoomlink.links.view import LinkEvent
    from zoomlink.model import Link

__all__ = ["MeetingLink", "State"]


class State(models.TextChoices):
    """Where a link is: not handed over yet, or what the ledger says."""

    WAITING = "waiting", _("waiting")
    PLANNED = LinkState.PLANNED.value, _("planned")
    SENDING = LinkState.SENDING.value, _("being made")
    READY = LinkState.READY.value, _("ready")
    REFUSED = LinkState.REFUSED.value, _("refused")
    UNKNOWN = LinkState.UNKNOWN.value, _("being looked for")
    PARKED = LinkState.PARKED.value, _("parked until tomorrow")
    CANCELLED = LinkState.CANCELLED.value, _("cancelled")
    DELETED = LinkState.DELETED.value, _("deleted in Zoom")


class MeetingLink(models.Model):
    """A link, wanted and had: made by ``create_link``, changed by ``change_link``, taken back by ``cancel_link``.

    The host's private entrance (`start_url`) is never stored.
    """

    id: models.UUIDField[uuid.UUID, uuid.UUID] = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    key: models.CharField[str, str] = models.CharField(_("key"), max_length=255, unique=True, editable=False)
    """The idempotency key in the ledger: handing a row over twice gives one link."""
    asked: models.JSONField[Any, Any] = models.JSONField(default=dict, editable=False)
    """The request as it was made first: what another one with the same key has to be like."""

    # What is wanted.
    topic: models.CharField[str, str] = models.CharField(_("topic"), max_length=200)
    start: models.DateTimeField[datetime, datetime] = models.DateTimeField(_("start"))
    duration: models.PositiveSmallIntegerField[int, int] = models.PositiveSmallIntegerField(
        _("duration"), default=60, help_text=_("Minutes.")
    )
    timezone: models.CharField[str, str] = models.CharField(
        _("time zone"), max_length=64, blank=True, help_text=_("In which Zoom shows it, such as Europe/Lisbon.")
    )
    agenda: models.TextField[str, str] = models.TextField(_("agenda"), blank=True)
    wanted_host: models.CharField[str, str] = models.CharField(
        _("wanted host"), max_length=254, blank=True, help_text=_("Leave it empty for any host that is free.")
    )
    wanted: models.BooleanField[bool, bool] = models.BooleanField(default=True, editable=False)
    """False once it was cancelled."""

    # The hand-over.
    version: models.PositiveIntegerField[int, int] = models.PositiveIntegerField(default=1, editable=False)
    applied: models.PositiveIntegerField[int, int] = models.PositiveIntegerField(default=0, editable=False)
    tries: models.PositiveIntegerField[int, int] = models.PositiveIntegerField(default=0, editable=False)
    due: models.DateTimeField[datetime | None, datetime | None] = models.DateTimeField(null=True, editable=False)
    """When others may take it up again after a failure; None: at any time."""
    claim: models.CharField[str, str] = models.CharField(max_length=32, blank=True, editable=False)
    claimed_until: models.DateTimeField[datetime | None, datetime | None] = models.DateTimeField(
        null=True, editable=False
    )

    # What came of it.
    state: models.CharField[str, str] = models.CharField(
        _("state"), max_length=16, choices=State.choices, default=State.WAITING, editable=False
    )
    problem: models.TextField[str, str] = models.TextField(_("problem"), blank=True, editable=False)
    problem_kind: models.CharField[str, str] = models.CharField(max_length=32, blank=True, editable=False)
    """The problem's slug, such as ``no-host``."""
    link_id: models.CharField[str, str] = models.CharField(
        _("link"), max_length=40, blank=True, db_index=True, editable=False
    )
    meeting_id: models.BigIntegerField[int | None, int | None] = models.BigIntegerField(
        _("meeting"), null=True, db_index=True, editable=False
    )
    join_url: models.TextField[str, str] = models.TextField(_("join link"), blank=True, editable=False)
    passcode: models.CharField[str, str] = models.CharField(_("passcode"), max_length=64, blank=True, editable=False)
    host: models.CharField[str, str] = models.CharField(_("host"), max_length=254, blank=True, editable=False)
    meeting_start: models.DateTimeField[datetime | None, datetime | None] = models.DateTimeField(
        _("start in Zoom"), null=True, editable=False
    )
    """Another than `start` while a change is on its way, was refused, or somebody moved the meeting in Zoom."""
    sequence: models.PositiveIntegerField[int, int] = models.PositiveIntegerField(default=0, editable=False)
    created_at: models.DateTimeField[datetime, datetime] = models.DateTimeField(
        _("created"), default=clock.now, editable=False
    )
    updated_at: models.DateTimeField[datetime, datetime] = models.DateTimeField(
        _("updated"), default=clock.now, editable=False
    )

    objects: ClassVar[models.Manager[MeetingLink]] = models.Manager()

    class Meta:
        """Its name, order and indexes."""

        verbose_name = _("Zoom link")
        verbose_name_plural = _("Zoom links")
        ordering: ClassVar[list[str]] = ["start"]
        indexes: ClassVar[list[models.Index]] = [
            models.Index(
                fields=["created_at"], condition=models.Q(applied__lt=models.F("version")), name="zoomlink_outbox"
            ),
            models.Index(fields=["state", "start"], name="zoomlink_state"),
        ]
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.CheckConstraint(condition=models.Q(applied__lte=models.F("version")), name="zoomlink_applied"),
        ]

    def __str__(self) -> str:
        return f"{self.topic}, {self.spoken_start}"

    def __repr__(self) -> str:
        return f"<MeetingLink {self.id} {self.state}>"

    @property
    def local_start(self) -> datetime:
        """When the meeting starts, on the clocks of its own zone; while there is none, when it shall."""
        zone = ZoneInfo(self.timezone) if self.timezone else clock.get_default_timezone()
        return (self.meeting_start or self.start).astimezone(zone)

    @property
    def spoken_start(self) -> str:
        """The same as text: ``2031-12-01 18:24 America/Sao_Paulo``."""
        return f"{self.local_start:%Y-%m-%d %H:%M} {self.timezone}".rstrip()

    @property
    def is_ready(self) -> bool:
        """True when the join link works."""
        return self.state == State.READY and bool(self.join_url)

    @property
    def is_pending(self) -> bool:
        """True while what is wanted last has not been handed over."""
        return self.applied < self.version

    @property
    def is_cancelled(self) -> bool:
        """True when it was cancelled, here or in Zoom."""
        return not self.wanted or self.state in {State.CANCELLED, State.DELETED}

    def calendar_file(self, *, description: str | None = None) -> bytes:
        """Return the ``.ics`` file, at the time the meeting has; a cancelled link takes the entry back.

        Raises InvalidInputError when there is no join link yet.
        """
        from zoomlink.calendar import CalendarEntry, calendar_file

        cancelled = self.is_cancelled
        entry = CalendarEntry(
            id=self.link_id or str(self.id),
            topic=self.topic,
            start=self.meeting_start or self.start,
            duration=self.duration,
            zone=self.timezone or None,
            join_url=None if cancelled else self.join_url or None,
            passcode=self.passcode or None,
            description=description,
            sequence=self.sequence + cancelled,
            cancelled=cancelled,
            updated_at=self.updated_at,
        )
        return calendar_file(entry)

    def history(self) -> list[LinkEvent]:
        """Return what happened to the link, as the ledger tells it; nothing before it was handed over."""
        from zoomlink.integrations.django.desk import get_desk

        return get_desk().history(self.link_id) if self.link_id else []

    @staticmethod
    def seen(link: Link) -> dict[str, Any]:
        """What a link of the ledger says, as fields of its row."""
        return {
            "state": link.state.value,
            "link_id": link.id,
            "meeting_id": link.meeting_id,
            "join_url": link.join_url or "",
            "passcode": link.passcode or "",
            "host": link.host,
            "meeting_start": link.start_time if link.meeting_id is not None else None,
            "sequence": link.sequence,
        }
