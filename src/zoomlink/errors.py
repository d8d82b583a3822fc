"""What can go wrong, as exceptions; nothing here reads an answer or decides what to do next.

The whole tree::

    ZoomLinkError
    ├─ InvalidInputError          what was asked for cannot be done; nothing was sent
    ├─ ConfigurationError         a setting is missing or wrong; nothing was sent
    ├─ NoHostError                no host is free at that time; nothing was sent
    ├─ LedgerError                the ledger cannot be read or written
    ├─ TransportError             no answer: the network, TLS or the clock got in the way
    │  └─ OutcomeUnknownError     a write may or may not have happened
    ├─ UnexpectedResponseError    an answer that cannot be read
    ├─ WebhookError               an event that is not genuine, or cannot be taken
    └─ APIError                   Zoom answered, and the answer is no
       ├─ AuthenticationError     credentials or token refused
       ├─ PermissionDeniedError   not allowed
       │  └─ MissingScopeError    the app lacks a scope
       ├─ NotFoundError           no such user, meeting, …
       ├─ ConflictError           it exists already, or is in the wrong state
       ├─ InvalidRequestError     Zoom refused a field
       ├─ RateLimitError          too many calls, by the second or by the day
       └─ ServerError             Zoom failed

``str(error)`` is for people: what happened, what to do, and Zoom's tracking id for support. It never holds a
secret: whatever comes from outside passes through :func:`tidy` first. The evidence as received stays on the
error (:attr:`APIError.body`) and out of ``repr``.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING, Any, ClassVar, NamedTuple

from zoomlink.secret import Secret

if TYPE_CHECKING:
    from datetime import datetime, timedelta

__all__ = [
    "APIError",
    "AuthenticationError",
    "BusyTime",
    "ConfigurationError",
    "ConflictError",
    "FieldError",
    "InvalidInputError",
    "InvalidRequestError",
    "LedgerError",
    "MissingScopeError",
    "NoHostError",
    "NotFoundError",
    "OutcomeUnknownError",
    "PermissionDeniedError",
    "RateLimitError",
    "ServerError",
    "TransportError",
    "UnexpectedResponseError",
    "WebhookError",
    "ZoomLinkError",
    "printable",
    "tidy",
]

# Colours of a terminal; control characters and line ends; marks that reorder or hide text; halves of a character.
# The joiner alone may stand, between two emoji that it makes one.
_EMOJI = "[\u2190-\u21ff\u2300-\u23ff\u2600-\u27bf\u2b00-\u2bff\U0001f000-\U0001faff]"
_UNFIT = re.compile(
    r"\x1b\[[0-?]*[ -/]*[@-~]"
    r"|(?:[\x00-\x1f\x7f-\x9f\u061c\u200b\u200c\u200e\u200f\u2028-\u202e\u2060-\u2069\ufeff\ud800-\udfff]"
    rf"|\u200d(?!{_EMOJI})|(?<!{_EMOJI})(?<!{_EMOJI}\ufe0f)\u200d)+"
)
_SECRETS = (
    r"(?P<name>(?<!:)\b(?:zak|pwd|tk|[\w-]{0,30}(?:token|secret|password|passcode))\b[\"'\\]*\s*[=:]\s*[\"'\\]*)"
    r"[^\s&\"',}\\]+"
    r"|(?P<scheme>\b(?:Bearer|Basic)\s+)[A-Za-z0-9._~+/=-]{8,}"
    r"|\beyJ[A-Za-z0-9_-]{8,}(?:\.[A-Za-z0-9_-]*)*"
)


@cache
def _secrets() -> re.Pattern[str]:
    return re.compile(_SECRETS, re.IGNORECASE)  # takes a while, and most runs have nothing to hide


def printable(text: str) -> str:
    """Make foreign text fit for a terminal: one line, no control characters. What it says is left as it is."""
    return _UNFIT.sub(" ", text).strip()


def tidy(text: str, limit: int = 500) -> str:
    """Make foreign text fit to show: one line, no control characters, no secret, at most `limit` characters."""
    clean = _UNFIT.sub(" ", text[: 4 * limit + 1000])  # what lies further on would not be shown
    clean = _secrets().sub(lambda found: (found["name"] or found["scheme"] or "") + "***", clean).strip()
    return clean if len(clean) <= limit else clean[: limit - 1] + "…"


class ZoomLinkError(Exception):
    """Base of every error zoomlink raises on purpose.

    `slug` names the kind of problem: the key into :data:`zoomlink.problems.PROBLEMS`, which gives each kind its
    title, exit code and HTTP status.
    """

    default_slug: ClassVar[str] = "unexpected"

    def __init__(self, message: str, *, hint: str | None = None, slug: str | None = None) -> None:
        super().__init__(message)
        self.message = message
        """What happened, in one sentence."""
        self.hint = hint
        """What to do about it; None when there is nothing better than trying again."""
        self.slug = slug or self.default_slug

    def __str__(self) -> str:
        return f"{self.message} {self.hint}" if self.hint else self.message

    def __reduce__(self) -> tuple[Any, ...]:
        # Errors travel between processes (job queues, test runners); the evidence, which may be secret, stays here.
        state = {name: value for name, value in self.__dict__.items() if not isinstance(value, Secret)}
        return _rebuild, (type(self), self.args, state)


def _rebuild(cls: type[ZoomLinkError], args: tuple[Any, ...], state: dict[str, Any]) -> ZoomLinkError:
    error = cls.__new__(cls, *args)
    error.__dict__.update(state, _body=Secret(b""))
    return error


class InvalidInputError(ZoomLinkError, ValueError):
    """Raised before anything is sent, when what was asked for cannot be done."""

    default_slug = "invalid-input"

    def __init__(self, message: str, *, field: str | None = None, hint: str | None = None, slug: str | None = None):
        super().__init__(message, hint=hint, slug=slug)
        self.field = field
        """Name of the argument at fault, as in ``LinkDesk.create``."""


class ConfigurationError(ZoomLinkError):
    """Raised before anything is sent, when a setting is missing or wrong."""

    default_slug = "configuration"


class BusyTime(NamedTuple):
    """A time in which a host is busy, and with what."""

    host: str
    start: datetime
    end: datetime
    link: str | None = None
    """The link's id; None for a meeting that is none of ours, or of another owner's."""
    topic: str | None = None
    """The link's topic."""
    meeting_id: int | None = None


