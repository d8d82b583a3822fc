"""The command where streams are closed, disks are full, homes are missing, and somebody presses Ctrl-C."""

from __future__ import annotations

import json
import re
import signal
import subprocess
from typing import TYPE_CHECKING, Any

import pytest
from tests.acceptance.conftest import ZOOMLINK
from tests.helpers import meeting_answer
from tests.wire import Line, Wire, reply

from zoomlink.cli.output import spoken_time
from zoomlink.times import parse_instant

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from tests.acceptance.conftest import Done

WHEN = ("--start", "2031-12-01 18:24", "--timezone", "America/Sao_Paulo")
CREATE = "create Aula --start 2031-12-01T18:24 --timezone America/Sao_Paulo"


@pytest.fixture
def shell(to_sandbox: dict[str, str], home: Path) -> Callable[..., Done]:
    """Run a line of shell in which ``zoomlink`` is the command."""
    from tests.acceptance.conftest import Done

    def run(line: str, **more: str) -> Done:
        environ = {**to_sandbox, **more}
        done = subprocess.run(
            ["bash", "-c", line], env=environ, cwd=home, capture_output=True, text=True, timeout=60, check=False
        )
        return Done(done.returncode, done.stdout, done.stderr)

    return run


# Streams --------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("line", "code", "told"),
    [
        (f"zoomlink {CREATE} >&-", 0, ""),
        (f"zoomlink {CREATE} --json >&-", 0, ""),
        (f"zoomlink {CREATE} --json 2>&- >/dev/null", 0, ""),
        ("zoomlink list >&-", 0, "No links."),
        ("zoomlink end 81234567890 <&-", 2, "There is nobody to ask."),
        ("zoomlink setup --client-secret-stdin <&-", 2, "There is no client secret on standard input."),
        ("zoomlink create Aula --nonsense 2>&-", 2, ""),
        (f"zoomlink {CREATE} >/dev/full", 1, "The link could not be printed: No space left on device."),
        ("zoomlink list --json >/dev/full", 1, "No space left on device."),
    ],
)
def test_a_closed_or_full_stream_is_no_riddle(shell: Callable[..., Done], line: str, code: int, told: str) -> None:
    done = shell(line)
    assert (done.code, told in done.err, "Traceback" in done.err) == (code, True, False), done.err


def test_a_link_that_cannot_be_printed_is_told_all_the_same(shell: Callable[..., Done], zoom_sandbox: Any) -> None:
    done = shell(f"zoomlink {CREATE} --json >/dev/full")
    assert len(zoom_sandbox.ledger) == 1
    assert f"/j/{zoom_sandbox.ledger[0]['meeting_id']}?pwd=" in done.err


@pytest.mark.parametrize("line", ["list", "show 1", "hosts", "doctor", "users list"])
def test_a_reader_that_leaves_early_is_no_error(shell: Callable[..., Done], line: str) -> None:
    done = shell(f"zoomlink {line} | head -0; echo ${{PIPESTATUS[0]}}")
    assert "Traceback" not in done.err
    assert "BrokenPipe" not in done.err


# Homes and folders ----------------------------------------------------------------------------------------------------


def test_an_env_file_that_is_a_folder_is_none(zoomlink: Callable[..., Done], home: Path) -> None:
    (home / ".env").mkdir()
    assert zoomlink("hosts").code == 0


def test_no_home_is_needed(zoomlink: Callable[..., Done]) -> None:
    # The user's own is found even so: another run of this test may have left a meeting there.
    assert zoomlink("create", "Aula", *WHEN, "--allow-overlap", "--sandbox", "--json", HOME=None).code == 0


def test_a_home_that_is_no_folder_is_none(zoomlink: Callable[..., Done]) -> None:
    assert zoomlink("create", "Aula", *WHEN, "--sandbox", "--json", HOME="/dev/null").code == 0


# What is shown --------------------------------------------------------------------------------------------------------


def test_a_dry_run_can_be_one_json_document(zoomlink: Callable[..., Done], zoom_sandbox: Any) -> None:
    made = json.loads(zoomlink("create", "Aula", *WHEN, "--dry-run", "--json").out)
    assert (made["method"], made["url"]) == ("POST", f"{zoom_sandbox.url}/v2/users/me/meetings")
    assert made["body"]["topic"] == "Aula"
    changed = json.loads(zoomlink("update", "81234567890", "--topic", "Moved", "--dry-run", "--json").out)
    assert (changed["method"], changed["body"]) == ("PATCH", {"topic": "Moved"})


