"""A value that does not show itself: not in repr, str, format, logs, pickles or JSON. Nothing else belongs here."""

from __future__ import annotations

from typing import Generic, NoReturn, Self, TypeVar

T = TypeVar("T", bound=str | bytes)

__all__ = ["Secret"]


class Secret(Generic[T]):
    """Holds a string or bytes until :meth:`reveal` is called; everything else shows ``***``."""

    __slots__ = ("_value",)

    def __init__(self, value: T) -> None:
        self._value: T = value

    def reveal(self) -> T:
        """Return the value itself; call this only where it leaves for Zoom."""
        return self._value

    def __repr__(self) -> str:
        return "Secret('***')" if self._value else "Secret('')"

    __str__ = __repr__

    def __bool__(self) -> bool:
        return bool(self._value)

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Secret):
            return NotImplemented
        import hmac  # loads the cryptography of OpenSSL, and few secrets are ever compared

        same_kind = isinstance(self._value, str) is isinstance(other.reveal(), str)
        return same_kind and hmac.compare_digest(_bytes(self._value), _bytes(other.reveal()))

    def __hash__(self) -> int:
        return hash((Secret, self._value))

    def __copy__(self) -> Self:
        return self

    def __deepcopy__(self, memo: object) -> Self:
        # Within the process a copy tells nobody anything: dataclasses.asdict and the like go on working.
        return self

    def __reduce__(self) -> NoReturn:
        raise TypeError("a secret is not pickled; hand over the settings it came from")


def _bytes(value: str | bytes) -> bytes:
    return value.encode("utf-8", "surrogatepass") if isinstance(value, str) else value
