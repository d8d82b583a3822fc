"""``zoomlink setup``: the conversation of the set-up at a terminal, or the same by options. No decisions."""

from __future__ import annotations

import getpass
import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

from cyclopts import Parameter

from zoomlink.cli.doctor import show
from zoomlink.cli.output import say
from zoomlink.doctor import checkup
from zoomlink.errors import InvalidInputError
from zoomlink.problems import Exit
from zoomlink.setup import converse, gather, read_values, store, verify
from zoomlink.setup.envfile import read_text

if TYPE_CHECKING:
    from collections.abc import Mapping

    from zoomlink.setup import Person

__all__ = ["Terminal", "setup"]

_YES = {"y", "yes", "s", "sim", "sí", "si", "ja", "oui"}
_NO = {"n", "no", "não", "nao", "nein", "non"}


def setup(
    *,
    account_id: str | None = None,
    client_id: str | None = None,
    client_secret_stdin: Annotated[bool, Parameter(negative="")] = False,
    hosts: str | None = None,
    timezone: Annotated[str | None, Parameter(name=["--timezone", "--tz"])] = None,
    env_file: Path = Path(".env"),
    yes: Annotated[bool, Parameter(negative="")] = False,
    no_verify: Annotated[bool, Parameter(negative="")] = False,
) -> int:
    """Connect zoomlink to your Zoom account, and write the credentials into .env.

    Parameters
    ----------
    account_id
        Account ID of the Server-to-Server OAuth app. Also: ZOOM_ACCOUNT_ID.
    client_id
        Client ID of the app. Also: ZOOM_CLIENT_ID.
    client_secret_stdin
        Read the client secret from standard input. There is no option for the secret itself, because the list of
        processes shows options to everybody. Also: ZOOM_CLIENT_SECRET.
    hosts
        Zoom users who host, such as alice@example.com:2,bob@example.com.
    timezone
        Time zone of times that come without one, by its IANA name.
    env_file
        The file to write; everything else in it stays.
    yes
        Ask nothing, and replace other values that the file holds.
    no_verify
        Do not try the credentials with Zoom, nor run the doctor.
    """
    given = {
        "ZOOM_ACCOUNT_ID": account_id or "",
        "ZOOM_CLIENT_ID": client_id or "",
        "ZOOM_CLIENT_SECRET": _secret_from_stdin() if client_secret_stdin else "",
        "ZOOMLINK_HOSTS": hosts or "",
        "ZOOMLINK_TIMEZONE": timezone or "",
    }
    stored = read_values(read_text(env_file))
    person = None if yes or client_secret_stdin or not sys.stdin.isatty() else Terminal()

    def try_out(values: Mapping[str, str]) -> None:
        verify({**stored, **os.environ, **values})

    if person is not None:
        values = converse(person, given, stored, try_out=None if no_verify else try_out)
    else:
        values = gather(given, os.environ, stored)
        if not no_verify:
            try_out(values)
    changed = store(env_file, values, may_replace=lambda names: yes or _may_replace(person, names, env_file))
    say(f"Wrote {env_file}: {', '.join(changed) or 'nothing new'}. Only you can open it.")
    if no_verify:
        return Exit.DONE
    say("")
    code = show(checkup({**stored, **values, **os.environ}, env_file=env_file))
    if person is not None and code == Exit.DONE:
        return _first_link(person, env_file)
    return code


def _may_replace(person: Person | None, names: list[str], path: Path) -> bool:
    return person is not None and person.agree(
        f"{path} holds another value for {', '.join(names)}. Replace it?", default=False
    )


def _first_link(person: Person, env_file: Path) -> int:
    example = 'zoomlink create "Test" --start now'
    if env_file.resolve() != Path(".env").resolve():
        say(f"Next, in the folder of {env_file}: {example}")
        return Exit.DONE
    if not person.agree("Create a first link now? (A meeting of 30 minutes that starts at once)", default=False):
        say(f"Whenever you like: {example}")
        return Exit.DONE
    from zoomlink.cli.create import create

    return create("My first zoomlink meeting", start="now", duration="30")


def _secret_from_stdin() -> str:
    if sys.stdin.isatty():
        return _typed_unseen("Client Secret (does not appear as you paste it)")
    line = sys.stdin.readline(10_000).strip()
    if not line:
        raise InvalidInputError(
            "There is no client secret on standard input.",
            field="client-secret-stdin",
            hint="Pipe it in: zoomlink setup --client-secret-stdin … < secret.txt",
        )
    return line


def _typed_unseen(question: str) -> str:
    try:
        return getpass.getpass(f"{question}: ", stream=sys.stderr)
    except EOFError:  # Ctrl-D: there will be no more answers
        raise KeyboardInterrupt from None


class Terminal:
    """A person at a terminal. Everything said goes to stderr."""

    def say(self, text: str, *, title: str | None = None) -> None:
        """Tell something, under a title if there is one."""
        from rich.console import Console
        from rich.text import Text

        console = Console(stderr=True, highlight=False)
        console.width = min(console.width, 100)
        if title:
            console.print(Text(f"\n{title}", style="bold cyan"))
        console.print(Text(text))

    def ask(self, question: str, *, secret: bool = False) -> str:
        """Ask for a line of text; a secret one does not appear while it is typed."""
        if secret:
            return _typed_unseen(question)
        sys.stderr.write(f"{question}: ")
        sys.stderr.flush()
        line = sys.stdin.readline()
        if not line:  # Ctrl-D: there will be no more answers
            raise KeyboardInterrupt
        return line.rstrip("\r\n")

    def agree(self, question: str, *, default: bool) -> bool:
        """Ask yes or no; Enter alone means the default."""
        while True:
            answer = self.ask(f"{question} [{'Y/n' if default else 'y/N'}]").strip().lower()
            if not answer:
                return default
            if answer in _YES | _NO:
                return answer in _YES
            self.say("Please answer y or n.")
