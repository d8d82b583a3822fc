"""The front page: what the sandbox holds and what has happened, the newest first. Reads state, changes none."""

from __future__ import annotations

from typing import TYPE_CHECKING

from zoomsandbox.core.clock import zulu
from zoomsandbox.meetings.render import join_url
from zoomsandbox.pages import html
from zoomsandbox.pages.html import Column, Html, chip, link, section, table, tile
from zoomsandbox.pages.words import licence, when

if TYPE_CHECKING:
    from zoomsandbox.faults.rules import Rule
    from zoomsandbox.world import World

_SHOWN = 25
_ACTIONS = {"create": "good", "update": "warn", "delete": "bad"}


def front(world: World, base_url: str) -> str:
    """The whole page."""
    state = '<div class="state" id="state"><span class="dot"></span><span>reload to see what is new</span></div>'
    top = html.banner("<h1>zoomsandbox</h1>", f"A local Zoom at {base_url}. Nothing here reaches Zoom.", state)
    body = (
        _tiles(world)
        + '<div class="cols"><div>'
        + _meetings(world, base_url)
        + _requests(world)
        + "</div><div>"
        + _ledger(world)
        + _faults(world)
        + _users(world)
        + "</div></div>"
        + '<footer>Tests change and read all this at <a href="/_sandbox/">/_sandbox/</a>. '
        "This is not Zoom, nor made by Zoom.</footer>"
    )
    return html.page("zoomsandbox", body, script="live.js", top=top)


def _tiles(world: World) -> str:
    clock = world.clock
    held = "the clock stands still" if clock.frozen else "the clock, UTC"
    return (
        '<div class="tiles" id="tiles" data-live>'
        + tile(zulu(clock.now()).replace("T", " ").rstrip("Z"), held, wide=True)
        + tile(f"{len(world.meetings):,}", "meetings")
        + tile(f"{len(world.ledger.entries):,}", "commits")
        + tile(f"{world.recorder.total:,}", "requests")
        + tile(world.options.plan.capitalize(), f"plan, limits {'on' if world.limits.on else 'off'}")
        + "</div>"
    )


def _meetings(world: World, base_url: str) -> str:
    columns = (Column("When"), Column("Topic"), Column("Host", "far"), Column("Link", "tight"))
    rows = (
        (
            one.id,
            (
                Html(f"{html.show(when(one))} {chip('running', 'good')}") if one.started else when(one),
                one.topic,
                html.address(one.host.email),
                link("join", join_url(world, one, base_url)),
            ),
        )
        for one in world.meetings.newest(_SHOWN)
    )
    words = "None yet. Let a client create one: the five lines printed at the start tell it where to go."
    return section("meetings", "Meetings", table(columns, rows, words), "the newest first")


def _ledger(world: World) -> str:
    columns = (Column("", "tight right"), Column("What", "tight"), Column("Meeting"))
    rows = (
        (
            one.number,
            (
                one.number,
                Html(
                    chip(one.action, _ACTIONS.get(one.action, ""))
                    + (f"<br>{chip(f'attempt {one.attempt}', 'warn')}" if one.attempt > 1 else "")
                ),
                Html(f"{html.show(one.topic)}<small>{one.meeting_id} {html.show(one.host)}</small>"),
            ),
        )
        for one in reversed(world.ledger.entries[-_SHOWN:])
    )
    words = "Nothing has been created, changed or deleted yet."
    return section("ledger", "Ledger", table(columns, rows, words), "what really happened")


def _requests(world: World) -> str:
    columns = (
        Column("Time", "tight far"),
        Column("Request"),
        Column("Answer", "tight"),
        Column("ms", "tight right far"),
    )
    rows = (
        (
            one.number,
            (
                zulu(one.at)[11:-1],
                Html(
                    f'<span class="mono">{html.show(f"{one.method} {one.path}")}</span>'
                    + "".join(f" {chip(name, 'warn')}" for name in one.faults)
                ),
                _status(one.status),
                f"{one.ms:.1f}",
            ),
        )
        for one in list(world.recorder.records)[: -_SHOWN - 1 : -1]
    )
    words = "None yet."
    return section("requests", "Requests", table(columns, rows, words), "the last first; without secrets")


def _faults(world: World) -> str:
    columns = (Column("Fault"), Column("Route"), Column("Struck", "tight right"))
    rows = (
        (one.number, (chip(one.kind.name, "warn"), _route(one.given.get("route", one.kind.route)), _struck(one)))
        for one in world.faults.rules[-_SHOWN:]
    )
    kinds = '<p class="soft">None set. <a href="/_sandbox/faults/kinds">What can go wrong</a></p>'
    content = table(columns, rows, "") if world.faults.rules else kinds
    return section("faults", "Faults", content, "what goes wrong on purpose")


def _users(world: World) -> str:
    columns = (Column("E-mail"), Column("Licence", "tight"), Column("State", "tight"))
    rows = (
        (
            one.id,
            (html.address(one.email), licence(one), chip(one.status, "good" if one.status == "active" else "warn")),
        )
        for one in world.users.all()
    )
    return section("users", "Users", table(columns, rows, "None."), "the first owns the account")


def _status(status: int) -> Html:
    if status == 0:
        return chip("none", "bad")
    return chip(status, "good" if status < 400 else "warn" if status < 500 else "bad")


def _route(route: object) -> Html:
    text = ", ".join(map(str, route)) if isinstance(route, list) else str(route)
    return Html(f'<span class="mono">{html.show(text)}</span>')


def _struck(rule: Rule) -> str:
    return f"{rule.hits} of {rule.seen}"
