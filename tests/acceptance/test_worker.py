"""``zoomlink worker`` as a process: what it makes, how it ends, what it says, and several of them on one PostgreSQL."""

from __future__ import annotations

import os
import re
import select
import signal
import subprocess
import time
from contextlib import ExitStack
from typing import TYPE_CHECKING, Any, Self

import pytest
from tests.acceptance.conftest import ZOOMLINK
from tests.integration.worker.ground import planning
from tests.postgres import GUARDED, PASSWORD, postgres, postgres_url

from zoomlink import LinkDesk, Settings
from zoomlink.worker.queue_tables import PREFIX, schema_name
from zoomsandbox.options import Options
from zoomsandbox.server import ThreadedSandbox

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tests.postgres import Postgres

__all__ = ["postgres", "postgres_url"]

LINE = re.compile(r"time=\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z level=(info|warning|error) \S.*")
PATIENCE = 30.0


class Worker:
    """A running ``zoomlink worker`` and the lines it has written."""

    def __init__(self, environ: dict[str, str], *words: str) -> None:
        self.lines: list[str] = []
        self._rest = b""
        self.process = subprocess.Popen(
            [ZOOMLINK, "worker", *words], env=environ, cwd=environ["HOME"], stderr=subprocess.PIPE
        )

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.process.kill()
        self.process.wait()
        assert self.process.stderr is not None
        self.process.stderr.close()

    def says(self, words: str) -> str:
        """Wait for a line that holds these words."""
        end = time.monotonic() + PATIENCE
        while not (found := [line for line in self.lines if words in line]):
            assert self._read(max(end - time.monotonic(), 0)), f"{words!r} is not in {self.lines}"
        return found[0]

    def stop(self, number: signal.Signals = signal.SIGTERM) -> int:
        """Send a signal, and return the exit code once it has ended."""
        self.process.send_signal(number)
        while self._read(PATIENCE):
            pass
        return self.process.wait(PATIENCE)

    def _read(self, seconds: float) -> bool:
        assert self.process.stderr is not None
        ready, _, _ = select.select([self.process.stderr], [], [], seconds)
        piece = os.read(self.process.stderr.fileno(), 65536) if ready else b""
        *lines, self._rest = (self._rest + piece).split(b"\n")
        self.lines += [line.decode() for line in lines]
        return bool(piece)


@pytest.fixture
def environ(to_sandbox: dict[str, str], home: Path) -> dict[str, str]:
    """An environment with a ledger in a file."""
    return {**to_sandbox, "ZOOMLINK_DATABASE": f"sqlite:///{home / 'ledger.db'}", "ZOOMLINK_PLAN": "none"}


@pytest.fixture
def desk(environ: dict[str, str]) -> Iterator[LinkDesk]:
    """The test's own desk on that ledger."""
    with LinkDesk(Settings.from_env(environ)) as opened:
        yield opened


def plan(desk: LinkDesk, *numbers: int, **given: Any) -> list[str]:
    return [desk.run(planning(desk.rules, number, **given)).row.id for number in numbers]


def comes_to(desk: LinkDesk, counts: dict[str, int]) -> None:
    end = time.monotonic() + PATIENCE
    while (found := desk.counts()) != counts:
        assert time.monotonic() < end, found
        time.sleep(0.02)


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_it_makes_what_is_planned_until_it_is_stopped(
    environ: dict[str, str], desk: LinkDesk, zoom_sandbox: Any, number: signal.Signals
) -> None:
    with Worker(environ) as worker:
        worker.says("worker ready accounts=1")
        links = plan(desk, 1, 2, topic="Canary topic", agenda="Canary agenda", passcode="C4nary")
        comes_to(desk, {"ready": 2})
        assert worker.stop(number) == 0
    assert len(zoom_sandbox.ledger) == 2
    for link in links:
        assert [line for line in worker.lines if f"link done link={link} state=ready attempt=1" in line]
    assert worker.lines[-1].endswith("worker stopped")
    assert [line for line in worker.lines if not LINE.fullmatch(line)] == []
    said = "\n".join(worker.lines).lower()
    secrets = ["canary", "c4nary", "sandbox-secret", *[str(one.join_url).lower() for one in desk.list().items]]
    assert [secret for secret in secrets if secret in said] == []


