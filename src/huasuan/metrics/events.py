"""Stars of what happens around calls and leads: meetings, handovers, messages, opt-outs, judgements.

They are all alike: somebody, at some moment, by some agent, from some campaign. What a record does not say itself it
has from the call it names, else from the lead it names. So a kind of event is a line here and nothing else.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, fields

from huasuan.facts.consent import Complaint, Decision, OptOut
from huasuan.facts.dialing import BotVerdict, CampaignTarget, ListRecord
from huasuan.facts.listening import QualityScore, Sentiment, SurveyAnswer, TranscriptHit
from huasuan.facts.messages import Message
from huasuan.facts.numbers import CallbackRequest
from huasuan.facts.selling import Handover, LeadQuality, Meeting


@dataclass(frozen=True, slots=True, kw_only=True)
class EventKind:
    """One kind of event.

    moment: SQL of when it happened; ``f`` is the fact, ``c`` the call it names.
    own: columns only this kind has, or says itself: name → (type, SQL over ``e``, the fact with its ``contact`` and
    ``moment``); ``{day}`` around a moment makes it a local day.
    nearest: where it names no call, it is put down to the contact's last call before it.
    """

    kind: str
    record: type
    moment: str
    own: Mapping[str, tuple[str, str]] = field(default_factory=dict)
    nearest: bool = False

    def says(self, name: str) -> bool:
        """Whether the record has a field of that name."""
        return any(item.name == name for item in fields(self.record))


def _judged(name: str) -> tuple[str, str]:
    """Unknown where nobody looked for that class of error."""
    return ("BOOLEAN", f"e.{name} > 0")


_ITEMS = ("budget", "authority", "need", "timing", "fit")
_POINTS = " + ".join(f"coalesce(e.{name} * e.{name}_weight, 0)" for name in _ITEMS)
_WEIGHTS = " + ".join(f"CASE WHEN e.{name} IS NULL THEN 0 ELSE e.{name}_weight END" for name in _ITEMS)
_LATENCY = "greatest(0, epoch_ms(e.blocked_at) - epoch_ms(e.moment))"
_ANY_ERROR = "e.customer_critical_errors, e.business_critical_errors, e.noncritical_errors"
# Whoever the rules forbade to call stands in one row for each rule; without a rule in one.
_EACH_RULE = "unnest(CASE WHEN e.rules IS NULL THEN [NULL] ELSE from_json(e.rules, '[\"VARCHAR\"]') END)"

_ALL = (
    EventKind(kind="list_record", record=ListRecord, moment="f.imported_at", own={"status": ("VARCHAR", "e.status")}),
    EventKind(
        kind="message",
        record=Message,
        moment="f.sent_at",
        own={
            "kind": ("VARCHAR", "e.kind"),
            "template": ("VARCHAR", "e.template"),
            "delivered": ("BOOLEAN", "e.delivered_at IS NOT NULL"),
            "replied": ("BOOLEAN", "e.replied_at IS NOT NULL AND e.opted_out_at IS NULL"),
            "segments": ("BIGINT", "coalesce(e.segments, 1)"),
        },
    ),
    # After messages: a reply is a response.
    EventKind(
        kind="campaign_target",
        record=CampaignTarget,
        moment="f.targeted_at",
        own={"responded": ("BOOLEAN", "{responded}")},
    ),
    EventKind(
        kind="bot_verdict",
        record=BotVerdict,
        moment='f."at"',
        own={
            "verdict": ("VARCHAR", "e.verdict"),
            "mode": ("VARCHAR", "e.mode"),
            "handed_day": ("DATE", "{day:e.handed_at}"),
            "voice": ("VARCHAR", "'bot'"),
        },
    ),
    EventKind(
        kind="meeting",
        record=Meeting,
        moment="f.booked_at",
        own={
            "by_phone": ("BOOLEAN", "e.via = 'phone'"),
            "starts_at": ("TIMESTAMP", "coalesce(e.starts_at, e.held_at, e.booked_at)"),
            "held_day": ("DATE", "{day:e.held_at}"),
            "cancelled": ("BOOLEAN", "e.cancelled_at IS NOT NULL"),
        },
    ),
    EventKind(
        kind="handover",
        record=Handover,
        moment="f.handed_at",
        own={
            "verdict": ("VARCHAR", "e.verdict"),
            "mode": ("VARCHAR", "e.mode"),
            "reason": ("VARCHAR", "e.reason"),
        },
    ),
    EventKind(
        kind="lead_quality",
        record=LeadQuality,
        moment="f.scored_at",
        own={"points": ("BIGINT", _POINTS), "weights": ("BIGINT", _WEIGHTS), "rating": ("BIGINT", "e.rating")},
    ),
    EventKind(
        kind="callback_request",
        record=CallbackRequest,
        moment="f.requested_at",
        own={
            "connected": ("BOOLEAN", "e.joined_at IS NOT NULL"),
            "failed_side": ("VARCHAR", "e.failed_side"),
            "in_hours": ("BOOLEAN", "e.in_hours"),
            "insertion": ("VARCHAR", "'callback'"),
            "call_class": ("VARCHAR", "{class}"),
            "answered_by": ("VARCHAR", "CASE WHEN e.joined_at IS NOT NULL THEN coalesce(e.agent, c.agent) END"),
        },
    ),
    EventKind(
        kind="complaint",
        record=Complaint,
        moment="f.received_at",
        own={"reason": ("VARCHAR", "e.reason")},
        nearest=True,
    ),
    EventKind(
        kind="opt_out",
        record=OptOut,
        moment="f.received_at",
        own={
            "via": ("VARCHAR", "e.via"),
            "latency_millis": ("BIGINT", f"CASE WHEN e.blocked_at IS NOT NULL THEN {_LATENCY} END"),
        },
        nearest=True,
    ),
    EventKind(
        kind="decision",
        record=Decision,
        moment="f.decided_at",
        own={"verdict": ("VARCHAR", "e.verdict"), "rule": ("VARCHAR", _EACH_RULE)},
    ),
    EventKind(
        kind="survey_answer",
        record=SurveyAnswer,
        moment="f.answered_at",
        own={"survey": ("VARCHAR", "e.survey"), "score": ("BIGINT", "e.score")},
    ),
    EventKind(
        kind="quality_score",
        record=QualityScore,
        moment="f.scored_at",
        own={
            "scored_by": ("VARCHAR", "e.scored_by"),
            "milli_points": ("BIGINT", "CASE WHEN e.critical_fail THEN 0 ELSE CAST(e.points * 1000 AS BIGINT) END"),
            "milli_max": ("BIGINT", "CAST(e.max_points * 1000 AS BIGINT)"),
            "customer_error": _judged("customer_critical_errors"),
            "business_error": _judged("business_critical_errors"),
            "noncritical_error": _judged("noncritical_errors"),
            "any_error": ("BOOLEAN", f"greatest({_ANY_ERROR}) > 0"),
        },
    ),
    EventKind(
        kind="transcript_hit",
        record=TranscriptHit,
        moment='coalesce(f."at", c.started_at)',
        own={
            "keyword": ("VARCHAR", "e.keyword"),
            "side": ("VARCHAR", "e.side"),
            "hits": ("BIGINT", "e.hits"),
        },
    ),
    EventKind(
        kind="sentiment",
        record=Sentiment,
        moment='coalesce(f."at", c.started_at)',
        own={
            "side": ("VARCHAR", "e.side"),
            "part": ("VARCHAR", "e.part"),
            "milli_score": ("BIGINT", "CAST(round(e.score * 1000) AS BIGINT)"),
        },
    ),
)
EVENTS: dict[str, EventKind] = {event.kind: event for event in _ALL}
