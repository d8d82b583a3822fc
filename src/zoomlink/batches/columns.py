"""Which column is what: names guessed in English, Portuguese and Spanish, whatever their accents and case. Pure."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING

from zoomlink.errors import InvalidInputError, tidy

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

__all__ = ["ARGUMENTS", "RESULTS", "Columns", "find_columns", "guessed"]

ARGUMENTS = (
    "topic",
    "start",
    "date",
    "time",
    "duration",
    "timezone",
    "host",
    "key",
    "passcode",
    "agenda",
    "allow_overlap",
)
"""What a column can be, by the names of create's arguments."""
RESULTS = ("link_id", "state", "join_url", "passcode", "meeting_id", "host", "problem")
"""What is filled in or appended, in this order."""

_NAMES = {
    "topic": "topic|title|subject|name|meeting|meeting name|meeting title|meeting topic|event|event name|class|"
    "class name|course|lesson|session|summary|"
    "assunto|titulo|tema|topico|nome|aula|turma|curso|evento|reuniao|disciplina|materia|nome da aula|"
    "nome da reuniao|asunto|clase|nombre|reunion|sesion|asignatura|nombre de la clase|nombre de la reunion",
    "start": "start|starts|starts at|start at|start time|start datetime|start date time|datetime|date time|"
    "date and time|when|begin|begins|begins at|beginning|from|"
    "inicio|comeco|comeca|data e hora|data hora|data e horario|quando|inicio da aula|inicia|"
    "comienzo|comienza|fecha y hora|fecha hora|cuando|empieza",
    "date": "date|day|start date|meeting date|class date|"
    "data|dia|data de inicio|data inicio|data inicial|data da aula|"
    "fecha|fecha de inicio|fecha inicio|fecha inicial|fecha de la clase",
    "time": "time|hour|start hour|clock|time of day|at|"
    "hora|horario|hora de inicio|hora inicio|hora inicial|horario de inicio|horario inicio",
    "duration": "duration|length|minutes|mins|min|duration minutes|duration min|lasts|"
    "duracao|minutos|duracao minutos|duracao em minutos|duracao min|tempo|carga horaria|"
    "duracion|duracion minutos|duracion en minutos|duracion min",
    "timezone": "timezone|time zone|tz|zone|fuso|fuso horario|zona|zona horaria|huso|huso horario",
    "host": "host|host email|host e mail|host mail|organizer|organiser|owner|zoom user|user|licence|license|"
    "anfitriao|organizador|email do anfitriao|e mail do anfitriao|usuario|usuario zoom|conta|licenca|"
    "anfitrion|organizadora|correo del anfitrion|email del anfitrion|cuenta|licencia",
    "key": "key|idempotency key|booking|booking id|booking number|reference|ref|external id|"
    "chave|reserva|numero da reserva|referencia|codigo da reserva|clave|numero de reserva|codigo de reserva",
    "passcode": "passcode|password|pass code|meeting password|senha|senha da reuniao|codigo de acesso|"
    "contrasena|clave de acceso|codigo de acceso",
    "agenda": "agenda|description|notes|details|descricao|pauta|observacoes|detalhes|"
    "descripcion|notas|observaciones|detalles",
    "allow_overlap": "allow overlap|overlap|may overlap|permitir sobreposicao|sobreposicao|"
    "permitir solapamiento|solapamiento",
    "link_id": "link id",
    "state": "state",
    "join_url": "join url",
    "meeting_id": "meeting id",
    "problem": "problem",
}
_FIELDS = {name: field for field, names in _NAMES.items() for name in names.split("|")}


LONGEST = 100
"""Characters of a header; longer ones are sentences, and are not guessed at."""


@lru_cache(2048)
def _plain(name: str) -> str:
    """A header in lower case, without accents, underscores and what stands in brackets; empty for one that is too
    long to be a name.
    """
    if len(name) > LONGEST:
        return ""
    bare = "".join(char for char in unicodedata.normalize("NFKD", name.casefold()) if not unicodedata.combining(char))
    short = re.sub(r"[(\[{][^)\]}]*[)\]}]?", " ", bare)
    return re.sub(r"[\W_]+", " ", short if re.search(r"\w", short) else bare).strip()


def guessed(name: str) -> str | None:
    """What a column of this name is; None when the name says nothing."""
    if len(name) > LONGEST:
        return None
    return _FIELDS.get(_plain(re.sub(r"(?<=[a-z])(?=[A-Z])", " ", name)))


