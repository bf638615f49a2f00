"""What is wrong with what was sent, in both languages: the words for every fault a shape can find.

Pydantic words its faults in English alone; their types and what they carry say the same in any language.
"""

import re
from collections.abc import Iterable, Mapping
from typing import Any

from huasuan.kernel.text import Text

_MOST_TOLD = 5
_QUOTED = re.compile(r"'([^']*)'")
# Where in a request a value stands; whoever reads the fault looks for the field.
_PLACES = frozenset({"body", "query", "path", "header", "cookie"})
_WHOLE = Text(zh="整个内容", en="the content")


def _two(zh: str, en: str) -> Text:
    return Text(zh=zh, en=en)


_TEXT, _WHOLE_NUMBER, _NUMBER = (
    _two("须为文字", "must be text"),
    _two("须为整数", "must be a whole number"),
    _two("须为数字", "must be a number"),
)
_YES_NO, _LIST, _OBJECT = (
    _two("须为 true 或 false", "must be true or false"),
    _two("须为列表", "must be a list"),
    _two("须为对象", "must be an object"),
)
_DAY = _two("须为日期，如 2026-07-31", "must be a day, such as 2026-07-31")
_MOMENT = _two("须为时间，如 2026-07-31T09:00:00+08:00", "must be a moment, such as 2026-07-31T09:00:00+08:00")
_ZONE = _two("时间须带时区，如 +08:00 或 Z", "the moment needs a time zone, such as +08:00 or Z")
_ONE_OF = _two("须为以下之一：{expected}", "must be one of: {expected}")
_LONG = _two("过长，最多 {max_length} 个字符", "is too long, at most {max_length} characters")
_OTHER = _two("格式不正确", "does not have the right shape")

SAID: Mapping[str, Text] = {
    "missing": _two("必填", "is required"),
    "extra_forbidden": _two("没有这个字段", "there is no such field"),
    "json_invalid": _two("不是有效的 JSON", "is not valid JSON"),
    "json_type": _two("须为 JSON 文字", "must be JSON text"),
    "string_type": _TEXT,
    "string_unicode": _two("含有无法读取的字符", "holds characters that cannot be read"),
    "string_too_short": _two("过短，至少 {min_length} 个字符", "is too short, at least {min_length} characters"),
    "string_too_long": _LONG,
    "string_pattern_mismatch": _two("写法不符：{pattern}", "is not written as it must be: {pattern}"),
    "too_short": _two("过少，至少 {min_length} 项", "has too few items, at least {min_length}"),
    "too_long": _two("过多，最多 {max_length} 项", "has too many items, at most {max_length}"),
    "bool_type": _YES_NO,
    "bool_parsing": _YES_NO,
    "int_type": _WHOLE_NUMBER,
    "int_parsing": _WHOLE_NUMBER,
    "int_parsing_size": _two("整数过大", "is too large a number"),
    "int_from_float": _WHOLE_NUMBER,
    "float_type": _NUMBER,
    "float_parsing": _NUMBER,
    "finite_number": _two("须为有限的数字", "must be a finite number"),
    "decimal_type": _NUMBER,
    "decimal_parsing": _NUMBER,
    "decimal_max_digits": _two("数字过长，最多 {max_digits} 位", "has too many digits, at most {max_digits}"),
    "decimal_max_places": _two("小数过长，最多 {decimal_places} 位", "has too many decimals, at most {decimal_places}"),
    "decimal_whole_digits": _two(
        "整数部分过长，最多 {whole_digits} 位", "has too many whole digits, at most {whole_digits}"
    ),
    "greater_than": _two("须大于 {gt}", "must be greater than {gt}"),
    "greater_than_equal": _two("不得小于 {ge}", "must be at least {ge}"),
    "less_than": _two("须小于 {lt}", "must be less than {lt}"),
    "less_than_equal": _two("不得大于 {le}", "must be at most {le}"),
    "multiple_of": _two("须为 {multiple_of} 的倍数", "must be a multiple of {multiple_of}"),
    "literal_error": _ONE_OF,
    "enum": _ONE_OF,
    "list_type": _LIST,
    "tuple_type": _LIST,
    "set_type": _LIST,
    "frozen_set_type": _LIST,
    "dict_type": _OBJECT,
    "mapping_type": _OBJECT,
    "model_type": _OBJECT,
    "model_attributes_type": _OBJECT,
    "dataclass_type": _OBJECT,
    "none_required": _two("须为空（null）", "must be null"),
    "date_type": _DAY,
    "date_parsing": _DAY,
    "date_from_datetime_parsing": _DAY,
    "date_from_datetime_inexact": _DAY,
    "datetime_type": _MOMENT,
    "datetime_parsing": _MOMENT,
    "datetime_from_date_parsing": _MOMENT,
    "datetime_object_invalid": _MOMENT,
    "timezone_aware": _ZONE,
    # Our own, said by validators of ours.
    "money_as_float": _two(
        '金额须为文字（如 "12.50"）或整数，不能是小数',
        'money must be a string such as "12.50" or a whole number, not a float',
    ),
    "one_person": _two("请填写 number 或 email 之一", "give either number or email"),
    "only_blanks": _two("不能只有空格", "holds nothing but blanks"),
}


def said_of(faults: Iterable[Mapping[str, Any]]) -> Text:
    """The first faults of a shape, each with its field, as pydantic's ``errors()`` has them.

    >>> said_of([{"type": "missing", "loc": ("body", "numbers", 0), "msg": "Field required"}]).zh
    'numbers[1]：必填'
    """
    told = [(_field(fault["loc"]), _words(fault)) for fault in faults][:_MOST_TOLD]
    return Text(
        zh="；".join(f"{field or _WHOLE.zh}：{words.zh}" for field, words in told),
        en="; ".join(f"{field or _WHOLE.en}: {words.en}" for field, words in told),
    )


def _field(place: Iterable[str | int]) -> str:
    """The field as people count: the first of a list is 1."""
    steps = list(place)
    if steps and steps[0] in _PLACES:
        del steps[0]
    named = "".join(f"[{step + 1}]" if isinstance(step, int) else f".{step}" for step in steps)
    return named.removeprefix(".")


def _words(fault: Mapping[str, Any]) -> Text:
    words = SAID.get(fault["type"], _OTHER)
    said = dict(fault.get("ctx") or {})
    if "expected" in said:
        said["expected"] = ", ".join(_QUOTED.findall(str(said["expected"]))) or said["expected"]
    return Text(zh=words.zh.format_map(said), en=words.en.format_map(said))
