"""Links as the command remembers them: show with history, list by state, settle, adopt, and the ledger itself."""

from __future__ import annotations

import json
import shlex
import signal
import sqlite3
import subprocess
import urllib.request
from typing import TYPE_CHECKING, Any

import pytest
from tests.acceptance.conftest import ZOOMLINK
from tests.wire import Line, Wire, reply

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from tests.acceptance.conftest import Done

HOST1 = "host1@sandbox.example"
WHEN = ("--start", "2031-12-01 18:24", "--timezone", "America/Sao_Paulo")


@pytest.fixture
def made(zoomlink: Callable[..., Done]) -> dict[str, Any]:
    """A link made by the command."""
    link: dict[str, Any] = json.loads(zoomlink("create", "Guitar lesson", *WHEN, "--key", "b1", "--json").out)
    return link


@pytest.fixture
def unknown(zoomlink: Callable[..., Done], zoom_sandbox: Any) -> dict[str, Any]:
    """A link of which it is not known whether its meeting exists."""
    zoom_sandbox.fail("reset-after-commit", route="meetings.create", nth=1)
    zoom_sandbox.fail("503-before-commit", route="meetings.list")
    done = zoomlink("create", "Guitar lesson", *WHEN, "--key", "b1", "--json", "--wait", "0.3")
    zoom_sandbox.mend()
    link: dict[str, Any] = json.loads(done.out)
    return link


def test_show_tells_a_link_s_history_in_words(zoomlink: Callable[..., Done], made: dict[str, Any]) -> None:
    for ref in (made["id"], str(made["meeting_id"])):
        done = zoomlink("show", ref)
        told = [line.split("  ", 1)[1] for line in done.out.splitlines() if line.startswith("20")]
        assert (done.code, told) == (
            0,
            [
                "Recorded.",
                "Zoom is asked, attempt 1.",
                f"Zoom made meeting {made['meeting_id']}: the link is ready.",
            ],
        )
        assert made["join_url"] in done.out


def test_show_as_json_is_the_link_and_its_history(zoomlink: Callable[..., Done], made: dict[str, Any]) -> None:
    shown = json.loads(zoomlink("show", made["id"], "--json").out)
    assert [event["event"] for event in shown.pop("history")] == ["planned", "sending", "ready"]
    assert shown == made


def test_show_of_a_link_asks_zoom_for_nothing(
    zoomlink: Callable[..., Done], made: dict[str, Any], zoom_sandbox: Any
) -> None:
    before = len(zoom_sandbox.requests)
    assert zoomlink("show", made["id"]).code == 0
    assert len(zoom_sandbox.requests) == before


def test_show_writes_a_calendar_file_that_counts_changes_and_takes_back(
    zoomlink: Callable[..., Done], made: dict[str, Any], home: Path
) -> None:
    def entry() -> dict[str, str]:
        assert zoomlink("show", made["id"], "--ics", "lesson.ics").code == 0
        text = (home / "lesson.ics").read_text("utf-8").replace("\r\n ", "").splitlines()
        return dict(line.split(":", 1) for line in text if line.split(":")[0] in {"UID", "SEQUENCE", "STATUS"})

    first = entry()
    zoomlink("update", made["id"], "--start", "2031-12-02 18:24")
    second = entry()
    zoomlink("cancel", made["id"], "--yes")
    third = entry()
    assert first["UID"] == second["UID"] == third["UID"] == f"{made['id']}@zoomlink"
    assert [(one["SEQUENCE"], one["STATUS"]) for one in (first, second, third)] == [
        ("0", "CONFIRMED"),
        ("1", "CONFIRMED"),
        ("2", "CANCELLED"),
    ]


@pytest.mark.parametrize("place", ["no/such/folder/x.ics", "."])
def test_show_finds_out_first_that_a_calendar_file_cannot_be_written(
    zoomlink: Callable[..., Done], made: dict[str, Any], place: str
) -> None:
    done = zoomlink("show", made["id"], "--ics", place)
    assert (done.code, done.out, f"{place} cannot be written" in done.err) == (2, "", True)
    full = zoomlink("show", made["id"], "--ics", "/dev/full")
    assert (full.code, full.err) == (2, "zoomlink: /dev/full cannot be written: No space left on device.\n")


def test_a_link_that_zoom_refused_has_no_calendar_file(zoomlink: Callable[..., Done], home: Path) -> None:
    assert zoomlink("create", "Guitar lesson", *WHEN, "--host", "nobody@example.com").code == 4
    (link,) = json.loads(zoomlink("list", "--state", "refused", "--json").out)["items"]
    done = zoomlink("show", link["id"], "--ics", "lesson.ics")
    told = f"zoomlink: {link['id']} has no join link: it is refused. The same key may ask Zoom again."
    assert (done.code, done.err.splitlines()[-1]) == (2, told)
    assert list(home.glob("*.ics")) == []


