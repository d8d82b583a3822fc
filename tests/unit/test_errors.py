"""Errors: the tree, what they say, and what they never say or carry."""

from __future__ import annotations

import copy
import inspect
import pickle
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from zoomlink import errors
from zoomlink.errors import (
    APIError,
    FieldError,
    InvalidInputError,
    MissingScopeError,
    OutcomeUnknownError,
    RateLimitError,
    TransportError,
    UnexpectedResponseError,
    ZoomLinkError,
    printable,
    tidy,
)
from zoomlink.problems import PROBLEMS, Exit, problem
from zoomlink.zoom.meanings import API_MEANINGS, TOKEN_MEANINGS

TREE = {
    "InvalidInputError": "ZoomLinkError",
    "ConfigurationError": "ZoomLinkError",
    "NoHostError": "ZoomLinkError",
    "LedgerError": "ZoomLinkError",
    "TransportError": "ZoomLinkError",
    "OutcomeUnknownError": "TransportError",
    "UnexpectedResponseError": "ZoomLinkError",
    "WebhookError": "ZoomLinkError",
    "APIError": "ZoomLinkError",
    "AuthenticationError": "APIError",
    "PermissionDeniedError": "APIError",
    "MissingScopeError": "PermissionDeniedError",
    "NotFoundError": "APIError",
    "ConflictError": "APIError",
    "InvalidRequestError": "APIError",
    "RateLimitError": "APIError",
    "ServerError": "APIError",
}
CLASSES = [kind for _, kind in inspect.getmembers(errors, inspect.isclass) if issubclass(kind, ZoomLinkError)]


def test_the_tree_is_as_drawn() -> None:
    assert {kind.__name__: kind.__bases__[0].__name__ for kind in CLASSES if kind is not ZoomLinkError} == TREE
    assert issubclass(InvalidInputError, ValueError)


@pytest.mark.parametrize("kind", CLASSES, ids=lambda kind: kind.__name__)
def test_every_class_is_a_kind_of_problem(kind: type[ZoomLinkError]) -> None:
    assert kind.default_slug in PROBLEMS
    assert kind.__doc__


@pytest.mark.parametrize("row", API_MEANINGS + TOKEN_MEANINGS, ids=lambda row: row.name)
def test_every_meaning_is_a_kind_of_problem(row: Any) -> None:
    assert (row.slug or row.error.default_slug) in PROBLEMS
    assert row.cause.endswith(".")
    assert row.cure == "" or row.cure.endswith(".")


def test_kinds_of_problem_have_their_codes() -> None:
    assert {slug: (row.exit_code, row.status) for slug, row in PROBLEMS.items()} == {
        "unexpected": (1, 500),
        "invalid-input": (2, 422),
        "key-reused": (2, 422),
        "configuration": (3, 503),
        "ledger": (3, 503),
        "credentials": (3, 503),
        "missing-scope": (3, 503),
        "not-permitted": (4, 403),
        "not-found": (4, 404),
        "conflict": (4, 409),
        "refused": (4, 422),
        "unexpected-response": (6, 502),
        "zoom-failed": (6, 503),
        "unreachable": (6, 503),
        "outcome-unknown": (6, 503),
        "rate-limited": (5, 429),
        "daily-limit": (5, 429),
        "no-host": (7, 409),
        "malformed": (2, 400),
        "unauthenticated": (3, 401),
        "forbidden": (4, 403),
        "method-not-allowed": (2, 405),
        "too-slow": (6, 408),
        "changed-meanwhile": (4, 412),
        "too-large": (2, 413),
        "not-json": (2, 415),
        "key-limit": (5, 429),
        "overloaded": (5, 503),
    }
    assert problem("no-such-slug").slug == "unexpected"
    assert Exit.DONE == 0


def api_error(kind: type[APIError] = APIError, **more: Any) -> APIError:
    return kind("It is so.", status_code=400, code=300, tracking_id="WEB_1", body=b'{"start_url":"canary"}', **more)


