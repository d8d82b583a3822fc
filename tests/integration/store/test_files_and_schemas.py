"""Opening: who may read the files, which schemas are known, what is said of a ledger that cannot be used."""

from __future__ import annotations

import os
import signal
import sqlite3
import stat
import subprocess
import threading
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, nullcontext
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

import psycopg
import pytest
from tests.integration.store.ground import ACCOUNT, ROOT, link, python, python_command
from tests.postgres import GUARDED, PASSWORD

from zoomlink.errors import ConfigurationError, LedgerError, ZoomLinkError
from zoomlink.secret import Secret
from zoomlink.store.gate import Gate, GateTimeoutError
from zoomlink.store.migrations import NEWEST, migrate, steps, version
from zoomlink.store.opening import open_database
from zoomlink.store.ops import Counts, Get, Mentions, Plan
from zoomlink.store.postgres import PostgresStore, shown
from zoomlink.store.sqlite import SQLiteStore

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from tests.postgres import Postgres


NEXT = (
    NEWEST + 1,
    "ALTER TABLE zoomlink_links ADD COLUMN colour TEXT;\n-- a note\nCREATE TABLE zoomlink_more (a TEXT);",
)
BROKEN = (NEWEST + 1, "ALTER TABLE zoomlink_links ADD COLUMN colour TEXT; CREATE TABLE zoomlink_links (a TEXT);")


def said(error: pytest.ExceptionInfo[Any]) -> str:
    """All that anybody could come to see of an error, its causes included."""
    chain: list[str] = []
    cause: BaseException | None = error.value
    while cause is not None:
        chain += [str(cause), repr(cause)]
        cause = cause.__cause__ or cause.__context__
    return "\n".join(chain)


# -- schemas -----------------------------------------------------------------------------------------------------------


def test_the_steps_are_numbered_without_a_gap_up_to_the_newest() -> None:
    assert [number for number, _ in steps()] == list(range(1, NEWEST + 1))


def test_an_empty_database_gets_the_newest_schema(address: str) -> None:
    store = open_database(Secret(address))
    with store.connection() as connection:
        assert version(connection) == NEWEST
    store.close()


def test_an_older_schema_is_brought_to_the_newest_and_keeps_its_rows(address: str) -> None:
    store = open_database(Secret(address))
    store.carry_out(Plan(link(1)))
    known = [*steps(), NEXT]
    with store.connection() as connection:
        migrate(connection, nullcontext(), NEWEST, known)
    with store.connection() as connection:
        assert version(connection) == NEXT[0]
        assert connection.execute("SELECT id, colour FROM zoomlink_links").fetchall() == [(link(1).id, None)]
        assert connection.execute("SELECT * FROM zoomlink_more").fetchall() == []
        migrate(connection, nullcontext(), NEXT[0], known)  # nothing is left to do
    assert store.carry_out(Get(link(1).id)) == link(1)
    store.close()


def test_a_step_that_fails_half_way_leaves_the_old_schema(address: str) -> None:
    store = open_database(Secret(address))
    store.carry_out(Plan(link(1)))
    with pytest.raises(LedgerError, match="zoomlink_links"), store.connection() as connection:
        migrate(connection, nullcontext(), NEWEST, [*steps(), BROKEN])
    with store.connection() as connection:
        assert version(connection) == NEWEST
    with pytest.raises(LedgerError, match="colour"), store.connection() as connection:
        connection.execute("SELECT colour FROM zoomlink_links")
    assert store.carry_out(Plan(link(2))).created
    store.close()


KILLED = """
import os, sys
from contextlib import nullcontext
from zoomlink.secret import Secret
from zoomlink.store.migrations import NEWEST, migrate, steps
from zoomlink.store.opening import open_database
class Mortal:
    def __init__(self, dialect, life):
        self.dialect, self.life = dialect, life
    def execute(self, statement, values=()):
        if self.life == 0:
            os.kill(os.getpid(), 9)
        self.life -= 1
        return self.dialect.execute(statement, values)
step = (NEWEST + 1, "CREATE TABLE zoomlink_a (a TEXT); CREATE TABLE zoomlink_b (b TEXT)")
with open_database(Secret(sys.argv[1])).connection() as connection:
    migrate(Mortal(connection, int(sys.argv[2])), nullcontext(), NEWEST, [*steps(), step])
    os.kill(os.getpid(), 9)
"""


