"""``manage.py zoomlink doctor | create | settle``: as the command zoomlink, with Django's settings and rows."""

from __future__ import annotations

import json
import time
from contextlib import ExitStack
from typing import TYPE_CHECKING, Any

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone as clock

from zoomlink.doctor import CHECKS, Status, checkup
from zoomlink.errors import ZoomLinkError
from zoomlink.integrations.django import conf
from zoomlink.integrations.django.handover import hand_over, pending, settle
from zoomlink.integrations.django.models import MeetingLink, State
from zoomlink.integrations.django.outbox import create_link
from zoomlink.problems import Exit, problem
from zoomlink.times import check_duration, parse_start

if TYPE_CHECKING:
    from argparse import ArgumentParser


_TITLES = {check.name: check.title for check in CHECKS}
_ON_THEIR_WAY = (State.PLANNED, State.SENDING, State.UNKNOWN, State.PARKED)


class Command(BaseCommand):
    """One command, three subcommands."""

    help = "Looks after Zoom links: says what is wrong, makes one, goes on with those that wait."
    requires_system_checks: list[str] = []  # noqa: RUF012 - the doctor is for when they fail

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Django's own options come with each."""
        parsers = parser.add_subparsers(dest="what", required=True, metavar="doctor|create|settle")
        doctor = parsers.add_parser("doctor", help="Look at everything, and say what is wrong and how to mend it.")
        doctor.add_argument("--json", action="store_true", help="Print the findings as one JSON document.")
        create = parsers.add_parser("create", help="Make a link, and print where to join.")
        create.add_argument("topic")
        create.add_argument("--start", required=True, help="Such as 2031-12-01T18:24.")
        create.add_argument("--timezone", help="Such as Europe/Lisbon; by default TIMEZONE, else Django's TIME_ZONE.")
        create.add_argument("--duration", default="60", help="Minutes; 60 by default.")
        create.add_argument("--host", help="By default any host that is free.")
        create.add_argument("--key", help="The same key and request give the same link for ever.")
        create.add_argument("--allow-overlap", action="store_true", help="Whatever else the host has then.")
        create.add_argument("--json", action="store_true", help="Print the link as one JSON document.")
        going = parsers.add_parser("settle", help="Hand over what waits, and go on with what is not ready yet.")
        going.add_argument("--limit", type=int, default=100, help="Links at most, 1 to 1000; 100 by default.")
        going.add_argument("--every", type=float, metavar="SECONDS", help="Do it again and again, until stopped.")

    def handle(self, *_: Any, **options: Any) -> None:
        """Carry out one of them; a failure's exit code is that of the command zoomlink."""
        work = {"doctor": self.doctor, "create": self.create, "settle": self.settle}[options["what"]]
        try:
            work(options)
        except ZoomLinkError as error:
            raise CommandError(str(error), returncode=problem(error.slug).exit_code) from None

    def doctor(self, options: dict[str, Any]) -> None:
        """Print what the doctor finds, and how much waits in the outbox."""
        with ExitStack() as stack:
            environ = conf.environment()
            if conf.is_sandbox(environ):
                from zoomlink.sandbox import embedded

                environ = stack.enter_context(embedded(environ))
            findings = []
            for finding in checkup(environ):
                findings.append(finding)
                if not options["json"]:
                    self._show(finding.status, _TITLES[finding.check], finding.what, finding.cure)
        waiting = pending().count()
        ill = any(finding.status is Status.FAILED for finding in findings)
        if options["json"]:
            found = {"items": [finding.to_dict() for finding in findings], "healthy": not ill, "waiting": waiting}
            self.stdout.write(json.dumps(found, ensure_ascii=False))
        else:
            said = "Nothing waits." if not waiting else f"{waiting} waiting for: manage.py zoomlink settle"
            self._show(Status.WARNING if waiting else Status.OK, "Outbox", said, None)
        if ill:
            raise CommandError("There is something to mend.", returncode=Exit.CONFIGURATION)

    def create(self, options: dict[str, Any]) -> None:
        """Make a link by way of the outbox."""
        zone = options["timezone"] or conf.default_timezone()
        when = parse_start(options["start"], zone, now=clock.now())
        row = create_link(
            options["topic"],
            start=when.local,
            timezone=zone,
            duration=check_duration(options["duration"]),
            host=options["host"],
            key=options["key"],
            allow_overlap=options["allow_overlap"],
        )
        row = hand_over(row)
        if options["json"]:
            self.stdout.write(json.dumps(_document(row), ensure_ascii=False))
        elif row.join_url:
            self.stdout.write(row.join_url)
            if row.passcode:
                self.stderr.write(f"Passcode {row.passcode}")
        if row.problem and not row.is_ready:
            raise CommandError(row.problem, returncode=problem(row.problem_kind or "refused").exit_code)
        if not row.is_ready:
            raise CommandError(
                f"The link is {row.state}; go on with: manage.py zoomlink settle", returncode=Exit.NOT_KNOWN_YET
            )

    def settle(self, options: dict[str, Any]) -> None:
        """Go on with everything, once or for ever."""
        every = options["every"]
        why: MeetingLink | None = None
        done = 0
        while True:
            try:
                for row in settle(limit=options["limit"]):
                    done += 1
                    why = row if row.is_pending else why
                    said = f"{row.state:<9}  {row}" + (f"  {row.problem}" if row.problem else "")
                    self.stdout.write(said)
            except ZoomLinkError as error:
                if every is None:
                    raise
                self.stderr.write(str(error))  # what is wrong today may be right in a minute
            if every is None:
                break
            time.sleep(every)
        left = pending().count()
        if left:
            code = problem(why.problem_kind).exit_code if why is not None else Exit.NOT_KNOWN_YET
            raise CommandError(f"Still waiting: {left}.", returncode=code)
        if options["verbosity"]:
            going = MeetingLink.objects.filter(state__in=_ON_THEIR_WAY).count()
            said = "All links are settled." if done else "Nothing has to be settled."
            self.stderr.write(f"{going} on their way yet." if going else said, str)  # str: not in red

    def _show(self, status: Status, title: str, what: str, cure: str | None) -> None:
        style = {Status.OK: self.style.SUCCESS, Status.WARNING: self.style.WARNING, Status.FAILED: self.style.ERROR}
        paint = style.get(status, str)
        self.stdout.write(f"{paint(f'{status.value:<7}')}  {title:<13}  {what}")
        if cure:
            self.stdout.write(f"{'':<7}  {'':<13}  -> {cure}")


def _document(row: MeetingLink) -> dict[str, Any]:
    return {
        "id": row.link_id or None,
        "key": row.key,
        "state": row.state,
        "topic": row.topic,
        "start_time": (row.meeting_start or row.start).strftime("%Y-%m-%dT%H:%M:%SZ"),
        "timezone": row.timezone or None,
        "duration": row.duration,
        "join_url": row.join_url or None,
        "passcode": row.passcode or None,
        "meeting_id": row.meeting_id,
        "host": row.host or None,
        "problem": row.problem or None,
    }
