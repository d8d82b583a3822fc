"""The route to which Zoom sends its events."""

from __future__ import annotations

from typing import TYPE_CHECKING

from fastapi import APIRouter, Request, Response

from zoomlink.service.access import state_of
from zoomlink.service.routes import problems

if TYPE_CHECKING:
    from collections.abc import Iterable

__all__ = ["router"]

router = APIRouter(tags=["webhooks"])


@router.post(
    "/webhooks/zoom",
    operation_id="receiveZoomEvent",
    summary="Receive an event from Zoom",
    response_model=None,
    responses={
        200: {
            "description": "The answer to Zoom's check of the address.",
            "content": {"application/json": {"schema": {"type": "object"}}},
        },
        204: {"description": "The event is stored."},
        **problems(400, 401, 413, 503),
    },
)
async def receive_event(request: Request) -> Response:
    """Signed by Zoom (`x-zm-signature`, `x-zm-request-timestamp`); applied after the answer. `zoomlink webhooks` says
    what to enter on Zoom's side.
    """
    state = state_of(request)
    body = await request.body()
    headers = _joined(request.headers.items())
    # With several accounts the one that is named comes first; Zoom's check of the address names none.
    hooks = sorted(state.webhooks.values(), key=lambda one: one.desk.rules.account.encode() not in body)
    reply = await hooks[0].receive(body, headers)
    for one in hooks[1:]:
        if reply.status < 400:
            break
        reply = await one.receive(body, headers)
    if reply.event is not None:
        state.metrics.events.labels(_known(reply.event.name)).inc()
        state.wake()
    return Response(reply.body, reply.status, media_type=reply.content_type or None)


def _joined(pairs: Iterable[tuple[str, str]]) -> dict[str, str]:
    """Headers by name; one that came twice is none that Zoom sends."""
    found: dict[str, str] = {}
    for name, value in pairs:
        found[name] = f"{found[name]}, {value}" if name in found else value
    return found


def _known(name: str) -> str:
    from zoomlink.webhooks import SUBSCRIBED

    return name if name in SUBSCRIBED else "other"
