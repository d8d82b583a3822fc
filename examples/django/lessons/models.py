"""A lesson that somebody booked; its link comes, moves and goes with it."""

from __future__ import annotations

from datetime import datetime  # noqa: TC003 - it reads better where it stands

from django.db import models
from examples.shared import tutor

from zoomlink.integrations.django import MeetingLinkField


class Lesson(models.Model):
    token: models.SlugField[str, str] = models.SlugField(primary_key=True)
    name: models.CharField[str, str] = models.CharField(max_length=80)
    email: models.EmailField[str, str] = models.EmailField()
    starts_at: models.DateTimeField[datetime, datetime] = models.DateTimeField()
    zoom = MeetingLinkField(topic="title", start="starts_at", duration=tutor.MINUTES)

    def title(self) -> str:
        return f"Guitar lesson: {self.name}"
