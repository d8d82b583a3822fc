"""The command that runs the HTTP service and the page."""

from __future__ import annotations

import os
import sys
from typing import Any

from zoomlink.cli.options import Sandbox
from zoomlink.cli.output import say
from zoomlink.errors import ConfigurationError

__all__ = ["page", "serve"]


def serve(
    *, bind: str = "127.0.0.1", port: int = 8000, https: bool = False, verbose: bool = False, sandbox: Sandbox = False
) -> int:
    """Run the HTTP service, with the page, until it is stopped.

    Parameters
    ----------
    bind
        The address to listen at; 0.0.0.0 lets other machines in: put a proxy that speaks TLS before it then.
    port
        The port; 0 takes any that is free.
    https
        It is reached by https, through a proxy: browsers shall insist on it.
    verbose
        Log each request at a terminal too; without one it is always logged.
    """
    serving = _service()
    from zoomlink.service.logs import set_up

    if sandbox:
        os.environ["ZOOMLINK_SANDBOX"] = "1"
    set_up(quiet=sys.stderr.isatty() and not verbose)

    def told(address: str, entrance: str) -> None:
        sys.stdout.write(f"zoomlink answers at {address}\nThe page, once: {entrance}\n")
        sys.stdout.flush()
        more = " --sandbox" if sandbox else ""
        say(f"Keys for programs: zoomlink keys create NAME --scopes links:read,links:write{more}    Stop: Ctrl-C")

    serving.serve(bind, port, https=https, told=told)
    return 0


def page(*, url: str = "http://127.0.0.1:8000", sandbox: Sandbox = False) -> int:
    """Print an address that opens the page of a running service, once, within an hour.

    Parameters
    ----------
    url
        Where the service is.
    """
    from zoomlink.cli.common import at_desk
    from zoomlink.service.sessions import new_visit

    with at_desk(sandbox=sandbox) as desk:
        code, op = new_visit()
        desk.do(op)
    sys.stdout.write(f"{url.rstrip('/')}/enter?code={code}\n")
    return 0


def _service() -> Any:
    try:
        from zoomlink.service import serving
    except ModuleNotFoundError as error:
        raise ConfigurationError(
            f"The service needs {error.name}, which is not installed.", hint="pip install 'zoomlink[service]'"
        ) from None
    return serving
