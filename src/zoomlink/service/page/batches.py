"""The pages of batches: a file up, its plan, a press, how it goes, the file down."""

from __future__ import annotations

from collections import Counter
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any, NamedTuple

from fastapi import APIRouter, Request, Response

from zoomlink.batches.rows import Options
from zoomlink.batches.table import FaultsError, Limits
from zoomlink.errors import InvalidInputError, tidy
from zoomlink.model import LinkState
from zoomlink.service.batches import MAX_ROWS, start_batch
from zoomlink.service.page.render import PageRoute, form_and_file, form_of, page, see, signed_in
from zoomlink.service.page.view import link_view
from zoomlink.service.page.words import find_zone, moment_words, zone_names
from zoomlink.service.problems import ServiceError, not_found

if TYPE_CHECKING:
    from collections.abc import Mapping

    from zoomlink.batches.engine import OpenBatch
    from zoomlink.batches.plan import Forecast
    from zoomlink.service.batch_runs import BatchRuns
    from zoomlink.service.page.render import Visit
    from zoomlink.times import When

__all__ = ["router"]

SHOWN = 200
"""Rows of a plan or a result that are shown; the file has all of them."""
FAULTS = 100

router = APIRouter(prefix="/batches", route_class=PageRoute, include_in_schema=False)


class RowView(NamedTuple):
    """A row of a file."""

    line: int
    topic: str
    when: str
    host: str
    link: Any
    """A LinkView; None before it is made."""
    problem: str


@router.get("")
async def all_batches(request: Request) -> Response:
    """The form for a file, and the newest batches."""
    visitor = await signed_in(request)
    return await _start(visitor, {"timezone": visitor.zone.key})


@router.get("/example.csv")
async def example(request: Request) -> Response:
    """A file to begin with."""
    visitor = await signed_in(request)
    visitor.need("batches")
    day = visitor.now().astimezone(visitor.zone).date() + timedelta(days=7)
    rows = ["topic,date,time,duration,host,key", f"Guitar lesson,{day},18:00,60,,guitar-1"]
    rows.append(f"Piano lesson,{day + timedelta(days=1)},09:30,45,,piano-1")
    return Response(
        "".join(f"{row}\r\n" for row in rows),
        media_type="text/csv; charset=utf-8",
        headers={"Content-Disposition": 'attachment; filename="links.csv"'},
    )


@router.post("")
async def upload(request: Request) -> Response:
    """Read a file, and keep it as a batch; nothing is made yet."""
    visitor = await signed_in(request)
    values, file = await form_and_file(visitor)
    caller = visitor.need("batches")
    zone = find_zone(values.get("timezone", ""))
    if zone is None:
        return await _start(visitor, values, 422, wrong={"timezone": visitor.t("wrong.zone")})
    data = await file.read() if file is not None else b""
    if not data or file is None:
        return await _start(visitor, values, 422, wrong={"file": visitor.t("batches.no_file")})
    options = Options(
        timezone=zone.key,
        dates={"dmy": "dmy", "mdy": "mdy"}.get(values.get("dates", "")),  # type: ignore[arg-type]
        skip_faulty=values.get("skip_faulty") == "1",
        limits=Limits(rows=MAX_ROWS),
    )
    runs, name = _runs(visitor), tidy(file.filename or "", 200) or "upload"
    try:
        opened = await runs.do(lambda: runs.desk(caller.owner).submit(data, name=name, options=options))
    except FaultsError as error:
        return await _start(visitor, values, 422, faults=error)
    except InvalidInputError as error:
        return await _start(visitor, values, 422, wrong={"file": str(error)}, by_desk=True)
    runs.keep(opened)
    return see(visitor, f"/batches/{opened.id}")


@router.get("/{id}")
async def one_batch(request: Request, id: str) -> Response:
    """A batch: its plan before it runs, how it goes while it does, and what came of it."""
    visitor = await signed_in(request)
    batch = await _opened(visitor, id)
    runs = _runs(visitor)
    plan: Forecast | None = None
    state = batch.row.state
    if state == "planned":
        plan = await runs.do(lambda: runs.desk(batch.row.owner).plan(batch.batch, batch.options))
    view = batch.view()
    total = view.rows - len({line for line, link, _ in batch.items() if link is None} & batch.faulty)
    rows = _planned(plan, visitor) if plan is not None else await runs.do(lambda: _made(batch, visitor))
    return page(
        visitor,
        "batch.html",
        view=view,
        plan=plan,
        done_at=moment_words(plan.done_at, visitor.zone, visitor.t) if plan is not None and plan.done_at else "",
        parked=moment_words(view.parked_until, visitor.zone, visitor.t) if view.parked_until else "",
        rows=rows[:SHOWN],
        more=max(len(rows) - SHOWN, 0),
        counts=_counts(view.states),
        state=state,
        running=state in {"running", "cancelling"},
        problems=sorted(view.problems.items())[:FAULTS],
        faults={fault.line: fault for fault in reversed(batch.faults)},
        total=total,
        percent=round(view.done / total * 100) if total else 0,
    )


