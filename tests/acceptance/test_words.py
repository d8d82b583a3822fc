"""What the command says, read as a person would who does not know the code: help, hints and notes."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from collections.abc import Callable

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
