"""Tells somebody outside of something: one POST to a stranger's address, which must not lead into our own network.

The name is looked up once, every address it has must be public, and the connection goes to the address that was
checked: a name that changes its mind between two look-ups changes nothing. No redirect is followed, no proxy used.
"""

from __future__ import annotations

import ipaddress
import socket
from typing import TYPE_CHECKING, Any

import anyio
import anyio.to_thread
import httpcore2

from zoomlink.client.http.backends import TidyBackend

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

__all__ = ["Outside", "is_public"]

SECONDS = 10.0
_PORT = 443
_UNICAST = ipaddress.ip_network("2000::/3")
"""All that is given out of IPv6's space so far; what lies elsewhere is local, or an older address in disguise."""
_EXAMPLES = ipaddress.ip_network("3fff::/20")
"""Kept for documentation (RFC 9637); Python knows that in its later versions only."""
_TRANSLATED = ipaddress.ip_network("64:ff9b::/96")
"""Addresses of IPv4 as a network without IPv4 sees them."""


def is_public(address: str) -> bool:
    """True for an address of the public Internet: no private, local, shared, reserved or metadata one."""
    try:
        found = ipaddress.ip_address(address.partition("%")[0])
    except ValueError:
        return False
    if isinstance(found, ipaddress.IPv6Address):
        inner = found.ipv4_mapped or found.sixtofour
        if found in _TRANSLATED:
            inner = ipaddress.IPv4Address(int(found) & 0xFFFFFFFF)
        if inner is None:
            return found in _UNICAST and found not in _EXAMPLES and found.is_global and found.teredo is None
        found = inner
    return found.is_global and not found.is_multicast and not found.is_reserved


class Outside:
    """Sends such messages. `allowed` says which addresses may be connected to, `port` is the only port."""

    def __init__(
        self,
        *,
        allowed: Callable[[str], bool] = is_public,
        look_up: Callable[[str, int], list[str]] | None = None,
        port: int = _PORT,
        scheme: bytes = b"https",
    ) -> None:
        self._allowed = allowed
        self._look_up = look_up or _addresses
        self._port = port
        self._scheme = scheme

    async def tell(self, host: str, target: str, headers: Mapping[str, str], body: bytes) -> int:
        """POST to a host's path; returns the status. Raises OSError when it cannot be told, or must not."""
        try:
            with anyio.fail_after(SECONDS):
                return await self._tell(host, target, headers, body)
        except TimeoutError:
            raise OSError("no answer in time") from None
        except (httpcore2.NetworkError, httpcore2.ProtocolError, httpcore2.TimeoutException) as error:
            raise OSError(type(error).__name__) from None

    async def _tell(self, host: str, target: str, headers: Mapping[str, str], body: bytes) -> int:
        try:
            name = host.encode("idna")
            found = await anyio.to_thread.run_sync(self._look_up, host, self._port, abandon_on_cancel=True)
        except (OSError, UnicodeError):
            raise OSError("the name is not known") from None
        if not found or not all(self._allowed(one) for one in found):
            raise OSError("the name leads to an address that is not public")
        url = httpcore2.URL(scheme=self._scheme, host=name, port=self._port, target=target.encode())
        async with (
            httpcore2.AsyncConnectionPool(max_connections=1, network_backend=_Pinned(found[0])) as pool,
            pool.stream(
                "POST",
                url,
                headers=[
                    ("Host", f"[{host}]" if ":" in host else host),
                    ("Content-Length", str(len(body))),
                    *headers.items(),
                ],
                content=body,
                extensions={"timeout": dict.fromkeys(("connect", "read", "write", "pool"), SECONDS)},
            ) as response,
        ):
            return response.status  # what else it says is not read


class _Pinned(TidyBackend):
    """Connects to one address, whatever name is asked for."""

    def __init__(self, address: str) -> None:
        super().__init__()
        self._address = address

    async def connect_tcp(
        self,
        host: str,  # noqa: ARG002
        port: int,
        timeout: float | None = None,  # noqa: ASYNC109 - the library's own signature
        local_address: str | None = None,
        socket_options: Iterable[Any] | None = None,
    ) -> httpcore2.AsyncNetworkStream:
        return await super().connect_tcp(self._address, port, timeout, local_address, socket_options)


def _addresses(host: str, port: int) -> list[str]:
    return [str(one[4][0]) for one in socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)]
