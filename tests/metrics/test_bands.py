"""When a figure is good and when it points to a fault (S2-18, S2-19, S2-55)."""

from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from golden.small import dial, small_business
from huasuan.kernel.errors import InvalidInput
from huasuan.kernel.text import Text
from huasuan.metrics.answers import answer_json, band_of
from huasuan.metrics.catalogue import METRICS
from huasuan.metrics.fragments import DefinitionError
from huasuan.metrics.language import Bands, Ratio
from huasuan.metrics.question import Figure, Range, Sure
from huasuan.people import WorkspaceSettings


def judged(metric: str, value: str | None, ends: tuple[str, str] | None = None) -> str | None:
    """The band of a figure of the catalogue."""
    found = METRICS[metric]
    assert isinstance(found, Ratio)
    assert found.bands is not None
    figure = Figure(None if value is None else Decimal(value), 1, 2, 3, None if value else Text(zh="无", en="none"))
    if ends is None:
        return band_of(found.bands, figure, None)
    interval = Range(low=Decimal(ends[0]), high=Decimal(ends[1]), method="wilson")
    return band_of(found.bands, figure, Sure(interval=interval, reason=None, small=False, shrunken=None))


@pytest.mark.parametrize(
    ("metric", "value", "band"),
    [
        ("target_call_share", "0.61", "good"),
        ("target_call_share", "0.60", "watch"),
        ("target_call_share", "0.50", "watch"),
        ("target_call_share", "0.49", "fault"),
        ("missed_rate", "0.14", "good"),
        ("missed_rate", "0.141", "fault"),
        ("missed_rate", None, None),
    ],
)
def test_the_limits_of_the_canon(metric: str, value: str | None, band: str | None) -> None:
    assert judged(metric, value) == band


@pytest.mark.parametrize(
    ("metric", "ends", "band"),
    [
        ("target_call_share", ("0.61", "0.70"), "good"),
        ("target_call_share", ("0.58", "0.70"), "watch"),
        ("target_call_share", ("0.45", "0.51"), "watch"),
        ("target_call_share", ("0.40", "0.49"), "fault"),
        ("missed_rate", ("0.13", "0.20"), "watch"),
        ("missed_rate", ("0.15", "0.20"), "fault"),
        ("missed_rate", ("0.05", "0.14"), "good"),
    ],
)
def test_with_an_interval_only_all_of_it_counts(metric: str, ends: tuple[str, str], band: str) -> None:
    middle = (Decimal(ends[0]) + Decimal(ends[1])) / 2
    assert judged(metric, str(middle), ends) == band


def test_a_band_has_two_sides() -> None:
    talk = Bands(fault_below=Decimal(60), fault_above=Decimal(300))
    assert [talk.judge(Decimal(n), Decimal(n)) for n in (59, 60, 300, 301)] == ["fault", "good", "good", "fault"]
    assert talk.judge(Decimal(50), Decimal(400)) == "watch"


@pytest.mark.parametrize("limits", [{}, {"good_above": Decimal(1), "fault_below": Decimal(2)}])
def test_bands_that_contradict_themselves_are_refused(limits: dict[str, Any]) -> None:
    with pytest.raises(DefinitionError):
        Bands(**limits)


def test_the_talk_time_of_a_script_has_two_sides(sqlite_template: Path, tmp_path: Path) -> None:
    """Script a: 100 s on average, b: 40 s, c: 300 s; only a and b have bands."""
    settings = WorkspaceSettings().changed({"talk_bands": "a=60-180, b = 60-180"})
    with small_business(sqlite_template, tmp_path, settings) as small:
        talks = {"a": 100, "b": 40, "c": 300}
        small.give("call", *(dial(s, "2025-07-01 09:00", talk=t, script_version=s) for s, t in talks.items()))
        told = answer_json(small.answer("talk_time_avg", by=("script_version",)))
        bands = {row["by"]["script_version"]: row["values"]["talk_time_avg"].get("band") for row in told["rows"]}
        assert bands == {"a": "good", "b": "fault", "c": None}
        alone = answer_json(small.answer("talk_time_avg", where={"script_version": ("b",)}))
        assert alone["rows"][0]["values"]["talk_time_avg"]["band"] == "fault"
        assert "band" not in answer_json(small.answer("talk_time_avg"))["rows"][0]["values"]["talk_time_avg"]


@pytest.mark.parametrize("band", ["a", "a=60", "a=180-60", "=60-180", "a=1-x"])
def test_a_band_that_is_none_is_refused(band: str) -> None:
    with pytest.raises(InvalidInput):
        WorkspaceSettings().changed({"talk_bands": band})