@dataclass(frozen=True, slots=True)
class Columns:
    """Where each argument stands: field → position in the table."""

    of: Mapping[str, int]
    header: Sequence[str]

    def at(self, field: str) -> int | None:
        """The position of a field's column."""
        return self.of.get(field)

    def called(self, field: str) -> str:
        """What the file calls a field; where it has no such column, its own name."""
        at = self.of.get(field)
        return field if at is None else self.header[at]

    @property
    def shown(self) -> list[tuple[str, str]]:
        """(argument, header) of all that are read, for people."""
        return [(field, self.header[self.of[field]]) for field in ARGUMENTS if field in self.of]

    @property
    def ignored(self) -> list[str]:
        """Headers that mean nothing to us, and stay as they are."""
        known = set(self.of.values())
        return [name for at, name in enumerate(self.header) if at not in known and name]


def find_columns(header: Sequence[str], given: Mapping[str, str] | None = None) -> Columns:
    """Find the columns by their names; `given` names some outright, as field → header (``-``: there is none).

    Raises InvalidInputError naming all that is missing or could be two things.
    """
    problems: list[str] = []
    found: dict[str, int] = {}
    left_out: set[str] = set()
    for field, name in (given or {}).items():
        if field not in ARGUMENTS:
            problems.append(f"There is no argument {tidy(field, 40)!r}: they are {', '.join(ARGUMENTS)}.")
            continue
        places = _called(header, name)
        if name in {"", "-"} and not places:
            left_out.add(field)
        elif len(places) == 1:
            found[field] = places[0]
        else:
            problems.append(f"{'No column is' if not places else 'Two columns are'} called {tidy(name, 60)!r}.")
    taken = set(found.values())
    candidates: dict[str, list[int]] = {}
    for at, name in enumerate(header):
        guess = guessed(name)
        if guess is not None and at not in taken and guess not in found and guess not in left_out:
            candidates.setdefault(guess, []).append(at)
    _settle_starts(candidates, found)
    for field, places in candidates.items():
        exact = [at for at in places if header[at].strip().lower() == field]
        chosen = exact if len(exact) == 1 else places
        if len(chosen) == 1 or field not in ARGUMENTS:
            found[field] = chosen[-1]
        else:
            names = " and ".join(f"“{tidy(header[at], 40)}”" for at in chosen[:3])
            problems.append(f"{names} could all be the {field}. Say which: --column {field}=NAME.")
    problems += _missing(found, header)
    if problems:
        raise InvalidInputError(" ".join(problems), field="columns", hint=_have(header))
    return Columns(found, tuple(header))


def _called(header: Sequence[str], name: str) -> list[int]:
    exact = [at for at, one in enumerate(header) if one == name and name]
    return exact or [at for at, one in enumerate(header) if _plain(name) and _plain(one) == _plain(name)]


def _settle_starts(candidates: dict[str, list[int]], found: dict[str, int]) -> None:
    """Beside a date, "Start" is the time of day; and a date alone holds its time too."""
    has = {*candidates, *found}
    if "start" in candidates and "date" in has and "time" not in has:
        candidates["time"] = candidates.pop("start")
    elif "date" in candidates and not {"start", "time"} & has:
        candidates["start"] = candidates.pop("date")
    elif "start" in found:
        candidates.pop("date", None)
        candidates.pop("time", None)
    elif "start" in candidates and {"date", "time"} <= {*found}:
        candidates.pop("start")


def _missing(found: Mapping[str, int], header: Sequence[str]) -> list[str]:
    problems = []
    if "topic" not in found:
        problems.append("No column is the topic. Say which: --column topic=NAME.")
    if "start" in found and {"date", "time"} & {*found}:
        both = [header[found[field]] for field in ("start", "date", "time") if field in found]
        names = " and ".join(f"“{tidy(name, 40)}”" for name in both)
        problems.append(f"{names} both say when it starts. Say which: --column start=NAME.")
    elif "start" not in found and "time" in found and "date" not in found:
        problems.append("There is a time, and no column is the date. Say which: --column date=NAME.")
    elif "start" not in found and "date" in found and "time" not in found:
        problems.append("There is a date, and no column is the time. Say which: --column time=NAME.")
    elif not {"start", "date"} & {*found}:
        problems.append("No column says when it starts. Say which: --column start=NAME, or date=… and time=….")
    return problems


def _have(header: Sequence[str]) -> str:
    names = ", ".join(f"“{tidy(name, 40)}”" for name in header[:20] if name)
    return f"The file's columns: {names or 'none with a name'}{', …' if len(header) > 20 else ''}."
