"""What sites, pools and numbers may be, and who is believed when a page asks for a number: pure decisions."""

import hashlib
import hmac
import re
from collections.abc import Sequence
from urllib.parse import urlsplit

from huasuan.facts.numbers import TrackedNumber
from huasuan.kernel.errors import InvalidInput
from huasuan.kernel.opening import seconds_of_hours
from huasuan.kernel.text import Text
from huasuan.numbers.types import SiteSettings

MIN_HOLD, MAX_HOLD = 30, 86_400
MAX_QUIET = 7 * 86_400
STORAGES = ("session", "local", "none")
# What a page asks again after while it is seen; several beats fit into the shortest hold.
BEAT_SECONDS = 15
# A first word that was sent twice, because its answer was lost, is believed within this time.
AGAIN_SECONDS = 60
_ID = re.compile(r"[0-9a-zA-Z_-]{16,64}")
_DIGITS = re.compile(r"\D+")
# 86 is the country only where a whole number follows it.
_PREFIX = re.compile(r"^(?:0086|86(?=\d{10}))?0?")
_ORIGIN = re.compile(r"https?://(?:\*\.)?[a-z0-9.\-\[\]:]{1,253}")
# Programs that read pages for a search engine or a preview: they see the site's own number (research: SEO).
_ROBOT = re.compile(
    r"bot\b|bot[/;_-]|spider|crawl|slurp|headless|preview|monitor|lighthouse|curl/|wget/|python|scrapy|httpclient|"
    r"facebookexternalhit|bytespider|phantomjs",
    re.IGNORECASE,
)
_PAGE = re.compile(r"https?://[^\s<>\"']{1,400}")
_TOKEN_BYTES = 12
_MOBILE_DIGITS, _SERVICE_DIGITS = 11, 10


def check_tracked(told: TrackedNumber) -> TrackedNumber:
    """What is told of a number of ours, as the door takes it.

    Raises
    ------
    InvalidInput
        ``bad_hours``
    """
    seconds_of_hours(told.hours)
    return told


def digits_of(number: str) -> str:
    """The digits of a number alone: how a page's number is told from others."""
    return _DIGITS.sub("", number)


def core_of(number: str) -> str:
    """The digits by which a page's number is found however it is written, as ``web/snippet/numbers.ts`` does."""
    return _PREFIX.sub("", digits_of(number), count=1)


def display_forms(number: str) -> tuple[str, str, str]:
    """How a number of ours is written: digits as dialled at home, with its country, and as people read it.

    ``+861062000001`` → ``01062000001``, ``+861062000001``, ``010-62000001``; 400-800-1234 has no country by itself.
    """
    if not number.startswith("+"):
        digits = digits_of(number)
        spaced = f"{digits[:3]}-{digits[3:6]}-{digits[6:]}" if len(digits) == _SERVICE_DIGITS else digits
        return digits, f"+86{digits}", spaced
    if not number.startswith("+86"):
        return digits_of(number), number, number
    national = number[3:]
    if national.startswith("1") and len(national) == _MOBILE_DIGITS:
        return national, number, f"{national[:3]} {national[3:7]} {national[7:]}"
    area = 2 if national[:1] in ("1", "2") else 3
    return f"0{national}", number, f"0{national[:area]}-{national[area:]}"


