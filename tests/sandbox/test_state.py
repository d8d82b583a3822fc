"""The state file: what was acknowledged is there again, whatever happened to the process."""

from __future__ import annotations

import contextlib
import http.client
import json
import signal
import subprocess
import sys
import threading
from typing import TYPE_CHECKING, Any

import pytest
from tests.sandbox.conftest import NOW, Api

from zoomsandbox.app import Sandbox
from zoomsandbox.core.clock import parse_instant
from zoomsandbox.options import Options
from zoomsandbox.server import ThreadedSandbox
from zoomsandbox.state.exceptions import StateError
from zoomsandbox.world import World

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "sandbox.state"


@pytest.fixture
def begin(file: Path) -> Iterator[Callable[..., tuple[ThreadedSandbox, Api]]]:
    """Start a sandbox on the file; `end` of the one before it comes first."""
    running: list[tuple[ThreadedSandbox, Api]] = []

    def stop() -> None:
        while running:
            sandbox, api = running.pop()
            api.close()
            sandbox.stop()

    def once(**options: Any) -> tuple[ThreadedSandbox, Api]:
        stop()
        sandbox = ThreadedSandbox(Options(**{"state": file, "clock": parse_instant(NOW), **options})).start()
        running.append((sandbox, Api(sandbox.url)))
        return running[-1]

    yield once
    stop()


def path_of(url: str) -> str:
    return url.split("/", 3)[3]


def test_everything_is_there_again(begin: Callable[..., tuple[ThreadedSandbox, Api]]) -> None:
    sandbox, api = begin()
    made = api.create(topic="Demo", agenda="zl-mark", settings={"approval_type": 0}, timezone="Asia/Tokyo")
    series = api.create(type=8, recurrence={"type": 1, "end_times": 3})
    gone = api.create("host1@sandbox.example")
    api.call("PATCH", f"/meetings/{made['id']}", {"topic": "Changed"})
    api.call("DELETE", f"/meetings/{series['id']}?occurrence_id={series['occurrences'][1]['occurrence_id']}")
    api.call("DELETE", f"/meetings/{gone['id']}")
    api.call("POST", f"/meetings/{made['id']}/registrants", {"email": "a@b.example", "first_name": "A"})
    api.send("POST", "/_sandbox/users", json.dumps({"email": "new@sandbox.example", "type": "basic"}))
    api.send("PATCH", "/_sandbox/users/me", json.dumps({"settings": {"in_meeting": {"waiting_room": True}}}))
    api.send("PATCH", "/_sandbox/apps/sandbox-client", json.dumps({"remove_scopes": ["user:read:email:admin"]}))

    def told(api: Api) -> list[Any]:
        base = api.url.encode()
        return [
            api.call("GET", path).body.replace(base, b"")
            for path in (
                f"/meetings/{made['id']}/registrants",
                f"/meetings/{made['id']}/invitation",
                "/users/me/meetings",
                "/users/host1@sandbox.example/meetings",
                "/users",
                "/users/me/settings",
            )
        ] + [api.send("GET", f"/_sandbox/{name}").body for name in ("ledger", "users", "apps", "clock", "limits")]

    before, token = told(api), api.token
    first = api.get(made["id"])
    for _ in range(2):  # once done again from the journal, once read back as written down
        sandbox, api = begin()
        api._token = token
        again = api.get(made["id"])
        for changing in ("start_url", "join_url", "registration_url"):
            assert path_of(again.pop(changing)).split("?zak")[0] == path_of(first[changing]).split("?zak")[0]
        assert again == {name: first[name] for name in again}
        assert len(api.get(series["id"])["occurrences"]) == len(series["occurrences"])
        limits = told(api)
        assert limits[:-1] == before[:-1]
        assert sandbox.ledger[0]["agenda"] == "zl-mark"


def test_tokens_stay_good_and_ended_ones_ended(begin: Callable[..., tuple[ThreadedSandbox, Api]]) -> None:
    _, api = begin()
    good = api.token
    ended = api.ask_token().json["access_token"]
    api.ask_token(f"token={ended}", path="/oauth/revoke")
    _, api = begin()
    api._token = good
    assert api.call("GET", "/users/me").status == 200
    api._token = ended
    assert api.call("GET", "/users/me").json["message"] == "Invalid access token."


def test_attempts_and_numbers_go_on(begin: Callable[..., tuple[ThreadedSandbox, Api]]) -> None:
    _, api = begin()
    api.create(topic="A")
    for attempt in (2, 3):
        sandbox, api = begin()
        api._token = ""
        api.create(topic="A")
        assert sandbox.ledger[-1]["attempt"] == attempt
    numbers = [one["request"] for one in sandbox.ledger]
    assert numbers == sorted(set(numbers))


