"""Pages of a list: sizes, and page tokens that die after 15 minutes. A token carries its place; nothing is stored."""

from __future__ import annotations

from typing import TYPE_CHECKING

from zoomsandbox.core.exceptions import InvalidPageTokenError, ValidationFailedError
from zoomsandbox.core.validation import INVALID

if TYPE_CHECKING:
    from collections.abc import Mapping

    from zoomsandbox.core.clock import Clock
    from zoomsandbox.core.ids import Ids

TOKEN_LIFE = 15 * 60


class Pager:
    """Makes and reads the page tokens of one list. `about` names list and filters; a token fits no other list."""

    __slots__ = ("_about", "_clock", "_ids")

    def __init__(self, ids: Ids, clock: Clock, about: str) -> None:
        self._ids = ids
        self._clock = clock
        self._about = about

    def token(self, place: str | None) -> str:
        """A token for the page that begins at `place`; None, the end, is the empty string."""
        if place is None:
            return ""
        return self._ids.seal(f"{self._clock.now() + TOKEN_LIFE:.3f}\n{place}\n{self._about}")

    def place(self, token: str) -> str | None:
        """The place a token stands for, None for the empty one; raises InvalidPageTokenError."""
        if not token:
            return None
        expires, _, rest = (self._ids.unseal(token) or "").partition("\n")
        place, _, about = rest.partition("\n")
        if about != self._about or float(expires) <= self._clock.now():
            raise InvalidPageTokenError
        return place


def size_and_number(query: Mapping[str, str], most: int) -> tuple[int, int]:
    """`page_size` (30 unless 1 or more, cut to `most`) and `page_number` (from 1); raises ValidationFailedError."""
    size = number_in(query, "page_size", 30)
    return min(size if size > 0 else 30, most), max(number_in(query, "page_number", 1), 1)


def number_in(query: Mapping[str, str], name: str, default: int) -> int:
    """A whole number in the query; raises ValidationFailedError."""
    text = query.get(name, "").strip()
    if not text:
        return default
    if not (text.isascii() and text.lstrip("-").isdecimal() and text.count("-") <= 1 and len(text) < 10):
        raise ValidationFailedError([(name, INVALID)])
    return int(text)


def frame(token: str, *, size: int, number: int, total: int) -> dict[str, object]:
    """The paging members that stand before the items."""
    return {
        "next_page_token": token,
        "page_count": -(-total // size),
        "page_number": number,
        "page_size": size,
        "total_records": total,
    }
