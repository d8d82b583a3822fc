"""The links in Django's admin: looked at, found, made, changed, cancelled, copied. All of it goes through the outbox.

Who may view links sees join link and passcode, the latter on demand; the host's private entrance is never there.
"""

from __future__ import annotations

from datetime import date, datetime
from typing import TYPE_CHECKING, Any, ClassVar
from zoneinfo import ZoneInfo

from django import forms
from django.contrib import admin, messages
from django.contrib.admin.widgets import AdminSplitDateTime
from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.template.response import TemplateResponse
from django.utils import timezone as clock
from django.utils.html import format_html, format_html_join
from django.utils.safestring import mark_safe
from django.utils.text import capfirst
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from zoomlink.errors import InvalidInputError, ZoomLinkError
from zoomlink.integrations.django import conf
from zoomlink.integrations.django.models import MeetingLink, State
from zoomlink.integrations.django.outbox import cancel_link, change_link, create_link, retry_link
from zoomlink.times import parse_start
from zoomlink.zoom.bodies import meeting_body
from zoomlink.zoom.paths import host_segment

if TYPE_CHECKING:
    from django.db.models import QuerySet
    from django.http import HttpRequest
    from django.utils.safestring import SafeString

    _ModelAdmin = admin.ModelAdmin[MeetingLink]
    _ModelForm = forms.ModelForm[MeetingLink]
else:
    _ModelAdmin, _ModelForm = admin.ModelAdmin, forms.ModelForm

__all__ = ["MeetingLinkAdmin", "MeetingLinkForm"]

_COLOURS = {
    State.READY: "good",
    State.REFUSED: "bad",
    State.CANCELLED: "over",
    State.DELETED: "over",
}
_SHOWN = 50
"""Lines of a history."""
_CHANGEABLE = ("topic", "start", "duration", "timezone", "agenda")


class WallTimeField(forms.SplitDateTimeField):
    """A time on the wall. Where the wall is, another field says: so it is no instant yet."""

    def compress(self, data_list: Any) -> datetime | None:
        """Put date and time together."""
        if not data_list:
            return None
        day, time = data_list
        if not isinstance(day, date):
            raise forms.ValidationError(self.error_messages["invalid_date"], code="invalid_date")
        if time in self.empty_values:
            raise forms.ValidationError(self.error_messages["invalid_time"], code="invalid_time")
        return datetime.combine(day, time)


class MeetingLinkForm(_ModelForm):
    """What can be wanted of a link, judged as create_link does. The start is on the clocks of its own zone."""

    start = WallTimeField(
        label=capfirst(_("start")), widget=AdminSplitDateTime(), help_text=_("On the clocks of the time zone below.")
    )

    class Meta:
        """The fields of a wish."""

        model = MeetingLink
        fields = (*_CHANGEABLE, "wanted_host")

    def __init__(self, *arguments: Any, **named: Any) -> None:
        super().__init__(*arguments, **named)
        row: MeetingLink = self.instance
        if not row._state.adding:
            zone = row.timezone or conf.default_timezone()
            wall = row.start.astimezone(ZoneInfo(zone)).replace(tzinfo=None)
            self.initial.update({"start": wall, "timezone": zone})

    def clean(self) -> dict[str, Any]:
        """Say at the field what zoomlink would refuse, and make an instant of the start."""
        values: dict[str, Any] = super().clean() or {}
        if self.errors or "start" not in values:  # whoever may only look sends nothing
            return values
        zone = values.get("timezone") or conf.default_timezone()
        try:
            if values.get("wanted_host"):
                host_segment(values["wanted_host"])
            moved = self.instance._state.adding or {"start", "timezone"} & {*self.changed_data}
            wall = values["start"].isoformat(timespec="seconds")
            when = parse_start(wall, zone, now=clock.now(), allow_past=not moved)
            meeting_body(values["topic"], when, values["duration"], agenda=values.get("agenda") or None)
        except InvalidInputError as error:
            field = "wanted_host" if error.field == "host" else error.field
            self.add_error(field if field in values else None, str(error))
        else:
            values |= {"start": when.instant, "timezone": when.zone}
        return values


