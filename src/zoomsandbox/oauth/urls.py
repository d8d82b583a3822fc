"""The token endpoint's paths."""

from __future__ import annotations

from zoomsandbox.core.router import Route
from zoomsandbox.oauth import responses

ROUTES = [
    Route("POST", "/oauth/token", responses.token, "oauth.token"),
    Route("POST", "/oauth/revoke", responses.revoke, "oauth.revoke"),
]