def test_verbose_shows_each_exchange_and_no_secret(zoomlink: Callable[..., Done], zoom_sandbox: Any) -> None:
    overlap = (*WHEN, "--json", "--allow-overlap")
    for words in (("-v", "create", "Aula", *overlap), ("create", "Aula", *overlap, "-v")):
        done = zoomlink(*words)
        link = json.loads(done.out)
        assert re.search(f"POST {zoom_sandbox.url}/v2/users/[^/]+/meetings: HTTP 201", done.err)
        for secret in (zoom_sandbox.env["ZOOM_CLIENT_SECRET"], link["passcode"], "Bearer", "Basic", "zak", "pwd="):
            assert secret not in done.err


def test_verbose_shows_a_failure(zoomlink: Callable[..., Done]) -> None:
    done = zoomlink("hosts", "-v", ZOOM_OAUTH_URL="http://127.0.0.1:9", ZOOM_API_URL="http://127.0.0.1:9")
    assert "POST http://127.0.0.1:9/oauth/token: 127.0.0.1:9 cannot be reached" in done.err


def test_quiet_tells_problems_alone(zoomlink: Callable[..., Done]) -> None:
    assert zoomlink("-q", "create", "Aula", "--start", "20 june 2032 18:24", "--timezone", "UTC").err == ""
    assert "No link has the key abc." in zoomlink("show", "abc", "--quiet").err


def test_call_keeps_its_own_q(zoomlink: Callable[..., Done]) -> None:
    assert json.loads(zoomlink("call", "GET", "/users", "-q", "page_size=1").out)["page_size"] == 1


def test_an_unknown_command_leads_to_the_help_there_is(zoomlink: Callable[..., Done]) -> None:
    assert "See: zoomlink --help" in zoomlink("bogus").err


@pytest.mark.parametrize(
    "words", [("create", "T", *WHEN, "-S", "waiting_room=" + "[" * 5000), ("call", "POST", "/x", "--body", "[" * 5000)]
)
def test_json_of_any_depth_is_bad_input(zoomlink: Callable[..., Done], words: tuple[str, ...]) -> None:
    assert zoomlink(*words).code == 2


def test_a_topic_may_begin_with_a_hyphen(zoomlink: Callable[..., Done]) -> None:
    done = zoomlink("create", *WHEN, "--json", "--", "-v")
    assert json.loads(done.out)["topic"] == "-v"


@pytest.mark.parametrize("zone", ["Mars/Olympus", "", "../../etc/passwd", "America", "(GMT-3:00) Brasilia", "\x1b[31m"])
def test_a_zone_that_nobody_knows_does_not_hide_a_meeting(zoomlink: Callable[..., Done], zone: str) -> None:
    instant = parse_instant("2031-12-01T21:24:00Z")
    assert instant is not None
    assert spoken_time(instant, zone) == "Monday, 1 December 2031, 21:24 UTC"
    made = meeting_answer(topic="Aula", timezone=zone, host_email="alice@example.com")

    def play(line: Line) -> None:
        while True:
            asked = line.read().line
            line.send(
                reply(200, {"access_token": "t", "expires_in": 3600})
                if "/oauth/token" in asked
                else reply(
                    200 if asked.startswith("GET") else 201, made if "/users/" in asked or "/81" in asked else {}
                )
            )

    with Wire((play,)) as wire:
        where = {"ZOOM_OAUTH_URL": wire.url, "ZOOM_API_URL": wire.url}
        done = zoomlink("create", "Aula", "--start", "2031-12-01T21:24:00Z", "--ics", "a.ics", **where)
        shown = zoomlink("show", "81234567890", **where)
    assert (done.code, shown.code) == (0, 0), done.err + shown.err
    assert "Monday, 1 December 2031, 21:24 UTC" in done.out
    assert "could not be written" not in done.err


# Updates --------------------------------------------------------------------------------------------------------------


@pytest.fixture
def made(zoomlink: Callable[..., Done]) -> dict[str, Any]:
    """A meeting in São Paulo."""
    link: dict[str, Any] = json.loads(zoomlink("create", "Guitar lesson", *WHEN, "--json").out)
    return link


@pytest.mark.parametrize("start", ["2031-12-02T20:00Z", "2031-12-02T21:00+01:00", "2031-12-02T17:00"])
def test_an_update_takes_an_instant_beside_the_meeting_s_own_zone(
    zoomlink: Callable[..., Done], made: dict[str, Any], start: str
) -> None:
    done = zoomlink("update", str(made["meeting_id"]), "--start", start, "--json")
    assert done.code == 0, done.err
    after = json.loads(done.out)
    assert (after["start_time"], after["timezone"], after["warnings"]) == (
        "2031-12-02T20:00:00Z", "America/Sao_Paulo", []
    )  # fmt: skip


