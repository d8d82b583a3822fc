"""The tree of commands and their help. Each command's module is loaded only when it is called."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

from cyclopts import App, Group, Parameter

from zoomlink import __version__

if TYPE_CHECKING:
    from collections.abc import Sequence

__all__ = ["COMMANDS", "PANELS", "build_app"]

_HELP = "Zoom join links from a server: a topic and a time in, a working link out."

_EPILOGUE = """\
Try it with no account:
  zoomlink create "Test" --start "tomorrow 18:24" --tz Europe/Lisbon --sandbox

With your account: zoomlink setup leads you through it.

With any command: -v shows each request and answer, -q tells only problems,
--account NAME chooses one of several accounts (ZOOMLINK_ACCOUNTS).

Exit codes: 0 done, 1 unexpected, 2 bad input, 3 configuration or credentials,
  4 Zoom refused, 5 limit reached, 6 outcome not known yet or Zoom unreachable,
  7 no host free, 130 interrupted (Ctrl-C).
"""


class Command(NamedTuple):
    """One command: its name, where its function is, what it does, and examples for its help."""

    name: str
    where: str
    what: str
    examples: str = ""
    own_help: bool = False
    """True for a command that hands all its options on, --help among them."""
    group: bool = False
    """True for a command that has commands of its own."""
    calls: tuple[str, ...] = ()
    """The operations of :mod:`zoomlink.zoom.scopes` it makes: the help names the scopes they need."""


COMMANDS: tuple[Command, ...] = (
    Command(
        "create",
        "zoomlink.cli.create:create",
        "Create a meeting and print its join link.",
        """\
  zoomlink create "Guitar lesson" --start "2031-12-01 18:24" --tz Europe/Lisbon
  zoomlink create "Stand-up" --start now --duration 15 --host alice@example.com
  zoomlink create "Interview" --start 2031-12-01T09:00Z --key room-7 --json
  zoomlink create "Aula" --start "terça 18h24" --tz America/Sao_Paulo --sandbox
""",
        calls=("meetings.create",),
    ),
    Command(
        "show",
        "zoomlink.cli.links:show",
        "Show a link and its history, or a meeting that is none.",
        """\
  zoomlink show lnk_01m8ae38kk8x4473kgr02jc3z6
  zoomlink show booking-4711
  zoomlink show 81234567890 --json
  zoomlink show 81234567890 --ics lesson.ics
""",
        calls=("meetings.get",),
    ),
    Command(
        "list",
        "zoomlink.cli.links:list_",
        "List links, by their start.",
        """\
  zoomlink list
  zoomlink list --state unknown --state planned
  zoomlink list --host alice@example.com --csv
""",
    ),
    Command(
        "settle",
        "zoomlink.cli.links:settle",
        "Go on with links that are not ready yet.",
        """\
  zoomlink settle
  zoomlink settle --wait 120
""",
        calls=("meetings.create", "meetings.list", "meetings.get", "meetings.delete"),
    ),
    Command(
        "update",
        "zoomlink.cli.links:update",
        "Change a link: only what is given.",
        """\
  zoomlink update 81234567890 --start "2031-12-02 18:24"
  zoomlink update 81234567890 --topic "Guitar lesson, moved" --dry-run
""",
        calls=("meetings.update", "meetings.get"),
    ),
    Command(
        "cancel",
        "zoomlink.cli.links:cancel",
        "Cancel a link, or one occurrence of a series.",
        """\
  zoomlink cancel booking-4711
  zoomlink cancel 81234567890 --occurrence 1953840240000 --yes
""",
        calls=("meetings.delete", "meetings.get"),
    ),
    Command("bulk", "zoomlink.cli.bulk:bulk", "Many links from one file.", group=True),
    Command(
        "start-url",
        "zoomlink.cli.meetings:start_url",
        "Print a fresh address by which the host starts the meeting.",
        "  zoomlink start-url 81234567890\n",
        calls=("meetings.get",),
    ),
    Command(
        "invitation",
        "zoomlink.cli.meetings:invitation",
        "Print the invitation text of a meeting.",
        "  zoomlink invitation 81234567890\n",
        calls=("meetings.invitation",),
    ),
    Command(
        "sip",
        "zoomlink.cli.meetings:sip",
        "Print the SIP address by which a room system joins a meeting.",
        "  zoomlink sip 81234567890 --passcode 123456\n",
        calls=("meetings.sip",),
    ),
    Command(
        "registrants",
        "zoomlink.cli.people:registrants",
        "Add, list and decide on the registrants of a meeting.",
        group=True,
    ),
    Command(
        "invite",
        "zoomlink.cli.running:invite",
        "Make personal join links for people.",
        '  zoomlink invite 81234567890 "Ana Silva" "Rui Costa" --ttl 86400\n',
        calls=("meetings.invite_links",),
    ),
    Command(
        "end",
        "zoomlink.cli.running:end",
        "End a running meeting for all.",
        "  zoomlink end 81234567890 --yes\n",
        calls=("meetings.set_status",),
    ),
    Command(
        "recover",
        "zoomlink.cli.running:recover",
        "Bring a deleted meeting back.",
        "  zoomlink recover 81234567890\n",
        calls=("meetings.set_status",),
    ),
    Command(
        "past",
        "zoomlink.cli.running:past",
        "Show how a meeting went.",
        """\
  zoomlink past 81234567890
  zoomlink past 81234567890 --participants --json
""",
        calls=("past.get", "past.instances", "past.participants"),
    ),
    Command(
        "meetings",
        "zoomlink.cli.meetings:meetings",
        "List what is in Zoom, whoever made it.",
        """\
  zoomlink meetings
  zoomlink meetings --host alice@example.com --type upcoming --csv
