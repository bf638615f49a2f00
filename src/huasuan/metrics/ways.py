"""Paths of touches: every touch in and out of a customer in one order, whichever record tells of it."""

from collections.abc import Iterable

from huasuan import methods
from huasuan.methods.attribution import DIRECT
from huasuan.methods.paths import Paths
from huasuan.metrics.stars import CREDIT_ATTRIBUTES, STARS
from huasuan.warehouse import Runner

DAY_MICROS = 86_400_000_000
STEP = "coalesce(channel, touch_kind)"
UNKNOWN_STEP = "unknown"
# What may be known of a touch beside its place in the path.
TOUCH_COLUMNS = (
    "touched_at",
    "touch_star",
    "touch_fact",
    "touch_day",
    "touch_hour",
    "touch_weekday",
    *CREDIT_ATTRIBUTES,
)
_NAMES = ", ".join(f"'{name}'" for name in DIRECT)
NOT_DIRECT = f"coalesce(lower(channel) NOT IN ({_NAMES}), TRUE)"
# star → (the moment, what kind of touch it is, which rows are touches)
_POINTS = {
    "touch": ('"at"', "coalesce(kind, 'touch')", "TRUE"),
    "call": ("started_at", "CASE direction WHEN 'in' THEN 'call' ELSE 'dial' END", "NOT excluded"),
    "callback_request": ('"at"', "'callback'", "TRUE"),
    "message": ('"at"', "'message'", "TRUE"),
    "lead": ("created_at", "'lead'", "NOT from_call"),
}


def step_of(column: str) -> str:
    """What a touch is called on a path by a column; where that is unknown, by its kind."""
    return f'coalesce("{column}", touch_kind)'


# Whose the touches of a visitor are who surely called: ``led_now`` of this reader (``credited.lay_led``).
_LED = (
    "(SELECT t.* REPLACE (coalesce(d.customer_id, t.customer_id) AS customer_id) FROM touch t LEFT JOIN led_now d ON "
    "d.visitor_id = t.customer_id) touch"
)


def points_sql(*, counted: bool = False, led: bool = False) -> str:
    """All touches in and out, whoever's they are; ``counted``: of inbound calls those alone that bear credit; ``led``:
    some visitors are known by their calls.

    Advertising is never judged by all calls (S2-25 … S2-30): by the unique target call of a sales cycle where several
    calls belong to one sale, by every target call in trades without a cycle (``cycle_days`` 0: each is unique).
    """
    found = []
    for star, (moment, kind, which) in _POINTS.items():
        own = ", ".join(
            f'"{name}"' if name in STARS[star] else f'CAST(NULL AS {sort}) AS "{name}"'
            for name, sort in CREDIT_ATTRIBUTES.items()
            if name != "touch_kind"
        )
        source = _LED if led and star == "touch" else star
        found.append(
            f"SELECT customer_id, {moment} AS touched_at, '{star}' AS touch_star, fact_id AS touch_fact, "
            f"{kind} AS touch_kind, day AS touch_day, hour AS touch_hour, weekday AS touch_weekday, {own} "
            f"FROM {source} WHERE customer_id IS NOT NULL AND {which}{_only(star, counted=counted)}"
        )
    return " UNION ALL ".join(found)


def _only(star: str, *, counted: bool) -> str:
    return " AND (direction = 'out' OR is_unique_target)" if counted and star == "call" else ""


