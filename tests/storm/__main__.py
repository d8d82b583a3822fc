"""``python -m tests.storm NAME [--full] [--seed N]``: one storm after another, each with its verdict."""

from __future__ import annotations

import argparse
import sys

from tests.storm import forms


def main() -> int:
    """Run what was named; 1 when anything was violated."""
    parser = argparse.ArgumentParser(prog="python -m tests.storm", description="Try zoomlink against a local Zoom.")
    parser.add_argument("names", nargs="*", metavar="NAME", help=f"of {', '.join(forms.ALL)}; default: all")
    parser.add_argument("--full", action="store_true", help="the long form")
    parser.add_argument("--seed", type=int, default=1)
    given = parser.parse_args()
    unknown = [name for name in given.names if name not in forms.ALL]
    if unknown:
        parser.error(f"there is no {', '.join(unknown)}")
    failed = False
    for name in given.names or forms.ALL:
        verdict = forms.run(name, given.full, given.seed)
        failed = failed or bool(verdict.violations)
        print(verdict, flush=True)
    return int(failed)


if __name__ == "__main__":
    sys.exit(main())
