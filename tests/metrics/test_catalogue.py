"""The catalogue holds what was promised, and each metric can be cut as the canon says."""

import re

import pytest

from huasuan.metrics.canon import canon_metrics, canon_row
from huasuan.metrics.catalogue import METRICS
from huasuan.metrics.catalogue.tracked import RECORDS, tracked
from huasuan.metrics.catalogue.views import SCORECARD, VIEWS
from huasuan.metrics.dimensions import DIMENSIONS
from huasuan.metrics.language import Ratio, parts
from huasuan.metrics.plan import can_cut
from huasuan.metrics.stars import STARS

AT_LEAST = (
    "dials",
    "answered",
    "human_answered",
    "connected",
    "machine_answered",
    "conversations",
    "talk_seconds",
    "inbound_calls",
    "inbound_answered",
    "missed",
    "target_calls",
    "grey_calls",
    "junk_calls",
    "unique_calls",
    "unique_target_calls",
    "leads",
    "won_deals",
    "won_value",
    "returned_value",
    "revenue_net",
    "gross_margin",
    "new_customers",
    "total_cost",
    "marketing_spend",
    "roi",
    "roi_margin",
    "romi",
    "roas",
    "cac",
    "cost_per_dial",
    "cost_per_call",
    "cost_per_conversation",
    "cost_per_target_call",
    "cost_per_sale",
    "cpl",
    "aov",
    "answer_rate",
    "connect_rate",
    "conversation_rate",
    "talk_time_avg",
    "call_conversion",
    "lead_conversion",
    "target_call_share",
    "missed_rate",
    "sales_cycle",
)

# What the canon lists and the facts behind the metric cannot tell, with the reason.
EXCEPTIONS: dict[tuple[str, str], str] = {
    ("wrap_seconds", "campaign"): "a state of an agent names no campaign",
    ("ready_seconds", "campaign"): "a state of an agent names no campaign",
    ("break_seconds", "campaign"): "a state of an agent names no campaign",
    ("logged_in_seconds", "campaign"): "a state of an agent names no campaign",
    ("wrap_avg", "campaign"): "a state of an agent names no campaign",
    ("aht", "campaign"): "a state of an agent names no campaign",
    ("funnel_stage", "product"): "a deal in a stage has no lines yet",
    ("funnel_stage_days", "product"): "a deal in a stage has no lines yet",
    ("customers_at_start", "product"): "a customer is one of the whole business",
    ("customers_lost", "product"): "a customer is one of the whole business",
    ("churn", "product"): "a customer is one of the whole business",
    ("sms_sent", "template"): "a touch names no template",
    ("schedule_adherence", "campaign"): "a plan names no campaign",
    ("wait_avg", "campaign"): "a state of an agent names no campaign",
    ("occupancy", "campaign"): "a state of an agent names no campaign",
    ("effective_talk_share", "campaign"): "a state of an agent names no campaign",
    ("dials_per_hour", "campaign"): "a state of an agent names no campaign",
    ("connects_per_hour", "campaign"): "a state of an agent names no campaign",
    ("leads_per_call", "caller_number"): "a lead names no number of ours",
    ("leads_per_call", "script_version"): "a lead names no script",
    ("leads_per_call", "voice"): "a lead was not spoken",
    ("paid_seconds", "campaign"): "a shift names no campaign",
    ("utilisation", "campaign"): "a shift names no campaign",
    ("paid_seconds", "queue"): "a shift names no queue",
    ("utilisation", "queue"): "a shift names no queue",
    ("cost_per_call", "product"): "a call names no product",
    ("cost_per_conversation", "product"): "a call names no product",
    ("paid_seconds", "city"): "the city of a shift is the agent's, the cut is the customer's",
}


def listed(metric: str) -> set[str]:
    """The cuts the canon names for a metric that are cuts of dimensions.csv."""
    names = {re.sub(r"\(.*\)", "", name.strip()) for name in canon_row(metric)["dimensions"].split(";")}
    return {name for name in names if name in DIMENSIONS}


def test_the_promised_metrics_are_there() -> None:
    assert [key for key in AT_LEAST if key not in METRICS] == []


@pytest.mark.parametrize("key", METRICS)
def test_both_languages_say_name_and_meaning(key: str) -> None:
    about = METRICS[key].about
    assert about.key == key
    row = canon_row(key)
    assert (about.text.zh, about.text.en) == (row["zh"], row["en"])
    assert re.search(r"[\u4e00-\u9fff]", about.text.zh) or row["zh"].startswith("CLTV/CAC")
    assert re.search(r"[\u4e00-\u9fff]", about.meaning.zh)
    assert re.search(r"[a-z]", about.meaning.en)
    assert not re.search(r"[\u4e00-\u9fff]", about.text.en + about.meaning.en)
    assert about.requirements == tuple(row["requirements"].split())
    assert (about.direction or "") == row["direction"]


def test_canon_units_are_kept() -> None:
    kinds = {"count": "count", "s": "seconds", "days": "days", "CNY": "money", "money": "money"}
    for key, metric in METRICS.items():
        if metric.about.canon:
            continue
        unit = canon_row(key)["unit"]
        if unit in kinds:
            assert metric.unit == kinds[unit], key
        elif unit in ("ratio", "%", "share"):
            assert metric.unit in ("share", "ratio"), (key, unit)


@pytest.mark.parametrize("key", METRICS)
def test_listed_cuts_can_be_asked(key: str) -> None:
    impossible = {cut for cut in listed(key) if not can_cut(METRICS[key], DIMENSIONS[cut])}
    assert impossible == {cut for metric, cut in EXCEPTIONS if metric == key}


def test_every_metric_can_be_cut_by_time() -> None:
    for key, metric in METRICS.items():
        for cut in ("day", "week", "month", "quarter", "weekday"):
            assert can_cut(metric, DIMENSIONS[cut]), (key, cut)


def test_a_quotient_says_in_words_what_an_empty_denominator_means() -> None:
    for metric in METRICS.values():
        if isinstance(metric, Ratio):
            assert metric.zero.zh
            assert metric.zero.en


def test_every_base_has_a_fact_to_open() -> None:
    for metric in METRICS.values():
        assert list(parts(metric))


@pytest.mark.parametrize("key", [*METRICS, *VIEWS])
def test_it_is_said_why_a_metric_matters_and_how_it_is_collected(key: str) -> None:
    why = (METRICS[key] if key in METRICS else VIEWS[key]).about.why
    assert why is not None
    assert re.search(r"[\u4e00-\u9fff].*。$", why.zh)
    assert re.fullmatch(r"[A-Z][\x20-\x7e]*\.", why.en)
    if key in METRICS:
        assert tracked(METRICS[key])


def test_every_star_is_collected_from_something() -> None:
    assert RECORDS.keys() == STARS.keys()


def test_what_the_canon_lists_is_a_metric_a_view_or_the_scorecard() -> None:
    assert canon_metrics().keys() - METRICS.keys() - VIEWS.keys() == {SCORECARD.key}
