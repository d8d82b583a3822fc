"""Every code block of README and docs runs: Python and JavaScript as programs, shell line by line, tests as tests.

The usual address of a sandbox in them is led to the one of the test.
"""

from __future__ import annotations

import re
import subprocess
from typing import TYPE_CHECKING, Any

import pytest
from tests.acceptance.pages import (
    JOIN_LINK,
    ROOT,
    USUAL,
    blocks_of,
    command_for,
    documents,
    environment_for,
    follow,
    is_followed,
)
from tests.acceptance.test_sandbox_flag import running

from zoomlink import AsyncLinkDesk, ConfigurationError, LinkDesk
from zoomlink.accounts import for_account
from zoomlink.cli.app import COMMANDS
from zoomlink.cli.run import INTERRUPTED
from zoomlink.problems import Exit

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from tests.acceptance.conftest import Done


def blocks() -> list[Any]:
    """Blocks that stand for themselves."""
    pages = [page for page in documents() if not is_followed(page)]
    return [
        pytest.param(block.language, block.text, id=block.name)
        for page in pages
        for block in blocks_of(page)
        if block.runs
    ]


FOLLOWED = [pytest.param(page, id=str(page.relative_to(ROOT))) for page in documents() if is_followed(page)]


@pytest.mark.parametrize(("language", "text"), blocks())
def test_a_code_block_runs(language: str, text: str, to_sandbox: dict[str, str], home: Path) -> None:
    command = command_for(language, text.replace(USUAL, to_sandbox["ZOOM_API_URL"]), home)
    done = subprocess.run(command, env=to_sandbox, cwd=home, capture_output=True, text=True, timeout=120)
    assert done.returncode == 0, done.stdout + done.stderr
    assert '"code":' not in done.stdout, "a refusal by Zoom"


@pytest.mark.parametrize("page", FOLLOWED)
def test_a_page_that_is_followed_from_top_to_bottom_works_and_leads_to_a_link_that_opens(
    page: Path, to_sandbox: dict[str, str], home: Path, tmp_path: Path
) -> None:
    printed = follow(page, to_sandbox, home, environment_for(page, tmp_path / "environment"))
    served = any(block.word == "server" for block in blocks_of(page))
    assert bool(JOIN_LINK.search("".join(printed))) == served


def test_a_reader_who_pastes_all_blocks_twice_against_one_sandbox_gets_links(bare: dict[str, str], home: Path) -> None:
    # The sandbox's own page is left out: it plants a fault on purpose. Followed pages have a database of their own.
    read = [block for block in blocks() if str(block.id).startswith(("README", "docs/"))]
    failed = []
    with running(bare, home) as printed:
        for turn in ("first", "second"):
            for block in read:
                language, text = block.values
                command = command_for(language, text.replace(USUAL, printed["ZOOM_API_URL"]), home)
                done = subprocess.run(command, env={**bare, **printed}, cwd=home, capture_output=True, text=True)
                if done.returncode:
                    failed.append((turn, block.id, done.stderr[-300:]))
    assert failed == []


def first_cells(path: str) -> set[str]:
    """The names in the first column of the tables of a page."""
    rows = re.findall(r"^\| (`[^|]*)\|", (ROOT / path).read_text(encoding="utf-8"), re.MULTILINE)
    return {name for row in rows for name in re.findall(r"`([^`]+)`", row)}


def test_the_readme_names_every_command() -> None:
    table = (ROOT / "README.md").read_text(encoding="utf-8").partition("| for | there is |")[2].partition("\n\n")[0]
    named = {words.split()[0] for words in re.findall(r"`([^`]+)`", table)}
    assert {command.name for command in COMMANDS} - named == set()


@pytest.mark.parametrize("desk", [LinkDesk, AsyncLinkDesk])
def test_the_page_about_the_desk_has_every_public_method(desk: type) -> None:
    named = {re.split(r"[(]", cell.removeprefix("LinkDesk."))[0] for cell in first_cells("docs/reference/link-desk.md")}
    methods = {"close" if name == "aclose" else name for name in dir(desk) if not name.startswith("_")}
    assert named - {"LinkDesk"} == methods


def test_the_page_about_accounts_has_every_key_of_a_table(home: Path) -> None:
    (home / "accounts.toml").write_text("[school]\nshoe_size = 43\n", encoding="utf-8")
    with pytest.raises(ConfigurationError) as refused:
        for_account({"ZOOMLINK_ACCOUNTS": str(home / "accounts.toml")})
    keys = (refused.value.hint or "").removeprefix("It may have ").partition(";")[0].split(", ")
    assert first_cells("docs/how-to/several-accounts.md") == set(keys)


@pytest.mark.parametrize("words", [("--help",), ("create", "--help")])
def test_help_promises_nothing_that_is_not_so(zoomlink: Callable[..., Done], words: tuple[str, ...]) -> None:
    text = " ".join(zoomlink(*words).out.split())
    assert ("the first of ZOOMLINK_HOSTS" in text, "the exact request" in text) == (False, False)


def test_help_names_every_exit_code(zoomlink: Callable[..., Done]) -> None:
    told = re.findall(r"(\d+) \w+", zoomlink("--help").out.partition("Exit codes: ")[2])
    known = {value for name, value in vars(Exit).items() if name.isupper()}
    assert [int(code) for code in told] == [*sorted(known), INTERRUPTED]
