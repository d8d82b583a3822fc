"""The routes of whoever runs the service: is it alive, is it ready, its numbers, the description of its API."""

from __future__ import annotations

import asyncio
import json
import time
from typing import TYPE_CHECKING, Any

from fastapi import APIRouter, Request, Response
from prometheus_client import CONTENT_TYPE_LATEST

from zoomlink.errors import ZoomLinkError
from zoomlink.service.access import Needs, state_of
from zoomlink.service.routes import problems
from zoomlink.service.state import now_ms
from zoomlink.store.keys import FindKey
from zoomlink.store.ops import LookAtPool

if TYPE_CHECKING:
    from zoomlink import AsyncLinkDesk
    from zoomlink.service.state import State

__all__ = ["router"]

_PATIENCE = 5.0
_OWN = {"127.0.0.1", "::1", "localhost"}
_FRESH = 5.0
"""Seconds for which the ledger is not counted again."""

router = APIRouter(tags=["operations"])


@router.get(
    "/healthz",
    operation_id="health",
    summary="Is it alive",
    response_model=None,
    responses={200: {"content": {"application/json": {"schema": {"type": "object"}}}}},
)
async def health() -> Response:
    """The process answers. Nothing else is looked at."""
    return _json({"alive": True})


@router.get(
    "/readyz",
    operation_id="readiness",
    summary="Is it ready",
    response_model=None,
    responses={
        200: {"content": {"application/json": {"schema": {"type": "object"}}}},
        503: {"description": "Not ready.", "content": {"application/json": {"schema": {"type": "object"}}}},
    },
)
async def readiness(request: Request) -> Response:
    """The ledger can be read and Zoom accepts the credentials."""
    state = state_of(request)
    found: dict[str, Any] = {}
    for desk in state.desks.values():
        name = "" if len(state.desks) == 1 else f" {desk.rules.account}"
        found[f"database{name}"] = await _check(desk.do(FindKey("-")))
        found[f"token{name}"] = await _check(desk.zoom.token())
    ready = all(said == "ok" for said in found.values())
    return _json({"ready": ready, "checks": found}, 200 if ready else 503)


async def _check(work: Any) -> str:
    try:
        async with asyncio.timeout(_PATIENCE):
            await work
    except ZoomLinkError as error:
        return error.slug
    except TimeoutError:
        return "no answer in time"
    return "ok"


@router.get(
    "/metrics",
    operation_id="metrics",
    summary="Numbers for Prometheus",
    response_model=None,
    responses={200: {"content": {"text/plain": {"schema": {"type": "string"}}}}, **problems(401, 403, 429, 503)},
)
async def metrics(request: Request) -> Response:
    """Links by state, outcomes, quota, latency. Without a key only from this machine, to an address of its own."""
    state = state_of(request)
    # A name that leads here, of a proxy or of a page that wants to look into this machine, is not this machine asking.
    own = request.url.hostname in _OWN and "x-forwarded-for" not in request.headers
    if not (state.local and own and not state.https) or "authorization" in request.headers:
        await Needs("admin")(request)
    await _count(state)
    return Response(state.metrics.text(), headers={"Content-Type": CONTENT_TYPE_LATEST})


async def _count(state: State) -> None:
    now = time.monotonic()
    if now - state.counted_at < _FRESH:
        return
    state.counted_at = now
    for account, desk in state.desks.items():
        for name, number in (await desk.counts()).items():
            state.metrics.links.labels(account, name).set(number)
        for host, left in (await _quota(desk)).items():
            state.metrics.quota.labels(account, host).set(left)


async def _quota(desk: AsyncLinkDesk) -> dict[str, int]:
    rules, now = desk.rules, now_ms()
    if rules.day_limit is None:
        return {}
    names = tuple(spec.name for spec in rules.hosts)
    found = await desk.do(LookAtPool(rules.account, names, (), now))
    return {one.host: 0 if one.full_until > now else max(rules.day_limit - one.used, 0) for one in found}


def _json(found: dict[str, Any], status: int = 200) -> Response:
    return Response(json.dumps(found), status, media_type="application/json")