def test_what_is_in_flight_is_finished_first(environ: dict[str, str], desk: LinkDesk, zoom_sandbox: Any) -> None:
    zoom_sandbox.fail("latency", route="meetings.create", ms=1000)
    plan(desk, *range(5))
    with Worker(environ, "--concurrency", "2") as worker:
        comes_to(desk, {"planned": 3, "sending": 2})
        assert worker.stop() == 0
    assert desk.counts() == {"planned": 3, "ready": 2}


def test_a_second_signal_ends_it_at_once(environ: dict[str, str], desk: LinkDesk, zoom_sandbox: Any) -> None:
    zoom_sandbox.fail("hang-before-commit", route="meetings.create", seconds=600)
    plan(desk, 1)
    with Worker(environ) as worker:
        comes_to(desk, {"sending": 1})
        began = time.monotonic()
        worker.process.send_signal(signal.SIGTERM)
        worker.says("stopping signal=SIGTERM")
        assert worker.stop() == 130
        assert time.monotonic() - began < 20
    assert desk.counts() == {"sending": 1}


def test_once_goes_on_with_what_is_due_and_ends(environ: dict[str, str], desk: LinkDesk) -> None:
    plan(desk, 1, 2, 3)
    for said in ("Went on with 3 links.", "Went on with 0 links."):
        done = subprocess.run([ZOOMLINK, "worker", "--once"], env=environ, capture_output=True, text=True)
        assert (done.returncode, done.stderr.splitlines()[-1]) == (0, said)
    assert desk.counts() == {"ready": 3}


def test_wrong_credentials_end_one_sweep_and_not_a_worker(environ: dict[str, str], desk: LinkDesk) -> None:
    plan(desk, 1)
    wrong = {**environ, "ZOOM_CLIENT_SECRET": "another"}
    assert subprocess.run([ZOOMLINK, "worker", "--once"], env=wrong, stderr=subprocess.DEVNULL).returncode == 3
    with Worker(wrong) as worker:
        worker.says("sweep failed account=sandbox-account error=credentials")
        assert worker.stop() == 0
    assert desk.counts() == {"planned": 1}


@pytest.mark.parametrize("given", ["0", "501", "many"])
def test_an_odd_number_of_hands_is_refused(environ: dict[str, str], given: str) -> None:
    done = subprocess.run([ZOOMLINK, "worker", "--concurrency", given], env=environ, capture_output=True, text=True)
    assert done.returncode == 2
    assert "--concurrency" in done.stderr


def test_a_ledger_of_a_newer_version_is_refused_with_what_to_do(environ: dict[str, str], desk: LinkDesk) -> None:
    import sqlite3

    with sqlite3.connect(environ["ZOOMLINK_DATABASE"].removeprefix("sqlite:///")) as raw:
        raw.execute("UPDATE zoomlink_schema SET version = 9999")
    raw.close()
    done = subprocess.run([ZOOMLINK, "worker"], env=environ, capture_output=True, text=True)
    assert done.returncode == 3
    assert "The ledger has schema 9999" in done.stderr
    assert "install that version" in done.stderr


def test_whoever_watches_over_it_sees_that_it_is_alive(environ: dict[str, str], home: Path) -> None:
    with Worker(environ, "--alive", str(home / "alive")) as worker:
        end = time.monotonic() + PATIENCE
        while not (home / "alive").exists():
            assert time.monotonic() < end
            time.sleep(0.02)
        (home / "alive").unlink()
        while not (home / "alive").exists():  # it is touched again and again
            assert time.monotonic() < end
            time.sleep(0.02)
        assert worker.stop() == 0


