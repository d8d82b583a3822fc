"""The routes of batches: upload, plan, run, watch, download, cancel."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Annotated, Any, Literal

from fastapi import APIRouter, Path, Query, Request, Response
from fastapi.responses import StreamingResponse

from zoomlink.batches.rows import Options
from zoomlink.batches.table import FaultsError, Limits
from zoomlink.errors import InvalidInputError, tidy
from zoomlink.service.access import BatchKeeper, Caller, day_is_full, state_of
from zoomlink.service.models import BatchOut, BatchPage
from zoomlink.service.problems import ServiceError
from zoomlink.service.reading import read_json
from zoomlink.service.routes import StrictRoute, problems

if TYPE_CHECKING:
    from zoomlink.batches.engine import OpenBatch
    from zoomlink.service.batch_runs import BatchRuns

__all__ = ["read_upload", "router", "start_batch"]

MAX_ROWS = 10_000
MAX_FAULTS = 1000
"""That are told at once."""
router = APIRouter(prefix="/v1/batches", tags=["batches"], route_class=StrictRoute)

BatchId = Annotated[str, Path(pattern=r"^bat_[0-9a-z]{26}$", description="The batch's id.")]
_JSON = {
    "schema": {
        "type": "object",
        "properties": {
            "items": {
                "type": "array",
                "items": {"type": "object"},
                "minItems": 1,
                "maxItems": MAX_ROWS,
                "description": "Rows, by the names of the columns: topic, start (or date and time), duration, "
                "timezone, host, key, passcode, agenda, allow_overlap.",
            }
        },
        "required": ["items"],
        "additionalProperties": False,
    },
    "example": {
        "items": [{"topic": "Guitar 1", "start": "2031-12-01T18:24", "timezone": "America/Sao_Paulo", "key": "g-1"}]
    },
}
_CSV = {
    "schema": {"type": "string"},
    "example": "topic,start,timezone\nGuitar 1,2031-12-01 18:24,America/Sao_Paulo\n",
}
_FILE = {"schema": {"type": "string", "format": "binary"}}
_XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
_TYPES = {
    "application/json": _JSON,
    "text/csv": _CSV,
    "application/x-ndjson": _FILE,
    _XLSX: _FILE,
}


@router.post(
    "",
    operation_id="createBatch",
    status_code=202,
    summary="Upload a batch",
    response_model=None,
    openapi_extra={"requestBody": {"required": True, "content": _TYPES}},
    responses={
        202: {
            "model": BatchOut,
            "description": "Stored, and nothing is made before it is run; with `dry_run` only the plan is answered.",
            "headers": {"Location": {"description": "The batch's address.", "schema": {"type": "string"}}},
        },
        **problems(400, 401, 403, 413, 415, 422, 429, 502, 503),
    },
)
async def post_batch(
    request: Request,
    caller: BatchKeeper,
    dry_run: Annotated[bool, Query(description="Plan it, and store nothing.")] = False,
    name: Annotated[str, Query(max_length=200, description="The file's name, for people.")] = "upload",
    timezone: Annotated[str | None, Query(max_length=64, description="The zone of rows that name none.")] = None,
    dates: Annotated[Literal["dmy", "mdy"] | None, Query(description="Which number of 03/04/2031 is the day.")] = None,
    duration: Annotated[int | None, Query(ge=1, le=1440, description="Minutes of rows that name none.")] = None,
    column: Annotated[
        list[str], Query(max_length=20, description="`topic:Assunto`: a column whose name says nothing.")
    ] = [],  # noqa: B006 - only read
    skip_faulty: Annotated[bool, Query(description="Leave faulty rows out instead of refusing the file.")] = False,
) -> Response:
    """Upload links as CSV, XLSX, JSON Lines or JSON. Every faulty row is named. The same rows are the same batch."""
    kind, body = request.headers.get("content-type", ""), await request.body()
    options = Options(
        columns=tuple(_column(one) for one in column),
        dates=dates,
        timezone=timezone,
        duration=duration,
        skip_faulty=skip_faulty,
        limits=Limits(rows=MAX_ROWS),
    )
    runs = state_of(request).batches[caller.account]
    owner = caller.owner

    def work() -> dict[str, Any]:
        data = read_upload(kind, body)
        desk = runs.desk(owner)
        batch = desk.read(data, options)
        forecast = desk.plan(batch, options)  # it knows of more faults: what has passed, whose key is taken
        if forecast.faults and not skip_faulty:
            raise FaultsError(forecast.faults, len(batch.table.rows))
        plan = forecast.to_dict()
        if dry_run:
            return {"plan": plan}
        opened = desk.submit(data, name=tidy(name, 200) or "upload", options=options)
        return {**opened.view().to_dict(), "plan": plan}

    try:
        found = await runs.do(work)
    except FaultsError as error:
        raise _faults(error) from None
    headers = {"Location": f"/v1/batches/{found['id']}"} if "id" in found else {}
    return _json(found, 202, headers)


@router.get(
    "",
    operation_id="listBatches",
    summary="List the batches",
    response_model=None,
    responses={200: {"model": BatchPage}, **problems(401, 403, 422, 429, 503)},
)
async def get_batches(request: Request, caller: BatchKeeper) -> Response:
    """The newest hundred."""
    runs, owner = state_of(request).batches[caller.account], caller.owner
    rows = await runs.do(lambda: runs.desk(owner).newest())
    items = [
        {
            "id": row.id,
            "name": row.name,
            "state": row.state,
            "rows": row.row_count,
            "created_at": _stamp(row.created_at),
        }
        for row in rows
    ]
    return _json({"items": items, "next_cursor": None})


@router.post(
    "/{id:id}/run",
    operation_id="runBatch",
    status_code=202,
    summary="Run a batch",
    response_model=None,
    responses={202: {"model": BatchOut, "description": "It runs."}, **problems(401, 403, 404, 409, 422, 429, 503)},
)
async def run_batch(request: Request, id: BatchId, caller: BatchKeeper) -> Response:
    """Make its links, at the rate that Zoom allows. To repeat it does no harm: nothing is made twice, and rows that had
    no host, or were refused, are tried again.
    """
    batch = await start_batch(state_of(request).batches[caller.account], caller, id)
    return _json(batch.view().to_dict(), 202)


@router.get(
    "/{id:id}",
    operation_id="getBatch",
    summary="Get a batch",
    response_model=None,
    responses={200: {"model": BatchOut}, **problems(401, 403, 404, 422, 429, 503)},
)
async def get_batch(request: Request, id: BatchId, caller: BatchKeeper) -> Response:
    """How it goes: links by state, what is in the way of rows, until when it waits."""
    batch = await state_of(request).batches[caller.account].opened(caller.owner, id)
    return _json(batch.view().to_dict())


@router.get(
    "/{id:id}/events",
    operation_id="watchBatch",
    summary="Watch a batch",
    response_model=None,
    responses={
        200: {
            "description": "Server-sent events: `progress` with the batch as data, its first 100 problems and "
            "`problem_count`; then, when it is done or cancelled, `end`.",
            "content": {"text/event-stream": {"schema": {"type": "string"}}},
        },
        **problems(401, 403, 404, 422, 429, 503),
    },
)
async def watch_batch(request: Request, id: BatchId, caller: BatchKeeper) -> Response:
    """How it goes, told again and again until it is over. After a break, ask again: the first event tells all."""
    runs = state_of(request).batches[caller.account]
    await runs.opened(caller.owner, id)

    async def events() -> AsyncIterator[bytes]:
        over = False
        async for told in runs.watch(caller.owner, id):
            over = told["state"] in {"done", "cancelled"}
            yield f"event: progress\ndata: {json.dumps(told, ensure_ascii=False)}\n\n".encode()
        if over:  # else the service stops, and whoever watches asks again
            yield b"event: end\ndata: {}\n\n"

    return StreamingResponse(events(), media_type="text/event-stream", headers={"X-Accel-Buffering": "no"})


@router.get(
    "/{id:id}/links.csv",
    operation_id="getBatchLinks",
    summary="Download the links",
    response_model=None,
    responses={
        200: {"description": "The table with its links.", "content": {"text/csv": {"schema": {"type": "string"}}}},
        **problems(401, 403, 404, 422, 429, 503),
    },
)
async def get_batch_links(request: Request, id: BatchId, caller: BatchKeeper) -> Response:
    """The rows in their order, with link, passcode, meeting, host, state and problem, as CSV."""
    runs = state_of(request).batches[caller.account]
    batch = await runs.opened(caller.owner, id)
    body = await runs.do(batch.result_as_csv)
    return _file(body, "text/csv; charset=utf-8", f"{id}.csv")


@router.get(
    "/{id:id}/links",
    operation_id="getBatchFile",
    summary="Download the file",
    response_model=None,
    responses={
        200: {
            "description": "The same kind of file.",
            "content": dict.fromkeys(("text/csv", "application/x-ndjson", _XLSX), _FILE),
        },
        **problems(401, 403, 404, 422, 429, 503),
    },
)
async def get_batch_file(request: Request, id: BatchId, caller: BatchKeeper) -> Response:
    """The file that was uploaded, with its links filled in: CSV, XLSX or JSON Lines as it was."""
    runs = state_of(request).batches[caller.account]
    batch = await runs.opened(caller.owner, id)
    body = await runs.do(batch.result)
    kind = str(batch.batch.table.format)
    media = {"csv": "text/csv; charset=utf-8", "xlsx": _XLSX}.get(kind, "application/x-ndjson")
    return _file(body, media, f"{id}.{kind}")


@router.delete(
    "/{id:id}",
    operation_id="cancelBatch",
    status_code=202,
    summary="Cancel a batch",
    response_model=None,
    responses={202: {"model": BatchOut, "description": "As it is then."}, **problems(401, 403, 404, 422, 429, 503)},
)
async def cancel_batch(request: Request, id: BatchId, caller: BatchKeeper) -> Response:
    """Take it back: nothing more is made, and the meetings that it made are deleted, one after the other. It is
    `cancelling` until none is left. Links that its rows had before stay.
    """
    found = await state_of(request).batches[caller.account].cancel(caller.owner, id)
    return _json(found.view().to_dict(), 202)


# ----------------------------------------------------------------------------------------------------------------------


async def start_batch(runs: BatchRuns, caller: Caller, id: str) -> OpenBatch:
    """Let a batch run, within the day's limit of whoever asks. Raises ZoomLinkError."""
    batch = await runs.opened(caller.owner, id)
    if batch.row.state == "done" and not batch.to_make:
        return batch
    cap = caller.key.per_day if caller.key is not None else 0
    if not await runs.start(batch, limit=cap):
        raise day_is_full(cap)
    if batch.row.state in {"cancelling", "cancelled"}:
        raise ServiceError("The batch was cancelled.", slug="conflict", hint="Upload it anew with other keys.")
    return batch


