"""Writes docs/reference/http.md, the page of all routes of the HTTP service, from its own description (OpenAPI).

    python tools/http_docs.py           write it
    python tools/http_docs.py --check   fail if it is out of date

Which scope a route needs is asked of the route itself, since OpenAPI has no place for it.
"""

from __future__ import annotations

import json
import re
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

from fastapi.routing import APIRoute, iter_route_contexts

from zoomlink.http_problems import MEDIA_TYPE
from zoomlink.service.access import Needs
from zoomlink.service.app import make_app
from zoomlink.service.models import LINK, PROBLEM

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from fastapi import FastAPI

ROOT = Path(__file__).resolve().parent.parent
PAGE = ROOT / "docs" / "reference" / "http.md"

INTRODUCTION = """\
# HTTP

<!-- Made by tools/http_docs.py from the service's own description: change that. -->

What `zoomlink serve` answers; how to run it and to speak to it is [another page](../how-to/http.md). It describes
itself, too: `/openapi.json` is for tools, `/docs` for people.

Every request but those of health needs `Authorization: Bearer zlk_…`, an API key made by
[`zoomlink keys create`](command.md#zoomlink-keys-create). A key has *scopes*, and sees the links of its own owner only:
all others do not exist for it. Bodies are JSON and read strictly: an unknown field is an error.

Times are answered in UTC. A *link* is the same object everywhere:

```json
{link}
```

Problems are told as `application/problem+json` (RFC 9457). The end of `type` says which it is: [errors](errors.md),
[what to do](../troubleshooting.md).

```json
{problem}
```
"""


def described() -> tuple[dict[str, Any], dict[tuple[str, str], str]]:
    """Return the description of the API, and the scope that each (method, path) needs."""
    app: FastAPI = vars(make_app([], sweep=False))["_app"]
    scopes: dict[tuple[str, str], str] = {}
    for context in iter_route_contexts(app.routes):
        if isinstance(route := context.original_route, APIRoute):
            for dependency in route.dependant.dependencies:
                if isinstance(dependency.call, Needs):
                    scopes |= {
                        (method, context.path_format or ""): dependency.call.scope for method in context.methods or ()
                    }
    api = app.openapi()
    if open_to_all := {path for path in api["paths"] if path.startswith("/v1/")} - {path for _, path in scopes}:
        raise ValueError(f"no scope was found for {', '.join(sorted(open_to_all))}")
    choices = {name: one for name, one in api["components"]["schemas"].items() if "enum" in one}
    return _with_choices(api, choices), scopes


def page() -> str:
    """Return the page."""
    api, scopes = described()
    parts = [INTRODUCTION.format(link=_json(LINK), problem=_json(PROBLEM))]
    found = [
        (method.upper(), path, operation)
        for path, methods in api["paths"].items()
        for method, operation in methods.items()
    ]
    rows = (
        f"| [`{method} {path}`](#{_anchor(method, path)}) | {operation['summary']} "
        f"| {_code(scopes.get((method, path)))} |\n"
        for method, path, operation in found
    )
    parts.append("| route | what it does | scope |\n| --- | --- | --- |\n" + "".join(rows))
    for method, path, operation in found:
        parts.append(f"## {method} {path}\n\n{_prose(operation)}\n")
        if scope := scopes.get((method, path)):
            parts.append(f"Scope `{scope}`.\n")
        if parameters := operation.get("parameters"):
            parts.append(_table("parameter", (_parameter(one) for one in parameters)))
        for kind, content in operation.get("requestBody", {}).get("content", {}).items():
            fields = _fields(content.get("schema", {}), api)
            parts.append(f"Body: `{kind}`\n")
            if fields:
                parts.append(_table("field", fields))
        parts.append(_answers(operation["responses"], api))
    parts.append(_problems(api))
    parts.append("## Objects\n")
    for schema in api["components"]["schemas"].values():
        if "properties" in schema and schema.get("additionalProperties") is not False:
            about = _words(schema.get("description", ""))
            parts.append(f"### {schema['title']}\n\n{about}\n")
            parts.append(_table("field", _fields(schema, api)))
    return "\n".join(parts)


def main(arguments: list[str]) -> int:
    """Write the page, or with ``--check`` compare it; returns the exit code."""
    text = page()
    fresh = PAGE.exists() and PAGE.read_text(encoding="utf-8") == text
    if "--check" in arguments:
        if not fresh:
            print(f"{PAGE.relative_to(ROOT)} is out of date: run python tools/http_docs.py")
        return 0 if fresh else 1
    if not fresh:
        PAGE.write_text(text, encoding="utf-8")
        print(f"wrote {PAGE.relative_to(ROOT)}")
    return 0


def _with_choices(value: Any, choices: Mapping[str, Any]) -> Any:
    """The description with each choice where it is made, instead of a reference to it."""
    if isinstance(value, list):
        return [_with_choices(one, choices) for one in value]
    if not isinstance(value, dict):
        return value
    if (name := str(value.get("$ref", "")).rpartition("/")[2]) in choices:
        return {"type": choices[name]["type"], "enum": choices[name]["enum"]}
    return {key: _with_choices(one, choices) for key, one in value.items()}


def _prose(operation: Mapping[str, Any]) -> str:
    return _words(operation.get("description") or operation["summary"] + ".")


