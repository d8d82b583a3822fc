"""MeetingLinkField: gives a model its link, and keeps it in step with the object. What it says goes to the outbox.

::

    class Lesson(models.Model):
        title = models.CharField(max_length=100)
        starts_at = models.DateTimeField()
        zoom = MeetingLinkField(topic="title", start="starts_at", duration=45)
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from functools import wraps
from typing import TYPE_CHECKING, Any

from django.core import checks
from django.db import models, router, transaction
from django.db.models.signals import post_delete
from django.utils import timezone as clock

from zoomlink.errors import InvalidInputError
from zoomlink.integrations.django import conf

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from zoomlink.integrations.django.models import MeetingLink

    _OneToOne = models.OneToOneField[Any, Any]
else:
    _OneToOne = models.OneToOneField

__all__ = ["MeetingLinkField"]

TARGET = "zoomlink.MeetingLink"


@dataclass(frozen=True)
class _Sources:
    """Where a link's values come from: names of fields, properties or methods of the object, or minutes."""

    topic: str
    start: str
    duration: str | int
    timezone: str | None
    agenda: str | None
    host: str | None
    when: str | None

    def names(self) -> list[tuple[str, str]]:
        """Argument and name of each that is a name."""
        return [(argument, name) for argument, name in vars(self).items() if isinstance(name, str)]


