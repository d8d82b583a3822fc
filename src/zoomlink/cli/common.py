"""What several commands share: which Zoom they speak to, and showing a request instead of sending it."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from zoomlink.config import Settings, read_environment, wants_sandbox
from zoomlink.errors import InvalidInputError, printable

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from zoomlink.client.sync_client import ZoomClient
    from zoomlink.links.desk import LinkDesk

__all__ = ["at_desk", "confirm", "connected", "settings_for", "show_request"]


@contextmanager
def settings_for(*, sandbox: bool, credentials_needed: bool = True) -> Iterator[Settings]:
    """Give the settings of the account to speak to; with the sandbox, one that runs while the block does.

    Raises ConfigurationError. Where no credentials are needed, nothing is started and missing ones are no error.
    """
    environ = read_environment()
    if not credentials_needed:
        blanks = dict.fromkeys(("ZOOM_ACCOUNT_ID", "ZOOM_CLIENT_ID", "ZOOM_CLIENT_SECRET"), "-")
        yield Settings.from_env({**environ, **{name: value for name, value in blanks.items() if not environ.get(name)}})
        return
    if not (sandbox or wants_sandbox(environ)):
        yield Settings.from_env(environ)
        return
    from zoomlink.sandbox import embedded

    with embedded(environ) as sandbox_environ:
        yield Settings.from_env(sandbox_environ)


@contextmanager
def connected(*, sandbox: bool) -> Iterator[tuple[Settings, ZoomClient]]:
    """Give the settings and a client that speaks to their account, while the block runs."""
    with settings_for(sandbox=sandbox) as settings:
        from zoomlink.client.sync_client import ZoomClient

        with ZoomClient(settings) as client:
            yield settings, client


@contextmanager
def at_desk(*, sandbox: bool) -> Iterator[LinkDesk]:
    """Give the desk of the account to speak to, while the block runs."""
    with settings_for(sandbox=sandbox) as settings:
        from zoomlink.links.desk import LinkDesk

        with LinkDesk(settings) as desk:
            yield desk


def confirm(question: str) -> bool:
    """Ask on the terminal. Raises InvalidInputError where there is nobody to ask."""
    import sys

    question = printable(question)  # it often holds what others wrote
    if not sys.stdin.isatty():
        raise InvalidInputError(f"{question} There is nobody to ask.", hint="Add --yes.")
    sys.stderr.write(f"{question} [y/N] ")
    sys.stderr.flush()
    return sys.stdin.readline().strip().lower() in {"y", "yes", "s", "sim", "sí", "si"}


def show_request(
    settings: Settings, method: str, path: str, body: Mapping[str, Any] | None = None, *, json: bool = False
) -> None:
    """Print the request that would be sent, with the token left out, on stdout; as one JSON document if wanted."""
    import sys
    from json import dumps

    from zoomlink.cli.output import print_json

    base = settings.api_url or "https://api.zoom.us"
    if json:
        print_json({"method": method, "url": f"{base}/v2{path}", "body": body})
        return
    lines = [f"{method} {base}/v2{path}", "Authorization: Bearer ***"]
    if body is not None:
        lines += ["Content-Type: application/json", "", dumps(body, indent=2, ensure_ascii=False)]
    sys.stdout.write("\n".join(lines) + "\n")
