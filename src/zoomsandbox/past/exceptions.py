"""Refusals about past meetings, letter by letter. Two operations write the same in slightly different letters."""

from __future__ import annotations

from zoomsandbox.core.exceptions import ZoomError


class PaidAccountOnlyError(ZoomError):
    def __init__(self, account_id: str, *, stop: str = ".") -> None:
        super().__init__(400, 200, f"Only available for paid account: {account_id}{stop}")


class YearAgoError(ZoomError):
    def __init__(self, *, cannot: str = "Cannot") -> None:
        super().__init__(400, 12702, f"{cannot} access a meeting a year ago.")
