"""A process dies at each of its steps in turn, before and after it took effect, and the next one ends the work."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import pytest
from tests.simulation.stage import HOST, Died, Stage

from zoomlink.errors import TransportError, ZoomLinkError

if TYPE_CHECKING:
    from collections.abc import Callable

    Action = Callable[[Stage], object]
    Fails = dict[str, list[str | None]]


def create(stage: Stage) -> object:
    return stage.create()


def create_without_waiting(stage: Stage) -> object:
    return stage.create(wait=0.0)


def cancel(stage: Stage) -> object:
    return _or_later(stage.cancel)


def _or_later(act: Callable[[], object]) -> object:
    try:
        return act()
    except TransportError:  # Zoom took longer than the caller waited: it is carried out later
        return None


def update(stage: Stage) -> object:
    try:
        return stage.update("Singing lesson")
    except ZoomLinkError:  # Zoom failed, or it is not known yet what there is to change
        stage.settle()
        _or_later(lambda: stage.update("Singing lesson"))
        stage.settle()
        return None


def settle(stage: Stage) -> None:
    stage.settle()


def lose_ledger(stage: Stage) -> None:
    stage.lose_ledger()


def rebuild(stage: Stage) -> object:
    return stage.rebuild()


@dataclass(frozen=True)
class Scene:
    """What is asked for, what goes wrong at Zoom, and how it has to end."""

    actions: tuple[Action, ...]
    fails: Fails = field(default_factory=dict)
    end: str = "ready"
    topic: str = "Piano lesson"


FIVE_03: list[str | None] = ["503"] * 4
SCENES: dict[str, Scene] = {
    "a plain create": Scene((create,)),
    "a create that nobody waits for": Scene((create_without_waiting,)),
    "a lost answer, adopted": Scene((create,), {"POST": ["reset done"]}),
    "a lost answer, made anew": Scene((create,), {"POST": ["reset never"]}),
    "a timeout, adopted": Scene((create,), {"POST": ["timeout done"]}),
    "a timeout, made anew": Scene((create,), {"POST": ["timeout never"]}),
    "a page instead of an answer": Scene((create,), {"POST": ["page 201"]}),
    "an answer cut short": Scene((create,), {"POST": ["cut"]}),
    "two lost answers, the second adopted": Scene((create,), {"POST": ["502 never", "503 done"]}),
    "a late meeting": Scene((create,), {"POST": ["504 late"]}),
    "two late meetings": Scene((create,), {"POST": ["504 late", "reset late"]}),
    "a late meeting after a refusal of seconds": Scene((create,), {"POST": ["504 late", "429 second"]}),
    "a lost answer and a list that fails": Scene((create,), {"POST": ["reset done"], "LIST": FIVE_03}),
    "a lost answer and a meeting that cannot be fetched": Scene((create,), {"POST": ["reset done"], "GET": FIVE_03}),
    "no connection": Scene((create,), {"POST": ["connection refused"]}),
    "a token that is no longer good": Scene((create,), {"POST": ["401"]}),
    "too many calls a second": Scene((create,), {"POST": ["429 second"]}),
    "a host's day used up": Scene((create, settle), {"POST": ["429 host day"]}),
    "an account's day used up": Scene((create, settle), {"POST": ["429 account day"]}),
    "a refusal, and the key again": Scene((create, settle, create), {"POST": ["400"]}),
    "a late meeting, a refusal, and the key again": Scene((create, settle, create), {"POST": ["504 late", "400"]}),
    "a ready link cancelled": Scene((create, cancel), end="cancelled"),
    "a ready link cancelled, the answer lost": Scene((create, cancel), {"DELETE": ["reset done"]}, "cancelled"),
    "a ready link cancelled, Zoom failing": Scene((create, cancel), {"DELETE": ["503 never"]}, "cancelled"),
    "an unknown link cancelled": Scene(
        (create_without_waiting, cancel), {"POST": ["reset done"], "LIST": FIVE_03}, "cancelled"
    ),
    "an unknown link cancelled, made late": Scene(
        (create_without_waiting, cancel), {"POST": ["504 late"], "LIST": FIVE_03}, "cancelled"
    ),
    "a planned link cancelled": Scene((create_without_waiting, cancel), {"POST": ["connection refused"]}, "cancelled"),
    "a parked link cancelled": Scene((create, cancel), {"POST": ["429 host day"]}, "cancelled"),
    "a link with a late meeting cancelled": Scene((create, cancel), {"POST": ["504 late"]}, "cancelled"),
    "a ready link changed": Scene((create, update), topic="Singing lesson"),
    "a ready link changed, the answer lost": Scene((create, update), {"PATCH": ["reset done"]}, topic="Singing lesson"),
    "a ready link changed, not read back": Scene((create, update), {"GET": FIVE_03}, topic="Singing lesson"),
    "a planned link changed": Scene(
        (create_without_waiting, update), {"POST": ["connection refused"]}, topic="Singing lesson"
    ),
    "a link with a late meeting changed": Scene((create, update), {"POST": ["504 late"]}, topic="Singing lesson"),
    "a changed link cancelled": Scene((create, update, cancel), end="cancelled", topic="Singing lesson"),
    "a rebuilt link claimed": Scene((create, settle, lose_ledger, rebuild, create)),
    "a rebuilt link cancelled": Scene((create, settle, lose_ledger, rebuild, cancel), end="cancelled"),
    "a link made, settled, asked for again": Scene((create, settle, create), {"POST": ["reset late"]}),
}


def played(scene: Scene, stage: Stage, *, sweep_first: bool) -> Stage:
    """Play a scene; when the process dies the next one begins with the action that was not finished."""
    for action in (*scene.actions, settle):
        try:
            action(stage)
        except Died:
            if sweep_first:
                stage.settle()
            action(stage)
    return stage


def ending(stage: Stage) -> dict[str, object]:
    """How the link and its meetings ended."""
    row = stage.row()
    live = [one for one in stage.zoom.of(1) if one.live]
    return {
        "state": row.state,
        "meeting": [one.id for one in live],
        "topic in Zoom": [one.body["topic"] for one in live],
        "topic": row.topic,
        "wish": row.wish,
        "sent without looking": stage.zoom.blind,
    }


def wanted(scene: Scene, stage: Stage) -> dict[str, object]:
    """How they have to end."""
    alive = scene.end == "ready"
    return {
        "state": scene.end,
        "meeting": [stage.row().meeting_id] * alive,
        "topic in Zoom": [scene.topic] * alive,
        "topic": scene.topic,
        "wish": None,
        "sent without looking": [],
    }


@pytest.mark.parametrize("mode", ["fast", "strict"])
@pytest.mark.parametrize("name", SCENES)
def test_whoever_goes_on_after_a_death_at_any_step_ends_the_work(name: str, mode: str) -> None:
    scene = SCENES[name]
    points = 0
    for sweep_first in (False, True):
        for after in (False, True):
            for step in range(1, 1_000):
                stage = played(scene, Stage(mode, scene.fails, die_at=step, after=after), sweep_first=sweep_first)
                where = f"{'after' if after else 'before'} step {step}, {stage.died}"
                assert (where, ending(stage)) == (where, wanted(scene, stage))
                if stage.died is None:
                    break
                points += 1
    assert points >= 4 * len(scene.actions)
    assert stage.row().host == HOST
