"""Every kind of fact and every field of it has a name people read, in both languages: files are mapped by them."""

import re
from dataclasses import fields
from pathlib import Path

from huasuan.app.wiring import KINDS
from huasuan.metrics.canon import canon_dimensions

_TEXTS = Path(__file__).parents[2] / "web" / "src" / "texts" / "fields.ts"


def test_every_field_has_a_name() -> None:
    named = set(re.findall(r"'field\.(\w+)'", _TEXTS.read_text(encoding="utf-8")))
    wanted = {field.name for kind in KINDS.values() for field in fields(kind.record)}
    assert wanted - named - set(canon_dimensions()) == set()


def test_every_kind_has_a_name() -> None:
    named = set(re.findall(r"'kind\.(\w+)'", _TEXTS.read_text(encoding="utf-8")))
    assert set(KINDS) - named == set()
