"""The journal of a world: every change is written before it is answered, and done again at the next start.

A line is a request that changed something, with the instant and the turn of the source of ids at which it did; to do
it again is to send it through its handler at that instant and that turn. At each start the whole state is written
anew, which makes the file short again.
"""

from __future__ import annotations

import base64
import contextlib
from typing import TYPE_CHECKING, Any

from zoomsandbox.core.exceptions import ZoomError
from zoomsandbox.core.http import Exchange, Response
from zoomsandbox.core.ledger import Cause
from zoomsandbox.core.pipeline import Pipeline, authorise
from zoomsandbox.limits.layer import limit
from zoomsandbox.state import snapshot
from zoomsandbox.state.exceptions import NotKeptError, StateError
from zoomsandbox.state.file import StateFile

if TYPE_CHECKING:
    from collections.abc import Awaitable, Coroutine, Iterator
    from pathlib import Path

    from zoomsandbox.core.router import Route, Router
    from zoomsandbox.options import Options
    from zoomsandbox.world import World

_KEPT_HEADERS = ("authorization", "content-type")
# Parts of the control plane whose changes are kept. The clock has lines of its own, and a reset begins a new file
_KEPT_CONTROLS = ("/_sandbox/users", "/_sandbox/apps", "/_sandbox/meetings", "/_sandbox/limits")


class Journal:
    """The state file of one world, opened and caught up with.

    Raises
    ------
    StateError, OSError
        when the file cannot be used.
    """

    def __init__(self, world: World, router: Router, path: Path) -> None:
        self._world = world
        self._router = router
        self._file = StateFile(path, fsync=world.options.fsync)
        self._turn = 0
        self._generation = 1
        self._resting = True
        self._behind = False
        try:
            self._catch_up()
        except BaseException:
            self._file.close()
            raise
        world.clock.watchers.append(self._note_clock)
        self._resting = False

    def close(self) -> None:
        """Let go of the file."""
        self._resting = True
        self._file.close()

    # -- writing -----------------------------------------------------------------------------------------------------

    async def carry_out(self, exchange: Exchange) -> Response:
        """Let the handler answer, and write down what it changed before anyone hears of it."""
        world, route = self._world, exchange.route
        if not _changes(route) or self._resting:
            return await _handled(world, exchange)
        if self._behind:
            self._catch_up_file()
        turn, at = self._turn + 1, world.clock.now()
        world.ids.turn(turn)
        try:
            response = await _handled(world, exchange)
        except ZoomError:
            if exchange.cause.commits:
                self._write(exchange, turn, at)
            raise
        if response.status < 400 or exchange.cause.commits:
            self._write(exchange, turn, at)
        return response

    def _write(self, exchange: Exchange, turn: int, at: float) -> None:
        cause = exchange.cause
        try:
            body = {"body": exchange.body.decode()}
        except UnicodeDecodeError:
            body = {"base64": base64.b64encode(exchange.body).decode()}
        self._append(
            {
                "turn": turn,
                "at": at,
                "method": exchange.method,
                "path": exchange.path,
                "query": exchange.query_string.decode("latin-1"),
                "headers": {name: exchange.headers[name] for name in _KEPT_HEADERS if name in exchange.headers},
                **body,
                "base": exchange.base_url,
                "request": cause.request,
                "attempt": cause.attempt,
                "meetings": [entry.meeting_id for entry in cause.commits],
            }
        )
        self._turn = turn

    def _append(self, line: object) -> None:
        try:
            self._file.append(line)
        except OSError as error:
            self._behind = True
            raise NotKeptError(self._file.path, error.strerror, done=True) from None

    def _catch_up_file(self) -> None:
        """A line is missing, so only the whole state will do."""
        try:
            if len(self._world.timers):
                raise StateError("something is still to come, so it must be restarted first")
            self._renew(self._generation)
        except OSError as error:
            raise NotKeptError(self._file.path, error.strerror, done=False) from None
        except StateError as error:
            raise NotKeptError(self._file.path, error, done=False) from None
        self._behind = False

    def _note_clock(self) -> None:
        if not self._resting and not self._behind:
            with contextlib.suppress(NotKeptError):  # the next change will tell
                self._append({"clock": self._world.clock.state()})

    @contextlib.contextmanager
    def renewal(self) -> Iterator[None]:
        """While everything is brought back to the start: write nothing, and afterwards begin a new file."""
        self._resting = True
        try:
            yield
        finally:
            self._turn = 0
            self._generation = 1
            self._renew(1)
            self._resting = self._behind = False

    def _renew(self, generation: int) -> None:
        world = self._world
        self._file.replace(
            [
                {
                    "origin": world.ids.origin,
                    "generation": generation,
                    "turn": self._turn,
                    "clock": world.clock.state(),
                    "options": _told(world.options),
                    "state": snapshot.take(world),
                }
            ]
        )

    # -- reading -----------------------------------------------------------------------------------------------------

    def _catch_up(self) -> None:
        lines = self._file.lines
        if not lines:
            self._renew(1)
            return
        world, first = self._world, lines[0]
        # What is sent out was sent already, and is not sent again
        listeners, world.ledger.listeners = world.ledger.listeners, []
        try:
            self._generation = first["generation"] + 1
            world.ids.begin(first["origin"], self._generation)
            snapshot.put(world, first["state"])
            self._turn = first["turn"]
            clock = first["clock"]
            for line in lines[1:]:
                if "clock" in line:
                    clock = line["clock"]
                else:
                    self._again(line)
        except (KeyError, TypeError, ValueError, AttributeError, ImportError) as error:
            raise _unusable(self._file.path, error) from error
        finally:
            world.ledger.listeners = listeners
        _apply_new_options(world, first["options"])
        if first["options"]["clock"] == world.options.clock:
            world.clock.restore(clock)
        else:
            world.clock.reset()
        # What is still to come cannot be written down as state: then the old lines are kept, and lead there again
        if not len(world.timers):
            self._renew(self._generation)

    def _again(self, line: dict[str, Any]) -> None:
        world = self._world
        world.clock.hold(line["at"])
        _drive(world.timers.run_due())
        body = line["body"].encode() if "body" in line else base64.b64decode(line["base64"])
        exchange = Exchange(
            line["method"], line["path"], line["query"].encode("latin-1"), line["headers"], body, line["base"]
        )
        route, exchange.params = self._router.find(exchange.method, exchange.path)
        if route is None:
            raise StateError(f"it tells of {exchange.method} {exchange.path}, which this version does not know")
        exchange.route = route
        exchange.received_at = line["at"]
        exchange.cause = Cause(line["request"], line["attempt"])
        if route.imitates_zoom:
            world.recorder.again(exchange)
        world.ids.turn(line["turn"])
        response = _drive(Pipeline(world, [authorise(world), limit(world)]).run(exchange))
        if response.status == 429 and not exchange.cause.commits:
            # The limits may have been others then
            world.ids.turn(line["turn"])
            response = _drive(Pipeline(world, [authorise(world)]).run(exchange))
        if [entry.meeting_id for entry in exchange.cause.commits] != line["meetings"]:
            raise StateError(f"doing {exchange.method} {exchange.path} again led elsewhere (status {response.status})")
        self._turn = line["turn"]


