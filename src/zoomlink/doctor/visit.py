"""What one visit of the doctor knows: the environment it looks at, and what checks have found out. No checks."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

from zoomlink.accounts import CHOSEN, FILE, for_account
from zoomlink.client.sync_client import ZoomClient
from zoomlink.errors import ConfigurationError
from zoomlink.zoom.retry import RetryPolicy

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from datetime import tzinfo
    from pathlib import Path

    from zoomlink.client.clock import Clock
    from zoomlink.client.http import Sender
    from zoomlink.config import Settings
    from zoomlink.zoom.flow import AccessToken, Moment, Response
    from zoomlink.zoom.models import User

__all__ = ["CREDENTIALS", "KNOWN", "POLICY", "Visit"]

CREDENTIALS = ("ZOOM_ACCOUNT_ID", "ZOOM_CLIENT_ID", "ZOOM_CLIENT_SECRET")
ADDRESSES = ("ZOOM_OAUTH_URL", "ZOOM_API_URL")
KNOWN = (
    *CREDENTIALS,
    *ADDRESSES,
    "ZOOM_WEBHOOK_SECRET",
    "ZOOMLINK_HOSTS",
    "ZOOMLINK_PLAN",
    "ZOOMLINK_SETTLE",
    "ZOOMLINK_MARKER",
    "ZOOMLINK_BUFFER",
    "ZOOMLINK_TIMEZONE",
    "ZOOMLINK_DATABASE",
    "ZOOMLINK_ACCOUNTS",
    "ZOOMLINK_ACCOUNT",
    "ZOOMLINK_SANDBOX",
    "ZOOMLINK_TRACEBACK",
)
"""Every variable that means something to zoomlink."""

POLICY = RetryPolicy(attempts=2, timeout=10.0, deadline=20.0)
"""Somebody is waiting, and a call that fails is an answer too."""


@dataclass
class _HeldToken:
    """Gives the client the token that the token check has fetched, and never another."""

    token: AccessToken | None = None

    def get(self, rejected: AccessToken | None = None) -> AccessToken:  # noqa: ARG002 - another would be refused too
        """Return the token. Raises ConfigurationError before there is one."""
        if self.token is None:
            raise ConfigurationError("There is no token.")
        return self.token


@dataclass
class Visit:
    """One visit. The fields below `zones` are filled in by checks, for those that need them."""

    given: Mapping[str, str]
    """The environment over the ``.env`` file; `environ` is the same as the chosen account has it."""
    env_file: Path
    sender: Sender | None = None
    clock: Clock | None = None
    zones: Callable[[str], tzinfo] = ZoneInfo

    environ: Mapping[str, str] = field(init=False)
    no_account: ConfigurationError | None = None
    """Why the account that is meant cannot be had."""
    settings: Settings | None = None
    token_response: tuple[Response, Moment] | None = None
    owner: User | None = None
    users: dict[str, User] = field(default_factory=dict)
    """By the name they have in the settings: those who may host."""
    host_settings: dict[str, Mapping[str, Any]] = field(default_factory=dict)
    _held: _HeldToken = field(default_factory=_HeldToken)
    _client: ZoomClient | None = None

    def __post_init__(self) -> None:
        chosen = self.given
        try:
            chosen = for_account(chosen)
        except ConfigurationError as error:
            self.no_account = error
        # The choice is made: checks that look at one variable alone would miss the other.
        self.environ = {name: value for name, value in chosen.items() if name not in {CHOSEN, FILE}}

    def value(self, name: str) -> str:
        """The value of a variable without blanks around it; empty when it is not set."""
        return self.environ.get(name, "").strip()

    @property
    def ready(self) -> Settings:
        """The settings, for checks that come after they were found to be good."""
        if self.settings is None:
            raise ConfigurationError("The settings are not complete.")
        return self.settings

    @property
    def client(self) -> ZoomClient:
        """A client with these settings and the one token of this visit."""
        if self._client is None:
            self._client = ZoomClient(
                self.ready, policy=POLICY, tokens=self._held, sender=self.sender, clock=self.clock
            )
        return self._client

    @property
    def token(self) -> AccessToken:
        """The token that was fetched. Raises ConfigurationError before there is one."""
        return self._held.get()

    @token.setter
    def token(self, token: AccessToken) -> None:
        self._held.token = token

    def secrets(self) -> list[str]:
        """All values that must never be shown."""
        found = [self.value("ZOOM_CLIENT_SECRET")]
        found += [part.strip() for part in self.environ.get("ZOOM_WEBHOOK_SECRET", "").split(",")]
        if self._held.token is not None:
            found.append(self._held.token.value.reveal())
        return found

    def close(self) -> None:
        """Close the connections."""
        if self._client is not None:
            self._client.close()
