"""Starts zoomsandbox for whoever asks with ``--sandbox``: the only file that does. What it imitates is its own affair.

One sandbox serves all commands of a user: the first process runs it in a thread and holds a lock as long as it lives;
others read its address from the locked file, and hold a shared lock on a second one until they are done with it.
Nothing has to be cleaned up after a crash, since a lock dies with its process. What it remembers stays in a file, so
that the next command finds the meetings of the last.
"""

from __future__ import annotations

import fcntl
import json
import os
import time
from contextlib import ExitStack, contextmanager
from typing import IO, TYPE_CHECKING, Any

from zoomlink.config import Settings, data_folder, read_environment, wants_sandbox
from zoomlink.errors import ConfigurationError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence
    from pathlib import Path

__all__ = ["embedded", "from_env", "from_environ", "run", "threaded"]

PORT = 8765
STATE = "sandbox.state"
HOSTS, DOMAIN = "ZOOMLINK_HOSTS", "@sandbox.example"
LOCK, GUESTS = "sandbox.lock", "sandbox.guests"
NAP, PATIENCE = 0.02, 10.0
"""Seconds between looks at a lock, and how long the first process waits, before it ends, for those it serves."""
_ZOOM = ("ZOOM_ACCOUNT_ID", "ZOOM_CLIENT_ID", "ZOOM_CLIENT_SECRET", "ZOOM_OAUTH_URL", "ZOOM_API_URL")


@contextmanager
def embedded(environ: Mapping[str, str]) -> Iterator[dict[str, str]]:
    """Give an environment that leads to a sandbox: the one that is running, or one that runs while the block does.

    The real account's hosts and its ledger mean nothing there and are left out; hosts ``…@sandbox.example`` are kept.
    Raises ConfigurationError when zoomsandbox is not installed.
    """
    own = {*_ZOOM, HOSTS, "ZOOMLINK_DATABASE", "ZOOMLINK_ACCOUNTS", "ZOOMLINK_ACCOUNT"}
    if all(host.partition(":")[0].strip().endswith(DOMAIN) for host in environ.get(HOSTS, "").split(",")):
        own -= {HOSTS}  # they are the sandbox's own
    rest = {name: value for name, value in environ.items() if name not in own}
    with _registry(environ) as (file, running):
        if running is not None:
            yield {**rest, **running}
            return
        if file is None:  # nowhere to write to: links are forgotten along with the meetings
            rest["ZOOMLINK_DATABASE"] = "memory:"
        sandbox = _start(data_folder(environ) / STATE if file is not None else None)
        try:
            _register(file, sandbox.env)
            yield {**rest, **sandbox.env}
        finally:
            if file is not None:
                _wait_for_guests(file, data_folder(environ))
            sandbox.stop()


def run(arguments: Sequence[str]) -> int:
    """Run a sandbox in the foreground until it is stopped; `arguments` are zoomsandbox's own. Returns its exit code.

    While it runs, ``--sandbox`` leads to it, unless another one was there first. Without arguments it goes on where the
    last ``--sandbox`` stopped, so that the links made there open.
    """
    _zoomsandbox()
    from zoomsandbox.__main__ import main

    with ExitStack() as stack:
        file, running = stack.enter_context(_registry(os.environ))
        if running is not None:
            stack.close()  # nobody's guest: this one is a sandbox of its own
        words = list(arguments)
        if not words and file is not None:
            words = ["--state", str(data_folder(os.environ) / STATE)]
        return main(words, ready=lambda _, env: _register(file, env))


def from_env(account: str | None = None) -> tuple[Settings, Callable[[], None]]:
    """Read the settings, leading to a sandbox where ``ZOOMLINK_SANDBOX=1`` says so; and what to call in the end.

    `account`: which of ``ZOOMLINK_ACCOUNTS``. Raises ConfigurationError.
    """
    environ = read_environment()
    if account is not None:
        environ["ZOOMLINK_ACCOUNT"] = account
    return from_environ(environ)


