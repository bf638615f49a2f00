"""The words by which files call our fields, read from ``synonyms.toml``."""

import re
import tomllib
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files

_NOISE = re.compile(r"[\s_\-./\\:#*'\"“”‘’?&|+]+")
_BRACKETS = re.compile(r"[(\[【{<《].*?[)\]】}>》]")


_PLURALS = {"touches": "touch"} | {
    f"{kind}s": kind for kind in ("call", "customer", "lead", "deal", "deal_event", "cost", "shift")
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Synonyms:
    """Words of the fields of one kind of fact, and of the choices of its fields (canonical value → words)."""

    fields: Mapping[str, tuple[str, ...]]
    choices: Mapping[str, Mapping[str, tuple[str, ...]]]


@cache
def synonyms_of(kind: str) -> Synonyms:
    """The words for one kind of fact (call, customer, lead, touch, deal, deal_event, cost, shift).

    A kind without words of its own has the common ones; a plural such as calls or deals means the kind.
    """
    tables = _tables()
    kind = kind if kind in tables else _PLURALS.get(kind, kind)
    common, own = tables.get("common", {}), tables.get(kind, {})
    fields = {name: tuple(words) for name, words in (common | own).items() if isinstance(words, list)}
    named = tables.get("choices", {})
    choices = {name: {value: tuple(words) for value, words in table.items()} for name, table in named.items()}
    own_choices = {
        name.removeprefix(f"{kind}_"): table for name, table in choices.items() if name.startswith(f"{kind}_")
    }
    return Synonyms(fields=fields, choices=choices | own_choices)


@cache
def known_words() -> frozenset[str]:
    """Every known column name, plain: what tells a header from a title or from data."""
    tables = {name: table for name, table in _tables().items() if name != "choices"}
    named = {plain(word) for table in tables.values() for words in table.values() for word in words}
    return frozenset(named | {plain(name) for table in tables.values() for name in table})


@cache
def _tables() -> dict[str, dict[str, dict[str, list[str]]]]:
    text = files("huasuan.intake.files").joinpath("synonyms.toml").read_text(encoding="utf-8")
    return tomllib.loads(text)


def plain(name: str) -> str:
    """A column name without case, width, blanks, punctuation and bracketed remarks: 消费（元） → 消费."""
    half = unicodedata.normalize("NFKC", name).lower()
    without = _NOISE.sub("", _BRACKETS.sub("", half))
    return without or _NOISE.sub("", half)
