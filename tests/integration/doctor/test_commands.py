"""``zoomlink doctor`` and ``zoomlink setup`` as processes, with and without a terminal, against a sandbox."""

from __future__ import annotations

import json
import os
import re
import select
import stat
import subprocess
import sys
import time
from typing import TYPE_CHECKING, Any

import pytest

from zoomlink.cli.doctor import show
from zoomlink.doctor import Finding, Status

if TYPE_CHECKING:
    from pathlib import Path

    from tests.integration.doctor.conftest import Patient

COMMAND = [sys.executable, "-m", "zoomlink.cli"]
CREDENTIALS = ("ZOOM_ACCOUNT_ID", "ZOOM_CLIENT_ID", "ZOOM_CLIENT_SECRET")
FLAGS = ["--account-id", "sandbox-account", "--client-id", "sandbox-client", "--client-secret-stdin"]
WITHIN = 20.0
"""Seconds after which a terminal that says nothing more has failed the test."""


def environment(patient: Patient, *, credentials: bool = True, **more: str) -> dict[str, str]:
    """The environment of a process: the patient's, with or without credentials."""
    kept = {name: value for name, value in patient.env.items() if credentials or name not in CREDENTIALS}
    basics = {name: os.environ[name] for name in ("PATH", "HOME") if name in os.environ}
    return {**basics, "PYTHONUTF8": "1", "TERM": "xterm", "COLUMNS": "100", **kept, **more}


def run(patient: Patient, *words: str, stdin: str = "", **more: Any) -> subprocess.CompletedProcess[str]:
    """Run the command without a terminal in the patient's folder."""
    env = environment(patient, **more)
    return subprocess.run(
        [*COMMAND, *words], cwd=patient.folder, env=env, input=stdin, text=True, capture_output=True, check=False
    )


class Terminal:
    """The command at a terminal of its own, talked to by what it says."""

    def __init__(self, patient: Patient, *words: str, **more: Any) -> None:
        # pty.spawn gives the command a controlling terminal, without which a password cannot be typed unseen.
        host = "import os, pty, sys; sys.exit(os.waitstatus_to_exitcode(pty.spawn(sys.argv[1:])))"
        self._process = subprocess.Popen(
            [sys.executable, "-c", host, *COMMAND, *words],
            cwd=patient.folder,
            env=environment(patient, **more),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
        )
        self.shown = ""
        self._read = 0

    def wait_for(self, words: str) -> None:
        """Read until the terminal shows `words` anew."""
        assert self._process.stdout is not None
        ends = time.monotonic() + WITHIN
        while (at := self.shown.find(words, self._read)) < 0:
            ready, _, _ = select.select([self._process.stdout], [], [], ends - time.monotonic())
            chunk = os.read(self._process.stdout.fileno(), 65536) if ready else b""
            assert chunk, f"the terminal never showed {words!r}: {self.shown}"
            self.shown += chunk.decode("utf-8", "replace")
        self._read = at + len(words)

    def type(self, text: str) -> None:
        """Type a line, or a control character."""
        assert self._process.stdin is not None
        self._process.stdin.write(text.encode())
        self._process.stdin.flush()

    def answer(self, question: str, text: str) -> None:
        """Wait for a question and answer it."""
        self.wait_for(question)
        self.wait_for(": ")
        self.type(text + "\n")

    def end(self) -> int:
        """Read to the end, and return the exit code."""
        assert self._process.stdout is not None
        assert self._process.stdin is not None
        with self._process.stdin:
            pass
        with self._process.stdout:
            self.shown += self._process.stdout.read().decode("utf-8", "replace")
        return self._process.wait(WITHIN)


