"""FastAPI and Starlette applications with a desk, against a sandbox."""

from __future__ import annotations

import asyncio
import time
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Any

import pytest
from fastapi import FastAPI, WebSocket
from fastapi.testclient import TestClient
from starlette.applications import Starlette
from starlette.requests import Request  # noqa: TC002 - FastAPI reads types at run time
from starlette.responses import JSONResponse
from starlette.routing import Mount, Route

from zoomlink import ConfigurationError, Credentials, NoHostError, Secret, Settings
from zoomlink.integrations.fastapi import Desk, add_problem_handlers, desk_lifespan, get_desk, open_desk

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

LESSON: dict[str, Any] = {"start": "2031-12-01 18:24", "timezone": "Europe/Lisbon"}


def make_app(config: Any = None, **more: Any) -> FastAPI:
    app = FastAPI(lifespan=desk_lifespan(config, **more))

    @app.post("/lessons/{key}", status_code=201)
    async def book(key: str, desk: Desk) -> dict[str, Any]:
        return (await desk.create("Guitar lesson", **LESSON, key=key)).to_dict()

    @app.get("/settings")
    async def show(desk: Desk) -> list[str]:
        return [desk.settings.credentials.account_id, desk.settings.database.reveal()]

    return app


async def book_plainly(request: Request) -> JSONResponse:
    link = await get_desk(request).create("Guitar lesson", **LESSON, key=request.path_params["key"])
    return JSONResponse(link.to_dict(), 201)


def test_a_path_operation_gets_the_desk_and_a_second_request_finds_the_link(zoom_sandbox: Any) -> None:
    with TestClient(make_app()) as client:
        first, second = client.post("/lessons/7"), client.post("/lessons/7")
    assert first.status_code == 201
    assert first.json()["join_url"].startswith(zoom_sandbox.url)
    assert second.json() == first.json()
    assert len(zoom_sandbox.ledger) == 1


def test_starlette_alone_and_an_application_mounted_in_another_get_the_same_desk(zoom_sandbox: Any) -> None:
    route = Route("/lessons/{key}", book_plainly, methods=["POST"])
    app = Starlette(routes=[route, Mount("/inner", Starlette(routes=[route]))], lifespan=desk_lifespan())
    with TestClient(app) as client:
        first, second = client.post("/lessons/7"), client.post("/inner/lessons/7")
    assert first.json()["join_url"] == second.json()["join_url"]
    assert len(zoom_sandbox.ledger) == 1


def test_a_web_socket_gets_the_desk_too(zoom_sandbox: Any) -> None:
    app = make_app()

    @app.websocket("/talk")
    async def talk(socket: WebSocket, desk: Desk) -> None:
        await socket.accept()
        await socket.send_json(await desk.counts())
        await socket.close()

    with TestClient(app) as client, client.websocket_connect("/talk") as socket:
        assert socket.receive_json() == {}


def test_errors_become_problem_details(zoom_sandbox: Any) -> None:
    app = make_app()
    add_problem_handlers(app)
    with TestClient(app) as client:
        client.post("/lessons/1")
        refused = client.post("/lessons/2")
    assert (refused.status_code, refused.headers["content-type"]) == (409, "application/problem+json")
    problem = refused.json()
    assert (problem["type"], problem["next_free"]) == ("/problems/no-host", "2031-12-01T19:24:00Z")
    assert problem["hint"].endswith("or allow the overlap: allow_overlap=True.")


def test_errors_stay_exceptions_where_nobody_asked(zoom_sandbox: Any) -> None:
    with TestClient(make_app()) as client:
        client.post("/lessons/1")
        with pytest.raises(NoHostError):
            client.post("/lessons/2")


def test_the_applications_own_lifespan_runs_while_the_desk_is_open(zoom_sandbox: Any) -> None:
    seen = []

    @asynccontextmanager
    async def own(app: FastAPI) -> AsyncIterator[dict[str, Any]]:
        seen.append("begins")
        yield {"greeting": "hello"}
        seen.append("ends")

    app = make_app(inner=own)

    @app.get("/greeting")
    async def greet(request: Request) -> str:
        return str(request.state.greeting)

    with TestClient(app) as client:
        assert client.get("/greeting").json() == "hello"
        assert client.post("/lessons/7").status_code == 201
        assert seen == ["begins"]
    assert seen == ["begins", "ends"]


def test_settings_come_from_arguments(tmp_path: Any) -> None:
    database = f"sqlite:///{tmp_path / 'here.db'}"
    said = {"ZOOM_ACCOUNT_ID": "a", "ZOOM_CLIENT_ID": "b", "ZOOM_CLIENT_SECRET": "c", "ZOOMLINK_DATABASE": database}
    whole = Settings(Credentials("a", "b", Secret("c")), database=Secret(database))
    for config in (said, whole):
        with TestClient(make_app(config)) as client:
            assert client.get("/settings").json() == ["a", database]


def test_a_tests_sandbox_stands_above_the_credentials_of_the_application(zoom_sandbox: Any) -> None:
    real = Settings(Credentials("real", "real", Secret("real")), database=Secret("sqlite:////nowhere/real.db"))
    for config in ({"ZOOM_ACCOUNT_ID": "real", "ZOOM_CLIENT_SECRET": "real"}, real):
        with TestClient(make_app(config)) as client:
            assert client.get("/settings").json()[0] == "sandbox-account"


def test_what_is_missing_stops_the_start() -> None:
    with pytest.raises(ConfigurationError, match="ZOOM_CLIENT_ID and ZOOM_CLIENT_SECRET are not set"):
        TestClient(make_app({"ZOOM_ACCOUNT_ID": "a"})).__enter__()


def test_where_no_lifespan_has_run_the_error_says_how() -> None:
    with pytest.raises(RuntimeError, match=r"with TestClient\(app\) as client"):
        TestClient(make_app()).post("/lessons/7")


def test_an_embedded_sandbox_lives_as_long_as_the_desk(tmp_path: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))
    with TestClient(make_app({"ZOOMLINK_SANDBOX": True})) as client:
        link = client.post("/lessons/7").json()
    assert link["state"] == "ready"


def test_a_link_that_was_not_ready_becomes_so_by_itself_unless_that_is_not_wanted(zoom_sandbox: Any) -> None:
    def app(settle: bool) -> FastAPI:
        app = FastAPI(lifespan=desk_lifespan(settle=settle))

        @app.post("/lessons/{key}")
        async def book(key: str, desk: Desk) -> str:
            return str((await desk.create("Guitar lesson", **LESSON, key=key, wait=0)).state)

        @app.get("/lessons/{key}")
        async def show(key: str, desk: Desk) -> str:
            link = await desk.find(key)
            assert link is not None
            return str(link.state)

        return app

    zoom_sandbox.fail("reset-after-commit", route="meetings.create", nth=1)
    with TestClient(app(settle=False)) as client:
        assert client.post("/lessons/7").json() == "unknown"
        assert client.get("/lessons/7").json() == "unknown"
    with TestClient(app(settle=True)) as client:
        until = time.monotonic() + 30
        while client.get("/lessons/7").json() != "ready":
            assert time.monotonic() < until
            time.sleep(0.05)
    assert len(zoom_sandbox.ledger) == 1


def test_a_desk_can_be_opened_by_hand(zoom_sandbox: Any) -> None:
    async def make() -> str:
        async with open_desk() as desk:
            return str((await desk.create("Lesson", **LESSON)).state)

    assert asyncio.run(make()) == "ready"
