"""The meetings of all hosts and the rules by which they come, change and go. Never sees a request."""

from __future__ import annotations

import bisect
import heapq
import math
from itertools import islice
from typing import TYPE_CHECKING, Any

from zoomsandbox.core.clock import zulu
from zoomsandbox.core.exceptions import ValidationFailedError
from zoomsandbox.core.validation import MISSING
from zoomsandbox.meetings.changes import ONE_DATE_SETTINGS, copy_of, differences
from zoomsandbox.meetings.drafting import Drafting, keep_dates
from zoomsandbox.meetings.entities import (
    FIXED_TIME,
    INSTANT,
    NO_FIXED_TIME,
    SCHEDULED,
    SCREEN_SHARE,
    Meeting,
    Occurrence,
)
from zoomsandbox.meetings.exceptions import (
    InvalidOccurrenceError,
    MeetingInProgressError,
    MeetingNotFoundError,
    NoPreScheduleError,
    PersonalMeetingStaysError,
)
from zoomsandbox.meetings.guests import GuestBook
from zoomsandbox.meetings.shelf import Shelf
from zoomsandbox.meetings.trash import Trash

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from zoomsandbox.core.clock import Clock
    from zoomsandbox.core.ids import Ids
    from zoomsandbox.core.ledger import Cause, Ledger
    from zoomsandbox.options import Options
    from zoomsandbox.users.models import User, Users

__all__ = ["FIXED_TIME", "INSTANT", "NO_FIXED_TIME", "SCHEDULED", "SCREEN_SHARE", "Meeting", "Meetings", "Occurrence"]

_HALF_YEAR = 183 * 86400


