"""What was acknowledged stays: the process killed, the disk full or failing, the database restarted."""

from __future__ import annotations

import random
import socket
import socketserver
import sqlite3
import subprocess
import threading
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from itertools import count
from typing import TYPE_CHECKING, Any, Literal

import psycopg
import pytest
from tests.integration.store.ground import ACCOUNT, ROOT, TORTURE, link, python, python_command

from zoomlink.errors import LedgerError
from zoomlink.secret import Secret
from zoomlink.store.ops import List, Plan
from zoomlink.store.postgres import PostgresStore
from zoomlink.store.sqlite import SQLiteStore

if TYPE_CHECKING:
    from pathlib import Path

    from tests.postgres import Postgres

WRITING = """
import sys
from tests.integration.store.ground import NOW, link
from zoomlink.errors import LedgerError
from zoomlink.secret import Secret
from zoomlink.store.opening import open_database
from zoomlink.store.ops import Begin, Pacing, Plan
address, first, count = sys.argv[1], int(sys.argv[2]), int(sys.argv[3])
try:
    store = open_database(Secret(address))
    for number in range(first, first + count):
        row = link(number)
        begin = Begin(row.id, "claim", NOW, 60_000, Pacing("medium", 1000, 10**9), 10**9)
        store.carry_out(Plan(row, begin))
        print(row.id, flush=True)
    store.close()
except LedgerError as error:
    sys.exit(f"{error.message}")
"""


def there(path: Path) -> set[str]:
    """The ids of all links in a file that is sound, as our own store reads it."""
    store = SQLiteStore(path)
    with store.connection() as connection:
        assert connection.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
    found = {row.id for row in store.carry_out(List(ACCOUNT, limit=10**9))}
    store.close()
    return found


def test_a_killed_process_loses_nothing_that_it_acknowledged(path: Path) -> None:
    chance = random.Random(4711)  # noqa: S311 - the same moments each time
    acknowledged: set[str] = set()
    tried = 0
    for _ in range(500 if TORTURE else 50):
        command = python_command(WRITING, f"sqlite:///{path}", str(tried), "1000000")
        writer = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, cwd=ROOT)
        assert writer.stdout is not None
        # Anywhere after so many lines: in the next operation, or between two.
        wanted = chance.randrange(1, 60)
        lines = [writer.stdout.readline() for _ in range(wanted)]
        if chance.random() < 0.5:
            threading.Event().wait(chance.random() * 0.002)
        writer.kill()
        # Not communicate(): what was read ahead along with a line would be lost to it.
        assert writer.stderr is not None
        with writer.stdout, writer.stderr:
            rest, problem = writer.stdout.read(), writer.stderr.read()
        assert (problem, writer.wait()) == ("", -9)
        said, _, _ = ("".join(lines) + rest).rpartition("\n")  # a half of a line says nothing
        acknowledged |= set(said.split())
        tried += 10_000
        found = there(path)
        assert acknowledged <= found
    # At each kill one operation at most was under way that nobody was told of.
    assert len(there(path)) - len(acknowledged) <= tried // 10_000
    print(f"{tried // 10_000} kills, {len(acknowledged)} links acknowledged, {len(there(path))} there")


FAULTS = ["pwrite64:error=ENOSPC", "pwrite64:error=EIO", "fdatasync:error=EIO", "ftruncate:error=EIO"]


@pytest.mark.parametrize("fault", FAULTS)
def test_a_disk_that_fails_at_any_point_is_said_and_loses_nothing(tmp_path: Path, fault: str) -> None:
    call = fault.partition(":")[0]
    points = late = 0
    everything = {link(each).id for each in range(4)}
    stride = 1 if TORTURE or call != "pwrite64" else 7
    for number in count(1, stride):
        path = tmp_path / str(number) / "ledger.db"
        trace = tmp_path / f"trace-{number}"
        strace = ["strace", "-f", "-qq", "-o", str(trace), "-e", f"trace={call}", "-e", f"inject={fault}:when={number}"]
        ended = python(WRITING, f"sqlite:///{path}", "0", "4", prefix=strace)
        struck = "(INJECTED)" in trace.read_text()
        _check_ended(ended, fault if struck else "")
        acknowledged = set(ended.stdout.split())
        found = there(path)
        # What was not acknowledged may be there all the same, wholly: a log that could not be synced can still be read.
        assert acknowledged <= found <= everything
        assert len(found - acknowledged) <= 1
        late += len(found - acknowledged)
        # The same again, on a disk that works.
        store = SQLiteStore(path)
        again = [store.carry_out(Plan(link(each))) for each in range(4)]
        store.close()
        assert {each.row.id for each in again if each.created} == everything - found
        assert there(path) == everything
        if not struck:
            break
        points += 1
    assert points >= 1
    print(f"{fault}: {points} points, {late} links there without an answer")


