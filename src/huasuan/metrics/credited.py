"""Credit of each sale among the touches that led to it, reckoned set-based when it is asked for.

Nothing of it is kept: paths follow from the present identities, deals and touches of the snapshot, so a merge, its
undoing, a late return and an as-known-on day need no rewriting. The reader gets tables of its own: ``journey`` (every
touch of every sale), ``credit_of_touch`` (the star ``credit``), ``credited`` and ``credited_back``: sales and returns
with the attributes of touches and the touches' parts of every amount, to the minor unit by largest remainder.
"""

from dataclasses import replace
from importlib.metadata import entry_points

import pyarrow as pa

from huasuan import methods
from huasuan.kernel.errors import InvalidInput
from huasuan.kernel.text import Text
from huasuan.methods.paths import Floats
from huasuan.metrics.attributing import PLUGGED, Attribution, attribution_of
from huasuan.metrics.catalogue import METRICS
from huasuan.metrics.language import Base, parts
from huasuan.metrics.question import Question
from huasuan.metrics.snapshot import Snapshot
from huasuan.metrics.stars import CREDIT_ATTRIBUTES, STARS
from huasuan.metrics.ways import DAY_MICROS, NOT_DIRECT, STEP, journey_sql, paths_by
from huasuan.warehouse import Cursor, DuckRunner, first_row

WHOLE = 1_000_000
"""The credit of one deal, in millionths."""
_FINE = 1_000_000_000_000
_SPLIT = {
    "sale": ("value_minor", "tax_minor", "cost_minor", "returned_minor", "cancelled_minor"),
    "sale_back": ("value_minor", "tax_minor", "cost_minor", "handling_minor"),
}


def wants_credit(question: Question) -> bool:
    """Whether a question needs paths: it names a model, or a metric made of credit."""
    return question.attribution is not None or any(
        isinstance(base, Base) and base.star == "credit"
        for key in question.metrics
        if key in METRICS
        for _, base in parts(METRICS[key])
    )


def with_credit(reader: Cursor, snapshot: Snapshot, text: str | None) -> Snapshot:
    """The snapshot with sales credited to touches by a model; None: only the star ``credit``, by the workspace's own.

    Raises
    ------
    UnknownName, InvalidInput
        the model cannot be read
    """
    rules = snapshot.rules
    wanted = attribution_of(text or rules.attribution, lookback_days=rules.attribution_days)
    lay_journeys(reader, wanted)
    tables = {**snapshot.tables, "credit": "credit_of_touch"}
    if text is not None:
        tables |= {"sale": "credited", "sale_back": "credited_back"}
    return replace(snapshot, tables=tables, rolls=None, placed=snapshot.placed)


def check_credit(question: Question) -> None:
    """Refuse metrics that would count a deal once for each of its touches.

    Raises
    ------
    InvalidInput
        ``attribution_counts``
    """
    for key in question.metrics if question.attribution is not None else ():
        for _, base in parts(METRICS[key]) if key in METRICS else ():
            if isinstance(base, Base) and base.star in _SPLIT and base.unit != "money":
                name = METRICS[key].about.text
                raise InvalidInput(
                    "attribution_counts",
                    Text(
                        zh=f"{name.zh} 按单数计，不能分给多个触点",
                        en=f"{name.en} counts deals, which cannot be shared among touches",
                    ),
                    Text(
                        zh="请用金额类指标（revenue_net、gross_margin、roi、romi、roas），或 cac_attributed、"
                        "assisted_conversions。",
                        en="Ask for money (revenue_net, gross_margin, roi, romi, roas), or for cac_attributed or "
                        "assisted_conversions.",
                    ),
                )


def lay_journeys(reader: Cursor, wanted: Attribution) -> None:
    """Make ``journey``, ``credit_of_touch``, ``credited`` and ``credited_back`` for this reader."""
    reader.execute(f"CREATE OR REPLACE TEMP TABLE journey AS {journey_sql(wanted.lookback_days)}")
    reader.execute(f"CREATE OR REPLACE TEMP TABLE weighed AS {_weighed(reader, wanted)}")
    reader.execute(f"CREATE OR REPLACE TEMP VIEW credit_of_touch AS {_credit_sql()}")
    for star, name in (("sale", "credited"), ("sale_back", "credited_back")):
        reader.execute(f"CREATE OR REPLACE TEMP VIEW {name} AS {_split_sql(star)}")


