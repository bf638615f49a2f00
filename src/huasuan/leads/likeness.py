"""When two company names mean one company: legal forms, places and widths aside, nearly the same letters (S3-31)."""

import re
import unicodedata
from collections.abc import Mapping
from functools import lru_cache

# From this likeness on (0 to 100, Levenshtein's ratio) a person should look whether it is one company.
ALIKE = 88
BLOCK = 2
_LEGAL = re.compile(
    r"(股份有限公司|有限责任公司|有限公司|有限合伙|集团公司|总公司|分公司|子公司|办事处|集团|公司|个体工商户"
    r"|\b(co|company|corp|corporation|inc|incorporated|ltd|limited|llc|llp|plc|gmbh|ag|sa|srl|bv|oy|ab|kk|pte|pty)\b)"
)
_PLACES = (
    "北京", "天津", "上海", "重庆", "河北", "山西", "辽宁", "吉林", "黑龙江", "江苏", "浙江", "安徽", "福建", "江西",
    "山东", "河南", "湖北", "湖南", "广东", "海南", "四川", "贵州", "云南", "陕西", "甘肃", "青海", "台湾", "内蒙古",
    "广西", "西藏", "宁夏", "新疆", "香港", "澳门", "深圳", "广州", "杭州", "南京", "苏州", "成都", "武汉", "西安",
    "青岛", "宁波", "厦门", "大连", "中国",
)  # fmt: skip
_PLACE = re.compile(rf"^(?:(?:{'|'.join(_PLACES)})(?:特别行政区|自治区|省|市)?)+(?=.{{2}})")
_NOT_A_LETTER = re.compile(r"[\W_]+")


@lru_cache(maxsize=100_000)
def company_key(name: str) -> str:
    """A company's name without legal form, place, blanks and punctuation; empty if nothing else stands there.

    ``北京华算科技有限公司`` and ``华算科技（北京）股份有限公司`` both give ``华算科技``.
    """
    plain = unicodedata.normalize("NFKC", name).lower()
    outside = re.sub(r"\([^)]*\)", " ", plain)
    bare = _LEGAL.sub(" ", outside.replace(".", ""))
    key = _PLACE.sub("", _NOT_A_LETTER.sub("", bare))
    return key or _NOT_A_LETTER.sub("", plain)


def most_alike(key: str, others: Mapping[int, str]) -> int | None:
    """Which of ``others`` (id → key) is most probably the same company; None if none is alike enough."""
    from rapidfuzz import fuzz, process  # noqa: PLC0415  loaded when the first company name comes

    if not key or not others:
        return None
    found = process.extractOne(key, others, scorer=fuzz.ratio, score_cutoff=ALIKE)
    return None if found is None else int(found[2])
