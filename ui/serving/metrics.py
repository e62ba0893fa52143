"""Prometheus metrics: requests, their time, and what the process takes of the machine."""

from prometheus_client import (
    CONTENT_TYPE_LATEST,
    CollectorRegistry,
    Counter,
    GCCollector,
    Histogram,
    ProcessCollector,
    generate_latest,
)
from starlette.requests import Request
from starlette.responses import Response

SECONDS = (0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60)


class Metrics:
    """What `/metrics` shows."""

    def __init__(self):
        self.registry = CollectorRegistry()
        ProcessCollector(registry=self.registry)
        GCCollector(registry=self.registry)
        labels = ("method", "address")
        self.requests = Counter(
            "captioner_requests", "Requests, by how they ended", (*labels, "status"), registry=self.registry
        )
        self.seconds = Histogram(
            "captioner_request_seconds", "Time of requests", labels, buckets=SECONDS, registry=self.registry
        )

    def tell(self, method: str, address: str, status: int, seconds: float) -> None:
        self.requests.labels(method, address, status).inc()
        self.seconds.labels(method, address).observe(seconds)

    def show(self, request: Request) -> Response:
        return Response(generate_latest(self.registry), media_type=CONTENT_TYPE_LATEST)
