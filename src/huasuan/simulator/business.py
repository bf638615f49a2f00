"""What the made-up business is: it sells brake parts and fleet service by telephone.

Every number here is invented and stated, so that a report can be held against it: which keyword is junk, which
channel only pretends to sell, which list is dead, which script works.
"""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Ad:
    """Something that makes people call in, and what it is really worth.

    weight: share of inbound calls. junk: share of its answered calls that are junk. appeal: factor on the chance of a
    sale. returns: factor on the chance that it comes back. cost: yuan spent for each call it brings.
    """

    channel: str | None
    source: str | None = None
    medium: str | None = None
    campaign: str | None = None
    ad_group: str | None = None
    keyword: str | None = None
    creative: str | None = None
    number: str
    insertion: str | None = None
    weight: float
    junk: float
    junk_reason: str = "no_need"
    appeal: float
    returns: float = 1.0
    cost: float
    evening: bool = False
    online: bool = False


_MAIN_LINE = "4008001234"


def _number(serial: int) -> str:
    return f"+867558880{serial:04d}"


def _baidu(campaign: str, keyword: str, *, weight: float, junk: float, appeal: float, cost: float, reason: str) -> Ad:
    serial = {"bd-brake": 11, "bd-fleet": 14, "bd-generic": 17}[campaign]
    return Ad(
        channel="baidu",
        source="baidu",
        medium="cpc",
        campaign=campaign,
        ad_group=f"{campaign}-1",
        keyword=keyword,
        number=_number(serial + len(keyword) % 3),
        insertion="dynamic",
        weight=weight,
        junk=junk,
        junk_reason=reason,
        appeal=appeal,
        cost=cost,
        online=True,
    )


def _feed(
    channel: str, campaign: str, creative: str, serial: int, *, weight: float, junk: float, appeal: float, cost: float
) -> Ad:
    return Ad(
        channel=channel,
        source=channel,
        medium="feed",
        campaign=campaign,
        creative=creative,
        number=_number(serial),
        insertion="static",
        weight=weight,
        junk=junk,
        appeal=appeal,
        returns=3.0 if channel == "douyin" else 1.2,
        cost=cost,
        online=True,
    )


def _plain(channel: str | None, serial: int, *, weight: float, junk: float, appeal: float, cost: float) -> Ad:
    return Ad(
        channel=channel,
        number=_number(serial) if channel else _MAIN_LINE,
        weight=weight,
        junk=junk,
        appeal=appeal,
        cost=cost,
        returns=0.6,
    )


