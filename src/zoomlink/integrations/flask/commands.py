"""``flask zoomlink``: look at the set-up, create a link, go on with what is due, by the application's configuration."""

from __future__ import annotations

import json
from contextlib import contextmanager
from typing import TYPE_CHECKING

import click
from flask import current_app
from flask.cli import AppGroup

from zoomlink.errors import ZoomLinkError
from zoomlink.problems import Exit, problem

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["commands"]

commands = AppGroup("zoomlink", help="Zoom join links of this application.")


@commands.command()
def doctor() -> None:
    """Say what is wrong with the set-up, and how to mend it."""
    from zoomlink.config import wants_sandbox
    from zoomlink.doctor import CHECKS, Status, checkup, summary
    from zoomlink.integrations.flask.desk import held_by
    from zoomlink.sandbox import embedded

    titles = {check.name: check.title for check in CHECKS}
    with _telling():
        environ = held_by(current_app).environ()
        with embedded(environ) if wants_sandbox(environ) else _as_it_is(environ) as chosen:
            found = []
            for finding in checkup(chosen):
                found.append(finding)
                click.echo(f"{finding.status.value:<7}  {titles[finding.check]:<13}  {finding.what}")
                if finding.cure:
                    click.echo(f"{'':<24}-> {finding.cure}")
    if summary(found)[Status.FAILED.value]:
        raise SystemExit(Exit.CONFIGURATION)


@commands.command()
@click.argument("topic")
@click.option("--start", required=True, help="Such as 2031-12-01T18:24, or with an offset.")
@click.option("--timezone", help="IANA name, such as America/Sao_Paulo.")
@click.option("--duration", type=int, default=60, show_default=True, help="Minutes.")
@click.option("--host", help="E-mail address; by default the one of the pool that is free.")
@click.option("--key", help="Your own name for the request: it never gets a second meeting.")
@click.option("--json", "as_json", is_flag=True, help="Print the link as JSON.")
def create(
    topic: str, start: str, timezone: str | None, duration: int, host: str | None, key: str | None, *, as_json: bool
) -> None:
    """Create a link, and print where to join."""
    from zoomlink.integrations.flask.extension import current_desk

    with _telling():
        link = current_desk.create(topic, start=start, timezone=timezone, duration=duration, host=host, key=key)
    if as_json:
        click.echo(json.dumps(link.to_dict()))
    elif link.join_url is None:
        click.echo(f"{link.id} is {link.state}. To go on: flask zoomlink settle", err=True)
    else:
        click.echo(link.join_url)
    if link.join_url is None:
        raise SystemExit(Exit.LIMIT if link.state == "parked" else Exit.NOT_KNOWN_YET)


@commands.command()
def settle() -> None:
    """Go on with all that is due: links to be made, found again, changed or cancelled, and Zoom's events. For a timer,
    once a minute.
    """
    from zoomlink.integrations.flask.extension import current_desk
    from zoomlink.webhooks import Webhooks

    with _telling():
        while Webhooks(current_desk).work():
            pass
        done = current_desk.settle(limit=1000)
    for link in done:
        click.echo(f"{link.id}  {link.state}")


@contextmanager
def _as_it_is(environ: dict[str, str]) -> Iterator[dict[str, str]]:
    yield environ


@contextmanager
def _telling() -> Iterator[None]:
    """Tell errors of ours in a sentence, with the exit code that ``zoomlink`` has for them."""
    try:
        yield
    except ZoomLinkError as error:
        click.echo(f"Error: {error}", err=True)
        raise SystemExit(problem(error.slug).exit_code) from error
