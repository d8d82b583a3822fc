"""All services of a world as one value, and back. Which parts are kept is said here; how, is the codec's."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from zoomsandbox.state.codec import Decoder, Encoder

if TYPE_CHECKING:
    from zoomsandbox.world import World

# What is made anew at each start: faults, what is sent out, and what belongs to the running process
NOT_KEPT = frozenset(
    {"base_url", "clock", "courier", "faults", "ids", "journal", "options", "timers", "webhooks", "wire"}
)


def take(world: World) -> dict[str, Any]:
    """Everything that is kept; raises StateError when a service holds what cannot be."""
    known = vars(world)
    things = {name: thing for name, thing in known.items() if thing is not None and not isinstance(thing, str)}
    encoder = Encoder({**things, "world": world})
    services = {name: encoder.members(thing) for name, thing in known.items() if name not in NOT_KEPT}
    return {"services": services, "nodes": encoder.nodes}


def put(world: World, taken: dict[str, Any]) -> None:
    """Bring the services of a fresh world to what was taken."""
    decoder = Decoder(taken["nodes"], {**vars(world), "world": world})
    for name, members in taken["services"].items():
        if name not in NOT_KEPT:
            decoder.fill(getattr(world, name), members)
