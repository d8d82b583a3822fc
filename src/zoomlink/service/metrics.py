"""What is counted and measured, for Prometheus. A registry for each app, so that tests share nothing."""

from __future__ import annotations

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, generate_latest

__all__ = ["Metrics"]

_SECONDS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10)


class Metrics:
    """The service's numbers."""

    def __init__(self) -> None:
        self.registry = CollectorRegistry()
        self.requests = Counter(
            "zoomlink_http_requests_total", "Requests answered.", ("method", "route", "status"), registry=self.registry
        )
        self.seconds = Histogram(
            "zoomlink_http_request_seconds",
            "Time to answer.",
            ("method", "route"),
            buckets=_SECONDS,
            registry=self.registry,
        )
        self.running = Gauge("zoomlink_http_requests_running", "Requests being answered.", registry=self.registry)
        self.refused = Counter(
            "zoomlink_http_refused_total",
            "Requests refused early: too much came at once.",
            registry=self.registry,
        )
        self.outcomes = Counter(
            "zoomlink_outcomes_total", "What requests for links came to.", ("outcome",), registry=self.registry
        )
        self.settled = Counter(
            "zoomlink_settled_total",
            "Links gone on with in the background, by what they came to.",
            ("state",),
            registry=self.registry,
        )
        self.events = Counter(
            "zoomlink_webhook_events_total", "Events received from Zoom.", ("event",), registry=self.registry
        )
        self.links = Gauge("zoomlink_links", "Links in the ledger.", ("account", "state"), registry=self.registry)
        self.quota = Gauge(
            "zoomlink_host_writes_left",
            "Meetings a host may still be given or changed today.",
            ("account", "host"),
            registry=self.registry,
        )

    def text(self) -> bytes:
        """All numbers in the form that Prometheus reads."""
        return generate_latest(self.registry)