def test_a_process_killed_at_any_statement_of_a_step_leaves_the_old_schema(address: str) -> None:
    store = open_database(Secret(address))
    store.carry_out(Plan(link(1)))
    for life in range(7):
        assert python(KILLED, address, str(life)).returncode == -9
        assert store.carry_out(Get(link(1).id)) == link(1)
        with store.connection() as connection:
            assert version(connection) == NEWEST
    for table in ("zoomlink_a", "zoomlink_b"):
        with pytest.raises(LedgerError), store.connection() as connection:
            connection.execute(f"SELECT * FROM {table}")  # noqa: S608
    store.close()


def test_a_schema_killed_while_it_was_made_is_made_again(path: Path) -> None:
    path.parent.mkdir()
    path.touch(0o600)  # all that is left of it
    store = SQLiteStore(path)
    assert store.carry_out(Plan(link(1))).created
    store.close()


def test_a_newer_schema_is_refused_and_left_as_it_is(path: Path) -> None:
    SQLiteStore(path).close()
    with closing(sqlite3.connect(path)) as raw, raw:
        raw.execute("UPDATE zoomlink_schema SET version = 7")
        raw.commit()
        raw.execute("PRAGMA journal_mode = delete")
    before = path.read_bytes()
    with pytest.raises(LedgerError) as raised:
        SQLiteStore(path)
    assert raised.value.message == (f"The ledger has schema 7, and this version of zoomlink knows only up to {NEWEST}.")
    assert raised.value.hint == (
        "A newer zoomlink has been here: install that version, or name another ZOOMLINK_DATABASE."
    )
    assert path.read_bytes() == before
    assert sorted(file.name for file in path.parent.iterdir()) == ["ledger.db", "ledger.db-gate"]


def test_a_newer_schema_in_postgresql_is_refused_and_left_as_it_is(postgres_url: str) -> None:
    PostgresStore(Secret(postgres_url)).close()
    with psycopg.connect(postgres_url, autocommit=True) as raw:
        raw.execute("UPDATE zoomlink_schema SET version = 7")
        with pytest.raises(LedgerError, match=rf"^The ledger has schema 7, and .* only up to {NEWEST}\."):
            PostgresStore(Secret(postgres_url))
        assert raw.execute("SELECT version FROM zoomlink_schema").fetchall() == [(7,)]
        # Nothing is left open either.
        mine = (
            "SELECT count(*) FROM pg_stat_activity WHERE application_name = 'zoomlink' AND datname = current_database()"
        )
        _until(lambda: raw.execute(mine).fetchone() == (0,))


def test_many_threads_open_an_empty_ledger_at_once(address: str) -> None:
    with ThreadPoolExecutor(8) as threads:
        stores = list(threads.map(lambda _: open_database(Secret(address)), range(8)))
    created = [stores[number].carry_out(Plan(link(number))).created for number in range(8)]
    assert created == [True] * 8
    assert stores[0].carry_out(Counts(ACCOUNT)) == {"planned": 8}
    for store in stores:
        store.close()


# -- files -------------------------------------------------------------------------------------------------------------


def test_the_files_are_for_their_owner_only(path: Path) -> None:
    before = os.umask(0)
    try:
        store = SQLiteStore(path)
        store.carry_out(Plan(link(1)))
    finally:
        os.umask(before)
    modes = {file.name: stat.S_IMODE(file.stat().st_mode) for file in (path.parent, *path.parent.iterdir())}
    assert modes == {
        "zoomlink": 0o700,
        "ledger.db": 0o600,
        "ledger.db-wal": 0o600,
        "ledger.db-shm": 0o600,
        "ledger.db-gate": 0o600,
    }
    store.close()


def test_every_commit_is_synced(path: Path) -> None:
    store = SQLiteStore(path)
    with store.connection() as connection:
        asked = [connection.execute(f"PRAGMA {name}").fetchone()[0] for name in ("synchronous", "journal_mode")]
    store.close()
    assert asked == [2, "wal"]


