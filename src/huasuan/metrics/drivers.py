"""Cost drivers: which facts bear a cost, and by what weight (domain canon, section 4; the drivers are our choice).

A day's share of a cost forms a pool. Its units are the facts of that day that match the cost's scope; each bears
``weight / sum of weights``. A tariff (``rate``) earns its amount from the ``quantity`` of the day. SQL here is over
the star tables of the warehouse and is kept to what every engine knows.
"""

from dataclasses import dataclass

from huasuan.kernel.text import Text


@dataclass(frozen=True, slots=True, kw_only=True)
class Units:
    """Facts that bear a cost: a star table, which of its rows, and the whole-number weight of a row.

    ``counted`` is the condition all drivers of that table share, ``where`` the one of this driver.
    """

    star: str
    where: str = "TRUE"
    weight: str = "1"
    counted: str = "TRUE"

    @property
    def condition(self) -> str:
        """Both conditions."""
        return f"{self.counted} AND ({self.where})"


@dataclass(frozen=True, slots=True, kw_only=True)
class Driver:
    """One way to spread a cost.

    units: who bears it. quantity: what a tariff counts, where that differs from the units (paid time, not talk).
    per: how many weight units make one priced unit (60 seconds a minute, 3,600 an hour).
    split_by_agent: the day's amount goes to agents by their paid seconds first, then to each one's own calls.
    any_day: the units are found by the scope alone, whatever their day (a commission follows its deal).
    """

    key: str
    text: Text
    units: tuple[Units, ...] = ()
    per: int = 1
    split_by_agent: bool = False
    any_day: bool = False


def _calls(where: str = "TRUE", weight: str = "1") -> tuple[Units, ...]:
    return (Units(star="call", where=where, weight=weight, counted="NOT excluded"),)


def _billed(step: int) -> tuple[Units, ...]:
    return _calls(weight=_rounded_up(step))


def _rounded_up(step: int) -> str:
    # No call has a negative length (calls.rules), and one of no length weighs nothing without a condition that every
    # call would have to be asked.
    return "billed_seconds" if step == 1 else f"((billed_seconds + {step - 1}) // {step}) * {step}"


_ALL = (
    Driver(key="none", text=Text(zh="不分摊", en="not spread")),
    Driver(key="call", text=Text(zh="每通电话", en="per call"), units=_calls()),
    Driver(key="dial", text=Text(zh="每次拨打", en="per dial"), units=_calls("direction = 'out'")),
    Driver(key="inbound_call", text=Text(zh="每通来电", en="per inbound call"), units=_calls("direction = 'in'")),
    Driver(
        key="answered_call", text=Text(zh="每通接通电话", en="per answered call"), units=_calls("billed_seconds > 0")
    ),
    Driver(
        key="minute_60", text=Text(zh="每分钟（按60秒进位）", en="per minute, whole minutes"), units=_billed(60), per=60
    ),
    Driver(
        key="minute_6", text=Text(zh="每分钟（按6秒进位）", en="per minute, steps of 6 s"), units=_billed(6), per=60
    ),
    Driver(key="minute_1", text=Text(zh="每分钟（按秒）", en="per minute, by the second"), units=_billed(1), per=60),
    Driver(
        key="seat_hour",
        text=Text(zh="每坐席小时", en="per seat-hour"),
        # Without an agent nobody handled it: 0 seconds (metrics.derived.calls).
        units=_calls(weight="handle_seconds"),
        per=3600,
        split_by_agent=True,
    ),
    Driver(
        key="bot_minute",
        text=Text(zh="每机器人分钟", en="per voice-bot minute"),
        units=_calls("voice = 'bot'", _rounded_up(60)),
        per=60,
    ),
    Driver(key="bot_call", text=Text(zh="每通机器人电话", en="per voice-bot call"), units=_calls("voice = 'bot'")),
    Driver(
        key="record",
        text=Text(zh="每条名单记录（首次拨打）", en="per list record, at its first dial"),
        units=_calls("first_dial"),
    ),
    Driver(
        key="message",
        text=Text(zh="每条短信", en="per text message segment"),
        units=(
            Units(star="touch", where="kind = 'sms'", weight="segments"),
            Units(star="message", where="kind = 'sms'", weight="segments"),
        ),
    ),
    Driver(
        key="visit",
        text=Text(zh="每次访问/点击", en="per visit or click"),
        units=(Units(star="touch", where="kind = 'visit'"),),
    ),
    Driver(key="lead", text=Text(zh="每条线索", en="per lead"), units=(Units(star="lead", where="NOT duplicate"),)),
    Driver(
        key="response",
        text=Text(zh="每个响应（来电或线索）", en="per response: inbound call, or lead without one"),
        units=(
            Units(star="call", where="direction = 'in'", counted="NOT excluded"),
            Units(star="lead", where="NOT duplicate AND NOT from_call"),
        ),
    ),
    Driver(
        key="deal",
        text=Text(zh="直接计入成交", en="direct to the deal"),
        units=(Units(star="sale", where="head"),),
        any_day=True,
    ),
)
DRIVERS: dict[str, Driver] = {driver.key: driver for driver in _ALL}