def journey_sql(
    lookback_days: int,
    *,
    columns: Iterable[str],
    deals: str = "TRUE",
    nearest: bool = False,
    counted: bool = False,
    led: bool = False,
) -> str:
    """Every touch of every sale: those of the customer up to the moment of the sale, in order.

    columns: what to know of each touch beside its place in the path; of five million touches, thirty columns cost six
    times what two do. deals: which sales, a condition on the star ``sale``. nearest: also the age of the last touch.
    counted, led: see ``points_sql``.
    """
    line = "PARTITION BY d.deal_id"
    told = "".join(f', p."{name}"' for name in dict.fromkeys(columns))
    last = f", min(epoch_us(d.won_at) - epoch_us(p.touched_at)) OVER ({line}) AS nearest" if nearest else ""
    return (
        f"WITH point AS ({points_sql(counted=counted, led=led)}), "
        f"deal AS (SELECT deal_id, customer_id, won_at FROM sale WHERE head AND ({deals})) "
        "SELECT d.deal_id, epoch_us(d.won_at) - epoch_us(p.touched_at) AS age, "
        f"row_number() OVER ({line} ORDER BY p.touched_at, p.touch_star, p.touch_fact) AS position, "
        f"count(*) OVER ({line}) AS path_length{last}{told} "
        "FROM deal d JOIN point p ON p.customer_id = d.customer_id AND p.touched_at <= d.won_at "
        f"AND epoch_us(p.touched_at) >= epoch_us(d.won_at) - {lookback_days * DAY_MICROS}"
    )


def paths_by(runner: Runner, step: str, *, counted: bool, lookback_days: int, lost: str = "TRUE") -> Paths:
    """Equal paths together: how often they led to a sale, and how many customers went them without buying.

    Paths that led nowhere reach back from their last touch as far as the others do from their sale. Whoever had a
    touch within the look-back may still buy: such people are not lost yet and are left out (see ``undecided``).
    lost: which of those without a sale, a condition on ``lost_day``: the local day on which the look-back has passed
    since their last touch. So a period has its lost people as it has its sales, however short it is.
    """
    ways = _told(runner, counted=counted)
    rows = runner.rows(
        f"WITH {ways}, gone AS (SELECT * FROM (SELECT *, latest_day + {lookback_days} AS lost_day FROM other) "
        f"WHERE {lost} AND NOT {_undecided(lookback_days)} "
        f"AND epoch_us(touched_at) >= epoch_us(latest) - {lookback_days * DAY_MICROS}) "
        "SELECT way, sum(sold), sum(lost) FROM ("
        f"SELECT list({step} ORDER BY position) AS way, 1 AS sold, 0 AS lost FROM journey GROUP BY deal_id UNION ALL "
        f"SELECT list({step} ORDER BY touched_at, touch_star, touch_fact), 0, 1 FROM gone GROUP BY customer_id) "
        "GROUP BY way ORDER BY way"
    )
    named = [[UNKNOWN_STEP if one is None else str(one) for one in way] for way, _, _ in rows]
    return methods.paths_of(named, [float(sold) for _, sold, _ in rows], nulls=[float(lost) for _, _, lost in rows])


def undecided(runner: Runner, *, counted: bool, lookback_days: int, last: str = "TRUE") -> int:
    """How many people without a sale had a touch within the look-back and are left out of ``paths_by``.

    last: which of them, a condition on ``latest_day``, the local day of their last touch.
    """
    ways = _told(runner, counted=counted)
    ((count,),) = runner.rows(
        f"WITH {ways} SELECT count(DISTINCT customer_id) FROM other WHERE {last} AND {_undecided(lookback_days)}"
    )
    return int(count)


def _told(runner: Runner, *, counted: bool) -> str:
    """``other``: touches of those who did not buy, each with their latest; ``known``: up to when anything is known."""
    ((led,),) = runner.rows("SELECT count(*) FROM led_now")
    bought = "SELECT customer_id FROM sale WHERE customer_id IS NOT NULL"
    return (
        f"point AS ({points_sql(counted=counted, led=led > 0)}), "
        "known AS (SELECT greatest((SELECT max(touched_at) FROM point), (SELECT max(won_at) FROM sale)) AS until), "
        f"other AS (SELECT *, max(touched_at) OVER (PARTITION BY customer_id) AS latest, max(touch_day) OVER "
        f"(PARTITION BY customer_id) AS latest_day FROM point "
        f"WHERE customer_id NOT IN ({bought}))"
    )


def _undecided(lookback_days: int) -> str:
    return f"epoch_us(latest) > (SELECT epoch_us(until) FROM known) - {lookback_days * DAY_MICROS}"
