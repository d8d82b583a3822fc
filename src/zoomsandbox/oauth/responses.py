"""Token and revocation: HTTP in, HTTP out. No state."""

from __future__ import annotations

import base64
import binascii
from typing import TYPE_CHECKING
from urllib.parse import unquote_plus

from zoomsandbox.core.http import form, json_response
from zoomsandbox.oauth.exceptions import InvalidClientError

if TYPE_CHECKING:
    from zoomsandbox.core.http import Exchange, Response
    from zoomsandbox.oauth.models import App
    from zoomsandbox.world import World


def token(world: World, exchange: Exchange) -> Response:
    """``POST /oauth/token``: parameters in the form body or the query; the body wins."""
    app = _client(world, exchange)
    given = _parameters(exchange)
    access_token, life = world.oauth.issue(app, given.get("grant_type", ""), given.get("account_id", ""))
    return json_response(
        200,
        {
            "access_token": access_token,
            "token_type": "bearer",
            "expires_in": life,
            "scope": app.scope,
            "api_url": exchange.base_url,
        },
    )


def revoke(world: World, exchange: Exchange) -> Response:
    """``POST /oauth/revoke``."""
    _client(world, exchange)
    world.oauth.revoke(_parameters(exchange).get("token", ""))
    return json_response(200, {"status": "success"})


def _client(world: World, exchange: Exchange) -> App:
    scheme, _, credentials = exchange.headers.get("authorization", "").partition(" ")
    try:
        plain = base64.b64decode(credentials.strip(), validate=True).decode() if scheme.lower() == "basic" else ""
    except (binascii.Error, ValueError):
        plain = ""
    client_id, colon, client_secret = plain.partition(":")
    if not colon:
        raise InvalidClientError
    try:
        return world.oauth.authenticate(client_id, client_secret)
    except InvalidClientError:
        # Some clients percent-encode both before joining them, as RFC 6749 section 2.3.1 asks
        return world.oauth.authenticate(unquote_plus(client_id), unquote_plus(client_secret))


def _parameters(exchange: Exchange) -> dict[str, str]:
    if exchange.headers.get("content-type", "").lower().startswith("application/json"):
        # Seen on the wire: with this type Zoom finds no grant type, not even one in the query
        return {}
    return exchange.query | form(exchange.body)
