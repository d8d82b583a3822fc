"""One rule of a plan: read from JSON, checked, and asked of each request whether it strikes. Does nothing itself."""

from __future__ import annotations

import random
from difflib import get_close_matches
from typing import TYPE_CHECKING, Any

from zoomsandbox.faults import routes
from zoomsandbox.faults.exceptions import PlanError
from zoomsandbox.faults.kinds import KINDS

if TYPE_CHECKING:
    from collections.abc import Callable

    from zoomsandbox.core.http import Exchange
    from zoomsandbox.faults.kinds import Argument, Kind

CHOOSERS = {
    "route": "which requests: an operation such as meetings.create, token, or POST /users/*/meetings; also a list",
    "nth": "only the nth of these requests, counted from 1 since the rule was set; also a list",
    "every": "only every so many of these requests",
    "probability": "only with this chance, between 0 and 1, for each of these requests",
    "seed": "where chance begins; the same seed strikes the same requests",
    "times": "at most so often; null: always",
}
_MOST_RULES = 1000
_DEFAULT_SEED = 0


class Rule:
    """A fault and when it strikes. `seen` counts the requests it is about, `hits` those it struck."""

    def __init__(self, given: dict[str, Any], number: int) -> None:
        """Read a rule; raises PlanError."""
        self.number = number
        self.kind = _kind(given)
        unknown = given.keys() - CHOOSERS.keys() - {one.name for one in self.kind.arguments} - {"kind"}
        if unknown:
            raise PlanError(
                f"{self.kind.name} knows no {min(unknown)!r}. Besides kind it takes "
                f"{', '.join([*CHOOSERS, *(one.name for one in self.kind.arguments)])}."
            )
        self.given = dict(given)
        self.arguments = {one.name: _argument(one, given.get(one.name, one.default)) for one in self.kind.arguments}
        self._meant = _routes(given.get("route", self.kind.route))
        self._nth = _nth(given.get("nth"))
        self._every = _count("every", given.get("every"))
        self._chance = _probability(given.get("probability"))
        if sum(one is not None for one in (self._nth, self._every, self._chance)) > 1:
            raise PlanError("Of nth, every and probability a rule takes one.")
        self.times = _count("times", given["times"]) if "times" in given else self.kind.times
        seed = given.get("seed", _DEFAULT_SEED)
        if isinstance(seed, bool) or not isinstance(seed, int | str):
            raise PlanError("seed takes a whole number or a text.")
        # S311 asks for a cryptographic source; a fault must be repeatable and guards nothing
        self.random = random.Random(f"{seed} {number}")  # noqa: S311
        self.seen = 0
        self.hits = 0

    def means(self, exchange: Exchange) -> bool:
        """Whether the rule is about this request."""
        return any(meant(exchange) for meant in self._meant) and self.kind.applies(exchange, self.arguments)

    def strikes(self) -> bool:
        """Whether it strikes the request just counted in `seen`; counts the hit."""
        if self.times is not None and self.hits >= self.times:
            return False
        if self._nth is not None:
            strikes = self.seen in self._nth
        elif self._every is not None:
            strikes = self.seen % self._every == 0
        elif self._chance is not None:
            strikes = self.random.random() < self._chance
        else:
            strikes = True
        self.hits += strikes
        return strikes

    def as_dict(self) -> dict[str, Any]:
        """As the control plane shows it: what was given, the arguments in force, and the counts."""
        chosen = {"kind": self.kind.name, "route": self.kind.route, "times": self.times} | self.given | self.arguments
        return {"id": self.number, **chosen, "seen": self.seen, "hits": self.hits}


def read_rules(given: Any) -> list[dict[str, Any]]:
    """The rules in a plan: a list, ``{"rules": […]}``, or one rule; raises PlanError."""
    rules = given.get("rules", [given]) if isinstance(given, dict) else given
    if isinstance(given, dict) and "rules" in given and given.keys() - {"rules", "seed"}:
        raise PlanError("A plan has the members rules and, if you like, seed.")
    if not isinstance(rules, list) or not all(isinstance(one, dict) for one in rules):
        raise PlanError('A plan is a list of rules such as [{"kind": "reset-after-commit", "nth": 1}].')
    if len(rules) > _MOST_RULES:
        raise PlanError(f"A plan has at most {_MOST_RULES} rules.")
    seed = given.get("seed") if isinstance(given, dict) and "rules" in given else None
    return [one if seed is None else {"seed": seed} | one for one in rules]


def _kind(given: dict[str, Any]) -> Kind:
    name = given.get("kind")
    kind = KINDS.get(name) if isinstance(name, str) else None
    if kind is None:
        near = get_close_matches(str(name), KINDS, 1)
        raise PlanError(
            f"No fault is called {name!r}{f'; did you mean {near[0]!r}?' if near else '.'} "
            "GET /_sandbox/faults/kinds lists them all."
        )
    return kind


def _routes(given: Any) -> list[Callable[[Exchange], bool]]:
    wanted = given if isinstance(given, list) and given else [given]
    if not all(isinstance(one, str) and one.strip() for one in wanted):
        raise PlanError("route takes a text or a list of texts.")
    return [routes.matcher(one) for one in wanted]


def _nth(given: Any) -> frozenset[int] | None:
    if given is None:
        return None
    wanted = given if isinstance(given, list) and given else [given]
    return frozenset(number for one in wanted if (number := _count("nth", one)) is not None)


def _count(name: str, given: Any) -> int | None:
    if given is None:
        return None
    if isinstance(given, bool) or not isinstance(given, int) or given < 1:
        raise PlanError(f"{name} takes a whole number from 1.")
    return given


def _probability(given: Any) -> float | None:
    if given is None:
        return None
    if isinstance(given, bool) or not isinstance(given, int | float) or not 0 <= given <= 1:
        raise PlanError("probability takes a number between 0 and 1.")
    return float(given)


def _argument(rule: Argument, given: Any) -> Any:
    default = rule.default
    if rule.choices:
        given = str(given) if isinstance(given, int) and not isinstance(given, bool) else given
        if given not in rule.choices:
            raise PlanError(f"{rule.name} is one of {', '.join(one for one in rule.choices if one)}.")
        return given
    if rule.low is not None and rule.high is not None:
        whole = isinstance(default, int)
        fits = isinstance(given, int | float) and not isinstance(given, bool) and rule.low <= given <= rule.high
        if not fits or (whole and given != int(given)):
            number = "whole number" if whole else "number"
            raise PlanError(f"{rule.name} takes a {number} from {rule.low:g} to {rule.high:g}: {rule.says}.")
        return int(given) if whole else float(given)
    if not isinstance(given, type(default)):
        words = {bool: "true or false", str: "a text", dict: "an object", list: "a list"}
        raise PlanError(f"{rule.name} takes {words[type(default)]}: {rule.says}.")
    if isinstance(given, str) and not given.isprintable():
        raise PlanError(f"{rule.name} takes a text of one line.")
    return given