def _text(path: Path) -> None:
    path.write_text("topic,start\nLesson,2031-06-04\n" * 100)


def _cut(path: Path) -> None:
    SQLiteStore(path).close()
    path.write_bytes(path.read_bytes()[:5000])


def _zeroed(path: Path) -> None:
    SQLiteStore(path).close()
    whole = path.read_bytes()
    path.write_bytes(whole[:100] + bytes(len(whole) - 100))


@pytest.mark.parametrize("damage", [_text, _cut, _zeroed])
def test_a_damaged_file_or_another_kind_of_file_is_said_to_be_one(path: Path, damage: Callable[[Path], None]) -> None:
    path.parent.mkdir(parents=True)
    damage(path)
    with pytest.raises(LedgerError) as raised:
        SQLiteStore(path).carry_out(Plan(link(1)))
    assert raised.value.message == f"The file {path} is damaged, or is no ledger."
    assert raised.value.hint is not None
    assert "zoomlink ledger rebuild" in raised.value.hint


def test_a_page_that_is_damaged_later_is_said_to_be(path: Path) -> None:
    store = SQLiteStore(path)
    for number in range(200):
        store.carry_out(Plan(link(number)))
    store.close()
    whole = bytearray(path.read_bytes())
    for start in range(4096, len(whole), 4096):
        if b"Europe/Berlin" in whole[start : start + 4096]:  # rows of links
            whole[start : start + 200] = b"\xff" * 200
    path.write_bytes(whole)
    store = SQLiteStore(path)
    with pytest.raises(LedgerError, match=r"is damaged, or is no ledger\."):
        store.carry_out(Mentions(ACCOUNT, "what stands nowhere"))
    store.close()


def test_a_folder_in_place_of_the_file_is_said(path: Path) -> None:
    path.mkdir(parents=True)
    with pytest.raises(LedgerError) as raised:
        SQLiteStore(path)
    assert str(raised.value) == (
        f"The ledger {path} cannot be opened: Is a directory. "
        "Make the folder writable, or set ZOOMLINK_DATABASE to another place."
    )


def test_a_file_in_place_of_the_folder_is_said(path: Path) -> None:
    path.parent.touch()
    with pytest.raises(LedgerError, match=r"cannot be opened: (Not a directory|File exists)\. Make the folder"):
        SQLiteStore(path)


AS_NOBODY = """
import os, sys
from zoomlink.errors import LedgerError
from zoomlink.store.ops import Plan
from zoomlink.store.sqlite import SQLiteStore
from tests.integration.store.ground import link
if os.geteuid() == 0:
    os.setgid(65534)
    os.setuid(65534)
try:
    store = SQLiteStore(sys.argv[1])
    store.carry_out(Plan(link(1)))
except LedgerError as error:
    print(error)
"""


def test_a_folder_that_may_not_be_written_is_said(tmp_path: Path) -> None:
    tmp_path.chmod(0o555)
    for folder in (tmp_path, *tmp_path.parents[:3]):  # one more where several processes test
        if folder.stat().st_uid == os.geteuid() and folder != tmp_path:
            folder.chmod(folder.stat().st_mode | 0o055)
    path = tmp_path / "ledger.db"
    expected = (
        f"The ledger {path} cannot be opened: Permission denied. "
        "Make the folder writable, or set ZOOMLINK_DATABASE to another place.\n"
    )
    ended = python(AS_NOBODY, str(path))
    assert (ended.stdout, ended.stderr) == (expected, "")
    # The same with a ledger that somebody else made there.
    tmp_path.chmod(0o755)
    SQLiteStore(path).close()
    for file in tmp_path.iterdir():
        file.chmod(0o444)
    tmp_path.chmod(0o555)
    ended = python(AS_NOBODY, str(path))
    assert (ended.stdout, ended.stderr) == (expected, "")
    # And with a gate that may be used, but not the ledger.
    path.with_name("ledger.db-gate").chmod(0o666)
    ended = python(AS_NOBODY, str(path))
    told = (
        f"The ledger {path} cannot be written. Make the folder writable, or set ZOOMLINK_DATABASE to another place.\n"
    )
    assert (ended.stdout, ended.stderr) == (told, "")
    tmp_path.chmod(0o755)


