"""``python -m tests.integration.django_app.project COMMAND``: the project's manage.py; DATABASE_URL says where."""

from __future__ import annotations

import os
import sys

from tests.integration.django_app.project.config import start

if __name__ == "__main__":
    start(os.environ["DATABASE_URL"])
    from django.core.management import execute_from_command_line

    execute_from_command_line(["manage.py", *sys.argv[1:]])