def _weighed(reader: Cursor, wanted: Attribution) -> str:
    """``journey`` with a whole number as the weight of each touch, and the sum of the sale."""
    if wanted.model == "markov":
        _lay_effects(reader, int(wanted.numbers[0]))
        weighed = (
            "SELECT j.*, CAST(round(coalesce(e.removal, 0) / count(*) OVER (PARTITION BY j.deal_id, j.step) * "
            f"{_FINE}) AS BIGINT) AS weight FROM (SELECT *, {STEP} AS step FROM journey) j "
            "LEFT JOIN effect e USING (step)"
        )
    elif wanted.model == "shapley":
        weighed = (
            f"SELECT j.*, CAST(round({_FINE}.0 / count(DISTINCT step) OVER (PARTITION BY deal_id) / count(*) OVER "
            f"(PARTITION BY deal_id, step)) AS BIGINT) AS weight FROM (SELECT *, {STEP} AS step FROM journey) j"
        )
    elif wanted.model in _RULES or wanted.model in ("position", "time-decay"):
        weighed = f"SELECT j.*, CAST({_rule(wanted)} AS BIGINT) AS weight FROM journey j"
    elif wanted.model == "stages":
        weighed = _stages_sql(wanted)
    else:
        _lay_own(reader, wanted.model)
        weighed = "SELECT j.*, o.weight FROM journey j JOIN own_weight o USING (deal_id, position)"
    # Where a model gives nobody anything, the last touch has it.
    return (
        "SELECT * REPLACE (CASE WHEN whole > 0 THEN weight ELSE CAST(position = path_length AS BIGINT) END AS weight, "
        "CASE WHEN whole > 0 THEN whole ELSE 1 END AS whole) FROM "
        f"(SELECT *, CAST(sum(weight) OVER (PARTITION BY deal_id) AS HUGEINT) AS whole FROM ({weighed}))"
    )


_RULES = {
    "first": "position = 1",
    "last": "position = path_length",
    "last-non-direct": (
        f"position = coalesce(max(CASE WHEN {NOT_DIRECT} THEN position END) OVER (PARTITION BY deal_id), path_length)"
    ),
    "linear": "1",
}


def _rule(wanted: Attribution) -> str:
    if wanted.model == "position":
        first, last = (round(number * 10_000) for number in wanted.numbers)
        return (
            f"CASE WHEN path_length = 1 THEN 1 WHEN path_length = 2 THEN CASE position WHEN 1 THEN {first} ELSE {last} "
            f"END WHEN position = 1 THEN {first} * (path_length - 2) WHEN position = path_length THEN {last} * "
            f"(path_length - 2) ELSE {WHOLE - first - last} END"
        )
    if wanted.model == "time-decay":
        half = wanted.numbers[0] * DAY_MICROS
        return f"round(pow(2.0, (min(age) OVER (PARTITION BY deal_id) - age) / {half!r}) * {_FINE})"
    return _RULES[wanted.model]


def _stages_sql(wanted: Attribution) -> str:
    """Each stage hands its share to the touches up to it; the rest goes evenly to all."""
    first, lead, won, rest = wanted.numbers
    halves = (*wanted.half_lives, None, None, None, None)
    # When the stage was reached, as an age: the first touch, the first lead, the sale itself.
    reached = {"first": "eldest", "lead": "lead_age", "won": "0"}
    parts_of = []
    for (name, when), share, half in zip(reached.items(), (first, lead, won), halves, strict=False):
        if half is None:
            nearest = f"min(CASE WHEN age >= {when} THEN age END) OVER (PARTITION BY deal_id)"
            raw = f"CASE WHEN age = {nearest} THEN 1.0 ELSE 0.0 END"
        else:
            raw = f"CASE WHEN age >= {when} THEN pow(2.0, ({when} - age) / {half * DAY_MICROS!r}) ELSE 0.0 END"
        parts_of.append(f"{share!r} AS share_{name}, {raw} AS raw_{name}")
    added = " + ".join(
        f"share_{name} * coalesce(raw_{name} / nullif(sum(raw_{name}) OVER (PARTITION BY deal_id), 0), 0)"
        for name in reached
    )
    # The first lead is the first touch of that kind, else the first call in: when somebody asked for us.
    asked = "max(CASE WHEN touch_kind IN ('lead', 'form', 'call', 'callback') THEN age END) OVER (PARTITION BY deal_id)"
    return (
        f"SELECT * EXCLUDE (eldest, lead_age, {', '.join(f'share_{n}, raw_{n}' for n in reached)}), "
        f"CAST(round(({added} + {rest!r} / path_length) * {_FINE // 1000}) AS BIGINT) AS weight FROM "
        f"(SELECT *, {', '.join(parts_of)} FROM (SELECT *, max(age) OVER (PARTITION BY deal_id) AS eldest, {asked} AS "
        "lead_age FROM journey))"
    )