class Meetings:
    """All meetings of the account."""

    def __init__(self, options: Options, clock: Clock, ids: Ids, users: Users, ledger: Ledger) -> None:
        self._options = options
        self._clock = clock
        self._ids = ids
        self._users = users
        self._ledger = ledger
        # Whoever plays meetings takes this over; a meeting that nobody plays just stops
        self.end_running: Callable[[Meeting, Cause], None] = self._stop
        self.reset()

    def reset(self) -> None:
        """No meetings."""
        self._by_id: dict[int, Meeting] = {}
        self._shelves: dict[str, Shelf] = {}
        self._drafting = Drafting(self._ids, self._users)
        self._deadlines: list[tuple[float, int]] = []
        self._trash = Trash(self._clock)
        self._guests = GuestBook()

    def __len__(self) -> int:
        return len(self._by_id)

    def __iter__(self) -> Iterator[Meeting]:
        return iter(self._by_id.values())

    # -- create ------------------------------------------------------------------------------------------------------

    def create(self, user_id: str, fields: dict[str, Any], cause: Cause) -> Meeting:
        """Make a meeting of checked `fields` (see fields.MEETING) for this user.

        Raises
        ------
        ZoomError
            UserNotFoundError, MayNotHostError, InvalidScheduleForError, MayNotScheduleForError,
            InstantForAnotherError, ValidationFailedError, InvalidLoginDomainsError.
        """
        scheduler = self._users.get(user_id)
        scheduler.must_host()
        host = self._drafting.host_for(scheduler, fields.get("type", SCHEDULED), fields.get("schedule_for"))
        now = int(self._clock.now())
        meeting = Meeting(self._new_id(), "", host, self._drafting.base(host), now)
        if scheduler is not host:
            meeting.assistant_id = scheduler.id
        meeting.type = fields.get("type", SCHEDULED)
        meeting.topic = fields.get("topic") or meeting.topic
        meeting.agenda = fields.get("agenda") or ""
        meeting.duration = fields.get("duration", 60)
        meeting.timezone = fields.get("timezone") or host.timezone
        if meeting.type in {SCHEDULED, FIXED_TIME}:
            start = self._drafting.instant(fields.get("start_time"), meeting.timezone)
            meeting.start = now if start is None or start < now else start
        self._drafting.apply_settings(meeting, fields.get("settings") or {})
        self._drafting.apply_extra(meeting, fields)
        self._drafting.repeat(meeting)
        meeting.passcode = self._drafting.passcode(meeting, fields)
        meeting.uuid = self._ids.uuid()
        self._by_id[meeting.id] = meeting
        self._shelve(meeting)
        self._commit("create", meeting, cause)
        return meeting

    # -- read --------------------------------------------------------------------------------------------------------

    def get(self, meeting_id: str, *, elsewhere: bool = False) -> Meeting:
        """The meeting with this id; raises MeetingNotFoundError, MayNotHostError."""
        self._expire()
        meeting = self._by_id.get(int(meeting_id)) if _is_id(meeting_id) else None
        if meeting is None:
            raise MeetingNotFoundError(meeting_id)
        meeting.host.must_host(elsewhere=elsewhere)
        return meeting

    def find(self, meeting_id: str) -> Meeting | None:
        """The meeting with this id; None when there is none."""
        self._expire()
        return self._by_id.get(int(meeting_id)) if _is_id(meeting_id) else None

    def meant_by(self, number: str) -> Meeting | None:
        """The meeting that a link with this number leads to: a personal one leads to the newest that uses it."""
        meeting = self.find(number)
        host = self._users.owner_of_personal_id(int(number)) if meeting is None and _is_id(number) else None
        if host is not None:
            using = (one for one in reversed(self._by_id.values()) if one.host is host and "pmi" in one.extra)
            meeting = next(using, None)
        return meeting

    def newest(self, count: int) -> list[Meeting]:
        """The last ones made, the newest first."""
        self._expire()
        return list(islice(reversed(self._by_id.values()), count))

    def occurrence(self, meeting: Meeting, key: str) -> Occurrence:
        """One living date of a series; raises InvalidOccurrenceError."""
        for one in meeting.occurrences:
            if one.key == key and not one.deleted:
                return one
        raise InvalidOccurrenceError

    def ranges(self, host: User, kind: str) -> tuple[list[tuple[float, int]], list[range]]:
        """A host's order of listed meetings, and the stretches of it that a list of this `kind` shows."""
        self._expire()
        shelf = self._shelves.get(host.id)
        if shelf is None:
            return [], []
        order, now = shelf.order, self._clock.now()
        if kind == "live":
            live = sorted((self._by_id[one].end, one) for one in shelf.live)
            return live, [range(len(live))]
        if kind == "scheduled":
            return order, [range(len(order))]
        ended = bisect.bisect_left(order, (now,))
        if kind == "previous_meetings":
            return order, [range(bisect.bisect_left(order, (now - _HALF_YEAR,)), ended)]
        far = bisect.bisect_left(order, (now + _HALF_YEAR,), lo=ended)
        timeless = bisect.bisect_left(order, (math.inf,), lo=far)
        return order, [range(ended, far), range(timeless, len(order))]

    def concerning(self, user: User) -> Iterator[Meeting]:
        """Listed meetings without end yet that `user` hosts or is invited to."""
        order, ranges = self.ranges(user, "upcoming")
        own = {order[at][1] for stretch in ranges for at in stretch}
        now = self._clock.now()
        for number in own | self._guests.of(user.email, user.id):
            meeting = self._by_id[number]
            if meeting.listed and meeting.end > now:
                yield meeting

    def by_number(self, number: int) -> Meeting:
        """The meeting with an id taken from `ranges`."""
        return self._by_id[number]

    # -- change ------------------------------------------------------------------------------------------------------

    def update(self, meeting_id: str, fields: dict[str, Any], cause: Cause) -> None:
        """Change what `fields` names; a start in the past is ignored."""
        meeting = self.get(meeting_id)
        host = self._drafting.host_for(meeting.host, meeting.type, fields.get("schedule_for"))
        if fields.get("pre_schedule") and fields.get("type", meeting.type) not in {SCHEDULED, NO_FIXED_TIME}:
            raise NoPreScheduleError
        password = fields.get("password")
        self._drafting.check_passcode(meeting.host, password or "")
        kind = fields.get("type", meeting.type)
        if kind == FIXED_TIME and not (fields.get("recurrence") or meeting.extra.get("recurrence")):
            raise ValidationFailedError([("recurrence", MISSING)])
        draft = copy_of(meeting)
        draft.type = kind
        if host is not meeting.host:
            draft.host, draft.base, draft.assistant_id = host, self._drafting.base(host), meeting.host.id
        for name in ("topic", "agenda", "duration", "timezone"):
            if fields.get(name) is not None:
                setattr(draft, name, fields[name])
        if password is not None and (password or not self._users.passcode_locked()):
            draft.passcode = password
        now = int(self._clock.now())
        start = self._drafting.instant(fields.get("start_time"), draft.timezone)
        if kind not in {SCHEDULED, FIXED_TIME}:
            draft.start = None
        elif start is not None and start >= now:
            draft.start = start
        elif draft.start is None:
            draft.start = now
        self._drafting.apply_settings(draft, meeting.settings | (fields.get("settings") or {}))
        self._drafting.apply_extra(draft, fields)
        if {"recurrence", "type", "timezone", "duration"} & fields.keys() or draft.start != meeting.start:
            self._drafting.repeat(draft)
            keep_dates(meeting, draft)
        before = differences(meeting, draft)
        self._unshelve(meeting)
        live = self._shelves[meeting.host.id].live if meeting.started and meeting.listed else set()
        live.discard(meeting.id)
        for name in Meeting.__slots__:
            setattr(meeting, name, getattr(draft, name))
        self._shelve(meeting)
        if meeting.started:
            self.play(meeting)
        self._commit("update", meeting, cause, before)

    def update_occurrence(self, meeting_id: str, key: str, fields: dict[str, Any], cause: Cause) -> None:
        """Change one date of a series: agenda, start, duration and some settings."""
        meeting = self.get(meeting_id)
        one = self.occurrence(meeting, key)
        start = self._drafting.instant(fields.get("start_time"), fields.get("timezone") or meeting.timezone)
        before: dict[str, Any] = {"occurrence_id": key, "start_time": zulu(one.start), "duration": one.duration}
        self._unshelve(meeting)
        if start is not None and start >= self._clock.now():
            one.start = start
        one.duration = fields.get("duration") or one.duration
        changes = {name: fields[name] for name in ("agenda",) if fields.get(name) is not None}
        settings = {name: value for name, value in (fields.get("settings") or {}).items() if name in ONE_DATE_SETTINGS}
        if settings:
            changes["settings"] = one.changes.get("settings", {}) | settings
        one.changes = one.changes | changes
        self._shelve(meeting)
        self._commit("update", meeting, cause, before)

    def delete(self, meeting_id: str, cause: Cause) -> None:
        """Remove a meeting, a series whole."""
        if _is_id(meeting_id) and self._users.owner_of_personal_id(int(meeting_id)):
            raise PersonalMeetingStaysError
        meeting = self.get(meeting_id, elsewhere=True)
        if meeting.started:
            raise MeetingInProgressError
        self._drop(meeting)
        self._trash.put(meeting)
        self._commit("delete", meeting, cause)

    def recover(self, meeting_id: str, cause: Cause) -> None:
        """Bring a deleted meeting back as it was; one that is there stays as it is (unconfirmed).

        Raises
        ------
        ZoomError
            MeetingNotFoundError when it was never there or was deleted more than a week ago; MayNotHostError.
        """
        meeting = self._trash.find(int(meeting_id)) if _is_id(meeting_id) else None
        if meeting is None or self._users.find(meeting.host.id) is not meeting.host:
            self.get(meeting_id, elsewhere=True)
            return
        meeting.host.must_host(elsewhere=True)
        self._trash.take(meeting)
        if meeting.occurrences and all(one.deleted for one in meeting.occurrences):
            # The series went with its last date; without one it would be no series
            meeting.occurrences[-1].deleted = False
        self._by_id[meeting.id] = meeting
        self._shelve(meeting)
        self._commit("recover", meeting, cause)

    def end(self, meeting_id: str, cause: Cause) -> None:
        """End a meeting if it runs; one that does not is left alone (unconfirmed)."""
        meeting = self.get(meeting_id, elsewhere=True)
        if meeting.started:
            self.end_running(meeting, cause)

    def remove(self, meeting: Meeting, cause: Cause) -> None:
        """Remove a meeting because its host goes, whatever the host may do."""
        if meeting.id in self._by_id:
            self._drop(meeting)
            self._commit("delete", meeting, cause)

    def delete_occurrence(self, meeting_id: str, key: str, cause: Cause) -> None:
        """Remove one date of a series; the series goes with its last."""
        meeting = self.get(meeting_id, elsewhere=True)
        one = self.occurrence(meeting, key)
        if meeting.started and all(other.deleted or other is one for other in meeting.occurrences):
            raise MeetingInProgressError
        self._unshelve(meeting)
        one.deleted = True
        self._shelve(meeting)
        if all(other.deleted for other in meeting.occurrences):
            self._drop(meeting)
            self._trash.put(meeting)
        self._commit("delete", meeting, cause, {"occurrence_id": key})

    # -- keeping order -----------------------------------------------------------------------------------------------

    def _new_id(self) -> int:
        while (meeting_id := self._ids.meeting_id()) in self._by_id or meeting_id in self._trash:
            pass
        return meeting_id

    def _shelve(self, meeting: Meeting) -> None:
        if meeting.listed:
            shelf = self._shelves.setdefault(meeting.host.id, Shelf())
            shelf.put(meeting)
            if meeting.started:
                shelf.live.add(meeting.id)
            self._guests.enter(meeting)
        heapq.heappush(self._deadlines, (meeting.expires, meeting.id))

    def _unshelve(self, meeting: Meeting) -> None:
        shelf = self._shelves.get(meeting.host.id)
        if shelf is not None:
            shelf.take((meeting.end, meeting.id))
            shelf.live.discard(meeting.id)
            self._guests.strike(meeting)

    def _drop(self, meeting: Meeting) -> None:
        self._unshelve(meeting)
        shelf = self._shelves.get(meeting.host.id)
        if shelf is not None:
            shelf.live.discard(meeting.id)
        del self._by_id[meeting.id]

    def _expire(self) -> None:
        now = self._clock.now()
        while self._deadlines and self._deadlines[0][0] <= now:
            meeting = self._by_id.get(heapq.heappop(self._deadlines)[1])
            # A changed meeting has a later deadline further back in the heap
            if meeting is not None and meeting.expires <= now:
                self._drop(meeting)

    def play(self, meeting: Meeting) -> None:
        """Note that a meeting runs. The rules of running are not here."""
        meeting.started = True
        if meeting.listed:
            self._shelves.setdefault(meeting.host.id, Shelf()).live.add(meeting.id)

    def rest(self, meeting: Meeting) -> None:
        """Note that it runs no more: a new uuid and a new life for its id; an instant meeting goes with its end."""
        meeting.started = False
        meeting.uuid = self._ids.uuid()
        meeting.extra = meeting.extra | {"last_used": self._clock.now()}
        if meeting.listed:
            self._shelves.setdefault(meeting.host.id, Shelf()).live.discard(meeting.id)
            heapq.heappush(self._deadlines, (meeting.expires, meeting.id))
        else:
            self._drop(meeting)

    def _stop(self, meeting: Meeting, cause: Cause) -> None:
        self.rest(meeting)
        self._commit("end", meeting, cause)

    def _commit(self, action: str, meeting: Meeting, cause: Cause, before: dict[str, Any] | None = None) -> None:
        self._ledger.commit(
            action,
            host=meeting.host.email,
            meeting_id=meeting.id,
            topic=meeting.topic,
            agenda=meeting.agenda,
            cause=cause,
            subject=meeting,
            before=before,
        )


def _is_id(text: str) -> bool:
    return text.isascii() and text.isdecimal() and len(text) < 19