@pytest.mark.parametrize("address", ["", "ledger.db", "mysql://u:pg-canary@h/d", "sqlite:ledger.db", "postgresql:/x"])
def test_another_kind_of_address_is_refused(address: str) -> None:
    with pytest.raises(ConfigurationError) as raised:
        open_database(Secret(address))
    assert raised.value.message == "ZOOMLINK_DATABASE is neither SQLite nor PostgreSQL."
    assert "canary" not in said(raised)


# -- the gate ----------------------------------------------------------------------------------------------------------


HOLDING = """
import sys
from zoomlink.store.sqlite import SQLiteStore
with SQLiteStore(sys.argv[1]).connection():
    print("inside", flush=True)
    sys.stdin.readline()
"""


def test_nobody_enters_the_gate_while_another_process_is_inside(path: Path) -> None:
    store = SQLiteStore(path, patience=0.2)
    command = python_command(HOLDING, str(path))
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, cwd=ROOT) as other:
        assert other.stdin is not None
        assert other.stdout is not None
        assert other.stdout.readline() == "inside\n"
        with pytest.raises(LedgerError) as raised:
            store.carry_out(Plan(link(1)))
        with pytest.raises(LedgerError, match=r"locked for 0\.1 seconds"):
            SQLiteStore(path, patience=0.1)
        assert store.carry_out(Counts(ACCOUNT)) == {}  # reading needs no gate
        other.stdin.write("\n")
    assert other.returncode == 0
    assert str(raised.value) == (
        f"Another program has kept {path} locked for 0.2 seconds. Let it end, then repeat it with the same key."
    )
    assert store.carry_out(Plan(link(1))).created
    store.close()


def test_a_gate_opens_when_the_process_inside_is_killed(path: Path) -> None:
    store = SQLiteStore(path)
    command = python_command(HOLDING, str(path))
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, cwd=ROOT) as other:
        assert other.stdout is not None
        assert other.stdout.readline() == "inside\n"
        with ThreadPoolExecutor(1) as threads:
            waiting = threads.submit(store.carry_out, Plan(link(1)))
            other.kill()
            assert waiting.result(20).created
    store.close()


def test_a_program_that_knows_no_gate_is_waited_for_and_then_named(path: Path) -> None:
    store = SQLiteStore(path, patience=0.2)
    with closing(sqlite3.connect(path, isolation_level=None)) as foreign:
        foreign.execute("BEGIN IMMEDIATE")
        with pytest.raises(LedgerError, match=r"has kept .* locked for 0\.2 seconds"):
            store.carry_out(Plan(link(1)))
        foreign.execute("ROLLBACK")
    assert store.carry_out(Plan(link(1))).created
    store.close()


def test_a_gate_lets_one_in_at_a_time(tmp_path: Path) -> None:
    first, second = Gate(tmp_path / "gate"), Gate(tmp_path / "gate")
    with first.held(1), pytest.raises(GateTimeoutError), second.held(0):
        raise AssertionError("two are inside")
    with second.held(0), pytest.raises(GateTimeoutError), first.held(0.01):
        raise AssertionError("two are inside")
    first.close()
    second.close()


def test_an_error_inside_opens_the_gate_and_changes_nothing(sqlite_store: SQLiteStore, path: Path) -> None:
    def fail() -> None:
        with sqlite_store.connection() as connection:
            connection.execute("DELETE FROM zoomlink_schema")
            raise RuntimeError

    with pytest.raises(RuntimeError):
        fail()
    second = SQLiteStore(path, patience=0.1)
    with second.connection() as connection:
        assert version(connection) == NEWEST
    second.close()


# -- PostgreSQL --------------------------------------------------------------------------------------------------------


def _refusal(url: str) -> pytest.ExceptionInfo[ZoomLinkError]:
    with pytest.raises((LedgerError, ConfigurationError)) as raised:
        open_database(Secret(url)).close()
    return raised


