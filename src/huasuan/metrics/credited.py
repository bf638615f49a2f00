"""Credit of each sale among the touches that led to it, reckoned set-based when it is asked for.

Nothing of it is kept: paths follow from the present identities, deals and touches of the snapshot, so a merge, its
undoing, a late return and an as-known-on day need no rewriting. The reader gets tables of its own: ``journey`` (every
touch of every sale), ``shared`` (how much of its sale each has), ``credit_of_touch`` (the star ``credit``),
``credited`` and ``credited_back``: sales and returns with the attributes of touches and the touches' parts of every
amount, to the minor unit.

The touches of a sale stand in a row from 0 to 1, each as wide as its share, and so does every amount: a touch has what
lies between its two bounds, rounded at both. So parts add up to the amount whatever it is, each is within one unit of
the exact one, and no touch need be compared with the others of its sale.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import timedelta
from importlib.metadata import entry_points

import pyarrow as pa

from huasuan import methods
from huasuan.kernel.errors import InvalidInput
from huasuan.kernel.text import Text
from huasuan.methods.paths import Floats
from huasuan.metrics.attributing import PLUGGED, Attribution, attribution_of
from huasuan.metrics.catalogue import METRICS
from huasuan.metrics.dimensions import DIMENSIONS
from huasuan.metrics.language import Base, Fitted, parts
from huasuan.metrics.question import Question
from huasuan.metrics.snapshot import Snapshot
from huasuan.metrics.stars import CREDIT_ATTRIBUTES, STARS
from huasuan.metrics.statements import quoted
from huasuan.metrics.ways import DAY_MICROS, NOT_DIRECT, STEP, TOUCH_COLUMNS, journey_sql, paths_by
from huasuan.warehouse import Cursor, DuckRunner

WHOLE = 1_000_000
"""The credit of one deal, in millionths."""
FINE = 1_000_000_000_000
"""The whole width of a sale, in the unit of the bounds ``begins`` and ``ends`` of ``shared``."""
# Up to this amount, times FINE, 64 bits hold the product, which is several times quicker.
_FITS = 9_000_000
_SPLIT = {
    "sale": ("value_minor", "tax_minor", "cost_minor", "returned_minor", "cancelled_minor"),
    "sale_back": ("value_minor", "tax_minor", "cost_minor", "handling_minor"),
}
# What the name of a step is made of.
NAMED = ("channel", "touch_kind")


@dataclass(frozen=True, slots=True, kw_only=True)
class Reach:
    """How much of the paths somebody needs.

    columns: of each touch. deals: which sales, a condition on the star ``sale``. counted: which inbound calls bear
    credit (a setting of the business); None: every touch is told, for lists of them.
    """

    columns: tuple[str, ...] = TOUCH_COLUMNS
    deals: str = "TRUE"
    counted: bool = False


def wants_credit(question: Question) -> bool:
    """Whether a question needs paths: it names a model, or a metric made of credit."""
    return question.attribution is not None or any(
        isinstance(base, Base) and base.star == "credit"
        for key in question.metrics
        if key in METRICS
        for _, base in parts(METRICS[key])
    )


def with_credit(reader: Cursor, snapshot: Snapshot, text: str | None, questions: Iterable[Question]) -> Snapshot:
    """The snapshot with sales credited to touches by a model; None: only the star ``credit``, by the workspace's own.

    It serves the given questions and no others: what they do not look at is not laid.

    Raises
    ------
    UnknownName, InvalidInput
        the model cannot be read
    """
    rules = snapshot.rules
    wanted = attribution_of(text or rules.attribution, lookback_days=rules.attribution_days)
    lay_journeys(reader, wanted, replace(_reach_of(list(questions), wanted), counted=True))
    tables = {**snapshot.tables, "credit": "credit_of_touch"}
    if text is not None:
        tables |= {"sale": "credited", "sale_back": "credited_back"}
    return replace(snapshot, tables=tables, rolls=None, placed=snapshot.placed)


def _reach_of(questions: Sequence[Question], wanted: Attribution) -> Reach:
    cuts = {key for question in questions for key in (*question.by, *(question.where or {}))}
    columns = {DIMENSIONS[key].column for key in cuts if key in DIMENSIONS} & CREDIT_ATTRIBUTES.keys()
    columns |= {f"touch_{key}" for key in cuts & {"hour", "weekday"}}
    # A fit reads the paths of all.
    whole = any(isinstance(METRICS[key], Fitted) for one in questions for key in one.metrics if key in METRICS)
    columns |= set(NAMED) if whole else set()
    deals = {"TRUE"} if whole else {_deals_of(question, wanted.lookback_days) for question in questions}
    return Reach(
        columns=("touch_day", *sorted(columns)),
        deals="TRUE" if "TRUE" in deals else " OR ".join(f"({one})" for one in sorted(deals)),
    )


def _deals_of(question: Question, lookback_days: int) -> str:
    """Every sale that can stand in the period; what else is told of one outside of it stands outside too."""
    if question.compare is not None or question.matured is not None:
        return "TRUE"
    since, until = question.date_from, question.date_to
    if question.basis == "event":
        in_time = " AND ".join(
            [
                *([f"{{day}} >= DATE '{since}'"] if since else []),
                *([f"{{day}} < DATE '{until}'"] if until else []),
            ]
        )
        if not in_time:
            return "TRUE"
        back = f"SELECT deal_id FROM sale_back WHERE {in_time.format(day='back_day')}"
        return f"{in_time.format(day='won_day')} OR deal_id IN ({back})"
    # A touch may lie so long before its sale; a sale without one stands on the day of its origin.
    found = []
    if since:
        found.append(f"(won_day >= DATE '{since}' OR origin_day >= DATE '{since}')")
    if until:
        latest = until + timedelta(days=lookback_days + 1)
        found.append(f"(won_day < DATE '{latest}' OR origin_day < DATE '{until}')")
    return " AND ".join(found) or "TRUE"


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


def lay_journeys(reader: Cursor, wanted: Attribution, reach: Reach | None = None) -> None:
    """Make ``journey``, ``shared``, ``credit_of_touch``, ``credited`` and ``credited_back`` for this reader."""
    for _ in by_each(reader, [wanted], reach or Reach()):
        pass


def lay_led(reader: Cursor) -> bool:
    """``led_now``: visitors who surely called, with whose they are (the view ``led``); whether there are any."""
    there = reader.execute("SELECT 1 FROM duckdb_views() WHERE view_name = 'led' LIMIT 1").fetchall()
    source = "FROM led" if there else "SELECT NULL::HUGEINT AS visitor_id, NULL::HUGEINT AS customer_id LIMIT 0"
    reader.execute(f"CREATE OR REPLACE TEMP TABLE led_now AS {source}")
    return bool(reader.execute("SELECT 1 FROM led_now LIMIT 1").fetchall())


def by_each(reader: Cursor, models: Sequence[Attribution], reach: Reach) -> Iterator[int]:
    """Lay credit by each model in turn and name its place; paths are laid once for models of the same look-back."""
    groups: dict[tuple[int, bool], list[int]] = {}
    for place, wanted in enumerate(models):
        # What weighs a touch by all the paths there are needs all of them.
        all_of_them = wanted.model not in _NEEDS or reach.deals == "TRUE"
        groups.setdefault((wanted.lookback_days, all_of_them), []).append(place)
    led = lay_led(reader)
    for (days, all_of_them), places in groups.items():
        mine = [models[place] for place in places]
        named = [name for wanted in mine for name in _NEEDS.get(wanted.model, NAMED)]
        columns = tuple(dict.fromkeys((*reach.columns, *named)))
        nearest = any(wanted.model == "time-decay" for wanted in mine)
        deals = "TRUE" if all_of_them else reach.deals
        sql = journey_sql(days, columns=columns, deals=deals, nearest=nearest, counted=reach.counted, led=led)
        reader.execute(f"CREATE OR REPLACE TEMP TABLE journey AS {sql}")
        for place, wanted in zip(places, mine, strict=True):
            _lay_credit(reader, wanted, columns, counted=reach.counted)
            yield place


def _lay_credit(reader: Cursor, wanted: Attribution, columns: Sequence[str], *, counted: bool) -> None:
    if wanted.model == "markov":
        _lay_effects(reader, wanted, counted=counted)
    reader.execute(f"CREATE OR REPLACE TEMP VIEW shared AS {_shared_sql(reader, wanted)}")
    reader.execute(f"CREATE OR REPLACE TEMP VIEW credit_of_touch AS {_credit_sql(columns)}")
    for star, name in (("sale", "credited"), ("sale_back", "credited_back")):
        reader.execute(f"CREATE OR REPLACE TEMP VIEW {name} AS {_split_sql(star, columns)}")


# What a model must know of a touch; those that are not named here know the paths of all.
_NEEDS: dict[str, tuple[str, ...]] = {
    "first": (),
    "last": (),
    "linear": (),
    "position": (),
    "time-decay": (),
    "last-non-direct": ("channel",),
    "stages": ("touch_kind",),
    "shapley": NAMED,
}


def _shared_sql(reader: Cursor, wanted: Attribution) -> str:
    """``journey`` with the bounds of each touch, from 0 to FINE."""
    if wanted.model in ("first", "last", "linear", "position"):
        begins, ends = (_upto(wanted, place) for place in ("(position - 1)", "position"))
        placed = f"SELECT *, CAST({begins} AS BIGINT) AS begins, CAST({ends} AS BIGINT) AS ends FROM journey"
        if wanted.model != "position":
            return placed
        # Not plain enough to be worked out for every amount again.
        reader.execute(f"CREATE OR REPLACE TEMP TABLE weighed AS {placed}")
        return "FROM weighed"
    reader.execute(f"CREATE OR REPLACE TEMP TABLE weighed AS {_widths_sql(_weighed(reader, wanted))}")
    # Where a model gives nobody anything, the last touch has it.
    bound = f"CASE WHEN whole > 0 THEN CAST(round(CAST({{}} AS DOUBLE) / whole * {FINE}) AS BIGINT) ELSE {{}} END"
    return (
        f"SELECT * EXCLUDE (weight, upto, whole), {bound.format('upto - weight', '0')} AS begins, "
        f"{bound.format('upto', f'CASE WHEN position = path_length THEN {FINE} ELSE 0 END')} AS ends FROM weighed"
    )


def _upto(wanted: Attribution, place: str) -> str:
    """Where the touch at a place ends, by rules that look at nothing else."""
    if wanted.model == "first":
        return f"CASE WHEN {place} >= 1 THEN {FINE} ELSE 0 END"
    if wanted.model == "last":
        return f"CASE WHEN {place} = path_length THEN {FINE} ELSE 0 END"
    if wanted.model == "linear":
        return f"{place} * {FINE} // path_length"
    first, last = (number / 100 for number in wanted.numbers)
    between = f"({first!r} + ({place} - 1) * {1 - first - last!r} / (path_length - 2))"
    return (
        f"CASE {place} WHEN 0 THEN 0 WHEN path_length THEN {FINE} ELSE round({FINE} * CASE path_length WHEN 2 THEN "
        f"{first / (first + last)!r} ELSE {between} END) END"
    )


def _widths_sql(weighed: str) -> str:
    """Rows with a weight, and how far they reach among those of their sale."""
    line = "OVER (PARTITION BY deal_id"
    return (
        f"SELECT *, CAST(sum(weight) {line} ORDER BY position ROWS UNBOUNDED PRECEDING) AS BIGINT) AS upto, "
        f"CAST(sum(weight) {line}) AS BIGINT) AS whole FROM ({weighed})"
    )


def _weighed(reader: Cursor, wanted: Attribution) -> str:
    """``journey`` with a whole number as the weight of each touch."""
    if wanted.model == "markov":
        return (
            "SELECT j.*, CAST(round(coalesce(e.removal, 0) / count(*) OVER (PARTITION BY j.deal_id, j.step) * "
            f"{FINE}) AS BIGINT) AS weight FROM (SELECT *, {STEP} AS step FROM journey) j "
            "LEFT JOIN effect e USING (step)"
        )
    if wanted.model == "shapley":
        return (
            f"SELECT j.*, CAST(round({FINE}.0 / count(DISTINCT step) OVER (PARTITION BY deal_id) / count(*) OVER "
            f"(PARTITION BY deal_id, step)) AS BIGINT) AS weight FROM (SELECT *, {STEP} AS step FROM journey) j"
        )
    if wanted.model == "time-decay":
        half = wanted.numbers[0] * DAY_MICROS
        return f"SELECT *, CAST(round(pow(2.0, (nearest - age) / {half!r}) * {FINE}) AS BIGINT) AS weight FROM journey"
    if wanted.model == "last-non-direct":
        found = f"max(CASE WHEN {NOT_DIRECT} THEN position END) OVER (PARTITION BY deal_id)"
        return f"SELECT *, CAST(position = coalesce({found}, path_length) AS BIGINT) AS weight FROM journey"
    if wanted.model == "stages":
        return _stages_sql(wanted)
    _lay_own(reader, wanted.model)
    return "SELECT j.*, o.weight FROM journey j JOIN own_weight o USING (deal_id, position)"


def _stages_sql(wanted: Attribution) -> str:
    """Each stage hands its share to the touches up to it; the rest goes evenly to all."""
    # When each stage was reached, as an age: the first touch, the first lead, the sale itself, one of the deal's own.
    reached = {"first": "eldest", "lead": "lead_age", "won": "0"}
    own = {f"age_{place}": name for place, (name, _, _) in enumerate(wanted.stages) if name not in (*reached, "rest")}
    raws, added = {}, []
    for place, (name, share, half) in enumerate(wanted.stages):
        if name == "rest":
            added.append(f"{share!r} / path_length")
            continue
        when = reached.get(name, f"age_{place}")
        # A stage entered after the sale led to nothing.
        before = f"age >= {when} AND {when} >= 0"
        nearest = f"age = min(CASE WHEN {before} THEN age END) OVER (PARTITION BY deal_id)"
        decayed = "1.0" if half is None else f"pow(2.0, ({when} - age) / {half * DAY_MICROS!r})"
        raws[f"raw_{place}"] = f"CASE WHEN {nearest if half is None else before} THEN {decayed} ELSE 0.0 END"
        added.append(f"{share!r} * coalesce(raw_{place} / nullif(sum(raw_{place}) OVER (PARTITION BY deal_id), 0), 0)")
    # The first lead is the first touch of that kind, else the first call in: when somebody asked for us.
    asked = "max(CASE WHEN touch_kind IN ('lead', 'form', 'call', 'callback') THEN age END) OVER (PARTITION BY deal_id)"
    entered = " ".join(map(_entered, own, own.values()))
    made = ", ".join(["eldest", "lead_age", *own, *raws])
    return (
        f"SELECT * EXCLUDE ({made}), CAST(round(({' + '.join(added)}) * {FINE // 1000}) AS BIGINT) AS weight FROM "
        f"(SELECT *{''.join(f', {raw} AS {name}' for name, raw in raws.items())} FROM (SELECT *, max(age) OVER "
        f"(PARTITION BY deal_id) AS eldest, {asked} AS lead_age FROM journey {entered}))"
    )


def _entered(name: str, stage: str) -> str:
    """How long before its sale each deal entered a stage of its own."""
    return (
        f'LEFT JOIN (SELECT s.deal_id, epoch_us(s.won_at) - epoch_us(min(d."at")) AS {name} FROM sale s '
        f"JOIN deal_stage d USING (deal_id) WHERE s.head AND d.stage = {quoted(stage)} GROUP BY s.deal_id, s.won_at) "
        "USING (deal_id)"
    )


def _lay_effects(reader: Cursor, wanted: Attribution, *, counted: bool) -> None:
    """``effect``: the removal effect of each step, of paths that led to a sale and of those that did not."""
    found = paths_by(DuckRunner(reader), STEP, counted=counted, lookback_days=wanted.lookback_days)
    credited = methods.markov_credit(found, int(wanted.numbers[0]))
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
        "weight": pa.array([round(share * FINE) for share in shares.tolist()], pa.int64()),
    }
    reader.register("own_rows", pa.table(table))
    reader.execute("CREATE OR REPLACE TEMP TABLE own_weight AS FROM own_rows")
    reader.unregister("own_rows")


def part_of(amount: str, touch: str = "w") -> str:
    """A touch's part of an amount: what lies between its bounds; all of it where there is no touch (``touch`` null)."""
    return f"sign({amount}) * ({_below(amount, f'{touch}.ends', str(FINE))} - {_below(amount, f'{touch}.begins', '0')})"


