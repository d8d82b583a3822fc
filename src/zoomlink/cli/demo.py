"""``make demo``: the whole conversation, credentials to link, against a local Zoom, in a few friendly lines."""

from __future__ import annotations

import os
import sys
from typing import TYPE_CHECKING

from zoomlink.cli.output import print_link
from zoomlink.client.http import HTTPSender
from zoomlink.config import Settings
from zoomlink.links.desk import LinkDesk
from zoomlink.sandbox import embedded
from zoomlink.store.memory import MemoryStore

if TYPE_CHECKING:
    from zoomlink.zoom.flow import Request, Response

__all__ = ["demo"]

TOPIC = "Test Zoom Meeting"


class _Narrator:
    """Sends like any client, and says what passed by."""

    def __init__(self) -> None:
        self._inner = HTTPSender()
        self._words = {
            "/oauth/token": ("Credentials → token", "no consent screen"),
            "/meetings": ("Token → meeting", TOPIC),
        }

    def send(self, request: Request, timeout: float) -> Response:
        response = self._inner.send(request, timeout)
        path = "/" + request.url.split("/", 3)[3]
        for ending, (what, remark) in self._words.items():
            if path.endswith(ending):
                _line(what, f"{request.method} {path}", f"{response.status}, {remark}")
        return response

    def close(self) -> None:
        self._inner.close()


def demo() -> int:
    """Create one link by real HTTP and show how. At a terminal, keep the sandbox until Enter, so the link opens."""
    with embedded(dict(os.environ)) as environ:
        settings = Settings.from_env(environ)
        _line("A local Zoom", settings.oauth_url, "no account, no network")
        # A ledger of its own: the whole conversation is shown each time, the token too. The sandbox still has the
        # meetings of earlier times.
        with LinkDesk(settings, store=MemoryStore(), sender=_Narrator()) as desk:
            link = desk.create(TOPIC, start="2031-12-01 18:24", timezone="America/Sao_Paulo", allow_overlap=True)
        _line("Meeting → link", f"meeting {link.meeting_id}", "18:24 stays 18:24")
        sys.stderr.flush()
        print_link(link)
        if sys.stdin.isatty() and sys.stdout.isatty():
            try:
                input("\nThe link opens in a browser while this runs. Press Enter to end. ")
            except (EOFError, KeyboardInterrupt):
                sys.stdout.write("\n")
    return 0


def _line(what: str, how: str, remark: str) -> None:
    sys.stderr.write(f"  {what:<20}  {how:<27}  {remark}\n")


if __name__ == "__main__":
    sys.exit(demo())
