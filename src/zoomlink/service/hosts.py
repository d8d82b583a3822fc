"""The routes of hosts: who there is, how busy they are, who is free."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from typing import Annotated, Any

from fastapi import APIRouter, Query, Response

from zoomlink.errors import InvalidInputError
from zoomlink.http_problems import busy_dict, stamp
from zoomlink.service.access import Reader
from zoomlink.service.models import AvailabilityOut, HostPage
from zoomlink.service.reading import read_moment
from zoomlink.service.routes import Moment, StrictRoute, problems

__all__ = ["router"]

MAX_DAYS = 62

router = APIRouter(prefix="/v1/hosts", tags=["hosts"], route_class=StrictRoute)


@router.get(
    "",
    operation_id="listHosts",
    summary="List the hosts",
    response_model=None,
    responses={200: {"model": HostPage}, **problems(401, 403, 422, 429, 503)},
)
async def get_hosts(
    caller: Reader,
    start_from: Annotated[str | None, Moment("Busy times from here on; by default from now.")] = None,
    start_to: Annotated[str | None, Moment("And up to here; by default for a day.")] = None,
) -> Response:
    """The hosts of the pool, and how busy each is. Topics are shown of your own links only."""
    begin = read_moment("start_from", start_from) or datetime.now(UTC)
    try:
        end = read_moment("start_to", start_to) or begin + timedelta(days=1)
        far = end - begin > timedelta(days=MAX_DAYS)
    except OverflowError:
        far = True
    if far:
        raise InvalidInputError(f"That is more than {MAX_DAYS} days.", field="start_to", hint="Ask for less.")
    found = await caller.desk.hosts(None, begin, end)
    items = [
        {
            "host": one.host,
            "capacity": one.capacity,
            "licensed": one.licensed,
            "writes_left": one.writes_left,
            "busy": [busy_dict(busy) for busy in one.busy],
        }
        for one in found
    ]
    return _json({"items": items, "next_cursor": None})


@router.get(
    "/availability",
    operation_id="getAvailability",
    summary="Who is free at a time",
    response_model=None,
    responses={200: {"model": AvailabilityOut}, **problems(401, 403, 409, 422, 429, 503)},
)
async def get_availability(
    caller: Reader,
    start: Annotated[str, Query(min_length=3, max_length=64, examples=["2031-12-01T18:24"])],
    timezone: Annotated[str | None, Query(max_length=64, examples=["America/Sao_Paulo"])] = None,
    duration: Annotated[int, Query(ge=1, le=1440)] = 60,
) -> Response:
    """The hosts that are free for a meeting; where none is, who is busy and when one will be free."""
    found = await caller.desk.availability(start=start, timezone=timezone, duration=duration)
    told = {
        "hosts": list(found.hosts),
        "busy": [busy_dict(one) for one in found.busy],
        "next_free": None if found.next_free is None else stamp(found.next_free),
    }
    return _json(told)


def _json(found: dict[str, Any]) -> Response:
    return Response(json.dumps(found, ensure_ascii=False), media_type="application/json")
