"""Refusals about accounts, letter by letter."""

from __future__ import annotations

from zoomsandbox.core.exceptions import ZoomError


class AccountNotFoundError(ZoomError):
    """The settings answer 404 and leave the full stop out, the locks 400 with one."""

    def __init__(self, account_id: str, *, status: int = 404, stop: str = "") -> None:
        super().__init__(status, 2001, f"Account does not exist: {account_id}{stop}")
