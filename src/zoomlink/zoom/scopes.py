"""Which scope each operation needs, which feature it serves and how heavy it is, as data. No requests.

Facts: Zoom's OpenAPI descriptions and https://developers.zoom.us/docs/internal-apps/oauth-scopes-overview/. Apps made
since 2024 have *granular* scopes (``meeting:write:meeting:admin``), older ones *classic* scopes
(``meeting:write:admin``). A server-to-server app can only be given those for the whole account, which end in
``:admin``; one ending of the classic names breaks the rule: ``meeting:write:admin:sip_dialing`` is the classic name
of the granular ``meeting:write:sip_dialing:admin``.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal, TypeAlias

from zoomlink.zoom.limits import Label, pacing_label

if TYPE_CHECKING:
    from collections.abc import Iterable

__all__ = [
    "FEATURES",
    "OPERATIONS",
    "AppKind",
    "Feature",
    "Gap",
    "Operation",
    "app_kind",
    "is_classic",
    "lacking",
    "operation",
    "scopes_of",
]

AppKind: TypeAlias = Literal["granular", "classic", "mixed", "none"]


@dataclass(frozen=True, slots=True)
class Feature:
    """Something zoomlink does for people."""

    name: str
    title: str
    required: bool
    """True when zoomlink cannot keep its promise without it."""
    advised: bool
    """True for all that is required, and for what most people want."""
    without: str
    """What does not work where its scopes are lacking, in a sentence."""


FEATURES: tuple[Feature, ...] = (
    Feature("create", "Create links", True, True, "No link can be created."),
    Feature(
        "settle",
        "Find a meeting whose answer was lost",
        True,
        True,
        "After a lost answer nobody could tell whether the meeting exists, and a second one might be made.",
    ),
    Feature("cancel", "Cancel links", True, True, "Links cannot be cancelled, nor surplus meetings removed."),
    Feature("update", "Change links", False, True, "Links cannot be changed."),
    Feature(
        "hosts",
        "Check and choose hosts",
        False,
        True,
        "Hosts are used without checking that they exist, are active and licensed.",
    ),
    Feature(
        "host-settings",
        "Read a host's settings",
        False,
        True,
        "Settings that override yours, such as a waiting room, are not foreseen.",
    ),
    Feature("invitation", "Invitation texts", False, True, "There are no invitation texts."),
    Feature("sip", "SIP addresses", False, True, "There are no SIP addresses for room systems."),
    Feature("invite-links", "Personal invite links", False, False, "There are no personal invite links."),
    Feature("registrants", "Registration", False, False, "Registrants can be neither added nor listed."),
    Feature(
        "end", "End and recover meetings", False, False, "Running meetings cannot be ended, nor deleted ones recovered."
    ),
    Feature("upcoming", "The next 24 hours", False, False, "Upcoming meetings are not listed."),
    Feature("past", "Past meetings", False, False, "Past meetings and their participants are not shown."),
    Feature("templates", "Meeting templates", False, False, "Templates can be neither listed nor made."),
    Feature("schedulers", "Who schedules for whom", False, False, "It is not shown who may schedule for whom."),
    Feature("summary", "Number of users", False, False, "It is not shown how many users the account has."),
)


@dataclass(frozen=True, slots=True)
class Operation:
    """One call of Zoom's API that zoomlink makes."""

    name: str
    """Ours, unique: ``meetings.create``."""
    method: str
    path: str
    """Below ``/v2``, in the words of Zoom's description: ``/users/{userId}/meetings``."""
    granular: str
    """The scope an app with granular scopes needs."""
    classic: tuple[str, ...]
    """The scopes of which an app with classic scopes needs any one, the narrowest first."""
    label: Label
    """As Zoom describes it."""
    feature: str
    """Name of the feature it serves."""

    @property
    def pace(self) -> Label:
        """The label whose rate to keep, which is not always the one described."""
        return pacing_label(self.name, self.label)

    def allowed(self, granted: Iterable[str]) -> bool:
        """True when any scope of `granted` is enough for this operation."""
        return not {self.granular, *self.classic}.isdisjoint(granted)


_READ = ("meeting:read:admin",)
_WRITE = ("meeting:write:admin",)
_SIP = ("meeting:write:admin:sip_dialing",)
_USER = ("user:read:admin", "user:write:admin")
_L, _M, _H = Label.LIGHT, Label.MEDIUM, Label.HEAVY

