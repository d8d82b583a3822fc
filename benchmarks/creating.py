"""Links per second, requests and CPU per link: the tutorials' way, a bare HTTP client, ZoomClient, AsyncZoomClient.

All against one sandbox with 100 ms latency and no limits, in one run and turn by turn, so that what slows the machine
slows them all.
"""

from __future__ import annotations

import asyncio
import os
import statistics
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import httpx2

from benchmarks.article import create_meeting as article_create
from benchmarks.local_zoom import local_zoom, requests_seen, reset
from zoomlink import AsyncZoomClient, Settings, ZoomClient

if TYPE_CHECKING:
    from collections.abc import Callable

ROUNDS = 3
LATENCY_MS = 100
TOGETHER = 32


@dataclass
class Way:
    """One way of making links, and what was measured of it."""

    name: str
    run: Callable[[dict[str, str], int], None]
    links: int
    tokens: int
    """Requests that are not per link: tokens of a client that keeps them."""
    rates: list[float]
    cpus: list[float]
    requests: list[float]


def article(environ: dict[str, str], links: int) -> None:
    """The tutorials' way: everything anew for every meeting."""
    os.environ.update(environ)
    for number in range(links):
        article_create(f"Meeting {number}", "60", "2031-12-01", "18:24")


def raw(environ: dict[str, str], links: int) -> None:
    """A bare httpx2 client with one connection and one token: what hand-written code can reach one at a time."""
    with httpx2.Client() as http:
        pair = (environ["ZOOM_CLIENT_ID"], environ["ZOOM_CLIENT_SECRET"])
        form = {"grant_type": "account_credentials", "account_id": environ["ZOOM_ACCOUNT_ID"]}
        token = http.post(environ["ZOOM_OAUTH_URL"] + "/oauth/token", auth=pair, data=form).json()["access_token"]
        for number in range(links):
            body: dict[str, Any] = {
                "topic": f"Meeting {number}",
                "type": 2,
                "start_time": "2031-12-01T21:24:00Z",
                "timezone": "America/Sao_Paulo",
                "duration": 60,
            }
            answer = http.post(
                environ["ZOOM_API_URL"] + "/v2/users/me/meetings",
                headers={"Authorization": f"Bearer {token}"},
                json=body,
            )
            assert answer.status_code == 201
            answer.json()["join_url"]


def sync(environ: dict[str, str], links: int) -> None:
    """ZoomClient, one at a time."""
    with ZoomClient(Settings.from_env(environ)) as zoom:
        for number in range(links):
            zoom.meetings.create(
                "me", topic=f"Meeting {number}", start="2031-12-01 18:24", timezone="America/Sao_Paulo"
            )


def concurrent(environ: dict[str, str], links: int) -> None:
    """AsyncZoomClient, 32 at once."""

    async def main() -> None:
        async with AsyncZoomClient(Settings.from_env(environ)) as zoom:
            gate = asyncio.Semaphore(TOGETHER)

            async def one(number: int) -> None:
                async with gate:
                    await zoom.meetings.create(
                        "me", topic=f"Meeting {number}", start="2031-12-01 18:24", timezone="America/Sao_Paulo"
                    )

            await asyncio.gather(*(one(number) for number in range(links)))

    asyncio.run(main())


def measure() -> list[Way]:
    """Run all ways in turn, a few rounds."""
    ways = [
        Way("the tutorials' way (requests)", article, 15, 0, [], [], []),
        Way("raw httpx2, one at a time", raw, 30, 1, [], [], []),
        Way("ZoomClient, one at a time", sync, 30, 1, [], [], []),
        Way("AsyncZoomClient, 32 at once", concurrent, 480, 1, [], [], []),
    ]
    with local_zoom("--latency", str(LATENCY_MS)) as environ:
        for way in ways:
            way.run(environ, 2)  # import, compile, warm up
        for _ in range(ROUNDS):
            for way in ways:
                reset(environ)
                started, cpu = time.perf_counter(), time.process_time()
                way.run(environ, way.links)
                way.rates.append(way.links / (time.perf_counter() - started))
                way.cpus.append((time.process_time() - cpu) * 1000 / way.links)
                way.requests.append((requests_seen(environ) - way.tokens) / way.links)
    return ways


def table(ways: list[Way]) -> list[tuple[str, ...]]:
    """Rows for people: medians, and ratios to the tutorials' way and to raw httpx2."""
    base = statistics.median(ways[0].rates)
    bare = statistics.median(ways[1].cpus)
    rows: list[tuple[str, ...]] = []
    for way in ways:
        rate, cpu = statistics.median(way.rates), statistics.median(way.cpus)
        rows.append(
            (
                way.name,
                f"{rate:.1f}",
                f"{statistics.median(way.requests):.2f}",
                f"{cpu:.2f}",
                f"{rate / base:.2f} ×",
                f"{cpu / bare:.2f} ×",
            )
        )
    return rows
