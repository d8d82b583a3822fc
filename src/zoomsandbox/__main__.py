"""The command ``python -m zoomsandbox``: options in, a running sandbox out. Export lines to stdout, words to stderr."""

from __future__ import annotations

import argparse
import shlex
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

from zoomsandbox.core import zones
from zoomsandbox.core.clock import parse_instant
from zoomsandbox.options import DEFAULT_USERS, WEBHOOK_SECRET, Options
from zoomsandbox.users.models import parse_user

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

PORT = 8765


def parser() -> argparse.ArgumentParser:
    """The command's options."""
    made = argparse.ArgumentParser(
        prog="zoomsandbox",
        description="A local Zoom: token endpoint, users and meetings, answered as Zoom answers them.",
    )
    add = made.add_argument
    add("--port", type=_port, default=PORT, help=f"where to listen; 0 takes a free port (default {PORT})")
    add("--host", default="127.0.0.1", help="address to listen on (default 127.0.0.1)")
    add(
        "--i-know-this-is-not-zoom",
        action="store_true",
        help="allow a --host that other machines can reach, and a --webhook on another machine",
    )
    add(
        "--user",
        action="append",
        type=_user,
        metavar="EMAIL[:KIND]",
        help="a user of the account, repeatable; the first owns it (default owner@, host1@, host2@sandbox.example). "
        "KIND: licensed (default), basic, unassigned (may not host), inactive, pending",
    )
    add("--plan", choices=("free", "pro", "business"), default="pro", help="the account's plan (default pro)")
    add("--timezone", type=_zone, default="UTC", help="the account's time zone (default UTC)")
    add(
        "--scopes",
        default="granular",
        help="scopes of the app: granular (default), classic, or names in one quoted argument",
    )
    add(
        "--token-mode",
        choices=("coexist", "replace"),
        default="coexist",
        help="whether a new token leaves older ones alive (default coexist)",
    )
    add("--token-ttl", type=_positive, default=3600, metavar="S", help="life of a token in seconds (default 3600)")
    add("--latency", type=_not_negative, default=0.0, metavar="MS", help="milliseconds before every answer")
    add("--clock", type=_instant, metavar="ISO", help="stand still at this instant, such as 2031-12-01T09:00:00Z")
    add("--seed", type=int, metavar="N", help="make ids repeatable; with --clock, answers are the same to the byte")
    add("--limits", choices=("on", "off"), default="on", help="whether Zoom's rate limits hold (default on)")
    add(
        "--webhook",
        action="append",
        metavar="URL",
        help="tell this URL what happens, as Zoom's webhooks do; repeatable",
    )
    add("--webhook-secret", metavar="SECRET", help=f"the secret token that signs webhooks (default {WEBHOOK_SECRET})")
    add(
        "--faults",
        type=_faults,
        default=(),
        metavar="FILE.json",
        help="rules for what shall go wrong, from the start; GET /_sandbox/faults/kinds lists what can",
    )
    add("--state", type=Path, metavar="FILE", help="keep everything in this file, across restarts and kill -9")
    add(
        "--fsync", action="store_true", help="with --state: wait for the disk, so that a power cut loses nothing either"
    )
    add("--zoom-urls", action="store_true", help="join and start links with Zoom's own host instead of the sandbox's")
    return made


def options_of(given: argparse.Namespace) -> Options:
    """The parsed options as one value."""
    return Options(
        users=tuple(given.user or DEFAULT_USERS),
        plan=given.plan,
        timezone=given.timezone,
        scopes=given.scopes,
        token_mode=given.token_mode,
        token_ttl=given.token_ttl,
        latency=given.latency,
        clock=given.clock,
        seed=given.seed,
        faults=given.faults,
        state=given.state,
        fsync=given.fsync,
        zoom_urls=given.zoom_urls,
        limits=given.limits == "on",
        webhooks=tuple(given.webhook or ()),
        webhook_secret=given.webhook_secret or WEBHOOK_SECRET,
        webhooks_anywhere=given.i_know_this_is_not_zoom,
    )


