"""How a metric is collected: which records it is counted from (S1-27)."""

from huasuan.kernel.text import Text
from huasuan.metrics.language import CostBase, Metric, parts

_LEDGER = Text(zh="费用台账", en="the cost ledger")
RECORDS: dict[str, Text] = {
    "call": Text(zh="通话记录", en="calls"),
    "lead": Text(zh="线索", en="leads"),
    "touch": Text(zh="触点", en="touches"),
    "sale": Text(zh="成交事件", en="deal events"),
    "deal_open": Text(zh="成交事件", en="deal events"),
    "sale_back": Text(zh="退货与取消事件", en="returns and cancellations"),
    "credit": Text(zh="成交与触点", en="sales and touches"),
    "customer_month": Text(zh="成交事件", en="deal events"),
    "deal_stage": Text(zh="成交事件", en="deal events"),
    "shift": Text(zh="班次", en="shifts"),
    "agent_state": Text(zh="坐席状态", en="agent states"),
    "planned_state": Text(zh="排班计划", en="planned states"),
    "list_record": Text(zh="名单记录", en="list lines"),
    "message": Text(zh="消息", en="messages"),
    "campaign_target": Text(zh="活动目标", en="campaign targets"),
    "bot_verdict": Text(zh="机器人结论", en="verdicts of bots"),
    "meeting": Text(zh="会议", en="meetings"),
    "handover": Text(zh="移交", en="handovers"),
    "lead_quality": Text(zh="线索评分", en="ratings of leads"),
    "callback_request": Text(zh="回呼请求", en="callback requests"),
    "complaint": Text(zh="投诉", en="complaints"),
    "opt_out": Text(zh="退订", en="opt-outs"),
    "decision": Text(zh="拨打裁定", en="rule decisions"),
    "survey_answer": Text(zh="问卷回答", en="survey answers"),
    "quality_score": Text(zh="质检评分", en="quality scores"),
    "transcript_hit": Text(zh="关键词命中", en="transcript hits"),
    "sentiment": Text(zh="情绪评分", en="sentiment scores"),
}


def tracked(metric: Metric) -> Text:
    """The records behind a metric, in the order in which they come into it."""
    found = dict.fromkeys(_LEDGER if isinstance(base, CostBase) else RECORDS[base.star] for _, base in parts(metric))
    return Text(zh="、".join(text.zh for text in found), en=", ".join(text.en for text in found))
