"""One path for each customer, and credit of sales among its touches (S2-37, S2-45, S2-65 to S2-68, S3-13)."""

from collections.abc import Iterator, Mapping
from dataclasses import fields
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from golden.small import Small, at, cost, deal_event, dial, ring, small_business, won
from huasuan.calls import PRESETS
from huasuan.journeys import why_credited
from huasuan.kernel.errors import InvalidInput
from huasuan.metrics.attributing import attribution_of
from huasuan.people import WorkspaceSettings

ANN, BOB = "13900139001", "13900139002"
MODELS = (
    "first",
    "last",
    "last-non-direct",
    "linear",
    "position",
    "position:10/30",
    "time-decay",
    "time-decay:0.5@30",
    "stages",
    "stages:30/30~7/30/10",
    "stages:first=20/Offer_2=30~7/won=40/rest=10",
    "markov",
    "markov:2",
    "shapley",
)


@pytest.fixture
def small(sqlite_template: Path, tmp_path: Path) -> Iterator[Small]:
    with small_business(sqlite_template, tmp_path) as business:
        yield business


def visit(key: str, when: str, channel: str | None, phone: str = ANN, **more: Any) -> dict[str, Any]:
    return {"key": key, "at": at(when), "kind": "visit", "channel": channel, "phone": phone, **more}


def a_sale(business: Small) -> None:
    """Banner, keyword a week later, a dial two days later, sold for 100.00 after 14, 7 and 5 days."""
    business.give(
        "touch", visit("t1", "2026-06-01 10:00", "banner"), visit("t2", "2026-06-08 10:00", "keyword", campaign="k1")
    )
    business.give("call", dial("c1", "2026-06-10 10:00", ANN, talk=90, channel="phone", agent="li"))
    business.give("deal_event", won("d1", "2026-06-15 10:00", "100.00", phone=ANN))


def money(business: Small, model: str, metric: str = "won_value", by: str = "channel", **more: Any) -> dict[Any, Any]:
    return business.cut(metric, by, attribution=model, **more)


@pytest.mark.parametrize(
    ("model", "banner", "keyword", "phone"),
    [
        ("first", 10000, 0, 0),
        ("last", 0, 0, 10000),
        ("linear", 3333, 3334, 3333),
        ("position", 4000, 2000, 4000),
        ("position:50/20", 5000, 3000, 2000),
        # ages 14, 7 and 5 days: weights 2^-9/7, 2^-2/7 and 1 of 2.230447 in all
        ("time-decay:7", 1839, 3678, 4483),
        # one day of look-back before 06-15 10:00 leaves nothing of them
        ("shapley", 3333, 3334, 3333),
        # first 30, lead (nobody asked, so nothing), won 30 to the last, rest 10 evenly: 33.33, 3.33, 33.33 of 70
        ("stages", 4762, 476, 4762),
    ],
)
def test_a_sale_is_shared_to_the_fen(small: Small, model: str, banner: int, keyword: int, phone: int) -> None:
    a_sale(small)
    expected = {"banner": banner, "keyword": keyword, "phone": phone}
    assert money(small, model) == {channel: fen for channel, fen in expected.items() if fen}


def test_banner_and_keyword_by_markov(small: Small) -> None:
    """Ann met banner and keyword and bought; Bob met the banner only: without either all is lost."""
    small.give("touch", visit("t1", "2026-06-01 10:00", "banner"), visit("t2", "2026-06-08 10:00", "keyword"))
    small.give("touch", visit("t3", "2026-06-01 10:00", "banner", BOB))
    small.give("deal_event", won("d1", "2026-06-15 10:00", "100.00", phone=ANN))
    assert money(small, "markov") == {"banner": 5000, "keyword": 5000}
    removed = small.answer("removal_effect", by=("channel",))
    assert [row.values["removal_effect"].value for row in removed.rows] == [1, 1]
    assert "hold-out" in removed.notes["removal_effect"].en
    assert small.cut("assisted_conversions", "channel") == {"banner": 1}


