"""Pages: HTTP in, HTML out. No state. No secret is shown: a passcode only to whoever has the whole join link."""

from __future__ import annotations

from hmac import compare_digest
from importlib.resources import files
from typing import TYPE_CHECKING

from zoomsandbox.core.clock import zulu
from zoomsandbox.core.exceptions import NothingHereError
from zoomsandbox.core.http import Response, html_response
from zoomsandbox.pages import html
from zoomsandbox.pages.front import front as front_page
from zoomsandbox.pages.words import moment, spaced, when

if TYPE_CHECKING:
    from zoomsandbox.core.http import Exchange
    from zoomsandbox.meetings.entities import Meeting
    from zoomsandbox.world import World

_DATES_SHOWN = 10
_NOT_ZOOM = "zoomsandbox, a local imitation. This is not Zoom, and nobody is waiting behind this link."
_BRAND = '<div class="brand"><a href="/">zoomsandbox</a></div>'
_TYPES = {"style.css": "text/css", "live.js": "text/javascript", "when.js": "text/javascript"}


def front(world: World, exchange: Exchange) -> Response:
    """``GET /``: meetings, commits, requests, faults and users, the newest first."""
    return html_response(front_page(world, exchange.base_url))


def static(world: World, exchange: Exchange) -> Response:  # noqa: ARG001 - a handler
    """``GET /static/{name}``: style and scripts of the pages."""
    kind = _TYPES.get(exchange.params[0])
    if kind is None:
        raise NothingHereError(exchange.path)
    content = files("zoomsandbox.pages").joinpath("static", exchange.params[0]).read_bytes()
    headers = [("cache-control", "no-cache"), ("x-content-type-options", "nosniff")]
    return Response(200, content, f"{kind}; charset=utf-8", headers)


def join(world: World, exchange: Exchange) -> Response:
    """``GET /j/{id}`` and ``GET /w/{id}``: where a guest's link leads, a registrant's too."""
    meeting = world.meetings.meant_by(exchange.params[0])
    if meeting is None:
        return _missing(exchange.params[0])
    lead = "You would now join this meeting."
    return _show(world, meeting, "A guest's link", lead, _passcode(world, meeting, exchange.query.get("pwd", "")))


def start(world: World, exchange: Exchange) -> Response:
    """``GET /s/{id}``: where the host's link leads."""
    meeting = world.meetings.meant_by(exchange.params[0])
    if meeting is None:
        return _missing(exchange.params[0])
    lead = (
        "You would now start this meeting, as its host. Whoever has this link may, for two hours: keep it to yourself."
    )
    return _show(world, meeting, "The host's entrance", lead, "the host needs none")


def _passcode(world: World, meeting: Meeting, pwd: str) -> object:
    if not meeting.passcode:
        return "none"
    known = world.ids.encrypted_passcode(meeting.id, meeting.passcode)
    if compare_digest(pwd.encode("utf-8", "replace"), known.encode()):
        return html.Html(f"<code>{html.show(meeting.passcode)}</code>")
    return "needed; this link does not carry it"


def _show(world: World, meeting: Meeting, kind: str, lead: str, passcode: object) -> Response:
    running = world.live.running(meeting.id)
    chips = html.chip(kind, "warn" if kind.startswith("The host") else "")
    if running is not None:
        chips = html.Html(f"{chips} {html.chip(f'running, {len(running.inside)} inside', 'good')}")
    stamp = f' datetime="{zulu(meeting.start)}" data-zone="{html.show(meeting.timezone)}"' if meeting.start else ""
    facts: list[tuple[str, object]] = [("Host", meeting.host.email), ("Meeting ID", spaced(meeting.id))]
    facts.append(("Passcode", passcode))
    dates = [one for one in meeting.occurrences if not one.deleted]
    if len(dates) > 1:
        lines = [moment(one.start, meeting.timezone) for one in dates[:_DATES_SHOWN]]
        if len(dates) > _DATES_SHOWN:
            lines.append(f"and {len(dates) - _DATES_SHOWN} more")
        facts.append(("Dates", "\n".join(lines)))
    if meeting.agenda:
        facts.append(("Agenda", meeting.agenda))
    card = (
        f"<section>{chips}<h1>{html.show(meeting.topic)}</h1><p class=soft>{html.show(lead)}</p>"
        f"<p class=when><time{stamp}>{html.show(when(meeting))}</time></p>{html.facts(facts)}</section>"
    )
    return _small(meeting.topic, card, "when.js")


def _missing(meeting_id: str) -> Response:
    words = f"The sandbox holds no meeting {meeting_id}: deleted, expired, or reset."
    card = f"<section><h1>No such meeting</h1><p class=soft>{html.show(words)}</p></section>"
    return _small("No such meeting", card, status=404)


def _small(title: str, card: str, script: str = "", status: int = 200) -> Response:
    body = f"{card}<footer>{html.show(_NOT_ZOOM)}</footer>"
    top = html.banner(_BRAND, "a local Zoom")
    return html_response(html.page(title, body, script=script, small=True, top=top), status)