def test_new_ids_are_new_after_a_restart(begin: Callable[..., tuple[ThreadedSandbox, Api]]) -> None:
    ids = []
    for _ in range(3):
        _, api = begin(seed=1)
        made = [api.create(), api.create()]
        ids += [one[name] for one in made for name in ("id", "uuid", "password")]
    assert len(set(ids)) == len(ids)


def test_clock_goes_on_where_it_was(begin: Callable[..., tuple[ThreadedSandbox, Api]]) -> None:
    sandbox, _ = begin()
    sandbox.advance(3600)
    sandbox, _ = begin()
    assert sandbox.world.clock.now() == parse_instant(NOW) + 3600
    sandbox, _ = begin(clock=parse_instant("2031-07-01T00:00:00Z"))
    assert sandbox.world.clock.now() == parse_instant("2031-07-01T00:00:00Z")
    sandbox, _ = begin(clock=None)
    assert sandbox.world.clock.frozen is False


def test_options_chosen_anew_count(begin: Callable[..., tuple[ThreadedSandbox, Api]]) -> None:
    _, api = begin()
    api.create()
    _, api = begin(users=("owner@sandbox.example", "late@sandbox.example:basic"), scopes="classic", limits=False)
    emails = [one["email"] for one in api.send("GET", "/_sandbox/users").json["users"]]
    assert emails == [f"{name}@sandbox.example" for name in ("owner", "host1", "host2", "late")]
    assert "meeting:write:admin" in api.ask_token().json["scope"].split()
    assert api.send("GET", "/_sandbox/limits").json["on"] is False
    assert api.listed()["total_records"] == 1


def test_writes_of_the_day_are_remembered(begin: Callable[..., tuple[ThreadedSandbox, Api]]) -> None:
    for _ in range(2):
        sandbox, api = begin(plan="business")
        for _ in range(2):
            api.create()
    assert list(sandbox.world.limits.writes.values()) == [4]


def test_limit_that_was_off_does_not_stand_in_the_way(begin: Callable[..., tuple[ThreadedSandbox, Api]]) -> None:
    _, api = begin(limits=False)
    for _ in range(130):
        api.create()
    _, api = begin(limits=True)
    assert api.listed()["total_records"] == 130


def test_running_meeting_runs_on_and_still_ends(begin: Callable[..., tuple[ThreadedSandbox, Api]]) -> None:
    sandbox, api = begin(users=("owner@sandbox.example:basic",))
    made = api.create(start_time=NOW)
    assert api.send("POST", f"/_sandbox/meetings/{made['id']}/start", "{}").status < 300
    for _ in range(2):
        sandbox.advance(600)
        sandbox, api = begin(users=("owner@sandbox.example:basic",))
        assert api.get(made["id"])["status"] == "started"
    for _ in range(2):
        sandbox.advance(1200)
        sandbox, api = begin(users=("owner@sandbox.example:basic",))
        assert api.get(made["id"])["status"] == "waiting"


def test_late_commit_is_kept_once_it_came(begin: Callable[..., tuple[ThreadedSandbox, Api]]) -> None:
    sandbox, api = begin()
    sandbox.fail("late-commit", route="meetings.create", nth=1, delay=60)
    assert api.call("POST", "/users/me/meetings", {"topic": "Late"}).status == 504
    sandbox.advance(60)
    sandbox, api = begin()
    assert [(one["topic"], one["time"]) for one in sandbox.ledger] == [("Late", "2031-06-02T10:01:00Z")]


def test_faults_do_not_outlive_the_process(begin: Callable[..., tuple[ThreadedSandbox, Api]]) -> None:
    sandbox, _ = begin()
    sandbox.fail("500-before-commit")
    sandbox, api = begin()
    assert (sandbox.faults, api.ask_token().status) == ([], 200)


def test_reset_empties_the_file_too(begin: Callable[..., tuple[ThreadedSandbox, Api]], file: Path) -> None:
    sandbox, api = begin(limits=False)
    for number in range(50):
        api.create(topic=f"Topic {number}", agenda="x" * 1000)
    big = file.stat().st_size
    assert api.send("POST", "/_sandbox/reset").status == 204
    assert file.stat().st_size < big / 3
    api._token = ""
    api.create(topic="After")
    sandbox, api = begin(limits=False)
    assert [one["topic"] for one in sandbox.ledger] == ["After"]