""",
        calls=("meetings.list", "users.get"),
    ),
    Command(
        "adopt",
        "zoomlink.cli.links:adopt",
        "Take a meeting that exists in Zoom into the ledger.",
        "  zoomlink adopt 81234567890 --key booking-4711\n",
        calls=("meetings.get",),
    ),
    Command("ledger", "zoomlink.cli.ledger:ledger", "Look after the ledger: copy, rebuild, erase.", group=True),
    Command("templates", "zoomlink.cli.account:templates", "List and make meeting templates.", group=True),
    Command("users", "zoomlink.cli.account:users", "Show users and their settings.", group=True),
    Command(
        "call",
        "zoomlink.cli.account:call",
        "Call any address of Zoom's API.",
        "  zoomlink call GET /users/me/settings\n  zoomlink call GET /users -q page_size=10\n",
    ),
    Command("hosts", "zoomlink.cli.hosts:hosts", "Show the hosts: how busy they are, and who is free.", group=True),
    Command(
        "doctor",
        "zoomlink.cli.doctor:doctor",
        "Say what is wrong with the set-up, and how to mend it.",
        """\
  zoomlink doctor
  zoomlink doctor --json
""",
    ),
    Command(
        "setup",
        "zoomlink.cli.setup:setup",
        "Connect zoomlink to your Zoom account.",
        """\
  zoomlink setup
  zoomlink setup --account-id ID --client-id ID \\
    --client-secret-stdin --yes < secret.txt
""",
    ),
    Command(
        "serve",
        "zoomlink.cli.serve:serve",
        "Run the HTTP service and the page.",
        """\
  zoomlink serve --sandbox
  zoomlink serve --bind 0.0.0.0 --port 8080 --https
""",
        calls=("meetings.create", "meetings.get", "meetings.update", "meetings.delete", "meetings.list"),
    ),
    Command(
        "page",
        "zoomlink.cli.serve:page",
        "Print an address that opens the page once.",
        """\
  zoomlink page
  zoomlink page --url https://links.example.com
""",
    ),
    Command("keys", "zoomlink.cli.keys:keys", "Make and end API keys of the HTTP service.", group=True),
    Command(
        "worker",
        "zoomlink.cli.worker:worker",
        "Go on with links that are due, until it is stopped.",
        """\
  zoomlink worker
  zoomlink worker --concurrency 32
  zoomlink worker --once
""",
        calls=("meetings.create", "meetings.list", "meetings.get", "meetings.update", "meetings.delete"),
    ),
    Command(
        "webhooks",
        "zoomlink.cli.webhooks:webhooks",
        "Say what to enter on Zoom's side so that events come.",
        """\
  zoomlink webhooks https://links.example.com
  zoomlink webhooks https://links.example.com/webhooks/zoom --check
""",
    ),
    Command(
        "sandbox",
        "zoomlink.cli.sandbox:sandbox",
        "Run a local Zoom to try and test against.",
        own_help=True,
    ),
)


PANELS: dict[str, tuple[str, ...]] = {
    "Links": ("create", "show", "list", "update", "cancel", "settle"),
    "Meetings in Zoom": ("meetings", "adopt", "start-url", "end", "past", "recover"),
    "Guests": ("invitation", "invite", "registrants", "sip"),
    "Hosts": ("hosts", "users"),
    "Files": ("bulk",),
    "Service": ("serve", "page", "keys", "worker", "webhooks"),
    "Set-up": ("setup", "doctor", "sandbox"),
    "Else": ("ledger", "templates", "call"),
}
"""The commands as the help shows them: what people need first, first."""


def build_app(words: Sequence[str] = ()) -> App:
    """Make the parser for this command line: with the one command it names, else with all of them.

    Nothing but the parser's library is imported, unless help is asked for.
    """
    chosen = [command for command in COMMANDS if command.name == next(iter(words), None)]
    app = App(
        name="zoomlink",
        help=_HELP,
        help_epilogue=_EPILOGUE,
        help_format="plaintext",
        version=__version__,
        version_flags=["--version"],
        help_flags=["--help", "-h"],
        default_parameter=Parameter(negative="", show_default=_default),
        suppress_keyboard_interrupt=False,  # Ctrl-C is told in run(), with its own exit code
    )
    places: dict[str, dict[str, Any]] = {}
    if not chosen:
        app.group_commands = Group("Options", sort_key=len(PANELS))  # --help and the like
        for at, (title, names) in enumerate(PANELS.items()):
            panel = Group(title, sort_key=at)
            places |= {name: {"group": panel, "sort_key": turn} for turn, name in enumerate(names)}
    for command in chosen or COMMANDS:
        more: dict[str, Any] = {"help_flags": [], "version_flags": []} if command.own_help else {}
        if not command.group:  # a group is an App of its own, and brings its own
            examples = f"Examples:\n{command.examples}" if command.examples else ""
            scopes = _scopes(command) if chosen and not {"--help", "-h"}.isdisjoint(words) else ""
            more |= {"help_epilogue": examples + scopes, "help_format": "plaintext"}
        place = places.get(command.name, {})
        app.command(command.where, name=command.name, help=command.what, **place, **more)
    if not chosen:
        app.register_install_completion_command(name="--install-completion", add_to_startup=False)
    return app


def _scopes(command: Command) -> str:
    """The line of the help that says which scopes the app needs for this command."""
    if not command.calls:
        return ""
    from zoomlink.zoom.scopes import operation

    names = "\n".join(f"  {operation(call).granular}" for call in command.calls)
    return f"\nScopes the Zoom app needs for it:\n{names}\n"


def _default(value: object) -> str | None:
    # That a switch is off until it is given needs no words.
    return None if value is None or value is False else str(value)
