"""Client apps and the access tokens they hold. Never sees a request."""

from __future__ import annotations

import hmac
from typing import TYPE_CHECKING

from zoomsandbox.core.exceptions import AccessTokenExpiredError, InvalidAccessTokenError
from zoomsandbox.oauth.exceptions import (
    AppDisabledError,
    InvalidAccountError,
    InvalidClientError,
    UnsupportedGrantTypeError,
)
from zoomsandbox.oauth.scopes import CLASSIC, GRANULAR

if TYPE_CHECKING:
    from zoomsandbox.core.clock import Clock
    from zoomsandbox.core.ids import Ids
    from zoomsandbox.options import Options

_PURGE_AT = 1000


class App:
    """A Server-to-Server app of the account.

    `scope` is its scopes in the order granted, joined by blanks; `scopes` the same as a set. `classic`: it has no
    granular scope, so a refusal names classic ones.
    """

    __slots__ = ("active", "classic", "client_id", "client_secret", "scope", "scopes")

    def __init__(self, client_id: str, client_secret: str, scopes: tuple[str, ...]) -> None:
        self.client_id = client_id
        self.client_secret = client_secret
        self.active = True
        self.grant(scopes)

    def grant(self, scopes: tuple[str, ...]) -> None:
        """Replace the app's scopes."""
        self.scope = " ".join(scopes)
        self.scopes = frozenset(scopes)
        self.classic = bool(scopes) and self.scopes.isdisjoint(GRANULAR)


class Token:
    """An access token's other half: whose it is and until when (seconds since the epoch)."""

    __slots__ = ("app", "expires_at")

    def __init__(self, app: App, expires_at: float) -> None:
        self.app = app
        self.expires_at = expires_at


class OAuth:
    """The account's apps and all live access tokens."""

    def __init__(self, options: Options, clock: Clock, ids: Ids) -> None:
        self._options = options
        self._clock = clock
        self._ids = ids
        self.reset()

    def reset(self) -> None:
        """The one app of the options, no token."""
        app = App(self._options.client_id, self._options.client_secret, self._chosen_scopes())
        self.apps: dict[str, App] = {app.client_id: app}
        self._tokens: dict[str, Token] = {}

    def grant_chosen(self) -> None:
        """Give the app of the options the scopes of the options."""
        self.apps[self._options.client_id].grant(self._chosen_scopes())

    def _chosen_scopes(self) -> tuple[str, ...]:
        named = {"granular": GRANULAR, "classic": CLASSIC}
        return named.get(self._options.scopes) or tuple(self._options.scopes.split())

    def authenticate(self, client_id: str, client_secret: str) -> App:
        """The app with these credentials; raises InvalidClientError."""
        app = self.apps.get(client_id)
        if app is None or not hmac.compare_digest(app.client_secret.encode(), client_secret.encode("utf-8", "replace")):
            raise InvalidClientError
        return app

    def issue(self, app: App, grant_type: str, account_id: str) -> tuple[str, int]:
        """A new access token and its life in seconds. In mode ``replace`` it ends the app's older ones."""
        if grant_type != "account_credentials":
            raise UnsupportedGrantTypeError
        if account_id != self._options.account_id:
            raise InvalidAccountError
        if not app.active:
            raise AppDisabledError
        now = self._clock.now()
        if self._options.token_mode == "replace":  # noqa: S105 - a mode, no secret
            self._tokens = {text: token for text, token in self._tokens.items() if token.app is not app}
        elif len(self._tokens) >= _PURGE_AT:
            # Kept for an hour beyond their end, so that they are told expired and not unknown
            self._tokens = {text: token for text, token in self._tokens.items() if token.expires_at + 3600 > now}
        life = self._options.token_ttl
        text = self._ids.jwt(
            "HS512",
            {
                "ver": 10,
                "auid": self._ids.nonce(),
                "code": self._ids.nonce(),
                "iss": f"zm:cid:{app.client_id}",
                "gno": 0,
                "type": 0,
                "tid": 0,
                "aud": "https://oauth.zoom.us",
                "uid": account_id,
                "nbf": int(now),
                "exp": int(now) + life,
                "iat": int(now),
                "aid": account_id,
            },
        )
        self._tokens[text] = Token(app, now + life)
        return text, life

    def add_app(self, client_id: str, client_secret: str, scopes: tuple[str, ...]) -> App:
        """Another app of the account, in place of one with the same id."""
        app = self.apps[client_id] = App(client_id, client_secret, scopes)
        return app

    def revoke_all(self, app: App) -> None:
        """End all tokens of an app at once."""
        self._tokens = {text: token for text, token in self._tokens.items() if token.app is not app}

    def revoke(self, text: str) -> None:
        """End a token at once. An unknown one is no error (unconfirmed; as RFC 7009 has it)."""
        self._tokens.pop(text, None)

    def app_of(self, text: str) -> App:
        """The app whose live token this is; raises InvalidAccessTokenError or AccessTokenExpiredError."""
        token = self._tokens.get(text)
        if token is None or not token.app.active:
            raise InvalidAccessTokenError
        if token.expires_at <= self._clock.now():
            raise AccessTokenExpiredError
        return token.app
