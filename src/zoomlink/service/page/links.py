"""The page of one link: its details, change, cancel, QR code, the host's entrance."""

from __future__ import annotations

import io
import re
from typing import TYPE_CHECKING, Any

import segno
from fastapi import APIRouter, Request, Response

from zoomlink.errors import InvalidInputError, NoHostError, ZoomLinkError
from zoomlink.links.request import canonical_host
from zoomlink.model import Link, LinkState
from zoomlink.service.page.forms import DURATIONS, Filled, Wrong, read_link_form, wrong_of
from zoomlink.service.page.render import PageRoute, error_page, form_of, page, see, signed_in
from zoomlink.service.page.view import busy_view, link_view
from zoomlink.service.page.words import city_of, clock, moment_words, zone_names
from zoomlink.service.problems import ServiceError, not_found
from zoomlink.store.ops import HostOf

if TYPE_CHECKING:
    from collections.abc import Iterable

    from zoomlink.service.page.render import Visit

__all__ = ["LINK_ID", "ON_FORM", "details", "host_choices", "router"]

WAIT = 10.0
_ENDED = {LinkState.CANCELLED, LinkState.DELETED, LinkState.REFUSED}
_FORM_KEY = re.compile(r"page-[0-9a-f]{24}", re.ASCII)
"""A key that the form of this page made, and nobody chose."""
LINK_ID = re.compile(r"lnk_[0-9a-z]{26}", re.ASCII)

ON_FORM = frozenset({"refused", "not-found", "not-permitted", "conflict"})
"""Kinds of problem that are told on the form, since another value in it may help."""

router = APIRouter(route_class=PageRoute, include_in_schema=False)


@router.get("/links/{id}")
async def one_link(request: Request, id: str) -> Response:
    """A link, its history, and what can be done with it."""
    visitor = await signed_in(request)
    link = await _link(visitor, id, "links:read")
    return await details(visitor, link)


@router.get("/links/{id}/qr.svg")
async def qr_code(request: Request, id: str) -> Response:
    """The join link as a QR code."""
    visitor = await signed_in(request)
    link = await _link(visitor, id, "links:read")
    if link.join_url is None:
        raise ServiceError(visitor.t("errors.no_qr"), slug="conflict")
    out = io.BytesIO()
    code = segno.make(link.join_url, micro=False, error="m")
    code.save(out, kind="svg", border=2, scale=8, dark="#111318", light="#ffffff", svgclass=None, lineclass=None)
    return Response(out.getvalue(), media_type="image/svg+xml")


@router.post("/links/{id}/change")
async def change_link(request: Request, id: str) -> Response:
    """Change a link from its form."""
    visitor = await signed_in(request)
    form = await form_of(visitor)
    caller = visitor.need("links:write")
    link = await _link(visitor, id, "links:write")
    filled = read_link_form(form, visitor.now(), visitor.t, change=True)
    changes = _differences(filled, link, visitor)
    if filled.wrong:
        return await details(visitor, link, filled, status=422)
    if not changes:
        return see(visitor, f"/links/{link.id}?same=1")
    if form.get("allow_overlap"):
        changes["allow_overlap"] = True
    try:
        await caller.desk.update(link, wait=WAIT, **changes)
    except NoHostError as error:
        busy = [busy_view(one, link_zone(link, visitor)) for one in error.busy[:8]]
        return await details(visitor, link, filled, status=409, busy=busy)
    except InvalidInputError as error:
        place, wrong = wrong_of(error)
        filled.wrong[place] = wrong
        return await details(visitor, link, filled, status=422)
    except ZoomLinkError as error:
        if error.slug in ON_FORM:
            return await details(visitor, link, filled, status=422, problem=error)
        return error_page(visitor, error)
    return see(visitor, f"/links/{link.id}?changed=1")


@router.post("/links/{id}/cancel")
async def cancel_link(request: Request, id: str) -> Response:
    """Take a link back."""
    visitor = await signed_in(request)
    form = await form_of(visitor)
    caller = visitor.need("links:write")
    link = await _link(visitor, id, "links:write")
    if form.get("sure") == "yes":
        await caller.desk.cancel(link, wait=WAIT)
    return see(visitor, f"/links/{link.id}")