def _changes(route: Route) -> bool:
    if route.method == "GET":
        return False
    return route.imitates_zoom or route.template.startswith(_KEPT_CONTROLS)


async def _handled(world: World, exchange: Exchange) -> Response:
    answer: Response | Awaitable[Response] = exchange.route.handler(world, exchange)
    return answer if isinstance(answer, Response) else await answer


def _drive(work: Coroutine[Any, Any, Any]) -> Any:
    """Carry out what waits for nothing, outside of any event loop."""
    try:
        work.send(None)
    except StopIteration as done:
        return done.value
    work.close()
    raise StateError("something in it would have to wait")


def _told(options: Options) -> dict[str, Any]:
    return {
        "users": list(options.users),
        "plan": options.plan,
        "scopes": options.scopes,
        "limits": options.limits,
        "clock": options.clock,
    }


def _apply_new_options(world: World, former: dict[str, Any]) -> None:
    """What is chosen otherwise than at the last start counts; what is chosen as then leaves the state as it is."""
    options = world.options
    if list(options.users) != former["users"]:
        world.users.add_missing(options.users)
    if options.scopes != former["scopes"]:
        world.oauth.grant_chosen()
    if (options.plan, options.limits) != (former["plan"], former["limits"]):
        world.limits.reset()


def _unusable(path: Path, error: Exception) -> StateError:
    return StateError(
        f"{path} cannot be read back ({error}). It may come from another version of zoomsandbox: use that one, or name "
        "another file."
    )
