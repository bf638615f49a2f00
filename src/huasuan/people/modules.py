"""Parts of the application a business may do without: switched off, their screens are hidden and nothing is lost."""

from huasuan.kernel.text import Text

MODULES = {
    "deals": Text(zh="成交与退货", en="deals and returns"),
    "leads": Text(zh="线索", en="leads"),
    "outbound": Text(zh="外呼", en="outbound calling"),
    "call_tracking": Text(zh="来电追踪", en="call tracking"),
    "speech": Text(zh="录音与质检", en="recordings and quality"),
}
"""Every module by its key, with its name. A screen names the one it belongs to in ``web/src/app/screens.ts``."""
