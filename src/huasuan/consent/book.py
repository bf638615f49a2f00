"""The book of calling rules: which rule says what in which country on which day, and where it comes from."""

import re
import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, fields, replace
from datetime import date
from functools import cache, lru_cache
from importlib.resources import files
from itertools import pairwise
from typing import Any, TypeVar

from pydantic import TypeAdapter, ValidationError

from huasuan.consent.terms import TERMS, RegistryTerms, Terms, WindowTerms
from huasuan.kernel.errors import InvalidInput
from huasuan.kernel.faults import said_of
from huasuan.kernel.text import Text

_FILE = "calling_rules.toml"
_ABOUT = frozenset({"note", "verified"})
_HOURS = re.compile(r"(?:([1-7])(?:-([1-7]))? )?(\d\d):([0-5]\d)-(\d\d):([0-5]\d)")
_DAY = 86_400
T = TypeVar("T", bound=Terms)


@dataclass(frozen=True, slots=True, kw_only=True)
class Clause:
    """What one version of a rule says in one country; ``verified`` tells whether the source itself was read."""

    terms: Terms
    note: str
    verified: str
    own: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """One version of a rule; it holds from ``valid_from`` until the day before ``valid_to``."""

    id: str
    version: int
    text: Text
    source: str
    valid_from: date | None
    valid_to: date | None
    clauses: Mapping[str, Clause]

    def holds(self, day: date) -> bool:
        """Whether this version holds on a day."""
        return (self.valid_from is None or self.valid_from <= day) and (self.valid_to is None or day < self.valid_to)


@dataclass(frozen=True, slots=True, kw_only=True)
class Override:
    """What a business decided for itself about one rule in one country; ``reason`` says on what ground."""

    rule: str
    country: str
    parameters: Mapping[str, Any]
    reason: str
    valid_from: date | None = None
    valid_to: date | None = None


class Book:
    """All rules, as published or with a business's own decisions on top."""

    def __init__(self, rules: Iterable[Rule], overrides: Iterable[Override] = ()) -> None:
        self.rules = tuple(rules)
        self.overrides = tuple(overrides)
        self.countries = tuple(dict.fromkeys(country for rule in self.rules for country in rule.clauses))
        self._by_id: dict[str, list[Rule]] = {}
        for rule in self.rules:
            self._by_id.setdefault(rule.id, []).append(rule)
        self.registries = frozenset(
            registry.name
            for rule in self.rules
            for clause in rule.clauses.values()
            if isinstance(clause.terms, RegistryTerms)
            for registry in clause.terms.registries
        )
        self._found: dict[tuple[str, str, date], tuple[Rule, Clause]] = {}

    def clause(self, rule_id: str, country: str, day: date) -> tuple[Rule, Clause]:
        """The version of a rule that holds in a country on a day, and what it says there."""
        key = (rule_id, country, day)
        found = self._found.get(key)
        if found is None:
            rule = next(rule for rule in self._by_id[rule_id] if rule.holds(day))
            found = self._found[key] = rule, self._own(rule, country, day)
        return found

    def terms(self, kind: type[T], rule_id: str, country: str, day: date) -> tuple[T, int]:
        """What a rule says, and its version."""
        rule, clause = self.clause(rule_id, country, day)
        assert isinstance(clause.terms, kind)  # noqa: S101  the parser made them of this kind
        return clause.terms, rule.version

    def with_overrides(self, overrides: Iterable[Override]) -> "Book":
        """The same book with a business's own decisions; each is checked."""
        found = tuple(overrides)
        for override in found:
            check_override(self, override)
        return Book(self.rules, found)

    def _own(self, rule: Rule, country: str, day: date) -> Clause:
        clause = rule.clauses[country]
        for override in self.overrides:
            starts = override.valid_from is None or override.valid_from <= day
            ends = override.valid_to is not None and override.valid_to <= day
            if override.rule == rule.id and override.country == country and starts and not ends:
                values = {**asdict(clause.terms), **override.parameters}
                terms = _read_terms(rule.id, values, where=f"{rule.id} {country}")
                clause = replace(clause, terms=terms, note=override.reason, verified="", own=True)
        return clause


@cache
def published() -> Book:
    """The book that comes with huasuan."""
    return parse_book(files("huasuan.consent").joinpath(_FILE).read_text("utf-8"))


def parse_book(text: str) -> Book:
    """Read and check a rule file.

    Raises
    ------
    InvalidInput
        ``bad_rule_file``: an unknown rule or parameter, a wrong value, versions that overlap or leave a gap.
    """
    try:
        tables = tomllib.loads(text)["rule"]
        rules = [_rule(table) for table in tables]
    except (tomllib.TOMLDecodeError, KeyError, TypeError, AttributeError) as error:
        raise _bad(str(error)) from error
    _check_versions(rules)
    return Book(rules)


