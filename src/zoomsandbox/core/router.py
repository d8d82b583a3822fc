"""From method and path to the handler. Knows no service; the table comes from each service's urls.py."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING
from urllib.parse import unquote

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Iterable

    from zoomsandbox.core.http import Exchange, Response
    from zoomsandbox.world import World


@dataclass(frozen=True, slots=True)
class Route:
    """One operation.

    `template` has placeholders in braces. `name` (``meetings.create``) is how faults and records call it. `label` is
    Zoom's rate-limit label. `scopes` (granular) and `classic` are in the order of Zoom's own description; any one of
    them is enough. A route without scopes needs no bearer token.
    """

    method: str
    template: str
    handler: Callable[[World, Exchange], Response | Awaitable[Response]]
    name: str
    label: str = ""
    scopes: tuple[str, ...] = ()
    classic: tuple[str, ...] = ()

    @property
    def imitates_zoom(self) -> bool:
        """False for the sandbox's own pages and control plane."""
        return not self.name.startswith(("control.", "pages."))


class Router:
    """A tree of path segments. A literal segment wins over a placeholder."""

    def __init__(self, routes: Iterable[Route]) -> None:
        self._root = _Node()
        self.routes = list(routes)
        for route in self.routes:
            node = self._root
            for segment in route.template.strip("/").split("/"):
                if segment.startswith("{"):
                    node.any = node.any or _Node()
                    node = node.any
                else:
                    node = node.named.setdefault(segment, _Node())
            if route.method in node.routes:
                raise ValueError(f"two handlers for {route.method} {route.template}")
            node.routes[route.method] = route

    def find(self, method: str, path: str) -> tuple[Route | None, tuple[str, ...]]:
        """The route and the decoded placeholders; (None, ()) when there is none."""
        return _walk(self._root, path.strip("/").split("/"), 0, method, ())


class _Node:
    __slots__ = ("any", "named", "routes")

    def __init__(self) -> None:
        self.named: dict[str, _Node] = {}
        self.any: _Node | None = None
        self.routes: dict[str, Route] = {}


def _walk(
    node: _Node, segments: list[str], at: int, method: str, params: tuple[str, ...]
) -> tuple[Route | None, tuple[str, ...]]:
    if at == len(segments):
        return node.routes.get(method), params
    segment = segments[at]
    child = node.named.get(segment)
    if child is not None:
        found = _walk(child, segments, at + 1, method, params)
        if found[0] is not None:
            return found
    if node.any is not None and segment:
        # Decoded segment by segment, so that an encoded slash inside an id stays inside it
        return _walk(node.any, segments, at + 1, method, (*params, unquote(segment)))
    return None, ()