@router.post("/{id}/run")
async def run(request: Request, id: str) -> Response:
    """Make its links."""
    visitor = await signed_in(request)
    await form_of(visitor)
    batch = await _opened(visitor, id)
    if batch.row.state in {"cancelling", "cancelled"}:
        raise ServiceError(visitor.t("batches.was_cancelled"), slug="conflict")
    await start_batch(_runs(visitor), visitor.need("batches"), batch.id)
    return see(visitor, f"/batches/{batch.id}")


@router.post("/{id}/cancel")
async def cancel(request: Request, id: str) -> Response:
    """Take it back, with the meetings that were made."""
    visitor = await signed_in(request)
    form = await form_of(visitor)
    batch = await _opened(visitor, id)
    runs = _runs(visitor)
    if form.get("sure") == "yes":
        await runs.cancel(visitor.need("batches").owner, batch.id)
    return see(visitor, f"/batches/{batch.id}")


def _runs(visitor: Visit) -> BatchRuns:
    return visitor.state.batches[visitor.need("batches").account]


async def _opened(visitor: Visit, id: str) -> OpenBatch:
    caller = visitor.need("batches")
    if not id.startswith("bat_") or len(id) != 30 or not id[4:].isalnum():
        raise not_found("batch")
    return await _runs(visitor).opened(caller.owner, id)


async def _start(
    visitor: Visit,
    values: Mapping[str, str],
    status: int = 200,
    *,
    wrong: Mapping[str, str] | None = None,
    faults: FaultsError | None = None,
    by_desk: bool = False,
) -> Response:
    caller, runs = visitor.need("batches"), _runs(visitor)
    rows = await runs.do(lambda: runs.desk(caller.owner).newest(30))
    told = [(row, moment_words(_moment(row.created_at), visitor.zone, visitor.t)) for row in rows]
    return page(
        visitor,
        "batches.html",
        status,
        batches=told,
        given=values,
        zones=zone_names(),
        wrong=wrong or {},
        by_desk=by_desk,
        faults=faults,
        shown=faults.faults[:FAULTS] if faults else (),
    )


def _moment(milliseconds: int) -> datetime:
    return datetime.fromtimestamp(milliseconds / 1000, UTC)


def _planned(plan: Forecast, visitor: Visit) -> list[RowView]:
    rows = []
    for one in plan.placements:
        request = one.wish.request
        host = one.link.host if one.link is not None else one.host or ""
        problem = plan.explanations.get(one.wish.line, "")
        rows.append(RowView(one.wish.line, request.body["topic"], _when(request.when, visitor), host, None, problem))
    return rows


def _when(when: When, visitor: Visit) -> str:
    return moment_words(when.instant, when.local.tzinfo or visitor.zone, visitor.t)


def _made(batch: OpenBatch, visitor: Visit) -> list[RowView]:
    rows, now = [], visitor.now()
    wishes = {wish.line: wish.request for wish in batch.batch.wishes}
    for line, link, problem in batch.items():
        if link is None:
            asked = wishes.get(line)
            topic = asked.body["topic"] if asked is not None else ""
            when = _when(asked.when, visitor) if asked is not None else ""
            rows.append(RowView(line, topic, when, "", None, problem or ""))
            continue
        view = link_view(link, visitor.zone, now, visitor.t)
        rows.append(RowView(line, link.topic, f"{view.day}, {view.span}", link.host, view, problem or ""))
    return rows


def _counts(states: Mapping[str, int]) -> Counter[str]:
    """Links by what people call their state."""
    found: Counter[str] = Counter()
    for state, count in states.items():
        name = {LinkState.READY: "ready", LinkState.REFUSED: "refused", LinkState.CANCELLED: "ended"}
        found[name.get(LinkState(state), "ended" if state == "deleted" else "moving")] += count
    return found
