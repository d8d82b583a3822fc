"""The token endpoint as it may answer, and what must never be seen: secrets in logs, errors, tracebacks, repr."""

# ruff: noqa: E501 - tables read better whole

from __future__ import annotations

import logging
import traceback
from typing import TYPE_CHECKING, Any

import pytest
from tests.helpers import meeting_answer
from tests.integration.client.conftest import HASTY, ONCE, PATIENT, Clients, create, get
from tests.wire import Line, Wire, answers, reply, sends

from zoomlink.client.async_client import AsyncZoomClient
from zoomlink.client.sync_client import ZoomClient
from zoomlink.config import Credentials, Settings
from zoomlink.errors import (
    AuthenticationError,
    ServerError,
    TransportError,
    UnexpectedResponseError,
    ZoomLinkError,
)
from zoomlink.secret import Secret

if TYPE_CHECKING:
    from tests.wire import Script

SECRETS = {
    "client secret": "canary-client-secret",
    "token": "canary-token-value",
    "passcode": "canaryPwd1",
    "zak": "eyJhbGciOiJub25lIn0.canary-zak",
    "proxy": "canary-proxy",
}
GRANT = {"access_token": SECRETS["token"], "token_type": "bearer", "expires_in": 3600, "scope": "a:b"}
OK = reply(200, {"ok": True})
MADE = meeting_answer(
    password=SECRETS["passcode"],
    start_url=f"https://us05web.zoom.us/s/81234567890?zak={SECRETS['zak']}",
    join_url=f"https://us05web.zoom.us/j/81234567890?pwd={SECRETS['passcode']}",
)


def serving(*api: bytes, grant: bytes | None = None, hangs_up: bool = False) -> Script:
    """Token at its address, and the replies in turn at all others."""

    def play(line: Line) -> None:
        count = 0
        while True:
            seen = line.read()
            if " /oauth/token " in seen.line:
                line.send(grant or reply(200, GRANT))
            else:
                line.send(api[min(count, len(api) - 1)])
                count += 1
                if hangs_up:
                    return

    return play


def account(url: str) -> Settings:
    return Settings(Credentials("an-account", "a-client", Secret(SECRETS["client secret"])), url, url)


def test_a_token_is_fetched_once_and_used(clients: Clients) -> None:
    with Wire((serving(OK),)) as wire:
        assert clients.run(wire.url, get, get, get, own_token=True, account=account(wire.url)) == {"ok": True}
        lines = [seen.line for seen in wire.requests]
        assert lines == ["POST /oauth/token HTTP/1.1"] + ["GET /v2/users/me HTTP/1.1"] * 3
        assert wire.connections == 1
        assert wire.requests[0].body == b"grant_type=account_credentials&account_id=an-account"
        assert {seen.headers["authorization"] for seen in wire.requests[1:]} == {f"Bearer {SECRETS['token']}"}


def test_a_rejected_token_is_renewed_on_the_wire(clients: Clients) -> None:
    expired = reply(401, {"code": 124, "message": "Access token is expired."})
    with Wire((serving(expired, OK),)) as wire:
        assert clients.run(wire.url, get, own_token=True, account=account(wire.url)) == {"ok": True}
        assert [seen.line.split()[1] for seen in wire.requests] == ["/oauth/token", "/v2/users/me"] * 2


@pytest.mark.parametrize("life", [0, -1, "3600", 10**12, None])
def test_an_odd_life_does_not_have_every_call_fetch_a_token(clients: Clients, life: Any) -> None:
    with Wire((serving(OK, grant=reply(200, {**GRANT, "expires_in": life})),)) as wire:
        clients.run(wire.url, get, get, own_token=True, account=account(wire.url))
        assert len(wire.requests) == 3


@pytest.mark.parametrize(
    ("grant", "kind"),
    [
        (reply(200, b"<html>Sign in</html>", "content-type: text/html"), UnexpectedResponseError),
        (reply(403, b"<html>Blocked</html>", "content-type: text/html"), UnexpectedResponseError),
        (reply(302, None, "location: https://evil.example/"), UnexpectedResponseError),
        (reply(200), UnexpectedResponseError),
        (reply(204), UnexpectedResponseError),
        (reply(200, {**GRANT, "access_token": "x" * 65_536}), UnexpectedResponseError),
        (reply(200, {**GRANT, "access_token": "line\nend"}), UnexpectedResponseError),
        (reply(200, {"access_token": ""}), UnexpectedResponseError),
        (reply(400, {"reason": "Invalid client_id or client_secret", "error": "invalid_client"}), AuthenticationError),
        (reply(500, b"<html>", "content-type: text/html"), ServerError),
    ],
)
def test_an_answer_without_a_token_is_told_and_nothing_else_is_sent(
    clients: Clients, grant: bytes, kind: type[ZoomLinkError]
) -> None:
    with Wire((answers(grant),)) as wire:
        for act in (get, create):
            with pytest.raises(kind):
                clients.run(wire.url, act, own_token=True, account=account(wire.url))
        assert {seen.line for seen in wire.requests} == {"POST /oauth/token HTTP/1.1"}


