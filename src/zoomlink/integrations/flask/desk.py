"""The desk of an application in this process: opened when it is first wanted, anew after a fork. No requests here."""

from __future__ import annotations

import atexit
import os
import threading
from contextlib import ExitStack
from typing import TYPE_CHECKING, Any, NamedTuple
from weakref import WeakSet

from zoomlink import integrations
from zoomlink.config import read_environment
from zoomlink.integrations.variables import VARIABLES, laid_over
from zoomlink.links.desk import LinkDesk
from zoomlink.sandbox import from_environ

if TYPE_CHECKING:
    from flask import Flask

__all__ = ["NAME", "OWN", "PROBLEMS", "DeskOf", "held_by"]

NAME = "zoomlink"
PROBLEMS = "ZOOMLINK_PROBLEMS"
OWN = (PROBLEMS,)
"""The keys that only Flask has."""
_AROUND = ("HOME", "XDG_DATA_HOME")


class _Opened(NamedTuple):
    made_from: list[Any]
    desk: LinkDesk
    resources: ExitStack


class DeskOf:
    """Holds the desk of one application. Another configuration or environment, as tests have it, means another desk."""

    def __init__(self, app: Flask) -> None:
        self._config = app.config
        self._lock = threading.Lock()
        self._opened: _Opened | None = None
        self._left: list[_Opened] = []
        """Of the processes we were forked from: closing them would end what those still use."""
        _all.add(self)

    def environ(self) -> dict[str, str]:
        """The application's configuration laid over the environment and ``.env``. Raises ConfigurationError."""
        return laid_over(self._config, read_environment(), own=OWN)

    def get(self) -> LinkDesk:
        """Return the desk. Raises ConfigurationError naming all that is missing, LedgerError."""
        wanted = self._made_from()
        with self._lock:
            if self._opened is not None and self._opened.made_from != wanted:
                self._put_away()
            if self._opened is None:
                with ExitStack() as stack:
                    settings, release = from_environ(self.environ())
                    stack.callback(release)
                    desk = stack.enter_context(LinkDesk(settings))
                    self._opened = _Opened(wanted, desk, stack.pop_all())
            return self._opened.desk

    def close(self) -> None:
        """Close the desk; who wants it next gets a new one."""
        with self._lock:
            self._put_away()

    def leave(self) -> None:
        """Leave the desk to the process we were forked from."""
        self._lock = threading.Lock()
        if self._opened is not None:
            self._left.append(self._opened)
        self._opened = None

    def _put_away(self) -> None:
        opened, self._opened = self._opened, None
        if opened is not None:
            opened.resources.close()

    def _made_from(self) -> list[Any]:
        said = [self._config.get(name) for name in VARIABLES]
        around = [os.environ.get(name) for name in (*VARIABLES, *_AROUND)]
        return [*said, *around, integrations.environment_only]


def held_by(app: Flask) -> DeskOf:
    """What an application holds. Raises RuntimeError where the extension is not there."""
    found = app.extensions.get(NAME)
    if not isinstance(found, DeskOf):
        said = f"The application {app.name!r} has no zoomlink: call ZoomLink().init_app(app)."
        raise RuntimeError(said)  # noqa: TRY004 - nothing was given that has a wrong type
    return found


_all: WeakSet[DeskOf] = WeakSet()


def _close_all() -> None:
    for held in list(_all):
        held.close()


def _leave_all() -> None:
    for held in list(_all):
        held.leave()


atexit.register(_close_all)
if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_leave_all)
