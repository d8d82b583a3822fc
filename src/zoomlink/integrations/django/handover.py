"""Handing rows to the desk, one process at a time for each row, and bringing rows up to date. The desk does the rest.

A row is claimed before it is handed over, and its claim ends by itself when its process dies. Handing over says what is
wanted in the end, not what changed: so it may be repeated, and the last wish wins.
"""

from __future__ import annotations

import logging
import uuid
from datetime import timedelta
from typing import TYPE_CHECKING, Any, NamedTuple

from django.db import models, router
from django.utils import timezone as clock

from zoomlink.errors import ZoomLinkError
from zoomlink.http_problems import for_programs
from zoomlink.integrations.django import conf
from zoomlink.integrations.django.desk import get_desk
from zoomlink.integrations.django.models import MeetingLink, State
from zoomlink.integrations.django.signals import link_changed, link_refused
from zoomlink.model import LinkState
from zoomlink.problems import Exit, problem

if TYPE_CHECKING:
    from collections.abc import Iterable

    from zoomlink.links.desk import LinkDesk
    from zoomlink.model import Link

__all__ = ["after_commit", "hand_over", "pending", "refresh", "refresh_from", "settle", "take_in"]

_log = logging.getLogger("zoomlink.django")

LEASE = timedelta(seconds=90)
"""Beyond the waiting: who holds a claim longer than that is taken for dead."""
OVERDUE = timedelta(seconds=60)
"""A row that has waited so long was left behind by a crash, and whoever hands one over takes it along."""
TAKEN_ALONG = 2
BACK_OFF = (5, 15, 60, 300)
"""Seconds until a row that failed for now is taken along again."""
_ON_ITS_WAY = {LinkState.PLANNED, LinkState.SENDING, LinkState.UNKNOWN}
_OPEN = (State.PLANNED, State.SENDING, State.UNKNOWN, State.PARKED)
_AT_AN_END = {LinkState.CANCELLED, LinkState.DELETED}
_EVERYBODYS = {"configuration", "credentials", "ledger", "unreachable", "zoom-failed"}
"""Problems that are not one link's own."""
_FOR_NOW = {Exit.CONFIGURATION, Exit.LIMIT, Exit.NOT_KNOWN_YET}
"""Exit codes of problems that end without anybody changing the wish."""


def after_commit(row: MeetingLink, using: str) -> None:
    """Hand over the row of the caller, bring it up to date, and take along what a crash left behind."""
    try:
        hand_over(row, using=using)
        row.refresh_from_db(using=using)
    except MeetingLink.DoesNotExist:  # somebody has deleted the row meanwhile
        return
    now = clock.now()
    left = pending(using).filter(models.Q(due=None) | models.Q(due__lte=now), updated_at__lt=now - OVERDUE)
    for other in left[:TAKEN_ALONG]:
        hand_over(other, using=using, wait=0)


def pending(using: str | None = None) -> models.QuerySet[MeetingLink]:
    """Rows whose last wish has not been handed over, oldest first."""
    rows = MeetingLink.objects.using(using or router.db_for_write(MeetingLink))
    return rows.filter(applied__lt=models.F("version")).order_by("created_at")


def hand_over(row: MeetingLink, *, using: str | None = None, wait: float | None = None) -> MeetingLink:
    """Hand a row to the desk until its last wish is carried out, refused, or has to wait; return the row as it is then.

    A row that another process is handing over is left to it. `wait`: seconds to wait at most for Zoom.
    """
    using = using or router.db_for_write(MeetingLink, instance=row)
    seconds = conf.wait() if wait is None else wait
    while (claimed := _claim(row.pk, using, seconds)) is not None:
        try:
            outcome = _carry_out(claimed, seconds)
        except BaseException:  # the server ends this worker, say: nobody has to wait for the claim to run out
            MeetingLink.objects.using(using).filter(pk=row.pk, claim=claimed.claim).update(claim="", claimed_until=None)
            raise
        fields = outcome.fields | {"claim": "", "claimed_until": None, "updated_at": clock.now()}
        if not outcome.again:
            fields |= {"applied": claimed.version, "tries": 0, "due": None}
        mine = MeetingLink.objects.using(using).filter(pk=row.pk)
        if not mine.filter(claim=claimed.claim).update(**fields):
            # The claim ran out, and another's wish may have been overtaken by ours: it is carried out once more.
            mine.update(version=models.F("version") + 1)
            continue
        _tell(claimed, outcome, using)
        if outcome.again and not mine.filter(version__gt=claimed.version).exists():
            break
    return MeetingLink.objects.using(using).get(pk=row.pk)


