"""Reads single values out of Zoom's JSON. Never raises: what does not fit is None or empty. No objects of Zoom here."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

__all__ = ["flag", "items", "mapping", "number", "text", "without"]

_LARGEST = 2**63 - 1


def text(value: object) -> str | None:
    """The text, or None when there is none or it is empty."""
    return value if isinstance(value, str) and value else None


def number(value: object) -> int | None:
    """The whole number. The same id comes as an integer from the API and as text in some events."""
    if isinstance(value, str) and value.isascii() and value.isdigit() and len(value) < 20:
        return int(value)
    return value if isinstance(value, int) and not isinstance(value, bool) and abs(value) <= _LARGEST else None


def flag(value: object) -> bool | None:
    """True or false; None when it is neither."""
    return value if isinstance(value, bool) else None


def mapping(value: object) -> Mapping[str, Any]:
    """The JSON object, or an empty one."""
    return value if isinstance(value, Mapping) else {}


def items(value: object) -> list[Mapping[str, Any]]:
    """The JSON objects of an array; whatever else stands in it is left out."""
    return [entry for entry in value if isinstance(entry, Mapping)] if isinstance(value, list) else []


def without(body: Mapping[str, Any], *names: str) -> dict[str, Any]:
    """A copy of a JSON object without some of its fields."""
    return {name: value for name, value in body.items() if name not in names}
