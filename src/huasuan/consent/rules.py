"""Whether a person may be contacted: every rule, pure; the gate, the checker and the count of a list all ask this."""

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from huasuan.consent import terms as t
from huasuan.consent.book import Book, T
from huasuan.consent.types import CALLBACK, MARKETING, SERVICE, Ask, ConsentEntry, Reason, Standing
from huasuan.consent.windows import in_pause, is_open, next_open
from huasuan.consent.words import caution_text, reason_text
from huasuan.kernel.text import Text
from huasuan.kernel.time import start_of_day, zone

# Names under which other systems file consents; each stands for a purpose and perhaps one channel.
_KNOWN_AS = {
    "call": (MARKETING, "call"),
    "calls": (MARKETING, "call"),
    "marketing_call": (MARKETING, "call"),
    "电话营销": (MARKETING, "call"),
    "营销": (MARKETING, None),
    "sms": (MARKETING, "sms"),
    "marketing_sms": (MARKETING, "sms"),
    "短信": (MARKETING, "sms"),
    "email": (MARKETING, "email"),
    "wechat": (MARKETING, "wechat"),
    "回拨": (CALLBACK, None),
}
_TIMED_CHANNELS = frozenset({"call", "sms"})
# How often the moments of different rules may push each other further before nobody waits any more.
_ROUNDS = 60


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """One contact at one moment, with all that is known. ``country`` is one of the book; ``zones`` may be empty."""

    ask: Ask
    standing: Standing
    book: Book
    country: str
    zones: tuple[str, ...]
    at: datetime

    @property
    def clock(self) -> str:
        """The zone whose calendar counts days."""
        return self.zones[0] if self.zones else "UTC"

    def terms(self, kind: type[T], rule: str) -> tuple[T, int]:
        """What a rule says on the day the person has."""
        return self.book.terms(kind, rule, self.country, self.at.astimezone(zone(self.clock)).date())

    def reason(self, code: str, rule: str, version: int, *, detail: str = "", until: datetime | None = None) -> Reason:
        """A reason of this case."""
        text = reason_text(code, detail)
        return Reason(code=code, rule=rule, version=version, country=self.country, text=text, until=until)


def reasons(case: Case) -> tuple[Reason, ...]:
    """Everything that forbids the contact at its moment, the gravest first."""
    return tuple(found for rule in _RULES for found in rule(case))


def cautions(case: Case) -> tuple[Text, ...]:
    """What forbids nothing but should be thought of."""
    found = []
    windows, _ = case.terms(t.WindowTerms, "R05")
    if case.ask.channel in _TIMED_CHANNELS and in_pause(windows, case.zones, case.at):
        found.append(caution_text("pause"))
    consent = latest(case)
    evidence, _ = case.terms(t.EvidenceTerms, "R02")
    if evidence.evidence and consent is not None and consent.given and not consent.evidence:
        found.append(caution_text("no_evidence"))
    if case.ask.voice != "human" and case.terms(t.RobotTerms, "R15")[0].disclose:
        found.append(caution_text("disclose"))
    return tuple(found)


def earliest(forbidding: Callable[[datetime], Sequence[Reason]], at: datetime) -> datetime | None:
    """The first moment from ``at`` on at which nothing forbids the contact; None where time alone lifts nothing."""
    moment = at
    for _ in range(_ROUNDS):
        found = forbidding(moment)
        if not found:
            return moment
        ends = [reason.until for reason in found]
        if any(end is None or end <= moment for end in ends):
            return None
        moment = max(end for end in ends if end is not None)
    return None


def latest(case: Case) -> ConsentEntry | None:
    """The last word of the person about this purpose and channel, up to the moment asked about."""
    found = None
    for entry in case.standing.consents:
        purpose, channel = meant(entry)
        fits = purpose == case.ask.purpose and channel in (None, case.ask.channel)
        if fits and entry.at <= case.at and (found is None or entry.at >= found.at):
            found = entry
    return found


