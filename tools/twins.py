"""Makes the async twin of a sync shell: the same text with async and await, by a short list of rules.

    python tools/twins.py           write the twins
    python tools/twins.py --check   fail if one is out of date

The shells hold no decisions (those stand in flows), so a list of words is all it takes. A rule that is never used is
an error: the list can only shrink to what is true.
"""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
TWINS = {
    "src/zoomlink/client/sync_client.py": "src/zoomlink/client/async_client.py",
    "src/zoomlink/client/meeting_resources.py": "src/zoomlink/client/async_meeting_resources.py",
    "src/zoomlink/client/people_resources.py": "src/zoomlink/client/async_people_resources.py",
    "src/zoomlink/links/desk.py": "src/zoomlink/links/async_desk.py",
    "src/zoomlink/webhooks/receiver.py": "src/zoomlink/webhooks/async_receiver.py",
}
RULES: tuple[tuple[str, str], ...] = (
    (r"\bZoomClient: Zoom itself, for threads", "AsyncZoomClient: Zoom itself, for tasks"),
    (
        r"\n`(async_\w+\.py)` is made from this file by ``make twins``: change this one.\n",
        "\nMade from its sync twin by ``make twins``: change that one.\n",
    ),
    (r"for threads\. (?=One line per operation)", "for tasks. "),
    (r"zoomlink\.client\.sync_client\b", "zoomlink.client.async_client"),
    (r"zoomlink\.client\.(?=\w+_resources\b)", "zoomlink.client.async_"),
    (r"\bZoomClient\b", "AsyncZoomClient"),
    (r"LinkDesk: issues links exactly once, for threads", "AsyncLinkDesk: issues links exactly once, for tasks"),
    (r"Webhooks: takes Zoom's events in and works them off, for threads", "AsyncWebhooks: the same, for tasks"),
    (r"zoomlink\.links\.desk\b", "zoomlink.links.async_desk"),
    (r"(?<!Async)\bWebhooks(?=[:\"])", "AsyncWebhooks"),
    (r"One desk serves many threads", "One desk serves many tasks"),
    (r"\bLinkDesk\b", "AsyncLinkDesk"),
    (r"(?<![.\w])(Meetings|Registrants|Past|Templates|Users)(?=[\":(),\n])", r"Async\1"),
    (r"\bSystemClock\b", "SystemAsyncClock"),
    (r"\bHTTPSender\b", "HTTPAsyncSender"),
    (r"\bMemoryTokens\b", "AsyncMemoryTokens"),
    (r"\bTokenSource\b", "AsyncTokenSource"),
    (r"(?<!Async)\bSender\b", "AsyncSender"),
    (r"(?<!Async)\bClock\b", "AsyncClock"),
    (
        r"(?<!@cached_property\n    )(?<!@classmethod\n    )\bdef (?!__|iterate|as_owner|store|_now|_call)(?=\w+\()",
        "async def ",
    ),
    (r"\bIterator\b", "AsyncIterator"),
    (r"yield from self\.run\((.*)\)\n", r"for item in self.run(\1):\n                yield item\n"),
    (r"\bself\._client\.run\(", "await self._client.run("),
    (r"\bself\.run\(", "await self.run("),
    (r"\bself\.desk\.run\(", "await self.desk.run("),
    (r"\bself\.(carry_out|_carry_out|do|_row)\(", r"await self.\1("),
    (r"links\.base import between, ", "links.base import between, carried, in_thread, "),
    (r"\bself\.zoom\.carry_out\(", "await self.zoom.carry_out("),
    (r"\bself\.zoom\.close\(", "await self.zoom.aclose("),
    (r"\bself\._store\.carry_out\(", r"await carried(self._store, "),
    (r"\bself\._store\.close\(", r"await in_thread(self._store.close, "),
    (r"\bself\._sender\.send\(", "await self._sender.send("),
    (r"\bself\._sender\.close\(", "await self._sender.aclose("),
    (r"\bself\._tokens\.get\(", "await self._tokens.get("),
    (r"\bself\._clock\.sleep\(", "await self._clock.sleep("),
    (r"\basync def close\(", "async def aclose("),
    (r"\bself\.close\(", "await self.aclose("),
    (r"\bdef __enter__", "async def __aenter__"),
    (r"\bdef __exit__", "async def __aexit__"),
    (r"in a ``with`` block", "in an ``async with`` block"),
)


def twin(source: str, used: set[str]) -> str:
    """Return the async text of a sync shell; adds the rules it used to `used`."""
    text = source
    for pattern, replacement in RULES:
        text, count = re.subn(pattern, replacement, text)
        if count:
            used.add(pattern)
    return text


def main(arguments: list[str]) -> int:
    """Write or check all twins."""
    used: set[str] = set()
    stale = []
    ruff = [sys.executable, "-m", "ruff"]
    for source, target in TWINS.items():
        text = twin((ROOT / source).read_text(), used)
        for step in (["check", "--quiet", "--select", "I", "--fix"], ["format", "--quiet"]):
            done = subprocess.run(
                [*ruff, *step, "--stdin-filename", target, "-"],
                input=text,
                text=True,
                capture_output=True,
                cwd=ROOT,
                check=True,
            )
            text = done.stdout
        path = ROOT / target
        if not path.exists() or path.read_text() != text:
            stale.append(target)
            if "--check" not in arguments:
                path.write_text(text)
    unused = [pattern for pattern, _ in RULES if pattern not in used]
    if unused:
        print("rules that nothing uses:", *unused, sep="\n  ")
        return 1
    if stale and "--check" in arguments:
        print("out of date, run `make twins`:", *stale)
        return 1
    return 0


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
