"""A real PostgreSQL for tests: the system's own server on a port of its own, its files in a temporary folder.

    with Postgres() as postgres:
        url = postgres.fresh()      # a new, empty database
        postgres.restart("immediate")

Tests ask for the fixtures `postgres` (one server for each worker process) and `postgres_url` (a new database).
"""

from __future__ import annotations

import os
import pwd
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from itertools import count
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, Self

import pytest

if TYPE_CHECKING:
    from collections.abc import Iterator

Mode = Literal["smart", "fast", "immediate"]

__all__ = ["GUARDED", "PASSWORD", "Postgres", "postgres", "postgres_url"]

ROLE = "zoomlink"
GUARDED, PASSWORD = "guarded", "pg-canary-7f3a"
"""The one role that has to say a password."""

_PATIENCE = 120.0
_SIGNALS = {"smart": signal.SIGTERM, "fast": signal.SIGINT, "immediate": signal.SIGQUIT}
_SETTINGS = {
    "listen_addresses": "127.0.0.1",
    "unix_socket_directories": "",
    "max_connections": "200",
    "shared_buffers": "32MB",
    "fsync": "on",
    "timezone": "UTC",
    "jit": "off",
}
_ACCESS = f"""\
host all {GUARDED} 127.0.0.1/32 scram-sha-256
host all all 127.0.0.1/32 trust
"""


class Postgres:
    """A server that runs between `start` and `stop`. Its databases last as long as the object."""

    def __init__(self) -> None:
        self._bin = _binaries()
        # PostgreSQL does not run as root; whoever else we are, it may be as well.
        self._user: dict[str, Any] = _unprivileged() if os.geteuid() == 0 else {}
        self._folder = Path(tempfile.mkdtemp(prefix="zoomlink-postgres-"))
        self._data, self._log = self._folder / "data", self._folder / "log"
        if self._user:
            os.chown(self._folder, self._user["user"], self._user["group"])
        self._server: subprocess.Popen[bytes] | None = None
        self._watch: subprocess.Popen[bytes] | None = None
        self._numbers = count(1)
        self._make()
        self.port = _free_port()

    def __enter__(self) -> Self:
        self.start()
        with self._admin() as admin:
            admin.execute(f"CREATE ROLE {GUARDED} LOGIN PASSWORD '{PASSWORD}'")
        return self

    def __exit__(self, *_: object) -> None:
        self.stop("immediate")
        shutil.rmtree(self._folder, ignore_errors=True)

    def url(self, database: str = "postgres", *, user: str = ROLE, password: str = "") -> str:
        """The address of a database."""
        said = f":{password}" if password else ""
        return f"postgresql://{user}{said}@127.0.0.1:{self.port}/{database}"

    def fresh(self) -> str:
        """Make a new, empty database and return its address."""
        name = f"test_{next(self._numbers)}"
        with self._admin() as admin:
            admin.execute(f"CREATE DATABASE {name}")
        return self.url(name)

    def drop(self, url: str) -> None:
        """Remove a database, whoever uses it: a server with hundreds of them takes long to stop."""
        with self._admin() as admin:
            admin.execute(f"DROP DATABASE {url.rpartition('/')[2]} WITH (FORCE)")

    def start(self) -> None:
        """Start the server, and wait until it answers."""
        command = [str(self._bin / "postgres"), "-D", str(self._data), "-p", str(self.port)]
        for name, value in _SETTINGS.items():
            command += ["-c", f"{name}={value}"]
        with self._log.open("ab") as log:
            self._server = subprocess.Popen(
                command, stdin=subprocess.DEVNULL, stdout=log, stderr=log, cwd="/", start_new_session=True, **self._user
            )
        # The server ends with us, however we end: the pipe closes then.
        self._watch = subprocess.Popen(
            ["sh", "-c", f"cat >/dev/null; kill -QUIT {self._server.pid}"],
            stdin=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
        )
        self._await()

    def stop(self, mode: Mode = "fast") -> None:
        """Stop the server: `smart` waits for clients, `fast` ends them, `immediate` leaves all as in a crash."""
        server, watch, self._server, self._watch = self._server, self._watch, None, None
        if watch is not None:
            watch.kill()
            watch.wait()
            if watch.stdin is not None:
                watch.stdin.close()
        if server is not None:
            server.send_signal(_SIGNALS[mode])
            server.wait(_PATIENCE)

    def restart(self, mode: Mode = "fast") -> None:
        """Stop and start."""
        self.stop(mode)
        self.start()

    def _make(self) -> None:
        command = [str(self._bin / "initdb"), "-D", str(self._data), "-U", ROLE, "-A", "trust", "-E", "UTF8"]
        command += ["--locale=C.UTF-8", "--no-sync", "--no-instructions"]
        made = subprocess.run(command, capture_output=True, text=True, cwd="/", **self._user)
        if made.returncode:
            raise RuntimeError(f"initdb: {made.stderr.strip() or made.stdout.strip()}")
        (self._data / "pg_hba.conf").write_text(_ACCESS)

    def _await(self) -> None:
        import psycopg

        end = time.monotonic() + _PATIENCE
        while True:
            try:
                self._admin().close()
            except psycopg.OperationalError as error:
                stopped = self._server is None or self._server.poll() is not None
                if stopped or time.monotonic() > end:
                    said = self._log.read_text(errors="replace")[-2000:]
                    self.stop("immediate")
                    raise RuntimeError(f"PostgreSQL does not start: {error}\n{said}") from error
                time.sleep(0.02)  # it says nowhere but here that it is there
            else:
                return

    def _admin(self) -> Any:
        import psycopg

        return psycopg.connect(self.url(), autocommit=True, connect_timeout=5)


def _binaries() -> Path:
    """The folder of the newest server there is."""
    found = [path.parent for path in Path("/usr/lib/postgresql").glob("*/bin/postgres")]
    if found:
        return max(found, key=lambda folder: float(folder.parent.name))
    named = shutil.which("postgres")
    if named is None:
        raise RuntimeError("The tests need PostgreSQL's server: say `make system`, or install it (Debian: postgresql).")
    return Path(named).resolve().parent


def _unprivileged() -> dict[str, Any]:
    for name in ("postgres", "nobody"):
        try:
            entry = pwd.getpwnam(name)
        except KeyError:
            continue
        return {"user": entry.pw_uid, "group": entry.pw_gid, "extra_groups": []}
    raise RuntimeError("PostgreSQL does not run as root, and there is neither a user postgres nor nobody.")


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
    return port


_running: list[Postgres] = []
_users = count()


@pytest.fixture(scope="session")
def postgres() -> Iterator[Postgres]:
    """A server for all tests of this process. Whoever stops it starts it again."""
    # Every folder of tests that imports this fixture has one of its own: the server is the same, and the last one out
    # ends it.
    if not _running:
        _running.append(Postgres().__enter__())
    _inside.add(user := next(_users))
    yield _running[0]
    _inside.discard(user)
    if not _inside:
        _running.pop().__exit__(None, None, None)


_inside: set[int] = set()


@pytest.fixture
def postgres_url(postgres: Postgres) -> Iterator[str]:
    """A new, empty database."""
    url = postgres.fresh()
    yield url
    postgres.drop(url)
