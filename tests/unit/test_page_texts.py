"""What the page says: the same things in each language, all that is said of states, problems and events."""

from __future__ import annotations

import json
import re
from importlib import resources
from typing import TYPE_CHECKING, Any

import pytest
from tests.helpers import NOW, settings

from zoomlink.batches.reading import read_table
from zoomlink.batches.rows import read_batch
from zoomlink.errors import InvalidInputError
from zoomlink.links import view
from zoomlink.links.request import plan_request
from zoomlink.links.rules import Rules
from zoomlink.model import LinkState
from zoomlink.problems import PROBLEMS
from zoomlink.service.page.texts import LANGUAGES, choose_language, texts
from zoomlink.zoom.meanings import API_MEANINGS

if TYPE_CHECKING:
    from collections.abc import Iterator

FILES = resources.files("zoomlink.service.page")


def leaves(data: Any, path: str = "") -> Iterator[tuple[str, str]]:
    if isinstance(data, dict):
        for name, one in data.items():
            yield from leaves(one, f"{path}.{name}".strip("."))
    elif isinstance(data, list):
        for number, one in enumerate(data):
            yield from leaves(one, f"{path}[{number}]")
    else:
        yield path, data


def read(language: str) -> dict[str, str]:
    file = FILES / "languages" / f"{language}.json"
    found = dict(leaves(json.loads(file.read_text(encoding="utf-8"))))
    # The library's own sentences are English.
    return {name: text for name, text in found.items() if not name.startswith(("events.", "sentences."))}


def test_every_language_says_the_same_things_with_the_same_places() -> None:
    english, *others = (read(language) for language in LANGUAGES)
    places = {name: sorted(re.findall(r"\{\w+\}", text)) for name, text in english.items()}
    for other in others:
        assert {name: sorted(re.findall(r"\{\w+\}", text)) for name, text in other.items()} == places
        assert [name for name, text in other.items() if not text.strip()] == []


def test_every_text_that_a_template_asks_for_is_there_and_none_is_idle() -> None:
    known = {re.sub(r"\[\d+\]$", "", name) for name in read("en")}
    asked = set()
    patterns = set()
    for folder, ending in (("templates", ".html"), ("", ".py")):
        for file in (FILES / folder if folder else FILES).iterdir():
            if not file.name.endswith(ending):
                continue
            source = file.read_text(encoding="utf-8")
            for quoted in re.findall(r"""['"]([a-z_]+(?:\.[a-z_-]+)+)['"]""", source):
                asked.add(quoted)
            patterns |= {f"{one}." for one in re.findall(r"""["']([a-z_]+(?:\.[a-z_]+)*)\.(?:\{|['"] ~)""", source)}
            patterns |= set(re.findall(r"""["']([a-z_]+\.[a-z_]+_)['"] ~""", source))
            patterns |= {f"{one}." for one in re.findall(r"""plural\(['"]([a-z_.]+)['"]""", source)}
    patterns |= {"create."}  # create.{name of a setting}
    idle = {name for name in known if name not in asked and not any(name.startswith(one) for one in patterns)}
    assert idle == set()


@pytest.mark.parametrize("language", LANGUAGES)
def test_states_problems_and_events_are_told_in_words(language: str) -> None:
    t = texts(language)
    assert set(t.find("states")) == {str(state) for state in LinkState}
    assert set(t.find("problems")) == set(PROBLEMS)
    if language != "en":
        assert set(t.find("events")) == set(view._WORDS)


@pytest.mark.parametrize(
    ("wanted", "accepted", "chosen"),
    [
        (None, "", "en"),
        (None, "pt-BR,pt;q=0.9,en;q=0.8", "pt"),
        (None, "de-DE,de;q=0.9,pt;q=0.5,en;q=0.4", "pt"),
        (None, "pt;q=0, en;q=0.1", "en"),
        (None, "de", "en"),
        (None, "*;q=0.5, \x00;;q=9, pt;q=0.1", "pt"),
        ("en", "pt", "en"),
        ("xx", "pt", "pt"),
    ],
)
def test_the_language_is_the_chosen_one_or_the_browsers(wanted: str | None, accepted: str, chosen: str) -> None:
    assert choose_language(wanted, accepted) == chosen


