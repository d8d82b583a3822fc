"""A Python environment with exactly what ``pip install`` of some requirements would bring, without asking an index.

zoomlink is in it as its wheel has it. It links to the other packages of the environment that runs the tests; what no
requirement asks for cannot be imported in it.
"""

from __future__ import annotations

import atexit
import compileall
import importlib.metadata
import os
import re
import shutil
import subprocess
import sys
import tempfile
import tomllib
import venv
import zipfile
from functools import cache
from pathlib import Path

from packaging.requirements import Requirement

ROOT = Path(__file__).resolve().parents[2]
SCRIPT = """\
#!{python}
import sys
from {module} import {name}
sys.exit({call}())
"""


def fresh(requirements: list[str], folder: Path) -> Path:
    """Make the environment in `folder` and return its folder of commands. ``/path/to/zoomlink[flask]`` and ``.[flask]``
    are zoomlink, from its folder.
    """
    requirements = [re.sub(r"^(.*/zoomlink|\.)(?=\[|$)", "zoomlink", line) for line in requirements]
    venv.create(folder, symlinks=True)
    packages = folder / "lib" / f"python{sys.version_info.major}.{sys.version_info.minor}" / "site-packages"
    programs = folder / "bin"
    for name in sorted(closure(requirements)):
        found, tops = unpacked(name)
        for top in tops:
            link = packages / top.name
            if top.name != "__pycache__" and not link.exists():
                link.symlink_to(top)
        for entry in found.entry_points.select(group="console_scripts"):
            script = SCRIPT.format(
                python=programs / "python", module=entry.module, name=entry.attr.partition(".")[0], call=entry.attr
            )
            (programs / entry.name).write_text(script, encoding="utf-8")
            (programs / entry.name).chmod(0o755)
    return programs


def unpacked(name: str) -> tuple[importlib.metadata.Distribution, set[Path]]:
    """A distribution, and what of it stands in a folder of packages."""
    if name == "zoomlink":
        folder = wheel()
        return importlib.metadata.Distribution.at(next(folder.glob("*.dist-info"))), set(folder.iterdir())
    found = importlib.metadata.distribution(name)
    tops = {file.parts[0] for file in found.files or ()} - {".."}
    return found, {Path(str(found.locate_file(top))) for top in tops}


@cache
def wheel() -> Path:
    """A folder with what zoomlink's wheel holds, compiled as pip does."""
    folder = Path(tempfile.mkdtemp(prefix="zoomlink-wheel-"))
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    build = "import sys, uv_build; uv_build.build_wheel(sys.argv[1])"
    environ = {**os.environ, "PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}"}
    subprocess.run([sys.executable, "-c", build, folder], cwd=ROOT, env=environ, check=True, capture_output=True)
    with zipfile.ZipFile(next(folder.glob("*.whl"))) as packed:
        packed.extractall(folder / "unpacked")
    compileall.compile_dir(folder / "unpacked", quiet=2)
    return folder / "unpacked"


def closure(requirements: list[str]) -> set[str]:
    """The names of all distributions these requirements bring."""
    seen: set[tuple[str, str]] = set()
    waiting = [Requirement(line) for line in requirements]
    names: set[str] = set()
    while waiting:
        one = waiting.pop()
        names.add(one.name)
        for extra in ("", *sorted(one.extras)):
            if (one.name, extra) in seen:
                continue
            seen.add((one.name, extra))
            waiting += [
                inner
                for inner in needed_by(one.name, extra)
                if inner.marker is None or inner.marker.evaluate({"extra": extra})
            ]
    return names


def needed_by(name: str, extra: str) -> list[Requirement]:
    if name == "zoomlink":  # as the source says, not as it was when it was installed
        project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
        lines = project["optional-dependencies"][extra] if extra else project["dependencies"]
    else:
        lines = importlib.metadata.requires(name) or []
    return [Requirement(line) for line in lines]
