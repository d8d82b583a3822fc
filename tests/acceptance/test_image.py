"""The image and the composition: linted, checked against what they promise, and the image's steps done without Docker.

What the steps do as root they do here as whoever runs the tests, below a folder; what comes after USER runs as nobody.
"""

from __future__ import annotations

import fnmatch
import json
import os
import pwd
import re
import shlex
import shutil
import signal
import subprocess
import sys
import tempfile
import time
import urllib.request
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import pytest
import yaml
from packaging.utils import canonicalize_name
from tests.acceptance.fresh import closure
from tests.acceptance.pages import ROOT, free_port

from zoomlink import __version__

if TYPE_CHECKING:
    from collections.abc import Iterator

HADOLINT = Path(sys.executable).with_name("hadolint")
PLACES = ("/opt/zoomlink", "/data", "/src")


class Step(NamedTuple):
    """One instruction of the Dockerfile."""

    stage: int
    word: str
    rest: str


def steps() -> list[Step]:
    """The Dockerfile, instruction by instruction."""
    text = re.sub(r"^#.*\n", "", (ROOT / "Dockerfile").read_text(encoding="utf-8"), flags=re.MULTILINE)
    found: list[Step] = []
    stage = -1
    for line in text.replace("\\\n", " ").splitlines():
        if line.strip():
            word, _, rest = line.strip().partition(" ")
            stage += word == "FROM"
            found.append(Step(stage, word, rest.strip()))
    return found


def the(word: str) -> str:
    """What the last instruction of that name says."""
    return [step.rest for step in steps() if step.word == word][-1]


def ignored(path: str) -> bool:
    """Whether Docker would leave a file of this folder out of what it sends."""
    out = False
    parts = Path(path).parts
    for line in (ROOT / ".dockerignore").read_text(encoding="utf-8").splitlines():
        if not line or line.startswith("#"):
            continue
        pattern = line.removeprefix("!")
        anywhere = pattern.startswith("**/")
        starts = range(len(parts)) if anywhere else range(1)
        heads = ["/".join(parts[start:end]) for start in starts for end in range(start + 1, len(parts) + 1)]
        if fnmatch.filter(heads, pattern.removeprefix("**/")):
            out = line == pattern
    return out


def composed() -> dict[str, Any]:
    """The composition as Docker reads it: with its references followed."""
    text = (ROOT / "compose.yaml").read_text(encoding="utf-8")
    found: dict[str, Any] = yaml.safe_load(text)
    return found


# -- what they say -----------------------------------------------------------------------------------------------------


def test_the_linter_has_nothing_to_say_of_the_dockerfile() -> None:
    done = subprocess.run([HADOLINT, "--no-color", "Dockerfile"], cwd=ROOT, capture_output=True, text=True)
    assert (done.returncode, done.stdout + done.stderr) == (0, "")


def test_the_linter_would_say_something(tmp_path: Path) -> None:
    (tmp_path / "Dockerfile").write_text("FROM python:latest\nRUN cd /tmp && sudo pip install x\n")
    assert subprocess.run([HADOLINT, "Dockerfile"], cwd=tmp_path, capture_output=True).returncode == 1


def test_the_image_runs_as_nobody_in_particular_and_has_a_health_check() -> None:
    user, _, group = the("USER").partition(":")
    assert int(user) >= 1000
    assert int(group) >= 1000
    assert "/healthz" in the("HEALTHCHECK")
    words = [step.word for step in steps()]
    assert words.index("USER") < words.index("ENTRYPOINT")
    assert not [step for step in steps()[words.index("USER") :] if step.word in {"RUN", "COPY"}]


def test_the_image_has_python_as_new_as_it_needs() -> None:
    versions = {step.rest.split()[0] for step in steps() if step.word == "FROM"}
    assert len(versions) == 1
    found = re.fullmatch(r"python:3\.(\d+)-slim", versions.pop())
    assert found is not None
    assert int(found[1]) >= 11


def test_nothing_but_what_is_copied_is_sent_to_be_built() -> None:
    copied = {
        name for step in steps() if step.word == "COPY" and "--from" not in step.rest for name in step.rest.split()[:-1]
    }
    sent = {path.name for path in ROOT.iterdir() if not ignored(path.name)}
    assert sent == copied
    assert ignored(".env")
    assert ignored("src/zoomlink/__pycache__/errors.cpython-313.pyc")
    assert not ignored("src/zoomlink/errors.py")