@admin.register(MeetingLink)
class MeetingLinkAdmin(_ModelAdmin):
    """List, search and filters; create, change, cancel and copy."""

    form = MeetingLinkForm
    list_display = ("topic", "shown_state", "shown_start", "duration", "shown_host", "shown_join")
    list_filter = ("state", "start", "host")
    search_fields = ("topic", "key", "host", "wanted_host", "link_id", "=meeting_id")
    date_hierarchy = "start"
    list_per_page = 50
    actions = ("create_now", "cancel", "copy_join_links")
    readonly_fields = (
        "shown_state",
        "shown_problem",
        "shown_join",
        "shown_passcode",
        "shown_host",
        "meeting_id",
        "shown_start",
        "shown_history",
        "link_id",
        "key",
        "created_at",
        "updated_at",
    )
    fieldsets = (
        (None, {"fields": ("topic", "start", "duration", "timezone", "wanted_host", "agenda")}),
        (_("Link"), {"fields": ("shown_state", "shown_problem", "shown_join", "shown_passcode", "shown_host")}),
        (
            _("Details"),
            {
                "classes": ("collapse",),
                "fields": ("meeting_id", "link_id", "key", "created_at", "updated_at", "shown_history"),
            },
        ),
    )

    class Media:
        """The button that copies, and the colours of the states."""

        css: ClassVar[dict[str, tuple[str, ...]]] = {"all": ("zoomlink/admin.css",)}
        js = ("zoomlink/admin.js",)

    def get_readonly_fields(self, request: HttpRequest, obj: MeetingLink | None = None) -> tuple[str, ...]:
        """A link stays with its host, and one that was cancelled stays as it is."""
        fixed: tuple[str, ...] = ()
        if obj is not None:
            fixed = ("wanted_host",) if obj.wanted else (*_CHANGEABLE, "wanted_host")
        return (*super().get_readonly_fields(request, obj), *fixed)

    def get_fieldsets(self, request: HttpRequest, obj: MeetingLink | None = None) -> Any:
        """A link that is yet to be wanted has nothing to show; where nothing can be typed, the start is told whole."""
        wish, *rest = super().get_fieldsets(request, obj)
        if obj is None:
            return [wish]
        if obj.wanted and self.has_change_permission(request, obj):
            return [wish, *rest]
        return [(None, {"fields": ("topic", "shown_start", "duration", "agenda")}), *rest]

    def has_delete_permission(self, request: HttpRequest, obj: MeetingLink | None = None) -> bool:
        """A row is the memory of a meeting: it is cancelled, and stays."""
        return False

    def get_changeform_initial_data(self, request: HttpRequest) -> dict[str, Any]:
        """The zone that is meant where none is named."""
        return {"timezone": conf.default_timezone(), **super().get_changeform_initial_data(request)}

    def save_model(self, request: HttpRequest, obj: MeetingLink, form: Any, change: bool) -> None:
        """Write the wish down."""
        values = form.cleaned_data
        if change:
            stored = MeetingLink.objects.get(pk=obj.pk)
            names = {name for name in _CHANGEABLE if name in form.changed_data}
            if names & {"start", "timezone"}:
                names |= {"start", "timezone"}
            changed = {name: values[name] for name in names}
            _take_over(obj, change_link(stored, **changed) if changed else stored)
            return
        link = create_link(
            values["topic"],
            start=values["start"],
            timezone=values["timezone"],
            duration=values["duration"],
            host=values["wanted_host"] or None,
            agenda=values["agenda"] or None,
        )
        _take_over(obj, link)

    @admin.action(description=_("Create or try again now"), permissions=["change"])
    def create_now(self, request: HttpRequest, queryset: QuerySet[MeetingLink]) -> None:
        """Hand over what waits, and ask again where Zoom or the hosts said no."""
        wanted = [row for row in queryset if row.is_pending or row.problem or not (row.is_ready or row.is_cancelled)]
        with transaction.atomic():
            for row in wanted:
                retry_link(row)
        self._tell(request, len(wanted), ngettext("%d link asked for.", "%d links asked for.", len(wanted)))
        for row in wanted:
            if row.problem:
                self.message_user(request, f"{row}: {row.problem}", messages.WARNING)

    @admin.action(description=_("Cancel"), permissions=["change"])
    def cancel(self, request: HttpRequest, queryset: QuerySet[MeetingLink]) -> None:
        """Take links back."""
        wanted = list(queryset.filter(wanted=True))
        with transaction.atomic():
            for row in wanted:
                cancel_link(row)
        self._tell(request, len(wanted), ngettext("%d link cancelled.", "%d links cancelled.", len(wanted)))

    @admin.action(description=_("Copy join links"), permissions=["view"])
    def copy_join_links(self, request: HttpRequest, queryset: QuerySet[MeetingLink]) -> TemplateResponse:
        """Show them as text to be copied."""
        if not self.has_view_permission(request):
            raise PermissionDenied
        rows = [row for row in queryset.order_by("start") if row.is_ready]
        context = {
            **self.admin_site.each_context(request),
            "title": _("Join links"),
            "opts": self.opts,
            "rows": rows,
            "media": self.media,
        }
        return TemplateResponse(request, "zoomlink/admin/join_links.html", context)

    @admin.display(description=_("state"), ordering="state")
    def shown_state(self, row: MeetingLink) -> SafeString:
        """The state in a colour, and whether something waits."""
        waits = _("waits to be handed over") if row.is_pending else ""
        colour = _COLOURS.get(State(row.state), "going")
        return format_html(
            '<span class="zoomlink-state zoomlink-{}" title="{}">{}{}</span>',
            colour,
            row.problem or waits,
            State(row.state).label,
            " …" if row.is_pending else "",
        )

    @admin.display(description=_("start"), ordering="start")
    def shown_start(self, row: MeetingLink) -> str:
        """The start on the clocks of its own zone."""
        return row.spoken_start

    @admin.display(description=_("history"))
    def shown_history(self, row: MeetingLink) -> SafeString | str:
        """What happened to it, as the ledger tells it."""
        try:
            events = row.history()
        except ZoomLinkError:  # the ledger is elsewhere, or out of reach
            return "–"
        lines = ((f"{event.at:%Y-%m-%d %H:%M:%S} UTC", event.words) for event in events[-_SHOWN:])
        return format_html_join(mark_safe("<br>"), "{}: {}", lines) or "–"

    @admin.display(description=_("host"), ordering="host")
    def shown_host(self, row: MeetingLink) -> str:
        """The host it has, or is to have."""
        return row.host or row.wanted_host or "–"

    @admin.display(description=_("join link"))
    def shown_join(self, row: MeetingLink) -> SafeString | str:
        """A link to follow and a button that copies it."""
        if not row.is_ready:
            return "–"
        return format_html(
            '<a href="{0}" rel="noreferrer noopener" target="_blank">{1}</a> '
            '<button type="button" class="zoomlink-copy" data-copy="{0}" data-done="{2}">{3}</button>',
            row.join_url,
            _("Join"),
            _("Copied"),
            _("Copy"),
        )

    @admin.display(description=_("passcode"))
    def shown_passcode(self, row: MeetingLink) -> SafeString | str:
        """Hidden until somebody asks for it."""
        if not row.passcode or not row.is_ready:
            return "–"
        return format_html("<details><summary>{}</summary><code>{}</code></details>", _("Show"), row.passcode)

    @admin.display(description=_("problem"))
    def shown_problem(self, row: MeetingLink) -> str:
        """Why it is not as it is wanted."""
        return row.problem or "–"

    def _tell(self, request: HttpRequest, count: int, words: str) -> None:
        self.message_user(request, words % count, messages.SUCCESS if count else messages.WARNING)


def _take_over(shown: MeetingLink, stored: MeetingLink) -> None:
    """Let the object that the admin holds be the row that was written."""
    for field in MeetingLink._meta.concrete_fields:
        setattr(shown, field.attname, getattr(stored, field.attname))
    shown._state.adding = False
    shown._state.db = stored._state.db
