"""The token: Server-to-Server OAuth's ``account_credentials`` grant. Who keeps it, and where, is not decided here.

Facts: https://developers.zoom.us/docs/internal-apps/s2s-oauth/. The parameters go into a form body, since calls with
them in the query have been refused; there is no refresh token; a token lives an hour.
"""

from __future__ import annotations

import base64
import re
from datetime import timedelta
from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode

from zoomlink.config import Settings, is_base, is_loopback, is_zoom_host
from zoomlink.errors import UnexpectedResponseError, tidy
from zoomlink.secret import Secret
from zoomlink.zoom.answers import is_page, read_object, token_error, unreadable
from zoomlink.zoom.calls import send_repeatable
from zoomlink.zoom.flow import AccessToken, Flow, Now, Request, Response

if TYPE_CHECKING:
    from datetime import datetime

    from zoomlink.config import Credentials
    from zoomlink.zoom.retry import RetryPolicy

__all__ = ["fetch_token", "life_of", "read_token", "token_request"]

DEFAULT_API_URL = "https://api.zoom.us"
_LIFE = timedelta(seconds=3600)
_LONGEST_LIFE = timedelta(days=1)
_MARGIN = timedelta(seconds=60)


def fetch_token(settings: Settings, policy: RetryPolicy) -> Flow[AccessToken]:
    """Fetch a token for these settings.

    Raises AuthenticationError when Zoom refuses the credentials, TransportError when it cannot be reached,
    UnexpectedResponseError when its answer makes no sense.
    """
    response = yield from send_repeatable(token_request(settings.oauth_url, settings.credentials), policy)
    moment = yield Now()
    if 300 <= response.status < 400:
        raise unreadable(response, f"a redirect (HTTP {response.status}), which is never followed")
    if 200 < response.status < 300:
        raise unreadable(response, f"HTTP {response.status} where a token is due")
    if 400 <= response.status < 500 and response.status not in {408, 429} and is_page(response):
        raise unreadable(response, f"a web page (HTTP {response.status})")  # Zoom answers in JSON
    if response.status != 200:
        raise token_error(response, moment.wall)
    return read_token(response, settings, moment.wall)


def token_request(oauth_url: str, credentials: Credentials) -> Request:
    """Build the request for a token: Basic authentication, form body."""
    pair = f"{credentials.client_id}:{credentials.client_secret.reveal()}".encode()
    form = {"grant_type": "account_credentials", "account_id": credentials.account_id}
    return Request(
        "POST",
        f"{oauth_url}/oauth/token",
        {
            "Authorization": f"Basic {base64.b64encode(pair).decode()}",
            "Content-Type": "application/x-www-form-urlencoded",
            "Accept": "application/json",
        },
        urlencode(form).encode(),
    )


def read_token(response: Response, settings: Settings, now: datetime) -> AccessToken:
    """Read the token endpoint's 200. `now` is the moment of its arrival.

    Raises UnexpectedResponseError for an answer that is no token, or that would send the token to a foreign address.
    """
    body = read_object(response)
    value = _take_token(body)
    if value is None:
        raise unreadable(response, "a token answer without a usable token")
    life = life_of(body.get("expires_in"))
    scope = body.get("scope")
    return AccessToken(
        value=value,
        api_url=settings.api_url or _api_url(body.get("api_url"), settings, response),
        expires_at=now + life,
        # Early enough that no request arrives with a dying token; a short life keeps half of itself.
        renew_at=now + life - min(_MARGIN, life / 2),
        scopes=frozenset(scope.split()) if isinstance(scope, str) else frozenset(),
    )


def _take_token(body: dict[str, Any]) -> Secret[str] | None:
    # Taken out, so that no local variable shows it where a traceback is shown with them.
    value = body.pop("access_token", None)
    usable = isinstance(value, str) and re.fullmatch(r"[\x21-\x7e]{1,16384}", value)
    return Secret(value) if usable else None


def life_of(seconds: object) -> timedelta:
    """How long a token is taken to live by its ``expires_in``.

    What makes no sense counts as an hour: a wrong guess is healed by the first 401, whereas a token that is never good
    would have every call fetch its own.
    """
    if isinstance(seconds, str) and re.fullmatch(r"[0-9]{1,12}", seconds, re.ASCII):
        seconds = int(seconds)
    if isinstance(seconds, bool) or not isinstance(seconds, int | float) or not seconds >= 1:
        return _LIFE
    return timedelta(seconds=min(seconds, _LONGEST_LIFE.total_seconds()))


def _api_url(value: object, settings: Settings, response: Response) -> str:
    if value is None or value == "":
        # Answers of 2022 had none. Where the token came from a sandbox, the API is there too.
        return settings.oauth_url if is_loopback(settings.oauth_url) else DEFAULT_API_URL
    url = value.rstrip("/").removesuffix("/v2") if isinstance(value, str) else ""
    if is_base(url) and (is_zoom_host(url) or is_loopback(settings.oauth_url)):
        return url
    raise UnexpectedResponseError(
        f"The token answer names {tidy(str(value), 80)!r} as the address of the API, which is not Zoom's.",
        status_code=response.status,
        tracking_id=response.tracking_id and tidy(response.tracking_id, 120),
        body=response.body,
        hint="The token was not sent there. Set ZOOM_API_URL to your account's address, such as https://api.zoom.us, "
        "to go on.",
    )