def test_file_becomes_short_at_the_next_start(begin: Callable[..., tuple[ThreadedSandbox, Api]], file: Path) -> None:
    _, api = begin(limits=False)
    for _ in range(50):
        made = api.create(agenda="x" * 1000)
        api.call("DELETE", f"/meetings/{made['id']}")
    begin(limits=False)
    assert len(file.read_bytes().splitlines()) == 2


def test_file_is_for_its_owner_only(begin: Callable[..., tuple[ThreadedSandbox, Api]], file: Path) -> None:
    begin()
    begin()
    assert file.stat().st_mode & 0o777 == 0o600


# -- the file itself ---------------------------------------------------------------------------------------------------


def opened(file: Path) -> Sandbox:
    return Sandbox(World(Options(state=file, clock=parse_instant(NOW))))


def test_torn_last_line_is_left_out(begin: Callable[..., tuple[ThreadedSandbox, Api]], file: Path) -> None:
    sandbox, api = begin()
    for topic in ("A", "B"):
        api.create(topic=topic)
    sandbox.stop()
    whole = file.read_bytes()
    cuts = range(whole.rindex(b"\n", 0, -1) + 1, len(whole), 97)
    for at in (*cuts, len(whole) - 1):
        file.write_bytes(whole[:at])
        again = opened(file)
        assert [one.topic for one in again.world.ledger.entries] == ["A"]
        again.close()
    file.write_bytes(whole)
    again = opened(file)
    assert [one.topic for one in again.world.ledger.entries] == ["A", "B"]
    again.close()


def test_empty_file_is_a_new_one(file: Path) -> None:
    file.touch()
    opened(file).close()
    assert b"zoomsandbox state" in file.read_bytes().splitlines()[0]


@pytest.mark.parametrize(
    "content",
    [b"hello\n", b"%PDF-1.7", b"{}\n", b"[]\n", b'{"a": 1}\n{"b": 2}\n', b"SQLite format 3\x00", b"\n\n", b"\xff"],
)
def test_foreign_file_is_refused_and_left_alone(file: Path, content: bytes) -> None:
    file.write_bytes(content)
    with pytest.raises(StateError, match="is not a state file of zoomsandbox"):
        opened(file)
    assert file.read_bytes() == content


def test_file_of_another_version_is_refused(file: Path) -> None:
    opened(file).close()
    content = file.read_bytes().replace(b'"version":1', b'"version":2', 1)
    file.write_bytes(content)
    with pytest.raises(StateError, match="another version"):
        opened(file)
    assert file.read_bytes() == content


def test_damaged_line_is_named(begin: Callable[..., tuple[ThreadedSandbox, Api]], file: Path) -> None:
    sandbox, api = begin()
    api.create()
    sandbox.stop()
    lines = file.read_bytes().split(b"\n")
    lines[2] = b"{damage"
    file.write_bytes(b"\n".join(lines))
    with pytest.raises(StateError, match="damaged in line 3"):
        opened(file)


@pytest.mark.parametrize(
    ("old", "new"),
    [
        (b'"method":"POST","path":"/v2', b'"method":"POST","path":"/v3'),
        (b'"turn":2', b'"turn":9'),
        (b'"zoomsandbox.users.models:User"', b'"os:system"'),
        (b'"zoomsandbox.users.models:User"', b'"zoomsandbox.users.models:Nobody"'),
        (b'"zoomsandbox.users.models:User"', b'"zoomsandbox.users.models:parse_user"'),
        (b'"origin":', b'"other":'),
    ],
)
def test_file_that_leads_elsewhere_is_refused(
    begin: Callable[..., tuple[ThreadedSandbox, Api]], file: Path, old: bytes, new: bytes
) -> None:
    sandbox, api = begin()
    api.create()
    sandbox.stop()
    content = file.read_bytes()
    assert old in content
    file.write_bytes(content.replace(old, new))
    with pytest.raises(StateError, match="cannot be read back"):
        opened(file)


def test_second_sandbox_on_the_same_file_is_refused(
    begin: Callable[..., tuple[ThreadedSandbox, Api]], file: Path
) -> None:
    sandbox, api = begin()
    with pytest.raises(StateError, match="is in use by another sandbox"):
        opened(file)
    api.send("POST", "/_sandbox/reset")  # which puts a new file in its place
    with pytest.raises(StateError, match="is in use by another sandbox"):
        opened(file)
    sandbox.stop()
    opened(file).close()


