"""The app: routes, errors, what they share, and what goes on in the background."""

from __future__ import annotations

import os
from contextlib import AsyncExitStack, asynccontextmanager
from typing import TYPE_CHECKING, Any

from fastapi import FastAPI

from zoomlink import __version__
from zoomlink.service import batches, hosts, links, operations, page, webhooks
from zoomlink.service.access import SECURITY
from zoomlink.service.batch_runs import BatchRuns
from zoomlink.service.callbacks import Callbacks
from zoomlink.service.guard import AT_ONCE, BODY_SECONDS, Guard
from zoomlink.service.limits import Limits
from zoomlink.service.logs import request_log
from zoomlink.service.metrics import Metrics
from zoomlink.service.models import ProblemOut
from zoomlink.service.problems import install
from zoomlink.service.state import WAIT, State
from zoomlink.webhooks import AsyncWebhooks
from zoomlink.worker import Chore, Sweeper

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterator, Sequence

    from zoomlink import AsyncLinkDesk
    from zoomlink.client.http.outside import Outside

__all__ = ["make_app"]

_ABOUT = """\
A topic and a time in, a working Zoom join link out: once, whatever happens on the way.

Every request needs `Authorization: Bearer zlk_…`. Every problem is told as `application/problem+json` (RFC 9457).
"""


def make_app(
    desks: Sequence[AsyncLinkDesk],
    *,
    local: bool = True,
    https: bool = False,
    sandbox: bool = False,
    sweep: bool = True,
    at_once: int = AT_ONCE,
    body_seconds: float = BODY_SECONDS,
    wait: float = WAIT,
    outside: Outside | None = None,
) -> Guard:
    """Return the service as an ASGI app over open desks, one for each account; the first is the page's.

    `local`: no other machine can reach it. `https`: it is reached by https. `sweep`: links that are not ready yet are
    gone on with in the background. `at_once`: changes at the same time; more are refused. `body_seconds`: a body has to
    be there by then. `wait`: how long a create waits for its outcome. `outside`: how callbacks are sent. The desks are
    the caller's to close.
    """
    metrics = Metrics()
    by_account = {desk.rules.account: desk for desk in desks}
    state = State(by_account, Limits(), metrics, local=local, https=https, sandbox=sandbox, wait=wait)
    state.webhooks = {account: AsyncWebhooks(desk) for account, desk in by_account.items()}
    state.batches = {account: BatchRuns(desk) for account, desk in by_account.items()}

    @asynccontextmanager
    async def lifespan(_: FastAPI) -> AsyncIterator[None]:
        async with AsyncExitStack() as stack:
            for account, desk in by_account.items():
                callbacks = Callbacks(desk, state.secret("callbacks", account), outside)
                chores = [
                    Chore("callbacks", callbacks.work, every=1.0),
                    Chore("webhooks", state.webhooks[account].work, every=1.0),
                ]
                sweeper = Sweeper(desk, chores=chores, told=lambda row: metrics.settled.labels(row.state).inc())
                if sweep:
                    await stack.enter_async_context(sweeper)
                    state.sweepers.append(sweeper)
                stack.push_async_callback(state.batches[account].aclose)
                if sweep:
                    await state.batches[account].go_on()
            yield
            state.sweepers.clear()

    app = FastAPI(
        title="zoomlink",
        version=__version__,
        summary="Zoom join links",
        description=_ABOUT,
        license_info={"name": "MIT", "identifier": "MIT"},
        docs_url=None,
        redoc_url=None,
        redirect_slashes=False,
        lifespan=lifespan,
        separate_input_output_schemas=False,
    )
    app.state.zoomlink = state
    install(app)
    page.lead_back(app)
    for module in (links, batches, hosts, webhooks, operations, page):
        app.include_router(module.router)
    _describe(app)

    def stop() -> None:
        state.stopping = True
        for runs in state.batches.values():
            runs.stop()

    return Guard(
        app,
        metrics=metrics,
        log=request_log,
        new_id=_new_id,
        https=https,
        at_once=at_once,
        body_seconds=body_seconds,
        stop=stop,
    )


def _new_id() -> str:
    return os.urandom(8).hex()


def _describe(app: FastAPI) -> None:
    """Have the description of the API name problems, and no answers of the framework's own that never come."""
    made = app.openapi

    def described() -> dict[str, Any]:
        if app.openapi_schema is None:
            found = made()
            found["components"]["securitySchemes"] = SECURITY
            for operation in _operations(found):
                if operation["tags"] not in (["operations"], ["webhooks"]):
                    operation["security"] = [{name: [] for name in SECURITY}]
            schemas = found["components"]["schemas"]
            schemas["Problem"] = ProblemOut.model_json_schema(ref_template="#/components/schemas/{model}")
            for name in ("HTTPValidationError", "ValidationError"):
                schemas.pop(name, None)
            if not any(desk.settings.webhook_secrets for desk in app.state.zoomlink.desks.values()):
                del found["paths"]["/webhooks/zoom"]  # nothing can be received without one
            app.openapi_schema = found
        return app.openapi_schema

    app.openapi = described  # type: ignore[method-assign] # the framework's own way


def _operations(described: dict[str, Any]) -> Iterator[dict[str, Any]]:
    for path in described["paths"].values():
        yield from path.values()
