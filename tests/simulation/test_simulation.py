"""Thousands of links under faults, deaths and late answers: what was promised of them holds at the end."""

from __future__ import annotations

import os
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest
from tests.simulation.batch import WORLD, Tally, plan_of, replay, run
from tests.simulation.judge import judge
from tests.simulation.upstream import KINDS
from tests.simulation.world import World

TORTURE = bool(os.environ.get("ZOOMLINK_TORTURE"))
ROOT = Path(__file__).resolve().parents[2]
BATCHES, LINKS = 8, 125_000 if TORTURE else 2_400


def world(seed: int) -> World:
    made = World(seed, plan_of(seed))
    made.run()
    return made


def say(total: Tally) -> None:
    if total.worlds % 250 == 0:
        print(f"{total.links:,} links, {len(total.violations)} broken promises", file=sys.__stderr__, flush=True)


@pytest.mark.parametrize("batch", range(BATCHES))
def test_every_link_ends_with_one_meeting_or_with_none_as_it_says(batch: int) -> None:
    total = run(10_000 * batch, LINKS, progress=say if TORTURE else None)
    assert total.violations == []
    assert total.links == LINKS
    assert total.counts["crashes"] > LINKS  # they did happen
    assert {f"POST {kind}" for kind in KINDS} - set(total.faults) == set()


def test_without_markers_links_of_different_topics_are_not_mixed_up() -> None:
    total = run(100_000, 1_200, marker=False)
    assert total.violations == []


def test_a_seed_gives_the_same_world_to_the_last_event() -> None:
    assert world(7).digest == world(7).digest
    assert world(7).digest != world(8).digest


def test_a_seed_gives_the_same_world_in_another_process() -> None:
    command = [sys.executable, "-m", "tests.simulation", "--seed", "7", "--links", str(WORLD), "--trace"]
    answers = [
        subprocess.run(
            command, cwd=ROOT, env={**os.environ, "PYTHONHASHSEED": seed}, capture_output=True, text=True, check=True
        ).stdout.splitlines()[-1]
        for seed in ("1", "2")
    ]
    assert answers == [f"digest {world(7).digest}; 0 broken promises"] * 2


def test_the_command_that_plays_a_world_again_says_all_that_it_is_made_of() -> None:
    assert replay(7, 40, None, marker=True) == "python -m tests.simulation --seed 7 --links 40 --trace"
    assert replay(7, 9, "strict", marker=False) == (
        "python -m tests.simulation --seed 7 --links 9 --mode strict --no-marker --trace"
    )


def test_the_judge_sees_a_second_meeting() -> None:
    seen = world(7)
    link = next(one for one in seen.wanted if one.handed)
    (own,) = [one for one in seen.zoom.of(link.number) if one.live]
    seen.zoom.made[1] = replace(own, id=1)
    assert judge(seen) == [f"link {link.number}: ready with {own.id}, and Zoom has {sorted([1, own.id])}"]


def test_the_judge_sees_a_meeting_that_is_gone() -> None:
    seen = world(7)
    link = next(one for one in seen.wanted if one.handed)
    (own,) = [one for one in seen.zoom.of(link.number) if one.live]
    own.deleted_at = 1.0
    assert judge(seen) == [f"link {link.number}: ready with {own.id}, and Zoom has []"]


def test_the_judge_sees_two_links_for_one_request() -> None:
    seen = world(7)
    link = next(one for one in seen.wanted if one.handed)
    link.handed.add((1, "https://us05web.zoom.us/j/1", None))
    assert f"link {link.number}: two links were handed out" in judge(seen)[0]
