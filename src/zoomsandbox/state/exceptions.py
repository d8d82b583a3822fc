"""What is said when a state file cannot be used."""

from __future__ import annotations

from zoomsandbox.core.exceptions import ZoomError


class StateError(ValueError):
    """A state file that is not ours, not whole, or in use; the text says which and what to do."""


class NotKeptError(ZoomError):
    """The answer to a change that could not be written down. Not a sentence of Zoom's."""

    def __init__(self, path: object, why: object, *, done: bool) -> None:
        what = "It was done, but a restart would not know of it" if done else "Nothing was done"
        super().__init__(500, 500, f"zoomsandbox cannot write its state file {path} ({why}). {what}.")
