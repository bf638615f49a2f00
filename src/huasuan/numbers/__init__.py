"""Our own numbers: which visitor sees which, what they track, their tags, and requests to be called back."""

from huasuan.numbers.desk import Desk
from huasuan.numbers.install_check import Fault, Heard, faults, heard_from
from huasuan.numbers.lease_log import Lent, lent
from huasuan.numbers.pool_size import HourLoss, Sizing, sizing
from huasuan.numbers.queries import numbers, pools, sites
from huasuan.numbers.referrers import Referrer, referrer_of
from huasuan.numbers.rules import BEAT_SECONDS, display_forms
from huasuan.numbers.service import (
    add_number,
    change_site,
    create_pool,
    create_site,
    pool_of,
    retire_number,
    site_of,
)
from huasuan.numbers.sources import Source, channel_of, source_of
from huasuan.numbers.tables import KINDS
from huasuan.numbers.taught import LEAST_CALLS, Learned, keep_learned, learned, matching_of
from huasuan.numbers.telling import Untold, end_expired, keep_quiet, mark_told, untold
from huasuan.numbers.types import Asker, Asking, Number, NumberAbout, Pool, Shown, Site, SiteSettings

__all__ = [
    "BEAT_SECONDS",
    "KINDS",
    "LEAST_CALLS",
    "Asker",
    "Asking",
    "Desk",
    "Fault",
    "Heard",
    "HourLoss",
    "Learned",
    "Lent",
    "Number",
    "NumberAbout",
    "Pool",
    "Referrer",
    "Shown",
    "Site",
    "SiteSettings",
    "Sizing",
    "Source",
    "Untold",
    "add_number",
    "change_site",
    "channel_of",
    "create_pool",
    "create_site",
    "display_forms",
    "end_expired",
    "faults",
    "heard_from",
    "keep_learned",
    "keep_quiet",
    "learned",
    "lent",
    "mark_told",
    "matching_of",
    "numbers",
    "pool_of",
    "pools",
    "referrer_of",
    "retire_number",
    "site_of",
    "sites",
    "sizing",
    "source_of",
    "untold",
]
