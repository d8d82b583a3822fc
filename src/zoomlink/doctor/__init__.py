"""What is wrong and how to mend it, as data: the list of checks, and the visit that goes through them. No output."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from zoomlink.doctor import access, files, here, hosts
from zoomlink.doctor.finding import Finding, Findings, Status, from_error, skipped, summary, without
from zoomlink.doctor.visit import Visit
from zoomlink.errors import ZoomLinkError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping
    from datetime import tzinfo

    from zoomlink.client.clock import Clock
    from zoomlink.client.http import Sender

__all__ = ["CHECKS", "Check", "Finding", "Status", "checkup", "summary"]


@dataclass(frozen=True, slots=True)
class Check:
    """One thing to look at."""

    name: str
    title: str
    """For people."""
    look: Callable[[Visit], Findings]
    needs: tuple[str, ...] = ()
    """Checks that must not have failed, nor been skipped for the failure of another; else this one is skipped."""


CHECKS: tuple[Check, ...] = (
    Check("credentials", "Credentials", here.credentials),
    Check("env-file", ".env file", files.env_file),
    Check("addresses", "Addresses", here.addresses),
    Check("settings", "Settings", here.settings),
    Check("network", "Network", access.network, needs=("credentials", "addresses")),
    Check("clock", "Clock", access.clock, needs=("network",)),
    Check("token", "Token", access.token, needs=("network",)),
    Check("api-address", "API address", access.api_address, needs=("token",)),
    Check("api", "API", access.api, needs=("api-address",)),
    Check("scopes", "Scopes", access.scopes, needs=("token",)),
    Check("features", "Features", access.features, needs=("token",)),
    Check("owner", "Owner", hosts.owner, needs=("api",)),
    Check("hosts", "Hosts", hosts.hosts, needs=("api",)),
    Check("host-settings", "Host settings", hosts.host_settings, needs=("api",)),
    Check("plan", "Plan", hosts.plan, needs=("api",)),
    Check("timezone", "Time zone", here.timezone),
    Check("zone-data", "Zone data", here.zone_data),
    Check("database", "Database", files.database),
    Check("webhook", "Webhook", here.webhook),
    Check("versions", "Versions", here.versions),
)


def checkup(
    environ: Mapping[str, str],
    *,
    env_file: Path = Path(".env"),
    sender: Sender | None = None,
    clock: Clock | None = None,
    zones: Callable[[str], tzinfo] = ZoneInfo,
) -> Iterator[Finding]:
    """Look at everything, and yield each finding as soon as it is there.

    `environ`: the environment over the ``.env`` file, as :func:`zoomlink.config.read_environment` gives it.
    `env_file`: that file, to look at it. `sender`, `clock` and `zones` replace the network, time and the time zone
    database. Every check yields at least one finding; one whose needs were not met is skipped and says so. Nothing is
    changed, neither here nor at Zoom, and no finding holds a secret.
    """
    visit = Visit(environ, env_file, sender, clock, zones)
    broken: dict[str, str] = {}  # check → the check whose failure is the cause
    try:
        for check in CHECKS:
            cause = next((broken[need] for need in check.needs if need in broken), None)
            if cause is not None:
                broken[check.name] = cause
                yield _not_looked_at(check, cause)
                continue
            for finding in _look(check, visit):
                if finding.status is Status.FAILED:
                    broken[check.name] = check.name
                yield without(finding, visit.secrets())
    finally:
        visit.close()


def _look(check: Check, visit: Visit) -> Findings:
    try:
        yield from check.look(visit)
    except ZoomLinkError as error:
        yield from_error(check.name, error)


def _not_looked_at(check: Check, cause: str) -> Finding:
    title = next(known.title for known in CHECKS if known.name == cause)
    return skipped(check.name, f"Not looked at: first mend “{title}”.", needs=cause)