def test_every_requirement_of_the_image_is_named_with_its_hashes() -> None:
    text = (ROOT / "requirements-service.txt").read_text(encoding="utf-8")
    entries = re.findall(
        r"^([a-z0-9-]+)==\S+(?: ; [^\\\n]*)? \\\n((?:    --hash=sha256:[0-9a-f]{64}(?: \\)?\n)+)", text, re.MULTILINE
    )
    named = re.findall(r"^([a-z0-9-]+)==", text, re.MULTILINE)
    assert [name for name, _ in entries] == named
    needed = {canonicalize_name(name) for name in closure(["zoomlink[service,postgres]"])}
    assert {"uv-build", *needed} - {"zoomlink"} == set(named)  # else: make lock
    assert "://" not in text


def test_the_composition_follows_the_rules_of_compose() -> None:
    compose_spec = import_module("compose_spec")
    found = composed()
    assert set(found["services"]) == {"service", "worker", "database"}
    compose_spec.PyCompose.from_json(json.dumps(found))
    found["services"]["worker"]["comand"] = found["services"]["worker"].pop("command")
    with pytest.raises(ValueError, match="comand"):
        compose_spec.PyCompose.from_json(json.dumps(found))


@pytest.mark.parametrize("name", ["service", "worker", "database"])
def test_each_container_starts_again_and_ends_in_peace(name: str) -> None:
    one = composed()["services"][name]
    assert one["restart"] == "unless-stopped"
    assert int(one["stop_grace_period"].removesuffix("s")) > 30  # what a worker waits for what is in flight
    assert one["security_opt"] == ["no-new-privileges:true"]
    assert "privileged" not in one


def test_each_container_has_a_health_check_and_waits_for_the_database() -> None:
    services = composed()["services"]
    assert "healthcheck" in services["worker"]
    assert "healthcheck" in services["database"]
    assert "healthcheck" not in services["service"]  # the image's own
    for name in ("service", "worker"):
        assert services[name]["depends_on"] == {"database": {"condition": "service_healthy"}}
        assert services[name]["read_only"] is True
        assert services[name]["cap_drop"] == ["ALL"]


def test_the_service_is_only_reached_from_this_machine_and_the_database_from_none() -> None:
    services = composed()["services"]
    assert services["service"]["ports"] == ["127.0.0.1:8000:8000"]
    assert "ports" not in services["database"]


def test_no_secret_stands_in_the_composition() -> None:
    for one in composed()["services"].values():
        for name, value in one["environment"].items():
            if "PASSWORD" in name or "SECRET" in name:
                assert re.fullmatch(r"\$\{[A-Z_]+:\?[^}]+\}", value), name


# -- what they do ------------------------------------------------------------------------------------------------------


class Image(NamedTuple):
    """A folder in which the image's steps were done."""

    root: Path
    environ: dict[str, str]
    user: dict[str, Any]

    def run(self, words: list[str], **environ: str) -> subprocess.CompletedProcess[str]:
        """Run a command to its end, as the image's user would."""
        return subprocess.run(self.command(words), **self.how(environ), capture_output=True, text=True, timeout=60)

    def command(self, words: list[str]) -> list[str]:
        """The command, found where the image has it."""
        found = shutil.which(words[0], path=self.environ["PATH"])
        assert found is not None, words[0]
        return [found, *words[1:]]

    def how(self, environ: dict[str, str]) -> dict[str, Any]:
        """As whom, where and with which environment."""
        return {"env": {**self.environ, **environ}, "cwd": self.root / "data", **self.user}


@pytest.fixture(scope="module")
def image() -> Iterator[Image]:
    """Do what the Dockerfile says, below a folder."""
    with tempfile.TemporaryDirectory(prefix="zoomlink-image-") as folder:
        root = Path(folder)
        root.chmod(0o755)
        user: dict[str, Any] = {}
        if os.geteuid() == 0:
            nobody = pwd.getpwnam("nobody")
            user = {"user": nobody.pw_uid, "group": nobody.pw_gid, "extra_groups": []}
        owner, group = user.get("user", os.getuid()), user.get("group", os.getgid())

        def here(text: str) -> str:
            for place in PLACES:
                text = re.sub(rf"(?<![\w.]){place}\b", f"{root}{place}", text)
            text = re.sub(r"(?<!\S)python(?= -m venv)", _everybodys_python(), text)
            text = re.sub(r"(?<!\S)python(?= -m pip)", sys.executable, text)
            text = text.replace(" --no-cache-dir", "")  # what was fetched before need not be again
            return text.replace("-o 10001 -g 10001", f"-o {owner} -g {group}")

        environ = {name: value for name, value in os.environ.items() if name not in {"VIRTUAL_ENV", "PYTHONPATH"}}
        (root / "src").mkdir()
        for step in steps():
            if step.word == "COPY" and step.stage == 0:
                *sources, target = step.rest.split()
                for source in sources:
                    _copied(source, root / "src" / target)
            elif step.word == "RUN":
                subprocess.run(["sh", "-euc", here(step.rest)], cwd=root / "src", env=environ, check=True, timeout=300)
        shutil.rmtree(root / "src")  # the last stage has only what it copies from the first
        own = {"PATH": os.defpath, "PYTHONWARNINGS": "error"}
        for setting in shlex.split(the("ENV")):
            name, _, value = setting.partition("=")
            own[name] = here(value).replace("$PATH", os.defpath)
        yield Image(root, own, user)