def settle(*, limit: int = 100, using: str | None = None) -> list[MeetingLink]:
    """Go on with all that is not done: hand over what waits, have the desk settle what is due, take in what Zoom told,
    and bring the rows up to date. Return the rows that were dealt with; what keeps one waiting stands in its `problem`.

    Raises ConfigurationError and LedgerError, and AuthenticationError where links in the ledger need Zoom.
    """
    using = using or router.db_for_write(MeetingLink)
    desk = get_desk()
    touched: dict[uuid.UUID, MeetingLink] = {}
    for waiting in pending(using)[:limit]:
        row = hand_over(waiting, using=using)
        touched[row.pk] = row
        if row.is_pending and row.problem_kind in _EVERYBODYS:
            break  # the others would only hear the same
    touched |= {row.pk: row for row in take_in(desk, using=using)}
    links = {link.id: link for link in desk.settle(limit=min(limit, 1000))}
    on_their_way = MeetingLink.objects.using(using).filter(state__in=_OPEN).exclude(link_id="")
    links |= {link.id: link for link in _in_ledger(desk, on_their_way[:limit]) if link.id not in links}
    touched |= {row.pk: row for row in refresh(links.values(), using=using)}
    return list(touched.values())


def refresh(links: Iterable[Link], *, using: str | None = None) -> list[MeetingLink]:
    """Bring the rows of these links up to date, and return those that were not."""
    using = using or router.db_for_write(MeetingLink)
    changed = []
    for link in links:
        for row in MeetingLink.objects.using(using).filter(link_id=link.id):
            fields = _told(link)
            if any(getattr(row, name) != value for name, value in fields.items() if name != "problem"):
                # Not where it is claimed: who holds it is about to say something newer.
                rows = MeetingLink.objects.using(using).filter(pk=row.pk, claim=row.claim, version=row.version)
                if rows.update(**fields, updated_at=clock.now()):
                    row_now = rows.get()
                    changed.append(row_now)
                    link_changed.send_robust(sender=MeetingLink, link=row_now, before=row.state)
    return changed


def refresh_from(desk: LinkDesk, meetings: Iterable[int], *, using: str | None = None) -> list[MeetingLink]:
    """Bring the rows of these meetings up to date with the ledger."""
    using = using or router.db_for_write(MeetingLink)
    rows = MeetingLink.objects.using(using).filter(meeting_id__in=list(meetings)).exclude(link_id="")
    return refresh(_in_ledger(desk, rows), using=using)


def take_in(desk: LinkDesk, *, using: str | None = None) -> list[MeetingLink]:
    """Apply what Zoom's webhooks told, and return the rows that changed with it."""
    from zoomlink.webhooks import Webhooks

    events = Webhooks(desk).work()
    return refresh_from(desk, {event.meeting_id for event in events if event.meeting_id is not None}, using=using)


def _in_ledger(desk: LinkDesk, rows: Iterable[MeetingLink]) -> list[Link]:
    """The links of these rows, but those that the ledger does not know: it may be another one than it was."""
    found = []
    for row in rows:
        try:
            found.append(desk.get(row.link_id))
        except ZoomLinkError as error:
            if error.slug != "not-found":
                raise
            _log.warning("link %s is not in this ledger", row.pk)
    return found


class _Outcome(NamedTuple):
    fields: dict[str, Any]
    error: ZoomLinkError | None = None
    again: bool = False
    """The wish waits for another try."""