# fmt: off
OPERATIONS: tuple[Operation, ...] = tuple(
    Operation(*row)
    for row in (
        ("meetings.create", "POST", "/users/{userId}/meetings",
         "meeting:write:meeting:admin", _WRITE, _L, "create"),
        ("meetings.get", "GET", "/meetings/{meetingId}",
         "meeting:read:meeting:admin", _READ, _L, "settle"),
        ("meetings.list", "GET", "/users/{userId}/meetings",
         "meeting:read:list_meetings:admin", _READ, _M, "settle"),
        ("meetings.delete", "DELETE", "/meetings/{meetingId}",
         "meeting:delete:meeting:admin", _WRITE, _L, "cancel"),
        ("meetings.update", "PATCH", "/meetings/{meetingId}",
         "meeting:update:meeting:admin", _WRITE, _L, "update"),
        ("meetings.set_status", "PUT", "/meetings/{meetingId}/status",
         "meeting:update:status:admin", _WRITE, _L, "end"),
        ("meetings.upcoming", "GET", "/users/{userId}/upcoming_meetings",
         "meeting:read:list_upcoming_meetings:admin", _READ, _M, "upcoming"),
        ("meetings.invitation", "GET", "/meetings/{meetingId}/invitation",
         "meeting:read:invitation:admin", _READ, _L, "invitation"),
        ("meetings.sip", "POST", "/meetings/{meetingId}/sip_dialing",
         "meeting:write:sip_dialing:admin", _SIP, _M, "sip"),
        ("meetings.invite_links", "POST", "/meetings/{meetingId}/invite_links",
         "meeting:write:invite_links:admin", _WRITE, _L, "invite-links"),
        ("registrants.list", "GET", "/meetings/{meetingId}/registrants",
         "meeting:read:list_registrants:admin", _READ, _M, "registrants"),
        ("registrants.add", "POST", "/meetings/{meetingId}/registrants",
         "meeting:write:registrant:admin", _WRITE, _L, "registrants"),
        ("registrants.add_batch", "POST", "/meetings/{meetingId}/batch_registrants",
         "meeting:write:batch_registrants:admin", _WRITE, _H, "registrants"),
        ("registrants.set_status", "PUT", "/meetings/{meetingId}/registrants/status",
         "meeting:update:registrant_status:admin", _WRITE, _M, "registrants"),
        ("registrants.get", "GET", "/meetings/{meetingId}/registrants/{registrantId}",
         "meeting:read:registrant:admin", _READ, _L, "registrants"),
        ("registrants.delete", "DELETE", "/meetings/{meetingId}/registrants/{registrantId}",
         "meeting:delete:registrant:admin", _WRITE, _L, "registrants"),
        ("registrants.questions", "GET", "/meetings/{meetingId}/registrants/questions",
         "meeting:read:list_registration_questions:admin", _READ, _L, "registrants"),
        ("registrants.set_questions", "PATCH", "/meetings/{meetingId}/registrants/questions",
         "meeting:update:registration_question:admin", _WRITE, _L, "registrants"),
        ("past.get", "GET", "/past_meetings/{meetingId}",
         "meeting:read:past_meeting:admin", _READ, _L, "past"),
        ("past.instances", "GET", "/past_meetings/{meetingId}/instances",
         "meeting:read:list_past_instances:admin", _READ, _M, "past"),
        ("past.participants", "GET", "/past_meetings/{meetingId}/participants",
         "meeting:read:list_past_participants:admin", _READ, _M, "past"),
        ("templates.list", "GET", "/users/{userId}/meeting_templates",
         "meeting:read:list_templates:admin", _READ, _M, "templates"),
        ("templates.create", "POST", "/users/{userId}/meeting_templates",
         "meeting:write:template:admin", _WRITE, _M, "templates"),
        ("users.get", "GET", "/users/{userId}",
         "user:read:user:admin", _USER, _L, "hosts"),
        ("users.list", "GET", "/users",
         "user:read:list_users:admin", _USER, _M, "hosts"),
        ("users.settings", "GET", "/users/{userId}/settings",
         "user:read:settings:admin", _USER, _M, "host-settings"),
        ("users.schedulers", "GET", "/users/{userId}/schedulers",
         "user:read:list_schedulers:admin", _USER, _M, "schedulers"),
        ("users.assistants", "GET", "/users/{userId}/assistants",
         "user:read:list_assistants:admin", _USER, _M, "schedulers"),
        ("users.summary", "GET", "/users/summary",
         "user:read:summary:admin", _USER, _M, "summary"),
    )
)
# fmt: on

_BY_NAME = {row.name: row for row in OPERATIONS}


@dataclass(frozen=True, slots=True)
class Gap:
    """A feature that lacks scopes."""

    feature: Feature
    scopes: tuple[str, ...]
    """The exact names to add, in the kind of names the app uses."""
    near: tuple[str, ...] = ()
    """Scopes the app has that look like them but count for one user only (no ``:admin`` at the end)."""


def operation(name: str) -> Operation:
    """Return the operation of that name. Raises KeyError."""
    return _BY_NAME[name]


def is_classic(scope: str) -> bool:
    """True for a classic scope name, by its form.

    A granular name says what it is about in its third place (``meeting:write:meeting:admin``); a classic one has no
    third place, or its level stands there (``meeting:write:admin``, ``meeting:write:admin:sip_dialing``).
    """
    parts = scope.split(":")
    return len(parts) < 3 or parts[2] in {"admin", "master"}


def app_kind(granted: Iterable[str]) -> AppKind:
    """Tell what kind of scopes an app has; ``mixed`` only while it is being migrated."""
    kinds = {is_classic(scope) for scope in granted}
    if not kinds:
        return "none"
    return "mixed" if len(kinds) == 2 else ("classic" if True in kinds else "granular")


def scopes_of(feature: str, kind: AppKind = "granular") -> tuple[str, ...]:
    """Return the scopes that all operations of the feature of that name need together, each once."""
    return tuple(dict.fromkeys(_wanted(row, kind) for row in OPERATIONS if row.feature == feature))


def lacking(granted: Iterable[str]) -> tuple[Gap, ...]:
    """Return the features that lack scopes, given the scopes an app has, in the order of :data:`FEATURES`."""
    have = frozenset(granted)
    kind = app_kind(have)
    gaps = []
    for feature in FEATURES:
        missing = [row for row in OPERATIONS if row.feature == feature.name and not row.allowed(have)]
        if missing:
            scopes = tuple(dict.fromkeys(_wanted(row, kind) for row in missing))
            near = tuple(scope for scope in (_for_one_user(wanted) for wanted in scopes) if scope in have)
            gaps.append(Gap(feature, scopes, near))
    return tuple(gaps)


def _wanted(row: Operation, kind: AppKind) -> str:
    return row.classic[0] if kind == "classic" else row.granular


def _for_one_user(scope: str) -> str:
    return ":".join(part for part in scope.split(":") if part != "admin")
