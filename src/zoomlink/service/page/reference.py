"""What anybody may read: the description of the API, and what each kind of problem means. And the static files."""

from __future__ import annotations

import json
import shlex
from typing import Any

from fastapi import APIRouter, Request, Response

from zoomlink.problems import PROBLEMS
from zoomlink.service.models import LINK
from zoomlink.service.page.render import PageRoute, page, static_file, visit
from zoomlink.service.page.words import find_zone, near_zones
from zoomlink.service.problems import not_found

__all__ = ["curl_of", "router"]

router = APIRouter(route_class=PageRoute, include_in_schema=False)


@router.get("/docs")
async def api_page(request: Request) -> Response:
    """The description of the API, made of the same document as ``/openapi.json``."""
    visitor = await visit(request)
    document: dict[str, Any] = request.app.openapi()
    base = f"{request.url.scheme}://{request.url.netloc}"
    groups: dict[str, list[dict[str, Any]]] = {}
    for path, methods in document["paths"].items():
        for method, operation in methods.items():
            told = {
                "path": path,
                "method": method.upper(),
                "about": operation,
                "curl": curl_of(base, path, method, operation),
            }
            groups.setdefault(operation.get("tags", ["other"])[0], []).append(told)
    return page(
        visitor,
        "docs.html",
        document=document,
        base=base,
        groups=groups,
        models={name: one for name, one in document["components"]["schemas"].items() if one.get("properties")},
        kinds=kinds_of(document),
        problems=PROBLEMS.values(),
        example=_example,
        kind=_kind,
    )


@router.get("/problems")
async def problem_list(request: Request) -> Response:
    """All kinds of problem."""
    return page(await visit(request), "problems.html", problems=PROBLEMS.values())


@router.get("/problems/{slug}")
async def problem_page(request: Request, slug: str) -> Response:
    """What a kind of problem means, and what to do about it."""
    if slug not in PROBLEMS:
        raise not_found("kind of problem")
    return page(await visit(request), "problem.html", problem=PROBLEMS[slug])


@router.get("/zone")
async def zone(said: str = "") -> Response:
    """The zone that somebody means who writes a city, or those they may mean: for the scripts of the forms."""
    found = find_zone(said[:64])
    told = {"zone": found.key if found else None, "near": [] if found else near_zones(said[:64])}
    return Response(json.dumps(told), media_type="application/json")


@router.get("/static/{version}/{name}")
async def file(version: str, name: str) -> Response:
    """A static file."""
    return static_file(version, name)


def kinds_of(document: dict[str, Any]) -> dict[str, list[str]]:
    """The values of each enumeration among the models."""
    found = document["components"]["schemas"]
    return {name: one["enum"] for name, one in found.items() if "enum" in one}


def curl_of(base: str, path: str, method: str, operation: dict[str, Any]) -> str:
    """A command that carries out an operation."""
    query: list[str] = []
    headers: list[str] = ['-H "Authorization: Bearer $ZOOMLINK_KEY"'] if operation.get("security") else []
    for one in operation.get("parameters", ()):
        examples = one.get("examples") or one["schema"].get("examples") or []
        first = str((examples or ["…"])[0])
        if one["in"] == "path":
            name = _BATCH if path.startswith("/v1/batches") else LINK["id"]
            path = path.replace(f"{{{one['name']}}}", name)
        elif one["in"] == "query" and (one.get("required") or examples):
            query.append(f"{one['name']}={first}")
        elif one.get("required") and one["in"] == "header":
            headers.append("-H " + shlex.quote(f"{one['name']}: {first}"))
    address = base + path + ("?" + "&".join(query) if query else "")
    verb = "" if method == "get" else f"-X {method.upper()} "
    return " \\\n  ".join([f"curl {verb}{shlex.quote(address) if query else address}", *headers, *_body_of(operation)])


def _body_of(operation: dict[str, Any]) -> list[str]:
    kinds = operation.get("requestBody", {}).get("content", {})
    if "text/csv" in kinds:
        return ["-H 'Content-Type: text/csv'", "--data-binary @links.csv"]
    if "application/json" in kinds:
        return ["-H 'Content-Type: application/json'", f"-d '{json.dumps(_BODIES.get(operation['operationId'], {}))}'"]
    return []


_BATCH = "bat_01m8ae38kk8x4473kgr02jc3z6"
_BODIES: dict[str, Any] = {
    "createLink": {
        "topic": "Guitar lesson",
        "start": "2031-12-01T18:24",
        "timezone": "America/Sao_Paulo",
        "duration": 60,
    },
    "changeLink": {"start": "2031-12-02T18:24"},
}


def _example(schema: dict[str, Any]) -> str:
    """A model's example, as it is written."""
    found = schema.get("examples")
    return json.dumps(found[0], indent=2, ensure_ascii=False) if found else ""


def _kind(schema: dict[str, Any]) -> str:
    """What a value is, in a few words."""
    if "$ref" in schema:
        return str(schema["$ref"]).rpartition("/")[2]
    if "anyOf" in schema:
        return " or ".join(_kind(one) for one in schema["anyOf"] if one.get("type") != "null")
    if "const" in schema:
        return json.dumps(schema["const"])
    if "enum" in schema:
        return " or ".join(json.dumps(one) for one in schema["enum"])
    kind = schema.get("type", "anything")
    if kind == "array":
        return f"list of {_kind(schema.get('items', {}))}"
    if kind == "string" and "format" in schema:
        return f"string ({schema['format']})"
    return str(kind)
