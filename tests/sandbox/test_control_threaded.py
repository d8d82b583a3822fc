"""The sandbox in a thread of a test: its helpers; and the command's, for a program that starts it."""

from __future__ import annotations

import json
import os
import signal
import threading
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import pytest
from tests.sandbox.conftest import Api

from zoomsandbox.__main__ import main
from zoomsandbox.options import Options
from zoomsandbox.server import ThreadedSandbox

if TYPE_CHECKING:
    from collections.abc import Mapping


def test_ledger_and_requests_are_those_of_the_control_plane(api: Api, sandbox: ThreadedSandbox) -> None:
    api.create(topic="Demo")
    assert sandbox.ledger == api.ledger()
    assert sandbox.requests == api.send("GET", "/_sandbox/requests").json["requests"]


def test_fail_adds_a_rule_and_mend_takes_all_away(api: Api, sandbox: ThreadedSandbox) -> None:
    sandbox.fail("503-before-commit", route="users.get", nth=[1, 3], times=2, body="html")
    sandbox.fail("429-daily", route="meetings.list", every=2)
    assert [api.call("GET", "/users/me").status for _ in range(4)] == [503, 200, 503, 200]
    assert [(rule["kind"], rule["seen"], rule["hits"]) for rule in sandbox.faults] == [
        ("503-before-commit", 4, 2),
        ("429-daily", 0, 0),
    ]
    sandbox.mend()
    assert sandbox.faults == []
    with pytest.raises(ValueError, match="did you mean 'reset-after-commit'"):
        sandbox.fail("reset-after-comit")


def test_clock_is_set_and_advanced(api: Api, sandbox: ThreadedSandbox) -> None:
    sandbox.advance(90.5)
    assert sandbox.world.clock.now() == 1938160890.5
    for instant in ("2031-12-01T09:00:00+01:00", datetime(2031, 12, 1, 8, tzinfo=UTC), 1953878400):
        sandbox.set_clock(instant)
        assert api.send("GET", "/_sandbox/clock").json["now"] == "2031-12-01T08:00:00Z"
    sandbox.set_clock("2031-12-01T09:00:00Z", freeze=False)
    assert sandbox.world.clock.frozen is False
    sandbox.set_clock("2031-12-01T09:00:00Z", freeze=True)
    assert sandbox.world.clock.now() == 1953882000
    with pytest.raises(ValueError, match="without a zone"):
        sandbox.set_clock(datetime(2031, 12, 1))  # noqa: DTZ001 - that is what is refused
    with pytest.raises(ValueError, match="is not an instant"):
        sandbox.set_clock("soon")


def test_helpers_work_before_the_start_and_after_the_end() -> None:
    sandbox = ThreadedSandbox(Options(clock=0.0))
    sandbox.set_clock("2031-12-01T09:00:00Z")
    sandbox.fail("500-before-commit", route="token")
    with sandbox:
        api = Api(sandbox.url)
        assert api.ask_token().status == 500
        api.close()
    assert [one["status"] for one in sandbox.requests] == [500]
    sandbox.reset()
    assert sandbox.requests == []


def test_helpers_may_be_called_while_requests_are_answered(api: Api, sandbox: ThreadedSandbox) -> None:
    _ = api.token
    done = threading.Event()

    def watch() -> None:
        while not done.is_set():
            assert len(sandbox.ledger) <= 100

    watcher = threading.Thread(target=watch)
    watcher.start()
    sandbox.world.limits.on = False
    for _ in range(100):
        api.create()
    done.set()
    watcher.join()
    assert len(sandbox.ledger) == 100


def test_command_tells_the_program_that_started_it_where_it_is(capfd: pytest.CaptureFixture[str]) -> None:
    told: list[tuple[str, Mapping[str, str]]] = []

    def ready(url: str, env: Mapping[str, str]) -> None:
        told.append((url, env))
        assert Api(url).url == env["ZOOM_API_URL"]
        os.kill(os.getpid(), signal.SIGINT)

    assert main(["--port", "0"], ready=ready) == 0
    ((url, env),) = told
    assert url == env["ZOOM_API_URL"] == env["ZOOM_OAUTH_URL"]
    assert [line.split("=")[0] for line in capfd.readouterr().out.splitlines()] == [f"export {name}" for name in env]


def test_exports_can_be_read_by_programs(api: Api, sandbox: ThreadedSandbox) -> None:
    assert json.loads(json.dumps(sandbox.env)) == sandbox.env
    assert sandbox.env["ZOOM_API_URL"] == sandbox.url == api.url