def test_the_right_password_opens(postgres: Postgres) -> None:
    url = postgres.fresh()
    with psycopg.connect(url, autocommit=True) as raw:
        raw.execute(f"GRANT ALL ON SCHEMA public TO {GUARDED}")
    name = url.rpartition("/")[2]
    store = PostgresStore(Secret(postgres.url(name, user=GUARDED, password=PASSWORD)))
    assert store.carry_out(Plan(link(1))).created
    store.close()


@pytest.mark.parametrize(
    ("url", "place"),
    [
        ("postgresql://zoom:canary@db.example.com:5433/links", "postgresql://db.example.com:5433/links"),
        ("postgres://zoom@db.example.com/links?password=canary", "postgresql://db.example.com/links"),
        ("postgresql:///links?host=db.example.com&password=canary&user=zoom", "postgresql://db.example.com/links"),
        ("postgresql://zoom:ca?na#ry@[::1]/links?sslpassword=canary&sslmode=prefer", "postgresql://[::1]/links"),
        ("postgresql://one:5432,two:5433/links?options=-c%20a%3Dcanary", "postgresql://one,two:5432,5433/links"),
        ("postgresql://zoom:canary@", "postgresql:///"),
    ],
)
def test_of_an_address_nothing_is_shown_but_host_port_and_name(url: str, place: str) -> None:
    assert shown(Secret(url)) == place


def test_a_wrong_password_a_wrong_port_and_a_wrong_name_are_said_without_the_password(postgres: Postgres) -> None:
    wrong = postgres.url(user=GUARDED, password="pg-canary-wrong")
    errors = [
        _refusal(wrong),
        _refusal(wrong.replace(f":{postgres.port}/", ":1/")),
        _refusal(postgres.url("nowhere", user=GUARDED, password=PASSWORD)),
        _refusal(wrong.replace("127.0.0.1", "nowhere.invalid")),
    ]
    messages = [str(error.value) for error in errors]
    starts = ["The ledger in PostgreSQL cannot be used: " in message for message in messages]
    assert starts == [True] * 4
    assert [
        word in message for word, message in zip([GUARDED, "port 1 ", "nowhere", "nowhere"], messages, strict=True)
    ] == [True] * 4
    assert [error for error in errors if "canary" in said(error)] == []
    hint = "Look at ZOOMLINK_DATABASE and at the database; then repeat it with the same key."
    assert {error.value.hint for error in errors} == {hint}


ODD = "pg@canary/pg:canary?pg#canary%pg[canary]"


@pytest.mark.parametrize(
    "password", ["canary@canary", "canary/canary", "1/canary@x", "can%ary", "@canary", "canary@", "[canary/", ODD]
)
def test_a_password_that_breaks_the_address_is_not_said(postgres: Postgres, password: str) -> None:
    raised = _refusal(postgres.url(user=GUARDED, password=password))
    assert "canary" not in said(raised)
    assert "can%ary" not in said(raised)
    assert raised.value.message == "ZOOMLINK_DATABASE cannot be read as an address of PostgreSQL."
    assert raised.value.hint is not None
    assert "%40 for @" in raised.value.hint


@pytest.mark.parametrize("ending", ["@[::1/name", "@h/name?canary", "@h:port/name", "@h/name?port=%zz"])
def test_an_address_that_cannot_be_read_is_not_repeated(ending: str) -> None:
    raised = _refusal(f"postgresql://u:canary{ending}")
    assert "u:canary" not in said(raised)


def test_an_odd_password_that_is_written_as_it_must_be_opens(postgres: Postgres) -> None:
    url = postgres.fresh()
    with psycopg.connect(url, autocommit=True) as raw:
        raw.execute(f"ALTER ROLE {GUARDED} PASSWORD '{ODD}'")
        raw.execute(f"GRANT ALL ON SCHEMA public TO {GUARDED}")
        try:
            written = postgres.url(url.rpartition("/")[2], user=GUARDED, password=quote(ODD, safe=""))
            PostgresStore(Secret(written)).close()
        finally:
            raw.execute(f"ALTER ROLE {GUARDED} PASSWORD '{PASSWORD}'")


def test_a_database_that_may_not_be_written_is_said(postgres: Postgres) -> None:
    url = postgres.fresh()
    name = url.rpartition("/")[2]
    raised = _refusal(postgres.url(name, user=GUARDED, password=PASSWORD))
    assert raised.value.message == "The ledger in PostgreSQL cannot be used: permission denied for schema public."


