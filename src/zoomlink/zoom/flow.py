"""The words a flow speaks: requests, responses, and the steps it asks its client to carry out. No decisions.

A *flow* is a generator that yields steps and receives their answers. It holds every decision of an operation and
does nothing itself, so the same flow runs under the sync client, the async client and in a test that feeds it by hand.
"""

from __future__ import annotations

from collections.abc import Generator, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, NamedTuple, TypeAlias, TypeVar

if TYPE_CHECKING:
    from datetime import datetime

    from zoomlink.secret import Secret

__all__ = ["AccessToken", "Flow", "Moment", "NeedToken", "Now", "Request", "Response", "Send", "Sleep", "Step"]

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Request:
    """One HTTP request, complete: nothing is added on the way but the connection."""

    method: str
    url: str
    headers: Mapping[str, str] = field(default_factory=dict, repr=False)
    body: bytes = field(default=b"", repr=False)


@dataclass(frozen=True, slots=True)
class Response:
    """One HTTP answer, complete: header names in lower case, the body decoded from any compression."""

    status: int
    headers: Mapping[str, str] = field(default_factory=dict, repr=False)
    body: bytes = field(default=b"", repr=False)

    @property
    def tracking_id(self) -> str | None:
        """Zoom's id for this exchange (``x-zm-trackingid``), which its support asks for."""
        return self.headers.get("x-zm-trackingid") or None


@dataclass(frozen=True, slots=True)
class AccessToken:
    """A token and what came with it."""

    value: Secret[str]
    api_url: str
    """Base of the API, without ``/v2``."""
    expires_at: datetime
    """Aware, UTC, by this machine's clock."""
    renew_at: datetime
    """From this moment on a new token is fetched instead of using this one."""
    scopes: frozenset[str] = frozenset()


class Moment(NamedTuple):
    """The present, twice: `wall` for people and Zoom (aware, UTC), `ticks` in seconds for measuring spans."""

    wall: datetime
    ticks: float


class Send(NamedTuple):
    """Send this and answer with a Response, within `timeout` seconds by the wall clock, or raise TransportError."""

    request: Request
    timeout: float


class Sleep(NamedTuple):
    """Wait `seconds`, plus a random share of up to `jitter` seconds."""

    seconds: float
    jitter: float = 0.0


@dataclass(frozen=True, slots=True)
class NeedToken:
    """Answer with an AccessToken that is not `rejected`."""

    rejected: AccessToken | None = None


@dataclass(frozen=True, slots=True)
class Now:
    """Answer with the present Moment."""


Step: TypeAlias = Send | Sleep | NeedToken | Now
Flow: TypeAlias = Generator[Step, Any, T]
