"""Many links from one file with the installed command: plans, runs, kills, and what is written."""

from __future__ import annotations

import csv
import io
import json
import signal
import subprocess
import time
from collections import Counter
from typing import TYPE_CHECKING, Any

import openpyxl
import pytest
from tests.acceptance.conftest import ZOOMLINK

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from tests.acceptance.conftest import Done

ZONE = ("--tz", "America/Sao_Paulo")
TWO = {"ZOOMLINK_HOSTS": "host1@sandbox.example,host2@sandbox.example"}
CLASSES = """\
Assunto;Data;Hora;Duração;Sala
Piano;13/12/2031;18h24;1h30;A
Coro "jovem";01/12/2031;09:00;;B
"""


@pytest.fixture
def classes(home: Path) -> Path:
    """A small file as a spreadsheet in Brazil writes it."""
    path = home / "aulas.csv"
    path.write_text(CLASSES, encoding="cp1252", newline="\r\n")
    return path


def rows_of(path: Path, encoding: str = "utf-8", delimiter: str = ",") -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(path.read_text(encoding)), delimiter=delimiter))


def names_in(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


def creates(zoom_sandbox: Any) -> list[dict[str, Any]]:
    return [one for one in zoom_sandbox.ledger if one["action"] == "create"]


def test_a_plan_shows_hosts_and_days_and_sends_and_stores_nothing(
    zoomlink: Callable[..., Done], zoom_sandbox: Any, classes: Path, home: Path
) -> None:
    database = f"sqlite:///{home / 'ledger.db'}"
    done = zoomlink("bulk", "plan", "aulas.csv", *ZONE, ZOOMLINK_DATABASE=database, **TWO)
    assert done.code == 0, done.err
    assert [line.split()[0] for line in done.out.splitlines()] == ["line", "2", "3"]
    assert "topic = “Assunto”, date = “Data”, time = “Hora”, duration = “Duração”; left as they are: “Sala”" in done.err
    assert "Read as CSV: semicolons, Windows-1252; dates: day first" in done.err
    assert "2 links to make on 1 host; no plan needs fewer than 1." in done.err
    assert (zoom_sandbox.requests, zoom_sandbox.ledger, names_in(home)) == ([], [], ["aulas.csv"])


def test_a_plan_needs_no_credentials(zoomlink: Callable[..., Done], classes: Path) -> None:
    done = zoomlink("bulk", "plan", "aulas.csv", *ZONE, "--json", ZOOM_CLIENT_SECRET=None, ZOOM_CLIENT_ID=None)
    plan = json.loads(done.out)
    assert (done.code, plan["to_make"], [item["line"] for item in plan["items"]]) == (0, 2, [2, 3])


def test_faulty_rows_are_all_named_and_nothing_is_made(
    zoomlink: Callable[..., Done], zoom_sandbox: Any, home: Path
) -> None:
    (home / "bad.csv").write_text("topic,start\nA,2031-12-01 25:00\n,2031-02-30 18:00\nC,2031-12-01 18:00\n")
    for command in ("plan", "run"):
        done = zoomlink("bulk", command, "bad.csv", *ZONE)
        assert done.code == 2
        assert "line 2, column “start”: There is no time 25:00." in done.err
        assert "line 3, column “topic”: A meeting needs a topic." in done.err
        assert "line 3, column “start”: 2031-02-30 does not exist: February 2031 has 28 days." in done.err
    assert zoom_sandbox.ledger == []
    done = zoomlink("bulk", "run", "bad.csv", *ZONE, "--skip-faulty")
    assert done.code == 2
    assert [row["state"] for row in rows_of(home / "bad.links.csv")] == ["", "", "ready"]
    assert rows_of(home / "bad.links.csv")[0]["problem"] == "There is no time 25:00."


def test_a_run_writes_the_same_file_with_its_links(
    zoomlink: Callable[..., Done], zoom_sandbox: Any, classes: Path, home: Path
) -> None:
    done = zoomlink("bulk", "run", "aulas.csv", *ZONE, **TWO)
    assert (done.code, done.out) == (0, "aulas.links.csv\n")
    data = (home / "aulas.links.csv").read_bytes()
    assert data.count(b"\r\n") == 3
    assert data.decode("cp1252").splitlines()[0] == (
        "Assunto;Data;Hora;Duração;Sala;link_id;state;join_url;passcode;meeting_id;host;problem"
    )
    rows = rows_of(home / "aulas.links.csv", "cp1252", ";")
    assert [(row["Assunto"], row["Sala"], row["state"]) for row in rows] == [
        ("Piano", "A", "ready"),
        ('Coro "jovem"', "B", "ready"),
    ]
    there = {one["meeting_id"]: one["topic"] for one in creates(zoom_sandbox)}
    assert [there[int(row["meeting_id"])] for row in rows] == ["Piano", 'Coro "jovem"']
    again = zoomlink("bulk", "run", "aulas.csv", *ZONE, **TWO)
    assert (again.code, (home / "aulas.links.csv").read_bytes(), len(creates(zoom_sandbox))) == (0, data, 2)


def test_a_row_that_was_changed_since_is_told_and_its_old_link_is_replaced(
    zoomlink: Callable[..., Done], zoom_sandbox: Any, classes: Path, home: Path
) -> None:
    zoomlink("bulk", "run", "aulas.csv", *ZONE)
    old = rows_of(home / "aulas.links.csv", "cp1252", ";")[0]
    (home / "aulas.csv").write_text(CLASSES.replace("Piano", "Violino"), encoding="cp1252")
    told = zoomlink("bulk", "run", "aulas.csv", *ZONE, "-o", "aulas.links.csv")
    assert (told.code, f"  {old['link_id']}" in told.err.splitlines()) == (7, True)  # the old one keeps its host busy
    (home / "aulas.links.csv").write_text("link_id\n" + old["link_id"] + "\n")
    done = zoomlink("bulk", "run", "aulas.csv", *ZONE, "--replace")
    assert (done.code, done.err.splitlines()[0]) == (
        0,
        "Cancelled 1 of an earlier result whose rows were changed or taken out.",
    )
    assert [(one["action"], one["topic"]) for one in zoom_sandbox.ledger][2:] == [
        ("delete", "Piano"),
        ("create", "Violino"),
    ]


def test_an_old_link_is_found_when_the_result_knows_it_no_more(
    zoomlink: Callable[..., Done], zoom_sandbox: Any, classes: Path, home: Path
) -> None:
    zoomlink("bulk", "run", "aulas.csv", *ZONE, **TWO)
    old = rows_of(home / "aulas.links.csv", "cp1252", ";")[0]["link_id"]
    (home / "aulas.csv").write_text(CLASSES.replace("Piano", "Violino"), encoding="cp1252")
    lives = "It lives on, and keeps its host busy:"
    said = [
        "1 link of an earlier version of aulas.csv belongs to a row that was changed or taken out since. " + lives,
        f"  {old}",
        "To cancel it: zoomlink cancel LINK; or run with --replace.",
    ]
    for command in ("plan", "run", "run", "plan"):  # the first run writes a result that names it no more
        told = zoomlink("bulk", command, "aulas.csv", *ZONE, **TWO)
        lines = told.err.splitlines()
        at = lines.index(said[0])
        assert (told.code, lines[at : at + 3]) == (0, said)
    other = home / "other"
    other.mkdir()
    (other / "aulas.csv").write_text(CLASSES.replace("Piano", "Harpa"), encoding="cp1252")
    assert old not in zoomlink("bulk", "plan", "other/aulas.csv", *ZONE, **TWO).err  # another file of this name
    done = zoomlink("bulk", "run", "aulas.csv", *ZONE, "--replace", **TWO)
    assert (done.code, done.err.splitlines()[0]) == (
        0,
        "Cancelled 1 of an earlier result whose rows were changed or taken out.",
    )
    assert old not in zoomlink("bulk", "plan", "aulas.csv", *ZONE, **TWO).err
    (home / "aulas.csv").write_text(CLASSES.replace("Piano", "Oboé"), encoding="cp1252")
    zoomlink("bulk", "run", "aulas.csv", *ZONE, **TWO)
    assert zoomlink("bulk", "cancel", "aulas.csv", *ZONE, "--yes", **TWO).code == 0
    assert Counter(one["action"] for one in zoom_sandbox.ledger) == {"create": 4, "delete": 4}


def test_a_link_that_another_asked_for_stays_when_a_file_is_cancelled(
    zoomlink: Callable[..., Done], zoom_sandbox: Any, home: Path
) -> None:
    start = ("--start", "2031-12-01T18:24", *ZONE)
    assert zoomlink("create", "Piano", *start, "--key", "a-1", **TWO).code == 0
    (home / "keys.csv").write_text("topic,start,key\nPiano,2031-12-01 18:24,a-1\nVoz,2031-12-02 18:24,a-2\n")
    assert zoomlink("bulk", "run", "keys.csv", *ZONE, **TWO).code == 0
    done = zoomlink("bulk", "cancel", "keys.csv", *ZONE, "--yes", **TWO)
    assert done.code == 0
    assert "1 link of its rows belongs to others who asked for the same, and stays as it is." in done.err.splitlines()
    assert [(one["action"], one["topic"]) for one in zoom_sandbox.ledger if one["action"] == "delete"] == [
        ("delete", "Voz")
    ]


def test_results_are_nobody_else_s_to_read(zoomlink: Callable[..., Done], classes: Path, home: Path) -> None:
    zoomlink("bulk", "run", "aulas.csv", *ZONE, **TWO)
    result = home / "aulas.links.csv"
    assert result.stat().st_mode & 0o777 == 0o600
    result.chmod(0o640)  # whoever owns it may let others
    zoomlink("bulk", "run", "aulas.csv", *ZONE, **TWO)
    assert result.stat().st_mode & 0o777 == 0o640


def test_what_is_wrong_with_many_rows_is_said_once(zoomlink: Callable[..., Done], home: Path) -> None:
    (home / "a.csv").write_text("topic,start\n" + "Piano,2031-12-01 18:24\n" * 30 + ",2001-12-01T18:24Z\n")
    done = zoomlink("bulk", "plan", "a.csv", ZOOMLINK_TIMEZONE=None)
    faults = [line for line in done.err.splitlines() if line.startswith("  ")]
    assert (done.code, len(faults)) == (2, 3)
    assert faults[0].startswith("  30 rows, from line 2 on, column “timezone”: It has no time zone, ")
    assert faults[1].startswith("  line 32, column “topic”: ")
    assert faults[2].startswith("  line 32, column “start”: ")  # it has passed, which is said in the same pass


def test_a_plan_may_leave_rows_out_and_says_which_host_is_not_needed(zoomlink: Callable[..., Done], home: Path) -> None:
    (home / "a.csv").write_text("topic,start\nA,2031-12-01 18:00\nB,2031-12-02 18:00\n,2031-12-03 18:00\n")
    assert zoomlink("bulk", "plan", "a.csv", *ZONE, **TWO).code == 2
    done = zoomlink("bulk", "plan", "a.csv", *ZONE, "--skip-faulty", **TWO)
    assert done.code == 0
    assert "host2@sandbox.example is not needed; --spread uses all." in done.err.splitlines()
    assert "not needed" not in zoomlink("bulk", "plan", "a.csv", *ZONE, "--skip-faulty", "--spread", **TWO).err


def test_a_workbook_and_json_lines_come_back_as_what_they_were(zoomlink: Callable[..., Done], home: Path) -> None:
    book = openpyxl.Workbook()
    sheet: Any = book.active
    sheet.append(["topic", "start"])
    sheet.append(["Piano", "2031-12-01 18:24"])
    book.save(home / "a.xlsx")
    (home / "b.jsonl").write_text('{"topic": "Voice", "start": "2031-12-02 18:24"}\n')
    assert [zoomlink("bulk", "run", name, *ZONE).out for name in ("a.xlsx", "b.jsonl")] == [
        "a.links.xlsx\n",
        "b.links.jsonl\n",
    ]
    made: Any = openpyxl.load_workbook(home / "a.links.xlsx").active
    assert (made.cell(1, 3).value, made.cell(2, 4).value) == ("link_id", "ready")
    address = made.cell(2, 5)
    assert (address.hyperlink.target, made.column_dimensions["E"].width) == (address.value, 60)
    assert json.loads((home / "b.links.jsonl").read_text())["state"] == "ready"


def test_calendar_files_come_one_for_each_row_or_one_for_all(
    zoomlink: Callable[..., Done], classes: Path, home: Path
) -> None:
    assert zoomlink("bulk", "run", "aulas.csv", *ZONE, "--ics", "cal", **TWO).code == 0
    assert zoomlink("bulk", "run", "aulas.csv", *ZONE, "--ics", "all.ics", **TWO).code == 0
    assert names_in(home / "cal") == ["0002-piano.ics", "0003-coro-jovem.ics"]
    assert (home / "all.ics").read_text().count("BEGIN:VEVENT") == 2


def test_status_says_how_far_it_is_and_cancel_takes_it_back(
    zoomlink: Callable[..., Done], zoom_sandbox: Any, classes: Path, home: Path
) -> None:
    before = zoomlink("bulk", "status", "aulas.csv", *ZONE, "--json", **TWO)
    assert (before.code, json.loads(before.out)["state"], json.loads(before.out)["done"]) == (0, "new", 0)
    zoomlink("bulk", "run", "aulas.csv", *ZONE, **TWO)
    after = json.loads(zoomlink("bulk", "status", "aulas.csv", *ZONE, "--json", **TWO).out)
    assert (after["state"], after["done"], after["states"]) == ("done", 2, {"ready": 2})
    assert zoomlink("bulk", "cancel", "aulas.csv", *ZONE, **TWO).code == 2  # nobody is there to be asked
    done = zoomlink("bulk", "cancel", "aulas.csv", *ZONE, "--yes", **TWO)
    assert (done.code, Counter(one["action"] for one in zoom_sandbox.ledger)) == (0, {"create": 2, "delete": 2})
    assert [row["state"] for row in rows_of(home / "aulas.links.csv", "cp1252", ";")] == ["cancelled", "cancelled"]


def test_exit_codes_say_what_is_still_to_come_and_what_cannot_be(
    zoomlink: Callable[..., Done], zoom_sandbox: Any, home: Path
) -> None:
    head = "topic,start,host\n"
    (home / "clash.csv").write_text(head + "A,2031-12-01 18:00,\nB,2031-12-01 18:00,\n")
    (home / "refused.csv").write_text(head + "C,2031-12-02 18:00,nobody@sandbox.example\n")
    # One more than a host may have made in a day.
    (home / "many.csv").write_text(
        head + "".join(f"D{n},2031-{n // 24 % 6 + 1:02}-{n % 24 + 1:02} 10:00,\n" for n in range(101))
    )
    assert zoomlink("bulk", "run", "clash.csv", *ZONE).code == 7
    assert zoomlink("bulk", "run", "refused.csv", *ZONE).code == 4
    done = zoomlink("bulk", "run", "many.csv", *ZONE, ZOOMLINK_PLAN="business", ZOOMLINK_HOSTS="host1@sandbox.example")
    assert done.code == 5
    assert "run it again: zoomlink bulk run many.csv" in done.err
    assert Counter(row["state"] for row in rows_of(home / "many.links.csv")) == {"ready": 100, "parked": 1}
    zoom_sandbox.fail("503-before-commit", route="meetings.create")
    (home / "lost.csv").write_text(head + "E,2031-12-03 18:00,host2@sandbox.example\n")
    assert zoomlink("bulk", "run", "lost.csv", *ZONE, "--wait", "0").code == 6


def test_at_a_terminal_there_is_a_bar_and_in_a_pipe_plain_lines(
    at_terminal: Callable[..., tuple[int, str]], zoomlink: Callable[..., Done], classes: Path
) -> None:
    code, shown = at_terminal("bulk", "run", "aulas.csv", *ZONE, **TWO)
    assert (code, "Making links" in shown) == (0, True)
    assert zoomlink("bulk", "run", "aulas.csv", *ZONE, **TWO).err == "2 rows: 2 ready.\n"


# -- kills -------------------------------------------------------------------------------------------------------------


def many(path: Path, count: int) -> None:
    """A file whose rows fit on two hosts."""
    lines = [
        f"Lesson {n},2031-{n // 2 // 20 % 12 + 1:02}-{n // 2 // 240 + 1:02} {n // 2 % 20:02}:00,45"
        for n in range(count)
    ]
    path.write_text("topic,start,duration\n" + "\n".join(lines) + "\n")


def until(holds: Callable[[], bool], process: subprocess.Popen[str]) -> None:
    end = time.monotonic() + 120
    while not holds():
        assert process.poll() is None, process.communicate()
        assert time.monotonic() < end
        time.sleep(0.02)


def test_killed_twice_and_run_again_it_loses_nothing_and_makes_nothing_twice(
    to_sandbox: dict[str, str], zoom_sandbox: Any, home: Path
) -> None:
    many(home / "many.csv", 300)
    environ = {**to_sandbox, **TWO, "ZOOMLINK_PLAN": "none", "ZOOMLINK_SETTLE": "fast"}
    command = [str(ZOOMLINK), "bulk", "run", "many.csv", *ZONE]
    for so_many in (60, 170):
        process = subprocess.Popen(command, env=environ, cwd=home, stderr=subprocess.PIPE, text=True)
        until(lambda so_many=so_many: len(zoom_sandbox.ledger) >= so_many, process)  # type: ignore[misc]
        process.send_signal(signal.SIGKILL)
        process.communicate()
    killed = len(zoom_sandbox.ledger)
    process = subprocess.Popen(command, env=environ, cwd=home, stderr=subprocess.PIPE, text=True)
    until(lambda: len(zoom_sandbox.ledger) > killed, process)
    told = process.communicate(timeout=150)[1]
    assert (process.returncode, told.splitlines()[-1]) == (0, "300 rows: 300 ready.")
    made = creates(zoom_sandbox)
    assert Counter(one["topic"] for one in made) == {f"Lesson {n}": 1 for n in range(300)}
    rows = rows_of(home / "many.links.csv")
    assert {(row["topic"], int(row["meeting_id"])) for row in rows} == {
        (one["topic"], one["meeting_id"]) for one in made
    }
    assert [row["topic"] for row in rows] == [f"Lesson {n}" for n in range(300)]


def test_ctrl_c_says_how_to_go_on_and_leaves_what_there_is(
    to_sandbox: dict[str, str], zoom_sandbox: Any, home: Path
) -> None:
    many(home / "many.csv", 300)
    environ = {**to_sandbox, **TWO, "ZOOMLINK_PLAN": "free"}
    command = [str(ZOOMLINK), "bulk", "run", "many.csv", *ZONE]
    process = subprocess.Popen(command, env=environ, cwd=home, stderr=subprocess.PIPE, text=True)
    until(lambda: len(zoom_sandbox.ledger) >= 3, process)
    process.send_signal(signal.SIGINT)
    told = process.communicate(timeout=30)[1]
    assert process.returncode == 130
    assert "Run the same command again: nothing is lost or made twice." in told.splitlines()
    (home / "many.links.csv").rename(home / "seen.csv")
    state = subprocess.run(
        [*command[:2], "status", *command[3:]], env=environ, cwd=home, capture_output=True, text=True
    )
    assert state.returncode == 6
    assert f"{300 - len(zoom_sandbox.ledger)} links are on the way." in state.stderr.splitlines()
    (home / "seen.csv").rename(home / "many.links.csv")
    states = Counter(row["state"] for row in rows_of(home / "many.links.csv"))
    assert states["ready"] == len(zoom_sandbox.ledger)
    assert states["ready"] + states["planned"] == 300
