"""The tree of commands and their help. Each command's module is loaded only when it is called."""

from __future__ import annotations

from cyclopts import App, Parameter

from zoomlink import __version__

__all__ = ["build_app"]

_HELP = """\
Zoom join links from a server: a topic and a time in, a working link out."""

_EPILOGUE = """\
Try it with no account:
  zoomlink create "Test" --start 2031-12-01T18:24 --tz America/Sao_Paulo --sandbox

With an account, set ZOOM_ACCOUNT_ID, ZOOM_CLIENT_ID and ZOOM_CLIENT_SECRET in the
environment or in .env, and leave --sandbox out.

Exit codes: 0 done · 1 unexpected · 2 bad input · 3 configuration or credentials ·
4 Zoom refused · 5 limit reached · 6 outcome not known yet, or Zoom unreachable · 7 no host free
"""

_COMMANDS: tuple[tuple[str, str, str, str], ...] = (
    # name, where, what it does, examples
    (
        "create",
        "zoomlink.cli.create:create",
        "Create a meeting and print its join link.",
        """\
Examples:
  zoomlink create "Guitar lesson" --start "2031-12-01 18:24" --tz Europe/Lisbon
  zoomlink create "Stand-up" --start now --duration 15 --host alice@example.com
  zoomlink create "Interview" --start 2031-12-01T09:00Z --key booking-4711 --json
  zoomlink create "Aula" --start "terça 18h24" --tz America/Sao_Paulo --sandbox
""",
    ),
    (
        "sandbox",
        "zoomlink.cli.sandbox:sandbox",
        "Run a local Zoom to try and test against.",
        "",
    ),
)


# Commands that hand all their options on, --help among them.
_OWN_HELP = {"sandbox"}


def build_app() -> App:
    """Make the parser. Nothing but the parser's library is imported."""
    app = App(
        name="zoomlink",
        help=_HELP,
        help_epilogue=_EPILOGUE,
        help_format="plaintext",
        version=__version__,
        version_flags=["--version"],
        help_flags=["--help", "-h"],
        default_parameter=Parameter(negative=""),
    )
    for name, where, what, examples in _COMMANDS:
        more: dict[str, list[str]] = {} if name not in _OWN_HELP else {"help_flags": [], "version_flags": []}
        app.command(where, name=name, help=what, help_epilogue=examples, help_format="plaintext", **more)
    return app
