"""Our own numbers: which visitor sees which, what they track, their tags, and requests to be called back."""

from huasuan.numbers.callback_limits import CallbackLimits
from huasuan.numbers.callback_list import (
    CALLBACK_STATES,
    Callback,
    Dialled,
    Outcome,
    begin_callback,
    callbacks,
    end_callback,
    follow_calls,
)
from huasuan.numbers.calling_back import (
    Arranged,
    Calendar,
    Wanted,
    arrange,
    check_number,
    form_token,
    is_form,
    is_full,
    is_welcome,
)
from huasuan.numbers.changing import change_number, change_pool, end_due, remove_pool, remove_site
from huasuan.numbers.desk import Desk
from huasuan.numbers.install_check import Fault, Heard, faults, heard_from
from huasuan.numbers.lease_log import LeasesWanted, Lent, count_lent, lent
from huasuan.numbers.pool_size import HourLoss, Sizing, sizing
from huasuan.numbers.queries import numbers, pools, site_of_key, sites
from huasuan.numbers.referrers import Referrer, referrer_of
from huasuan.numbers.rules import BEAT_SECONDS, display_forms, is_own_page
from huasuan.numbers.sample_site import lay_sample_site, remove_sample_site
from huasuan.numbers.service import (
    add_number,
    change_site,
    check_kind,
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
from huasuan.numbers.when_to_call import AHEAD, open_times

__all__ = [
    "AHEAD",
    "BEAT_SECONDS",
    "CALLBACK_STATES",
    "KINDS",
    "LEAST_CALLS",
    "Arranged",
    "Asker",
    "Asking",
    "Calendar",
    "Callback",
    "CallbackLimits",
    "Desk",
    "Dialled",
    "Fault",
    "Heard",
    "HourLoss",
    "Learned",
    "LeasesWanted",
    "Lent",
    "Number",
    "NumberAbout",
    "Outcome",
    "Pool",
    "Referrer",
    "Shown",
    "Site",
    "SiteSettings",
    "Sizing",
    "Source",
    "Untold",
    "Wanted",
    "add_number",
    "arrange",
    "begin_callback",
    "callbacks",
    "change_number",
    "change_pool",
    "change_site",
    "channel_of",
    "check_kind",
    "check_number",
    "count_lent",
    "create_pool",
    "create_site",
    "display_forms",
    "end_callback",
    "end_due",
    "end_expired",
    "faults",
    "follow_calls",
    "form_token",
    "heard_from",
    "is_form",
    "is_full",
    "is_own_page",
    "is_welcome",
    "keep_learned",
    "keep_quiet",
    "lay_sample_site",
    "learned",
    "lent",
    "mark_told",
    "matching_of",
    "numbers",
    "open_times",
    "pool_of",
    "pools",
    "referrer_of",
    "remove_pool",
    "remove_sample_site",
    "remove_site",
    "retire_number",
    "site_of",
    "site_of_key",
    "sites",
    "sizing",
    "source_of",
    "untold",
]
