"""Standard reports over the warehouse: the call log, what one call cost and earned, the file of a customer."""

from huasuan.reports.call_card import CallMoney, Earned, money_of_call
from huasuan.reports.call_log import COLUMNS, CallPage, CallsWanted, call_page, one_call
from huasuan.reports.history import Happened, Known, happened, known_of

__all__ = [
    "COLUMNS",
    "CallMoney",
    "CallPage",
    "CallsWanted",
    "Earned",
    "Happened",
    "Known",
    "call_page",
    "happened",
    "known_of",
    "money_of_call",
    "one_call",
]
