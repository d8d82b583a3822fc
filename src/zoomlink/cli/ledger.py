"""Commands that look after the ledger itself: info, copy, rebuild, erase."""

from __future__ import annotations

import sys
from contextlib import contextmanager
from typing import TYPE_CHECKING, Annotated

from cyclopts import App, Parameter

from zoomlink.cli.common import at_desk, confirm, settings_for
from zoomlink.cli.links import link_table
from zoomlink.cli.options import Sandbox, Yes
from zoomlink.cli.output import is_terminal, print_json, print_rows, say
from zoomlink.errors import InvalidInputError
from zoomlink.secret import Secret

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

__all__ = ["ledger"]

ledger = App(
    name="ledger",
    help="Look after the ledger, which remembers all links.",
    help_epilogue="""\
Examples:
  zoomlink ledger info
  zoomlink ledger copy postgresql://zoomlink@db.example.com/zoomlink
  zoomlink ledger rebuild --host alice@example.com
  zoomlink ledger erase ana@example.com
""",
    help_format="plaintext",
    default_parameter=Parameter(negative=""),
)


@ledger.command
def info(*, json: bool = False, sandbox: Sandbox = False) -> int:
    """Say where the ledger is and how many links it has, by state.

    Parameters
    ----------
    json
        Print it as one JSON document.
    """
    with at_desk(sandbox=sandbox) as desk:
        counts = dict(sorted(desk.counts().items()))
        place = _place(desk.settings.database)
    if json:
        print_json({"database": place, "links": counts})
    else:
        print_rows("Ledger", [("Place", place), *((state, str(count)) for state, count in counts.items())])
    return 0


@ledger.command
def copy(to: str, /, *, sandbox: Sandbox = False) -> int:
    """Copy the whole ledger into another database, such as from SQLite into PostgreSQL.

    Set ZOOMLINK_DATABASE to the new one afterwards. The old one stays as it is; let nobody write to it any more.

    Parameters
    ----------
    to
        Where: postgresql://user@host/name, or sqlite:////folder/ledger.db. It must not have links yet.
    """
    from zoomlink.store.copying import copy_ledger
    from zoomlink.store.opening import open_database

    if not to.startswith(("sqlite:///", "postgresql://", "postgres://")):
        raise InvalidInputError(
            "TO is no address of a database.",
            field="to",
            hint="Write sqlite:////folder/ledger.db or postgresql://user@host/name.",
        )
    with settings_for(sandbox=sandbox) as settings:
        source, target = open_database(settings.database), open_database(Secret(to))
        try:
            with _progress() as moved:
                count = copy_ledger(source, target, moved)
        finally:
            source.close()
            target.close()
    place = _place(Secret(to))
    say(f"Copied {count} link{'' if count == 1 else 's'}. Now set ZOOMLINK_DATABASE to the new ledger, {place}.")
    return 0


@ledger.command
def rebuild(
    *,
    host: Annotated[list[str] | None, Parameter(name="--host")] = None,
    json: bool = False,
    sandbox: Sandbox = False,
) -> int:
    """Make links again of the meetings in Zoom that carry our marker and are not in the ledger: after it was lost.

    Their keys find them again. Running it twice does no harm.

    Parameters
    ----------
    host
        Whose meetings; may be given several times. Default: all of ZOOMLINK_HOSTS.
    json
        Print the new links as one JSON document.
    """
    with at_desk(sandbox=sandbox) as desk:
        links = desk.rebuild(host)
    link_table(links, json=json, empty="Nothing was missing.")
    return 0


@ledger.command
def erase(text: str, /, *, yes: Yes = False, sandbox: Sandbox = False) -> int:
    """Forget a person: take topics, agendas, addresses, links and passcodes out of every link they stand in.

    What Zoom keeps is not touched: cancel what shall go there too, before.

    Parameters
    ----------
    text
        The person's e-mail address or name, as it stands in the links.
    """
    if not yes and not confirm(f"Erase all that is written in links with “{text}”? It cannot be taken back."):
        say("Nothing was erased.")
        return 0
    with at_desk(sandbox=sandbox) as desk:
        erased = desk.erase(text)
    say(f"Erased in {len(erased)} link{'' if len(erased) == 1 else 's'}.")
    for link in erased:
        sys.stdout.write(f"{link}\n")
    return 0


def _place(url: Secret[str]) -> str:
    """Where a database is, without what opens it."""
    if not url.reveal().startswith(("postgresql://", "postgres://")):
        return url.reveal()
    from zoomlink.store.postgres import shown

    return shown(url)


@contextmanager
def _progress() -> Iterator[Callable[[int, int], None]]:
    """Show a bar on stderr while the block runs, where it is a terminal; give what moves it."""
    if not is_terminal(sys.stderr):
        yield lambda done, total: None  # noqa: ARG005
        return
    from rich.console import Console
    from rich.progress import Progress

    with Progress(console=Console(stderr=True), transient=True) as bar:
        task = bar.add_task("Copying")
        yield lambda done, total: bar.update(task, completed=done, total=total)
