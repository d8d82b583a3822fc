"""Objects as JSON and back: any graph of the sandbox's own objects. Knows the shapes of Python, no service.

A graph becomes a flat list of nodes that refer to each other by number, so that what is shared stays shared. Only
classes of this package can come out of a file, and no code runs when they do.
"""

from __future__ import annotations

import base64
from collections import deque
from datetime import datetime
from importlib import import_module
from typing import TYPE_CHECKING, Any

from zoomsandbox.state.exceptions import StateError

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

_PACKAGE = "zoomsandbox."
_PLAIN = (bool, int, float, str, type(None))
_LISTS: dict[type, str] = {list: "list", tuple: "tuple", set: "set", frozenset: "frozenset", deque: "deque"}

Node = list[Any]


class Encoder:
    """Makes nodes. `known` are objects that exist anyway; they are only named."""

    def __init__(self, known: Mapping[str, object]) -> None:
        self._known = {id(thing): name for name, thing in known.items()}
        self._numbers: dict[int, int] = {}
        self._alive: list[object] = []
        self.nodes: list[Node] = []

    def value(self, thing: Any) -> Any:
        """A plain value as itself, anything else as a list of one: its node's number, or the name of a known thing."""
        if isinstance(thing, _PLAIN):
            return thing
        name = self._known.get(id(thing))
        if name is not None:
            return [name]
        number = self._numbers.get(id(thing))
        if number is None:
            number = self._numbers[id(thing)] = len(self.nodes)
            self._alive.append(thing)  # or its id might be given to another
            self.nodes.append([])
            self.nodes[number] = self._node(thing)
        return [number]

    def _node(self, thing: Any) -> Node:
        kind = type(thing)
        if kind is dict:
            return ["dict", *(part for pair in thing.items() for part in map(self.value, pair))]
        if kind in _LISTS:
            # A set has no order of its own; the file shall not differ from run to run
            items = sorted(thing, key=repr) if isinstance(thing, set | frozenset) else thing
            head: Node = ["deque", thing.maxlen] if isinstance(thing, deque) else [_LISTS[kind]]
            return [*head, *map(self.value, items)]
        if kind is bytes:
            return ["bytes", base64.b64encode(thing).decode()]
        if kind is datetime:
            return ["datetime", thing.isoformat()]
        if not kind.__module__.startswith(_PACKAGE):
            raise StateError(f"nothing is known of how to keep a {kind.__module__}.{kind.__qualname__}")
        return [f"{kind.__module__}:{kind.__qualname__}", *self.members(thing)]

    def members(self, thing: object) -> list[Any]:
        """Names and values of an object's attributes, one after the other; what it can be called with is left out."""
        left_out = getattr(type(thing), "NOT_KEPT", ())
        return [
            part
            for name in _names(thing)
            if name not in left_out and hasattr(thing, name) and not callable(getattr(thing, name))
            for part in (name, self.value(getattr(thing, name)))
        ]


class Decoder:
    """Makes objects of nodes; `known` as for the encoder."""

    def __init__(self, nodes: list[Node], known: Mapping[str, object]) -> None:
        self._nodes = nodes
        self._known = known
        self._made: dict[int, Any] = {}

    def value(self, written: Any) -> Any:
        """What `written` stands for."""
        if not isinstance(written, list):
            return written
        place = written[0]
        if isinstance(place, str):
            return self._known[place]
        if place not in self._made:
            self._make(place)
        return self._made[place]

    def fill(self, thing: object, members: list[Any]) -> None:
        """Set an object's attributes from `Encoder.members`."""
        for name, written in zip(members[::2], members[1::2], strict=True):
            object.__setattr__(thing, name, self.value(written))

    def _make(self, place: int) -> None:
        kind, *rest = self._nodes[place]
        if kind == "dict":
            # Before its contents: they may lead back to it
            table = self._made[place] = {}
            for name, written in zip(rest[::2], rest[1::2], strict=True):
                table[self.value(name)] = self.value(written)
        elif kind == "list":
            items = self._made[place] = []
            items.extend(map(self.value, rest))
        elif kind in {"set", "deque"}:
            many: set[Any] | deque[Any] = set() if kind == "set" else deque(maxlen=rest.pop(0))
            self._made[place] = many
            for one in rest:
                _append(many, self.value(one))
        elif kind in {"tuple", "frozenset"}:
            self._made[place] = (tuple if kind == "tuple" else frozenset)(map(self.value, rest))
        elif kind == "bytes":
            self._made[place] = base64.b64decode(rest[0])
        elif kind == "datetime":
            self._made[place] = datetime.fromisoformat(rest[0])
        else:
            thing: Any = object.__new__(_class(kind))
            self._made[place] = thing
            self.fill(thing, rest)


def _append(many: set[Any] | deque[Any], one: Any) -> None:
    if isinstance(many, set):
        many.add(one)
    else:
        many.append(one)


def _names(thing: object) -> Iterable[str]:
    slots = [name for kind in type(thing).__mro__ for name in getattr(kind, "__slots__", ())]
    return [*slots, *getattr(thing, "__dict__", ())]


def _class(name: str) -> type:
    module, _, path = name.partition(":")
    if not module.startswith(_PACKAGE) or not path.isidentifier():
        raise StateError(f"it names {name}, which is not the sandbox's")
    found = getattr(import_module(module), path, None)
    if not isinstance(found, type):
        raise StateError(f"it names {name}, which this version does not have")
    return found
