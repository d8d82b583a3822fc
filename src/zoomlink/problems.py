"""The kinds of problem zoomlink reports, as data: slug → title, exit code, HTTP status. No exceptions here."""

from __future__ import annotations

from typing import NamedTuple

__all__ = ["PROBLEMS", "Exit", "Problem", "problem"]


class Exit:
    """Exit codes of the command."""

    DONE = 0
    UNEXPECTED = 1
    BAD_INPUT = 2
    CONFIGURATION = 3
    REFUSED = 4
    LIMIT = 5
    NOT_KNOWN_YET = 6
    NO_HOST = 7


class Problem(NamedTuple):
    """One kind of problem: how people, shells and HTTP clients are told of it."""

    slug: str
    title: str
    exit_code: int
    status: int


PROBLEMS: dict[str, Problem] = {
    row.slug: row
    for row in (
        Problem("unexpected", "Something unforeseen went wrong", Exit.UNEXPECTED, 500),
        Problem("invalid-input", "The request cannot be carried out as written", Exit.BAD_INPUT, 422),
        Problem("key-reused", "The key belongs to another request", Exit.BAD_INPUT, 422),
        Problem("configuration", "A setting is missing or wrong", Exit.CONFIGURATION, 503),
        Problem("ledger", "The ledger cannot be used", Exit.CONFIGURATION, 503),
        Problem("credentials", "Zoom does not accept the credentials", Exit.CONFIGURATION, 503),
        Problem("missing-scope", "The Zoom app lacks a scope", Exit.CONFIGURATION, 503),
        Problem("not-permitted", "Zoom does not allow this", Exit.REFUSED, 403),
        Problem("not-found", "It does not exist", Exit.REFUSED, 404),
        Problem("conflict", "It is in a state that does not allow this", Exit.REFUSED, 409),
        Problem("refused", "Zoom refused the request", Exit.REFUSED, 422),
        Problem("unexpected-response", "The answer cannot be read", Exit.NOT_KNOWN_YET, 502),
        Problem("zoom-failed", "Zoom failed", Exit.NOT_KNOWN_YET, 503),
        Problem("unreachable", "Zoom cannot be reached", Exit.NOT_KNOWN_YET, 503),
        Problem("outcome-unknown", "The outcome is not known yet", Exit.NOT_KNOWN_YET, 503),
        Problem("rate-limited", "Too many calls", Exit.LIMIT, 429),
        Problem("daily-limit", "The day's calls are used up", Exit.LIMIT, 429),
        Problem("no-host", "No host is free", Exit.NO_HOST, 409),
        # Of the HTTP service alone.
        Problem("malformed", "The request cannot be read", Exit.BAD_INPUT, 400),
        Problem("unauthenticated", "Who is asking is not known", Exit.CONFIGURATION, 401),
        Problem("forbidden", "The key is not for this", Exit.REFUSED, 403),
        Problem("method-not-allowed", "That cannot be done there", Exit.BAD_INPUT, 405),
        Problem("too-slow", "The request came too slowly", Exit.NOT_KNOWN_YET, 408),
        Problem("changed-meanwhile", "It has changed meanwhile", Exit.REFUSED, 412),
        Problem("too-large", "The request is too large", Exit.BAD_INPUT, 413),
        Problem("not-json", "The body is not in a form that is read here", Exit.BAD_INPUT, 415),
        Problem("key-limit", "The key's own limit is reached", Exit.LIMIT, 429),
        Problem("overloaded", "Too much at once", Exit.LIMIT, 503),
    )
}


def problem(slug: str) -> Problem:
    """Return the kind of problem `slug` names; an unknown one counts as ``unexpected``."""
    return PROBLEMS.get(slug, PROBLEMS["unexpected"])
