"""``zoom.meetings``: a meeting's life, for threads. One line per operation; every decision stands in flows.

`async_meeting_resources.py` is made from this file by ``make twins``: change this one.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from zoomlink.client.base import create_flow, update_flow
from zoomlink.zoom import meetings
from zoomlink.zoom.checks import check_occurrence

if TYPE_CHECKING:
    import builtins
    from collections.abc import Iterable, Iterator, Mapping
    from datetime import date, datetime

    from zoomlink.client.sync_client import ZoomClient
    from zoomlink.secret import Secret
    from zoomlink.zoom.extras import TrackingFields
    from zoomlink.zoom.invitations import Invitation, InviteLink, SipUri
    from zoomlink.zoom.models import Meeting
    from zoomlink.zoom.recurrence import Recurrence
    from zoomlink.zoom.settings import MeetingSettings

__all__ = ["Meetings"]


class Meetings:
    """The meetings of any host of the account.

    `meeting` is a meeting's id, as a number or as Zoom prints it (``812 3456 7890``). All methods raise
    InvalidInputError before anything is sent, NotFoundError for an unknown host or meeting, and the APIError of any
    other refusal.
    """

    def __init__(self, client: ZoomClient) -> None:
        self._client = client

    def create(
        self,
        host: str,
        *,
        topic: str,
        start: datetime | str | None = None,
        timezone: str | None = None,
        duration: int | str | None = None,
        type: int | None = None,
        agenda: str | None = None,
        passcode: str | None = None,
        default_password: bool | None = None,
        settings: Mapping[str, Any] | MeetingSettings | None = None,
        recurrence: Recurrence | Mapping[str, Any] | None = None,
        registration: str | None = None,
        alternative_hosts: str | Iterable[str] | None = None,
        invitees: Iterable[str] | None = None,
        tracking_fields: TrackingFields | None = None,
        template_id: str | None = None,
        schedule_for: str | None = None,
        pre_schedule: bool | None = None,
    ) -> Meeting:
        """Create one meeting of `host` (e-mail address, user id or ``me``), and send the request once.

        `start`: an aware datetime, or text such as ``2031-12-01T18:24`` with `timezone` (an IANA name). `duration` in
        minutes, 60 when not given. `type`: 1 instant, 2 scheduled, 3 recurring without fixed time, 8 a series, 10
        screen share only; 8 with a `recurrence`, else 2; only 2 and 8 have start and duration. `passcode`: up to 10
        characters; without it Zoom makes one, unless `default_password` is False and no policy asks for one.
        `settings`: Zoom's own names. `registration`: ``automatic``, ``manual`` (the host approves) or ``off``.
        `tracking_fields`: ``{"Department": "Sales"}``.

        The meeting returned has a warning for all that Zoom did otherwise. Raises TransportError when the meeting was
        certainly not made; OutcomeUnknownError when it may have been.
        """
        return self._client.run(
            create_flow(
                host,
                topic=topic,
                start=start,
                timezone=timezone,
                default_timezone=self._client.settings.timezone,
                duration=duration,
                type=type,
                agenda=agenda,
                passcode=passcode,
                default_password=default_password,
                settings=settings,
                recurrence=recurrence,
                registration=registration,
                alternative_hosts=alternative_hosts,
                invitees=invitees,
                tracking_fields=tracking_fields,
                template_id=template_id,
                schedule_for=schedule_for,
                pre_schedule=pre_schedule,
                policy=self._client.policy,
            )
        )

    def get(
        self, meeting: int | str, *, occurrence: str | int | None = None, previous_occurrences: bool = False
    ) -> Meeting:
        """Fetch a meeting, or one `occurrence` of a series; `previous_occurrences` shows the past ones too."""
        key = None if occurrence is None else check_occurrence(occurrence)
        return self._client.run(
            meetings.get(meeting, policy=self._client.policy, occurrence=key, previous_occurrences=previous_occurrences)
        )

    def list(
        self,
        host: str,
        *,
        type: str = "scheduled",
        from_date: date | str | None = None,
        to_date: date | str | None = None,
        timezone: str | None = None,
    ) -> builtins.list[Meeting]:
        """Fetch all meetings of `host`, all pages, of a `type`: scheduled, live, upcoming or previous_meetings.

        `from_date` and `to_date` are days in `timezone`. Lists leave out passcode and settings, cut the agenda to 250
        characters and never show instant meetings.
        """
        found = meetings.pages(
            host, policy=self._client.policy, type=type, from_date=from_date, to_date=to_date, timezone=timezone
        )
        return self._client.run(found.rest())

    def iterate(
        self,
        host: str,
        *,
        type: str = "scheduled",
        page_size: int = 300,
        from_date: date | str | None = None,
        to_date: date | str | None = None,
        timezone: str | None = None,
    ) -> Iterator[Meeting]:
        """Walk through the meetings of `host` as in `list`, fetching a page (up to 300) when it is needed.

        A page's mark lives 15 minutes: who is slower meets InvalidRequestError and starts again.
        """
        return self._client.each(
            meetings.pages(
                host,
                policy=self._client.policy,
                type=type,
                page_size=page_size,
                from_date=from_date,
                to_date=to_date,
                timezone=timezone,
            )
        )

    def upcoming(self, host: str) -> builtins.list[Meeting]:
        """Fetch the next 24 hours of a user's meetings, those they are only invited to included."""
        return self._client.run(meetings.upcoming(host, policy=self._client.policy))

    def update(
        self,
        meeting: int | str,
        *,
        occurrence: str | int | None = None,
        topic: str | None = None,
        start: datetime | str | None = None,
        timezone: str | None = None,
        duration: int | str | None = None,
        type: int | None = None,
        agenda: str | None = None,
        passcode: str | None = None,
        settings: Mapping[str, Any] | MeetingSettings | None = None,
        recurrence: Recurrence | Mapping[str, Any] | None = None,
        registration: str | None = None,
        alternative_hosts: str | Iterable[str] | None = None,
        invitees: Iterable[str] | None = None,
        tracking_fields: TrackingFields | None = None,
        template_id: str | None = None,
        schedule_for: str | None = None,
        pre_schedule: bool | None = None,
    ) -> Meeting:
        """Change what is given and nothing else, then read the meeting back and return it.

        Arguments as in `create`; `timezone` is the meeting's from then on; an empty `agenda` clears it. One
        `occurrence` can have its own start, duration, agenda and a few settings. Zoom refuses little and ignores a
        lot (a start that has passed, join before host beside a waiting room): the meeting returned has a warning for
        each. Once Zoom has said yes nothing raises; a meeting that could not be read back has its id and a warning.
        """
        return self._client.run(
            update_flow(
                meeting,
                occurrence=occurrence,
                topic=topic,
                start=start,
                timezone=timezone,
                default_timezone=self._client.settings.timezone,
                duration=duration,
                type=type,
                agenda=agenda,
                passcode=passcode,
                settings=settings,
                recurrence=recurrence,
                registration=registration,
                alternative_hosts=alternative_hosts,
                invitees=invitees,
                tracking_fields=tracking_fields,
                template_id=template_id,
                schedule_for=schedule_for,
                pre_schedule=pre_schedule,
                policy=self._client.policy,
            )
        )

    def delete(self, meeting: int | str, *, occurrence: str | int | None = None, notify: bool = False) -> bool:
        """Delete a meeting, or one `occurrence`. False when it was gone already: repeating does no harm.

        `notify` has Zoom mail the host and the registrants.
        """
        key = None if occurrence is None else check_occurrence(occurrence)
        return self._client.run(meetings.delete(meeting, policy=self._client.policy, occurrence=key, notify=notify))

    def end(self, meeting: int | str) -> None:
        """End a running meeting for all who are in it."""
        self._client.run(meetings.end(meeting, policy=self._client.policy))

    def recover(self, meeting: int | str) -> None:
        """Bring a deleted meeting back. Raises NotFoundError when Zoom no longer has it."""
        self._client.run(meetings.recover(meeting, policy=self._client.policy))

    def start_url(self, meeting: int | str) -> Secret[str]:
        """Fetch a fresh start link. It lives two hours, and whoever opens it is the host: keep it from guests."""
        return self._client.run(meetings.start_url(meeting, policy=self._client.policy))

    def invitation(self, meeting: int | str) -> Invitation:
        """Fetch the text Zoom would mail to guests, and addresses for room systems."""
        from zoomlink.zoom import invitations

        return self._client.run(invitations.invitation(meeting, policy=self._client.policy))

    def sip_uri(self, meeting: int | str, *, passcode: str | None = None) -> SipUri:
        """Fetch the encoded SIP address, with `passcode` in it if given (Zoom does not check it). Lives two hours."""
        from zoomlink.zoom import invitations

        return self._client.run(invitations.sip_uri(meeting, passcode=passcode, policy=self._client.policy))

    def invite_links(
        self, meeting: int | str, attendees: Iterable[str | Mapping[str, Any]], *, ttl: int = 7200
    ) -> builtins.list[InviteLink]:
        """Make personal links for up to 500 attendees, in their order, and ask for them once.

        An attendee is a name, or ``{"name": "Ana", "disable_video": True, "disable_audio": True}``. `ttl`: seconds the
        links live, 0 for ever, at most 90 days.
        """
        from zoomlink.zoom import invitations

        return self._client.run(invitations.invite_links(meeting, attendees, ttl=ttl, policy=self._client.policy))
