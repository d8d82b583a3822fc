"""Faults in the bytes of an answer that is otherwise right: sizes, encodings, JSON that is none."""

from __future__ import annotations

import gzip
import zlib
from typing import TYPE_CHECKING

from zoomsandbox.faults import wire

if TYPE_CHECKING:
    from collections.abc import Callable

    from zoomsandbox.core.http import Response
    from zoomsandbox.faults.strike import Proceed, Strike

GARBAGE = b"\x00\x01\x02 this is not HTTP \xff\xfe\r\n\r\n"


async def huge_header(strike: Strike, proceed: Proceed) -> Response:
    """One header of so many kilobytes."""
    response = await proceed()
    response.headers.append(("x-padding", "x" * (1024 * strike["kilobytes"])))
    return response


async def huge_body(strike: Strike, proceed: Proceed) -> Response:
    """So many megabytes of blanks behind the JSON."""
    response = await proceed()
    if response.delivery is None and response.body:
        response.delivery = wire.padded(strike["megabytes"] << 20)
    return response


async def gzip_bomb(strike: Strike, proceed: Proceed) -> Response:
    """A body that is small on the way and becomes so many megabytes when unpacked."""
    response = await proceed()
    if response.body:
        packer = zlib.compressobj(9, zlib.DEFLATED, 31)
        block = b" " * (1 << 20)
        parts = [packer.compress(response.body)]
        parts += [packer.compress(block) for _ in range(strike["megabytes"])]
        response.body = b"".join((*parts, packer.flush()))
        response.headers.append(("content-encoding", "gzip"))
    return response


async def odd_encoding(strike: Strike, proceed: Proceed) -> Response:
    """The same text in other bytes."""
    response = await proceed()
    if response.body:
        ENCODINGS[strike["encoding"]](response)
    return response


async def odd_json(strike: Strike, proceed: Proceed) -> Response:
    """JSON of an unusual sort, or something that only looks like it."""
    response = await proceed()
    if response.body:
        response.body = ODD_JSON[strike["change"]](response.body)
    return response


def _text(response: Response) -> str:
    return response.body.decode("utf-8", "replace")


def _utf16(response: Response) -> None:
    response.body = _text(response).encode("utf-16")
    response.content_type = "application/json;charset=UTF-16"


def _bom(response: Response) -> None:
    response.body = b"\xef\xbb\xbf" + response.body


def _latin1(response: Response) -> None:
    # Says UTF-8 and is not: the byte breaks any decoder that looks
    response.body = response.body[:-1] + b',"note":"caf\xe9"}'


def _wrong_charset(response: Response) -> None:
    response.content_type = "application/json;charset=no-such-charset"


def _no_type(response: Response) -> None:
    response.content_type = "text/plain"


def _gzip_unsaid(response: Response) -> None:
    response.body = gzip.compress(response.body, mtime=0)


ENCODINGS: dict[str, Callable[[Response], None]] = {
    "utf-16": _utf16,
    "bom": _bom,
    "invalid-utf-8": _latin1,
    "unknown-charset": _wrong_charset,
    "text-plain": _no_type,
    "gzip-unsaid": _gzip_unsaid,
}

ODD_JSON: dict[str, Callable[[bytes], bytes]] = {
    "nan": lambda body: body[:-1] + b',"score":NaN}',
    "huge-number": lambda body: body[:-1] + b',"score":1e999}',
    "duplicate-keys": lambda body: body[:-1] + b',"id":1,"join_url":"https://elsewhere.example/j/1"}',
    "deep": lambda _: b"[" * 100_000 + b"]" * 100_000,
    "trailing": lambda body: body + b"\n<!-- served by a proxy -->",
    "truncated": lambda body: body[: len(body) // 2],
    "empty": lambda _: b"",
    "null": lambda _: b"null",
    "list": lambda body: b"[" + body + b"]",
    "text": lambda _: b'"ok"',
}
