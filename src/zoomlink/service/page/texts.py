"""What the page says, in each of its languages: read from data files, chosen by cookie or browser. No HTML."""

from __future__ import annotations

import json
import re
from functools import cache
from importlib import resources
from typing import Any, NamedTuple

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


class _Form(NamedTuple):
    """A sentence of the library's, with places for what differs, and what it is in a language."""

    literals: tuple[str, ...]
    """What stands before, between and behind the places."""
    places: tuple[str, ...]
    words: str

    def told(self, said: str) -> str | None:
        """The words for a sentence of this form; None for another one.

        What stands in a place has no semicolon, which ends one of several; a ``{quote}`` may be anything. Each is as
        short as it can be, and nothing is tried twice: what is looked up may be what a stranger wrote.
        """
        if not self.places:
            return self.words if said == self.literals[0] else None
        first, *between, last = self.literals
        if not (said.startswith(first) and said.endswith(last)):
            return None
        values: dict[str, str] = {}
        start, end = len(first), len(said) - len(last)
        for place, literal in zip(self.places, [*between, ""], strict=True):
            stop = said.find(literal, start + 1, end) if literal else end
            value = said[start:stop]
            if stop <= start or len(value) > (1000 if place == "quote" else 200) or (";" in value and place != "quote"):
                return None
            values[place] = value
            start = stop + len(literal)
        return self.words.format(**values)


@cache
def _sentences(language: str) -> tuple[_Form, ...]:
    """The library's sentences, and what they are in a language."""
    known: dict[str, str] = texts(language).data["sentences"]
    parts = [(_PLACE.split(english), words) for english, words in known.items()]
    return tuple(_Form(tuple(part[::2]), tuple(part[1::2]), words) for part, words in parts)


_PLACE = re.compile(r"\{(\w+)\}")
_END = re.compile(r"(?<=[.?”]) ")
"""Where a sentence may end; one that goes on behind it is found out by what is known."""
_ENDS = 8
"""Places where a sentence may end, at most: a text with more is by somebody else."""


def _told(known: tuple[_Form, ...], said: str) -> str | None:
    """Several sentences, or one; None unless all are known."""
    ends = [end.start() for end in _END.finditer(said)]
    if len(ends) > _ENDS:
        return _one(known, said)
    told: dict[int, str | None] = {}  # from where on, the last first
    for start in reversed([0, *(end + 1 for end in ends)]):
        told[start] = None
        for end in ends:
            rest = told[end + 1] if end > start else None
            first = None if rest is None else _one(known, said[start:end])
            if first is not None:
                told[start] = f"{first} {rest}"
                break
        else:
            told[start] = _one(known, said[start:])
    return told[0]


def _one(known: tuple[_Form, ...], said: str) -> str | None:
    return next((words for form in known if (words := form.told(said)) is not None), None)


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