# doctor ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("words", [("doctor", "--account", "clinic"), ("--account", "clinic", "doctor")])
def test_the_doctor_looks_at_the_account_that_is_named(patient: Patient, words: tuple[str, ...]) -> None:
    names = (*CREDENTIALS, "ZOOM_OAUTH_URL", "ZOOM_API_URL")
    fields = ("account_id", "client_id", "client_secret", "oauth_url", "api_url")
    table = [f'{field} = "{patient.env.pop(name)}"' for field, name in zip(fields, names, strict=True)]
    (patient.folder / "accounts.toml").write_text("\n".join(["[clinic]", *table, "[school]", ""]), encoding="utf-8")
    done = run(patient, *words, "--json", ZOOMLINK_ACCOUNTS="accounts.toml")
    found = {item["check"]: item["status"] for item in json.loads(done.stdout)["items"]}
    assert (done.returncode, found["credentials"], found["settings"], found["owner"]) == (0, "ok", "ok", "ok")


def test_doctor_of_a_healthy_patient_exits_with_0(patient: Patient) -> None:
    done = run(patient, "doctor")
    assert (done.returncode, done.stderr) == (0, "All is well.\n")
    assert "ok       Token          Zoom accepts the credentials and gave a token for 60 minutes.\n" in done.stdout
    assert "\x1b" not in done.stdout


def test_doctor_that_finds_something_to_mend_exits_with_3_and_prints_the_cure(patient: Patient) -> None:
    done = run(patient, "doctor", credentials=False)
    assert (done.returncode, done.stderr) == (3, "1 thing to mend.\n")
    first, second, *_ = done.stdout.splitlines()
    assert first.startswith("failed   Credentials    ZOOM_ACCOUNT_ID, ZOOM_CLIENT_ID and ZOOM_CLIENT_SECRET are not")
    assert second.startswith("                        -> They stand on the App Credentials page")


def test_warnings_alone_exit_with_0(patient: Patient) -> None:
    patient.user("host1@sandbox.example").type = 1
    done = run(patient, "doctor")
    assert (done.returncode, done.stderr) == (0, "zoomlink can work; 1 warning.\n")


def test_doctor_for_programs_is_one_document(patient: Patient) -> None:
    done = run(patient, "doctor", "--json", credentials=False)
    document = json.loads(done.stdout)
    assert done.returncode == 3
    assert (document["healthy"], document["next_cursor"]) == (False, None)
    assert document["counts"] == {"ok": 8, "warning": 0, "failed": 1, "skipped": 11}
    assert document["items"][0] == {
        "check": "credentials",
        "status": "failed",
        "what": "ZOOM_ACCOUNT_ID, ZOOM_CLIENT_ID and ZOOM_CLIENT_SECRET are not set.",
        "cure": document["items"][0]["cure"],
        "details": {"missing": list(CREDENTIALS)},
    }


def test_doctor_looks_at_an_embedded_sandbox_when_asked(patient: Patient) -> None:
    done = run(patient, "doctor", "--sandbox", "--json", credentials=False)
    items = {item["check"]: item for item in json.loads(done.stdout)["items"]}
    assert done.returncode == 0
    assert items["network"]["details"]["sandbox"] is True
    assert items["owner"]["details"]["email"] == "owner@sandbox.example"


def test_doctor_still_works_when_the_env_file_cannot_be_read(patient: Patient) -> None:
    (patient.folder / ".env").write_bytes(b"A=\xff\xfe\n")
    done = run(patient, "doctor", "--json")
    failures = [item["what"] for item in json.loads(done.stdout)["items"] if item["status"] == "failed"]
    assert (done.returncode, failures) == (3, [".env cannot be read (UnicodeDecodeError)."])


def test_doctor_at_a_terminal_shows_a_table_with_marks_and_colours(patient: Patient) -> None:
    terminal = Terminal(patient, "doctor", credentials=False)
    assert terminal.end() == 3
    assert re.search(r"\x1b\[[0-9;]*31m✗", terminal.shown)
    plain = re.sub(r"\x1b\[[0-9;?]*[A-Za-z]", "", terminal.shown)
    assert "✗  Credentials" in plain
    assert "first mend “Credentials”. (So too: Clock, Token," in plain