def test_a_link_is_also_named_by_its_key(zoomlink: Callable[..., Done]) -> None:
    link = json.loads(zoomlink("create", "Guitar lesson", *WHEN, "--key", "booking-4711", "--json").out)
    assert json.loads(zoomlink("show", "booking-4711", "--json").out)["id"] == link["id"]
    assert json.loads(zoomlink("invitation", "booking-4711", "--json").out)["meeting_id"] == link["meeting_id"]
    assert str(link["meeting_id"]) in zoomlink("sip", "booking-4711").out
    assert "zak=" in zoomlink("start-url", "booking-4711").out
    moved = json.loads(zoomlink("update", "booking-4711", "--start", "2031-12-02 18:24", "--json").out)
    assert (moved["id"], moved["start_time"]) == (link["id"], "2031-12-02T21:24:00Z")
    assert zoomlink("cancel", "booking-4711", "--yes").err == "Cancelled.\n"
    assert json.loads(zoomlink("show", "booking-4711", "--json").out)["state"] == "cancelled"


def test_digits_alone_are_a_meeting_and_never_a_key(zoomlink: Callable[..., Done]) -> None:
    zoomlink("create", "Guitar lesson", *WHEN, "--key", "81234567890")
    done = zoomlink("show", "81234567890")
    assert (done.code, "There is no such meeting." in done.err) == (4, True)


@pytest.mark.parametrize("ref", ["lnk_" + "0" * 26, "81234567890", "booking-4711"])
def test_what_is_neither_link_nor_meeting_exits_with_4(zoomlink: Callable[..., Done], ref: str) -> None:
    done = zoomlink("show", ref)
    assert (done.code, done.out) == (4, "")


def test_an_id_may_be_written_in_capitals(zoomlink: Callable[..., Done], made: dict[str, Any]) -> None:
    assert json.loads(zoomlink("show", made["id"].upper(), "--json").out)["id"] == made["id"]


def test_list_shows_states_and_finds_by_key(
    zoomlink: Callable[..., Done], unknown: dict[str, Any], zoom_sandbox: Any
) -> None:
    zoomlink("create", "Piano lesson", "--start", "2031-12-01T09:00Z")
    states = {item["topic"]: item["state"] for item in json.loads(zoomlink("list", "--json").out)["items"]}
    assert states == {"Guitar lesson": "unknown", "Piano lesson": "ready"}
    for words in (("--state", "unknown", "--state", "planned"), ("--key", "b1")):
        (only,) = json.loads(zoomlink("list", *words, "--json").out)["items"]
        assert only["id"] == unknown["id"]
    assert zoomlink("list", "--state", "lost").code == 2


def test_list_goes_page_by_page(zoomlink: Callable[..., Done]) -> None:
    for day in (1, 2, 3):
        zoomlink("create", f"Day {day}", "--start", f"2031-12-0{day}T10:00Z")
    first = json.loads(zoomlink("list", "--limit", "2", "--json").out)
    second = json.loads(zoomlink("list", "--limit", "2", "--cursor", first["next_cursor"], "--json").out)
    assert [[item["topic"] for item in page["items"]] for page in (first, second)] == [["Day 1", "Day 2"], ["Day 3"]]
    assert second["next_cursor"] is None


@pytest.mark.parametrize("words", [(), ("--csv",), ("--limit", "2", "--state", "ready", "--state", "planned")])
def test_the_line_that_leads_to_the_next_page_can_be_pasted(
    zoomlink: Callable[..., Done], to_sandbox: dict[str, str], home: Path, words: tuple[str, ...]
) -> None:
    names = ("account_id", "client_id", "client_secret", "oauth_url", "api_url")
    table = [f'{name}_env = "ZOOM_{name.upper()}"' for name in names]
    (home / "accounts.toml").write_text("\n".join(["[the school]", *table]).replace("the school", '"the school"'))
    (home / ".env").write_text("ZOOMLINK_ACCOUNTS=accounts.toml\n", encoding="utf-8")
    account = ("--account", "the school")
    for day in (1, 2, 3):
        zoomlink("create", f"Day {day}", "--start", f"2031-12-0{day}T10:00Z", "--host", HOST1, *account)
    limit = () if "--limit" in words else ("--limit", "2")
    shown = zoomlink("list", *words, *limit, "--host", HOST1, *account)
    line = shown.err.removeprefix("There are more: ")
    pasted = subprocess.run(["bash", "-c", line], env=to_sandbox, cwd=home, capture_output=True, text=True, timeout=60)
    assert [("Day 1" in out, "Day 2" in out, "Day 3" in out) for out in (shown.out, pasted.stdout)] == [
        (True, True, False),
        (False, False, True),
    ], shown.err
    assert ("," in pasted.stdout.splitlines()[0]) == ("--csv" in words)
    states = [word for word in words if word not in {"--csv", "--limit", "2"}]
    form = ["--csv"] if "--csv" in words else []
    asked = ["zoomlink", "list", *states, "--host", HOST1, "--limit", "2", *form, *account, "--cursor"]
    assert shlex.split(line)[:-1] == asked


