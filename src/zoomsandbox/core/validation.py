"""Field tables: how a request's body is checked and cleaned, with Zoom's words for what is wrong.

A table maps a field's name to its rule. Unknown fields are ignored and ``null`` counts as absent. As Zoom does,
integers and booleans are also taken as text (zoom-api: Gotchas).
"""

from __future__ import annotations

from typing import Any, Protocol

INVALID = "Invalid field."
MISSING = "Missing field."

Errors = list[tuple[str, str]]


class Rule(Protocol):
    """Checks one value: the cleaned value, or None after adding to `errors`."""

    def check(self, value: Any, path: str, errors: Errors) -> Any: ...


class Text:
    """A string of at most `longest` characters."""

    __slots__ = ("longest",)

    def __init__(self, longest: int | None = None) -> None:
        self.longest = longest

    def check(self, value: Any, path: str, errors: Errors) -> str | None:
        if isinstance(value, bool) or not isinstance(value, str | int | float):
            errors.append((path, INVALID))
            return None
        text = value if isinstance(value, str) else str(value)
        if self.longest is not None and len(text) > self.longest:
            errors.append((path, INVALID))
            return None
        return text


class Choice:
    """A string out of `allowed`."""

    __slots__ = ("allowed",)

    def __init__(self, *allowed: str) -> None:
        self.allowed = frozenset(allowed)

    def check(self, value: Any, path: str, errors: Errors) -> str | None:
        if isinstance(value, str) and value in self.allowed:
            return value
        errors.append((path, f"Invalid parameter: {path.rpartition('.')[2]}."))
        return None


class Integer:
    """A whole number, also as text, between `low` and `high`, or one out of `allowed`."""

    __slots__ = ("allowed", "high", "low")

    def __init__(self, low: int | None = None, high: int | None = None, allowed: tuple[int, ...] = ()) -> None:
        self.low = low
        self.high = high
        self.allowed = allowed

    def check(self, value: Any, path: str, errors: Errors) -> int | None:
        number = _whole(value)
        if (
            number is None
            or (self.low is not None and number < self.low)
            or (self.high is not None and number > self.high)
        ):
            errors.append((path, INVALID))
            return None
        if self.allowed and number not in self.allowed:
            errors.append((path, f"Invalid parameter: {path.rpartition('.')[2]}."))
            return None
        return number


class Flag:
    """A boolean, also as ``"true"``/``"false"``, or 1/0."""

    __slots__ = ()

    def check(self, value: Any, path: str, errors: Errors) -> bool | None:
        if isinstance(value, bool):
            return value
        if isinstance(value, str) and value.lower() in {"true", "false"}:
            return value.lower() == "true"
        if isinstance(value, int) and value in {0, 1}:
            return value == 1
        errors.append((path, INVALID))
        return None


class Items:
    """A list of at most `longest` values, each after `rule`."""

    __slots__ = ("longest", "rule")

    def __init__(self, rule: Rule, longest: int | None = None) -> None:
        self.rule = rule
        self.longest = longest

    def check(self, value: Any, path: str, errors: Errors) -> list[Any] | None:
        if not isinstance(value, list) or (self.longest is not None and len(value) > self.longest):
            errors.append((path, INVALID))
            return None
        return [self.rule.check(item, f"{path}[{at}]", errors) for at, item in enumerate(value)]


class Record:
    """An object after a field table; `required` fields must be there."""

    __slots__ = ("fields", "required")

    def __init__(self, fields: dict[str, Rule], required: tuple[str, ...] = ()) -> None:
        self.fields = fields
        self.required = required

    def check(self, value: Any, path: str, errors: Errors) -> dict[str, Any] | None:
        if not isinstance(value, dict):
            errors.append((path, INVALID))
            return None
        prefix = f"{path}." if path else ""
        cleaned: dict[str, Any] = {}
        for name, given in value.items():
            rule = self.fields.get(name)
            if rule is not None and given is not None:
                cleaned[name] = rule.check(given, prefix + name, errors)
        errors.extend((prefix + name, MISSING) for name in self.required if name not in cleaned)
        return cleaned


def _whole(value: Any) -> int | None:
    if isinstance(value, bool):
        return None
    if isinstance(value, int):
        return value
    if isinstance(value, float):
        return int(value) if value.is_integer() else None
    if isinstance(value, str):
        digits = value.strip()
        if digits.lstrip("-").isdecimal() and digits.isascii() and len(digits) < 20:
            try:
                return int(digits)
            except ValueError:
                return None
    return None
