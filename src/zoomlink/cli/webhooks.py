"""``zoomlink webhooks``: what to enter on Zoom's side, and whether an address answers as it should. No checks here."""

from __future__ import annotations

import sys
import time
from typing import Annotated

from cyclopts import Parameter

from zoomlink.cli.output import print_json, say
from zoomlink.config import webhook_secrets
from zoomlink.errors import ConfigurationError
from zoomlink.problems import Exit
from zoomlink.webhooks.guide import EVENTS, PATH, Tried, check_url, shortcomings, steps, try_address

__all__ = ["webhooks"]

_EXAMPLE = f"https://YOUR-SITE{PATH}"


def webhooks(
    url: Annotated[str | None, Parameter(help="The address at which your site receives events.")] = None,
    /,
    *,
    check: Annotated[bool, Parameter(negative="")] = False,
    json: Annotated[bool, Parameter(negative="")] = False,
) -> int:
    """Say what to enter on Zoom's side, so that links follow what is changed there.

    Parameters
    ----------
    check
        Ask the address what Zoom would ask it, and say what is wrong.
    json
        Print it as one JSON document.
    """
    address = _EXAMPLE if url is None else check_url(url)
    secrets = webhook_secrets()
    wrong = [] if url is None else shortcomings(address)
    tried: list[Tried] = []
    if check:
        if url is None or not secrets:
            raise ConfigurationError(
                "The address is not said." if url is None else "ZOOM_WEBHOOK_SECRET is not set.",
                hint=f"Say it: zoomlink webhooks {_EXAMPLE} --check"
                if url is None
                else "Set it to the Secret Token on the Feature page of your Zoom app.",
            )
        from zoomlink.client.http import HTTPSender

        sender = HTTPSender()
        try:
            tried = try_address(address, secrets[0], sender, now=int(time.time()))
        finally:
            sender.close()
    if json:
        print_json(
            {
                "url": address,
                "events": list(EVENTS),
                "secret": bool(secrets),
                "problems": wrong,
                "checks": [{"check": one.what, "good": one.good, "detail": one.detail} for one in tried],
            }
        )
    elif check:
        sys.stdout.writelines(f"{'+' if one.good else 'x'} {one.what}. {one.detail}".rstrip() + "\n" for one in tried)
    else:
        told = [f"{number}. {text}" for number, text in enumerate(steps(address, secret=bool(secrets)), 1)]
        sys.stdout.write("\n\n".join(told) + "\n")
        say(f"To see whether it works: zoomlink webhooks {address} --check")
    for one in wrong:
        say(one)
    return Exit.DONE if all(one.good for one in tried) else Exit.CONFIGURATION