def test_a_return_takes_credit_back_where_it_was_given(small: Small) -> None:
    a_sale(small)
    small.give("deal_event", deal_event("d1", "part_returned", "2026-07-01 10:00", amount="10.00"))
    assert money(small, "linear", "returned_value") == {"banner": 333, "keyword": 334, "phone": 333}
    assert money(small, "linear", "revenue_net") == {"banner": 3000, "keyword": 3000, "phone": 3000}
    small.give("deal_event", deal_event("d1", "returned", "2026-07-02 10:00"))
    assert money(small, "linear", "revenue_net") == {"banner": 0, "keyword": 0, "phone": 0}


def test_credit_as_it_was_known(small: Small) -> None:
    """Before the sale was known nobody had credit; before its return was, all of it; since then none (S2-44)."""
    small.give("touch", visit("t1", "2026-06-01 10:00", "banner"), visit("t2", "2026-06-08 10:00", "keyword"))
    small.give("deal_event", won("d1", "2026-06-15 10:00", "100.00", phone=ANN, known_at=at("2026-06-16 09:00")))
    small.give("deal_event", deal_event("d1", "returned", "2026-07-01 10:00", known_at=at("2026-07-05 09:00")))

    def known(day: date | None) -> dict[Any, Any]:
        return money(small, "linear", "revenue_net", as_of=day)

    assert known(date(2026, 6, 16)) == {}
    assert known(date(2026, 6, 17)) == {"banner": 5000, "keyword": 5000}
    # it had come back by then, but nobody knew
    assert known(date(2026, 7, 4)) == {"banner": 5000, "keyword": 5000}
    assert known(date(2026, 7, 6)) == known(None) == {"banner": 0, "keyword": 0}


def test_return_on_money_by_the_channel_that_earned_it(small: Small) -> None:
    """ROMI net of returns under any model; cost stays with its channel (S2-45)."""
    a_sale(small)
    small.give("cost", cost("k1", "ads", "2026-06-01", "20.00", channel="banner"))
    assert money(small, "linear", "roas")["banner"] == Decimal("33.33") / 20
    assert money(small, "last", "roas")["banner"] == 0
    credited = small.cut("cac_attributed", "channel")
    assert credited["phone"] == 0
    linear = small.answer("cac_attributed", by=("channel",), attribution="linear")
    figures = {row.by["channel"]: row.values["cac_attributed"].value for row in linear.rows}
    assert figures["banner"] == pytest.approx(Decimal(2000) / Decimal("0.333333"), rel=Decimal("1e-9"))


def test_the_day_of_a_credited_sale(small: Small) -> None:
    """On the cohort basis it is the day of the touch, on the event basis the day of the sale (S2-34)."""
    a_sale(small)
    assert money(small, "linear", by="day") == {"2026-06-01": 3333, "2026-06-08": 3334, "2026-06-10": 3333}
    assert money(small, "linear", by="day", basis="event") == {"2026-06-15": 10000}


def test_looking_back_goes_by_the_clock(small: Small) -> None:
    a_sale(small)
    assert money(small, "linear@7") == {"keyword": 5000, "phone": 5000}
    assert money(small, "linear@6") == {"phone": 10000}
    small.give("touch", visit("t9", "2026-06-15 10:01", "late"))
    assert "late" not in money(small, "linear")


def test_a_sale_without_a_touch_is_unknown(small: Small) -> None:
    small.give("deal_event", won("d1", "2026-06-15 10:00", "70.00", phone=BOB))
    assert money(small, "linear") == {"unknown": 7000}


def test_direct_visits_give_way(small: Small) -> None:
    small.give("touch", visit("t1", "2026-06-01 10:00", "banner"), visit("t2", "2026-06-08 10:00", "direct"))
    small.give("deal_event", won("d1", "2026-06-15 10:00", "100.00", phone=ANN))
    assert money(small, "last-non-direct") == {"banner": 10000}
    assert money(small, "last") == {"direct": 10000}