def _check_ended(ended: subprocess.CompletedProcess[str], fault: str) -> None:
    if ended.returncode == 0:
        return  # SQLite went on without, as when it only copies its log back
    assert fault, ended.stderr
    assert (ended.returncode, ended.stderr.count("\n")) == (1, 1), ended.stderr
    full, failed = "The disk is full: nothing was written to /", "The disk failed with /"
    # Where SQLite cannot make room for its shared memory, it does not say why; that is taken for a full disk.
    assert ended.stderr.startswith(full if fault.endswith("ENOSPC") else (full, failed)), ended.stderr


def test_a_disk_that_fails_again_and_again_leaves_a_store_that_works(path: Path) -> None:
    # One process meets every fault in turn and goes on, as a service does.
    code = WRITING.replace("store.carry_out(Plan(row, begin))", "go_on(row, begin)").replace(
        "try:",
        """
def go_on(row, begin):
    while True:
        try:
            return store.carry_out(Plan(row, begin))
        except LedgerError as error:
            print(error.message, file=sys.stderr)
try:""",
        1,
    )
    assert python(WRITING, f"sqlite:///{path}", "0", "1").returncode == 0
    fault = ["-e", "inject=fdatasync:error=EIO:when=2+3", "-e", "inject=pwrite64:error=ENOSPC:when=50+45"]
    strace = ["strace", "-f", "-qq", "-o", "/dev/null", "-e", "trace=fdatasync,pwrite64", *fault]
    ended = python(code, f"sqlite:///{path}", "1", "40", prefix=strace)
    assert ended.returncode == 0, ended.stderr
    said = {line.partition("ledger.db")[2] or line.partition(" /")[0] for line in ended.stderr.splitlines()}
    assert said <= {": nothing was written.", "", "."}
    assert len(ended.stderr.splitlines()) >= 10
    assert there(path) == {link(number).id for number in range(41)}


def test_a_full_disk_is_said_and_room_makes_all_well(path: Path) -> None:
    # A limit on the size of files stands for a small disk: it can be given to one process alone.
    code = "import resource; resource.setrlimit(resource.RLIMIT_FSIZE, (1_000_000, 1_000_000))\n"
    code += "import signal; signal.signal(signal.SIGXFSZ, signal.SIG_IGN)\n" + WRITING
    ended = python(code, f"sqlite:///{path}", "0", "100000")
    assert (ended.returncode, ended.stderr.count("\n")) == (1, 1), ended.stderr
    assert ended.stderr.startswith(("The disk is full", "The disk failed")), ended.stderr
    acknowledged = set(ended.stdout.split())
    assert len(acknowledged) > 20
    assert there(path) == acknowledged
    again = python(WRITING, f"sqlite:///{path}", str(len(acknowledged)), "5")
    assert (again.returncode, again.stderr) == (0, "")
    assert len(there(path)) == len(acknowledged) + 5


def test_what_a_killed_process_left_is_read_by_any_sqlite(path: Path) -> None:
    command = python_command(WRITING, f"sqlite:///{path}", "0", "1000000")
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, cwd=ROOT) as writer:
        assert writer.stdout is not None
        acknowledged = [writer.stdout.readline().strip() for _ in range(30)]
        writer.kill()
    connection = sqlite3.connect(path)
    found = [row[0] for row in connection.execute("SELECT id FROM zoomlink_links ORDER BY id")]
    connection.close()
    assert found[:30] == acknowledged