@dataclass(frozen=True, slots=True, kw_only=True)
class CostKind:
    """A kind of cost with the driver it has by itself and the requirements that name it."""

    key: str
    text: Text
    driver: str
    requirements: tuple[str, ...]


def _kind(key: str, zh: str, en: str, driver: str, requirements: str) -> CostKind:
    return CostKind(key=key, text=Text(zh=zh, en=en), driver=driver, requirements=tuple(requirements.split()))


COST_KINDS: dict[str, CostKind] = {
    kind.key: kind
    for kind in (
        _kind("list_data", "号码数据", "phone-number data", "record", "S0-5 S3-6"),
        _kind("ads", "广告", "advertising", "response", "S3-6 S2-39"),
        _kind("events", "活动、展会、门店", "events, fairs, shops", "lead", "S3-6 S3-31"),
        _kind("content", "内容制作", "content", "response", "S3-6"),
        _kind("tracking_numbers", "跟踪号码", "tracking numbers", "inbound_call", "S0-9 S0-19"),
        _kind("dialler", "拨号与外呼平台", "dialler and call platform", "seat_hour", "S0-6 S3-4"),
        _kind("crm", "CRM许可与集成", "CRM licences and integration", "seat_hour", "S0-6 S3-4"),
        _kind("voice_bot", "语音机器人", "voice bot", "bot_minute", "S3-4 S3-16"),
        _kind("sms", "短信", "text messages", "message", "S3-4 S3-5"),
        _kind("call_charges", "话费", "call charges", "minute_60", "S0-8 S3-5"),
        _kind("number_rent", "号码月租", "number rent", "call", "S0-8 S3-5"),
        _kind("pay", "薪资福利", "pay and benefits", "seat_hour", "S0-7 S3-3 S3-11"),
        _kind("commission", "提成", "commission", "deal", "S3-3"),
        _kind("training", "培训", "training", "seat_hour", "S0-7 S3-3"),
        _kind("recruitment", "招聘", "recruitment", "seat_hour", "S3-51"),
        _kind("management", "管理", "management", "seat_hour", "S0-7"),
        _kind("tools", "跟踪与分析工具", "tracking and analysis tools", "call", "S0-9"),
        _kind("premises", "房租、折旧、水电", "rent, depreciation, utilities", "seat_hour", "S3-7"),
        _kind("capital", "自动化投入", "capital automation", "minute_1", "S3-12"),
        _kind("compliance", "合规", "compliance", "record", "S3-8"),
        _kind("fine", "罚款", "fines", "dial", "S3-10"),
        _kind("other", "其他", "other", "call", "S3-2"),
    )
}