def test_all_kinds_of_touches_are_in_one_path(small: Small) -> None:
    """Visits by visitor id, calls by phone, messages and callbacks: one customer by what a lead ties together."""
    small.give("touch", {"key": "v", "at": at("2026-06-01 10:00"), "kind": "visit", "visitor": "vis-1"})
    small.give("message", {"key": "m", "sent_at": at("2026-06-02 10:00"), "phone": ANN})
    small.give("callback_request", {"key": "b", "requested_at": at("2026-06-03 10:00"), "phone": ANN})
    small.give("call", dial("c", "2026-06-04 10:00", ANN, talk=90))
    small.give("deal_event", won("d1", "2026-06-15 10:00", "100.00", phone=ANN))
    parts = {"message": 3334, "callback": 3333, "dial": 3333}
    assert money(small, "linear", "assisted_conversions", by="touch_kind")["message"] == 1
    before = small.everything(["assisted_conversions"], [("touch_kind",)], attribution="linear")
    small.give("lead", {"key": "l", "created_at": at("2026-06-05 10:00"), "phone": ANN, "visitor": "vis-1"})
    merged = small.cut("assisted_conversions", "touch_kind")
    assert merged.keys() == {*parts, "visit"}  # the lead is the last touch now
    assert small.give("lead", {"key": "l", "created_at": at("2026-07-05 10:00"), "phone": BOB}) == ["corrected"]
    assert small.everything(["assisted_conversions"], [("touch_kind",)], attribution="linear") == before


def test_what_counts_deals_cannot_be_shared(small: Small) -> None:
    with pytest.raises(InvalidInput, match="attribution_counts"):
        small.rows("won_deals", attribution="linear")
    with pytest.raises(InvalidInput, match="unknown_model"):
        small.rows("won_value", attribution="linera")
    for bad in ("position:80/80", "position:first=1/last=1", "stages:a=1/a=2", "stages:a=0/b=0", "stages:=1/b=2"):
        with pytest.raises(InvalidInput, match="bad_attribution"):
            small.rows("won_value", attribution=bad)


def test_weights_of_the_deal_s_own_stages(small: Small) -> None:
    """Banner 14, keyword 7 and dial 5 days before the sale; 报价 was entered 6 days before, "signed" only after it."""
    a_sale(small)
    entered = [("报价", "2026-06-09 10:00"), ("signed", "2026-06-16 10:00")]
    small.give("deal_event", *(deal_event("d1", "stage", when, stage=name) | {"key": name} for name, when in entered))
    # all of 报价 to the touch before it, won to the last, the rest evenly
    assert money(small, "stages:报价=60/won=30/rest=10") == {"banner": 333, "keyword": 6334, "phone": 3333}
    # with a half-life of a week from 报价 on: banner 8 days before it, keyword 1: 2^-8/7 and 2^-1/7, a third and two
    assert money(small, "stages:报价=60~7/won=40") == {"banner": 2000, "keyword": 4000, "phone": 4000}
    # a stage entered after the sale, or never, leaves its share to the others
    assert money(small, "stages:signed=60/never=30/won=10") == {"phone": 10000}
    assert money(small, "stages:signed=1/never=1") == {"phone": 10000}


_OWN = """
import numpy as np

def paid_only(paths):
    \"\"\"All to keywords; where there is none, nothing.\"\"\"
    return np.array([paths.channels[touch] == "keyword" for touch in paths.touches], dtype=float)
"""


