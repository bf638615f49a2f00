"""What a business may decide for itself, and what cannot be (S2-5, S2-8, S2-26)."""

from dataclasses import fields

import pytest

from huasuan.kernel.errors import HuasuanError
from huasuan.people import MEANINGS, WorkspaceSettings


def test_every_setting_says_what_it_means() -> None:
    assert list(MEANINGS) == [field.name for field in fields(WorkspaceSettings)]


def test_typed_values_become_settings_and_survive_the_store() -> None:
    changed = WorkspaceSettings().changed(
        {"target_seconds": "90", "cycle_days": "0", "marketing_kinds": "ads, events", "zone": "Asia/Urumqi"}
    )
    assert (changed.target_seconds, changed.cycle_days, changed.junk_seconds) == (90, 0, 30)
    assert changed.marketing_kinds == ("ads", "events")
    assert WorkspaceSettings.from_json(changed.to_json()) == changed


@pytest.mark.parametrize(
    ("name", "text", "code"),
    [
        ("target", "90", "unknown_setting"),
        ("target_seconds", "ninety", "bad_setting"),
        ("target_seconds", "30", "bad_setting"),
        ("junk_seconds", "-1", "bad_setting"),
        ("cycle_days", "99999", "bad_setting"),
        ("language", "de", "bad_setting"),
        ("zone", "Mars/Olympus", "unknown_zone"),
        ("currency", "ABC", "unknown_currency"),
    ],
)
def test_what_cannot_be_is_refused_in_both_languages(name: str, text: str, code: str) -> None:
    with pytest.raises(HuasuanError) as caught:
        WorkspaceSettings().changed({name: text})
    assert caught.value.code == code
    assert caught.value.text.zh != caught.value.text.en
    assert caught.value.remedy is not None