class NoHostError(ZoomLinkError):
    """Raised when no host is free at that time; nothing was stored or sent."""

    default_slug = "no-host"

    def __init__(
        self,
        message: str,
        *,
        hint: str | None = None,
        busy: tuple[BusyTime, ...] = (),
        next_free: datetime | None = None,
    ) -> None:
        super().__init__(message, hint=hint)
        self.busy = busy
        """What is in the way, host by host."""
        self.next_free = next_free
        """The first time at which a host is free for as long as was wanted; aware, UTC. None for a series."""


class LedgerError(ZoomLinkError):
    """Raised when the ledger cannot be used: its disk, its database or its schema stands in the way.

    What was acknowledged before stays; what could not be written did not happen.
    """

    default_slug = "ledger"

    def __init__(self, message: str, hint: str | None = None) -> None:
        super().__init__(message, hint=hint)


class TransportError(ZoomLinkError):
    """Raised when no complete answer arrived."""

    default_slug = "unreachable"

    def __init__(
        self,
        message: str,
        *,
        sent: bool,
        retryable: bool = True,
        hint: str | None = None,
        slug: str | None = None,
    ) -> None:
        super().__init__(message, hint=hint, slug=slug)
        self.sent = sent
        """False only when it is certain that no byte of the request left: then, and only then, a write may be
        sent again."""
        self.retryable = retryable
        """False when the same call would fail the same way, such as a certificate that is not valid."""


class OutcomeUnknownError(TransportError):
    """Raised when a write was sent and its outcome is not known: it may have happened."""

    default_slug = "outcome-unknown"

    def __init__(self, message: str, *, hint: str | None = None, tracking_id: str | None = None) -> None:
        super().__init__(message, sent=True, retryable=False, hint=hint)
        self.tracking_id = tracking_id

    def __str__(self) -> str:
        return super().__str__() + (f" (tracking id {self.tracking_id})" if self.tracking_id else "")


