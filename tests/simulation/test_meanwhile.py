"""A process stands still at each of its steps in turn, while another one deals with the same link from end to end."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import pytest
from tests.simulation.stage import Stage

from zoomlink.errors import TransportError, ZoomLinkError

if TYPE_CHECKING:
    from collections.abc import Callable

    Action = Callable[[Stage], object]
    Fails = dict[str, list[str | None]]


def create(stage: Stage) -> object:
    return stage.create()


def cancel(stage: Stage) -> object:
    try:
        return stage.cancel() if stage.rows() else None
    except TransportError:  # it was accepted, and whoever sweeps carries it out
        return None


def update(stage: Stage) -> object:
    try:
        return stage.update("Singing lesson") if stage.rows() else None
    except ZoomLinkError:  # it is being sent, or was cancelled
        return None


def sweep(stage: Stage) -> object:
    return stage.sweep()


def sweep_after_the_lease(stage: Stage) -> object:
    stage.pass_time(50)
    return stage.sweep()


def sweep_after_five_minutes(stage: Stage) -> object:
    stage.pass_time(301)
    return stage.sweep()


@dataclass(frozen=True)
class Meeting:
    """What two processes do at once: the first one after `before`; and what goes wrong at Zoom."""

    first: Action
    second: Action
    before: tuple[Action, ...] = ()
    fails: Fails = field(default_factory=dict)


LOST: Fails = {"POST": ["reset done"]}
LATE: Fails = {"POST": ["504 late"]}
OTHERS = (create, cancel, update, sweep, sweep_after_the_lease, sweep_after_five_minutes)
PAIRS: dict[str, Meeting] = {
    **{f"{other.__name__} during create": Meeting(create, other) for other in OTHERS},
    **{f"{other.__name__} during create, answer lost": Meeting(create, other, fails=LOST) for other in OTHERS},
    **{f"{other.__name__} during create, made late": Meeting(create, other, fails=LATE) for other in OTHERS},
    **{f"{other.__name__} during cancel": Meeting(cancel, other, (create,)) for other in OTHERS},
    **{f"{other.__name__} during update": Meeting(update, other, (create,)) for other in OTHERS},
    **{
        f"{other.__name__} during the watch": Meeting(sweep_after_five_minutes, other, (create,), LATE)
        for other in OTHERS
    },
}


def wrong(stage: Stage, accepted: bool) -> list[str]:
    """What is not as it has to be when all is over."""
    row = stage.row()
    live = [one.id for one in stage.zoom.of(1) if one.live]
    topics = {one.body["topic"] for one in stage.zoom.of(1) if one.live}
    found = []
    if accepted and row.state != "cancelled":
        found.append(f"cancelled, and it is {row.state}")
    if not accepted and row.state != "ready":
        found.append(f"it is {row.state}")
    if live != [row.meeting_id] * (row.state == "ready"):
        found.append(f"{row.state}, and Zoom has {live}, not {row.meeting_id}")
    if topics - {row.topic}:
        found.append(f"the ledger has {row.topic}, and Zoom has {topics}")
    if row.wish is not None:
        found.append(f"it still has a wish: {row.wish}")
    return found


@pytest.mark.parametrize("mode", ["fast", "strict"])
@pytest.mark.parametrize("name", PAIRS)
def test_two_processes_at_one_link_leave_it_as_both_were_told(name: str, mode: str) -> None:
    pair = PAIRS[name]
    for after in (False, True):
        step = 0
        while True:
            step += 1
            accepted: list[bool] = []

            def meanwhile(stage: Stage, accepted: list[bool] = accepted) -> None:
                known = bool(stage.rows())
                pair.second(stage)
                accepted.append(known and pair.second is cancel)

            stage = Stage(mode, pair.fails, after=after)
            for action in pair.before:
                action(stage)
            stage.interrupt(stage.steps + step, meanwhile)
            pair.first(stage)
            interrupted = stage.interrupted
            stage.settle()
            cancelled = any(accepted) or pair.first is cancel
            assert (after, step, wrong(stage, cancelled)) == (after, step, [])
            if not interrupted:
                break
        assert step > 3


def test_a_turn_that_comes_too_late_is_left_to_whoever_comes_next() -> None:
    stage = Stage("fast", {"POST": ["429 wait"]}, die_at=100)
    stage.create(wait=0.0)
    link = stage.create(wait=0.0, key="booking-2")
    assert link is not None
    assert (link.state, link.attempt) == ("planned", 0)
