"""What is said when a state file cannot be used."""

from __future__ import annotations


class StateError(ValueError):
    """A state file that is not ours, not whole, or in use; the text says which and what to do."""
