"""The canon: numbered requirements, the list of metrics and the list of cuts, as data."""

import csv
from functools import cache
from importlib.resources import files

# How a variant of a metric is called beside the metric's own name, and those that need a name of their own.
_VARIANTS = {
    "not_called_back": ("未回拨", "not called back"),
    "excluded": ("不计入", "not counted"),
    "business_hours": ("营业时间", "business hours"),
    "business_hours_p90": ("营业时间 p90", "business hours p90"),
    "rating": ("评分", "rating"),
    "km_median": ("含未结束的中位数", "median with open ones"),
    "model": ("模型", "by model"),
    "contract": ("合同", "by contract"),
    "automatic": ("自动质检", "automatic"),
    "customer": ("影响客户的差错", "errors that hurt the customer"),
    "business": ("影响业务的差错", "errors that hurt the business"),
    "noncritical": ("一般差错", "other errors"),
    "agent": ("坐席", "agent"),
    "target": ("目标通话", "proper call"),
    "grey": ("灰区通话", "unclear call"),
    "junk": ("垃圾通话", "junk call"),
}
_OWN_NAMES = {
    "funnel_stage_days": ("阶段停留天数", "days in a stage"),
    "inbound_answered_ring_avg": ("来电平均振铃", "mean ring of answered calls"),
    "inbound_answered_talk_avg": ("来电平均通话", "mean talk of answered calls"),
    "inbound_answered_wrap_avg": ("来电平均话后处理", "mean wrap-up of answered calls"),
    "inbound_answered_junk_share": ("接听来电的垃圾占比", "junk share of answered calls"),
}


@cache
def requirement_ids() -> frozenset[str]:
    """The ids of all numbered requirements (S0-1 …)."""
    return frozenset(row["id"] for row in _rows("requirements.csv"))


@cache
def canon_metrics() -> dict[str, dict[str, str]]:
    """Every metric of the canon by key, as the rows of kpis.csv."""
    return {row["key"]: row for row in _rows("kpis.csv")}


@cache
def canon_row(key: str) -> dict[str, str]:
    """The canon's row of a metric or of what it is a variant of (``speed_to_lead_p90``), with the variant in its name.

    Raises
    ------
    KeyError
        neither is in the canon
    """
    known = canon_metrics()
    for end in (len(key), *(at for at in range(len(key) - 1, 0, -1) if key[at] == "_")):
        row = known.get(key[:end])
        if row is not None:
            return row | _names(row, key, key[end + 1 :])
    raise KeyError(key)


def _names(row: dict[str, str], key: str, variant: str) -> dict[str, str]:
    """What a variant is called in both languages; nothing for the metric itself."""
    if not variant:
        return {}
    if key in _OWN_NAMES:
        zh, en = _OWN_NAMES[key]
        return {"zh": zh, "en": en}
    said = variant.replace("_", " ")
    zh, en = _VARIANTS.get(variant, (said, said))
    return {"zh": f"{row['zh']}（{zh}）", "en": f"{row['en']} ({en})"}


@cache
def canon_dimensions() -> dict[str, dict[str, str]]:
    """Every cut of the canon by key, as the rows of dimensions.csv."""
    return {row["key"]: row for row in _rows("dimensions.csv")}


def _rows(name: str) -> list[dict[str, str]]:
    text = files(__package__).joinpath(name).read_text(encoding="utf-8")
    return list(csv.DictReader(text.splitlines()))
