"""What the project keeps: lessons, each with its link."""

from __future__ import annotations

from typing import Any

from django.db import models

from zoomlink.integrations.django import MeetingLinkField


class Lesson(models.Model):
    """A lesson that has a link as long as it is confirmed."""

    pupil: models.CharField[str, str] = models.CharField(max_length=100)
    starts_at: models.DateTimeField[Any, Any] = models.DateTimeField(null=True)
    minutes: models.IntegerField[int, int] = models.IntegerField(default=45)
    confirmed: models.BooleanField[bool, bool] = models.BooleanField(default=True)
    note: models.CharField[str, str] = models.CharField(max_length=100, blank=True, unique=True, null=True)
    zoom = MeetingLinkField(topic="title", start="starts_at", duration="minutes", when="confirmed")

    class Meta:
        """One place for all."""

        app_label = "project"

    def title(self) -> str:
        """The topic."""
        return f"Piano with {self.pupil}"