def _below(amount: str, bound: str, without: str) -> str:
    """How much of the size of an amount lies below a bound, rounded."""
    size = f"abs({amount})"
    inside = f"coalesce({bound}, {without})"
    return (
        f"CASE WHEN {size} <= {_FITS} THEN (CAST({size} AS BIGINT) * {inside} + {FINE // 2}) // {FINE} "
        f"ELSE CAST((CAST({size} AS HUGEINT) * {inside} + {FINE // 2}) // {FINE} AS BIGINT) END"
    )


_TOUCHED = {name for name in CREDIT_ATTRIBUTES if name != "promotion"}


def _split_sql(star: str, columns: Sequence[str]) -> str:
    """Sales or returns with one row for each touch that has credit; without any touch, one of unknown attributes."""
    source, share = star, _part_of_sale
    if star == "sale_back":
        source, share = _backs_sql(), _part_of_back
    chosen = []
    for name in STARS[star]:
        if name in _SPLIT[star]:
            chosen.append(f"CAST({share(name)} AS BIGINT) AS {name}")
        elif name == "origin_day":
            chosen.append("coalesce(w.touch_day, s.origin_day) AS origin_day")
        elif name in ("hour", "weekday") or name in _TOUCHED:
            told = f"touch_{name}" if name in ("hour", "weekday") else name
            chosen += [f'w."{told}" AS "{name}"'] if told in columns else []
        else:
            chosen.append(f's."{name}" AS "{name}"')
    return f"SELECT {', '.join(chosen)} FROM {source} s LEFT JOIN (FROM shared WHERE begins < ends) w USING (deal_id)"


