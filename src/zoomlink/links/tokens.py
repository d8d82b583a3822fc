"""The token that all processes of an installation share: fetched by one, used by all. A flow; no I/O.

Zoom may let only the newest token live. Then two installations that share one app end each other's tokens; that is
noticed by how often ours end before their time, and said.
"""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

from zoomlink.errors import AuthenticationError, ZoomLinkError
from zoomlink.links.problem import problem_json
from zoomlink.links.sending import millis
from zoomlink.links.steps import LinkFlow, Tx
from zoomlink.secret import Secret
from zoomlink.store.ops import ClaimToken, FailToken, KeepToken, ReadToken
from zoomlink.store.sealing import seal, unseal
from zoomlink.zoom import oauth
from zoomlink.zoom.flow import AccessToken, Moment, Now, Sleep

if TYPE_CHECKING:
    from zoomlink.config import Settings
    from zoomlink.links.rules import Call, Rules
    from zoomlink.store.ops import Claimed
    from zoomlink.store.rows import ApiTokenRow

__all__ = ["shared_token"]

PATIENCE = 8.0
"""Seconds that a fetch may take, repeats included. Not longer, since all others wait for who fetches, and may wait for
one that was killed."""
AFTER = 1.25
"""Times as long as a fetch may take: then who is fetching is taken for dead."""
REFUSED_FOR = 60_000
"""Milliseconds for which refused credentials are not tried again."""


def shared_token(
    settings: Settings, rules: Rules, call: Call, rejected: AccessToken | None = None
) -> LinkFlow[AccessToken]:
    """Return a token that is good for a while and not `rejected`: the shared one, or a new one that is shared then.

    Raises what :func:`zoomlink.zoom.oauth.fetch_token` raises; AuthenticationError also where another installation
    keeps ending our tokens.
    """
    while True:
        moment: Moment = yield Now()
        now = millis(moment)
        row: ApiTokenRow | None = yield Tx(ReadToken(rules.account, rules.client))
        token = _opened(row, settings)
        if token is not None and row is not None and (rejected is None or token.value != rejected.value):
            if now < row.renew_at:
                return token
            if row.fetcher is not None and now < row.fetch_until and now < row.expires_at - 5_000:
                return token  # another one is at it, and this one is good for a moment yet
        if row is not None and (failure := _known_failure(row, settings, now)) is not None:
            raise failure
        seen = 0 if row is None else row.generation
        refused = rejected is not None and token is not None and token.value == rejected.value
        lease = int(_patience(rules) * AFTER * 1000)
        claim = ClaimToken(rules.account, rules.client, call.draw, seen, now, lease, rejected=refused)
        claimed: Claimed = yield Tx(claim)
        if claimed.held:
            raise _fight(claimed)
        if claimed.mine:
            failure = _known_failure(claimed.row, settings, now)
            if failure is None:
                return (yield from _fetch(settings, rules, call))
            # Another one was refused between our look and our claim.
            yield Tx(FailToken(rules.account, rules.client, call.draw, now))
            raise failure
        if claimed.wait:
            yield Sleep(claimed.wait / 1000)


def _fetch(settings: Settings, rules: Rules, call: Call) -> LinkFlow[AccessToken]:
    try:
        token = yield from oauth.fetch_token(settings, replace(rules.policy, deadline=_patience(rules)))
    except ZoomLinkError as error:
        moment: Moment = yield Now()
        refused = isinstance(error, AuthenticationError)
        # Sealed under the secret that was refused: whoever corrects it does not wait.
        failure = seal(problem_json(error), settings.credentials) if refused else None
        yield Tx(FailToken(rules.account, rules.client, call.draw, millis(moment), failure))
        raise
    moment = yield Now()
    content: dict[str, Any] = {"value": token.value.reveal(), "api_url": token.api_url, "scopes": sorted(token.scopes)}
    content |= {"renew_at": _ms(token.renew_at), "expires_at": _ms(token.expires_at)}
    sealed = seal(json.dumps(content), settings.credentials)
    yield Tx(
        KeepToken(
            rules.account,
            rules.client,
            call.draw,
            sealed,
            _ms(token.renew_at),
            _ms(token.expires_at),
            millis(moment),
        )
    )
    return token


def _patience(rules: Rules) -> float:
    return min(rules.policy.deadline, PATIENCE)


def _opened(row: ApiTokenRow | None, settings: Settings) -> AccessToken | None:
    """The token of a row; None when there is none, or it was sealed under another secret."""
    text = None if row is None or row.sealed is None else unseal(row.sealed, settings.credentials)
    if text is None:
        return None
    content = json.loads(text)
    return AccessToken(
        Secret(content.pop("value")),
        settings.api_url or content["api_url"],
        _moment(content["expires_at"]),
        _moment(content["renew_at"]),
        frozenset(content["scopes"]),
    )


def _known_failure(row: ApiTokenRow, settings: Settings, now: int) -> AuthenticationError | None:
    """The refusal of these very credentials, if that was a moment ago."""
    if row.failure is None or abs(now - row.failed_at) >= REFUSED_FOR:
        return None
    text = unseal(row.failure, settings.credentials)
    if text is None:
        return None
    found = json.loads(text)
    return AuthenticationError(
        found.get("message", "Zoom does not accept the credentials."),
        status_code=found.get("status", 400),
        zoom_message=found.get("zoom_message", ""),
        tracking_id=found.get("tracking_id"),
        hint=found.get("hint"),
        name=found.get("name", ""),
    )


def _fight(claimed: Claimed) -> AuthenticationError:
    return AuthenticationError(
        f"Zoom ended {claimed.rejections} of our tokens before their time in ten minutes: another installation seems "
        "to use the same Zoom app, and each new token ends the other's.",
        status_code=401,
        hint="Give each installation an app of its own, or one ledger (ZOOMLINK_DATABASE) to all. "
        f"The next token is fetched in {max(claimed.held // 1000, 1)} seconds.",
        name="token-fight",
        retry_after=timedelta(milliseconds=claimed.held),
    )


def _ms(moment: datetime) -> int:
    return int(moment.timestamp() * 1000)


def _moment(ms: int) -> datetime:
    return datetime.fromtimestamp(ms / 1000, UTC)
