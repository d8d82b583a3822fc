"""Lessons, each with its link."""

import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    initial = True
    dependencies = [("zoomlink", "0001_initial")]
    operations = [
        migrations.CreateModel(
            name="Lesson",
            fields=[
                ("token", models.SlugField(primary_key=True, serialize=False)),
                ("name", models.CharField(max_length=80)),
                ("email", models.EmailField(max_length=254)),
                ("start", models.DateTimeField()),
                ("zoom", models.OneToOneField(blank=True, editable=False, null=True, on_delete=django.db.models.deletion.SET_NULL, related_name="+", to="zoomlink.meetinglink")),
            ],
        ),
    ]