class MeetingLinkField(_OneToOne):
    """A one-to-one relation to a MeetingLink that is made when the object is saved, changed when its values change, and
    cancelled when it is deleted: all of it in the transaction of that save or delete.

    `topic`, `start`, `duration`, `timezone`, `agenda`, `host` name a field, a property or a method without arguments;
    `duration` may be a number of minutes. `when` names what tells whether there shall be a link at all, such as
    ``"is_confirmed"``. Without a start, and for a start that has passed, none is made.

    ``bulk_create`` and ``QuerySet.update`` save no object, and change no link. A link stays with its host. One that was
    cancelled by hand, or deleted in Zoom, stays so: set the field to None and save, and there will be another one.

    ``save`` raises InvalidInputError for what can be seen to be wrong, such as a move into the past; nothing is saved.
    """

    def __init__(
        self,
        to: Any = TARGET,
        on_delete: Any = models.SET_NULL,
        *,
        topic: str = "",
        start: str = "",
        duration: str | int = 60,
        timezone: str | None = None,
        agenda: str | None = None,
        host: str | None = None,
        when: str | None = None,
        **options: Any,
    ) -> None:
        self.sources = _Sources(topic, start, duration, timezone, agenda, host, when)
        given = {"null": True, "blank": True, "editable": False, "related_name": "+", **options}
        super().__init__(to, on_delete, **given)

    def deconstruct(self) -> tuple[str, str, Sequence[Any], dict[str, Any]]:
        """For migrations it is a plain relation: they need none of this."""
        name, _, arguments, options = super().deconstruct()
        return name, "django.db.models.OneToOneField", arguments, options

    def contribute_to_class(
        self, cls: type[models.Model], name: str, private_only: bool = False, **options: Any
    ) -> None:
        """Join the model's saving and deleting."""
        super().contribute_to_class(cls, name, private_only, **options)
        # Models in migrations are made of the plain relation, and abstract ones are never saved.
        if not cls._meta.abstract:
            cls.save_base = _in_step(cls.save_base, self)  # type: ignore[method-assign]
            post_delete.connect(self._deleted, sender=cls)

    def check(self, **options: Any) -> list[checks.CheckMessage]:
        """Say which names mean nothing to the model."""
        found = [*super().check(**options)]
        found += [
            checks.Error(f"A MeetingLinkField needs a {argument}.", obj=self, id="zoomlink.E011")
            for argument in ("topic", "start")
            if not getattr(self.sources, argument)
        ]
        found += [
            checks.Error(
                f"{argument}={name!r} names nothing that {self.model.__name__} has.",
                hint="Name a field, a property or a method without arguments.",
                obj=self,
                id="zoomlink.E010",
            )
            for argument, name in self.sources.names()
            if name and not hasattr(self.model, name)
        ]
        return found

    def bring_in_step(self, instance: models.Model, using: str, update_fields: Iterable[str] | None) -> bool:
        """Write down what the object's values ask of its link. Return whether the object has another link now."""
        from zoomlink.integrations.django.models import MeetingLink
        from zoomlink.integrations.django.outbox import cancel_link, change_link, create_link

        stored = getattr(instance, self.attname)
        row = None if stored is None else MeetingLink.objects.using(using).filter(pk=stored).first()
        wanted = self._wanted(instance, update_fields)
        if wanted is None:
            if row is None:
                return False
            cancel_link(row, using=using)
            setattr(instance, self.name, None)
            return True
        host = wanted.pop("host", "")
        if row is None:
            if len(wanted) < _ALL or wanted["start"] < clock.now():
                return False
            setattr(instance, self.name, create_link(**wanted, host=host or None, using=using))
            return True
        changed = {name: value for name, value in wanted.items() if getattr(row, name) != value}
        if changed and row.wanted:
            # A wish in the object's own hands sees what comes of it.
            held: Any = self.get_cached_value(instance, default=None)
            link = held if held is not None and held.pk == row.pk else row
            change_link(link, **changed, using=using)
            setattr(instance, self.name, link)
        return False

    def _wanted(self, instance: models.Model, update_fields: Iterable[str] | None) -> dict[str, Any] | None:
        """What the object asks for, as arguments of create_link; None when it wants no link."""
        sources = self.sources
        if sources.when is not None and not _value(instance, sources.when):
            return None
        start = _value(instance, sources.start)
        if start is None:
            return None
        if not isinstance(start, datetime) or start.tzinfo is None:
            raise InvalidInputError(
                f"{sources.start} is not an aware datetime.", field="start", hint="Set USE_TZ = True."
            )
        found: dict[str, Any] = {
            "topic": str(_value(instance, sources.topic)).strip(),
            "start": start.astimezone(UTC).replace(microsecond=0),
            "duration": _value(instance, sources.duration) if isinstance(sources.duration, str) else sources.duration,
            "timezone": (_value(instance, sources.timezone) if sources.timezone else None) or conf.default_timezone(),
            "agenda": str(_value(instance, sources.agenda) or "") if sources.agenda else "",
            "host": str(_value(instance, sources.host) or "") if sources.host else "",
        }
        if update_fields is not None:
            # What is not being saved is in memory only, and may never be.
            saved = set(update_fields)
            for argument, name in sources.names():
                field = next((one for one in instance._meta.concrete_fields if one.name == name), None)
                if field is not None and not saved & {field.name, field.attname}:
                    found.pop(argument, None)
        return found

    def _deleted(self, instance: models.Model, using: str, **_: Any) -> None:
        from zoomlink.integrations.django.models import MeetingLink
        from zoomlink.integrations.django.outbox import cancel_link

        row: MeetingLink | None = MeetingLink.objects.using(using).filter(pk=getattr(instance, self.attname)).first()
        if row is not None:
            cancel_link(row, using=using)


_ALL = 5
"""A link is made of all of its values: topic, start, duration, timezone and agenda."""


def _in_step(save_base: Callable[..., None], field: MeetingLinkField) -> Callable[..., None]:
    """The same saving, in one transaction with what it asks of the link."""

    @wraps(save_base)
    def saving(
        self: models.Model,
        raw: bool = False,
        force_insert: Any = False,
        force_update: bool = False,
        using: str | None = None,
        update_fields: Iterable[str] | None = None,
    ) -> None:
        if raw:  # a fixture, which has its links with it
            save_base(self, raw, force_insert, force_update, using, update_fields)
            return
        alias = using or router.db_for_write(self.__class__, instance=self)
        with transaction.atomic(alias):
            if field.bring_in_step(self, alias, update_fields) and update_fields is not None:
                update_fields = frozenset(update_fields) | {field.name}
            save_base(self, raw, force_insert, force_update, alias, update_fields)

    return saving


def _value(instance: models.Model, name: str) -> Any:
    found = getattr(instance, name)
    return found() if callable(found) else found