def read_upload(media_type: str, body: bytes) -> bytes:
    """The bytes of a table, whatever way they came. Raises ServiceError."""
    kind = media_type.split(";", maxsplit=1)[0].strip().lower()
    if kind == "application/json":
        found = read_json(body)
        items = found.get("items") if isinstance(found, dict) and set(found) == {"items"} else found
        if not isinstance(items, list) or not items or not all(isinstance(one, dict) for one in items):
            raise ServiceError(
                "The body has no rows.", slug="invalid-input", hint='Send {"items": [{"topic": …, "start": …}]}.'
            )
        if len(items) > MAX_ROWS:
            raise InvalidInputError(f"There are more than {MAX_ROWS} rows.", field="items", hint="Split them.")
        return "".join(json.dumps(one, ensure_ascii=False) + "\n" for one in items).encode()
    if kind not in _TYPES and kind not in {"application/octet-stream", "application/vnd.ms-excel", "text/plain"}:
        raise ServiceError(
            "The body is in no form that is read here.",
            slug="not-json",
            hint=f"Send it as {', '.join(_TYPES)}.",
        )
    return body


def _column(text: str) -> tuple[str, str]:
    name, mark, header = text.partition(":")
    if not mark or not name.strip() or not header.strip():
        raise InvalidInputError(f"{tidy(text, 60)!r} names no column.", field="column", hint="Write topic:Assunto.")
    return name.strip(), header.strip()


def _faults(error: FaultsError) -> ServiceError:
    return ServiceError(
        error.message,
        slug="invalid-input",
        hint="Mend them, or leave them out with skip_faulty=1. Nothing was stored.",
        more={"field": "items", "faults": [fault.to_dict() for fault in error.faults[:MAX_FAULTS]]},
    )


def _stamp(moment: int) -> str:
    return datetime.fromtimestamp(moment / 1000, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def _file(body: bytes, media_type: str, name: str) -> Response:
    headers = {"Content-Disposition": f'attachment; filename="{name}"'}
    return Response(body, media_type=media_type, headers=headers)


def _json(found: dict[str, Any], status: int = 200, headers: dict[str, str] | None = None) -> Response:
    body = json.dumps(found, ensure_ascii=False)
    return Response(body, status, headers=headers, media_type="application/json")
