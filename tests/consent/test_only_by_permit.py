"""No path of the program reaches a person without a permit, and only the gate makes permits."""

import ast
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import get_type_hints

import pytest

import huasuan
from huasuan import seams
from huasuan.seams import Permit

SOURCE = Path(huasuan.__file__).parent
# The one place that hands permits to lines and messengers, each used up first.
GATE = SOURCE / "consent/gate.py"


def _calls() -> Iterator[tuple[Path, str, ast.Call]]:
    for path in SOURCE.rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            if isinstance(node, ast.Call):
                name = node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")
                yield path, name, node


def test_whatever_reaches_people_takes_a_permit_first() -> None:
    for protocol in (seams.Telephony, seams.Messenger):
        for name, method in vars(protocol).items():
            if not name.startswith("_"):
                hints = get_type_hints(method)
                assert next(iter(hints)) == "permit", (protocol, name)
                assert hints["permit"] is Permit


def test_only_the_gate_dials_and_sends() -> None:
    dialling = [(path, node.lineno) for path, name, node in _calls() if name == "dial"]
    assert [path for path, _ in dialling] == [GATE]
    sending = [path for path, name, node in _calls() if name == "send" and len(node.args) == 2]
    assert sending == [GATE]


def test_permits_and_the_seal_are_made_in_one_file() -> None:
    made = {path.relative_to(SOURCE).as_posix() for path, name, _ in _calls() if name in {"Permit", "Seal"}}
    assert made == {"consent/permits.py"}
    used = {path.relative_to(SOURCE).as_posix() for path, name, _ in _calls() if name == "make_permit"}
    assert used == {"consent/gate.py"}


def test_a_permit_of_ones_own_making_is_refused() -> None:
    with pytest.raises(TypeError, match="gate alone"):
        Permit(
            seal=object(),  # type: ignore[arg-type]
            workspace=1,
            attempt=1,
            channel="call",
            purpose="marketing",
            number="+8613900000001",
            caller_number=None,
            ends_at=datetime.now(UTC),
            token="",
        )
