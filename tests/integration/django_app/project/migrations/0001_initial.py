"""Lessons, each with its link."""

import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    initial = True

    dependencies = [
        ("zoomlink", "0001_initial"),
    ]

    operations = [
        migrations.CreateModel(
            name="Lesson",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("pupil", models.CharField(max_length=100)),
                ("starts_at", models.DateTimeField(null=True)),
                ("minutes", models.IntegerField(default=45)),
                ("confirmed", models.BooleanField(default=True)),
                ("note", models.CharField(blank=True, max_length=100, null=True, unique=True)),
                (
                    "zoom",
                    models.OneToOneField(
                        blank=True,
                        editable=False,
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="+",
                        to="zoomlink.meetinglink",
                    ),
                ),
            ],
        ),
    ]