def test_an_update_to_the_second_of_two_equal_hours_stays_there(
    zoomlink: Callable[..., Done], made: dict[str, Any]
) -> None:
    words = ("--start", "2031-10-26T02:30+01:00", "--timezone", "Europe/Berlin", "--json")
    done = zoomlink("update", str(made["meeting_id"]), *words)
    assert json.loads(done.out)["start_time"] == "2031-10-26T01:30:00Z", done.err


def test_a_zone_without_a_start_is_not_passed_over(zoomlink: Callable[..., Done]) -> None:
    done = zoomlink("update", "81234567890", "--topic", "Moved", "--timezone", "Europe/Lisbon")
    assert (done.code, "A time zone says nothing without a start." in done.err) == (2, True)


def test_a_dry_run_of_an_update_does_not_guess_the_meeting_s_zone(zoomlink: Callable[..., Done]) -> None:
    words = ("update", "81234567890", "--start", "2031-12-02 18:24", "--dry-run", "--json")
    assert zoomlink(*words, ZOOMLINK_TIMEZONE="Europe/Lisbon").code == 2
    told = json.loads(zoomlink(*words, "--timezone", "America/Sao_Paulo").out)
    assert told["body"]["start_time"] == "2031-12-02T21:24:00Z"


# Files of registrants -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("content", "code", "told"),
    [
        (b"email;first_name\nana@example.com;Ana\n", 0, "ana@example.com"),
        (b"\xef\xbb\xbfemail\tfirst_name\r\nana@example.com\tAna\r\n", 0, "ana@example.com"),
        (b"Email , First_Name\nana@example.com,Ana\n,\n", 0, "ana@example.com"),
        (b'email,first_name,note\nana@example.com,Ana,"two\nlines"\nrui@example.com,,\n', 2, "Line 4 of"),
        (b"email,first_name\n", 2, "names nobody"),
        (b"", 2, "names nobody"),
        (b"\xff\xfee\x00m\x00", 2, "it is not text in UTF-8"),
        (b'email,first_name\n"ana@example.com,Ana\n', 2, "cannot be read"),
        (b"email,first_name\nana@example.com,A\x00na\n", 2, ""),
    ],
)
def test_files_of_registrants_are_read_as_spreadsheets_write_them(
    zoomlink: Callable[..., Done], home: Path, content: bytes, code: int, told: str
) -> None:
    number = json.loads(zoomlink("create", "Aula", *WHEN, "--registration", "automatic", "--json").out)["meeting_id"]
    (home / "guests.csv").write_bytes(content)
    done = zoomlink("registrants", "add", str(number), "--file", "guests.csv")
    assert (done.code, told in done.out + done.err) == (code, True), done.out + done.err


def test_one_registrant_beside_a_file_is_not_passed_over(zoomlink: Callable[..., Done]) -> None:
    done = zoomlink("registrants", "add", "81234567890", "ana@example.com", "--file", "guests.csv")
    assert (done.code, "One registrant and a file of them are given." in done.err) == (2, True)


# Ctrl-C ---------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("at", ["token", "meeting", "half"])
def test_ctrl_c_ends_with_130_and_says_what_may_be(to_sandbox: dict[str, str], home: Path, at: str) -> None:
    process: list[subprocess.Popen[str]] = []

    def play(line: Line) -> None:
        asked = line.read().line
        if at != "token":
            line.send(reply(200, {"access_token": "t", "expires_in": 3600}))
            asked = line.read().line
        if at == "half":
            line.send(reply(201, meeting_answer())[:-20])
        assert asked
        process[0].send_signal(signal.SIGINT)
        line.wait()

    with Wire((play,)) as wire:
        environ = {**to_sandbox, "ZOOM_OAUTH_URL": wire.url, "ZOOM_API_URL": wire.url}
        process.append(
            subprocess.Popen([ZOOMLINK, *CREATE.split()], env=environ, cwd=home, text=True, stdout=-1, stderr=-1)
        )
        out, err = process[0].communicate(timeout=30)
    assert (process[0].returncode, out) == (130, "")
    assert err.splitlines() == [
        "If Zoom was asked already, nothing is lost: zoomlink list shows the link, zoomlink settle goes on with it.",
        "zoomlink: Interrupted.",
    ]