def check_override(book: Book, override: Override) -> None:
    """Refuse a decision about a rule or parameter that does not exist, or with an impossible value.

    Raises
    ------
    InvalidInput
        ``bad_rule_file``
    """
    if override.rule not in TERMS or override.country not in book.countries:
        raise _bad(f"{override.rule} {override.country}")
    if not override.reason.strip():
        raise _bad(f"{override.rule} {override.country}: reason")
    for rule in book.rules:
        if rule.id == override.rule:
            values = {**asdict(rule.clauses[override.country].terms), **override.parameters}
            _read_terms(rule.id, values, where=f"{rule.id} {override.country}")


@lru_cache(maxsize=256)
def hours(text: str) -> tuple[int, int, int, int]:
    """First and last weekday (1 is Monday), opening and closing second of ``1-5 10:00-13:00``; without days: all.

    Raises
    ------
    InvalidInput
        ``bad_rule_file``
    """
    found = _HOURS.fullmatch(text)
    if found is None:
        raise _bad(text)
    first, last, *clock = found.groups()
    h1, m1, h2, m2 = map(int, clock)
    opens, closes = h1 * 3600 + m1 * 60, h2 * 3600 + m2 * 60
    days = (int(first), int(last or first)) if first else (1, 7)
    if not (days[0] <= days[1] and opens < closes <= _DAY):
        raise _bad(text)
    return (*days, opens, closes)


def _rule(table: Mapping[str, Any]) -> Rule:
    rule_id = table["id"]
    if rule_id not in TERMS:
        raise _bad(str(rule_id))
    clauses = {
        country: _clause(rule_id, country, values) for country, values in table.items() if isinstance(values, dict)
    }
    return Rule(
        id=rule_id,
        version=table["version"],
        text=Text(zh=table["zh"], en=table["en"]),
        source=table["source"],
        valid_from=table.get("from"),
        valid_to=table.get("to"),
        clauses=clauses,
    )


def _clause(rule_id: str, country: str, values: Mapping[str, Any]) -> Clause:
    said = {name: value for name, value in values.items() if name not in _ABOUT}
    terms = _read_terms(rule_id, said, where=f"{rule_id} {country}")
    return Clause(terms=terms, note=values["note"], verified=values["verified"])


def _read_terms(rule_id: str, values: Mapping[str, Any], *, where: str) -> Terms:
    kind = TERMS[rule_id]
    unknown = values.keys() - {field.name for field in fields(kind)}
    if unknown:
        raise _bad(f"{where}: {', '.join(sorted(unknown))}")
    try:
        terms = _adapter(rule_id).validate_python(dict(values))
    except ValidationError as error:
        faults = said_of(error.errors())
        raise _bad(Text(zh=f"{where}，{faults.zh}", en=f"{where}, {faults.en}")) from error
    if isinstance(terms, WindowTerms):
        for text in (*terms.windows, *([terms.pause] if terms.pause else [])):
            hours(text)
    return terms


@cache
def _adapter(rule_id: str) -> TypeAdapter[Terms]:
    return TypeAdapter(TERMS[rule_id])


def _check_versions(rules: Iterable[Rule]) -> None:
    """Every rule is there, for the same countries, and on each day exactly one version holds."""
    by_id: dict[str, list[Rule]] = {}
    for rule in rules:
        by_id.setdefault(rule.id, []).append(rule)
    if by_id.keys() != TERMS.keys():
        raise _bad(", ".join(sorted(by_id.keys() ^ TERMS.keys())))
    countries = {frozenset(rule.clauses) for versions in by_id.values() for rule in versions}
    if len(countries) != 1:
        raise _bad("countries")
    for rule_id, versions in by_id.items():
        ordered = sorted(versions, key=lambda rule: rule.valid_from or date.min)
        ends = [ordered[0].valid_from is None, ordered[-1].valid_to is None]
        joins = [one.valid_to is not None and one.valid_to == two.valid_from for one, two in pairwise(ordered)]
        if not all(ends + joins):
            raise _bad(f"{rule_id}: from, to")


def _bad(what: str | Text) -> InvalidInput:
    said = Text(zh=what, en=what) if isinstance(what, str) else what
    return InvalidInput(
        "bad_rule_file",
        Text(zh=f"呼叫规则有误：{said.zh}", en=f"a calling rule cannot be like that: {said.en}"),
        Text(zh="请对照 docs/consent.md 中的参数。", en="See its parameters in docs/consent.md."),
    )
