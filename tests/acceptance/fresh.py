"""A Python environment with exactly what ``pip install`` of some requirements would bring, without asking an index.

It links to the packages of the environment that runs the tests; what no requirement asks for cannot be imported in it.
"""

from __future__ import annotations

import importlib.metadata
import re
import sys
import tomllib
import venv
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
        found = importlib.metadata.distribution(name)
        for file in found.files or ():
            top = file.parts[0]
            link = packages / top
            if top not in {"..", "__pycache__"} and not link.exists():
                link.symlink_to(Path(str(found.locate_file(top))))
        for entry in found.entry_points.select(group="console_scripts"):
            script = SCRIPT.format(
                python=programs / "python", module=entry.module, name=entry.attr.partition(".")[0], call=entry.attr
            )
            (programs / entry.name).write_text(script, encoding="utf-8")
            (programs / entry.name).chmod(0o755)
    # Ours as it is here, whatever the installed one points to.
    (packages / "zoomlink.pth").unlink(missing_ok=True)
    for own in ("zoomlink", "zoomsandbox"):
        if not (packages / own).exists():
            (packages / own).symlink_to(ROOT / "src" / own)
    return programs


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
