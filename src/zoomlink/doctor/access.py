"""Checks of the way to Zoom: network, token, clock, address, scopes. Hosts do not belong here."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC
from email.utils import parsedate_to_datetime
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from zoomlink.config import is_loopback
from zoomlink.doctor.finding import Finding, Findings, failed, from_error, ok, skipped, warning
from zoomlink.doctor.visit import POLICY
from zoomlink.errors import (
    AuthenticationError,
    MissingScopeError,
    NotFoundError,
    TransportError,
    UnexpectedResponseError,
    ZoomLinkError,
)
from zoomlink.zoom import users
from zoomlink.zoom.answers import token_error
from zoomlink.zoom.calls import send_repeatable
from zoomlink.zoom.flow import Flow, Moment, Now, Response
from zoomlink.zoom.oauth import DEFAULT_API_URL, read_token, token_request
from zoomlink.zoom.scopes import FEATURES, Gap, app_kind, lacking

if TYPE_CHECKING:
    from zoomlink.config import Settings
    from zoomlink.doctor.visit import Visit

__all__ = ["LARGEST_SKEW", "api", "api_address", "clock", "features", "network", "scopes", "token"]

LARGEST_SKEW = 60
"""Seconds this machine's clock may differ from Zoom's before it is worth a word."""


def network(visit: Visit) -> Findings:
    """The token endpoint can be reached over TLS; its answer is kept for the next checks."""
    name, settings = "network", visit.ready
    host = urlsplit(settings.oauth_url).netloc
    try:
        visit.token_response = visit.client.run(_ask_for_token(settings))
    except ZoomLinkError as error:
        yield from_error(name, error, host=host)
        return
    if is_loopback(settings.oauth_url):
        yield ok(name, f"{host} answers. It is a sandbox on this machine, not Zoom.", host=host, sandbox=True)
    else:
        yield ok(name, f"{host} answers, and its certificate is valid.", host=host, sandbox=False)


def _ask_for_token(settings: Settings) -> Flow[tuple[Response, Moment]]:
    response = yield from send_repeatable(token_request(settings.oauth_url, settings.credentials), POLICY)
    moment = yield Now()
    return response, moment


def token(visit: Visit) -> Findings:
    """Zoom gives a token for these credentials."""
    name = "token"
    response, moment = _answer(visit)
    if response.status != 200:
        yield from_error(name, token_error(response, moment.wall))
        return
    try:
        # The address in the answer is judged by a check of its own.
        visit.token = read_token(response, replace(visit.ready, api_url=DEFAULT_API_URL), moment.wall)
    except UnexpectedResponseError as error:
        yield from_error(name, error)
        return
    minutes = round((visit.token.expires_at - moment.wall).total_seconds() / 60)
    yield ok(name, f"Zoom accepts the credentials and gave a token for {minutes} minutes.", minutes=minutes)


def clock(visit: Visit) -> Findings:
    """This machine's clock agrees with the Date header of Zoom's answer."""
    name = "clock"
    response, moment = _answer(visit)
    try:
        theirs = parsedate_to_datetime(response.headers.get("date", ""))
    except (ValueError, TypeError, IndexError, OverflowError):
        yield skipped(name, "The answer does not say what time it is there, so the clock could not be compared.")
        return
    theirs = theirs.replace(tzinfo=UTC) if theirs.tzinfo is None else theirs
    skew = round((moment.wall - theirs).total_seconds())
    if abs(skew) > LARGEST_SKEW:
        yield warning(
            name,
            f"This machine's clock is {_span(abs(skew))} {'ahead of' if skew > 0 else 'behind'} Zoom's.",
            'Set it by the network ("timedatectl set-ntp true" on Linux): "now", past times and the life of tokens '
            "depend on it.",
            seconds=skew,
        )
        return
    yield ok(name, "This machine's clock agrees with Zoom's.", seconds=skew)


def api_address(visit: Visit) -> Findings:
    """The address of the API that came with the token is one to which a token may be sent."""
    name = "api-address"
    response, moment = _answer(visit)
    try:
        visit.token = read_token(response, visit.ready, moment.wall)
    except UnexpectedResponseError as error:
        yield from_error(name, error)
        return
    chosen = "as ZOOM_API_URL says" if visit.ready.api_url else "as Zoom says for this account"
    yield ok(name, f"The API is at {visit.token.api_url}, {chosen}.", api_url=visit.token.api_url)


def api(visit: Visit) -> Findings:
    """The API answers this token. Who ``me`` is comes with it."""
    name, host = "api", urlsplit(visit.token.api_url).netloc
    try:
        visit.owner = visit.client.run(users.get("me", policy=POLICY))
    except (MissingScopeError, NotFoundError):
        pass  # an answer all the same; what it means is said by later checks
    except AuthenticationError as error:
        yield failed(
            name,
            f"{host} does not accept the token that {urlsplit(visit.ready.oauth_url).netloc} has just given.",
            "Check that ZOOM_OAUTH_URL and ZOOM_API_URL belong together, and that no proxy changes headers.",
            tracking_id=error.tracking_id,
        )
        return
    except TransportError as error:
        yield from_error(name, error, host=host)
        return
    except ZoomLinkError as error:
        yield from_error(name, error, host=host)
        return
    yield ok(name, f"{host} answers and accepts the token.", host=host)


def scopes(visit: Visit) -> Findings:
    """The app has the scopes without which zoomlink cannot keep its promise."""
    name, granted = "scopes", visit.token.scopes
    kind = app_kind(granted)
    gaps = [gap for gap in lacking(granted) if gap.feature.required]
    if not granted:
        yield failed(
            name,
            "The app has no scopes at all.",
            f"On the app's Scopes page on marketplace.zoom.us add {_names(gaps)}; then run this again.",
            kind=kind,
            granted=[],
            missing=_missing(gaps),
        )
    elif gaps:
        yield _gap_finding(failed(name, "", None, kind=kind, granted=sorted(granted)), gaps)
    else:
        yield ok(
            name,
            f"The app has the {'classic' if kind == 'classic' else 'granular'} scopes that links need.",
            kind=kind,
            granted=sorted(granted),
        )


def features(visit: Visit) -> Findings:
    """Which further features of zoomlink the app's scopes allow."""
    name, granted = "features", visit.token.scopes
    gaps = [gap for gap in lacking(granted) if not gap.feature.required]
    total = sum(not feature.required for feature in FEATURES)
    if not gaps:
        yield ok(name, f"All {total} further features have their scopes.")
        return
    say = warning if any(gap.feature.advised for gap in gaps) else ok
    yield say(
        name,
        f"{total - len(gaps)} of {total} further features have their scopes; without: "
        + "; ".join(gap.feature.title for gap in gaps)
        + ".",
        f"Leave it, or add on the app's Scopes page the ones you want: {_names(gaps)}",
        missing=_missing(gaps),
    )


def _gap_finding(empty: Finding, gaps: list[Gap]) -> Finding:
    near = sorted({scope for gap in gaps for scope in gap.near})
    what = f"The Zoom app lacks {_names(gaps)}. " + " ".join(gap.feature.without for gap in gaps)
    if near:
        what += f" It has {', '.join(near)}, but without the ending :admin that counts for one user only."
    return replace(
        empty,
        what=what,
        cure="Add it on the app's Scopes page on marketplace.zoom.us; tokens fetched afterwards have it.",
        details={**empty.details, "missing": _missing(gaps)},
    )


def _missing(gaps: list[Gap]) -> dict[str, list[str]]:
    return {gap.feature.name: list(gap.scopes) for gap in gaps}


def _names(gaps: list[Gap]) -> str:
    return ", ".join(scope for gap in gaps for scope in gap.scopes)


def _answer(visit: Visit) -> tuple[Response, Moment]:
    if visit.token_response is None:
        raise AssertionError("a check that needs the network runs after it")
    return visit.token_response


def _span(seconds: int) -> str:
    for size, word in ((86400, "day"), (3600, "hour"), (60, "minute")):
        if seconds >= 2 * size:
            return f"{round(seconds / size)} {word}s"
    return f"{seconds} seconds"
