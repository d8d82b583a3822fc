"""Path segments: what people pass as host or meeting cannot reach another endpoint."""

# ruff: noqa: E501 - tables read better whole

from __future__ import annotations

import re
from typing import Any
from urllib.parse import unquote

import pytest
from hypothesis import given
from hypothesis import strategies as st

from zoomlink.errors import InvalidInputError
from zoomlink.zoom.paths import host_segment, meeting_number, meeting_segment


@pytest.mark.parametrize(
    ("host", "segment"),
    [
        ("me", "me"),
        ("alice@example.com", "alice@example.com"),
        ("  alice@example.com ", "alice@example.com"),
        ("o'brien+zoom@example.com", "o%27brien+zoom@example.com"),
        ("Ab1Cd2Ef3Gh4Ij5Kl6Mn7Q", "Ab1Cd2Ef3Gh4Ij5Kl6Mn7Q"),
        ("josé@example.com", "jos%C3%A9@example.com"),
        ("a&b=c;d@example.com", "a%26b%3Dc%3Bd@example.com"),
    ],
)
def test_hosts_are_encoded(host: str, segment: str) -> None:
    assert host_segment(host) == segment


@pytest.mark.parametrize(
    "host",
    ["", " ", ".", "..", "...", "a/b", "../users", "a\\b", "a?b", "a#b", "a%2fb", "a b", "a\nb", "a\x00b", "a\x7f", "<a>",
     '"a"', "x" * 255, "\ud800@example.com", None, 5, b"me", [], True],
    ids=lambda host: repr(host)[:20],
)  # fmt: skip
def test_what_is_no_host_is_refused(host: Any) -> None:
    with pytest.raises(InvalidInputError, match="is no Zoom user") as caught:
        host_segment(host)
    assert caught.value.field == "host"
    str(caught.value).encode()


@given(st.text(max_size=30))
def test_no_host_leaves_its_segment(host: str) -> None:
    try:
        segment = host_segment(host)
    except InvalidInputError:
        return
    assert re.fullmatch(r"[A-Za-z0-9@+._~%-]+", segment)
    assert unquote(segment) == host.strip()
    assert set(segment) != {"."}


@pytest.mark.parametrize(
    ("meeting", "number"),
    [
        (81234567890, 81234567890),
        ("81234567890", 81234567890),
        ("812 3456 7890", 81234567890),
        ("812-3456-7890", 81234567890),
        (" 81234567890\n", 81234567890),
        (1, 1),
        (2**63 - 1, 2**63 - 1),
        (str(2**63 - 1), 2**63 - 1),
        ("0081234567890", 81234567890),
    ],
)
def test_numbers_of_meetings_are_read(meeting: int | str, number: int) -> None:
    assert meeting_number(meeting) == number
    assert meeting_segment(meeting) == str(number)


@pytest.mark.parametrize(
    "meeting",
    [0, -1, 2**63, 10**5000, True, 1.0, None, "", " ", "abc", "-5x", "1.0", "+5", "8123456789０", "٨١٢", str(2**63), "9" * 20,
     "../users/me", "1/2", "1?x", "x" * 100_000, b"1", [], "aB3d5fGh7JkLmN9pQrStUw=", "aB3d5fGh7JkLmN9pQrStUw==\n"],
    ids=lambda meeting: repr(meeting)[:20] if not isinstance(meeting, int) or meeting < 10**30 else "huge",
)  # fmt: skip
def test_what_is_no_meeting_is_refused(meeting: Any) -> None:
    with pytest.raises(InvalidInputError) as caught:
        meeting_segment(meeting)
    assert caught.value.field == "meeting"
    assert len(str(caught.value)) < 300


@pytest.mark.parametrize(
    ("uuid", "segment"),
    [
        ("aB3d5fGh7JkLmN9pQrStUw==", "aB3d5fGh7JkLmN9pQrStUw%3D%3D"),
        ("aB3d5fGh7JkLmN+pQrStUw==", "aB3d5fGh7JkLmN%2BpQrStUw%3D%3D"),
        ("aB3d5fGh7J/LmN9pQrStUw==", "aB3d5fGh7J%2FLmN9pQrStUw%3D%3D"),
        ("/B3d5fGh7JkLmN9pQrStUw==", "%252FB3d5fGh7JkLmN9pQrStUw%253D%253D"),
        ("aB3d5fGh7//LmN9pQrStUw==", "aB3d5fGh7%252F%252FLmN9pQrStUw%253D%253D"),
        ("qaB3d5fGh7JkLmN9pQrStU==", "qaB3d5fGh7JkLmN9pQrStU%3D%3D"),
    ],
)
def test_instances_are_encoded_once_or_twice_as_zoom_wants(uuid: str, segment: str) -> None:
    assert meeting_segment(uuid) == segment
    decoded = unquote(segment)
    assert uuid == (unquote(decoded) if uuid.startswith("/") or "//" in uuid else decoded)
