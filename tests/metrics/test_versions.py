"""The version of a definition changes with the definition and with nothing else."""

import subprocess
import sys
from dataclasses import replace
from decimal import Decimal

import pytest

from huasuan.app.catalogue import catalogue_json
from huasuan.kernel.text import Text
from huasuan.metrics import versions
from huasuan.metrics.catalogue import METRICS
from huasuan.metrics.language import Bands, Base, Combined, CostBase, Metric, Ratio
from huasuan.metrics.versions import version_of


def base(key: str) -> Base:
    """A counted metric of the catalogue."""
    metric = METRICS[key]
    assert isinstance(metric, Base)
    return metric


def ratio(key: str) -> Ratio:
    """A quotient of the catalogue."""
    metric = METRICS[key]
    assert isinstance(metric, Ratio)
    return metric


def _changed() -> list[tuple[str, Metric]]:
    dials, missed, roi = base("dials"), ratio("missed_rate"), ratio("roi")
    stricter = replace(dials, where=(*dials.where, "ring_seconds > 0"))
    net = METRICS["revenue_net"]
    spent = METRICS["total_cost"]
    assert isinstance(net, Combined)
    assert isinstance(spent, CostBase)
    return [
        ("dials", stricter),
        ("dials", replace(dials, distinct="contact_id")),
        ("dials", replace(dials, event_day="started_at")),
        ("missed_rate", replace(missed, denominator=stricter)),
        ("missed_rate", replace(missed, unit="ratio")),
        ("missed_rate", replace(missed, least=5)),
        ("roi", replace(roi, scale=(100, 1))),
        ("revenue_net", replace(net, terms=tuple((-sign, term) for sign, term in net.terms))),
        ("total_cost", replace(spent, kinds=("ads",))),
    ]


@pytest.mark.parametrize(("key", "changed"), _changed())
def test_another_definition_is_another_version(key: str, changed: Metric) -> None:
    assert version_of(changed) != version_of(METRICS[key])


def test_a_change_inside_changes_what_is_made_of_it() -> None:
    missed = ratio("missed_rate")
    part = missed.numerator
    assert isinstance(part, Base)
    deeper = replace(missed, numerator=replace(part, where=(*part.where, "in_hours")))
    assert version_of(deeper) != version_of(missed)


def test_words_bands_and_the_order_of_conditions_change_nothing() -> None:
    dials, missed = base("dials"), ratio("missed_rate")
    about = replace(dials.about, meaning=Text(zh="另一种说法", en="said otherwise"))
    assert version_of(replace(dials, about=about)) == version_of(dials)
    assert version_of(replace(dials, where=dials.where[::-1])) == version_of(dials)
    assert version_of(replace(missed, bands=Bands(fault_above=Decimal("0.2")))) == version_of(missed)


def test_another_derivation_is_another_version(monkeypatch: pytest.MonkeyPatch) -> None:
    dials = base("dials")
    before = version_of(dials)
    version_of.cache_clear()
    monkeypatch.setattr(versions, "LAYOUT", versions.LAYOUT + 1)
    assert version_of(dials) != before
    version_of.cache_clear()


def test_metrics_differ_and_another_run_says_the_same() -> None:
    told = {metric["key"]: metric["version"] for metric in catalogue_json()["metrics"]}
    assert told == {key: version_of(metric) for key, metric in METRICS.items()}
    counted = [version_of(metric) for metric in METRICS.values()]
    assert len(set(counted)) == len(counted)
    program = (
        "from huasuan.metrics.catalogue import METRICS; from huasuan.metrics.versions import version_of; "
        "print(version_of(METRICS['roi']))"
    )
    again = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert again.stdout.strip() == told["roi"]