def meant(entry: ConsentEntry) -> tuple[str, str | None]:
    """The purpose and channel a consent is about."""
    purpose, channel = _KNOWN_AS.get(entry.purpose.strip().lower(), (entry.purpose, None))
    return purpose, entry.channel or channel


def agreed(case: Case) -> bool:
    """Whether a consent for this purpose and channel holds, later than any opt-out."""
    entry, out = latest(case), case.standing.opted_out_at
    return entry is not None and _holds(case, entry) and (out is None or entry.at > out)


def _holds(case: Case, entry: ConsentEntry) -> bool:
    """Whether a consent has not ended; a wish to be called back is no lasting leave to call."""
    ends = entry.expires_at
    if ends is None and case.ask.purpose == CALLBACK:
        ends = entry.at + timedelta(days=case.terms(t.ConsentTerms, "R01")[0].callback_days)
    return entry.given and (ends is None or case.at < ends)


def _is_contract(case: Case) -> bool:
    return case.ask.purpose == SERVICE and case.ask.contract


def _suppressed(case: Case) -> Iterator[Reason]:
    if case.standing.erased:
        yield case.reason("erased", "R13", case.terms(t.RightsTerms, "R13")[1])
    out = case.standing.opted_out_at
    if out is not None and out <= case.at and not agreed(case) and not _is_contract(case):
        yield case.reason("opted_out", "R03", case.terms(t.WithdrawalTerms, "R03")[1])


def _quarantined(case: Case) -> Iterator[Reason]:
    refused = case.standing.refused_at
    if refused is None or refused > case.at or _is_contract(case):
        return
    entry = latest(case)
    if entry is not None and entry.given and entry.at > refused:
        return
    terms, version = case.terms(t.RefusalTerms, "R04")
    if terms.permanent:
        yield case.reason("refused", "R04", version)
        return
    last = refused.astimezone(zone(case.clock)).date() + timedelta(days=terms.days)
    until = start_of_day(last + timedelta(days=1), case.clock)
    if case.at < until:
        yield case.reason("refused", "R04", version, until=until)


def _consented(case: Case) -> Iterator[Reason]:
    terms, version = case.terms(t.ConsentTerms, "R01")
    entry = latest(case)
    if entry is not None and not entry.given and not _is_contract(case):
        yield case.reason("consent_withdrawn", "R01", version)
        return
    # An opt-out later than the consent is a reason of its own.
    if (
        (entry is not None and _holds(case, entry))
        or _is_contract(case)
        or (terms.contract_exempt and case.ask.contract)
    ):
        return
    ask = case.ask
    opt_in = terms.mode == "opt_in" or (terms.mode == "b2b_opt_out" and not ask.business)
    opt_in = opt_in or ask.voice in terms.opt_in_voices or ask.purpose in terms.opt_in_purposes
    if opt_in or ask.purpose == CALLBACK:
        yield case.reason("no_consent" if entry is None else "consent_expired", "R01", version, detail=ask.purpose)


def _proven(case: Case) -> Iterator[Reason]:
    terms, version = case.terms(t.ProvenanceTerms, "R08")
    if terms.required and case.ask.bought_list and not case.ask.list_proof:
        yield case.reason("no_provenance", "R08", version, detail=case.ask.list or "")


def _old_enough(case: Case) -> Iterator[Reason]:
    terms, version = case.terms(t.AgeTerms, "R12")
    if case.ask.age is not None and case.ask.age < terms.age_min and case.ask.purpose != SERVICE:
        yield case.reason("too_young", "R12", version, detail=f"< {terms.age_min}")


