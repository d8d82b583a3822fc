"""Advances a flow step by step, handing back answers and errors. The only place that meets StopIteration."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, Generic, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable, Generator, Iterator

S = TypeVar("S")
T = TypeVar("T")

__all__ = ["Stepper"]


class Stepper(Generic[S, T]):
    """`step` is what the flow asks for now, None when it is done; then `result` is what it returned."""

    result: T

    def __init__(self, flow: Generator[S, Any, T]) -> None:
        self._flow = flow
        self.step: S | None = None
        self._advance(flow.send, None)

    @contextmanager
    def answering(self) -> Iterator[Callable[[Any], None]]:
        """Take the answer to the present step; an Exception raised inside is thrown into the flow instead.

        Cancellation and Ctrl-C (BaseException) are not the flow's business: they pass through, and the flow is closed.
        """
        answers: list[Any] = []
        try:
            yield answers.append
        except Exception as error:  # noqa: BLE001 - the flow decides what an error means
            self._advance(self._flow.throw, error)
        except BaseException:
            self._flow.close()
            raise
        else:
            self._advance(self._flow.send, answers[0])

    def _advance(self, method: Callable[[Any], S], value: Any) -> None:
        try:
            self.step = method(value)
        except StopIteration as done:
            self.step, self.result = None, done.value
