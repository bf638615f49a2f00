"""Standard reports over the warehouse (call log, deals, one call, one customer), and what people write beside them."""

from huasuan.reports.call_card import CallMoney, Earned, money_of_call
from huasuan.reports.call_log import COLUMNS, CallPage, CallsWanted, call_page, one_call, status_of
from huasuan.reports.deals import Back, DealPage, DealRow, DealsWanted, Reason, Sold, Status, deal_page, sold
from huasuan.reports.history import Happened, Known, happened, known_of
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
from huasuan.reports.tables import SAVED_VIEW
from huasuan.reports.views import SavedView, Shared, Viewer, delete_view, save_view, views_for

__all__ = [
    "COLUMNS",
    "SAVED_VIEW",
    "Annotation",
    "Back",
    "CallMoney",
    "CallPage",
    "CallsWanted",
    "Comment",
    "DealPage",
    "DealRow",
    "DealsWanted",
    "Earned",
    "Happened",
    "Known",
    "Reason",
    "SavedView",
    "Shared",
    "Sold",
    "Status",
    "Viewer",
    "annotate",
    "annotations_of",
    "call_page",
    "comment_on",
    "comments_on",
    "deal_page",
    "delete_annotation",
    "delete_comment",
    "delete_view",
    "happened",
    "known_of",
    "money_of_call",
    "one_call",
    "save_view",
    "sold",
    "status_of",
    "views_for",
]
