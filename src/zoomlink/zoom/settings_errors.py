"""Turns pydantic's complaints about settings into ours: one sentence, the field's path, and never the value given."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from zoomlink.errors import InvalidInputError, tidy

if TYPE_CHECKING:
    from pydantic import BaseModel, ValidationError

__all__ = ["ClashError", "as_input_error"]

_KINDS = {
    "bool_type": "has to be true or false",
    "int_type": "has to be a whole number",
    "string_type": "has to be text",
    "list_type": "has to be a list",
    "dict_type": "has to be an object",
    "model_type": "has to be an object",
    "model_attributes_type": "has to be an object",
    "string_pattern_mismatch": "has to be an e-mail address",
    "missing": "is missing",
    "control_character": "holds a control character",
    "string_unicode": "holds half a character",
}


class ClashError(ValueError):
    """Two settings that exclude each other; `args` are the field at fault, the sentence and the hint."""


def as_input_error(error: ValidationError, model: type[BaseModel], prefix: str = "settings") -> InvalidInputError:
    """Return the error for people: the first complaint in full, and where the others are."""
    complaints = error.errors(include_url=False, include_input=False)
    first = complaints[0]
    sentence, field, hint = _read(first, model, prefix)
    others = list(dict.fromkeys(".".join([prefix, *map(str, entry["loc"])]) for entry in complaints[1:]))
    others = [other for other in others if other != field]
    if others:
        shown = ", ".join(tidy(other, 80) for other in others[:5]) + (", …" if len(others) > 5 else "")
        hint = f"{hint} Look at {shown} too." if hint else f"Look at {shown} too."
    return InvalidInputError(sentence, field=field, hint=hint)


def _read(entry: Any, model: type[BaseModel], prefix: str) -> tuple[str, str, str | None]:
    clash = (entry.get("ctx") or {}).get("error")
    if isinstance(clash, ClashError):
        name, sentence, hint = clash.args
        return sentence, f"{prefix}.{name}", hint
    field = tidy(".".join([prefix, *map(str, entry["loc"])]), 120)
    kind, context = entry["type"], entry.get("ctx") or {}
    if kind == "extra_forbidden":
        name = tidy(str(entry["loc"][-1]), 60)
        place = (
            "Zoom has no meeting setting"
            if len(entry["loc"]) == 1
            else f"There is no field in {field.rpartition('.')[0]}"
        )
        return (
            f'{place} "{name}".' if len(entry["loc"]) == 1 else f'{place} called "{name}".',
            field,
            _near(entry, model),
        )
    if kind == "literal_error":
        return f"{field} does not have a value Zoom takes.", field, f"It takes {context['expected']}."
    if kind in {"string_too_long", "too_long"}:
        unit = "characters" if kind == "string_too_long" else "entries"
        return f"{field} is too long.", field, f"Zoom takes {context['max_length']} {unit}."
    return f"{field} {_KINDS.get(kind, 'is not right: ' + tidy(str(entry['msg']), 120))}.", field, None


def _near(entry: Any, model: type[BaseModel]) -> str | None:
    from difflib import get_close_matches

    known = list(_fields(model, entry["loc"][:-1]))
    near = get_close_matches(str(entry["loc"][-1])[:60], known, n=2, cutoff=0.6)
    if near:
        return "Did you mean " + " or ".join(near) + "?"
    return "It has " + ", ".join(known) + "." if 0 < len(known) <= 12 else None


def _fields(model: type[BaseModel], path: tuple[Any, ...]) -> tuple[str, ...]:
    """The names of the fields of the model that stands at `path` below `model`."""
    from typing import get_args

    from pydantic import BaseModel

    here: Any = model
    for step in path:
        if isinstance(step, int):
            continue
        wanted = [here.model_fields[step].annotation] if step in here.model_fields else []
        while wanted:
            one = wanted.pop()
            if isinstance(one, type) and issubclass(one, BaseModel):
                here = one
                break
            wanted += get_args(one)
        else:
            return ()
    return tuple(here.model_fields)