def test_the_librarys_frequent_sentences_are_told_in_the_readers_language() -> None:
    rows = [
        "topic,date,time,duration",
        ",2031-12-10,99:00,0",
        "A,2021-01-01,10:00,x",
        "B,31.02.2031,10:00,60",
        "C,,,60",
    ]
    rules = Rules.of(settings(timezone="America/Sao_Paulo"))
    found = read_batch(read_table("\n".join(rows).encode()), rules, NOW)
    said = [text for fault in found.faults for text in (fault.message, fault.hint) if text]
    assert len(said) > 8
    assert [text for text in said if texts("pt").sentence(text)[1]] == []
    assert texts("pt").sentence("There is no time 99:00.") == ("O horário 99:00 não existe.", False)
    clash = "No host is free then: a@b.c has line 2 (“Piano”) until 2031-12-01 19:00"
    told = "Nenhum anfitrião está livre nesse horário: a@b.c tem a linha 2 (“Piano”) até 2031-12-01 19:00"
    assert texts("pt").sentence(f"{clash}. Next free: 19:00.") == (f"{told}. Próximo livre: 19:00.", False)
    assert texts("pt").sentence(f"{clash}; d@e.f has line 3 (“Coral”) until 20:00.") == (
        f"{told}; d@e.f tem a linha 3 (“Coral”) até 20:00.",
        False,
    )
    assert texts("pt").sentence(f"{clash}; and 3 more hosts.")[1]  # it stays what it is, and is marked so
    assert texts("pt").sentence("Something else.") == ("Something else.", True)
    assert texts("en").sentence("Something else.") == ("Something else.", False)


TO_PEOPLE = ("refused", "not-found", "not-permitted", "conflict")
"""Kinds of problem that are told on the page's forms."""


def test_whatever_zoom_refuses_is_told_in_the_readers_language() -> None:
    meanings = [one for one in API_MEANINGS if (one.slug or one.error.default_slug) in TO_PEOPLE]
    assert len(meanings) > 30
    said = [text for one in meanings for text in (one.cause, one.cure) if text]
    assert [text for text in said if texts("pt").sentence(text)[1]] == []


@pytest.mark.parametrize(
    "changes",
    [
        {"passcode": "longer than ten"},
        {"passcode": "no blank"},
        {"agenda": "x" * 1990},
        {"agenda": "x" * 2100},
        {"agenda": "a\0b"},
        {"topic": "a\0b"},
        {"topic": "x" * 201},
        {"topic": " "},
        {"host": "a b"},
        {"start": "2031-12-01T25:24"},
        {"start": "2031-12-01T24:00"},
        {"start": "2031-12-01T18:24:61"},
        {"start": "2031-13-01T18:24"},
        {"start": "9999-12-01T18:24"},
        {"start": "soon"},
        {"start": ""},
        {"duration": 0},
        {"duration": "x"},
        {"timezone": "Mars/Olympus"},
        {"timezone": "Amercia/Sao_Paulo"},
        {"timezone": ""},
    ],
)
def test_what_the_desk_finds_wrong_is_told_in_the_readers_language(changes: dict[str, Any]) -> None:
    asked = {"topic": "Piano", "start": "2031-12-01T18:24", "timezone": "America/Sao_Paulo", **changes}
    with pytest.raises(InvalidInputError) as refused:
        plan_request(asked.pop("topic"), rules=Rules.of(settings()), now=NOW, **asked)
    said = [text for text in (refused.value.message, refused.value.hint) if text]
    assert [text for text in said if texts("pt").sentence(text)[1]] == []


def test_several_sentences_are_told_together_or_not_at_all() -> None:
    pt = texts("pt")
    problem = "There is no such user in this Zoom account. Zoom says: “User: a@b.c; d. e” Use that host."
    told = "Não existe esse usuário nesta conta do Zoom. O Zoom diz: “User: a@b.c; d. e” Use esse anfitrião."
    assert pt.sentence(problem) == (told, False)
    assert pt.sentence(f"{problem} (tracking id 7A)") == (f"{told} (código de rastreio 7A)", False)
    assert pt.sentence(f"{problem} Something else.") == (f"{problem} Something else.", True)
    assert pt.sentence("It has passed. " * 1000) == ("It has passed. " * 1000, True)


def test_a_sentence_keeps_the_places_of_its_original() -> None:
    for english, words in texts("pt").find("sentences").items():
        assert sorted(re.findall(r"\{\w+\}", english)) == sorted(re.findall(r"\{\w+\}", words)), english


def test_a_text_that_a_stranger_repeats_is_looked_up_at_once() -> None:
    """Each of these has more ways to be read than could be tried."""
    pt = texts("pt")
    for text in ("Did you mean x? " * 120, "a is not a date. " * 100, ". " * 900, "x has “c” until d; " * 100):
        assert pt.sentence(f"{text}!") == (f"{text}!", True)
    shown = "Did you mean x?"
    assert pt.sentence(" ".join([shown] * 8)) == (" ".join([pt.sentence(shown)[0]] * 8), False)


def test_each_of_several_sentences_is_told_before_one_swallows_another() -> None:
    assert texts("pt").sentence("There is no time 9:75. It has no time of day.") == (
        "O horário 9:75 não existe. Falta o horário.",
        False,
    )
    assert texts("pt").sentence("There is no time 9. 30.") == ("O horário 9. 30 não existe.", False)
