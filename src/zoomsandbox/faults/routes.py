"""Which requests a rule means: an operation's name, ``token``, or a method and a path. Knows no fault."""

from __future__ import annotations

import re
from difflib import get_close_matches
from fnmatch import fnmatchcase
from typing import TYPE_CHECKING
from urllib.parse import unquote

from zoomsandbox.faults.exceptions import PlanError

if TYPE_CHECKING:
    from collections.abc import Callable

    from zoomsandbox.core.http import Exchange

_METHODS = {"GET", "POST", "PUT", "PATCH", "DELETE", "HEAD", "*"}
_WORDS = 'use an operation such as "meetings.create", "token", or a method and a path such as "POST /users/*/meetings"'


def matcher(text: str) -> Callable[[Exchange], bool]:
    """A test whether a request is meant by `text`; raises PlanError.

    ``*`` means every endpoint of Zoom's. In an operation's name ``*`` stands for any letters; in a path ``*`` or
    ``{name}`` stands for one part and a last ``**`` for all that follows. ``/v2`` may be left out.
    """
    wanted = text.strip()
    if wanted == "*":
        return lambda _: True
    if "/" in wanted:
        return _path(wanted)
    name = "oauth.token" if wanted == "token" else wanted
    known = operations()
    names = frozenset(one for one in known if fnmatchcase(one, name))
    if not names:
        near = get_close_matches(name, known, 1) or get_close_matches(f"meetings.{name}", known, 1)
        raise PlanError(f"No operation is called {text!r}{f'; did you mean {near[0]!r}?' if near else f': {_WORDS}.'}")
    return lambda exchange: exchange.route.name in names


def operations() -> list[str]:
    """The names of all operations that are imitated."""
    from zoomsandbox.app import ROUTES  # only here: the application itself imports the faults

    return sorted({route.name for route in ROUTES if route.imitates_zoom})


def _path(text: str) -> Callable[[Exchange], bool]:
    method, _, path = text.rpartition(" ")
    method = method.strip().upper() or "*"
    if method not in _METHODS or not path.startswith("/") or "?" in path:
        raise PlanError(f"{text!r} is no route: {_WORDS}.")
    if not path.startswith(("/v2/", "/oauth/")):
        path = f"/v2{path}"
    parts = path.rstrip("/").split("/")[1:]
    pattern = re.compile("".join("/.*" if part == "**" else f"/{_part(part)}" for part in parts))

    def meant(exchange: Exchange) -> bool:
        return method in {"*", exchange.method} and pattern.fullmatch(unquote(exchange.path).rstrip("/")) is not None

    return meant


def _part(part: str) -> str:
    if part.startswith("{") and part.endswith("}"):
        return "[^/]+"
    return "[^/]*".join(map(re.escape, part.split("*"))) if part != "*" else "[^/]+"
