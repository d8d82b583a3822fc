"""Checks of who hosts: the owner, each host, their settings, and whether the plan fits them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from zoomlink.doctor.finding import Finding, Findings, Status, failed, from_error, ok, skipped, warning
from zoomlink.doctor.overrides import Override, habits, overrides, part
from zoomlink.doctor.visit import POLICY
from zoomlink.errors import APIError, MissingScopeError, ZoomLinkError
from zoomlink.zoom import users
from zoomlink.zoom.limits import BASIC_MINUTES, CAPACITY
from zoomlink.zoom.paths import host_segment

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from zoomlink.doctor.visit import Visit
    from zoomlink.model import HostSpec
    from zoomlink.zoom.models import User

__all__ = ["host_settings", "hosts", "owner", "plan"]

_USERS_PAGE = "User Management → Users"
_BASIC, _UNASSIGNED, _NONE = 1, 4, 99


def owner(visit: Visit) -> Findings:
    """Who ``me`` is: the owner of the account, on whom everything lands that names no host."""
    name = "owner"
    named = bool(visit.value("ZOOMLINK_HOSTS"))
    wanted = any(spec.name.lower() == "me" for spec in visit.ready.hosts)
    if visit.owner is None:
        what = "Who “me” is could not be seen."
        if wanted:
            yield warning(name, what + " Meetings without a host go there.", "Name your hosts in ZOOMLINK_HOSTS.")
        else:
            yield skipped(name, what + " No setting depends on it.")
        return
    email = visit.owner.email or "the owner of the account"
    if not named:
        yield ok(
            name,
            f"ZOOMLINK_HOSTS is not set: meetings without a host belong to “me”, which is {email}.",
            "To spread meetings over several hosts, set ZOOMLINK_HOSTS=alice@example.com,bob@example.com",
            email=visit.owner.email,
        )
    else:
        yield ok(name, f"“me” is {email}, the owner of the account.", email=visit.owner.email)


def hosts(visit: Visit) -> Findings:
    """Every host of the pool exists, is active, may host and is licensed, and none is listed twice."""
    name = "hosts"
    good: list[str] = []
    seen: dict[str, str] = {}
    for spec in visit.ready.hosts:
        try:
            user = visit.client.run(users.get(spec.name, policy=POLICY))
        except MissingScopeError as error:
            yield skipped(name, f"Hosts were not looked at: {_lower(error.message)}", error.hint)
            return
        except APIError as error:
            yield _named(from_error(name, error, host=spec.name), spec.name)
            continue
        trouble = _trouble(name, spec.name, user)
        if trouble is not None:
            yield trouble
        if trouble is None or trouble.status is not Status.FAILED:
            visit.users[spec.name] = user
        if twin := seen.get(key := (user.id or user.email or spec.name).lower()):
            yield warning(
                name,
                f"ZOOMLINK_HOSTS lists one person twice: {twin} and {spec.name} are the same Zoom user.",
                "Keep the e-mail address, and take the other one out.",
                host=spec.name,
                same_as=twin,
            )
            visit.users.pop(spec.name, None)
        elif trouble is None:
            good.append(_call(spec.name, user))
        seen[key] = spec.name
    if good:
        several = f"{len(good)} hosts are" if len(good) > 1 else "1 host is"
        yield ok(name, f"{several} active and licensed: {', '.join(good)}.", hosts=good)


def _trouble(check: str, name: str, user: User) -> Finding | None:
    called = _call(name, user)
    details = {"host": name, "email": user.email, "type": user.type, "zoom_status": user.status}
    if user.status == "inactive":
        return failed(
            check,
            f"{called} is deactivated and cannot host.",
            f"Activate the user ({_USERS_PAGE}), or choose another host.",
            **details,
        )
    if user.status == "pending":
        return failed(
            check,
            f"{called} has not accepted the invitation to the account yet.",
            "Ask them to, or choose another host.",
            **details,
        )
    if user.type in {_UNASSIGNED, _NONE}:
        return failed(
            check,
            f"{called} has neither a licence nor Meetings Basic, and may not host.",
            f"Give them one ({_USERS_PAGE}), or choose another host.",
            **details,
        )
    if user.type == _BASIC:
        return warning(
            check,
            f"{called} has no licence: Zoom ends each of their meetings after {BASIC_MINUTES} minutes and offers no "
            "registration.",
            f"Give them a licence ({_USERS_PAGE}), or keep their meetings short.",
            **details,
        )
    return None


def host_settings(visit: Visit) -> Findings:
    """Settings of the hosts that will override what a link asks for."""
    name = "host-settings"
    if not visit.users:
        yield skipped(name, "No host could be looked at, so neither could their settings.")
        return
    by_effect: dict[Override, list[str]] = {}
    plain: list[tuple[str, str]] = []
    for host, user in visit.users.items():
        try:
            found = visit.client.request("GET", f"/users/{host_segment(user.id or host)}/settings")
        except MissingScopeError as error:
            yield skipped(name, f"Settings of hosts were not looked at: {_lower(error.message)}", error.hint)
            return
        except ZoomLinkError as error:
            yield _named(from_error(name, error, host=host), _call(host, user))
            continue
        visit.host_settings[host] = found if isinstance(found, Mapping) else {}
        said = overrides(visit.host_settings[host])
        for override in said:
            by_effect.setdefault(override, []).append(_call(host, user))
        if not said:
            plain.append((_call(host, user), habits(visit.host_settings[host])))
    for override, names in by_effect.items():
        yield warning(
            name, f"{', '.join(names)}: {override.effect}", override.cure, setting=override.setting, hosts=names
        )
    for alike, habit in _grouped(plain):
        yield ok(
            name,
            f"{', '.join(alike)}: no setting overrides what a link asks for." + (f" {habit}" if habit else ""),
            hosts=alike,
        )


def _grouped(pairs: Iterable[tuple[str, str]]) -> list[tuple[list[str], str]]:
    groups: dict[str, list[str]] = {}
    for name, habit in pairs:
        groups.setdefault(habit, []).append(name)
    return [(names, habit) for habit, names in groups.items()]


def plan(visit: Visit) -> Findings:
    """``ZOOMLINK_PLAN`` and the capacities fit what can be seen; Zoom does not tell the plan itself."""
    name, settings = "plan", visit.ready
    if not visit.users:
        yield skipped(name, "No host could be looked at, so the plan could not be judged.")
        return
    doubts = list(_doubts(settings.plan, settings.hosts, visit.users, visit.host_settings))
    for what, cure in doubts:
        yield warning(name, what, cure, plan=settings.plan)
    if not doubts:
        yield ok(name, f"ZOOMLINK_PLAN is {settings.plan}; nothing speaks against it.", plan=settings.plan)


def _doubts(
    chosen: str,
    specs: Sequence[HostSpec],
    known: Mapping[str, User],
    settings: Mapping[str, Mapping[str, Any]],
) -> Iterator[tuple[str, str]]:
    licensed = [name for name, user in known.items() if user.licensed]
    if chosen in {"pro", "business"} and not licensed:
        yield (
            f"ZOOMLINK_PLAN is {chosen}, but no host has a licence, as on a free account.",
            "If the account is free, set ZOOMLINK_PLAN=free: Zoom allows it far fewer calls.",
        )
    if chosen == "free" and licensed:
        yield (
            "ZOOMLINK_PLAN is free, but a host has a licence: zoomlink is slower than it has to be.",
            "Set ZOOMLINK_PLAN=pro, or business if that is what the account has.",
        )
    room = {name: part(settings.get(name, {}), "feature") for name in licensed}
    seats = [found for feature in room.values() if isinstance(found := feature.get("meeting_capacity"), int)]
    if chosen == "business" and seats and max(seats) <= 100:
        yield (
            "ZOOMLINK_PLAN is business, but no host may have more than 100 guests, as on Pro.",
            "If the account has Pro, set ZOOMLINK_PLAN=pro: Zoom allows it fewer calls a second.",
        )
    for spec in specs:
        user = known.get(spec.name)
        if user is None:
            continue
        addon = room.get(spec.name, {}).get("concurrent_meeting") in {"Basic", "Plus"}
        allowed = CAPACITY[chosen] if user.licensed else 1
        if spec.capacity > allowed and not addon:
            whose = "a licensed host of this plan" if user.licensed else "a host without a licence"
            what = f"{spec.name} has capacity {spec.capacity}, but {whose} runs {allowed} at a time"
            yield (
                f"{what}: the guests of another meeting could not get in.",
                f"Write {spec.name}:{allowed} in ZOOMLINK_HOSTS, or correct ZOOMLINK_PLAN.",
            )


def _call(name: str, user: User) -> str:
    if user.email and user.email.lower() != name.lower():
        return f"{name} ({user.email})"
    return name


def _named(finding: Finding, host: str) -> Finding:
    return Finding(finding.check, finding.status, f"{host}: {finding.what}", finding.cure, finding.details)


def _lower(sentence: str) -> str:
    return sentence[:1].lower() + sentence[1:]
