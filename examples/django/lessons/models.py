"""A lesson that somebody booked; its link comes, moves and goes with it."""

from django.db import models
from examples.shared import tutor

from zoomlink.integrations.django import MeetingLinkField


class Lesson(models.Model):
    token = models.SlugField(primary_key=True)
    name = models.CharField(max_length=80)
    email = models.EmailField()
    start = models.DateTimeField()
    zoom = MeetingLinkField(topic="title", start="start", duration=tutor.MINUTES)

    def title(self) -> str:
        return f"Guitar lesson: {self.name}"
