"""What the command says, read as a person would who does not know the code: help, hints and notes."""

from __future__ import annotations

import json
import os
import pty
import re
import subprocess
from typing import TYPE_CHECKING

import pytest
from tests.acceptance.conftest import ZOOMLINK

from zoomlink.cli.app import COMMANDS

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from tests.acceptance.conftest import Done

WHEN = ("--start", "2031-12-01 18:24", "--timezone", "America/Sao_Paulo")


@pytest.mark.parametrize("group", ["users", "templates", "registrants"])
def test_the_help_of_a_group_shows_examples_of_its_own(zoomlink: Callable[..., Done], group: str) -> None:
    examples = zoomlink(group, "--help").out.partition("Examples:\n")[2].splitlines()
    assert [line for line in examples if line.startswith(f"  zoomlink {group} ")] != []


def test_past_says_that_a_meeting_to_come_is_not_among_the_past_ones(zoomlink: Callable[..., Done]) -> None:
    made = json.loads(zoomlink("create", "Guitar lesson", *WHEN, "--json").out)
    done = zoomlink("past", str(made["meeting_id"]))
    assert (done.code, done.out) == (4, "")
    assert done.err.splitlines()[0] == (
        "Only meetings that were held and have ended are among the past ones; zoomlink show finds the others."
    )


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (("create", "Guitar", "lesson", "--start", "now"), "“lesson” is too much. Put quotes around a text of several"),
        (("create", "Guitar lesson"), "zoomlink: --start is missing."),
        (("show",), "zoomlink: REF is missing."),
        (("show", "abc"), "zoomlink: 'abc' is no meeting id."),
        (("cancel", "booking 7"), "by its key: zoomlink list --key 'booking 7'."),
        (("show", "81234567890"), "zoomlink: There is no such meeting."),
    ],
)
def test_a_problem_is_told_in_one_plain_sentence(
    zoomlink: Callable[..., Done], words: tuple[str, ...], told: str
) -> None:
    assert told in zoomlink(*words).err.splitlines()[0]


def test_help_does_not_say_that_a_switch_is_off_until_it_is_given(zoomlink: Callable[..., Done]) -> None:
    text = " ".join(zoomlink("create", "--help").out.split())
    assert "[default: 60]" in text
    assert "False" not in text


@pytest.mark.parametrize("command", [command.name for command in COMMANDS])
def test_no_line_of_help_is_wider_than_80_columns(zoomlink: Callable[..., Done], command: str) -> None:
    done = zoomlink(command, "--help", COLUMNS="80")
    assert [line for line in done.out.splitlines() if len(line) > 80] == []
    # Nor is one broken in the middle of an example, which could then not be copied.
    examples = done.out.partition("Examples:\n")[2].partition("\n\n")[0].splitlines()
    assert [line for line in examples if not line.startswith("  ")] == []


def test_a_link_of_a_sandbox_that_has_ended_says_how_links_open(bare: dict[str, str], home: Path) -> None:
    words = [str(ZOOMLINK), "create", "Guitar lesson", *WHEN, "--sandbox"]
    done = subprocess.run(words, env=bare, cwd=home, capture_output=True, text=True, timeout=60)
    assert done.returncode == 0
    assert "keep “zoomlink sandbox” running in another terminal" in done.stderr


def test_a_link_of_a_sandbox_that_runs_needs_no_word_about_it(zoomlink: Callable[..., Done]) -> None:
    assert zoomlink("create", "Guitar lesson", *WHEN).err == ""


def test_registrants_are_told_apart_from_those_who_wait_for_approval(zoomlink: Callable[..., Done]) -> None:
    made = json.loads(zoomlink("create", "Course", *WHEN, "--registration", "manual", "--json").out)
    ref = str(made["meeting_id"])
    added = zoomlink("registrants", "add", ref, "ana@example.com", "--first-name", "Ana")
    approved = zoomlink("registrants", "approve", ref, "ana@example.com")
    assert f"waits for approval: zoomlink registrants approve {ref} EMAIL" in added.err
    assert approved.err.splitlines() == [
        "Zoom accepted: approve 1 registrant.",
        f"Their personal join links: zoomlink registrants list {ref}",
    ]


def test_a_narrow_terminal_shows_the_link_unbroken(to_sandbox: dict[str, str], home: Path) -> None:
    mine, theirs = pty.openpty()
    process = subprocess.Popen(
        [ZOOMLINK, "create", "Guitar lesson", *WHEN],
        env={**to_sandbox, "COLUMNS": "80", "TERM": "xterm", "NO_COLOR": "1"},
        cwd=home,
        stdin=subprocess.DEVNULL,
        stdout=theirs,
        stderr=subprocess.DEVNULL,
    )
    os.close(theirs)
    shown = b""
    try:
        while piece := os.read(mine, 65536):
            shown += piece
    except OSError:  # how the end of the other side reads on Linux
        pass
    assert process.wait(timeout=60) == 0
    os.close(mine)
    plain = re.sub(r"\x1b\]8;[^\x1b]*\x1b\\|\x1b\[[0-9;]*m", "", shown.decode())
    assert re.fullmatch(r"http://127\.0\.0\.1:\d+/j/\d+\?pwd=[\w.]{20,}", plain.splitlines()[0])