def test_a_function_of_one_s_own(small: Small, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A package with the entry point ``huasuan.attribution`` brings a model; it shares sales like the others."""
    made = tmp_path / "made"
    told = made / "paid_models-1.0.dist-info"
    told.mkdir(parents=True)
    (made / "paid_models.py").write_text(_OWN)
    (told / "METADATA").write_text("Metadata-Version: 2.1\nName: paid-models\nVersion: 1.0\n")
    (told / "entry_points.txt").write_text("[huasuan.attribution]\npaid-only = paid_models:paid_only\n")
    monkeypatch.syspath_prepend(str(made))
    a_sale(small)
    small.give("touch", visit("b1", "2026-06-01 10:00", "banner", BOB))
    small.give("deal_event", won("d2", "2026-06-15 10:00", "7.00", phone=BOB))
    # Bob met no keyword: his last touch has it
    assert money(small, "paid-only") == {"keyword": 10000, "banner": 700}
    with pytest.raises(InvalidInput, match="unknown_model") as refused:
        money(small, "paid-onyl")
    assert "The nearest is paid-only" in str(refused.value.remedy)


@pytest.mark.parametrize("basis", ["cohort", "event"])
@pytest.mark.parametrize("model", ["linear", "time-decay", "markov"])
def test_a_period_has_what_its_days_have(small: Small, model: str, basis: Any) -> None:
    """Paths are laid only as far as the period reaches; that changes nothing in it."""
    for number in range(4):
        phone = f"1390013900{number}"
        days = (3 + number, 9 + 2 * number)
        small.give("touch", *(visit(f"{number}/{day}", f"2026-06-{day:02} 10:00", f"c{day}", phone) for day in days))
        small.give("deal_event", won(f"d{number}", f"2026-06-{12 + 3 * number} 10:00", "70.00", phone=phone))
        back = deal_event(f"d{number}", "part_returned", f"2026-06-{20 + number} 10:00", amount="30.00")
        small.give("deal_event", back)
    metrics = ("won_value", "returned_value", "revenue_net")
    by_day = small.rows(*metrics, by=("day", "channel"), attribution=model, basis=basis)
    assert len(by_day) > 6
    for first, end in ((5, 14), (12, 16), (20, 22)):
        since, until = date(2026, 6, first), date(2026, 6, end)
        inside = [row for row in by_day if str(since) <= str(row.by["day"]) < str(until)]
        told = small.rows(*metrics, by=("channel",), attribution=model, basis=basis, date_from=since, date_to=until)
        for metric in metrics:
            for channel in {row.by["channel"] for row in inside} | {row.by["channel"] for row in told}:
                assert sum(row.values[metric].value for row in inside if row.by["channel"] == channel) == sum(
                    row.values[metric].value for row in told if row.by["channel"] == channel
                )


@pytest.mark.parametrize("text", MODELS)
def test_a_model_reads_as_it_is_written(text: str) -> None:
    found = attribution_of(text)
    assert attribution_of(found.text) == found


def test_the_workspace_s_own_model_holds_where_none_is_asked(sqlite_template: Path, tmp_path: Path) -> None:
    with small_business(sqlite_template, tmp_path, WorkspaceSettings(attribution="first", attribution_days=10)) as own:
        a_sale(own)
        own.give("cost", cost("k1", "ads", "2026-06-08", "20.00", channel="keyword"))
        figures = own.cut("cac_attributed", "channel")
        # the banner of 14 days before is out of reach, so the keyword came first
        assert figures["keyword"] == 2000
    with pytest.raises(InvalidInput):
        WorkspaceSettings(attribution="nothing")


def changed(trade: Mapping[str, Any]) -> WorkspaceSettings:
    """The settings of a trade, as a preset writes them or with their own types."""
    kinds = {one.name: int if one.type in (int, "int") else str for one in fields(WorkspaceSettings)}
    return WorkspaceSettings(**{name: kinds[name](value) for name, value in trade.items()})


def three_calls(business: Small) -> None:
    """A visit by a banner; a call of 10 s (junk), two of 90 s by other channels within the cycle; sold for 90.00."""
    business.give("touch", visit("t1", "2026-06-01 10:00", "banner"))
    for number, (talk, channel) in enumerate(((10, "radio"), (90, "baidu"), (90, "douyin"))):
        business.give("call", ring(f"r{number}", f"2026-06-0{number + 2} 10:00", ANN, talk=talk, channel=channel))
    business.give("deal_event", won("d1", "2026-06-15 10:00", "90.00", phone=ANN))
    business.give("cost", *(cost(f"k{one}", "ads", "2026-06-01", "10.00", channel=one) for one in ("radio", "baidu")))


@pytest.mark.parametrize(
    ("trade", "earned"),
    [
        # no cycle, as for a taxi: all target calls, so banner, baidu and douyin 30.00 each
        ({"cycle_days": 0}, {"banner": 3000, "baidu": 3000, "douyin": 3000}),
        # several calls belong to one sale: the first target call of the cycle, 45.00 beside the banner
        ({"cycle_days": 30}, {"banner": 4500, "baidu": 4500}),
        # whichever calls it looks at in reports, no return on advertising is made of repeats or of all
        ({"counted_calls": "target_calls"}, {"banner": 4500, "baidu": 4500}),
        ({"counted_calls": "inbound_calls"}, {"banner": 4500, "baidu": 4500}),
        # only a first call that was long enough: the one of 10 s was the first, so the banner earned it all
        ({"unique_target": "first_call"}, {"banner": 9000}),
        (PRESETS["urgent_trade"].settings, {"banner": 3000, "baidu": 3000, "douyin": 3000}),
        # here two minutes make a target call, so none of them counts
        (PRESETS["long_cycle"].settings, {"banner": 9000}),
        (PRESETS["ringostat"].settings, {"banner": 4500, "baidu": 4500}),
    ],
)
def test_only_calls_that_count_bear_credit(
    trade: Mapping[str, Any], earned: dict[str, int], sqlite_template: Path, tmp_path: Path
) -> None:
    """Return on marketing counts target calls, in long cycles unique ones, never all calls (S2-25 to S2-30)."""
    with small_business(sqlite_template, tmp_path, changed(trade)) as business:
        three_calls(business)
        assert money(business, "linear") == earned
        returned = money(business, "linear", "roas")
        assert returned["radio"] == 0  # spent for junk: nothing came back
        assert returned["baidu"] == Decimal(earned.get("baidu", 0)) / 1000
        ((deal,),) = business.analysis.reader().execute("SELECT deal_id FROM sale").fetchall()
        with business.analysis.reading() as (cursor, _):
            touches = why_credited(cursor, deal, [attribution_of("linear")])
        # every touch is shown, the junk call with nothing
        assert [touch.channel for touch in touches] == ["banner", "radio", "baidu", "douyin"]
        assert [touch.value_minor[0] for touch in touches] == [
            earned.get(channel, 0) for channel in ("banner", "radio", "baidu", "douyin")
        ]


@settings(max_examples=6, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    touches=st.lists(st.tuples(st.sampled_from("abc"), st.integers(1, 28), st.integers(0, 3)), min_size=2, max_size=10),
    together=st.sets(st.integers(0, 3), min_size=2),
)
def test_merged_and_unmerged_is_as_before(
    touches: list[tuple[str, int, int]],
    together: set[int],
    sqlite_template: Path,
    tmp_path_factory: pytest.TempPathFactory,
) -> None:
    """A customer record ties numbers together and is corrected again: every path and its credit are as they were."""
    phones = [f"1390013900{number}" for number in range(4)]
    with small_business(sqlite_template, tmp_path_factory.mktemp("merge")) as business:
        business.give(
            "touch",
            *(
                visit(f"t{place}", f"2026-06-{day:02} 10:00", channel, phones[who])
                for place, (channel, day, who) in enumerate(touches)
            ),
        )
        for who in range(4):
            business.give("deal_event", won(f"d{who}", f"2026-06-{20 + who} 12:00", "70.00", phone=phones[who]))

        def credited() -> list[Any]:
            metrics = ("won_value", "revenue_net")
            cuts = [("channel",), ("day",)]
            found = [business.everything(metrics, cuts, attribution=model) for model in ("linear", "markov", "first")]
            return [*found, business.everything(("assisted_conversions", "removal_effect"), [("channel",)])]

        before = credited()
        business.give("customer", {"key": "c", "phones": [phones[who] for who in sorted(together)]})
        with business.analysis.reading() as (cursor, _):
            lengths = cursor.execute("SELECT count(DISTINCT customer_id) FROM sale").fetchall()
        assert lengths == [(5 - len(together),)]
        credited()
        assert business.give("customer", {"key": "c", "phones": [phones[min(together)]]}) == ["corrected"]
        assert credited() == before


_DAYS = st.integers(1, 28)
_TOUCHES = st.lists(st.tuples(st.sampled_from("abcd"), _DAYS, st.sampled_from([ANN, BOB])), max_size=12)
_SALES = st.lists(
    st.tuples(_DAYS, st.integers(1, 10_000_000), st.integers(0, 100), st.sampled_from([ANN, BOB])), max_size=4
)


@settings(max_examples=5, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(touches=_TOUCHES, sales=_SALES)
def test_credit_adds_up_to_the_last_fen(
    touches: list[tuple[str, int, str]],
    sales: list[tuple[int, int, int, str]],
    sqlite_template: Path,
    tmp_path_factory: pytest.TempPathFactory,
) -> None:
    """Under every model, cut by channel, sales and returns sum to what they are without one."""
    with small_business(sqlite_template, tmp_path_factory.mktemp("credit")) as business:
        business.give(
            "touch",
            *(
                visit(f"t{place}", f"2026-06-{day:02} 10:00", channel, phone)
                for place, (channel, day, phone) in enumerate(touches)
            ),
        )
        for place, (day, fen, back, phone) in enumerate(sales):
            amount = str(Decimal(fen) / 100)
            business.give("deal_event", won(f"d{place}", f"2026-06-{day:02} 12:00", amount, phone=phone))
            returned = str((Decimal(fen) * back / 10000).quantize(Decimal("0.01")))
            if Decimal(returned):
                business.give(
                    "deal_event", deal_event(f"d{place}", "part_returned", f"2026-07-{day:02} 12:00", amount=returned)
                )
        metrics = ("won_value", "returned_value", "revenue_net")
        (whole,) = business.rows(*metrics)
        for model in MODELS:
            rows = business.rows(*metrics, by=("channel",), attribution=model)
            for metric in metrics:
                assert sum(row.values[metric].value for row in rows) == whole.values[metric].value


@settings(max_examples=8, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(pieces=st.lists(st.integers(1, 9_999), min_size=1, max_size=6), model=st.sampled_from(MODELS))
def test_what_came_back_wholly_leaves_nobody_a_fen(
    pieces: list[int], model: str, sqlite_template: Path, tmp_path_factory: pytest.TempPathFactory
) -> None:
    """However many pieces a sale comes back in, each touch has given back all it was credited with."""
    with small_business(sqlite_template, tmp_path_factory.mktemp("pieces")) as business:
        business.give("touch", *(visit(f"t{day}", f"2026-06-{day:02} 10:00", f"c{day}") for day in range(1, 8)))
        business.give("deal_event", won("d", "2026-06-15 10:00", str(Decimal(sum(pieces)) / 100), phone=ANN))
        for place, piece in enumerate(pieces):
            back = deal_event("d", "part_returned", f"2026-07-{place + 1:02} 12:00", amount=str(Decimal(piece) / 100))
            business.give("deal_event", back | {"key": f"back{place}"})
        assert set(money(business, model, "revenue_net").values()) == {0}