def _parameter(one: Mapping[str, Any]) -> tuple[str, str, str]:
    place = {"header": "header", "query": "query", "path": "path"}[one["in"]]
    words = [one.get("description", ""), "Required." if one.get("required") and place != "path" else ""]
    return one["name"], f"{place}, {_type(one['schema'])}", " ".join([*filter(None, words), *_limits(one["schema"])])


def _fields(schema: Mapping[str, Any], api: Mapping[str, Any]) -> list[tuple[str, str, str]]:
    schema = _resolved(schema, api)
    required = schema.get("required", []) if schema.get("additionalProperties") is False else []
    return [
        (name, _type(one), " ".join([*_said(one), *(["Required."] if name in required else []), *_limits(one)]))
        for name, one in schema.get("properties", {}).items()
    ]


def _answers(responses: Mapping[str, Any], api: Mapping[str, Any]) -> str:
    rows = []
    for status, one in responses.items():
        content = one.get("content", {})
        if MEDIA_TYPE in content:
            continue
        kinds = []
        for kind, form in content.items():
            name = _resolved(form.get("schema", {}), api).get("title")
            kinds.append(f"[{name}](#{name.lower()})" if name and name in _titles(api) else f"`{kind}`")
        words = _words(one.get("description", "")).replace("Successful Response", "") or "Done."
        headers = [f"`{name}`" for name in one.get("headers", {})]
        rows.append(f"| {status} | {_cell(words)} | {', '.join(kinds) or '–'} | {', '.join(headers) or '–'} |\n")
    problems = [status for status, one in responses.items() if MEDIA_TYPE in one.get("content", {})]
    told = f"\n[Problems](#problems): {', '.join(problems)}.\n" if problems else ""
    return "| answer | meaning | body | headers |\n| --- | --- | --- | --- |\n" + "".join(rows) + told


def _problems(api: Mapping[str, Any]) -> str:
    """What each status of a problem means, whichever route answers it."""
    meanings: dict[str, list[str]] = {}
    for methods in api["paths"].values():
        for operation in methods.values():
            for status, one in operation["responses"].items():
                known = meanings.setdefault(status, [])
                if MEDIA_TYPE in one.get("content", {}) and (words := _words(one["description"])) not in known:
                    known.append(words)
    rows = (f"| {status} | {_cell(' '.join(words))} |\n" for status, words in sorted(meanings.items()) if words)
    return "## Problems\n\n| answer | meaning |\n| --- | --- |\n" + "".join(rows)


def _titles(api: Mapping[str, Any]) -> set[str]:
    return {
        schema["title"]
        for schema in api["components"]["schemas"].values()
        if "properties" in schema and schema.get("additionalProperties") is not False
    }


def _table(name: str, rows: Iterable[tuple[str, str, str]]) -> str:
    body = "".join(f"| `{one}` | {kind} | {_cell(words) or '–'} |\n" for one, kind, words in rows)
    return f"| {name} | type | meaning |\n| --- | --- | --- |\n{body}"


def _resolved(schema: Mapping[str, Any], api: Mapping[str, Any]) -> Mapping[str, Any]:
    if "$ref" in schema:
        found: Mapping[str, Any] = api["components"]["schemas"][schema["$ref"].rpartition("/")[2]]
        return found
    return schema


def _type(schema: Mapping[str, Any]) -> str:
    if "$ref" in schema:
        return re.sub(r"Out$", "", schema["$ref"].rpartition("/")[2])
    if "anyOf" in schema:
        return " or ".join(_type(one) for one in schema["anyOf"])
    if schema.get("type") == "array":
        return f"list of {_type(schema.get('items', {}))}"
    names = {"integer": "whole number", "string": "text", "boolean": "true or false"}
    return (
        "time" if schema.get("format") == "date-time" else names.get(schema.get("type", ""), schema.get("type", "any"))
    )


def _said(schema: Mapping[str, Any]) -> list[str]:
    found = [schema.get("description", ""), *(one.get("description", "") for one in schema.get("anyOf", []))]
    return [_words(text) for text in dict.fromkeys(found) if text]


def _limits(schema: Mapping[str, Any]) -> list[str]:
    said = []
    for one in (schema, schema.get("items", {}), *schema.get("anyOf", [])):
        if "enum" in one:
            said.append("One of " + ", ".join(f"`{value}`" for value in one["enum"]) + ".")
        if "maximum" in one:
            said.append(f"{one.get('minimum', 0):g} to {one['maximum']:g}.")
        if "maxLength" in one:
            said.append(f"At most {one['maxLength']} characters.")
    default = schema.get("default")
    return [*said, f"Default: `{json.dumps(default)}`."] if default not in (None, []) else said


def _anchor(method: str, path: str) -> str:
    return re.sub(r"[-\s]+", "-", re.sub(r"[^\w\s-]", "", f"{method} {path}").strip().lower())


def _words(text: str) -> str:
    return " ".join(text.split())


def _cell(text: str) -> str:
    return text.replace("|", "\\|")


def _code(text: str | None) -> str:
    return f"`{text}`" if text else "–"


def _json(value: Any) -> str:
    return json.dumps(value, indent=2, ensure_ascii=False)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
