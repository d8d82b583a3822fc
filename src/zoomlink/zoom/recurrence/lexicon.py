"""Words for days, months, units and orders in English, Portuguese and Spanish, without accents. Data only."""

from __future__ import annotations

__all__ = ["DAYS", "EVERY", "FILLERS", "FOREVER", "MONTHS", "NUMBERS", "ORDINALS", "OTHER", "SEVERAL_DAYS", "UNITS"]


def _table(rows: dict[str, str]) -> dict[str, str]:
    return {word: meaning for meaning, words in rows.items() for word in words.split()}


DAYS = _table(
    {
        "mon": "mon monday mondays seg segunda segundas segunda-feira lun lunes",
        "tue": "tue tues tuesday tuesdays ter terca tercas terca-feira mar martes",
        "wed": "wed weds wednesday wednesdays qua quarta quartas quarta-feira mie miercoles",
        "thu": "thu thur thurs thursday thursdays qui quinta quintas quinta-feira jue jueves",
        "fri": "fri friday fridays sex sexta sextas sexta-feira vie viernes",
        "sat": "sat saturday saturdays sab sabado sabados",
        "sun": "sun sunday sundays dom domingo domingos",
    }
)
"""Day of the week, as `Recurrence` writes it."""

SEVERAL_DAYS = {
    **dict.fromkeys(("weekday", "weekdays", "workday", "workdays"), ("mon", "tue", "wed", "thu", "fri")),
    **dict.fromkeys(("weekend", "weekends"), ("sat", "sun")),
}

MONTHS = {
    word: number
    for number, words in enumerate(
        (
            "january jan janeiro enero ene",
            "february feb fevereiro fev febrero",
            "march mar marco marzo",
            "april apr abril abr",
            "may maio mai mayo",
            "june jun junho junio",
            "july jul julho julio",
            "august aug agosto ago",
            "september sep sept setembro set septiembre setiembre",
            "october oct outubro out octubre",
            "november nov novembro noviembre",
            "december dec dezembro dez diciembre dic",
        ),
        1,
    )
    for word in words.split()
}

UNITS = _table(
    {
        "daily": "day days dia dias daily diariamente diario diaria diarios diarias",
        "weekly": "week weeks semana semanas weekly semanal semanalmente",
        "monthly": "month months mes meses monthly mensal mensalmente mensual mensualmente",
    }
)
"""Unit, as `Recurrence` names it."""

OTHER_UNITS = {
    "year",
    "years",
    "yearly",
    "annually",
    "ano",
    "anos",
    "anualmente",
    "hour",
    "hours",
    "hourly",
    "hora",
    "horas",
}

NUMBERS = {
    word: number
    for number, words in enumerate(
        (
            "one um uma un una uno",
            "two dois duas dos",
            "three tres",
            "four quatro cuatro",
            "five cinco",
            "six seis",
            "seven sete siete",
            "eight oito ocho",
            "nine nove nueve",
            "ten dez diez",
            "eleven onze once",
            "twelve doze doce",
        ),
        1,
    )
    for word in words.split()
}

ORDINALS = {
    word: number
    for number, words in (
        (1, "first primeira primeiro primer primera primero"),
        (2, "second segunda segundo"),
        (3, "third terceira terceiro tercer tercera tercero"),
        (4, "fourth quarta quarto cuarta cuarto"),
        (5, "fifth quinta quinto"),
        (-1, "last ultima ultimo"),
    )
    for word in words.split()
}
"""Which one of the month. "segunda", "quarta" and "quinta" are days of the week too."""

EVERY = {"every", "each", "todo", "toda", "todos", "todas", "cada"}
OTHER = {"other", "alternate"}
FILLERS = {
    *("on", "the", "of", "in", "and", "meeting", "meetings"),
    *("a", "o", "os", "as", "na", "no", "nas", "nos", "em", "de", "do", "da", "e"),
    *("el", "los", "la", "las", "del", "al", "en", "y"),
}
FOREVER = (
    "forever|for ever|without end|with no end|no end|indefinitely|endless|endlessly"
    "|para sempre|sem fim|sem data final|para siempre|sin fin|indefinidamente"
)
