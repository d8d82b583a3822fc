"""The parts that make up a new or changed meeting, each by Zoom's rule for it. Knows users; holds no meeting."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from zoomsandbox.core import zones
from zoomsandbox.core.exceptions import ValidationFailedError
from zoomsandbox.core.validation import INVALID, MISSING
from zoomsandbox.meetings import passcodes, recurrence
from zoomsandbox.meetings.entities import (
    FIXED_TIME,
    INSTANT,
    NO_FIXED_TIME,
    NONE,
    NOTHING,
    SCHEDULED,
    Meeting,
    Occurrence,
)
from zoomsandbox.meetings.exceptions import (
    InstantForAnotherError,
    InvalidLoginDomainsError,
    InvalidScheduleForError,
    MayNotScheduleForError,
)
from zoomsandbox.meetings.settings import base_for, difference
from zoomsandbox.users.models import LICENSED

if TYPE_CHECKING:
    from datetime import datetime

    from zoomsandbox.core.ids import Ids
    from zoomsandbox.users.models import User, Users


class Drafting:
    """Hosts, passcodes, starts, settings and dates of meetings in the making."""

    def __init__(self, ids: Ids, users: Users) -> None:
        self._ids = ids
        self._users = users
        self._bases: dict[str, tuple[dict[str, Any], dict[str, Any]]] = {}

    def host_for(self, owner: User, kind: int, wanted: str | None) -> User:
        """Whose a meeting of `owner` is when it is scheduled for `wanted`, an address or id.

        Raises
        ------
        ZoomError
            InstantForAnotherError, InvalidScheduleForError, MayNotScheduleForError, MayNotHostError.
        """
        host = self._users.find(wanted) if wanted else owner
        if host is owner:
            return host
        if kind == INSTANT:
            raise InstantForAnotherError
        if host is None:
            raise InvalidScheduleForError
        if host.id not in owner.schedules_for:
            raise MayNotScheduleForError(wanted or "")
        host.must_host()
        return host

    def passcode(self, meeting: Meeting, fields: dict[str, Any]) -> str:
        """The passcode of a new meeting: given, made, or none; raises ValidationFailedError."""
        given: str = fields.get("password") or ""
        self.check_passcode(meeting.host, given)
        if given:
            return given
        scheduling = self._users.scheduling(meeting.host)
        required = scheduling[
            "require_password_for_scheduling_new_meetings"
            if meeting.listed
            else "require_password_for_instant_meetings"
        ]
        if required and (fields.get("default_password", True) or self._users.passcode_locked()):
            return self._ids.passcode(scheduling["meeting_password_requirement"])
        return ""

    def check_passcode(self, host: User, given: str) -> None:
        """Raise ValidationFailedError unless the host's policy takes this passcode; none is no matter of the policy."""
        if given and not passcodes.meets(given, self._users.scheduling(host)["meeting_password_requirement"]):
            raise ValidationFailedError([("password", INVALID)])

    def instant(self, given: float | datetime | None, zone_name: str) -> int | None:
        """A start as checked (see fields.StartTime) as an instant; wall time is meant in the zone."""
        if given is None or isinstance(given, int | float):
            return None if given is None else int(given)
        zone = zones.find(zone_name)
        if zone is None:
            raise ValidationFailedError([("timezone", INVALID)])
        return zones.instant_of(given, zone)

    def base(self, host: User) -> dict[str, Any]:
        """The settings of a meeting of `host` that is given none; one and the same for all of them."""
        settings = self._users.settings(host)
        known = self._bases.get(host.id)
        if known is None or known[0] != settings:
            known = self._bases[host.id] = (settings, base_for(settings))
        return known[1]

    def apply_settings(self, meeting: Meeting, chosen: dict[str, Any]) -> None:
        """Give `meeting` the settings `chosen`; raises InvalidLoginDomainsError."""
        domains = chosen.get("enforce_login_domains")
        if domains and ("," in domains or " " in domains.strip()):
            raise InvalidLoginDomainsError
        kept = difference(meeting.base, chosen, may_register=meeting.host.type == LICENSED)
        meeting.settings = kept or NOTHING

    def apply_extra(self, meeting: Meeting, fields: dict[str, Any]) -> None:
        """Give `meeting` what few meetings have; what is given as nothing goes."""
        kept: dict[str, Any] = {
            name: fields[name] for name in ("template_id", "pre_schedule", "tracking_fields") if name in fields
        }
        if meeting.type == FIXED_TIME and fields.get("recurrence"):
            kept["recurrence"] = fields["recurrence"]
        may = meeting.type in {SCHEDULED, NO_FIXED_TIME}
        if not may and (kept or meeting.extra):
            kept["pre_schedule"] = False
        if may and meeting.setting("use_pmi"):
            kept["pmi"] = str(meeting.host.pmi)
        elif "pmi" in meeting.extra:
            kept["pmi"] = ""
        if kept:
            meeting.extra = {name: value for name, value in (meeting.extra | kept).items() if value} or NOTHING

    def repeat(self, meeting: Meeting) -> None:
        """Work the dates of `meeting` out anew; raises ValidationFailedError."""
        if meeting.type != FIXED_TIME:
            meeting.occurrences = NONE
            if "recurrence" in meeting.extra:
                meeting.extra = {name: value for name, value in meeting.extra.items() if name != "recurrence"}
            return
        rule = meeting.extra.get("recurrence")
        if not rule:
            raise ValidationFailedError([("recurrence", MISSING)])
        if rule.get("repeat_interval", 1) > recurrence.LONGEST_INTERVAL[rule["type"]]:
            raise ValidationFailedError([("recurrence.repeat_interval", INVALID)])
        zone = zones.find(meeting.timezone)
        assert zone is not None, "the zone was checked with the fields"  # noqa: S101 - for the type checker
        starts = recurrence.starts(rule, meeting.start or 0, zone)
        if not starts:
            raise ValidationFailedError([("recurrence.end_date_time", INVALID)])
        meeting.start = starts[0]
        meeting.occurrences = [Occurrence(start, meeting.duration) for start in starts]


def keep_dates(old: Meeting, new: Meeting) -> None:
    """Where a change made the same dates again, leave what was done to single ones as it was."""
    if [one.key for one in old.occurrences] != [one.key for one in new.occurrences]:
        return
    for before, after in zip(old.occurrences, new.occurrences, strict=True):
        after.start, after.deleted, after.changes = before.start, before.deleted, before.changes
        if old.duration == new.duration:
            after.duration = before.duration