def _registered(case: Case) -> Iterator[Reason]:
    """Lists of our own always hold; public registries where no consent does, whatever an own purpose is called."""
    terms, version = case.terms(t.RegistryTerms, "R16")
    if _is_contract(case):
        return
    known = case.book.registries
    needed = {registry.name: registry.max_age_days for registry in terms.registries}
    for name in case.standing.listed:
        if name not in known or (name in needed and not agreed(case)):
            yield case.reason("listed", "R16", version, detail=name)
    if case.ask.purpose == SERVICE or case.ask.channel != "call" or agreed(case):
        return
    for name, most in needed.items():
        age = case.standing.list_ages.get(name)
        if age is None:
            yield case.reason("registry_missing", "R16", version, detail=name)
        elif age > most:
            yield case.reason("registry_old", "R16", version, detail=f"{name}: {age} > {most}")


def _at_the_hour(case: Case) -> Iterator[Reason]:
    if case.ask.channel not in _TIMED_CHANNELS:
        return
    terms, version = case.terms(t.WindowTerms, "R05")
    if case.ask.purpose in terms.lifted_by or ("consent" in terms.lifted_by and agreed(case)):
        return
    if not case.zones:
        yield case.reason("zone_unknown", "R05", version)
    elif not is_open(terms, case.country, case.zones, case.at):
        opens = next_open(terms, case.country, case.zones, case.at)
        hours = ", ".join(terms.windows)
        yield case.reason("outside_window", "R05", version, detail=hours, until=opens)


def _not_too_often(case: Case) -> Iterator[Reason]:
    terms, version = case.terms(t.FrequencyTerms, "R06")
    made = [moment for moment in case.standing.attempts if moment <= case.at]
    if not made or case.ask.purpose == SERVICE:
        return
    gap_ends = made[-1] + timedelta(minutes=terms.gap_minutes)
    if case.at < gap_ends:
        yield case.reason("too_soon", "R06", version, detail=f"{terms.gap_minutes} min", until=gap_ends)
    for limit in terms.limits:
        ends = _limit_ends(limit, made, case.clock)
        if ends is not None and case.at < ends:
            span = f"{limit.count} / {limit.days} d" if limit.days else f"{limit.count} / {limit.hours} h"
            yield case.reason("too_often", "R06", version, detail=span, until=ends)


def _limit_ends(limit: t.Limit, made: Sequence[datetime], clock: str) -> datetime | None:
    """When the oldest of the last ``count`` attempts leaves the limit's span."""
    if len(made) < limit.count:
        return None
    oldest = made[-limit.count]
    if limit.hours:
        return oldest + timedelta(hours=limit.hours)
    return start_of_day(oldest.astimezone(zone(clock)).date() + timedelta(days=limit.days), clock)


def _calling_from(case: Case) -> Iterator[Reason]:
    terms, version = case.terms(t.CallerTerms, "R07")
    number = case.ask.caller_number
    if case.ask.channel != "call":
        return
    if number is None:
        return
    if not number:
        if not terms.withheld:
            yield case.reason("caller_withheld", "R07", version)
        return
    if terms.barred and re.match(terms.barred, _national(number)) and number not in case.standing.callers:
        yield case.reason("caller_barred", "R07", version, detail=number)
    elif case.standing.callers and number not in case.standing.callers:
        yield case.reason("caller_unregistered", "R07", version, detail=number)


def _national(number: str) -> str:
    return number.removeprefix("+86").removeprefix("0") if number.startswith("+86") else number.lstrip("+")


def _within_budget(case: Case) -> Iterator[Reason]:
    if case.ask.abandoned is None:
        return
    terms, version = case.terms(t.AbandonTerms, "R17")
    abandoned, answered = case.ask.abandoned
    if abandoned and abandoned * 100 > terms.max_percent * answered:
        yield case.reason("abandon_rate", "R17", version, detail=f"> {terms.max_percent} %")


_RULES: tuple[Callable[[Case], Iterator[Reason]], ...] = (
    _suppressed,
    _quarantined,
    _consented,
    _proven,
    _old_enough,
    _registered,
    _at_the_hour,
    _not_too_often,
    _calling_from,
    _within_budget,
)
