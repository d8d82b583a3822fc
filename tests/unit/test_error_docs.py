"""The pages made from tables are up to date, and complete."""

from __future__ import annotations

import importlib.util
import re
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from zoomlink.problems import PROBLEMS
from zoomlink.zoom.meanings import API_MEANINGS, TOKEN_MEANINGS
from zoomlink.zoom.scopes import OPERATIONS

if TYPE_CHECKING:
    from types import ModuleType

ROOT = Path(__file__).resolve().parents[2]
TOOL = ROOT / "tools" / "error_docs.py"


def load() -> ModuleType:
    """The tool as a module."""
    spec = importlib.util.spec_from_file_location("error_docs", TOOL)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_pages_are_up_to_date() -> None:
    done = subprocess.run([sys.executable, str(TOOL), "--check"], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout) == (0, "")


def test_every_error_and_every_kind_of_problem_is_on_the_page_with_cause_and_cure() -> None:
    page = load().errors_page()
    for row in (*TOKEN_MEANINGS, *API_MEANINGS):
        (line,) = [line for line in page.splitlines() if line.startswith(f"| `{row.name}` | ") and row.cause in line]
        assert row.cure in line
    assert all(f"| `{slug}` |" in page for slug in PROBLEMS)


def test_tables_have_four_cells_in_every_row() -> None:
    rows = [line for line in load().errors_page().splitlines() if line.startswith("| `")]
    assert {len(re.split(r"(?<!\\)\|", row)) for row in rows} == {6}


def test_every_scope_is_on_the_page_once_among_the_granular_ones_and_classic_ones_follow() -> None:
    section = load().scopes_section()
    assert all(section.count(f"| `{row.granular}` |") == 1 for row in OPERATIONS)
    assert all(f"| `{row.classic[0]}` |" in section for row in OPERATIONS)


def test_rest_of_the_page_of_scopes_is_left_alone() -> None:
    tool = load()
    page = f"before\n{tool.BEGIN}\nold\n{tool.END}\nafter\n"
    assert tool.with_scopes(page).startswith(f"before\n{tool.BEGIN}\n\n### Needed for links")
    assert tool.with_scopes(page).endswith(f"{tool.END}\nafter\n")
    assert tool.with_scopes(tool.with_scopes(page)) == tool.with_scopes(page)


def test_page_without_marks_is_an_error() -> None:
    with pytest.raises(ValueError, match="needs the marks"):
        load().with_scopes("no marks")