def test_doctor_at_a_terminal_without_colours_when_nobody_wants_them(patient: Patient) -> None:
    terminal = Terminal(patient, "doctor", credentials=False, NO_COLOR="1")
    terminal.end()
    assert not re.search(r"\x1b\[[0-9;]*3[0-9]m", terminal.shown)


def test_findings_fit_a_place_that_holds_ascii_only(patient: Patient) -> None:
    done = run(patient, "doctor", credentials=False, PYTHONUTF8="0", PYTHONIOENCODING="ascii", LC_ALL="C")
    assert done.returncode == 3
    assert 'Not looked at: first mend "Credentials".' in done.stdout


@pytest.mark.parametrize(
    ("status", "code"), [(Status.OK, 0), (Status.WARNING, 0), (Status.SKIPPED, 0), (Status.FAILED, 3)]
)
def test_exit_code_says_whether_something_has_to_be_mended(
    status: Status, code: int, capsys: pytest.CaptureFixture[str]
) -> None:
    assert show([Finding("token", status, "Something.", "Mend it.")]) == code
    assert capsys.readouterr().out == f"{status.value:<7}  Token          Something.\n{'':<24}-> Mend it.\n"


# setup without a terminal ---------------------------------------------------------------------------------------


def test_setup_by_options_writes_a_private_file_and_runs_the_doctor(patient: Patient) -> None:
    path = patient.folder / ".env"
    path.write_text("# mine\nDEBUG=1\n")
    done = run(patient, "setup", *FLAGS, "--tz", "America/Sao_Paulo", stdin="sandbox-secret\n", credentials=False)
    assert done.returncode == 0, done.stderr
    assert path.read_text() == (
        "# mine\nDEBUG=1\nZOOM_ACCOUNT_ID=sandbox-account\nZOOM_CLIENT_ID=sandbox-client\n"
        "ZOOM_CLIENT_SECRET=sandbox-secret\nZOOMLINK_TIMEZONE=America/Sao_Paulo\n"
    )
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert done.stderr.startswith(
        "Wrote .env: ZOOM_ACCOUNT_ID, ZOOM_CLIENT_ID, ZOOM_CLIENT_SECRET, ZOOMLINK_TIMEZONE. Only you can open it.\n"
    )
    assert ".env is read, and only you may open it." in done.stdout
    assert "sandbox-secret" not in done.stdout + done.stderr


def test_setup_takes_what_the_environment_says(patient: Patient) -> None:
    done = run(patient, "setup", "--yes", "--no-verify", "--env-file", "other.env")
    assert done.returncode == 0, done.stderr
    assert "ZOOM_CLIENT_SECRET=sandbox-secret\n" in (patient.folder / "other.env").read_text()


def test_setup_with_wrong_credentials_exits_with_3_and_writes_nothing(patient: Patient) -> None:
    done = run(patient, "setup", *FLAGS, stdin="wrong-canary\n", credentials=False)
    assert done.returncode == 3
    assert "Zoom does not know this client ID and client secret." in done.stderr
    assert "canary" not in done.stdout + done.stderr
    assert list(patient.folder.iterdir()) == []


def test_setup_that_cannot_reach_zoom_exits_with_6_and_writes_nothing(patient: Patient) -> None:
    done = run(
        patient, "setup", *FLAGS, stdin="sandbox-secret\n", credentials=False, ZOOM_OAUTH_URL="http://127.0.0.1:9"
    )
    assert done.returncode == 6
    assert list(patient.folder.iterdir()) == []


