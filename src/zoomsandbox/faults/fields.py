"""Faults in what an answer says: lagging lists, lost agendas, ids of another type, links that lead elsewhere."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from zoomsandbox.core.clock import parse_instant, zulu
from zoomsandbox.faults.strike import edited

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from zoomsandbox.core.http import Exchange, Response
    from zoomsandbox.faults.strike import Proceed, Strike

WHERE = ("lists", "everywhere", "stored")
_FOREVER = "forever"


# -- lists -------------------------------------------------------------------------------------------------------------


async def list_lag(strike: Strike, proceed: Proceed) -> Response:
    """Meetings younger than so many seconds of the sandbox's clock are not in the list."""
    young = strike.world.clock.now() - strike["seconds"]

    def leave_out(body: dict[str, Any]) -> None:
        items = body.get("meetings")
        if not isinstance(items, list):
            return
        kept = [one for one in items if "created_at" not in one or parse_instant(one["created_at"]) <= young]
        body["meetings"] = kept
        if "total_records" in body:
            body["total_records"] -= len(items) - len(kept)
            body["page_count"] = -(-body["total_records"] // max(body.get("page_size", 1), 1))

    return edited(await proceed(), leave_out)


async def page_token_forever(strike: Strike, proceed: Proceed) -> Response:
    """Every page is the first one and names the same next page."""
    exchange = strike.exchange
    token = strike.world.ids.derived_hex(_FOREVER, exchange.path)
    exchange.query.update(next_page_token="", page_number="")

    def name(body: dict[str, Any]) -> None:
        if "next_page_token" in body:
            body["next_page_token"] = token

    return edited(await proceed(), name)


def later_page(exchange: Exchange, arguments: Mapping[str, Any]) -> bool:  # noqa: ARG001 - as all of its kind
    """Whether this asks for a page of a list after its first."""
    number = exchange.query.get("page_number", "")
    return bool(exchange.query.get("next_page_token")) or (number.isdecimal() and int(number) > 1)


def shows_agenda(exchange: Exchange, arguments: Mapping[str, Any]) -> bool:
    """Whether an agenda passes here, in the direction that `where` means."""
    if arguments["where"] == "stored":
        return exchange.method in {"POST", "PATCH"}
    return exchange.method != "PATCH" if arguments["where"] == "everywhere" else is_list(exchange, arguments)


def is_list(exchange: Exchange, arguments: Mapping[str, Any]) -> bool:  # noqa: ARG001 - as all of its kind
    """Whether this asks for a list of meetings."""
    return exchange.method == "GET" and exchange.route.template.endswith(("/meetings", "/upcoming_meetings"))


# -- agenda ------------------------------------------------------------------------------------------------------------


async def agenda_stripped(strike: Strike, proceed: Proceed) -> Response:
    """The agenda is gone."""
    return await _agenda(strike, proceed, lambda _: "")


async def agenda_edited(strike: Strike, proceed: Proceed) -> Response:
    """The agenda is another one: `to`, in which ``{agenda}`` is what stood there."""
    return await _agenda(strike, proceed, lambda agenda: str(strike["to"]).replace("{agenda}", agenda))


async def _agenda(strike: Strike, proceed: Proceed, change: Callable[[str], str]) -> Response:
    if strike["where"] == "stored":
        sent = strike.exchange.body
        strike.exchange.body = _rewritten(sent, change)
        try:
            return await proceed()
        finally:
            strike.exchange.body = sent  # the record shows what the client sent
    everywhere = strike["where"] == "everywhere"

    def rewrite(body: dict[str, Any]) -> None:
        found = [one for one in body.get("meetings", ()) if isinstance(one, dict)]
        if everywhere:
            found.append(body)
        for one in found:
            if "agenda" in one:
                one["agenda"] = change(one["agenda"])

    return edited(await proceed(), rewrite)


def _rewritten(sent: bytes, change: Callable[[str], str]) -> bytes:
    try:
        body = json.loads(sent)
    except (ValueError, RecursionError):
        return sent
    if not isinstance(body, dict) or not isinstance(body.get("agenda"), str):
        return sent
    return json.dumps(body | {"agenda": change(body["agenda"])}).encode()


# -- answers to a create, and tokens -----------------------------------------------------------------------------------


async def altered_answer(strike: Strike, proceed: Proceed) -> Response:
    """One thing in a meeting's answer is not as it was made; then `set` and `remove` do what they say."""

    def alter(body: dict[str, Any]) -> None:
        if strike["change"]:
            ALTERATIONS[strike["change"]](body)
        body |= strike["set"]
        for name in strike["remove"]:
            body.pop(name, None)

    return edited(await proceed(), alter)


async def altered_token(strike: Strike, proceed: Proceed) -> Response:
    """One thing in the token's answer is odd."""
    return edited(await proceed(), TOKEN_ALTERATIONS[strike["change"]])


def _put(**fields: Any) -> Callable[[dict[str, Any]], None]:
    def change(body: dict[str, Any]) -> None:
        body |= fields

    return change


def _drop(name: str) -> Callable[[dict[str, Any]], None]:
    def change(body: dict[str, Any]) -> None:
        body.pop(name, None)

    return change


def _with(name: str, make: Callable[[Any], Any]) -> Callable[[dict[str, Any]], None]:
    def change(body: dict[str, Any]) -> None:
        if name in body:
            body[name] = make(body[name])

    return change


def _rehosted(host: str) -> Callable[[Any], str]:
    return lambda url: f"https://{host}/{str(url).split('/', 3)[-1]}"


ALTERATIONS: dict[str, Callable[[dict[str, Any]], None]] = {
    "id-as-string": _with("id", str),
    "id-as-float": _with("id", float),
    "id-missing": _drop("id"),
    "id-null": _put(id=None),
    "id-negative": _with("id", lambda number: -number),
    "id-too-large": _put(id=2**63),
    "foreign-join-url": _with("join_url", _rehosted("zoom.us.elsewhere.example")),
    "userinfo-join-url": _with("join_url", _rehosted("us05web.zoom.us@elsewhere.example")),
    "script-join-url": _put(join_url="javascript:alert(1)"),
    "no-join-url": _drop("join_url"),
    "other-topic": _put(topic="Somebody else's meeting"),
    "other-host": _put(host_email="somebody@elsewhere.example", host_id="Zm9yZWlnbiBob3N0IGlkLg"),
    "moved-start": _with("start_time", lambda start: zulu(parse_instant(start) + 3600)),
    "no-start": _drop("start_time"),
}

TOKEN_ALTERATIONS: dict[str, Callable[[dict[str, Any]], None]] = {
    "no-expires-in": _drop("expires_in"),
    "expires-in-text": _with("expires_in", str),
    "expires-in-zero": _put(expires_in=0),
    "expires-in-negative": _put(expires_in=-1),
    "expires-in-huge": _put(expires_in=10**12),
    "no-token": _drop("access_token"),
    "token-with-newline": _with("access_token", lambda token: f"{token}\r\nx-injected: 1"),
    "token-too-long": _with("access_token", lambda token: token + "x" * 65536),
    "no-api-url": _drop("api_url"),
    "foreign-api-url": _put(api_url="https://api.zoom.us.elsewhere.example"),
    "http-api-url": _put(api_url="http://api.zoom.us"),
    "fewer-scopes": _put(scope="user:read:user:admin"),
}