def _lay_effects(reader: Cursor, order: int) -> None:
    """``effect``: the removal effect of each step, of paths that led to a sale and of those that did not."""
    found = paths_by(DuckRunner(reader), STEP)
    credited = methods.markov_credit(found, order)
    removal: list[float] = [] if credited.removal is None else credited.removal.tolist()
    reader.register("effect_rows", pa.table({"step": list(found.channels), "removal": removal}))
    reader.execute(
        "CREATE OR REPLACE TEMP TABLE effect AS SELECT CAST(step AS VARCHAR) AS step, CAST(removal AS DOUBLE) AS "
        "removal FROM effect_rows"
    )
    reader.unregister("effect_rows")


def _lay_own(reader: Cursor, name: str) -> None:
    """``own_weight``: what a plugged-in function makes of the paths of all sales."""
    (point,) = [one for one in entry_points(group=PLUGGED) if one.name == name]
    rows = reader.execute(
        f"SELECT deal_id, position, {STEP}, age / {DAY_MICROS}.0 FROM journey ORDER BY deal_id, position"
    ).fetchall()
    ways: dict[int, list[str]] = {}
    ages: dict[int, list[float]] = {}
    for deal, _, step, age in rows:
        ways.setdefault(deal, []).append(step)
        ages.setdefault(deal, []).append(age)
    found = methods.paths_of(ways.values(), [1.0] * len(ways), ages=ages.values())
    shares: Floats = methods.shares_of(found, point.load()(found))
    table = {
        "deal_id": pa.array([deal for deal, *_ in rows], pa.uint64()),
        "position": pa.array([position for _, position, *_ in rows], pa.int64()),
        "weight": pa.array([round(share * _FINE) for share in shares.tolist()], pa.int64()),
    }
    reader.register("own_rows", pa.table(table))
    reader.execute("CREATE OR REPLACE TEMP TABLE own_weight AS FROM own_rows")
    reader.unregister("own_rows")


def part_of(amount: str, group: str) -> str:
    """A touch's part of an amount by largest remainder; ``group`` names the rows that share it."""
    exact = f"CAST(abs({amount}) AS HUGEINT) * w.weight"
    left = f"abs({amount}) - sum({exact} // w.whole) OVER (PARTITION BY {group})"
    rank = f"row_number() OVER (PARTITION BY {group} ORDER BY {exact} % w.whole DESC, w.position)"
    shared = f"{exact} // w.whole + CASE WHEN {rank} <= {left} THEN 1 ELSE 0 END"
    return f"CAST(CASE WHEN w.deal_id IS NULL THEN {amount} ELSE sign({amount}) * ({shared}) END AS BIGINT)"


_TOUCHED = {name for name in CREDIT_ATTRIBUTES if name != "promotion"}


def _split_sql(star: str) -> str:
    """Sales or returns with one row for each touch that has credit; without any touch, one of unknown attributes."""
    group = "s.deal_id, s.line" + (", s.event" if star == "sale_back" else "")
    columns = []
    for name in STARS[star]:
        if name in _SPLIT[star]:
            columns.append(f"{part_of(f's.{name}', group)} AS {name}")
        elif name in _TOUCHED:
            columns.append(f'w."{name}" AS "{name}"')
        elif name == "origin_day":
            columns.append("coalesce(w.touch_day, s.origin_day) AS origin_day")
        elif name in ("hour", "weekday"):
            columns.append(f"w.touch_{name} AS {name}")
        else:
            columns.append(f's."{name}" AS "{name}"')
    return f"SELECT {', '.join(columns)} FROM {star} s LEFT JOIN (FROM weighed WHERE weight > 0) w USING (deal_id)"


def _credit_sql() -> str:
    """One row for each touch of a sale, credited or not, and one for a sale nobody knows a touch of."""
    made = {
        "touch_star": "w.touch_star",
        "touch_fact": "w.touch_fact",
        "touched_at": "w.touched_at",
        "position": "w.position",
        "path_length": "coalesce(w.path_length, 0)",
        "assisted": "coalesce(w.position < w.path_length, FALSE)",
        "credit": part_of(str(WHOLE), "s.deal_id"),
        "origin_day": "coalesce(w.touch_day, s.origin_day)",
        "hour": "w.touch_hour",
        "weekday": "w.touch_weekday",
    }
    columns = [
        f"{made[name]} AS {name}"
        if name in made
        else f'w."{name}" AS "{name}"'
        if name in CREDIT_ATTRIBUTES
        else f's."{name}" AS "{name}"'
        for name in STARS["credit"]
    ]
    return f"SELECT {', '.join(columns)} FROM (FROM sale WHERE head) s LEFT JOIN weighed w USING (deal_id)"


def known_paths(reader: Cursor) -> int:
    """Of how many sales a touch is known."""
    row = first_row(reader, "SELECT count(DISTINCT deal_id) FROM journey")
    return 0 if row is None else int(row[0])