def _everybodys_python() -> str:
    """A Python that other users may run too: the one of these tests may lie in somebody's home."""
    for name in (sys.executable, *(f"/usr/bin/python3.{minor}" for minor in range(11, 20))):
        real = Path(name).resolve()
        if real.exists() and all(folder.stat().st_mode & 0o001 for folder in (real, *real.parents)):
            return str(real)
    raise RuntimeError("The steps of the image need a Python that every user may run: install one (Debian: python3).")


def _copied(source: str, target: Path) -> None:
    origin = ROOT / source
    if origin.is_file():
        shutil.copy(origin, target / source if target.is_dir() else target)
        return
    for path in sorted(origin.rglob("*")):
        name = path.relative_to(ROOT)
        if path.is_file() and not ignored(str(name)):
            (target / path.relative_to(origin)).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(path, target / path.relative_to(origin))


def test_the_command_of_the_image_starts_as_an_unprivileged_user(image: Image) -> None:
    entry = json.loads(the("ENTRYPOINT"))
    done = image.run([*entry, "--version"])
    assert (done.returncode, done.stdout.strip(), done.stderr) == (0, __version__, "")


def test_no_tool_that_builds_or_installs_is_left(image: Image) -> None:
    modules = ("pip", "setuptools", "wheel", "uv_build", "zoomlink", "zoomlink.service.app", "procrastinate", "psycopg")
    program = f"import importlib.util as u; print([m for m in {modules} if u.find_spec(m)])"
    done = image.run(["python", "-c", program])
    assert done.stdout.strip() == str(list(modules[4:]))
    names = {path.name for path in (image.root / "opt" / "zoomlink" / "bin").iterdir()}
    assert [name for name in names if name.startswith(("pip", "uv"))] == ["uvicorn"]


def test_the_service_of_the_image_is_healthy_and_stops_when_it_is_told_to(image: Image) -> None:
    port = str(free_port())
    command = image.command([*json.loads(the("ENTRYPOINT")), *json.loads(the("CMD")), "--port", port])
    check = json.loads(the("HEALTHCHECK").partition("CMD ")[2])
    check = [word.replace(":8000/", f":{port}/") for word in check]
    assert image.run(check).returncode == 1  # nothing is there yet
    environ = dict.fromkeys(("ZOOM_ACCOUNT_ID", "ZOOM_CLIENT_ID", "ZOOM_CLIENT_SECRET"), "-")
    with tempfile.TemporaryFile() as said:
        service = subprocess.Popen(command, **image.how(environ), stdout=said, stderr=said)
        try:
            end = time.monotonic() + 30
            while image.run(check).returncode:
                assert service.poll() is None, said.seek(0) or said.read()
                assert time.monotonic() < end
            with urllib.request.urlopen(f"http://127.0.0.1:{port}/healthz") as answer:
                assert answer.status == 200
        finally:
            service.send_signal(signal.SIGTERM)
        assert service.wait(30) in {0, -signal.SIGTERM}
    assert (image.root / "data" / "zoomlink" / "ledger.db").exists()


def test_the_worker_of_the_composition_is_alive_by_its_own_check(image: Image, tmp_path_factory: Any) -> None:
    one = composed()["services"]["worker"]
    alive = str(image.root / "data" / "alive")
    command = [word.replace("/tmp/alive", alive) for word in ["zoomlink", *one["command"]]]
    check = [word.replace("/tmp/alive", alive) for word in one["healthcheck"]["test"][1:]]
    assert image.run(check).returncode == 1
    environ = dict.fromkeys(("ZOOM_ACCOUNT_ID", "ZOOM_CLIENT_ID", "ZOOM_CLIENT_SECRET"), "-")
    worker = subprocess.Popen(image.command(command), **image.how(environ), stderr=subprocess.DEVNULL)
    try:
        end = time.monotonic() + 30
        while image.run(check).returncode:
            assert worker.poll() is None
            assert time.monotonic() < end
    finally:
        worker.send_signal(signal.SIGTERM)
    assert worker.wait(40) == 0
