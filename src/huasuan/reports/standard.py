"""The six reports about calls coming in (S2-9 … S2-15); each can be changed and saved under a name of one's own."""

from collections.abc import Mapping

from huasuan.kernel.text import Text
from huasuan.reports.definitions import COST_PER_COUNTED, COUNTED, Layout, ReportDefinition, Section

_SIDE_BY_SIDE = ("inbound_calls", "target_calls", "target_call_share")
_UNIQUE = ("unique_calls", "unique_target_calls")
_COSTS = ("marketing_spend", "cost_per_target_call", "cost_per_unique_call", "cost_per_unique_target_call")
_MISSED = ("inbound_calls", "missed", "missed_rate", "target_calls")
_WHEN = ("weekday", "hour")


def _part(key: str, zh: str, en: str, *metrics: str, by: tuple[str, ...] = (), layout: Layout | None = None) -> Section:
    shown: Layout = layout or ("table" if by else "figures")
    return Section(key=key, title=Text(zh=zh, en=en), layout=shown, metrics=metrics, by=by)


def _only(section: Section, cut: str, *values: str) -> Section:
    return Section(
        key=section.key,
        title=section.title,
        layout=section.layout,
        metrics=section.metrics,
        by=section.by,
        where=((cut, values),),
    )


_HOURS = Section(
    key="hours", title=Text(zh="时段：来电、坐席与广告", en="Hours: calls, staff and advertising"), layout="hours"
)
_PROPER = (
    _part(
        "all",
        "全部与目标来电",
        "All and proper calls",
        *_SIDE_BY_SIDE,
        *_UNIQUE,
        "grey_calls",
        "junk_calls",
        "repeat_calls",
    ),
    _part("days", "按日", "By day", *_SIDE_BY_SIDE, "unique_target_calls", by=("day",)),
    _part(
        "traffic",
        "关键词流量与自然流量",
        "Keyword and organic traffic",
        *_SIDE_BY_SIDE,
        *_UNIQUE,
        "junk_calls",
        by=("traffic",),
    ),
    _part(
        "keywords",
        "按关键词",
        "By keyword",
        *_SIDE_BY_SIDE,
        "junk_calls",
        "marketing_spend",
        COST_PER_COUNTED,
        by=("keyword",),
    ),
    _part("reasons", "垃圾来电的原因", "Why calls were junk", "junk_calls", by=("junk_reason",)),
    _part("junk", "带来垃圾来电的关键词", "Keywords that bring junk", "junk_calls", by=("keyword", "junk_reason")),
)
_MISSED_CALLS = (
    _part(
        "all",
        "未接与挽回",
        "Missed and rescued",
        "inbound_calls",
        "inbound_answered",
        "missed",
        "missed_rate",
        "short_abandons",
        "missed_rescued",
        "rescue_rate",
        "missed_not_called_back",
    ),
    _part("causes", "按原因", "By cause", "missed", "missed_not_called_back", "short_abandons", by=("cause",)),
    _part("open", "营业时间内外", "In and out of business hours", *_MISSED, "missed_not_called_back", by=("in_hours",)),
    _HOURS,
    _part("heat", "未接率：星期与小时", "Missed share by weekday and hour", "missed_rate", by=_WHEN, layout="heat"),
    _part("weekdays", "按星期", "By weekday", *_MISSED, by=("weekday",)),
    _part("channels", "按渠道", "By channel", *_MISSED, "missed_not_called_back", by=("channel",)),
)
_CHANNELS = (
    _part("all", "合计", "Altogether", *_SIDE_BY_SIDE, *_UNIQUE, *_COSTS),
    _part("channels", "按渠道", "By channel", *_SIDE_BY_SIDE, *_UNIQUE, "missed_rate", *_COSTS, by=("channel",)),
    _part(
        "campaigns",
        "按推广计划",
        "By campaign",
        *_SIDE_BY_SIDE,
        "unique_target_calls",
        *_COSTS,
        by=("channel", "campaign"),
    ),
    _part(
        "creatives",
        "按创意与形式",
        "By creative and format",
        *_SIDE_BY_SIDE,
        *_UNIQUE,
        "junk_calls",
        *_COSTS,
        by=("channel", "creative"),
    ),
    _part(
        "began",
        "来电链从哪个渠道开始",
        "Which channel began the chain",
        COUNTED,
        "inbound_calls",
        by=("first_channel", "channel"),
    ),
    _part("ordinal", "第几次来电", "Which call of the caller", *_SIDE_BY_SIDE, by=("call_number",)),
)
_CALLBACKS = (
    _part("all", "回呼请求", "Callback requests", "callback_requests", "callback_connected", "callback_connect_rate"),
    _part(
        "calls",
        "由回呼产生的通话",
        "Calls they became",
        "callback_connected",
        "callback_connected_target",
        "callback_connected_grey",
        "callback_connected_junk",
    ),
    # Other products write the call of a widget down as one that came in.
    _only(
        _part("incoming", "其他系统记为来电的回呼", "Callbacks another system wrote down as calls in", *_SIDE_BY_SIDE),
        "insertion",
        "callback",
    ),
    _part("sides", "谁没有接", "Who did not answer", "callback_requests", by=("failed_side",)),
    _part(
        "channels",
        "按渠道",
        "By channel",
        "callback_requests",
        "callback_connected",
        "callback_connect_rate",
        by=("channel",),
    ),
    _part(
        "hours_of",
        "按小时",
        "By hour",
        "callback_requests",
        "callback_connected",
        "callback_connect_rate",
        by=("hour",),
    ),
)
_LINES = (
    _part("numbers", "按号码", "By number", *_SIDE_BY_SIDE, *_UNIQUE, "missed", "missed_rate", by=("tracking_number",)),
    _part(
        "people",
        "按接听人",
        "By who answered",
        "inbound_answered",
        "target_calls",
        *_UNIQUE,
        "junk_calls",
        "inbound_answered_junk_share",
        "inbound_answered_ring_avg",
        "inbound_answered_talk_avg",
        "inbound_answered_wrap_avg",
        "call_conversion",
        by=("answered_by",),
    ),
    _part("teams", "按团队", "By team", *_SIDE_BY_SIDE, "missed_rate", by=("team",)),
    _part(
        "people_hours",
        "接听人与小时",
        "Who answered, by hour",
        "inbound_answered",
        "target_calls",
        by=("answered_by", "hour"),
    ),
)
_INCOMING = (
    _part(
        "all",
        "来电概览",
        "Incoming calls",
        *_SIDE_BY_SIDE,
        *_UNIQUE,
        "missed",
        "missed_rate",
        "withheld_calls",
        "source_coverage",
        "inbound_calls_excluded",
    ),
    _part("weekdays", "按星期", "By weekday", *_MISSED, "target_call_share", by=("weekday",)),
    _part("hours_of", "按小时", "By hour", *_MISSED, "target_call_share", by=("hour",)),
    _HOURS,
    _part("heat", "来电：星期与小时", "Calls by weekday and hour", "inbound_calls", by=_WHEN, layout="heat"),
    _part("days", "按日", "By day", *_MISSED, by=("day",)),
    _part("regions", "按地区", "By region", *_SIDE_BY_SIDE, by=("province",)),
    _part("left_out", "排除的来电", "Calls left out", "inbound_calls_excluded", by=("excluded_by",)),
)


