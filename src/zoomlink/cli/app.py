"""The tree of commands and their help. Each command's module is loaded only when it is called."""

from __future__ import annotations

from cyclopts import App

from zoomlink import __version__

__all__ = ["build_app"]

_HELP = """\
Zoom join links from a server: a topic and a time in, a working link out.

Try it with no account:

    zoomlink create "Test Zoom Meeting" --start 2031-12-01T18:24 --timezone America/Sao_Paulo --sandbox

With an account, set ZOOM_ACCOUNT_ID, ZOOM_CLIENT_ID and ZOOM_CLIENT_SECRET (environment or .env) and leave --sandbox
out.

Exit codes: 0 done, 1 unexpected, 2 bad input, 3 configuration or credentials, 4 Zoom refused, 5 limit reached,
6 outcome not known yet or Zoom unreachable, 7 no host free.
"""


def build_app() -> App:
    """Make the parser. Nothing but the parser's library is imported."""
    app = App(
        name="zoomlink",
        help=_HELP,
        help_format="plaintext",
        version=__version__,
        version_flags=["--version"],
        help_flags=["--help", "-h"],
    )
    app.command("zoomlink.cli.create:create", name="create", help="Create a meeting and print its join link.")
    app.command("zoomlink.cli.sandbox:sandbox", name="sandbox", help="Run a local Zoom to try and test against.")
    return app
