"""Secrets are seen nowhere: not in logs at their most talkative, not in errors, answers for others, or the database."""

from __future__ import annotations

import contextlib
import io
import json
import logging
import pickle
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from tests.integration.service.ground import Services, at, lesson

from zoomlink import Settings
from zoomlink.service.sessions import COOKIE, OPERATOR, make_session, new_visit

if TYPE_CHECKING:
    from collections.abc import Iterator

WEBHOOK = "canary-webhook-secret"
PASSCODE = "cnryPwd1"
ACCOUNT = "canary-account"


class Everything(logging.Formatter):
    """A line with whatever a record carries."""

    def format(self, record: logging.LogRecord) -> str:
        return f"{super().format(record)} {record.__dict__}"


@pytest.fixture
def log() -> Iterator[io.StringIO]:
    """All that any logger has to say, with tracebacks."""
    text = io.StringIO()
    handler = logging.StreamHandler(text)
    handler.setFormatter(Everything())
    # Not what the test's own client and the sandbox have to say.
    handler.addFilter(lambda record: record.name not in {"httpx2", "uvicorn.access"})
    root = logging.getLogger()
    before = {name: logging.getLogger(name).level for name in ("", *logging.root.manager.loggerDict)}
    kept = [(logging.getLogger(name), logging.getLogger(name).propagate) for name in logging.root.manager.loggerDict]
    root.addHandler(handler)
    for name in before:
        logging.getLogger(name).setLevel(logging.DEBUG)
    for logger, _ in kept:
        logger.propagate = True
    yield text
    root.removeHandler(handler)
    for name, level in before.items():
        logging.getLogger(name).setLevel(level)
    for logger, propagate in kept:
        logger.propagate = propagate


def test_no_secret_is_in_logs_answers_or_the_database(
    services: Services, zoom_sandbox: Any, log: io.StringIO, environ: dict[str, str]
) -> None:
    service = services.new({"ZOOM_WEBHOOK_SECRET": WEBHOOK}, wait=1.0)
    state = service.api.state.zoomlink
    token = service.portal.call(service.desks[0].zoom.token).value.reveal()
    session = make_session(OPERATOR, state.secret("page"), time.time()).text
    code, visit = new_visit()
    service.do(visit)
    answers = []
    for number, fault in enumerate(
        (
            None,
            "500-before-commit",
            "html-page",
            "odd-json",
            "close-after-commit",
            "401-once",
            "429-per-second",
            "cut-body",
        )
    ):
        if fault:
            zoom_sandbox.fail(fault, route="meetings.create", times=1)
        asked = {**at(number), "topic": f"Guitar {number}", "passcode": PASSCODE, "agenda": "canary-agenda"}
        answers.append(service.create(asked, f"b-{number}"))
    made = answers[0].json()
    path = answers[0].headers["location"]
    entrance = service.call("GET", f"{path}/start-url").json()["start_url"]
    zak = entrance.partition("zak=")[2]
    assert len(zak) > 40
    reader = service.make_key("links:read", owner="website")
    stranger = service.make_key(owner="stranger")
    for_guests = [
        *answers,
        service.call("GET", path, key=reader),
        service.call("GET", "/v1/links", key=reader),
        service.call("GET", f"{path}.ics", key=reader),
        service.call("GET", f"{path}/start-url", key=reader),
        service.call("PATCH", path, json={"topic": "New"}),
    ]
    for_strangers = [
        service.call("GET", path, key=stranger),
        service.create(at(0), "s-1", key=stranger),
        service.call("GET", "/v1/hosts?start_from=2031-01-01T00:00:00Z", key=stranger),
        service.call("GET", path, key=reader[:-1]),
        service.call("GET", f"/v1/links?key={service.key}"),
        service.call("GET", "/nothing", headers={"Cookie": f"{COOKIE}={session}"}),
        service.call("GET", f"/v1/links/{service.key}"),
        service.call("POST", "/webhooks/zoom", content=b"{}", headers={"x-zm-signature": "v0=x"}),
        *(service.call("GET", one, key=None) for one in ("/healthz", "/readyz", "/metrics", "/openapi.json")),
    ]
    zoom_sandbox.fail("token-refused", route="oauth.token")
    service.call("DELETE", path, headers={"Cookie": f"{COOKIE}={session}"})

    hidden = {
        "client secret": environ["ZOOM_CLIENT_SECRET"],
        "token": token,
        "API key": service.key[14:],
        "reader's key": reader[14:],
        "session": session,
        "visit": code,
        "webhook secret": WEBHOOK,
        "zak": zak,
    }
    shown_to_guests = {"join URL": made["join_url"], "passcode": PASSCODE}
    written = {"topic": "Guitar 0", "agenda": "canary-agenda"}
    said = log.getvalue()
    assert len(said.splitlines()) > 200
    for name, secret in {**hidden, **shown_to_guests, **written}.items():
        assert secret not in said, f"the {name} is in the log"
    for name, secret in hidden.items():
        for answer in (*for_guests, *for_strangers):
            text = answer.text + json.dumps(dict(answer.headers))
            assert secret not in text, f"the {name} is in an answer"
    for name, secret in shown_to_guests.items():
        for answer in for_strangers:
            assert secret not in answer.text, f"the {name} is in an answer to a stranger"
    file = Path(environ["ZOOMLINK_DATABASE"].removeprefix("sqlite:///"))
    content = b"".join(one.read_bytes() for one in file.parent.glob(f"{file.name}*"))
    for name, secret in hidden.items():
        assert secret.encode() not in content, f"the {name} is in the database"
    assert entrance.encode() not in content
    things = [
        service.desks[0],
        service.desks[0].settings,
        state,
        service.app,
        service.api,
        *service.desks[0].settings.webhook_secrets,
    ]
    for thing in things:
        for name, secret in hidden.items():
            assert secret not in repr(thing), f"the {name} is in the repr of {type(thing)}"


def test_a_password_of_the_database_is_never_shown() -> None:
    settings = Settings.from_env(
        {
            "ZOOM_ACCOUNT_ID": ACCOUNT,
            "ZOOM_CLIENT_ID": "client",
            "ZOOM_CLIENT_SECRET": "canary-secret",
            "ZOOMLINK_DATABASE": "postgresql://zoomlink:canary-password@db.example/links",
            "ZOOM_WEBHOOK_SECRET": WEBHOOK,
        }
    )
    with contextlib.suppress(TypeError):  # a secret is not pickled
        assert b"canary-" not in pickle.dumps(settings)
    for shown in (repr(settings), str(settings), f"{settings}"):
        for secret in ("canary-secret", "canary-password", WEBHOOK):
            assert secret not in shown


def test_words_of_people_break_no_line_of_a_log(services: Services, log: io.StringIO) -> None:
    service = services.new()
    service.create(lesson(topic="x\r\nERROR root: forged"), "a")
    service.create(lesson(host="a\r\nERROR forged@example.com"), "b")
    service.call("GET", "/v1/links/%0d%0aERROR%20forged")
    service.call("GET", "/%1b[31mforged")
    service.call("GET", "/v1/links", headers={"User-Agent": "forged\x1b[31m"})
    assert "forged" not in log.getvalue()
