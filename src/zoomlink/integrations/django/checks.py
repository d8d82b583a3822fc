"""Django's system checks: all that is missing or wrong, at once and without a secret. Nothing is sent."""

from __future__ import annotations

import difflib
from pathlib import Path
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

from django.conf import settings
from django.core import checks

from zoomlink.doctor import CHECKS
from zoomlink.doctor.finding import Status, from_error, without
from zoomlink.doctor.visit import Visit
from zoomlink.errors import ConfigurationError, ZoomLinkError
from zoomlink.integrations.django import conf

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from django.apps import AppConfig

    from zoomlink.doctor.finding import Finding

__all__ = ["check_settings", "register"]

TAG = "zoomlink"
HERE = ("credentials", "addresses", "settings", "zone-data", "database", "webhook")
"""The doctor's checks that look at this machine only; ``manage.py zoomlink doctor`` makes all of them."""
_SANDBOXED = {"credentials", "addresses", "database"}
"""What a sandbox brings itself."""


def register() -> None:
    """Make the checks known to Django."""
    checks.register(check_settings, TAG)


def check_settings(
    app_configs: Sequence[AppConfig] | None = None,  # noqa: ARG001 - as Django calls it
    **_: Any,
) -> list[checks.CheckMessage]:
    """Check ``ZOOMLINK``, the environment behind it, and what they need of Django's own settings."""
    found: list[checks.CheckMessage] = []
    if not settings.USE_TZ:
        found.append(
            checks.Error("zoomlink needs aware datetimes.", hint="Set USE_TZ = True.", id="zoomlink.E001", obj="USE_TZ")
        )
    try:
        given = conf.given()
    except ConfigurationError as error:
        return [*found, _error(error, "zoomlink.E002")]
    found += _strange(given)
    for look in (conf.wait, conf.hand_over_when):
        try:
            look()
        except ConfigurationError as error:
            found.append(_error(error, "zoomlink.E003"))
    try:
        environ = conf.environment()
        sandbox = conf.is_sandbox(environ)
    except ConfigurationError as error:
        return [*found, _error(error, "zoomlink.E004")]
    found += [_message(finding) for finding in _look(environ, sandbox=sandbox)]
    return found


def _strange(given: Mapping[str, Any]) -> Iterator[checks.CheckMessage]:
    known = [*conf.VARIABLES, *conf.OWN]
    for name in given:
        if name in known:
            continue
        close = difflib.get_close_matches(name.upper(), known, n=1, cutoff=0.6)
        hint = f'Did you mean "{close[0]}"?' if close else f"It may have {', '.join(known)}."
        yield checks.Error(f'ZOOMLINK["{name[:60]}"] means nothing.', hint=hint, id="zoomlink.E005", obj="ZOOMLINK")


def _look(environ: Mapping[str, str], *, sandbox: bool) -> Iterator[Finding]:
    """The doctor's findings, but what is well."""
    visit = Visit(environ, Path(".env"), None, None, ZoneInfo)
    try:
        for check in CHECKS:
            if check.name not in HERE or (sandbox and check.name in _SANDBOXED):
                continue
            if check.name == "webhook" and not visit.value("ZOOM_WEBHOOK_SECRET"):
                continue  # the view says so to Zoom, and not everybody wants events
            try:
                findings = list(check.look(visit))
            except ZoomLinkError as error:
                findings = [from_error(check.name, error)]
            for finding in findings:
                if finding.status in {Status.FAILED, Status.WARNING}:
                    yield without(finding, visit.secrets())
    finally:
        visit.close()


def _message(finding: Finding) -> checks.CheckMessage:
    kind = checks.Error if finding.status is Status.FAILED else checks.Warning
    number = "E006" if finding.status is Status.FAILED else "W001"
    hint = finding.cure
    if finding.check == "credentials" and finding.details.get("missing"):
        hint = (
            "Put them into ZOOMLINK or the environment; they stand on the App Credentials page of your app on "
            'marketplace.zoom.us. To try without an account: "SANDBOX": True.'
        )
    return kind(
        conf.in_our_words(finding.what),
        hint=conf.in_our_words(hint or "") or None,
        id=f"zoomlink.{number}",
        obj="ZOOMLINK",
    )


def _error(error: ConfigurationError, number: str) -> checks.CheckMessage:
    return checks.Error(error.message, hint=error.hint, id=number, obj="ZOOMLINK")
