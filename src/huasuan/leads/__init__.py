"""Leads: who may buy, where they came from, how they are scored, given to agents, worked and handed to sales."""

from huasuan.leads.cases import (
    case_of,
    count_cases,
    list_cases,
    no_lead,
    seats_of,
    settings_of,
    steps_of,
)
from huasuan.leads.choosing import METHOD_NAMES, choose, explain
from huasuan.leads.giving import choice_from, give_waiting, giving_of
from huasuan.leads.handing import awaiting, decide, hand_over, rate, take_back_overdue
from huasuan.leads.likeness import company_key, most_alike
from huasuan.leads.minding import give_again, judge_by_rules, last_lead, run_out, take_in, tell_facts
from huasuan.leads.pools import claim, keep_pool, pools_of, reassign, recycle, release
from huasuan.leads.priority import by_rules, in_words
from huasuan.leads.ruling import (
    keep_rule,
    keep_seat,
    keep_settings,
    list_origins,
    record_list_origin,
    remove_rule,
    rules_of,
)
from huasuan.leads.settings import DeskSettings
from huasuan.leads.tables import KINDS
from huasuan.leads.types import Case, Choice, Giving, ListOrigin, Parts, Pool, Rule, Seat, Step, Traits

__all__ = [
    "KINDS",
    "METHOD_NAMES",
    "Case",
    "Choice",
    "DeskSettings",
    "Giving",
    "ListOrigin",
    "Parts",
    "Pool",
    "Rule",
    "Seat",
    "Step",
    "Traits",
    "awaiting",
    "by_rules",
    "case_of",
    "choice_from",
    "choose",
    "claim",
    "company_key",
    "count_cases",
    "decide",
    "explain",
    "give_again",
    "give_waiting",
    "giving_of",
    "hand_over",
    "in_words",
    "judge_by_rules",
    "keep_pool",
    "keep_rule",
    "keep_seat",
    "keep_settings",
    "last_lead",
    "list_cases",
    "list_origins",
    "most_alike",
    "no_lead",
    "pools_of",
    "rate",
    "reassign",
    "record_list_origin",
    "recycle",
    "release",
    "remove_rule",
    "rules_of",
    "run_out",
    "seats_of",
    "settings_of",
    "steps_of",
    "take_back_overdue",
    "take_in",
    "tell_facts",
]
