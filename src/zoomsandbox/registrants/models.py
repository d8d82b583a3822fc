"""Registration for the meetings of all hosts: who may register, what is decided, who is told. Never sees a request."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

from zoomsandbox.core.exceptions import ValidationFailedError
from zoomsandbox.meetings.entities import FIXED_TIME, SCHEDULED
from zoomsandbox.meetings.exceptions import MeetingNotFoundError
from zoomsandbox.registrants.entities import Registrant, Roll, keys_in
from zoomsandbox.registrants.exceptions import (
    BatchForScheduledOnlyError,
    InvalidRegistrantIdError,
    MeetingFullError,
    MeetingOverError,
    MeetingUnknownHereError,
    NoRegistrationError,
    PaidUsersOnlyError,
    RegistrationNotEnabledError,
)
from zoomsandbox.users.models import LICENSED

if TYPE_CHECKING:
    from collections.abc import Callable

    from zoomsandbox.core.clock import Clock
    from zoomsandbox.core.exceptions import ZoomError
    from zoomsandbox.core.ids import Ids
    from zoomsandbox.core.ledger import Cause, Ledger
    from zoomsandbox.meetings.entities import Meeting
    from zoomsandbox.meetings.models import Meetings
    from zoomsandbox.registrants.entities import Status

MOST = 4999
AUTOMATIC, MANUAL = 0, 1
ONCE_FOR_ALL, EACH_DATE, CHOSEN_DATES = 1, 2, 3
_DECIDED: dict[str, Status] = {"approve": "approved", "deny": "denied", "cancel": "cancelled"}


class Registrants:
    """All rolls. The ledger's words are ``register``, ``approve``, ``deny`` and ``cancel``, the subject a Registrant.

    Every operation refuses a host without licence (200) and a meeting without registration, each in its own words.
    """

    def __init__(self, clock: Clock, ids: Ids, meetings: Meetings, ledger: Ledger) -> None:
        self._clock = clock
        self._ids = ids
        self._meetings = meetings
        self._ledger = ledger
        self.reset()

    def reset(self) -> None:
        """No registrants."""
        self._rolls: dict[int, Roll] = {}
        self._count = 0

    def meeting(self, meeting_id: str, refusal: Callable[[int], ZoomError]) -> Meeting:
        """The meeting, when it takes registrations; otherwise raises, `refusal` made of its number included."""
        meeting = self._meetings.get(meeting_id, elsewhere=True)
        if meeting.host.type != LICENSED:
            raise PaidUsersOnlyError(meeting.host.id)
        if meeting.setting("approval_type") not in {AUTOMATIC, MANUAL}:
            raise refusal(meeting.id)
        return meeting

    def roll(self, meeting: Meeting) -> Roll:
        """The roll of a meeting; an empty one when nobody has registered."""
        return self.of_meeting(meeting.id)

    def of_meeting(self, number: int) -> Roll:
        """As `roll`, by the meeting's number, which may be gone by now."""
        return self._rolls.get(number) or Roll()

    def registrant(self, meeting: Meeting, registrant_id: str) -> Registrant:
        """One registrant; raises InvalidRegistrantIdError."""
        found = self.roll(meeting).find(registrant_id)
        if found is None or found.status == "cancelled":
            raise InvalidRegistrantIdError
        return found

    # -- registering -------------------------------------------------------------------------------------------------

    def for_adding(self, meeting_id: str) -> Meeting:
        """The meeting somebody wants to register for; raises unless that can be done now."""
        try:
            meeting = self.meeting(meeting_id, NoRegistrationError)
        except MeetingNotFoundError:
            raise MeetingUnknownHereError(meeting_id) from None
        self._must_not_be_over(meeting)
        return meeting

    def for_batch(self, meeting_id: str) -> Meeting:
        """As `for_adding`, in the words of the batch, which is for scheduled meetings alone."""
        meeting = self._meetings.get(meeting_id, elsewhere=True)
        if meeting.type != SCHEDULED:
            raise BatchForScheduledOnlyError
        meeting = self.meeting(meeting_id, lambda number: RegistrationNotEnabledError(number, 404))
        self._must_not_be_over(meeting)
        return meeting

    def add(self, meeting: Meeting, fields: dict[str, Any], wanted_dates: str, cause: Cause) -> Registrant:
        """Register somebody; whoever is registered already keeps id and link.

        `wanted_dates`: a comma list of occurrence ids, for registration types 2 and 3. Raises MeetingFullError,
        ValidationFailedError, InvalidOccurrenceError.
        """
        roll = self.roll(meeting)
        if wrong := roll.unanswered(fields):
            raise ValidationFailedError(wrong)
        dates = self._dates(meeting, wanted_dates)
        return self._enter(meeting, roll, fields, dates, cause, approve=bool(fields.get("auto_approve")))

    def add_batch(
        self, meeting: Meeting, people: list[dict[str, Any]], *, approve: bool, cause: Cause
    ) -> list[Registrant]:
        """Register all of `people` or, when there is no room for them, nobody."""
        roll = self.roll(meeting)
        new = {one["email"].lower() for one in people if roll.find(email=one["email"]) is None}
        if roll.coming + len(new) > MOST:
            raise MeetingFullError
        return [self._enter(meeting, roll, one, None, cause, approve=approve) for one in people]

    def _enter(
        self,
        meeting: Meeting,
        roll: Roll,
        fields: dict[str, Any],
        dates: frozenset[str] | None,
        cause: Cause,
        *,
        approve: bool,
    ) -> Registrant:
        known = roll.find(email=fields["email"])
        if (known is None or known.status in {"denied", "cancelled"}) and roll.coming >= MOST:
            raise MeetingFullError
        kept = {name: value for name, value in fields.items() if name not in {"auto_approve", "language"}}
        if known is None:
            self._count += 1
            now = int(self._clock.now())
            one = Registrant(self._ids.short_id(), self._count, meeting.id, int(self._ids.digits(6)), now)
            one.fields, one.dates = kept, dates
            self._rolls.setdefault(meeting.id, roll).add(one)
        else:
            one = known
            one.fields = one.fields | kept | {"email": one.email}
            if dates is not None and one.dates is not None:
                one.dates |= dates
        if known is None or one.status in {"denied", "cancelled"}:
            automatic = approve or meeting.setting("approval_type") == AUTOMATIC
            one.status = "approved" if automatic else "pending"
            one.by_date = {}
            self._commit("register", meeting, one, cause)
        return one

    def _dates(self, meeting: Meeting, wanted: str) -> frozenset[str] | None:
        kind = meeting.setting("registration_type") or ONCE_FOR_ALL
        if meeting.type != FIXED_TIME or kind == ONCE_FOR_ALL:
            return None
        keys = [self._meetings.occurrence(meeting, key).key for key in keys_in(wanted)]
        if not keys:
            now = self._clock.now()
            open_dates = [one.key for one in meeting.occurrences if not one.deleted and one.start >= now]
            # Which dates Zoom takes when none is named is unconfirmed
            keys = open_dates[:1] if kind == EACH_DATE else open_dates
        return frozenset(keys)

    def _must_not_be_over(self, meeting: Meeting) -> None:
        if meeting.end != math.inf and meeting.end <= self._clock.now() and not meeting.started:
            raise MeetingOverError

    # -- deciding ----------------------------------------------------------------------------------------------------

    def decide(self, meeting: Meeting, action: str, people: list[dict[str, Any]], key: str, cause: Cause) -> None:
        """Approve, deny or cancel those of `people` who are registered, for the date `key` or (blank) altogether."""
        if key:
            self._meetings.occurrence(meeting, key)
        roll = self.roll(meeting)
        for person in people:
            one = roll.find(person.get("id") or "", person.get("email") or "")
            if one is None or (key and one.status_on(key) is None):
                continue
            if key:
                one.by_date[key] = _DECIDED[action]
            else:
                one.status, one.by_date = _DECIDED[action], {}
            self._commit(action, meeting, one, cause)

    def remove(self, meeting: Meeting, registrant_id: str, key: str, cause: Cause) -> None:
        """Take somebody off the roll, or (where dates are chosen) off one date; raises InvalidRegistrantIdError."""
        one = self.registrant(meeting, registrant_id)
        if key:
            self._meetings.occurrence(meeting, key)
            if one.dates is not None:
                one.dates -= {key}
        if not key or not one.dates:
            self.roll(meeting).remove(one)
        self._commit("cancel", meeting, one, cause)

    # -- questions ---------------------------------------------------------------------------------------------------

    def ask(self, meeting: Meeting, questions: dict[str, Any], cause: Cause) -> None:
        """Replace the questions that are named."""
        roll = self._rolls.setdefault(meeting.id, self.roll(meeting))
        roll.questions = questions.get("questions", roll.questions)
        roll.custom_questions = questions.get("custom_questions", roll.custom_questions)
        self._ledger.commit(
            "ask",
            host=meeting.host.email,
            meeting_id=meeting.id,
            topic=meeting.topic,
            agenda=meeting.agenda,
            cause=cause,
            subject=roll,
        )

    def _commit(self, action: str, meeting: Meeting, registrant: Registrant, cause: Cause) -> None:
        self._ledger.commit(
            action,
            host=meeting.host.email,
            meeting_id=meeting.id,
            topic=meeting.topic,
            agenda=meeting.agenda,
            cause=cause,
            subject=registrant,
        )