def _report(key: str, title: Text, meaning: Text, sections: tuple[Section, ...]) -> ReportDefinition:
    return ReportDefinition(key=key, title=title, meaning=meaning, kind=key, sections=sections)


STANDARD: Mapping[str, ReportDefinition] = {
    report.key: report
    for report in (
        _report(
            "proper",
            Text(zh="目标来电", en="Proper calls"),
            Text(
                zh="哪些来电来自真正的潜在客户，哪些关键词只带来垃圾。",
                en="Which calls are real enquiries, which keywords bring junk.",
            ),
            _PROPER,
        ),
        _report(
            "missed",
            Text(zh="未接来电", en="Missed calls"),
            Text(
                zh="何时、为何没有接到，谁还没有回拨。", en="When and why nobody answered, and who was not called back."
            ),
            _MISSED_CALLS,
        ),
        _report(
            "channels",
            Text(zh="各渠道来电", en="Calls by channel"),
            Text(zh="每个渠道的每一种来电各花了多少。", en="What each kind of call costs in each channel."),
            _CHANNELS,
        ),
        _report(
            "callbacks",
            Text(zh="回呼小部件", en="Callback widget"),
            Text(
                zh="要求回呼的人有多少接通了，哪一方没有接。",
                en="How many who asked were reached, and which side did not answer.",
            ),
            _CALLBACKS,
        ),
        _report(
            "lines",
            Text(zh="号码与接听人", en="Numbers and representatives"),
            Text(
                zh="打给哪个号码、由谁接听，结果如何。",
                en="Which number was called, who answered, and what came of it.",
            ),
            _LINES,
        ),
        _report(
            "incoming",
            Text(zh="来电概览", en="Incoming calls"),
            Text(
                zh="来电何时到来、有多少接到；该移广告还是加人。",
                en="When calls come and how many are taken: move the ads or add staff.",
            ),
            _INCOMING,
        ),
    )
}
