"""Asterisk's CDR, CEL and queue_log as logical calls.

``read_logs`` takes the files, alone or together, and gives a LoggedCall per linkedid and a LoggedFault per bad line.
"""

from huasuan.connectors.asterisk.connector import read_logs
from huasuan.connectors.asterisk.types import DirectionRule, LoggedCall, LoggedFault

__all__ = ["DirectionRule", "LoggedCall", "LoggedFault", "read_logs"]
