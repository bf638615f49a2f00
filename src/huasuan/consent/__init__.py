"""What people agreed to, the rules of calling, and the gate that every outbound contact passes."""

from huasuan.consent.book import Book, Clause, Override, Rule, parse_book, published
from huasuan.consent.chain import ChainCheck, LogLine, check_chains, read_log
from huasuan.consent.gate import (
    ask_gate,
    book_of,
    explain,
    may_decide_by_machine,
    permit_of,
    place_call,
    record_refusal,
    send_message,
    use_permit,
)
from huasuan.consent.listing import count_callable
from huasuan.consent.queries import nodes_in_use
from huasuan.consent.tables import KEPT_BY_PERSON, KINDS
from huasuan.consent.types import (
    AUTOMATED_DECISIONS,
    CALLBACK,
    MARKETING,
    SERVICE,
    Answer,
    Ask,
    ConsentEntry,
    Counted,
    Reason,
    Standing,
)

__all__ = [
    "AUTOMATED_DECISIONS",
    "CALLBACK",
    "KEPT_BY_PERSON",
    "KINDS",
    "MARKETING",
    "SERVICE",
    "Answer",
    "Ask",
    "Book",
    "ChainCheck",
    "Clause",
    "ConsentEntry",
    "Counted",
    "LogLine",
    "Override",
    "Reason",
    "Rule",
    "Standing",
    "ask_gate",
    "book_of",
    "check_chains",
    "count_callable",
    "explain",
    "may_decide_by_machine",
    "nodes_in_use",
    "parse_book",
    "permit_of",
    "place_call",
    "published",
    "read_log",
    "record_refusal",
    "send_message",
    "use_permit",
]