ADS: tuple[Ad, ...] = (
    _baidu("bd-brake", "刹车盘", weight=10, junk=0.10, appeal=1.5, cost=38, reason="price_only"),
    _baidu("bd-brake", "刹车片更换", weight=7, junk=0.14, appeal=1.2, cost=30, reason="price_only"),
    _baidu("bd-brake", "刹车异响", weight=4, junk=0.22, appeal=0.9, cost=22, reason="no_need"),
    _baidu("bd-fleet", "车队保养", weight=3, junk=0.08, appeal=2.2, cost=60, reason="no_need"),
    # Tyres: many calls, nothing to sell them (the shop has brake discs).
    _baidu("bd-generic", "轮胎", weight=8, junk=0.75, appeal=0.1, cost=33, reason="wrong_product"),
    _baidu("bd-generic", "汽车配件", weight=6, junk=0.45, appeal=0.5, cost=27, reason="wrong_product"),
    _baidu("bd-generic", "免费洗车", weight=3, junk=0.85, appeal=0.05, cost=9, reason="freebie"),
    # Short video pretends to sell: cheap calls and many orders that come back.
    _feed("douyin", "dy-video", "video-safety", 21, weight=8, junk=0.35, appeal=0.8, cost=18),
    _feed("douyin", "dy-video", "video-price", 22, weight=9, junk=0.45, appeal=0.9, cost=15),
    _feed("douyin", "dy-live", "live-room", 23, weight=5, junk=0.30, appeal=1.0, cost=20),
    Ad(
        channel="so360",
        source="360",
        medium="cpc",
        campaign="360-brand",
        keyword="安行刹车",
        number=_number(31),
        insertion="static",
        weight=5,
        junk=0.06,
        appeal=1.3,
        cost=12,
        online=True,
    ),
    Ad(
        channel="so360",
        source="360",
        medium="cpc",
        campaign="360-generic",
        keyword="刹车",
        number=_number(32),
        insertion="static",
        weight=3,
        junk=0.3,
        appeal=0.8,
        cost=24,
        online=True,
    ),
    _feed("wechat", "wx-moments", "image-family", 41, weight=5, junk=0.22, appeal=1.0, cost=26),
    _feed("wechat", "wx-moments", "image-price", 42, weight=4, junk=0.38, appeal=0.7, cost=21),
    # Radio is heard at eight in the evening, when nobody is at the telephones.
    Ad(
        channel="radio",
        source="fm1062",
        medium="offline",
        campaign="radio-evening",
        creative="spot-30s",
        number=_number(51),
        weight=8,
        junk=0.18,
        appeal=1.2,
        cost=25,
        evening=True,
    ),
    Ad(
        channel="sms",
        source="sms",
        medium="sms",
        campaign="sms-wave",
        creative="sms-a",
        number=_number(61),
        weight=5,
        junk=0.3,
        appeal=0.8,
        cost=0,
    ),
    _plain("referral", 71, weight=5, junk=0.03, appeal=3.0, cost=0),
    _plain(None, 0, weight=7, junk=0.35, appeal=0.9, cost=0),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class NumberList:
    """A list of numbers to dial: its supplier, yuan a record, and what it is really worth."""

    name: str
    supplier: str
    weight: float
    invalid: float
    reach: float
    quality: float
    price: str
    campaign: str
    b2b: bool = False


LISTS: tuple[NumberList, ...] = (
    NumberList(
        name="L-owners",
        supplier="优客数据",
        weight=28,
        invalid=0.05,
        reach=1.0,
        quality=1.3,
        price="0.60",
        campaign="out-owners",
    ),
    NumberList(
        name="L-city",
        supplier="优客数据",
        weight=22,
        invalid=0.16,
        reach=0.9,
        quality=0.8,
        price="0.35",
        campaign="out-city",
    ),
    NumberList(
        name="L-cheap",
        supplier="万号通",
        weight=22,
        invalid=0.38,
        reach=0.7,
        quality=0.25,
        price="0.08",
        campaign="out-city",
    ),
    NumberList(
        name="L-old",
        supplier="自有",
        weight=15,
        invalid=0.03,
        reach=1.3,
        quality=2.2,
        price="0.02",
        campaign="out-winback",
    ),
    NumberList(
        name="L-fleet",
        supplier="企查",
        weight=13,
        invalid=0.09,
        reach=0.9,
        quality=1.8,
        price="1.20",
        campaign="out-fleet",
        b2b=True,
    ),
)

SCRIPTS: tuple[tuple[str, float], ...] = (("v1", 0.8), ("v2", 1.2))
"""Script version and its factor on the chance of a sale: v1 presents first, v2 asks first."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Office:
    """A city with a call centre: its share of the staff, monthly pay in yuan, rent, and the numbers it shows."""

    city: str
    teams: tuple[str, ...]
    share: float
    pay: int
    rent: int
    shown: tuple[str, ...]


OFFICES: tuple[Office, ...] = (
    Office(
        city="深圳",
        teams=("深圳一组", "深圳二组"),
        share=0.45,
        pay=9200,
        rent=5200,
        shown=("+8675566000001", "+8675566000002"),
    ),
    Office(city="成都", teams=("成都组",), share=0.3, pay=6800, rent=2600, shown=("+862866000001", "+862866000002")),
    Office(city="西安", teams=("西安组",), share=0.25, pay=5900, rent=2000, shown=("+862966000001",)),
)
FLAGGED_NUMBER = "+8675566000002"
"""A shown number that handsets mark as harassment, so fewer people take its calls."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Item:
    """Something to sell; price in fen, margin in percent (None: nobody entered it)."""

    product: str
    group: str
    price: int
    margin: str | None
    b2b: bool = False


ITEMS: tuple[Item, ...] = (
    Item(product="P01", group="制动", price=68_000, margin="45"),
    Item(product="P02", group="制动", price=32_000, margin="52.5"),
    Item(product="P03", group="保养", price=45_900, margin="35"),
    Item(product="P04", group="电子", price=89_900, margin="28"),
    Item(product="P05", group="保养", price=980_000, margin="40", b2b=True),
)
CUSTOM_ITEM = Item(product="P09", group="定制", price=150_000, margin=None)

PROMOTION = "four-for-three"
INDUSTRIES = ("物流", "出租车", "租赁", "建筑", "电商", "食品")
AGE_BANDS = ("18-24", "25-34", "35-44", "45-54", "55+")
SEGMENTS = ("家用", "网约车", "改装", "车队")
RETURN_REASONS = ("质量问题", "尺寸不符", "不想要了", "发错货")
