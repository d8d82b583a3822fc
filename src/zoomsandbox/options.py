"""How a sandbox is set up, as one value. Parsing the command line is __main__'s, carrying it out the World's."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

Plan = Literal["free", "pro", "business"]
TokenMode = Literal["coexist", "replace"]

DEFAULT_USERS = ("owner@sandbox.example", "host1@sandbox.example", "host2@sandbox.example")
# Published, as the client secret is: it opens nothing but the sandbox
WEBHOOK_SECRET = "sandbox-webhook-secret"  # noqa: S105


@dataclass(frozen=True, slots=True)
class Options:
    """All that can be chosen. The first user is the account's owner; `me` means that user.

    Units: `token_ttl` seconds, `latency` milliseconds (before every answer of Zoom's endpoints), `clock` seconds since
    the epoch (the clock is then frozen there; None: the machine's time, running). `scopes` is ``granular``,
    ``classic``, or scope names separated by blanks. `limits`: whether Zoom's rate limits hold; they count on the
    sandbox's clock, so with a frozen one nothing is given back until it is advanced. `webhooks`: URLs that are told
    what happens, on this machine only unless `webhooks_anywhere`. `faults`: the rules in force from
    the start (see `faults.rules`). `state`: the file that keeps everything across restarts; `fsync`: also across a
    crash of the machine, at the cost of speed.
    """

    users: tuple[str, ...] = DEFAULT_USERS
    plan: Plan = "pro"
    timezone: str = "UTC"
    account_id: str = "sandbox-account"
    client_id: str = "sandbox-client"
    client_secret: str = "sandbox-secret"  # noqa: S105 - a published default that opens nothing but the sandbox
    scopes: str = "granular"
    token_mode: TokenMode = "coexist"  # noqa: S105 - a mode, no secret
    token_ttl: int = 3600
    latency: float = 0.0
    clock: float | None = None
    seed: int | None = None
    zoom_urls: bool = False
    limits: bool = True
    webhooks: tuple[str, ...] = ()
    webhook_secret: str = WEBHOOK_SECRET
    webhooks_anywhere: bool = False
    faults: tuple[Mapping[str, Any], ...] = ()
    state: Path | None = None
    fsync: bool = False
