"""What each calling rule can say: its parameters, typed. A rule file with any other is refused."""

from dataclasses import dataclass
from functools import cache
from types import NoneType, UnionType
from typing import Annotated, Any, Literal, get_args, get_origin, get_type_hints

TermKind = Literal["yes_no", "number", "text", "choice", "texts", "windows", "pause", "limits", "registries"]
Window = Annotated[str, "window"]
Pause = Annotated[str, "pause"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Term:
    """A parameter of a rule as a form asks for it; ``choices``: all there are, ``optional``: it may be left unset."""

    name: str
    kind: TermKind
    choices: tuple[str, ...] = ()
    optional: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class ConsentTerms:
    """R01: whether a contact needs consent beforehand, and where it needs it all the same.

    mode: ``b2b_opt_out`` asks consumers for consent and businesses not. callback_days: so long a wish to be called back
    holds that names no end of its own. The own default is a week ahead, which is as far as the widget lets people
    choose, and a week to reach them; no rule was found.
    """

    mode: Literal["opt_in", "opt_out", "b2b_opt_out"]
    opt_in_voices: tuple[str, ...] = ()
    opt_in_purposes: tuple[str, ...] = ()
    contract_exempt: bool = False
    callback_days: int = 14


@dataclass(frozen=True, slots=True, kw_only=True)
class EvidenceTerms:
    """R02: how long the proof of a consent is kept, after it was given and after it was last used."""

    evidence: bool
    keep_after_grant_days: int
    keep_after_use_days: int


@dataclass(frozen=True, slots=True, kw_only=True)
class WithdrawalTerms:
    """R03: how soon a withdrawal must hold, and where it can be made."""

    max_latency_seconds: int
    vendor_sync_hours: int
    channels: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class RefusalTerms:
    """R04: how long nobody asks again who refused in a talk."""

    permanent: bool
    days: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class WindowTerms:
    """R05: when people may be called, by their own clock. ``pause`` is soft; ``lifted_by``: consent or a purpose."""

    windows: tuple[Window, ...]
    holidays: bool
    pause: Pause | None = None
    lifted_by: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Limit:
    """At most ``count`` attempts within calendar ``days`` of the called person, or within ``hours``."""

    count: int
    days: int = 0
    hours: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class FrequencyTerms:
    """R06: how often one person may be tried, over all numbers."""

    limits: tuple[Limit, ...]
    gap_minutes: int


@dataclass(frozen=True, slots=True, kw_only=True)
class CallerTerms:
    """R07: which numbers may not be called from (a pattern of the national number), and whether it may be withheld."""

    withheld: bool
    barred: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class ProvenanceTerms:
    """R08: whether a bought list needs the proof of where it comes from."""

    required: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordingTerms:
    """R09: whether a recording is announced, and how long it is kept."""

    announce: bool
    min_days: int = 0
    max_days: int | None = None
    both_consent: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class BiometricTerms:
    """R10: whether voices may be told apart without a consent of their own."""

    voiceprint: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class DecisionTerms:
    """R11: whether decisions by machine must be explained and may be refused."""

    explain: bool
    opt_out: bool
    keep_assessment_days: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class AgeTerms:
    """R12: below this age there is no marketing."""

    age_min: int


@dataclass(frozen=True, slots=True, kw_only=True)
class RightsTerms:
    """R13: within how many days a person's request is answered."""

    sla_days: int


@dataclass(frozen=True, slots=True, kw_only=True)
class RegionTerms:
    """R14: whether personal data may leave, and where it stays."""

    egress: bool
    region: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class RobotTerms:
    """R15: what a voice robot has to say and to have."""

    disclose: bool
    consent: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Registry:
    """A public do-not-call list that must be at hand, and not older than so many days."""

    name: str
    max_age_days: int


@dataclass(frozen=True, slots=True, kw_only=True)
class RegistryTerms:
    """R16: which do-not-call lists must be heeded."""

    registries: tuple[Registry, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class AbandonTerms:
    """R17: how many of the answered calls a dialler may abandon, in percent, and what it owes to those."""

    max_percent: int
    window_days: int = 30
    connect_seconds: int = 2
    ring_seconds: int = 15
    message: bool = False
    repeat_lock_hours: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class ScriptTerms:
    """R18: whether a script must begin with company and purpose."""

    script_check: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class ReturnTerms:
    """R19: days in which goods sold by telephone may be given back."""

    days: int


@dataclass(frozen=True, slots=True, kw_only=True)
class TemplateTerms:
    """R20: whether an advertising message must tell how to opt out, by one of these words."""

    template_check: bool
    words: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class FineTerms:
    """R21: what a breach may cost, in words."""

    fine: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class AuditTerms:
    """R22: whether decisions are kept so that they can be audited."""

    audit: bool


Terms = (
    ConsentTerms
    | EvidenceTerms
    | WithdrawalTerms
    | RefusalTerms
    | WindowTerms
    | FrequencyTerms
    | CallerTerms
    | ProvenanceTerms
    | RecordingTerms
    | BiometricTerms
    | DecisionTerms
    | AgeTerms
    | RightsTerms
    | RegionTerms
    | RobotTerms
    | RegistryTerms
    | AbandonTerms
    | ScriptTerms
    | ReturnTerms
    | TemplateTerms
    | FineTerms
    | AuditTerms
)
TERMS: dict[str, type[Terms]] = {
    "R01": ConsentTerms,
    "R02": EvidenceTerms,
    "R03": WithdrawalTerms,
    "R04": RefusalTerms,
    "R05": WindowTerms,
    "R06": FrequencyTerms,
    "R07": CallerTerms,
    "R08": ProvenanceTerms,
    "R09": RecordingTerms,
    "R10": BiometricTerms,
    "R11": DecisionTerms,
    "R12": AgeTerms,
    "R13": RightsTerms,
    "R14": RegionTerms,
    "R15": RobotTerms,
    "R16": RegistryTerms,
    "R17": AbandonTerms,
    "R18": ScriptTerms,
    "R19": ReturnTerms,
    "R20": TemplateTerms,
    "R21": FineTerms,
    "R22": AuditTerms,
}


@cache
def terms_of(rule_id: str) -> tuple[Term, ...]:
    """The parameters of a rule in the order they are written, each with what it takes."""
    hints = get_type_hints(TERMS[rule_id], include_extras=True)
    return tuple(_term(name, hint) for name, hint in hints.items())


def _term(name: str, hint: Any) -> Term:  # noqa: ANN401  a type
    parts = get_args(hint) if isinstance(hint, UnionType) or NoneType in get_args(hint) else (hint,)
    (said,) = (part for part in parts if part is not NoneType)
    many = get_origin(said) is tuple
    inner = get_args(said)[0] if many else said
    choices = get_args(inner) if get_origin(inner) is Literal else ()
    return Term(name=name, kind="choice" if choices else _KINDS[inner, many], choices=choices, optional=len(parts) > 1)


_KINDS: dict[tuple[Any, bool], TermKind] = {
    (bool, False): "yes_no",
    (int, False): "number",
    (str, False): "text",
    (str, True): "texts",
    (Window, True): "windows",
    (Pause, False): "pause",
    (Limit, True): "limits",
    (Registry, True): "registries",
}
