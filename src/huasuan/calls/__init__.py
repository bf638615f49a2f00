"""Calls: from legs to one logical call, what makes a record of one possible, and by which rules it is of worth."""

from huasuan.calls.presets import JUNK_REASONS, OWN_RULES, PRESETS, RULE_SETTINGS, Preset, preset_of
from huasuan.calls.rules import check_call, result_by_times
from huasuan.calls.saying import said_of
from huasuan.calls.tables import KINDS

__all__ = [
    "JUNK_REASONS",
    "KINDS",
    "OWN_RULES",
    "PRESETS",
    "RULE_SETTINGS",
    "Preset",
    "check_call",
    "preset_of",
    "result_by_times",
    "said_of",
]
