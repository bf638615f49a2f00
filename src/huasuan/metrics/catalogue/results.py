"""How outbound attempts ended: shares of dials that add up to one with the answered ones."""

from huasuan.metrics.catalogue.calls import DIALS, out, share
from huasuan.metrics.language import Metric, Ratio


def _result(key: str, zh: str, en: str, result: str) -> Ratio:
    return share(key, zh, en, out(key, zh, en, f"result = '{result}'", part=result), DIALS)


METRICS: list[Metric] = [
    _result(
        "invalid_rate",
        "空号、停机或关机占拨号量的比例；越高说明名单越差。",
        "Dials to numbers that do not exist, are suspended or switched off, over dials; a poor list shows here.",
        "invalid",
    ),
    _result("busy_rate", "占线占拨号量的比例。", "Dials that met a busy line, over dials.", "busy"),
    _result("no_answer_rate", "无人接听占拨号量的比例。", "Dials nobody answered, over dials.", "no_answer"),
    _result(
        "rejected_rate",
        "被拒接占拨号量的比例；某个外显号码升高可能是被标记。",
        "Dials the called person declined, over dials; a rise on one shown number hints at a tag.",
        "rejected",
    ),
    _result(
        "network_block_rate",
        "被运营商或拒接服务拦截占拨号量的比例。",
        "Dials a carrier's service refused, over dials.",
        "network_block",
    ),
]
