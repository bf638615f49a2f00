"""Calls: from legs to one logical call, what makes a record of one possible, and by which rules it is of worth."""

from huasuan.calls.presets import JUNK_REASONS, OWN_RULES, PRESETS, RULE_SETTINGS, Preset, preset_of
from huasuan.calls.queries import tried
from huasuan.calls.rules import check_call, result_by_times
from huasuan.calls.saying import said_of
from huasuan.calls.tables import KINDS
from huasuan.calls.types import CallCounts, Moved, Trial

__all__ = [
    "JUNK_REASONS",
    "KINDS",
    "OWN_RULES",
    "PRESETS",
    "RULE_SETTINGS",
    "CallCounts",
    "Moved",
    "Preset",
    "Trial",
    "check_call",
    "preset_of",
    "result_by_times",
    "said_of",
    "tried",
]
