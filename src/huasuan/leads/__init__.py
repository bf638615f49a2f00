"""Leads: who may buy, where they came from, how they were scored."""

from huasuan.leads.tables import KINDS

__all__ = ["KINDS"]