def check_pool(*, hold_seconds: int, quiet_seconds: int, replaces: str) -> None:
    """Refuse what no pool can be.

    Raises
    ------
    InvalidInput
        ``bad_hold``, ``bad_quiet``, ``bad_number``
    """
    if not MIN_HOLD <= hold_seconds <= MAX_HOLD:
        raise InvalidInput(
            "bad_hold",
            Text(zh=f"保留时间 {hold_seconds} 秒不可用", en=f"{hold_seconds} seconds cannot be a hold"),
            Text(zh=f"须为 {MIN_HOLD} 到 {MAX_HOLD} 秒。", en=f"It must be {MIN_HOLD} to {MAX_HOLD} seconds."),
        )
    if not 0 <= quiet_seconds <= MAX_QUIET:
        raise InvalidInput(
            "bad_quiet",
            Text(zh=f"静默时间 {quiet_seconds} 秒不可用", en=f"{quiet_seconds} seconds cannot be a quiet time"),
            Text(zh=f"须为 0 到 {MAX_QUIET} 秒。", en=f"It must be 0 to {MAX_QUIET} seconds."),
        )
    if not 5 <= len(digits_of(replaces)) <= 15:
        raise InvalidInput(
            "bad_number",
            Text(zh=f"不是页面上的号码：{replaces[:40]}", en=f"not a number as pages show it: {replaces[:40]}"),
            Text(zh="请填写页面上原来的号码。", en="Give the number that the pages name."),
        )


def check_origins(origins: Sequence[str]) -> tuple[str, ...]:
    """Origins in the one form browsers send them.

    Raises
    ------
    InvalidInput
        ``bad_origin``
    """
    found = tuple(dict.fromkeys(origin.strip().lower().rstrip("/") for origin in origins if origin.strip()))
    wrong = next((origin for origin in found if not _ORIGIN.fullmatch(origin)), None)
    if wrong is not None or not found:
        raise InvalidInput(
            "bad_origin",
            Text(zh=f"不是网站来源：{wrong or '（空）'}", en=f"not the origin of a site: {wrong or '(none)'}"),
            Text(zh="形如 https://www.example.com。", en="It looks like https://www.example.com."),
        )
    return found


def check_callback(settings: SiteSettings) -> None:
    """Refuse what cannot be offered to visitors.

    Raises
    ------
    InvalidInput
        ``callback_number``: no number to call instead, ``bad_privacy``
    """
    if settings.callback and not settings.overflow:
        raise InvalidInput(
            "callback_number",
            Text(zh="提供回呼需要溢出号码", en="to offer callbacks the site needs an overflow number"),
            Text(
                zh="请求太多或不可信时，访客会看到这个号码。",
                en="It is what visitors see when there are too many requests or one is not believed.",
            ),
        )
    if settings.privacy and not _PAGE.fullmatch(settings.privacy):
        raise InvalidInput(
            "bad_privacy",
            Text(zh=f"不是网页地址：{settings.privacy[:80]}", en=f"not the address of a page: {settings.privacy[:80]}"),
            Text(zh="须以 https:// 开头。", en="It begins with https://."),
        )


def is_own_page(origin: str, origins: Sequence[str]) -> bool:
    """Whether a browser's origin is one of the site's; ``https://*.example.com`` names example.com and all below."""
    asked = origin.lower()
    return any(asked == own or ("*." in own and _below(asked, own)) for own in origins)


def _below(asked: str, own: str) -> bool:
    scheme, _, host = own.partition("://*.")
    found = urlsplit(asked)
    return found.scheme == scheme and (found.netloc == host or found.netloc.endswith(f".{host}"))


def is_robot(program: str) -> bool:
    """Whether the asking program says that it is no visitor's browser."""
    return not program or _ROBOT.search(program) is not None


def is_id(text: str) -> bool:
    """Whether a page could have made this number of a visit or visitor."""
    return _ID.fullmatch(text) is not None


def renewal_token(secret: str, visit: str, renewal: int) -> str:
    """What a page must show to be given numbers once more: nobody else can make it, and it holds once."""
    said = hmac.new(secret.encode(), f"{visit} {renewal}".encode(), hashlib.sha256).digest()
    return f"{renewal}.{said[:_TOKEN_BYTES].hex()}"


def renewal_of(token: str | None, secret: str, visit: str) -> int | None:
    """The count a page shows, if the token is ours and of this visit."""
    if token is None:
        return None
    count = token.partition(".")[0]
    if not (count.isascii() and count.isdigit() and len(count) < 10):
        return None
    return (
        int(count) if hmac.compare_digest(token.encode(), renewal_token(secret, visit, int(count)).encode()) else None
    )