def test_a_token_endpoint_that_hangs_ends_in_time_and_leaves_no_doubt(clients: Clients) -> None:
    def hangs(line: Line) -> None:
        line.read()
        line.wait()

    with Wire((hangs,)) as wire, pytest.raises(TransportError) as caught:
        clients.run(wire.url, create, policy=HASTY, own_token=True, account=account(wire.url))
    assert type(caught.value) is TransportError  # the token's own failure, not an open outcome of the create


def test_a_lost_token_answer_is_fetched_again(clients: Clients) -> None:
    with Wire((sends(b""), serving(OK))) as wire:
        assert clients.run(wire.url, get, policy=PATIENT, own_token=True, account=account(wire.url)) == {"ok": True}


def test_a_token_is_not_taken_to_a_foreign_address(clients: Clients) -> None:
    with Wire((serving(OK, grant=reply(200, {**GRANT, "api_url": "https://evil.example"})),)) as wire:
        where = Settings(Credentials("an-account", "a-client", Secret(SECRETS["client secret"])), wire.url)
        with pytest.raises(UnexpectedResponseError, match=r"evil\.example"):
            clients.run(wire.url, get, own_token=True, account=where)
        assert len(wire.requests) == 1


# Canaries -------------------------------------------------------------------------------------------------------------


def reset(line: Line) -> None:
    line.read()
    line.reset()


BREAKS: dict[str, Script] = {
    "all-well": serving(reply(201, MADE)),
    "cut": serving(reply(201, MADE)[:-30], hangs_up=True),
    "closed": sends(reply(200, GRANT)),
    "200": serving(reply(200, MADE)),
    "other-topic": serving(reply(201, {**MADE, "topic": "Other"})),
    "no-json": serving(reply(201, str(MADE).encode())),
    "500-echo": serving(reply(500, {"code": 1, "message": str(MADE) + str(GRANT)})),
    "400-echo": serving(reply(400, {"code": 300, "message": f"Bearer {SECRETS['token']} {MADE['start_url']}"})),
    "400-fields": serving(
        reply(400, {"code": 300, "message": "x", "errors": [{"field": f"password={SECRETS['passcode']}", "message": f"token: {SECRETS['token']}"}]})
    ),
    "401": serving(reply(401, {"code": 124, "message": f"Invalid access token: {SECRETS['token']}"})),
    "tracking": serving(reply(404, {"code": 3001, "message": "x"}, f"x-zm-trackingid: token={SECRETS['token']}")),
    "redirect": serving(reply(302, None, f"location: https://evil.example/?access_token={SECRETS['token']}")),
    "token-refused": answers(reply(400, {"reason": f"client_secret={SECRETS['client secret']}", "error": "invalid_client"})),
    "token-cut": sends(reply(200, GRANT)[:-20]),
    "token-foreign": answers(reply(200, {**GRANT, "api_url": f"https://evil.example/?token={SECRETS['token']}"})),
    "reset": reset,
}  # fmt: skip


@pytest.mark.parametrize("script", BREAKS.values(), ids=BREAKS)
def test_no_secret_is_logged_told_or_shown(
    clients: Clients, script: Script, caplog: pytest.LogCaptureFixture, capsys: pytest.CaptureFixture[str]
) -> None:
    shown: list[str] = []
    with caplog.at_level(logging.DEBUG), Wire((script,)) as wire:
        where = account(wire.url)
        try:
            made = clients.run(
                wire.url,
                lambda zoom: zoom.meetings.create(
                    "alice@example.com",
                    topic="Piano lesson",
                    start="2031-12-01T18:24",
                    timezone="America/Sao_Paulo",
                    passcode=SECRETS["passcode"],
                ),
                policy=ONCE,
                own_token=True,
                account=Settings(where.credentials, wire.url) if script is BREAKS["token-foreign"] else where,
            )
            shown += [repr(made), str(made)]
        except ZoomLinkError as error:
            shown += [traceback.format_exc(), str(error), repr(error), repr(error.__cause__), repr(vars(error))]
        shown += [repr(where), str(where)]
    shown += [caplog.text, *(repr(vars(record)) for record in caplog.records), *capsys.readouterr()]
    assert caplog.records, "the HTTP library logs nothing any more: look where its words went"
    everything = "\n".join(shown)
    assert [name for name, value in SECRETS.items() if value in everything] == []


def test_clients_do_not_show_their_secrets() -> None:
    where = account("http://127.0.0.1:9")
    with ZoomClient(where) as zoom:
        shown = repr(zoom) + repr(vars(zoom)) + repr(vars(zoom.meetings))
    azoom = AsyncZoomClient(where)
    shown += repr(azoom) + repr(vars(azoom))
    assert "canary" not in shown
