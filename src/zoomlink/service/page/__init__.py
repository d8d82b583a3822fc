"""The web page: server-rendered, small scripts on top, nothing from elsewhere."""

from __future__ import annotations

from fastapi import APIRouter

from zoomlink.service.page import batches, entering, home, hosts, links, reference

__all__ = ["router"]

router = APIRouter()
for _part in (entering, home, links, hosts, batches, reference):
    router.include_router(_part.router)
