"""What to enter on Zoom's side, and how an address is tried."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest
from tests.helpers import FakeClock
from tests.helpers import settings as account
from tests.webhook_vectors import NOW

from zoomlink import InvalidInputError, LinkDesk, Secret, TransportError, Webhooks
from zoomlink.cli.run import run
from zoomlink.store.memory import MemoryStore
from zoomlink.webhooks.events import SUBSCRIBED
from zoomlink.webhooks.guide import EVENTS, check_url, shortcomings, steps, try_address
from zoomlink.zoom.flow import Request, Response

if TYPE_CHECKING:
    from pathlib import Path

SECRET = Secret("a-secret-token")
URL = "https://links.example.com/webhooks/zoom"


class Site:
    """A site that answers as it is told to, or as ours does."""

    def __init__(self, *secrets: str, wrong: Response | Exception | None = None) -> None:
        desk = LinkDesk(account(), store=MemoryStore(), clock=FakeClock(NOW))
        self.webhooks, self.wrong = Webhooks(desk, secrets=secrets), wrong
        self.urls: list[str] = []

    def send(self, request: Request, timeout: float) -> Response:
        self.urls.append(request.url)
        if isinstance(self.wrong, Exception):
            raise self.wrong
        if self.wrong is not None:
            return self.wrong
        reply = self.webhooks.receive(request.body, request.headers)
        return Response(reply.status, {"content-type": reply.content_type}, reply.body)

    def close(self) -> None:
        pass


def tried(site: Site) -> list[tuple[bool, str]]:
    return [(one.good, one.detail) for one in try_address(URL, SECRET, site, now=int(NOW.timestamp()))]


def test_a_site_of_ours_answers_as_it_should() -> None:
    site = Site("a-secret-token")
    assert (tried(site), site.urls) == ([(True, "")] * 3, [URL] * 3)


def test_what_is_wrong_with_a_site_is_said() -> None:
    assert tried(Site("another"))[0] == (False, "It answered HTTP 401, not 200.")
    assert tried(Site()) == [(False, f"It answered HTTP 503, not {status}.") for status in (200, 401, 401)]
    believes_all = Site(wrong=Response(200, {}, b"{}"))
    assert tried(believes_all) == [
        (False, "It answered another encryptedToken: compare the Secret Tokens."),
        (False, "It answered HTTP 200, not 401."),
        (False, "It answered HTTP 200, not 401."),
    ]
    assert tried(Site(wrong=Response(200, {}, b"[" * 100_000)))[0][0] is False
    assert tried(Site(wrong=TransportError("No answer came.", sent=True))) == [(False, "No answer came.")] * 3


@pytest.mark.parametrize(
    ("said", "meant"),
    [
        ("https://links.example.com", URL),
        ("https://links.example.com/", URL),
        (f" {URL} ", URL),
        ("https://links.example.com/hooks/", "https://links.example.com/hooks/"),
    ],
)
def test_an_address_without_a_path_has_the_services(said: str, meant: str) -> None:
    assert (check_url(said), shortcomings(check_url(said))) == (meant, [])


@pytest.mark.parametrize(
    "url",
    [
        "",
        "links.example.com",
        "ftp://a.b/",
        "https://",
        "https://a:b@c.d/",
        "https://[/",
        "https://a.b:x/",
        "https://é.x/",
    ],
)
def test_what_is_no_address_is_refused(url: str) -> None:
    with pytest.raises(InvalidInputError):
        check_url(url)


@pytest.mark.parametrize(
    ("url", "count"),
    [
        ("http://links.example.com/x", 1),
        ("https://127.0.0.1/x", 1),
        ("https://links/x", 1),
        ("http://localhost:8/x", 2),
    ],
)
def test_where_zoom_cannot_send_to_is_said(url: str, count: int) -> None:
    assert len(shortcomings(url)) == count


def test_the_steps_name_the_address_the_secret_and_every_event() -> None:
    text = "\n".join(steps(URL, secret=False))
    assert tuple(EVENTS) == SUBSCRIBED
    assert [name for name in (*SUBSCRIBED, URL, "ZOOM_WEBHOOK_SECRET", "It is not set here") if name not in text] == []
    assert "It is set here." in "\n".join(steps(URL, secret=True))


@pytest.fixture
def command(monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Any:
    monkeypatch.chdir(tmp_path)

    def do(*words: str, secret: str = "") -> tuple[int, str, str]:
        monkeypatch.setenv("ZOOM_WEBHOOK_SECRET", secret)
        code = run(["webhooks", *words])
        told = capsys.readouterr()
        return code, told.out, told.err

    return do


def test_the_command_needs_no_credentials_and_shows_no_secret(command: Any) -> None:
    code, out, err = command("https://links.example.com", secret="canary-token")
    assert (code, URL in out, "It is set here." in out, "canary" in out + err) == (0, True, True, False)
    code, out, _ = command("https://links.example.com", "--json")
    assert (code, json.loads(out)) == (
        0,
        {"url": URL, "events": list(SUBSCRIBED), "secret": False, "problems": [], "checks": []},
    )


def test_the_command_says_what_it_lacks_for_a_check(command: Any) -> None:
    code, _, err = command(URL, "--check")
    assert (code, "ZOOM_WEBHOOK_SECRET is not set." in err) == (3, True)
    code, _, err = command("--check", secret="x")
    assert (code, "The address is not said." in err) == (3, True)
    code, _, err = command("links.example.com")
    assert (code, "is no address" in err) == (2, True)


def test_a_check_that_finds_nobody_there_ends_with_3(command: Any) -> None:
    code, out, err = command("http://127.0.0.1:1/x", "--check", secret="x")
    assert (code, out.count("x answers"), "Zoom sends only to https" in err) == (3, 1, True)