def from_environ(environ: Mapping[str, str]) -> tuple[Settings, Callable[[], None]]:
    """The same for an environment that somebody else put together. Raises ConfigurationError."""
    running = ExitStack()
    if wants_sandbox(environ):
        environ = running.enter_context(embedded(environ))
    try:
        return Settings.from_env(environ), running.close
    except BaseException:
        running.close()
        raise


def threaded() -> Any:
    """Return a sandbox that runs in a thread while it is used as a context manager, on a free port, for tests.

    Zoom's limits are off, since tests are faster than people; its control plane switches them on.
    """
    server = _zoomsandbox()
    from zoomsandbox.options import Options

    return server.ThreadedSandbox(Options(limits=False))


def _start(state: Path | None) -> Any:
    """Start a sandbox in a thread, with what it remembers in `state`, on the usual port if that is free."""
    server = _zoomsandbox()
    from zoomsandbox.options import Options
    from zoomsandbox.state.exceptions import StateError

    try:
        sandbox = server.ThreadedSandbox(Options(state=state), port=PORT)
    except (StateError, OSError):  # a file in use, of another kind or out of reach: without a memory it works as well
        sandbox = server.ThreadedSandbox(port=PORT)
    try:
        return sandbox.start()
    except OSError:
        sandbox.stop()
    return server.ThreadedSandbox(sandbox.options, port=0).start()


def _zoomsandbox() -> Any:
    try:
        import zoomsandbox.server
    except ImportError as error:
        raise ConfigurationError(
            f"The sandbox needs a package that is not installed: {error.name}.", hint="pip install 'zoomlink[sandbox]'"
        ) from None
    return zoomsandbox.server


@contextmanager
def _registry(environ: Mapping[str, str]) -> Iterator[tuple[IO[str] | None, dict[str, str] | None]]:
    """Lock the file that says where the sandbox is; give it and None, or None and where the running one is.

    The running one stays while the block runs. Raises ConfigurationError when it does not say where it is.
    """
    folder = data_folder(environ)
    try:
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        file = (folder / LOCK).open("a+", encoding="utf-8")
    except OSError:  # no home to write to: a sandbox of this process alone will do
        yield None, None
        return
    until = time.monotonic() + 2 * PATIENCE
    with file:
        while not _locks(file, fcntl.LOCK_EX):
            # The other may be about to start, and not say yet where it is, or about to end, and not say it any more.
            with (folder / GUESTS).open("a") as guests:
                if _locks(guests, fcntl.LOCK_SH) and (running := _registered(file)) is not None:
                    if running.pop("pid") == str(os.getpid()):
                        guests.close()  # who ends it knows: it would wait for itself
                    yield None, running
                    return
            if time.monotonic() > until:
                raise ConfigurationError(
                    "Another process keeps the sandbox, and does not say where it is.",
                    hint=f"End it: it holds {folder / LOCK}.",
                )
            time.sleep(NAP)
        try:
            yield file, None
        finally:
            file.truncate(0)


def _wait_for_guests(file: IO[str], folder: Path) -> None:
    """Take the address away, so that nobody comes any more, and wait a while for those who are there."""
    file.truncate(0)
    until = time.monotonic() + PATIENCE
    with (folder / GUESTS).open("a") as guests:
        while not _locks(guests, fcntl.LOCK_EX) and time.monotonic() < until:
            time.sleep(NAP)


def _locks(file: IO[str], how: int) -> bool:
    try:
        fcntl.flock(file, how | fcntl.LOCK_NB)
    except OSError:
        return False
    return True


def _register(file: IO[str] | None, env: Mapping[str, str]) -> None:
    if file is None:
        return
    file.truncate(0)
    file.write(json.dumps({**env, "pid": os.getpid()}))
    file.flush()


def _registered(file: IO[str]) -> dict[str, str] | None:
    file.seek(0)
    try:
        found = json.loads(file.read())
        return {name: str(found[name]) for name in (*_ZOOM, "pid")}
    except (ValueError, KeyError, TypeError):
        return None
