"""What is said when a plan of faults makes no sense."""

from __future__ import annotations


class PlanError(ValueError):
    """A plan that cannot be carried out; the text says which part, and what would do."""
