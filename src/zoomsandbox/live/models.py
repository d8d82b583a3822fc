"""All meetings that run and all that have run: the rules of starting, joining and ending. Never sees a request.

Creating a meeting of type 1 or 10 starts nothing: it waits, as Zoom answers, until somebody opens its start URL.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from zoomsandbox.core.ledger import Cause
from zoomsandbox.live import rules
from zoomsandbox.live.entities import Instance, Participant
from zoomsandbox.live.exceptions import (
    AnotherInProgressError,
    FullError,
    HostIsElsewhereError,
    MayNotHostNowError,
    NotItsHostError,
    NotRunningError,
    NotThereError,
)
from zoomsandbox.users.models import BASIC, LICENSED

if TYPE_CHECKING:
    from zoomsandbox.core.clock import Clock
    from zoomsandbox.core.ids import Ids
    from zoomsandbox.core.ledger import Ledger
    from zoomsandbox.core.timers import Timers
    from zoomsandbox.meetings.entities import Meeting
    from zoomsandbox.meetings.models import Meetings
    from zoomsandbox.options import Options
    from zoomsandbox.users.models import User, Users

LEFT = ""
HOST_ENDED = "Host ended the meeting."
HOST_STARTED_ANOTHER = "Host started a new meeting."
TOO_LONG_FOR_FREE = "Exceeded free meeting minutes limit."
LEFT_WAITING_ROOM = "Leave waiting room."

_FIRST_NUMBER, _NEXT_NUMBER = 16_778_240, 1024


class Live:
    """The runs of all meetings (`Instance`), those that go on and those that are over."""

    def __init__(
        self, options: Options, clock: Clock, timers: Timers, ids: Ids, users: Users, meetings: Meetings, ledger: Ledger
    ) -> None:
        self._options = options
        self._clock = clock
        self._timers = timers
        self._ids = ids
        self._users = users
        self._meetings = meetings
        self._ledger = ledger
        meetings.end_running = self._end_by_status
        self.reset()

    def reset(self) -> None:
        """Nothing runs and nothing has run."""
        self._running: dict[int, Instance] = {}
        self._past: dict[int, list[Instance]] = {}
        self._by_uuid: dict[str, Instance] = {}
        self._lobby: dict[int, list[Participant]] = {}

    # -- read --------------------------------------------------------------------------------------------------------

    def running(self, meeting_id: int) -> Instance | None:
        """The present run of a meeting."""
        return self._running.get(meeting_id)

    def running_of(self, host: User) -> list[Instance]:
        """What runs now for this host, the first started first."""
        return [one for one in self._running.values() if one.host is host]

    def past(self, meeting_id: int) -> list[Instance]:
        """The runs of a meeting that are over, the oldest first; they stay when the meeting is deleted."""
        return list(self._past.get(meeting_id, ()))

    def instance(self, uuid: str) -> Instance | None:
        """The run, present or past, with this uuid."""
        return self._by_uuid.get(uuid)

    def before_the_door(self, meeting_id: int) -> list[Participant]:
        """Who waits for the host to start this meeting."""
        return list(self._lobby.get(meeting_id, ()))

    # -- start and end -----------------------------------------------------------------------------------------------

    def start(self, meeting: Meeting, person: str, cause: Cause, *, end_other: bool = False) -> Instance:
        """The host, or an alternative host, opens the start URL. Who is in already stays as they are.

        Parameters
        ----------
        person:
            the address of who starts it; empty: the host.
        end_other:
            end what this host has running if no more may run.

        Raises
        ------
        CannotError
            NotItsHostError, MayNotHostNowError, AnotherInProgressError.
        """
        person = person or meeting.host.email
        if not rules.may_start(meeting, person):
            raise NotItsHostError(person)
        instance = self._running.get(meeting.id)
        if instance is None:
            if meeting.host.status != "active" or meeting.host.type not in {BASIC, LICENSED}:
                raise MayNotHostNowError(meeting.host.email)
            others, most = self.running_of(meeting.host), self._at_once(meeting.host)
            if len(others) >= most:
                if not end_other:
                    raise AnotherInProgressError(meeting.host.email, [one.meeting_id for one in others], most)
                for other in others[: len(others) - most + 1]:
                    self._finish(other, HOST_STARTED_ANOTHER, cause)
            instance = self._begin(meeting, cause)
        if not any(one.role == "host" and one.email.lower() == person.lower() for one in instance.inside):
            user = self._users.find(person)
            host = self._person(user.display_name if user else person, person)
            host.role = "host"
            self._let_in(host, instance, cause)
        self._open_door(meeting, cause)
        return instance

    def end(self, meeting: Meeting, cause: Cause) -> Instance:
        """The host ends it for all; raises NotRunningError."""
        instance = self._running.get(meeting.id)
        if instance is None:
            raise NotRunningError(meeting.id)
        self._finish(instance, HOST_ENDED, cause)
        return instance

    # -- guests ------------------------------------------------------------------------------------------------------

    def join(self, meeting: Meeting, name: str, email: str, cause: Cause) -> Participant:
        """A guest opens the join URL, with the right passcode.

        The guest is then in, or in the waiting room, or before the door until the host comes (see `state`).

        Raises
        ------
        CannotError
            HostIsElsewhereError, FullError.
        """
        guest = self._person(name, email)
        instance = self._running.get(meeting.id)
        if instance is None:
            if len(self.running_of(meeting.host)) >= self._at_once(meeting.host):
                raise HostIsElsewhereError
            opens = rules.opens_at(meeting, self._clock.now())
            if opens is None or opens > self._clock.now():
                self._lobby.setdefault(meeting.id, []).append(guest)
                self._commit("wait_for_host", meeting, guest, cause)
                if opens is not None:
                    self._timers.at(opens, lambda: self._open_early(meeting))
                return guest
            instance = self._begin(meeting, cause)
        self._receive(guest, meeting, instance, cause)
        return guest

    def admit(self, meeting: Meeting, who: str, cause: Cause) -> list[Participant]:
        """The host lets somebody in from the waiting room, or (empty) all; raises NotRunningError, NotThereError."""
        instance = self._running.get(meeting.id)
        if instance is None:
            raise NotRunningError(meeting.id)
        chosen = [_find(instance.waiting, who)] if who else instance.waiting
        for guest in chosen:
            self._let_in(guest, instance, cause, action="admit")
        return chosen

    def leave(self, meeting: Meeting, who: str, cause: Cause) -> Participant:
        """Somebody goes (by number, address or name); with the last one inside the meeting ends.

        Raises
        ------
        CannotError
            NotThereError.
        """
        instance = self._running.get(meeting.id)
        lobby = self._lobby.get(meeting.id, [])
        person = _find([*(instance.inside + instance.waiting if instance else []), *lobby], who)
        if person in lobby:
            lobby.remove(person)
            person.state, person.left_at = "left", self._clock.now()
        elif instance is not None:
            self._let_out(person, instance, LEFT if person.state == "in" else LEFT_WAITING_ROOM, cause)
            if not instance.inside:
                self._finish(instance, HOST_ENDED, cause)
        return person

    # -- how -----------------------------------------------------------------------------------------------------------

    def _at_once(self, host: User) -> int:
        return rules.at_once(host, self._options.plan, self._users.settings(host)["feature"])

    def _person(self, name: str, email: str) -> Participant:
        user = self._users.find(email) if email and email != "me" else None
        return Participant(name, email, user, self._ids.uuid(), self._clock.now())

    def _begin(self, meeting: Meeting, cause: Cause) -> Instance:
        now = self._clock.now()
        instance = Instance(meeting, now, now + rules.longest(meeting.host, self._options.plan))
        self._running[meeting.id] = self._by_uuid[instance.uuid] = instance
        self._meetings.play(meeting)
        self._commit("start", meeting, instance, cause)
        reason = TOO_LONG_FOR_FREE if instance.ends_by - now == rules.BASIC_SECONDS else HOST_ENDED
        instance.timer = self._timers.at(instance.ends_by, lambda: self._finish(instance, reason, Cause()))
        return instance

    def _receive(self, guest: Participant, meeting: Meeting, instance: Instance, cause: Cause) -> None:
        if meeting.setting("waiting_room"):
            self._enter(guest, instance)
            guest.state = "waiting_room"
            self._commit("wait", instance, guest, cause)
        else:
            self._let_in(guest, instance, cause)

    def _open_door(self, meeting: Meeting, cause: Cause) -> None:
        """The meeting runs: receive who waited for that."""
        instance = self._running[meeting.id]
        for guest in self._lobby.pop(meeting.id, []):
            try:
                self._receive(guest, meeting, instance, cause)
            except FullError:
                guest.state, guest.left_at = "left", self._clock.now()

    def _open_early(self, meeting: Meeting) -> None:
        """The time has come from which guests may be in without the host."""
        wanted = self._lobby.get(meeting.id) and meeting.id not in self._running
        free = len(self.running_of(meeting.host)) < self._at_once(meeting.host)
        if wanted and free and self._meetings.find(str(meeting.id)) is meeting:
            self._begin(meeting, Cause())
            self._open_door(meeting, Cause())

    def _enter(self, person: Participant, instance: Instance) -> None:
        if person.instance is None:
            person.instance = instance
            person.number = _FIRST_NUMBER + _NEXT_NUMBER * len(instance.participants)
            instance.participants.append(person)

    def _let_in(self, person: Participant, instance: Instance, cause: Cause, action: str = "") -> None:
        capacity = self._users.settings(instance.host)["feature"]["meeting_capacity"]
        if len(instance.inside) >= capacity:
            raise FullError(capacity)
        self._enter(person, instance)
        if action:
            self._commit(action, instance, person, cause)
        person.state, person.joined_at = "in", self._clock.now()
        self._commit("join", instance, person, cause)

    def _let_out(self, person: Participant, instance: Instance, reason: str, cause: Cause) -> None:
        was_in = person.state == "in"
        person.state, person.left_at, person.reason = "left", self._clock.now(), reason
        self._commit("leave" if was_in else "leave_waiting_room", instance, person, cause)

    def _finish(self, instance: Instance, reason: str, cause: Cause) -> None:
        if instance.timer is not None:
            instance.timer.cancel()
        for person in [*instance.inside, *instance.waiting]:
            self._let_out(person, instance, reason, cause)
        instance.ended_at = self._clock.now()
        del self._running[instance.meeting_id]
        self._past.setdefault(instance.meeting_id, []).append(instance)
        meeting = self._meetings.find(str(instance.meeting_id))
        if meeting is not None:
            self._meetings.rest(meeting)
        self._commit("end", instance, instance, cause)

    def _end_by_status(self, meeting: Meeting, cause: Cause) -> None:
        self.end(meeting, cause)

    def _commit(self, action: str, of: Meeting | Instance, subject: object, cause: Cause) -> None:
        self._ledger.commit(
            action,
            host=of.host.email,
            meeting_id=of.meeting_id if isinstance(of, Instance) else of.id,
            topic=of.topic,
            agenda="",
            cause=cause,
            subject=subject,
        )


def _find(people: list[Participant], who: str) -> Participant:
    """The first of `people` with this number, address or name; raises NotThereError."""
    wanted = who.strip().lower()
    for person in people:
        if wanted and wanted in {str(person.number), person.email.lower(), person.name.lower()}:
            return person
    raise NotThereError(who or "Nobody named")