@pytest.mark.parametrize(
    ("error", "text"),
    [
        (ZoomLinkError("It is so."), "It is so."),
        (ZoomLinkError("It is so.", hint="Do this."), "It is so. Do this."),
        (InvalidInputError("It is so.", field="start", hint="Do this."), "It is so. Do this."),
        (TransportError("It is so.", sent=False), "It is so."),
        (OutcomeUnknownError("It is so.", hint="Look."), "It is so. Look."),
        (OutcomeUnknownError("It is so.", tracking_id="WEB_1"), "It is so. (tracking id WEB_1)"),
        (UnexpectedResponseError("It is so.", status_code=200), "It is so. (HTTP 200)"),
        (api_error(), "It is so. (HTTP 400, Zoom code 300, tracking id WEB_1)"),
        (api_error(hint="Do this."), "It is so. Do this. (HTTP 400, Zoom code 300, tracking id WEB_1)"),
        (APIError("It is so.", status_code=503), "It is so. (HTTP 503)"),
    ],
)
def test_the_text_ends_with_the_evidence(error: ZoomLinkError, text: str) -> None:
    assert str(error) == text


def every_kind() -> list[ZoomLinkError]:
    made: list[ZoomLinkError] = [
        InvalidInputError("It is so.", field="start", hint="Do this."),
        errors.ConfigurationError("It is so.", slug="configuration"),
        TransportError("It is so.", sent=False, retryable=False),
        OutcomeUnknownError("It is so.", tracking_id="WEB_1"),
        UnexpectedResponseError("It is so.", status_code=200, tracking_id="WEB_1", body=b"canary"),
    ]
    made += [
        api_error(kind, errors=(FieldError("topic", "Bad."),), retry_after=timedelta(seconds=3), name="x")
        for kind in CLASSES
        if issubclass(kind, APIError)
    ]
    missing = api_error(MissingScopeError)
    assert isinstance(missing, MissingScopeError)
    missing.scopes = ("meeting:write:meeting:admin",)
    limited = api_error(RateLimitError)
    assert isinstance(limited, RateLimitError)
    limited.daily = True
    return [*made, missing, limited]


@pytest.mark.parametrize("error", every_kind(), ids=lambda error: type(error).__name__)
@pytest.mark.parametrize("way", ["pickle", "copy", "deepcopy"])
def test_errors_travel_whole_but_for_the_body(error: ZoomLinkError, way: str) -> None:
    ways = {"pickle": lambda e: pickle.loads(pickle.dumps(e)), "copy": copy.copy, "deepcopy": copy.deepcopy}  # noqa: S301
    again = ways[way](error)
    assert type(again) is type(error)
    assert str(again) == str(error)
    kept = {name: value for name, value in vars(error).items() if name != "_body"}
    assert {name: value for name, value in vars(again).items() if name != "_body"} == kept
    if isinstance(again, APIError | UnexpectedResponseError):
        assert again.body == b""
    assert b"canary" not in pickle.dumps(error)


@pytest.mark.parametrize("error", every_kind(), ids=lambda error: type(error).__name__)
def test_repr_and_text_hold_no_body(error: ZoomLinkError) -> None:
    assert "canary" not in repr(error) + str(error) + repr(vars(error)) + repr(error.args)


def test_the_body_is_there_for_who_asks() -> None:
    assert api_error().body == b'{"start_url":"canary"}'


