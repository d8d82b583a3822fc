"""What the command says, read as a person would who does not know the code: help, hints and notes."""

from __future__ import annotations

import json
import re
import subprocess
from typing import TYPE_CHECKING

import pytest
from rich.cells import cell_len
from tests.acceptance.conftest import ZOOMLINK

from zoomlink.cli.app import COMMANDS, PANELS

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
        (("show", "abc"), "zoomlink: No link has the key abc."),
        (("cancel", "booking 7"), "Name a link (lnk_…), a meeting (812 3456 7890) or a link's key (booking-4711)."),
        (("adopt", "abc"), "zoomlink: 'abc' is no meeting id."),
        (("show", "81234567890"), "zoomlink: There is no such meeting."),
    ],
)
def test_a_problem_is_told_in_one_plain_sentence(
    zoomlink: Callable[..., Done], words: tuple[str, ...], told: str
) -> None:
    assert told in zoomlink(*words).err.splitlines()[0]


@pytest.mark.parametrize(
    ("words", "command"),
    [
        (("keys", "create"), "zoomlink keys create"),
        (("keys", "mint"), "zoomlink keys"),
        (("bulk", "plan", "--colour"), "zoomlink bulk plan"),
        (("create",), "zoomlink create"),
        (("craete",), "zoomlink"),
    ],
)
def test_a_line_that_is_not_understood_points_to_the_help_of_its_own_command(
    zoomlink: Callable[..., Done], words: tuple[str, ...], command: str
) -> None:
    assert zoomlink(*words).err.splitlines()[-1] == f"  See: {command} --help"


def test_help_does_not_say_that_a_switch_is_off_until_it_is_given(zoomlink: Callable[..., Done]) -> None:
    text = " ".join(zoomlink("create", "--help").out.split())
    assert "[default: 60]" in text
    assert "False" not in text


def test_help_shows_every_command_once_in_the_order_of_its_panels(zoomlink: Callable[..., Done]) -> None:
    names = [name for panel in PANELS.values() for name in panel]
    assert sorted(names) == sorted(command.name for command in COMMANDS)
    lines = zoomlink("--help").out.splitlines()
    assert [found[1] for line in lines if (found := re.match(r"╭─ ([\w -]+) ─+╮", line))] == [*PANELS, "Options"]
    told = [found[1] for line in lines if (found := re.match(r"│ ([a-z][a-z-]*) ", line))]
    assert told == names


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


def shown_at(width: int, at_terminal: Callable[..., tuple[int, str]], *words: str) -> list[str]:
    """The lines that a terminal of this width shows, without colours and what makes links clickable."""
    code, shown = at_terminal(*words, COLUMNS=str(width))
    assert code == 0, shown
    plain = re.sub(r"\x1b\]8;[^\x1b]*\x1b\\|\x1b\[[0-9;]*m", "", shown)
    return [line.rstrip() for line in plain.splitlines()]


def test_a_narrow_terminal_shows_the_link_unbroken(at_terminal: Callable[..., tuple[int, str]]) -> None:
    first, *_ = shown_at(80, at_terminal, "create", "Guitar lesson", *WHEN)
    assert re.fullmatch(r"http://127\.0\.0\.1:\d+/j/\d+\?pwd=[\w.]{20,}", first)


@pytest.mark.parametrize("command", ["list", "meetings"])
@pytest.mark.parametrize(
    ("width", "form"), [(60, "lines"), (80, "lines"), (100, "lines"), (160, "short"), (230, "all")]
)
def test_a_list_fits_the_terminal_and_breaks_nothing_that_is_copied(
    zoomlink: Callable[..., Done], at_terminal: Callable[..., tuple[int, str]], command: str, width: int, form: str
) -> None:
    made = []
    for day, topic in enumerate(("Guitar lesson", "ギターのレッスン", "\U0001f469\u200d\U0001f4bb talk"), 1):
        when = ("--start", f"2031-12-0{day} 18:24", "--tz", "America/Sao_Paulo")
        made.append(json.loads(zoomlink("create", topic, *when, "--json").out))
    shown = shown_at(width, at_terminal, command)
    text = "\n".join(shown)
    for link in made:
        digits = str(link["meeting_id"])
        ref = link["id"] if command == "list" else f"{digits[:-8]} {digits[-8:-4]} {digits[-4:]}"
        whole = [link["topic"], link["host"], ref, *([link["join_url"]] if form != "short" else [])]
        assert [words for words in whole if words not in text] == []
    # The sign for a woman who codes is two cells wide, and may be counted as four.
    assert [line for line in shown if cell_len(line) > width + 2 and "http" not in line] == []
    assert ("  Join links: zoomlink show REF, or a wider terminal." in shown) == (form == "short")
    assert (shown[0] == "Guitar lesson") == (form == "lines")
    assert len(shown) <= (5 * len(made) if form == "lines" else len(made) + 5)
