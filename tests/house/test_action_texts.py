"""Everything the audit log writes down has a name people read, in both languages."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

_ROOT = Path(__file__).parents[2]
# What writes a line of the log, or hands the name of the action on to what does.
_WRITERS = {"record", "_tell", "_note", "_keep", "_take_out", "_write_down"}
_ACTION = re.compile(r"[a-z_]+\.[a-z_]+")


def test_every_action_has_a_name() -> None:
    named = set(re.findall(r"'action\.([a-z_.]+)'", (_ROOT / "web/src/texts/codes.ts").read_text(encoding="utf-8")))
    written = {action for path in (_ROOT / "src/huasuan").rglob("*.py") for action in _actions(path)}
    assert {"user.added", "export.refused", "sample.loaded", "lead.given"} <= written
    assert written - named == set()


def _actions(path: Path) -> Iterator[str]:
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        for part in _named(node):
            for choice in (part.body, part.orelse) if isinstance(part, ast.IfExp) else (part,):
                if isinstance(choice, ast.Constant) and _ACTION.fullmatch(str(choice.value)):
                    yield str(choice.value)


def _named(node: ast.AST) -> list[ast.expr]:
    """Where a statement may name an action."""
    if isinstance(node, ast.Call):
        named = [word.value for word in node.keywords if word.arg == "action"]
        function = node.func
        name = function.id if isinstance(function, ast.Name) else getattr(function, "attr", "")
        return [*named, *node.args] if name in _WRITERS else named
    if isinstance(node, ast.Assign) and any(isinstance(one, ast.Name) and one.id == "action" for one in node.targets):
        return [node.value]
    return []