def test_full_disk_is_an_error_and_not_half_a_line(
    begin: Callable[..., tuple[ThreadedSandbox, Api]], file: Path
) -> None:
    import resource

    _, api = begin()
    api.create(topic="A")
    size = file.stat().st_size
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    former = signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size + 100, hard))
    try:
        refused = [api.call("POST", "/users/me/meetings", {"topic": topic}) for topic in ("B", "not done")]
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
        signal.signal(signal.SIGXFSZ, former)
    assert [one.status for one in refused] == [500, 500]
    words = f"zoomsandbox cannot write its state file {file} (File too large)."
    assert refused[0].json["message"] == f"{words} It was done, but a restart would not know of it."
    assert refused[1].json["message"] == f"{words} Nothing was done."
    assert file.stat().st_size == size
    api.create(topic="C")
    sandbox, _ = begin()
    assert [one["topic"] for one in sandbox.ledger] == ["A", "B", "C"]


# -- as a process ------------------------------------------------------------------------------------------------------


def command(*options: str) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-m", "zoomsandbox", "--port", "0", "--limits", "off", *options],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def answering(process: subprocess.Popen[str]) -> Api:
    assert process.stdout is not None
    return Api([process.stdout.readline().strip() for _ in range(5)][-1].partition("=")[2])


class Book:
    """What a client was told: meetings made and where their links lead, and those deleted."""

    def __init__(self) -> None:
        self.made: dict[int, str] = {}
        self.deleted: set[int] = set()
        self.unsure = 0

    def use(self, api: Api, plug: threading.Event, answers: int) -> None:
        """Create, and now and then delete, until nobody answers; pull the plug after so many answers."""
        with contextlib.suppress(OSError, http.client.HTTPException):
            for turn in range(10_000):
                self.unsure += 1
                made = api.create(start_time="2040-01-01T10:00:00Z")
                self.made[made["id"]] = path_of(made["join_url"])
                if turn % 7 == 3:
                    oldest = next(iter(self.made))
                    del self.made[oldest]
                    assert api.call("DELETE", f"/meetings/{oldest}").status == 204
                    self.deleted.add(oldest)
                self.unsure -= 1
                if turn == answers:
                    plug.set()

    def compare(self, api: Api) -> None:
        """All that was told is true; what was being asked when the plug was pulled may be either way."""
        found: dict[int, str] = {}
        token: str | None = None
        while token != "":
            page = api.listed(f"?type=scheduled&page_size=300&next_page_token={token or ''}")
            found |= {one["id"]: path_of(one["join_url"]) for one in page["meetings"]}
            token = page["next_page_token"]
        assert {one: found.get(one) for one in self.made} == self.made
        assert not self.deleted & found.keys()
        assert len(found) <= len(self.made) + self.unsure


def pull(plug: threading.Event, process: subprocess.Popen[str]) -> None:
    plug.wait(20)
    process.kill()


@pytest.mark.parametrize("options", [(), ("--fsync",)])
def test_killed_process_loses_nothing_it_acknowledged(file: Path, options: tuple[str, ...]) -> None:
    book, token = Book(), ""
    for turn in range(6):
        with command("--state", str(file), *options) as process:
            api = answering(process)
            api._token = token
            token = api.token
            book.compare(api)
            # The plug is pulled by another thread, so that it comes anywhere in the next requests
            plug = threading.Event()
            killer = threading.Thread(target=pull, args=(plug, process))
            killer.start()
            book.use(api, plug, 20 + 5 * turn)
            killer.join()
            api.close()
    assert len(book.made) > 100


def test_command_says_why_a_state_file_is_refused(file: Path) -> None:
    file.write_text("hello\n")
    with command("--state", str(file)) as process:
        out, err = process.communicate(timeout=20)
    assert (process.returncode, out) == (3, "")
    assert err == (
        f"zoomsandbox: {file} is not a state file of zoomsandbox, so it is left alone. Name another file, or move it.\n"
    )


@pytest.mark.parametrize(("name", "words"), [("", "Is a directory"), ("missing/x", "No such file or directory")])
def test_command_says_that_it_cannot_use_a_path(tmp_path: Path, name: str, words: str) -> None:
    with command("--state", str(tmp_path / name)) as process:
        _, err = process.communicate(timeout=20)
    assert (process.returncode, words in err) == (3, True)


def test_second_process_is_refused_and_the_first_goes_on(file: Path) -> None:
    with command("--state", str(file)) as first:
        api = answering(first)
        with command("--state", str(file)) as second:
            _, err = second.communicate(timeout=20)
        assert (second.returncode, "is in use by another sandbox" in err) == (3, True)
        assert api.create()["id"]
        api.close()
        first.send_signal(signal.SIGTERM)
        first.communicate(timeout=20)
    assert first.returncode == 0