class UnexpectedResponseError(ZoomLinkError):
    """Raised when an answer says success but cannot be read, or comes from something that is not Zoom."""

    default_slug = "unexpected-response"

    def __init__(
        self,
        message: str,
        *,
        status_code: int | None = None,
        tracking_id: str | None = None,
        body: bytes = b"",
        hint: str | None = None,
    ) -> None:
        super().__init__(message, hint=hint)
        self.status_code = status_code
        self.tracking_id = tracking_id
        self._body: Secret[bytes] = Secret(body)

    @property
    def body(self) -> bytes:
        """The answer as received. It may hold secrets (a `start_url`): do not log it."""
        return self._body.reveal()

    def __str__(self) -> str:
        return super().__str__() + _evidence(self.status_code, None, self.tracking_id)


class WebhookError(ZoomLinkError):
    """Raised when what came to the webhook address is not a genuine event of Zoom's, or cannot be taken as it is."""

    default_slug = "unauthenticated"

    def __init__(self, message: str, *, status: int = 401, hint: str | None = None) -> None:
        super().__init__(message, hint=hint, slug=_WEBHOOK_SLUGS[status])
        self.status = status
        """What to answer: 400 malformed, 401 not genuine, 413 too large, 503 not set up."""


_WEBHOOK_SLUGS = {400: "malformed", 401: "unauthenticated", 413: "too-large", 503: "configuration"}


@dataclass(frozen=True, slots=True)
class FieldError:
    """One entry of Zoom's ``errors`` list: the dotted path of a field and what is wrong with it."""

    field: str
    message: str


class APIError(ZoomLinkError):
    """Raised when Zoom answered with an error.

    `message` and `hint` are ours; what Zoom said stands in `zoom_message`, `code` and `errors`.
    """

    default_slug = "refused"

    def __init__(
        self,
        message: str,
        *,
        status_code: int,
        code: int | None = None,
        zoom_message: str = "",
        errors: tuple[FieldError, ...] = (),
        tracking_id: str | None = None,
        retry_after: timedelta | None = None,
        body: bytes = b"",
        hint: str | None = None,
        slug: str | None = None,
        name: str = "",
    ) -> None:
        super().__init__(message, hint=hint, slug=slug)
        self.status_code = status_code
        """HTTP status."""
        self.code = code
        """Zoom's own number; None when the answer had none (the token endpoint's never has)."""
        self.zoom_message = zoom_message
        """Zoom's own words, made safe to show."""
        self.errors = errors
        """The fields Zoom complains about."""
        self.tracking_id = tracking_id
        """``x-zm-trackingid`` of the answer; Zoom's support asks for it."""
        self.retry_after = retry_after
        """How long Zoom asks to wait, when it does."""
        self.name = name
        """Our name for this error, the key of its row in :mod:`zoomlink.zoom.meanings`."""
        self._body: Secret[bytes] = Secret(body)

    @property
    def body(self) -> bytes:
        """The answer as received."""
        return self._body.reveal()

    def __str__(self) -> str:
        return super().__str__() + _evidence(self.status_code, self.code, self.tracking_id)


class AuthenticationError(APIError):
    """Raised when Zoom refuses the credentials or the token."""

    default_slug = "credentials"


class PermissionDeniedError(APIError):
    """Raised when the app or its owner may not do this."""

    default_slug = "not-permitted"


class MissingScopeError(PermissionDeniedError):
    """Raised when the app lacks a scope; `scopes` lists names of which any one is enough."""

    default_slug = "missing-scope"
    scopes: tuple[str, ...] = ()


class NotFoundError(APIError):
    """Raised when the user, meeting or other object does not exist in this account."""

    default_slug = "not-found"


class ConflictError(APIError):
    """Raised when the object exists already or is in a state that does not allow this."""

    default_slug = "conflict"


class InvalidRequestError(APIError):
    """Raised when Zoom refuses a value; `errors` names the fields where Zoom does."""

    default_slug = "refused"


class RateLimitError(APIError):
    """Raised when a limit is reached; `daily` tells a limit that ends at midnight UTC from one of seconds."""

    default_slug = "rate-limited"
    daily: bool = False


class ServerError(APIError):
    """Raised when Zoom fails (HTTP 5xx)."""

    default_slug = "zoom-failed"


def _evidence(status: int | None, code: int | None, tracking_id: str | None) -> str:
    parts = [
        f"HTTP {status}" if status is not None else "",
        f"Zoom code {code}" if code is not None else "",
        f"tracking id {tracking_id}" if tracking_id else "",
    ]
    said = ", ".join(part for part in parts if part)
    return f" ({said})" if said else ""