def test_it_serves_all_accounts_or_the_one_it_is_told(bare: dict[str, str], home: Path) -> None:
    with ExitStack() as stack:
        desks = {}
        tables = []
        for name in ("school", "clinic"):
            options = Options(account_id=f"account-{name}", limits=False)
            sandbox = stack.enter_context(ThreadedSandbox(options))
            names = {**sandbox.env, "ZOOMLINK_DATABASE": f"sqlite:///{home / 'ledger.db'}", "ZOOMLINK_PLAN": "none"}
            desks[name] = stack.enter_context(LinkDesk(Settings.from_env(names)))
            fields = {
                field: sandbox.env[f"ZOOM_{field.upper()}"]
                for field in ("account_id", "client_id", "client_secret", "oauth_url", "api_url")
            }
            fields |= {"database": names["ZOOMLINK_DATABASE"], "plan": "none"}
            tables.append("\n".join([f"[{name}]", *(f'{field} = "{value}"' for field, value in fields.items())]))
        (home / "accounts.toml").write_text("\n\n".join(tables))
        environ = {**bare, "ZOOMLINK_ACCOUNTS": str(home / "accounts.toml")}
        for desk in desks.values():
            plan(desk, 1)
        subprocess.run([ZOOMLINK, "--account", "clinic", "worker", "--once"], env=environ, check=True)
        assert [desk.counts() for desk in desks.values()] == [{"planned": 1}, {"ready": 1}]
        with Worker(environ) as worker:
            worker.says("worker ready accounts=2")
            comes_to(desks["school"], {"ready": 1})
            plan(desks["clinic"], 2)
            comes_to(desks["clinic"], {"ready": 2})
            assert worker.stop() == 0


def test_workers_that_start_at_once_on_an_empty_postgresql_share_the_work(
    environ: dict[str, str], zoom_sandbox: Any, postgres_url: str
) -> None:
    import psycopg

    shared = {**environ, "ZOOMLINK_DATABASE": postgres_url}
    with ExitStack() as stack:
        workers = [stack.enter_context(Worker(shared, "--concurrency", "2")) for _ in range(3)]
        for worker in workers:
            worker.says("worker ready")
        desk = stack.enter_context(LinkDesk(Settings.from_env(shared)))
        plan(desk, *range(40))
        comes_to(desk, {"ready": 40})
        assert [worker.stop() for worker in workers] == [0, 0, 0]
    assert len(zoom_sandbox.ledger) == 40
    made = [sum("link done" in line for line in worker.lines) for worker in workers]
    assert sum(made) == 40
    assert min(made) > 0
    assert [line for worker in workers for line in worker.lines if not LINE.fullmatch(line)] == []
    with psycopg.connect(postgres_url) as connection:
        found = connection.execute("SELECT nspname FROM pg_namespace WHERE nspname LIKE %s", (f"{PREFIX}%",)).fetchall()
        assert found == [(schema_name(),)]
        for table in ("jobs", "workers"):
            left = connection.execute(f"SELECT count(*) FROM {schema_name()}.procrastinate_{table}").fetchone()  # noqa: S608
            assert left == (0,)


def test_a_role_that_may_not_make_the_tables_is_told_so_at_once(
    environ: dict[str, str], postgres: Postgres, postgres_url: str
) -> None:
    import psycopg

    with psycopg.connect(postgres_url) as connection:
        connection.execute(f"GRANT ALL ON SCHEMA public TO {GUARDED}")
    guarded = postgres.url(postgres_url.rpartition("/")[2], user=GUARDED, password=PASSWORD)
    shared = {**environ, "ZOOMLINK_DATABASE": guarded}
    done = subprocess.run([ZOOMLINK, "worker"], env=shared, capture_output=True, text=True, timeout=60)
    assert done.returncode == 3
    assert "GRANT CREATE ON DATABASE" in done.stderr
    assert PASSWORD not in done.stderr


def test_a_new_link_is_picked_up_within_about_a_second(environ: dict[str, str], postgres_url: str) -> None:
    shared = {**environ, "ZOOMLINK_DATABASE": postgres_url}
    with Worker(shared) as worker, LinkDesk(Settings.from_env(shared)) as desk:
        plan(desk, 0)
        comes_to(desk, {"ready": 1})  # it has its token
        waits = []
        for number in range(1, 6):
            began = time.monotonic()
            plan(desk, number)
            comes_to(desk, {"ready": number + 1})
            waits.append(time.monotonic() - began)
        assert worker.stop() == 0
    assert sorted(waits)[2] < 1.5, waits
