"""``make bench``: prints what was measured, side by side. ``python -m benchmarks NAME …`` runs only some."""

from __future__ import annotations

import sys

from rich.console import Console
from rich.table import Table

from benchmarks import batches, cold, creating, ledger, machines, pool, sandbox, service

console = Console(width=110)


def show(title: str, columns: tuple[str, ...], rows: list[tuple[str, ...]], note: str) -> None:
    """Print one table."""
    table = Table(title=title, title_justify="left", caption=note, caption_justify="left")
    for number, column in enumerate(columns):
        table.add_column(column, justify="left" if number == 0 else "right")
    for row in rows:
        table.add_row(*row)
    console.print(table, "")


def bench_creating() -> None:
    """Links by client."""
    with console.status("making links against a sandbox with 100 ms latency"):
        rows = creating.table(creating.measure())
    show(
        "Making links, 100 ms away from Zoom",
        ("way", "links/s", "requests per link", "CPU ms per link", "speed", "CPU"),
        rows,
        "speed: against the tutorials' way; CPU: against raw httpx2. Requests per link without the client's one token.",
    )


def bench_cold() -> None:
    """The command as a process."""
    with console.status("starting processes"):
        rows = cold.table(cold.measure())
    show(
        "One link from a cold start, whole process",
        ("way", "wall ms", "CPU ms", "wall", "CPU"),
        rows,
        "100 ms away from Zoom; the ledger keeps the token and the host's meetings, so later processes ask for neither",
    )


def bench_sandbox() -> None:
    """The local Zoom."""
    with console.status("loading the sandbox"):
        rows = sandbox.measure()
    show(
        "The sandbox, limits off", ("what", "measured", "aim"), rows, "one server process; the load is another process"
    )


def bench_ledger() -> None:
    """What remembering costs."""
    with console.status(f"filling a ledger with {ledger.LINKS:,} links, then making some"):
        rows = ledger.table(ledger.measure())
    show(
        "The ledger on SQLite",
        ("median of a turn", "wall ms", "CPU ms", "ratio", "aim"),
        rows,
        "a sandbox without latency; every commit is synced to the disk",
    )


def bench_pool() -> None:
    """The host pool."""
    with console.status("choosing hosts and planning batches"):
        rows: list[tuple[str, ...]] = list(pool.measure())
    show("The host pool", ("what", "measured", "aim"), rows, "pure code: no database, no network")


def bench_service() -> None:
    """The HTTP service."""
    with console.status("loading the service"):
        rows = service.measure()
    show(
        "The HTTP service on SQLite, limits off",
        ("what", "measured", "aim"),
        rows,
        "service, sandbox and load share the machine",
    )


def bench_machines() -> None:
    """Workers on one PostgreSQL."""
    with console.status("letting one worker work, and four"):
        rows = machines.measure()
    show(
        "Many machines",
        ("what", "measured", "ratio", "aim"),
        rows,
        f"{machines.HANDS} links at a time in each worker; workers, PostgreSQL and sandbox share this machine",
    )


def bench_batches() -> None:
    """Many links from one file."""
    with console.status(f"planning a file of {batches.ROWS:,} rows, making links, killing who makes them"):
        rows = batches.measure()
    show(
        "A batch on SQLite",
        ("what", "measured", "aim"),
        rows,
        "a sandbox as a process of its own; every commit is synced to the disk",
    )


ALL = {
    "creating": bench_creating,
    "cold": bench_cold,
    "ledger": bench_ledger,
    "sandbox": bench_sandbox,
    "pool": bench_pool,
    "batches": bench_batches,
    "service": bench_service,
    "machines": bench_machines,
}


def main(names: list[str]) -> int:
    """Run the named benchmarks, or all."""
    unknown = [name for name in names if name not in ALL]
    if unknown:
        print(f"no benchmark {', '.join(unknown)}; there are {', '.join(ALL)}")
        return 2
    for name in names or ALL:
        ALL[name]()
    return 0


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
