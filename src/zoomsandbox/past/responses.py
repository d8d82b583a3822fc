"""Past meetings: HTTP in, HTTP out. No state."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

from zoomsandbox.core.clock import zulu
from zoomsandbox.core.exceptions import ValidationFailedError
from zoomsandbox.core.http import json_response
from zoomsandbox.core.paging import Pager, frame, size_and_number
from zoomsandbox.core.validation import INVALID
from zoomsandbox.meetings.exceptions import MeetingNotFoundError
from zoomsandbox.past import render
from zoomsandbox.past.exceptions import PaidAccountOnlyError, YearAgoError
from zoomsandbox.past.finding import ended, number_of, older_than_a_year

if TYPE_CHECKING:
    from zoomsandbox.core.http import Exchange, Response
    from zoomsandbox.world import World

MOST = 300
_DAY = 86400
# Fifteen months
_INSTANCES_SINCE = 457 * _DAY


def get(world: World, exchange: Exchange) -> Response:
    """``GET /past_meetings/{meetingId}``: by number the latest run, or by uuid."""
    _must_be_paid(world, ".")
    run = ended(world, exchange.params[0])
    if older_than_a_year(world, run):
        raise YearAgoError
    return json_response(200, render.whole(world, run))


def instances(world: World, exchange: Exchange) -> Response:
    """``GET /past_meetings/{meetingId}/instances``; `from` and `to` (UTC days) count only together."""
    text = exchange.params[0]
    number = number_of(text)
    runs = world.live.past(number) if number is not None else []
    if not runs and world.meetings.find(text) is None:
        raise MeetingNotFoundError(text)
    since, until = _day(exchange, "from"), _day(exchange, "to")
    if since is None or until is None:
        since, until = world.clock.now() - _INSTANCES_SINCE, float("inf")
    else:
        since, until = max(since, world.clock.now() - _INSTANCES_SINCE), until + _DAY
    found = [run for run in runs if since <= run.started_at < until]
    return json_response(200, {"meetings": [{"uuid": run.uuid, "start_time": zulu(run.started_at)} for run in found]})


def participants(world: World, exchange: Exchange) -> Response:
    """``GET /past_meetings/{meetingId}/participants``: by number those of the latest run, or by uuid."""
    _must_be_paid(world, "")
    run = ended(world, exchange.params[0])
    if older_than_a_year(world, run):
        raise YearAgoError(cannot="Can not")
    size, _ = size_and_number(exchange.query, MOST)
    rows = render.participants(world, run)
    pager = Pager(world.ids, world.clock, f"participants {run.uuid}")
    first = int(pager.place(exchange.query.get("next_page_token", "")) or 0)
    after = first + size
    body = frame(pager.token(str(after) if after < len(rows) else None), size=size, number=1, total=len(rows))
    del body["page_number"]
    body["participants"] = rows[first:after]
    return json_response(200, body)


def _must_be_paid(world: World, stop: str) -> None:
    if world.options.plan == "free":
        raise PaidAccountOnlyError(world.options.account_id, stop=stop)


def _day(exchange: Exchange, name: str) -> float | None:
    text = exchange.query.get(name, "")
    try:
        return datetime.strptime(text, "%Y-%m-%d").replace(tzinfo=UTC).timestamp() if text else None
    except ValueError:
        raise ValidationFailedError([(name, INVALID)]) from None
