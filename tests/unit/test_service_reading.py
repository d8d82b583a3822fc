"""Bodies read strictly: what is refused, what is not, and that nobody can make it take long."""

from __future__ import annotations

import contextlib
import json
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from zoomlink.service.reading import MAX_DEPTH, MalformedError, read_json

JSON = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(10**30), 10**30)
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
    max_leaves=20,
)


@given(JSON, st.booleans())
def test_what_is_json_is_read_as_it_is(value: object, ascii: bool) -> None:
    assert read_json(json.dumps(value, ensure_ascii=ascii).encode()) == value


@given(st.binary())
def test_any_bytes_are_read_or_refused(body: bytes) -> None:
    with contextlib.suppress(MalformedError):
        read_json(body)


@pytest.mark.parametrize(
    ("body", "words"),
    [
        (b"", "The body is not JSON, at line 1, column 1."),
        (b"{", "The body is not JSON, at line 1, column 2."),
        (b'{"a": 1}\n{"b": 2}', "The body is not JSON, at line 2, column 1."),
        (b"\xef\xbb\xbf{}", "The body is not JSON, at line 1, column 1."),
        ("{}".encode("utf-16"), "The body is not UTF-8, at byte 0."),
        (b'{"a": "\xc3"}', "The body is not UTF-8, at byte 7."),
        (b'{"a": "\xed\xa0\x80"}', "The body is not UTF-8, at byte 7."),
        (b"[" * 200_000, "The body is nested more than 32 deep."),
        (b'{"a":' * 200_000, "The body is nested more than 32 deep."),
        (b"[" * (MAX_DEPTH + 1) + b"]" * (MAX_DEPTH + 1), "The body is nested more than 32 deep."),
        (b'{"duration": ' + b"1" * 5_000 + b"}", "The body holds a number of more digits than any that is asked for."),
        (b"-" + b"1" * 41, "The body holds a number of more digits than any that is asked for."),
        (b"1e999", "The body holds a number larger than any that is asked for."),
        (b"[-1e400]", "The body holds a number larger than any that is asked for."),
        (b'{"duration": NaN}', "NaN is no number in JSON."),
        (b"[Infinity]", "Infinity is no number in JSON."),
        (b"-Infinity", "-Infinity is no number in JSON."),
        (b'{"topic": "a", "topic": "a"}', "The body says 'topic' twice."),
        (b'{"x": {"a": 1, "b": 2, "a": 1}}', "The body says 'a' twice."),
        (b'{"a": 1, "\\u0061": 2}', "The body says 'a' twice."),
        (b'{"topic": "\\ud800"}', "The body holds half of a character (a lone surrogate)."),
        (b'{"topic": "\\udc00\\ud800"}', "The body holds half of a character (a lone surrogate)."),
        (b'[{"\\udfff": 1}]', "The body holds half of a character (a lone surrogate)."),
        (b"{'a': 1}", "The body is not JSON, at line 1, column 2."),
        (b'{"a": 01}', "The body is not JSON, at line 1, column 8."),
        (b'{"a": "\x00"}', "The body is not JSON, at line 1, column 8."),
    ],
)
def test_what_others_would_guess_at_is_refused(body: bytes, words: str) -> None:
    with pytest.raises(MalformedError) as caught:
        read_json(body)
    assert caught.value.message == words
    assert caught.value.slug == "malformed"


@pytest.mark.parametrize(
    ("body", "value"),
    [
        (b"[" * MAX_DEPTH + b"]" * MAX_DEPTH, None),
        (b'"' + b"[" * 100 + b'"', "[" * 100),
        (b'"' + b'\\"[{' * 100 + b'"', '"[{' * 100),
        (b'["\\\\", "[[["]', ["\\", "[[["]),
        (b'"\\ud83d\\ude00"', "😀"),
        (b"1e308", 1e308),
        (b"1e-999", 0.0),
        (b" \r\n\t{} ", {}),
        (b'"\\u0000"', "\0"),
    ],
)
def test_what_is_odd_but_json_is_read(body: bytes, value: object) -> None:
    found = read_json(body)
    assert value is None or found == value


@pytest.mark.parametrize(
    "body",
    [
        b'\\"' * 500_000,
        b'"' * 1_000_001,
        b'"' + b'\\"' * 500_000,
        b'\\"' * 499_999 + b"\\",
        b"\\" * 1_000_000,
        b'"\\' * 500_000,
        ("{" + ",".join(f'"n{number}":1' for number in range(90_000)) + ',"n89999":1}').encode(),
        b"[" + b"[]," * 300_000 + b"1]",
    ],
    ids=["escaped quotes", "quotes", "a text without end", "a lone backslash", "backslashes", "ends", "names", "lists"],
)
def test_a_megabyte_of_anything_is_read_or_refused_quickly(body: bytes) -> None:
    began = time.process_time()
    with contextlib.suppress(MalformedError):
        read_json(body)
    assert time.process_time() - began < 10  # far from what it would be if bytes were looked at again and again
