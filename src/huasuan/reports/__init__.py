"""Standard reports over the warehouse (call log, deals, one call, one customer), and what people write beside them."""

from huasuan.reports.advice import Advice, advise
from huasuan.reports.call_card import CallMoney, Earned, money_of_call
from huasuan.reports.call_log import COLUMNS, CallPage, CallsWanted, call_page, one_call, status_of
from huasuan.reports.call_source import CallSource, Candidate, source_of_call
from huasuan.reports.deals import Back, DealPage, DealRow, DealsWanted, Reason, Sold, Status, deal_page, sold
from huasuan.reports.definitions import ReportDefinition, Section, checked, counted_as
from huasuan.reports.history import Happened, Known, happened, known_of
from huasuan.reports.hours import Cut, Slot, slots_of
from huasuan.reports.notes import (
    Annotation,
    Comment,
    annotate,
    annotations_of,
    comment_on,
    comments_on,
    delete_annotation,
    delete_comment,
)
from huasuan.reports.saved import SavedReport, change_report, remove_report, report_named, save_report, saved_reports
from huasuan.reports.standard import STANDARD
from huasuan.reports.tables import SAVED_VIEW
from huasuan.reports.views import SavedView, Shared, Viewer, delete_view, save_view, views_for

__all__ = [
    "COLUMNS",
    "SAVED_VIEW",
    "STANDARD",
    "Advice",
    "Annotation",
    "Back",
    "CallMoney",
    "CallPage",
    "CallSource",
    "CallsWanted",
    "Candidate",
    "Comment",
    "Cut",
    "DealPage",
    "DealRow",
    "DealsWanted",
    "Earned",
    "Happened",
    "Known",
    "Reason",
    "ReportDefinition",
    "SavedReport",
    "SavedView",
    "Section",
    "Shared",
    "Slot",
    "Sold",
    "Status",
    "Viewer",
    "advise",
    "annotate",
    "annotations_of",
    "call_page",
    "change_report",
    "checked",
    "comment_on",
    "comments_on",
    "counted_as",
    "deal_page",
    "delete_annotation",
    "delete_comment",
    "delete_view",
    "happened",
    "known_of",
    "money_of_call",
    "one_call",
    "remove_report",
    "report_named",
    "save_report",
    "save_view",
    "saved_reports",
    "slots_of",
    "sold",
    "source_of_call",
    "status_of",
    "views_for",
]
