"""The pool's timeline: who is busy with what on a day."""

from __future__ import annotations

from datetime import date, timedelta

from fastapi import APIRouter, Request, Response

from zoomlink.service.page.render import PageRoute, page, signed_in
from zoomlink.service.page.view import day_span, host_row, hours_of, percent_now, shown_span
from zoomlink.service.page.words import day_name, day_words, zone_words

__all__ = ["router"]

router = APIRouter(route_class=PageRoute, include_in_schema=False)


@router.get("/hosts")
async def timeline(request: Request) -> Response:
    """The hosts as rows, the hours of a day as columns."""
    visitor = await signed_in(request)
    caller = visitor.need("links:read")
    now = visitor.now()
    today = now.astimezone(visitor.zone).date()
    day = _day(request.query_params.get("day", ""), today)
    begin, end = day_span(day, visitor.zone)
    found = await caller.desk.hosts(None, begin, end)
    begin, end = shown_span(found, day, visitor.zone)
    return page(
        visitor,
        "hosts.html",
        day=day,
        today=today,
        before=day - timedelta(days=1),
        after=day + timedelta(days=1),
        name=day_name(day, today, visitor.t),
        words=day_words(day, visitor.t),
        zone=zone_words(begin.astimezone(visitor.zone)),
        rows=[host_row(one, begin, end, visitor.zone) for one in found],
        hours=hours_of(begin, end, visitor.zone),
        now_at=percent_now(now, begin, end),
    )


def _day(text: str, today: date) -> date:
    try:
        found = date.fromisoformat(text)
    except ValueError:
        return today
    return found if 2000 <= found.year <= 2099 else today
