"""Who may do what, which passwords are refused, how waits grow, and what a masked number still shows."""

import re
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from huasuan.kernel.errors import HuasuanError
from huasuan.kernel.masking import masked
from huasuan.people import RIGHT_NAMES, RIGHTS, ROLE_NAMES, Right, Role, check_password, email_address
from huasuan.people.rules import wait_seconds

GUIDE = Path(__file__).parents[2] / "docs" / "accounts.md"


def test_the_guide_shows_the_table_as_it_is() -> None:
    text = GUIDE.read_text(encoding="utf-8")
    roles = re.search(r"\| right \|(.*)\|\n", text)
    assert roles is not None
    assert [name.strip() for name in roles[1].split("|")] == list(Role)
    for right in Right:
        row = re.search(rf"\| `{re.escape(right)}` \|(.*)\|\n", text)
        assert row is not None, right
        allowed = [bool(cell.strip()) for cell in row[1].split("|")]
        assert allowed == [right in RIGHTS[role] for role in Role], right


def test_every_right_and_role_has_a_name() -> None:
    assert set(RIGHT_NAMES) == set(Right)
    assert set(ROLE_NAMES) == set(RIGHTS) == set(Role)


def test_nobody_but_owners_and_compliance_reads_the_log_and_readers_change_nothing() -> None:
    assert {role for role in Role if Right.AUDIT_READ in RIGHTS[role]} == {Role.OWNER, Role.COMPLIANCE}
    assert all(right.endswith(".read") for right in RIGHTS[Role.READ_ONLY])


@pytest.mark.parametrize(
    "password", ["short", "password123", "1234567890", "aaaaaaaaaaaaaa", "lilei@x.cn12", "li lei 12345"]
)
def test_passwords_quickly_guessed_are_refused(password: str) -> None:
    with pytest.raises(HuasuanError, match="weak_password"):
        check_password(password, email="lilei@x.cn", name="Li Lei")


@pytest.mark.parametrize("password", ["correct horse battery", "天地玄黄宇宙洪荒日月", "Xk29-fmm1-qqz"])
def test_long_ones_of_any_kind_are_taken(password: str) -> None:
    check_password(password, email="lilei@x.cn", name="Li Lei")


def test_waits_double_up_to_a_quarter_hour() -> None:
    assert [wait_seconds(n, free=5) for n in range(3, 9)] == [0, 0, 1, 2, 4, 8]
    assert wait_seconds(1000, free=5) == 900


@pytest.mark.parametrize("text", ["", "a@", "@b", "a b@c", "a@b@c d", "a\x00@b.c"])
def test_what_is_no_address_is_refused(text: str) -> None:
    with pytest.raises(HuasuanError, match="bad_email"):
        email_address(text)
    assert email_address(" Li@X.CN ") == "li@x.cn"


@pytest.mark.parametrize(
    ("kind", "value", "shown"),
    [
        ("phone", "+8613900000001", "+86139****0001"),
        ("phone", "02112345678", "0211****678"),
        ("phone", "95588", "9****"),
        ("email", "li.lei@example.com", "l****@example.com"),
        ("name", "李雷", "李****"),
    ],
)
def test_masked_values_hide_their_middle(kind: str, value: str, shown: str) -> None:
    assert masked(kind, value) == shown


@given(st.text(alphabet="0123456789", min_size=1, max_size=20))
def test_at_least_four_digits_of_a_number_or_nearly_all_are_hidden(number: str) -> None:
    shown = masked("phone", number)
    assert len(shown.replace("****", "")) <= max(1, len(number) - 4)