@pytest.mark.parametrize(
    ("text", "clean"),
    [
        ("plain words", "plain words"),
        ("Validation Failed. São Paulo, 会议, 🎹", "Validation Failed. São Paulo, 会议, 🎹"),
        ("two\r\nlines\tand\x00more\x7f", "two lines and more"),
        ("\x1b[31mred\x1b[0m and \x1b[2Jgone", "red  and  gone"),
        ("\x1b]0;title\x07x", "]0;title x"),
        ("c1 \x9b31m csi", "c1  31m csi"),
        ("line\u2028sep\u2029", "line sep"),
        ("evil\u202etxt.exe", "evil txt.exe"),
        ("zero\u200bwidth\ufeff", "zero width"),
        ("half \ud800 pair", "half   pair"),
        ("https://zoom.us/s/1?zak=canary&x=1", "https://zoom.us/s/1?zak=***&x=1"),
        ("https://zoom.us/j/1?pwd=canary.1", "https://zoom.us/j/1?pwd=***"),
        ("tk=canary", "tk=***"),
        ('{"access_token":"canary","x":1}', '{"access_token":"***","x":1}'),
        ('{\\"access_token\\": \\"canary\\", \\"x\\": 1}', '{\\"access_token\\": \\"***\\", \\"x\\": 1}'),
        ("{'password': 'canary'}", "{'password': '***'}"),
        ("refresh_token=canary", "refresh_token=***"),
        ("client_secret=canary&grant=1", "client_secret=***&grant=1"),
        ("h323_password: canary", "h323_password: ***"),
        ("encrypted_password=canary.1", "encrypted_password=***"),
        ("PASSCODE=canary", "PASSCODE=***"),
        ("secret_token = canary", "secret_token = ***"),
        ("Authorization: Bearer canary.canary-canary", "Authorization: Bearer ***"),
        ("authorization: basic Y2FuYXJ5OmNhbmFyeQ==", "authorization: basic ***"),
        ("sent eyJhbGciOiJIUzUxMiJ9.eyJzdWIiOiJjYW5hcnkifQ.canary-sig on", "sent *** on"),
        (
            "Invalid access token, does not contain scopes:[a:b].",
            "Invalid access token, does not contain scopes:[a:b].",
        ),
        ("The next page token is invalid or expired.", "The next page token is invalid or expired."),
    ],
)
def test_foreign_text_is_made_fit_to_show(text: str, clean: str) -> None:
    assert tidy(text) == clean


@pytest.mark.parametrize(
    ("text", "clean"),
    [
        ("\U0001f469\u200d\U0001f4bb lesson", "\U0001f469\u200d\U0001f4bb lesson"),
        ("\U0001f3f3\ufe0f\u200d\U0001f308", "\U0001f3f3\ufe0f\u200d\U0001f308"),
        ("\U0001f468\U0001f3fd\u200d\u2695\ufe0f.", "\U0001f468\U0001f3fd\u200d\u2695\ufe0f."),
        ("a\u200db", "a b"),
        ("\U0001f469\u200db", "\U0001f469 b"),
        ("a\u200d\U0001f4bb", "a \U0001f4bb"),
        ("\U0001f469\u200d\u200d\U0001f4bb", "\U0001f469 \U0001f4bb"),
        ("\U0001f469\u200b\U0001f4bb", "\U0001f469 \U0001f4bb"),
        ("a\u200b\u200d\u200eb", "a b"),
        ("a\u200d", "a"),
    ],
)
def test_emoji_joined_to_one_stay_one_and_nothing_else_invisible_stays(text: str, clean: str) -> None:
    assert (printable(text), tidy(text)) == (clean, clean)


def test_long_text_is_cut_and_the_cut_shows() -> None:
    assert tidy("x" * 501) == "x" * 499 + "…"
    assert tidy("x" * 500) == "x" * 500
    assert tidy("abcdef", 4) == "abc…"


@given(st.text(), st.integers(1, 80))
def test_any_text_becomes_one_short_printable_line(text: str, limit: int) -> None:
    clean = tidy(text, limit)
    assert len(clean) <= limit
    assert len(clean.splitlines()) <= 1
    clean.encode()


@pytest.mark.parametrize(
    "text", ["a-" * 500_000, "token" * 200_000, "=" * 1_000_000, "eyJ" * 300_000, "\x1b[" * 500_000]
)
def test_a_huge_text_costs_no_time(text: str) -> None:
    assert len(tidy(text)) <= 500


def test_names_of_scopes_are_no_secrets() -> None:
    text = "does not contain scopes:[user:read:zak:admin, meeting:read:token:admin]."
    assert tidy(text) == text
