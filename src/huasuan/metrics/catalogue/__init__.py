"""Every metric of huasuan, each defined once. A new one is written in the file of its subject and nowhere else."""

from huasuan.metrics.catalogue import calls, deals, leads, money, people, results
from huasuan.metrics.language import Metric, catalogue

METRICS: dict[str, Metric] = catalogue(
    [*calls.METRICS, *results.METRICS, *people.METRICS, *leads.METRICS, *deals.METRICS, *money.METRICS]
)