def _part_of_sale(name: str) -> str:
    return part_of(f"s.{name}")


def _part_of_back(name: str) -> str:
    """What a touch has of all that came back of the line so far, less what it had of it before.

    So a line that came back wholly, in however many pieces, took from each touch all that it was given.
    """
    return f"{part_of(f's.{name}_upto')} - {part_of(f'(s.{name}_upto - s.{name})')}"


def _backs_sql() -> str:
    """Lines given back, with what had come back of the line up to and with each."""
    line = "OVER (PARTITION BY deal_id, line ORDER BY back_day, event ROWS UNBOUNDED PRECEDING)"
    upto = (f"CASE WHEN {name} IS NOT NULL THEN sum({name}) {line} END AS {name}_upto" for name in _SPLIT["sale_back"])
    return f"(SELECT *, {', '.join(upto)} FROM sale_back)"


def _credit_sql(columns: Sequence[str]) -> str:
    """One row for each touch of a sale, credited or not, and one for a sale nobody knows a touch of."""
    made = {
        "position": "w.position",
        "path_length": "coalesce(w.path_length, 0)",
        "assisted": "coalesce(w.position < w.path_length, FALSE)",
        "credit": f"CAST({part_of(str(WHOLE))} AS BIGINT)",
        "origin_day": "coalesce(w.touch_day, s.origin_day)",
    }
    chosen = []
    for name in STARS["credit"]:
        told = f"touch_{name}" if name in ("hour", "weekday") else name
        if name in made:
            chosen.append(f"{made[name]} AS {name}")
        elif told in TOUCH_COLUMNS:
            chosen += [f'w."{told}" AS "{name}"'] if told in columns else []
        else:
            chosen.append(f's."{name}" AS "{name}"')
    return f"SELECT {', '.join(chosen)} FROM (FROM sale WHERE head) s LEFT JOIN shared w USING (deal_id)"