def _claim(key: uuid.UUID, using: str, wait: float) -> MeetingLink | None:
    """Take a row with an open wish for ourselves; None when there is no wish, or another one has it."""
    now = clock.now()
    token = uuid.uuid4().hex
    rows = MeetingLink.objects.using(using).filter(pk=key, applied__lt=models.F("version"))
    free = rows.filter(models.Q(claimed_until=None) | models.Q(claimed_until__lte=now))
    if not free.update(claim=token, claimed_until=now + LEASE + timedelta(seconds=wait)):
        return None
    return MeetingLink.objects.using(using).filter(pk=key, claim=token).first()


def _carry_out(row: MeetingLink, wait: float) -> _Outcome:
    try:
        desk = get_desk()
        if row.wanted:
            return _Outcome(_told(_bring_about(desk, row, wait)))
        return _Outcome(_cancel(desk, row, wait))
    except ZoomLinkError as error:
        told = {"problem": for_programs(str(error)), "problem_kind": error.slug}
        if problem(error.slug).exit_code in _FOR_NOW:
            due = clock.now() + timedelta(seconds=BACK_OFF[min(row.tries, len(BACK_OFF) - 1)])
            return _Outcome({**told, "tries": row.tries + 1, "due": due}, error, again=True)
        if not row.link_id:
            told["state"] = State.REFUSED
        return _Outcome(told, error)


def _bring_about(desk: LinkDesk, row: MeetingLink, wait: float) -> Link:
    """Have the link made, or made as it is wanted now."""
    link = desk.find(row.key)
    if link is None or link.state is LinkState.REFUSED:
        asked = row.asked
        return desk.create(
            row.topic,
            start=row.start,
            timezone=row.timezone or None,
            duration=row.duration,
            host=row.wanted_host or None,
            key=row.key,
            passcode=asked.get("passcode") or None,
            agenda=row.agenda or None,
            settings=asked.get("settings"),
            recurrence=asked.get("recurrence"),
            allow_overlap=bool(asked.get("allow_overlap")),
            wait=wait,
        )
    wanted: dict[str, Any] = {
        "topic": row.topic if row.topic != link.topic else None,
        "duration": row.duration if row.duration != link.duration else None,
        "agenda": row.agenda if row.agenda != (link.agenda or "") else None,
    }
    if row.start != link.start_time:
        wanted |= {"start": row.start, "timezone": row.timezone or None}
    elif row.timezone and row.timezone != link.timezone:
        wanted["timezone"] = row.timezone
    changes = {name: value for name, value in wanted.items() if value is not None}
    if link.state in _AT_AN_END:
        return link
    if not changes:
        if link.state in _ON_ITS_WAY:  # it is on its way: as far as it goes now
            desk.settle(watches=False)
        return desk.get(link)
    return desk.update(link, **changes, allow_overlap=bool(row.asked.get("allow_overlap")), wait=wait)


def _cancel(desk: LinkDesk, row: MeetingLink, wait: float) -> dict[str, Any]:
    link = desk.find(row.key)
    if link is None:
        return {"state": State.CANCELLED, "problem": "", "problem_kind": ""}
    told = _told(desk.cancel(link, wait=wait))
    if told["state"] == State.REFUSED:  # there never was a meeting
        told["state"] = State.CANCELLED
    return told


def _told(link: Link) -> dict[str, Any]:
    return {**MeetingLink.seen(link), "problem": link.problem or "", "problem_kind": ""}


def _tell(before: MeetingLink, outcome: _Outcome, using: str) -> None:
    row = MeetingLink.objects.using(using).get(pk=before.pk)
    if any(getattr(before, name) != value for name, value in outcome.fields.items() if name in _VISIBLE):
        link_changed.send_robust(sender=MeetingLink, link=row, before=before.state)
    if outcome.error is None:
        return
    if outcome.again:
        _log.warning("link %s waits: %s", row.pk, outcome.error.slug)
        return
    _log.warning("link %s is refused: %s", row.pk, outcome.error.slug)
    link_refused.send_robust(sender=MeetingLink, link=row, error=outcome.error)


_VISIBLE = ("state", "link_id", "meeting_id", "join_url", "passcode", "host", "meeting_start", "sequence")
