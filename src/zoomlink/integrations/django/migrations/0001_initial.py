"""The outbox: one table of links, wanted and had."""

import uuid

import django.utils.timezone
from django.db import migrations, models


class Migration(migrations.Migration):
    initial = True

    dependencies = []

    operations = [
        migrations.CreateModel(
            name="MeetingLink",
            fields=[
                ("id", models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False)),
                ("key", models.CharField(editable=False, max_length=255, unique=True, verbose_name="key")),
                ("asked", models.JSONField(default=dict, editable=False)),
                ("topic", models.CharField(max_length=200, verbose_name="topic")),
                ("start", models.DateTimeField(verbose_name="start")),
                (
                    "duration",
                    models.PositiveSmallIntegerField(default=60, help_text="Minutes.", verbose_name="duration"),
                ),
                (
                    "timezone",
                    models.CharField(
                        blank=True,
                        help_text="In which Zoom shows it, such as Europe/Lisbon.",
                        max_length=64,
                        verbose_name="time zone",
                    ),
                ),
                ("agenda", models.TextField(blank=True, verbose_name="agenda")),
                (
                    "wanted_host",
                    models.CharField(
                        blank=True,
                        help_text="Leave it empty for any host that is free.",
                        max_length=254,
                        verbose_name="wanted host",
                    ),
                ),
                ("wanted", models.BooleanField(default=True, editable=False)),
                ("version", models.PositiveIntegerField(default=1, editable=False)),
                ("applied", models.PositiveIntegerField(default=0, editable=False)),
                ("tries", models.PositiveIntegerField(default=0, editable=False)),
                ("due", models.DateTimeField(editable=False, null=True)),
                ("claim", models.CharField(blank=True, editable=False, max_length=32)),
                ("claimed_until", models.DateTimeField(editable=False, null=True)),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("waiting", "waiting"),
                            ("planned", "planned"),
                            ("sending", "being made"),
                            ("ready", "ready"),
                            ("refused", "refused"),
                            ("unknown", "being looked for"),
                            ("parked", "parked until tomorrow"),
                            ("cancelled", "cancelled"),
                            ("deleted", "deleted in Zoom"),
                        ],
                        default="waiting",
                        editable=False,
                        max_length=16,
                        verbose_name="state",
                    ),
                ),
                ("problem", models.TextField(blank=True, editable=False, verbose_name="problem")),
                ("problem_kind", models.CharField(blank=True, editable=False, max_length=32)),
                (
                    "link_id",
                    models.CharField(blank=True, db_index=True, editable=False, max_length=40, verbose_name="link"),
                ),
                (
                    "meeting_id",
                    models.BigIntegerField(db_index=True, editable=False, null=True, verbose_name="meeting"),
                ),
                ("join_url", models.TextField(blank=True, editable=False, verbose_name="join link")),
                ("passcode", models.CharField(blank=True, editable=False, max_length=64, verbose_name="passcode")),
                ("host", models.CharField(blank=True, editable=False, max_length=254, verbose_name="host")),
                ("meeting_start", models.DateTimeField(editable=False, null=True, verbose_name="start in Zoom")),
                ("sequence", models.PositiveIntegerField(default=0, editable=False)),
                (
                    "created_at",
                    models.DateTimeField(default=django.utils.timezone.now, editable=False, verbose_name="created"),
                ),
                (
                    "updated_at",
                    models.DateTimeField(default=django.utils.timezone.now, editable=False, verbose_name="updated"),
                ),
            ],
            options={
                "verbose_name": "Zoom link",
                "verbose_name_plural": "Zoom links",
                "ordering": ["start"],
                "indexes": [
                    models.Index(
                        condition=models.Q(("applied__lt", models.F("version"))),
                        fields=["created_at"],
                        name="zoomlink_outbox",
                    ),
                    models.Index(fields=["state", "start"], name="zoomlink_state"),
                ],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(("applied__lte", models.F("version"))), name="zoomlink_applied"
                    )
                ],
            },
        ),
    ]