def test_setup_does_not_replace_other_values_unless_told_to(patient: Patient) -> None:
    path = patient.folder / ".env"
    path.write_text("ZOOM_CLIENT_ID=another\n")
    refused = run(patient, "setup", *FLAGS, "--no-verify", stdin="sandbox-secret\n", credentials=False)
    assert refused.returncode == 3
    assert "holds another value for ZOOM_CLIENT_ID, and was left as it is. Say --yes" in refused.stderr
    assert path.read_text() == "ZOOM_CLIENT_ID=another\n"
    done = run(patient, "setup", *FLAGS, "--no-verify", "--yes", stdin="sandbox-secret\n", credentials=False)
    assert done.returncode == 0
    assert "ZOOM_CLIENT_ID=sandbox-client\n" in path.read_text()


def test_setup_without_terminal_and_values_names_all_that_is_missing(patient: Patient) -> None:
    done = run(patient, "setup", credentials=False)
    assert done.returncode == 3
    assert "ZOOM_ACCOUNT_ID and ZOOM_CLIENT_ID and ZOOM_CLIENT_SECRET are not given." in done.stderr


def test_setup_with_an_empty_standard_input_is_bad_input(patient: Patient) -> None:
    done = run(patient, "setup", *FLAGS, credentials=False)
    assert done.returncode == 2
    assert "There is no client secret on standard input." in done.stderr


def test_setup_has_no_option_that_takes_the_secret(patient: Patient) -> None:
    done = run(patient, "setup", "--client-secret", "canary", credentials=False)
    assert done.returncode == 2
    assert list(patient.folder.iterdir()) == []


# setup at a terminal --------------------------------------------------------------------------------------------


def test_setup_at_a_terminal_asks_without_echo_and_creates_a_first_link(patient: Patient) -> None:
    terminal = Terminal(patient, "setup", credentials=False)
    terminal.answer("Have you made the Server-to-Server OAuth app", "y")
    terminal.answer("Account ID", "sandbox-account")
    terminal.answer("Client ID", "sandbox-client")
    terminal.answer("Client Secret", "sandbox-secret")
    terminal.answer("E-mail addresses", "host1@sandbox.example")
    terminal.answer("Time zone", "Europe/Lisbon")
    terminal.answer("Create a first link now?", "y")
    assert terminal.end() == 0, terminal.shown
    assert not any(value in terminal.shown for value in ("sandbox-account", "sandbox-client", "sandbox-secret"))
    assert re.search(r"/j/\d{9,11}", terminal.shown)
    assert len(patient.world.ledger.entries) == 1
    assert stat.S_IMODE((patient.folder / ".env").stat().st_mode) == 0o600


def test_setup_at_a_terminal_leads_through_the_menus(patient: Patient) -> None:
    terminal = Terminal(patient, "setup", "--no-verify", credentials=False)
    terminal.answer("Have you made the Server-to-Server OAuth app", "n")
    for number in range(1, 9):
        terminal.wait_for(f"{number} of 8: ")
        terminal.answer("Press Enter when it is done", "")
    terminal.answer("Account ID", "an-account")
    terminal.answer("Client ID", "a-client")
    terminal.answer("Client Secret", "a-secret")
    terminal.answer("E-mail addresses", "")
    terminal.answer("Time zone", "")
    assert terminal.end() == 0, terminal.shown
    assert "meeting:write:sip_dialing:admin" in terminal.shown
    assert (patient.folder / ".env").read_text() == (
        "ZOOM_ACCOUNT_ID=an-account\nZOOM_CLIENT_ID=a-client\nZOOM_CLIENT_SECRET=a-secret\n"
    )


@pytest.mark.parametrize("key", ["\x03", "\x04"], ids=["ctrl-c", "ctrl-d"])
def test_setup_that_is_broken_off_writes_nothing(patient: Patient, key: str, tmp_path: Path) -> None:
    terminal = Terminal(patient, "setup", credentials=False)
    terminal.answer("Have you made the Server-to-Server OAuth app", "y")
    terminal.answer("Account ID", "sandbox-account")
    terminal.wait_for("Client ID")
    terminal.wait_for(": ")
    terminal.type(key)
    assert terminal.end() == 130, terminal.shown
    assert list(tmp_path.iterdir()) == []
