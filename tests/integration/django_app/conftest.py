"""A Django project over the sandbox, with a database of its own for each test."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from tests.integration.django_app.project.config import database as database_settings
from tests.integration.django_app.project.config import start
from tests.postgres import postgres, postgres_url

start("sqlite:///:memory:")

from django.conf import settings as project  # noqa: E402
from django.core.management import call_command  # noqa: E402 - Django has to be started first
from django.db import connections  # noqa: E402

from zoomlink.integrations.django import close_desk  # noqa: E402

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

__all__ = ["postgres", "postgres_url"]

ROOT = Path(__file__).resolve().parents[3]


@contextmanager
def django_on(url: str) -> Iterator[None]:
    """Let Django use this database, in all threads, until the block ends."""
    before = connections.settings
    connections.close_all()
    _use(connections.configure_settings({"default": database_settings(url)}))
    try:
        yield
    finally:
        connections.close_all()
        _use(before)


def _use(databases: dict[str, Any]) -> None:
    connections.settings = databases
    if any(True for _ in connections.all(initialized_only=True)):
        del connections["default"]


@pytest.fixture(scope="session")
def migrated(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An SQLite database with all tables and nothing in them."""
    path = tmp_path_factory.mktemp("django") / "empty.sqlite3"
    with django_on(f"sqlite:///{path}"):
        call_command("migrate", verbosity=0)
    return path


@pytest.fixture
def database(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """An empty database that Django uses: SQLite, or PostgreSQL where a test asks for both."""
    if getattr(request, "param", "sqlite") == "postgresql":
        url = request.getfixturevalue("postgres_url")
        with django_on(url):
            call_command("migrate", verbosity=0)
            yield url
        return
    path = tmp_path / "django.sqlite3"
    shutil.copy(request.getfixturevalue("migrated"), path)
    with django_on(f"sqlite:///{path}"):
        yield f"sqlite:///{path}"


@pytest.fixture
def django(database: str, zoom_sandbox: Any) -> Iterator[Any]:
    """The project at work: its database, a sandbox, a desk of its own."""
    close_desk()
    yield zoom_sandbox
    close_desk()


@pytest.fixture
def settings(monkeypatch: pytest.MonkeyPatch) -> Callable[..., None]:
    """Add to the project's ZOOMLINK."""
    return lambda **more: monkeypatch.setattr(project, "ZOOMLINK", {**project.ZOOMLINK, **more})


both = pytest.mark.parametrize("database", ["sqlite", "postgresql"], indirect=True)
"""For tests whose facts depend on the database."""


@pytest.fixture
def manage(django: Any, database: str) -> Callable[..., subprocess.CompletedProcess[str]]:
    """Run ``manage.py`` as a process of its own; more environment as keywords."""

    def run(*words: str, code: str = "", **more: str) -> subprocess.CompletedProcess[str]:
        path = f"{ROOT / 'src'}:{ROOT}"
        environ = {**os.environ, "DATABASE_URL": database, "PYTHONPATH": path, **more}
        command = [sys.executable, "-W", "error", "-c", code] if code else [sys.executable, "-m", f"{HERE}.project"]
        return subprocess.run([*command, *words], env=environ, cwd=ROOT, capture_output=True, text=True, timeout=60)

    return run


HERE = "tests.integration.django_app"