def main(
    arguments: Sequence[str] | None = None, ready: Callable[[str, Mapping[str, str]], object] | None = None
) -> int:
    """Run the command; returns its exit code: 0 stopped, 2 bad input, 3 cannot listen or cannot use the state file.

    `ready` is called once it answers, with its URL and the five variables a client needs.
    """
    try:
        from zoomsandbox.app import Sandbox
        from zoomsandbox.server import (
            NotLoopbackError,
            bind,
            environment,
            serve,
            url_of,
        )  # uvicorn only when it is needed
        from zoomsandbox.state.exceptions import StateError
        from zoomsandbox.webhooks.exceptions import NotAReceiverError
        from zoomsandbox.world import World
    except ModuleNotFoundError as error:
        _say(f"zoomsandbox needs a package that is not installed: {error.name}. pip install 'zoomlink[sandbox]'")
        return 3

    made = parser()
    given = made.parse_args(arguments)
    options = options_of(given)
    try:
        sandbox = Sandbox(World(options))
    except StateError as error:
        _say(f"zoomsandbox: {error}")
        return 3
    except (ValueError, NotAReceiverError) as error:
        made.error(str(error))
    except OSError as error:
        _say(f"zoomsandbox: cannot use {given.state}: {error.strerror}. Name another file with --state.")
        return 3
    try:
        listener = bind(given.host, given.port, anywhere=given.i_know_this_is_not_zoom)
    except NotLoopbackError:
        sandbox.close()
        made.error(
            f"{given.host} can be reached from other machines, and this is not Zoom: anyone there could act on it. "
            "Leave --host out, or add --i-know-this-is-not-zoom."
        )
    except OSError as error:
        sandbox.close()
        _say(
            f"zoomsandbox: cannot listen on {given.host} port {given.port}: {error.strerror}. "
            "Choose another --port; 0 takes a free one."
        )
        return 3
    with listener:
        url = url_of(listener)

        def answers() -> None:
            env = environment(options, url)
            if ready is not None:
                ready(url, env)
            for name, value in env.items():
                sys.stdout.write(f"export {name}={shlex.quote(value)}\n")
            sys.stdout.flush()
            _say(f"zoomsandbox answers at {url} (open it in a browser). Ctrl-C stops it.")

        serve(sandbox, listener, answers)
    _say("zoomsandbox has stopped.")
    return 0


def _say(words: str) -> None:
    sys.stderr.write(words + "\n")
    sys.stderr.flush()


def _port(text: str) -> int:
    if text.isascii() and text.isdecimal() and int(text) < 65536:
        return int(text)
    raise argparse.ArgumentTypeError(f"{text!r} is not a port: use a number from 0 to 65535")


def _user(text: str) -> str:
    try:
        parse_user(text)
    except ValueError as error:
        raise argparse.ArgumentTypeError(str(error)) from None
    return text


def _zone(text: str) -> str:
    if zones.find(text) is None:
        raise argparse.ArgumentTypeError(f"{text!r} is not a time zone: use a name like Europe/Lisbon")
    return text


def _instant(text: str) -> float:
    try:
        return parse_instant(text)
    except ValueError as error:
        raise argparse.ArgumentTypeError(str(error)) from None


def _faults(text: str) -> tuple[dict[str, Any], ...]:
    import json

    from zoomsandbox.faults.exceptions import PlanError
    from zoomsandbox.faults.rules import Rule, read_rules

    try:
        rules = read_rules(json.loads(Path(text).read_bytes()))
        for number, rule in enumerate(rules, 1):
            Rule(rule, number)
    except OSError as error:
        raise argparse.ArgumentTypeError(f"cannot read {text}: {error.strerror}") from None
    except PlanError as error:
        raise argparse.ArgumentTypeError(f"{text}: {error}") from None
    except (ValueError, RecursionError):
        raise argparse.ArgumentTypeError(f"{text} is not JSON") from None
    return tuple(rules)


def _positive(text: str) -> int:
    if text.isascii() and text.isdecimal() and 0 < int(text) <= 10**9:
        return int(text)
    raise argparse.ArgumentTypeError(f"{text!r} is not a number of seconds above 0")


def _not_negative(text: str) -> float:
    try:
        number = float(text)
    except ValueError:
        number = -1.0
    if not 0 <= number <= 600_000:
        raise argparse.ArgumentTypeError(f"{text!r} is not a number of milliseconds from 0 to 600000")
    return number


if __name__ == "__main__":
    sys.exit(main())