# -- PostgreSQL --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("mode", ["fast", "immediate"])
def test_postgresql_restarted_while_threads_write_loses_nothing(
    postgres: Postgres, mode: Literal["fast", "immediate"]
) -> None:
    acknowledged: list[list[str]] = [[] for _ in range(4)]
    ended = threading.Event()

    def write(number: int) -> None:
        while not ended.is_set():
            row = link(100_000 * number + len(acknowledged[number]))
            assert store.carry_out(Plan(row)).row == row
            acknowledged[number].append(row.id)

    def all_go_on() -> None:
        before = [len(some) for some in acknowledged]
        for _ in range(3000):
            if all(len(some) > count + 10 for some, count in zip(acknowledged, before, strict=True)):
                return
            ended.wait(0.01)
        raise AssertionError("a thread stands still")

    with closing(PostgresStore(Secret(postgres.fresh()))) as store:
        with ThreadPoolExecutor(4) as threads:
            writing = [threads.submit(write, number) for number in range(4)]
            try:
                for _ in range(20 if TORTURE else 3):
                    all_go_on()
                    postgres.restart(mode)
                all_go_on()
            finally:
                ended.set()
        for each in writing:
            each.result()
        found = {row.id for row in store.carry_out(List(ACCOUNT, limit=10**9))}
    # Each was repeated until it was acknowledged, so nothing else is there either.
    assert found == {each for some in acknowledged for each in some}


def test_postgresql_that_stays_away_is_said_after_a_while(postgres: Postgres) -> None:
    url = postgres.fresh()
    store = PostgresStore(Secret(url), patience=0.3)
    postgres.stop()
    try:
        with pytest.raises(LedgerError, match=r"^The ledger in PostgreSQL cannot be used: .*127\.0\.0\.1") as raised:
            store.carry_out(Plan(link(1)))
        with pytest.raises(LedgerError, match="The ledger in PostgreSQL cannot be used"):
            PostgresStore(Secret(url))
    finally:
        postgres.start()
    assert raised.value.hint == "Look at ZOOMLINK_DATABASE and at the database; then repeat it with the same key."
    assert store.carry_out(Plan(link(1))).created
    store.close()


COMING = b"SFATAL\0VFATAL\0C57P03\0Mthe database system is starting up\0\0"


class Coming(socketserver.ThreadingTCPServer):
    """A database that is starting up: it says so to the first who come, then it is there."""

    daemon_threads = True

    def __init__(self, port: int, times: int) -> None:
        super().__init__(("127.0.0.1", 0), socketserver.BaseRequestHandler)
        self.port, self.left = port, times

    def finish_request(self, request: Any, client_address: Any) -> None:
        if self.left:
            self.left -= 1
            request.recv(1000)
            request.sendall(b"E" + (len(COMING) + 4).to_bytes(4) + COMING)
            return
        with socket.create_connection(("127.0.0.1", self.port)) as real, ThreadPoolExecutor(2) as threads:
            for one, other in ((request, real), (real, request)):
                threads.submit(_carry, one, other)


def _carry(one: socket.socket, other: socket.socket) -> None:
    while data := one.recv(65536):
        other.sendall(data)
    other.shutdown(socket.SHUT_WR)


def test_a_database_that_is_starting_up_is_waited_for(postgres: Postgres) -> None:
    url = postgres.fresh()
    # At the pauses between the tries, longer than one is waited for that says nothing.
    with Coming(postgres.port, times=6) as coming:
        threading.Thread(target=coming.serve_forever, daemon=True).start()
        here = url.replace(f":{postgres.port}", f":{coming.server_address[1]}")
        store = PostgresStore(Secret(f"{here}?sslmode=disable"))
        assert (coming.left, store.carry_out(Plan(link(1))).created) == (0, True)
        store.close()
        coming.shutdown()


def test_of_the_connections_of_many_threads_a_few_are_kept(postgres_url: str) -> None:
    store = PostgresStore(Secret(postgres_url))
    together = threading.Barrier(20)

    def hold(_: int) -> None:
        with store.connection():
            together.wait(60)

    with ThreadPoolExecutor(20) as threads:
        list(threads.map(hold, range(20)))
    there = "SELECT count(*) FROM pg_stat_activity WHERE application_name = 'zoomlink' AND datname = current_database()"
    with psycopg.connect(postgres_url, autocommit=True) as raw:
        # The server takes a moment to take leave of those that were closed.
        counts = (raw.execute(there).fetchone() for _ in range(100_000))
        assert next(found for found in counts if found is not None and found[0] <= 4) == (4,)
    assert store.carry_out(Plan(link(1))).created
    store.close()


def test_a_plan_whose_answer_a_restart_took_is_known_again(postgres: Postgres) -> None:
    store = PostgresStore(Secret(postgres.fresh()))
    assert store.carry_out(Plan(link(1))).created
    postgres.restart("immediate")
    answer: Any = store.carry_out(Plan(link(1)))
    store.close()
    assert (answer.row, answer.created) == (link(1), False)
