"""Users of the account and what they may do. Never sees a request."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Literal, NamedTuple

from zoomsandbox.users.exceptions import InvitationPendingError, MayNotHostError, UserNotFoundError
from zoomsandbox.users.settings import LOCKED, defaults

if TYPE_CHECKING:
    from collections.abc import Iterable

    from zoomsandbox.core.clock import Clock
    from zoomsandbox.core.ids import Ids
    from zoomsandbox.options import Options

BASIC, LICENSED, UNASSIGNED, NONE = 1, 2, 4, 99
Status = Literal["active", "inactive", "pending"]


class UserSpec(NamedTuple):
    """A user as configured: address, Zoom's number for the licence, and state."""

    email: str
    type: int
    status: Status


# What may stand behind an address: licences, and states of a licensed user
KINDS = {"basic": BASIC, "licensed": LICENSED, "unassigned": UNASSIGNED}
STATES: dict[str, Status] = {"inactive": "inactive", "pending": "pending"}


class User:
    """One user. `schedules_for` holds ids of the users for whom this one may schedule."""

    __slots__ = (
        "created_at",
        "email",
        "first_name",
        "id",
        "last_name",
        "overrides",
        "owner",
        "pmi",
        "schedules_for",
        "status",
        "timezone",
        "type",
    )

    def __init__(self, user_id: str, email: str, kind: int, pmi: int, timezone: str, created_at: float) -> None:
        self.id = user_id
        self.email = email
        self.type = kind
        self.pmi = pmi
        self.timezone = timezone
        self.created_at = created_at
        self.status: Status = "active"
        self.owner = False
        self.first_name = email.partition("@")[0].capitalize()
        self.last_name = "Sandbox"
        self.schedules_for: set[str] = set()
        self.overrides: dict[str, dict[str, Any]] = {}

    @property
    def display_name(self) -> str:
        return f"{self.first_name} {self.last_name}".strip()

    def must_host(self, *, elsewhere: bool = False) -> None:
        """Raise unless this user may own meetings.

        What Zoom answers for a deactivated user is unconfirmed; the sandbox treats one as lacking the right.
        """
        if self.status == "pending":
            raise InvitationPendingError
        if self.type not in {BASIC, LICENSED} or self.status != "active":
            raise MayNotHostError(elsewhere=elsewhere)


class Users:
    """All users, found by id or e-mail; `me` is the account's owner.

    `defaults` are the settings of a user who has none of their own, `locked` the names of those that the account has
    locked, `tracking_fields` the account's tracking fields as Zoom lists them.
    """

    def __init__(self, options: Options, clock: Clock, ids: Ids) -> None:
        self._options = options
        self._clock = clock
        self._ids = ids
        self.defaults = defaults(options.plan)
        self.reset()

    def reset(self) -> None:
        """The users of the options again, the first one owner; a free account has the passcode locked."""
        self.locked: set[str] = {LOCKED} if self._options.plan == "free" else set()
        self.tracking_fields: list[dict[str, Any]] = []
        self.account_number = 90_000_000 + int(self._ids.digits(6))
        self._by_id: dict[str, User] = {}
        self._by_email: dict[str, User] = {}
        self._personal_ids: dict[int, User] = {}
        for at, spec in enumerate(self._options.users):
            email, kind, status = parse_user(spec)
            user = self.add(email, kind)
            user.owner, user.status = at == 0, status

    def add(self, email: str, kind: int) -> User:
        """A new active user; raises ValueError when the address is taken."""
        if email.lower() in self._by_email:
            raise ValueError(f"two users with the address {email}")
        user = User(
            self._ids.short_id(), email, kind, self._ids.personal_id(), self._options.timezone, self._clock.now()
        )
        self._by_id[user.id] = self._by_email[email.lower()] = self._personal_ids[user.pmi] = user
        return user

    def add_missing(self, specs: Iterable[str]) -> None:
        """Add those of ``EMAIL[:kind]`` whose address nobody has."""
        for spec in specs:
            email, kind, status = parse_user(spec)
            if self.find(email) is None:
                self.add(email, kind).status = status

    def remove(self, user: User) -> None:
        """Take a user away; the caller sees to what they own."""
        del self._by_id[user.id], self._by_email[user.email.lower()], self._personal_ids[user.pmi]
        for other in self._by_id.values():
            other.schedules_for.discard(user.id)

    def all(self) -> list[User]:
        """In the order in which they were made."""
        return list(self._by_id.values())

    @property
    def owner(self) -> User:
        return next(iter(self._by_id.values()))

    def get(self, user_id: str) -> User:
        """The user with this id or e-mail (case does not matter there), or `me`; raises UserNotFoundError."""
        user = self.find(user_id)
        if user is None:
            raise UserNotFoundError(user_id)
        return user

    def find(self, user_id: str) -> User | None:
        """As `get`, None when there is none."""
        if user_id == "me":
            return self.owner
        return self._by_id.get(user_id) or self._by_email.get(user_id.lower())

    def owner_of_personal_id(self, meeting_id: int) -> User | None:
        """The user whose personal meeting id this is."""
        return self._personal_ids.get(meeting_id)

    def listed(self, status: str, role_id: str | None) -> list[User]:
        """Users with this status, and role when one is given."""
        return [
            user
            for user in self._by_id.values()
            if user.status == status and (role_id is None or role_id == role_of(user)[0])
        ]

    def settings(self, user: User) -> dict[str, dict[str, Any]]:
        """The user's settings by group; only for reading: what is not overridden is shared by all."""
        if not user.overrides:
            return self.defaults
        return {group: values | user.overrides.get(group, {}) for group, values in self.defaults.items()}

    def passcode_locked(self) -> bool:
        """Whether a passcode is made even when none is wanted."""
        return LOCKED in self.locked

    def schedulers(self, user: User) -> list[User]:
        """The users for whom this one may schedule."""
        return [one for one in self._by_id.values() if one.id in user.schedules_for]

    def assistants(self, user: User) -> list[User]:
        """The users who may schedule for this one."""
        return [one for one in self._by_id.values() if user.id in one.schedules_for]

    def scheduling(self, user: User) -> dict[str, Any]:
        """The group `schedule_meeting` of the user's settings."""
        return self.settings(user)["schedule_meeting"]


def role_of(user: User) -> tuple[str, str]:
    """Role id and name."""
    return ("0", "Owner") if user.owner else ("2", "Member")


def parse_user(spec: str) -> UserSpec:
    """``EMAIL[:licensed|basic|unassigned|inactive|pending]``; without the second part licensed. Raises ValueError."""
    email, _, kind = spec.partition(":")
    if "@" not in email.strip("@") or not email.isprintable() or " " in email:
        raise ValueError(f"{email!r} is not an e-mail address")
    if kind and kind not in KINDS.keys() | STATES.keys():
        raise ValueError(f"{kind!r} is not a kind of user: use {', '.join([*KINDS, *STATES])}")
    return UserSpec(email, KINDS.get(kind, LICENSED), STATES.get(kind, "active"))