@pytest.mark.parametrize("command", ["list", "meetings", "registrants list 81234567890"])
def test_two_formats_at_once_are_refused(zoomlink: Callable[..., Done], command: str) -> None:
    done = zoomlink(*command.split(), "--csv", "--json")
    assert (done.code, done.out, done.err) == (
        2, "", "zoomlink: --json and --csv are given, and there is one stdout. Choose one.\n"
    )  # fmt: skip


def test_settle_finds_out_what_became_of_a_lost_answer(
    zoomlink: Callable[..., Done], unknown: dict[str, Any], zoom_sandbox: Any
) -> None:
    done = zoomlink("settle", "--wait", "20", "--json")
    (link,) = json.loads(done.out)["items"]
    assert (done.code, link["id"], link["state"], len(zoom_sandbox.ledger)) == (0, unknown["id"], "ready", 1)
    assert done.err == "All links are settled.\n"
    again = zoomlink("settle")
    assert (again.code, again.out, again.err) == (0, "", "Nothing has to be settled.\n")


def test_settle_exits_with_6_while_something_is_open_and_5_where_only_the_day_is_waited_for(
    zoomlink: Callable[..., Done], zoom_sandbox: Any
) -> None:
    zoom_sandbox.fail("429-host-daily", route="meetings.create", nth=1)
    zoomlink("create", "Piano lesson", *WHEN)
    parked = zoomlink("settle")
    assert (parked.code, "1 on their way yet, 1 of them until the day is over" in parked.err) == (5, True)
    zoom_sandbox.fail("reset-after-commit", route="meetings.create", nth=1)
    zoom_sandbox.fail("503-before-commit", route="meetings.list")
    host = ("--host", "host1@sandbox.example")
    assert zoomlink("create", "Guitar lesson", *WHEN, *host, "--wait", "0.3").code == 6
    assert zoomlink("settle").code == 6


def test_a_killed_command_loses_nothing(to_sandbox: dict[str, str], home: Path, zoomlink: Callable[..., Done]) -> None:
    words = ("create", "Guitar lesson", *WHEN, "--key", "b1", "--json")
    process: list[subprocess.Popen[str]] = []

    def play(line: Line) -> None:
        line.read()
        line.send(reply(200, {"access_token": "t", "expires_in": 3600}))
        asked = line.read().line
        while asked.startswith("GET "):  # who the host is, and what else he is busy with
            user = {"id": "u1", "email": "owner@sandbox.example", "type": 2}
            line.send(reply(200, {"meetings": []} if "/meetings" in asked else user))
            asked = line.read().line
        assert asked.startswith("POST ")
        process[0].send_signal(signal.SIGKILL)
        line.wait()

    with Wire((play,)) as wire:
        environ = {**to_sandbox, "ZOOM_OAUTH_URL": wire.url, "ZOOM_API_URL": wire.url}
        process.append(subprocess.Popen([ZOOMLINK, *words], env=environ, cwd=home, stdout=-1, stderr=-1, text=True))
        process[0].communicate(timeout=30)
    (left,) = json.loads(zoomlink("list", "--json").out)["items"]
    assert (left["key"], left["state"]) == ("b1", "sending")
    # Whoever was sending is taken for dead after its lease: that time is let pass here.
    path = home / ".local" / "share" / "zoomlink" / "sandbox.db"
    with sqlite3.connect(path) as connection:
        connection.execute("UPDATE zoomlink_links SET lease_at = 1, due_at = 1")
    connection.close()
    done = zoomlink(*words)
    assert (done.code, json.loads(done.out)["id"], json.loads(done.out)["state"]) == (0, left["id"], "ready")


def test_update_and_cancel_take_a_link_s_id(zoomlink: Callable[..., Done], made: dict[str, Any]) -> None:
    changed = zoomlink("update", made["id"], "--topic", "Guitar lesson, moved", "--json")
    assert (changed.code, json.loads(changed.out)["topic"]) == (0, "Guitar lesson, moved")
    for told in ("Cancelled.\n", "It was gone already.\n"):
        done = zoomlink("cancel", made["id"], "--yes")
        assert (done.code, done.err) == (0, told)
    assert zoomlink("update", made["id"], "--topic", "x").code == 4