@router.post("/links/{id}/start")
async def start_meeting(request: Request, id: str) -> Response:
    """Show the host's private entrance, to those who asked for it with a press."""
    visitor = await signed_in(request)
    await form_of(visitor)
    caller = visitor.need("host")
    link = await _link(visitor, id, "host")
    if link.meeting_id is None or link.state is not LinkState.READY:
        raise ServiceError(visitor.t("errors.no_start"), slug="conflict")
    url = await caller.desk.zoom.meetings.start_url(link.meeting_id)
    return page(visitor, "start.html", view=link_view(link, visitor.zone, visitor.now(), visitor.t), url=url.reveal())


async def _link(visitor: Visit, id: str, scope: str) -> Link:
    caller = visitor.need(scope)
    if not LINK_ID.fullmatch(id):
        raise not_found()
    visitor.request.state.link_id = id
    try:
        return await caller.desk.get(id)
    except ZoomLinkError as error:
        raise not_found() if error.slug == "not-found" else error from None


def link_zone(link: Link, visitor: Visit) -> Any:
    """The zone in which a link is shown."""
    return link_view(link, visitor.zone, visitor.now(), visitor.t).zone


async def details(
    visitor: Visit,
    link: Link,
    filled: Filled | None = None,
    *,
    status: int = 200,
    busy: Iterable[Any] = (),
    problem: ZoomLinkError | None = None,
) -> Response:
    """The page of a link, which the visitor may see."""
    caller = visitor.need("links:read" if visitor.may("links:read") else "links:write")
    view = link_view(link, visitor.zone, visitor.now(), visitor.t)
    events = await caller.desk.history(link)
    told = [(one.at, moment_words(one.at, visitor.zone, visitor.t), _event_words(one, visitor)) for one in events]
    asked = visitor.request.query_params
    notice = next((name for name in ("new", "known", "changed", "same") if name in asked), "")
    if status == 201:
        notice = "new"
    if notice == "new" and link.state is not LinkState.READY:
        notice = ""
    return page(
        visitor,
        "link.html",
        status,
        view=view,
        link=link,
        history=told,
        filled=filled or Filled(_as_form(link, visitor)),
        opened=filled is not None,
        notice=notice,
        busy=list(busy),
        ended=link.state in _ENDED,
        own_key=not _FORM_KEY.fullmatch(link.key),
        durations=DURATIONS,
        hosts=list(dict.fromkeys([link.host, *await host_choices(visitor)])),
        problem=problem,
        zones=zone_names(),
        city_of=city_of,
        now_words="",
    )


async def host_choices(visitor: Visit) -> list[str]:
    """The hosts of the pool, by the addresses that Zoom answers where they are known."""
    if visitor.caller is None:
        return []
    desk = visitor.caller.desk
    found = [await desk.do(HostOf(desk.rules.account, canonical_host(one.name))) for one in desk.rules.hosts]
    return list(dict.fromkeys(found))


def _event_words(event: Any, visitor: Visit) -> str:
    """What happened; the ledger's own sentences, which know more, are English."""
    said = visitor.t.find(f"events.{event.event}")
    return said if isinstance(said, str) else event.words


def _as_form(link: Link, visitor: Visit) -> dict[str, str]:
    start = link.start_time.astimezone(link_zone(link, visitor))
    known = link.duration in DURATIONS
    return {
        "topic": link.topic,
        "date": f"{start:%Y-%m-%d}",
        "time": clock(start),
        "timezone": link_zone(link, visitor).key,
        "duration": str(link.duration) if known else "other",
        "minutes": "" if known else str(link.duration),
        "host": link.host,
        "passcode": link.passcode or "",
        "agenda": link.agenda or "",
    }


def _differences(filled: Filled, link: Link, visitor: Visit) -> dict[str, Any]:
    """What of the form is not as it was; nothing is wrong with a time that stays."""
    before = _as_form(link, visitor)
    now = {**before, **filled.values}
    changes = {
        name: filled.asked.get(name, "")
        for name in ("topic", "host", "passcode", "agenda")
        if now[name] != before[name]
    }
    if "passcode" in changes and not changes["passcode"]:
        filled.wrong["passcode"] = Wrong(visitor.t("wrong.passcode"))
    if filled.asked.get("duration") != link.duration:
        changes["duration"] = filled.asked.get("duration")
    if any(now[name] != before[name] for name in ("date", "time", "timezone")):
        changes |= {name: filled.asked.get(name) for name in ("start", "timezone")}
    else:
        for name in ("date", "time", "timezone"):
            filled.wrong.pop(name, None)
    return changes