@pytest.mark.parametrize("level", ["repeatable read", "serializable"])
def test_a_database_of_another_isolation_works_as_well(postgres_url: str, level: str) -> None:
    name = postgres_url.rpartition("/")[2]
    with psycopg.connect(postgres_url, autocommit=True) as raw:
        raw.execute(f"ALTER DATABASE {name} SET default_transaction_isolation = '{level}'")
    store = PostgresStore(Secret(postgres_url))
    with ThreadPoolExecutor(8) as threads:
        answers = list(threads.map(lambda n: store.carry_out(Plan(link(n, key="the-key"))), range(8)))
    store.close()
    assert sorted(answer.created for answer in answers) == [False] * 7 + [True]


def test_a_row_that_another_keeps_locked_is_said_after_a_while(postgres_url: str) -> None:
    store = PostgresStore(Secret(postgres_url), patience=0.3)
    store.carry_out(Plan(link(1)))
    with psycopg.connect(postgres_url) as foreign:
        foreign.execute("SELECT * FROM zoomlink_links FOR UPDATE")
        with pytest.raises(LedgerError, match="lock timeout"):
            store.carry_out(Plan(link(1)))
        foreign.rollback()
    assert not store.carry_out(Plan(link(1))).created
    store.close()


STANDING_STILL = """
import sys
from tests.integration.store.ground import link
from zoomlink.secret import Secret
from zoomlink.store.ops import Plan
from zoomlink.store.postgres import PostgresStore, shown
store = PostgresStore(Secret(sys.argv[1]), held=0.2)
print("there", flush=True)
print(store.carry_out(Plan(link(1))).created)
store.close()
"""
OTHERS = (
    "SELECT array_agg(coalesce(wait_event_type, state)) FROM pg_stat_activity WHERE application_name = 'zoomlink' AND "
)
OTHERS += "datname = current_database()"


def test_a_process_that_stands_still_in_an_operation_lets_go_and_repeats_it(postgres_url: str) -> None:
    store = PostgresStore(Secret(postgres_url))
    store.carry_out(Plan(link(1)))
    store.close()
    command = python_command(STANDING_STILL, postgres_url)
    with (
        psycopg.connect(postgres_url) as foreign,
        psycopg.connect(postgres_url, autocommit=True) as watching,
        subprocess.Popen(command, stdout=subprocess.PIPE, text=True, cwd=ROOT) as other,
    ):
        foreign.execute("SELECT 1 FROM zoomlink_links FOR UPDATE")
        assert other.stdout is not None
        assert other.stdout.readline() == "there\n"
        _until(lambda: watching.execute(OTHERS).fetchone() == (["Lock"],))
        other.send_signal(signal.SIGSTOP)
        foreign.rollback()
        _until(lambda: watching.execute(OTHERS).fetchone() == (None,))
        assert not store.carry_out(Plan(link(1))).created  # nothing is locked
        store.close()
        other.send_signal(signal.SIGCONT)
        assert other.communicate(timeout=60)[0] == "False\n"


def _until(condition: Callable[[], bool]) -> None:
    pause = threading.Event()
    for _ in range(1000):
        if condition():
            return
        pause.wait(0.01)
    raise AssertionError("it never came true")


def test_who_copies_a_whole_ledger_may_take_his_time(postgres_url: str) -> None:
    store = PostgresStore(Secret(postgres_url))
    with store.connection() as connection:
        held = connection.execute("SHOW idle_in_transaction_session_timeout").fetchone()
    assert held == ("0",)
    connection = store._take()  # as an operation would
    asked = [
        connection.execute(f"SHOW {name}").fetchone()[0]
        for name in ("idle_in_transaction_session_timeout", "lock_timeout", "transaction_isolation")
    ]
    store._give_back(connection)
    store.close()
    assert asked == ["10s", "30s", "read committed"]


def test_the_clock_of_the_database_is_compared(postgres_url: str) -> None:
    store = PostgresStore(Secret(postgres_url))
    assert store.ahead.total_seconds() == 0  # the same machine's
    store.close()