@pytest.mark.parametrize("command", ["start-url", "invitation", "sip"])
def test_commands_for_meetings_take_a_link_s_id(
    zoomlink: Callable[..., Done], made: dict[str, Any], command: str
) -> None:
    assert zoomlink(command, made["id"]).code == 0
    zoomlink("cancel", made["id"], "--yes")
    assert zoomlink(command, made["id"]).code == 4


def test_a_meeting_of_zoom_s_is_adopted(zoomlink: Callable[..., Done], zoom_sandbox: Any) -> None:
    from zoomlink import ZoomClient

    with ZoomClient.from_env() as zoom:
        meeting = zoom.meetings.create("me", topic="Made by hand", start="2031-12-01T18:24Z")
    assert json.loads(zoomlink("list", "--json").out)["items"] == []
    link = json.loads(zoomlink("adopt", str(meeting.id), "--key", "by-hand", "--json").out)
    assert (link["meeting_id"], link["state"], link["key"]) == (meeting.id, "ready", "by-hand")
    assert [item["id"] for item in json.loads(zoomlink("list", "--json").out)["items"]] == [link["id"]]
    assert zoomlink("adopt", link["id"]).code == 2


def test_a_ledger_is_copied_rebuilt_and_a_person_erased(
    zoomlink: Callable[..., Done], made: dict[str, Any], home: Path
) -> None:
    copy = f"sqlite:///{home / 'copy.db'}"
    copied = zoomlink("ledger", "copy", copy)
    assert (copied.code, copied.err.splitlines()[0].startswith("Copied 1 link.")) == (0, True)
    assert zoomlink("ledger", "copy", copy).code == 2  # two ledgers cannot be made one
    shown = json.loads(zoomlink("show", made["id"], "--json", ZOOMLINK_DATABASE=copy).out)
    assert shown["join_url"] == made["join_url"]

    empty = f"sqlite:///{home / 'empty.db'}"
    rebuilt = json.loads(zoomlink("ledger", "rebuild", "--json", ZOOMLINK_DATABASE=empty).out)["items"]
    assert [link["meeting_id"] for link in rebuilt] == [made["meeting_id"]]
    assert "Nothing was missing." in zoomlink("ledger", "rebuild", ZOOMLINK_DATABASE=empty).err

    info = json.loads(zoomlink("ledger", "info", "--json").out)
    place = home / ".local" / "share" / "zoomlink" / "sandbox.db"
    assert info == {"database": f"sqlite:///{place}", "links": {"ready": 1}}
    refused = zoomlink("ledger", "erase", "Guitar lesson")
    assert (refused.code, "--yes" in refused.err) == (2, True)
    erased = zoomlink("ledger", "erase", "Guitar lesson", "--yes")
    assert (erased.code, erased.out) == (0, f"{made['id']}\n")
    assert json.loads(zoomlink("show", made["id"], "--json").out)["topic"] == ""


def test_a_database_password_is_not_shown(zoomlink: Callable[..., Done]) -> None:
    where = {"ZOOMLINK_DATABASE": "postgresql://zoom:db-canary@127.0.0.1:9/links"}
    for words in (("list",), ("ledger", "info"), ("create", "T", *WHEN), ("doctor",)):
        done = zoomlink(*words, **where)
        assert (done.code, "canary" in done.out + done.err) == (3, False)


def test_two_commands_with_one_key_at_once_make_one_meeting(
    to_sandbox: dict[str, str], home: Path, zoom_sandbox: Any
) -> None:
    url = f"{zoom_sandbox.url}/_sandbox/faults"
    slow = json.dumps({"kind": "latency", "route": "meetings.create", "ms": 400}).encode()
    urllib.request.urlopen(urllib.request.Request(url, data=slow, method="POST")).close()
    words = [str(ZOOMLINK), "create", "Guitar lesson", *WHEN, "--key", "b1", "--json"]
    running = [
        subprocess.Popen(words, env=to_sandbox, cwd=home, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        for _ in range(4)
    ]
    told = [process.communicate(timeout=60)[0] for process in running]
    assert [process.returncode for process in running] == [0, 0, 0, 0]
    assert len({json.loads(out)["join_url"] for out in told}) == 1
    assert len(zoom_sandbox.ledger) == 1


def test_a_copy_to_no_address_is_refused(zoomlink: Callable[..., Done], home: Path) -> None:
    done = zoomlink("ledger", "copy", "copy.db")
    assert (done.code, list(home.glob("copy.db"))) == (2, [])
    assert done.err.startswith("zoomlink: TO is no address of a database. Write sqlite:////folder/ledger.db")
