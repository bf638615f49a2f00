"""What Prometheus can see of a running service."""

from collections.abc import Callable, Iterator

from prometheus_client import CollectorRegistry, Counter, Histogram
from prometheus_client.core import GaugeMetricFamily
from prometheus_client.registry import Collector

from huasuan.app.answers import Lag

_SECONDS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0)


class Gauges:
    """Counters of one process; no workspace, name or number ever appears in them."""

    def __init__(self, lag: Callable[[], Lag]) -> None:
        self.registry = CollectorRegistry()
        self.taken = Counter(
            "huasuan_intake_records_total", "Records answered by the intake", ["kind", "status"], registry=self.registry
        )
        self.requests = Histogram(
            "huasuan_http_request_seconds",
            "Time to answer a request",
            ["method", "route", "status"],
            registry=self.registry,
            buckets=_SECONDS,
        )
        self.rounds = Counter(
            "huasuan_projector_rounds_total", "Rounds of the projector", ["outcome"], registry=self.registry
        )
        self.registry.register(_LagCollector(lag))


class _LagCollector(Collector):
    """Reads the lag when Prometheus asks, so that a stalled projector shows as growing and not as old news."""

    def __init__(self, lag: Callable[[], Lag]) -> None:
        self._lag = lag

    def describe(self) -> list[GaugeMetricFamily]:
        """What there will be, without measuring it."""
        return [_gauge("seconds"), _gauge("rows")]

    def collect(self) -> Iterator[GaugeMetricFamily]:
        """Measure now."""
        lag = self._lag()
        yield _gauge("seconds", lag.seconds)
        yield _gauge("rows", float(lag.rows))


def _gauge(unit: str, value: float | None = None) -> GaugeMetricFamily:
    texts = {
        "seconds": "Seconds since the warehouse last equalled the store; 0 when it does",
        "rows": "Rows of the store the warehouse has not taken over yet",
    }
    return GaugeMetricFamily(f"huasuan_projector_lag_{unit}", texts[unit], value=value)
