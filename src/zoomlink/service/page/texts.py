"""What the page says, in each of its languages: read from data files, chosen by cookie or browser. No HTML."""

from __future__ import annotations

import json
import re
from functools import cache
from importlib import resources
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Sequence
    from typing import TypeAlias

    _Known: TypeAlias = Sequence[tuple[re.Pattern[str], str]]

__all__ = ["LANGUAGES", "Texts", "choose_language", "texts"]

LANGUAGES = {"en": "English", "pt": "Português"}
"""Each language by its own name; the first is the one for everybody else."""
_LONGEST = 2000
"""Characters of what is looked up among the library's sentences; they are shorter."""


class Texts:
    """The page's texts in one language. A name is a path of the data file, such as ``create.title``."""

    def __init__(self, language: str, data: dict[str, Any]) -> None:
        self.language = language
        self.data = data

    def __call__(self, name: str, **values: object) -> str:
        """Return a text, with `values` in its places. Raises KeyError for a name that there is not."""
        found = self.find(name)
        if not isinstance(found, str):
            raise KeyError(name)
        return found.format(**values) if values else found

    def plural(self, name: str, count: int, **values: object) -> str:
        """Return a text for so many: its `one` or its `other`, with the number in ``{count}``."""
        return self(f"{name}.{'one' if count == 1 else 'other'}", count=self.number(count), **values)

    def number(self, count: int) -> str:
        """A whole number as people here write it."""
        return f"{count:,}".replace(",", self("numbers.thousands"))

    def sentence(self, said: str) -> tuple[str, bool]:
        """Return sentences of the library's own in this language, and whether they are still English in another one.

        They are told in this language when each of them is known in it; half a text is not.
        """
        if self.language == "en":
            return said, False
        found = _told(_sentences(self.language), said) if len(said) <= _LONGEST else None
        return (said, True) if found is None else (found, False)

    def find(self, name: str) -> Any:
        """What stands under a name: a text, a list or a part of the file; None where nothing does."""
        found: Any = self.data
        for part in name.split("."):
            found = found.get(part) if isinstance(found, dict) else None
        return found


@cache
def texts(language: str) -> Texts:
    """The texts in a language of :data:`LANGUAGES`."""
    file = resources.files(__package__) / "languages" / f"{language}.json"
    return Texts(language, json.loads(file.read_text(encoding="utf-8")))


@cache
def _sentences(language: str) -> _Known:
    """The library's sentences, with places for what differs, and what they are in a language.

    What stands in a place has no semicolon, which ends one of several; a ``{quote}`` may be anything.
    """
    known: dict[str, str] = texts(language).data["sentences"]
    forms = {_PLACE.sub(_place, re.escape(english)): words for english, words in known.items()}
    return tuple((re.compile(form, re.DOTALL), words) for form, words in forms.items())


def _place(found: re.Match[str]) -> str:
    return f"(?P<{found[1]}>{'.{1,1000}' if found[1] == 'quote' else '[^;]{1,200}'}?)"


_PLACE = re.compile(r"\\\{(\w+)\\\}")
_END = re.compile(r"(?<=[.?”]) ")
"""Where a sentence may end; one that goes on behind it is found out by what is known."""


def _told(known: _Known, said: str) -> str | None:
    """One sentence, or the first of several and then the others; None unless all are known."""
    if (whole := _one(known, said)) is not None:
        return whole
    for end in _END.finditer(said):
        first = _one(known, said[: end.start()])
        if first is not None and (rest := _told(known, said[end.end() :])) is not None:
            return f"{first} {rest}"
    return None


def _one(known: _Known, said: str) -> str | None:
    return next((words.format(**found.groupdict()) for one, words in known if (found := one.fullmatch(said))), None)


def choose_language(wanted: str | None, accepted: str) -> str:
    """The language somebody chose, or the best one of their browser's header ``Accept-Language``."""
    if wanted in LANGUAGES:
        return wanted
    offers: list[tuple[float, int, str]] = []
    for place, part in enumerate(accepted[:500].split(",")):
        found = re.fullmatch(r"\s*([A-Za-z]{2,3})(?:-[A-Za-z0-9-]+)?\s*(?:;\s*q=([01](?:\.\d{1,3})?))?\s*", part)
        if found and found[1].lower() in LANGUAGES:
            offers.append((-float(found[2] or 1), place, found[1].lower()))
    known = [offer for offer in sorted(offers) if offer[0]]
    return known[0][2] if known else next(iter(LANGUAGES))
