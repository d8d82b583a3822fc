"""How an address is reached: through which proxy, and which certificates are trusted. Nothing is sent here.

Honours ``HTTPS_PROXY``, ``ALL_PROXY``, ``NO_PROXY``, ``SSL_CERT_FILE``, ``REQUESTS_CA_BUNDLE`` and ``CURL_CA_BUNDLE``.
"""

from __future__ import annotations

import ipaddress
import os
import ssl
from typing import NamedTuple
from urllib.parse import unquote, urlsplit

from zoomlink.errors import ConfigurationError, tidy

__all__ = ["ProxyAddress", "Way", "is_address", "own_trust", "proxy_address", "way_to"]


class Way(NamedTuple):
    """How an address is reached: each way has connections, and a trust in certificates, of its own."""

    safe: bool
    """True for https."""
    proxy: str | None
    """The proxy's address as it was set; it may hold a password."""


class ProxyAddress(NamedTuple):
    """A proxy's address, taken apart."""

    url: str
    auth: tuple[bytes, bytes] | None


def way_to(url: str) -> Way:
    """Return the way to `url` by the environment as it is now."""
    return Way(url.startswith("https:"), _proxy_for(url))


def proxy_address(url: str) -> ProxyAddress:
    """Take a proxy's address apart. Raises ConfigurationError for one of a kind that is not supported."""
    try:
        parts = urlsplit(url)
        host, port = parts.hostname, parts.port
        (host or "").encode("idna")  # some names cannot even be looked up
    except ValueError:
        parts, host, port = urlsplit(""), None, None
    if parts.scheme not in {"http", "https"} or not host:
        raise ConfigurationError(
            f"The proxy's address {_without_user(url)} is not of a kind that is supported.",
            hint="Set HTTPS_PROXY to an http:// or https:// address, such as http://proxy.example.com:3128.",
        )
    # In an address, user and password have their odd characters written as %40 and the like.
    user, password = (unquote(part or "").encode() for part in (parts.username, parts.password))
    auth = (user, password) if user else None
    named = f"[{host}]" if ":" in host else host
    return ProxyAddress(f"{parts.scheme}://{named}" + (f":{port}" if port else ""), auth)


def own_trust() -> ssl.SSLContext | None:
    """Return what trusts the certificates of one's own choice, None where none are named. Raises ConfigurationError."""
    for name in ("SSL_CERT_FILE", "REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE"):
        bundle = os.environ.get(name)
        if not bundle:
            continue
        folder = os.path.isdir(bundle)  # noqa: PTH112 - pathlib is not loaded for this
        try:
            return ssl.create_default_context(cafile=None if folder else bundle, capath=bundle if folder else None)
        except OSError as error:
            raise ConfigurationError(
                f"{name} names {tidy(bundle, 200)}, which cannot be read as certificates: "
                f"{tidy(error.strerror or type(error).__name__, 100)}.",
                hint="Give a file of certificates in PEM form, or unset it.",
            ) from None
    return None


def is_address(host: str) -> bool:
    """True when no name has to be looked up for `host`."""
    try:
        ipaddress.ip_address(host)
    except ValueError:
        return host == "localhost"
    return True


def _proxy_for(url: str) -> str | None:
    if not any(name.lower().endswith("_proxy") for name in os.environ):
        return None
    from urllib import request as urllib_request  # takes 12 ms to load, and few machines have a proxy

    proxies = urllib_request.getproxies_environment()
    parts = urlsplit(url)
    host = parts.hostname or ""
    if is_address(host) and (host == "localhost" or ipaddress.ip_address(host).is_loopback):
        return None  # a sandbox on this machine is never reached through a proxy
    if urllib_request.proxy_bypass_environment(host, proxies):  # type: ignore[attr-defined]  # typeshed lacks it
        return None
    proxy = proxies.get(parts.scheme) or proxies.get("all")
    if proxy and "://" not in proxy:
        proxy = f"http://{proxy}"
    return proxy or None


def _without_user(url: str) -> str:
    scheme, _, rest = url.partition("://")
    return tidy(f"{scheme}://{rest.rpartition('@')[2]}", 100)
