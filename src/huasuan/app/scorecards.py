"""Scorecards as JSON: what each person reached, part by part, with the address of the facts behind every figure."""

from dataclasses import replace
from datetime import date
from typing import Any

from huasuan.app.worker.warehouses import Warehouses
from huasuan.kernel.errors import NotFound
from huasuan.kernel.text import Text
from huasuan.kernel.time import now, zone
from huasuan.metrics.answers import number, question_json
from huasuan.metrics.catalogue import METRICS
from huasuan.metrics.scored import Reached, Scored, Scores, check_scorecards, scored


def scorecards_json(
    answers: Warehouses, workspace: int, *, date_from: date, date_to: date, agent: str | None = None
) -> dict[str, Any]:
    """Every team's scorecard over a period, or only an agent's own line beside their team's.

    Raises
    ------
    NotFound
        ``no_scorecard``: the agent is on none
    HuasuanError
        why the question has no answer
    """
    settings = answers.workspace(workspace).settings
    tomorrow = date.fromordinal(now().astimezone(zone(settings.zone)).date().toordinal() + 1)
    ask = answers.asker(workspace)
    found = [
        scored(ask, card, date_from=date_from, date_to=date_to, until=tomorrow, calendar=settings.calendar)
        for card in check_scorecards(settings.scorecards)
    ]
    if agent is not None:
        found = [_only(one, agent) for one in found]
        found = [one for one in found if one.people]
        if not found:
            raise NotFound(
                "no_scorecard",
                Text(zh="这段时间没有您的记分卡", en="there is no scorecard of yours in this period"),
                Text(
                    zh="记分卡由经理在“设置”中为团队填写。", en="A manager enters scorecards of teams under Settings."
                ),
            )
    return {"cards": [_card(one) for one in found]}


def _only(scores: Scores, agent: str) -> Scores:
    return replace(scores, people=tuple(one for one in scores.people if one.agent == agent))


def _card(scores: Scores) -> dict[str, Any]:
    return {
        "team": scores.card.team,
        "currency": scores.currency,
        "working_days": scores.working_days,
        "parts": [
            {
                "metric": part.metric,
                "text": _both(METRICS[part.metric].about.text),
                "unit": METRICS[part.metric].unit,
                "share": format(part.weight * 100 / scores.card.weights, ".1f"),
                "adjusted_for": list(scores.mix.get(part.metric, ())),
            }
            for part in scores.card.parts
        ],
        "people": [_line(scores, one) for one in scores.people],
        "whole": _line(scores, scores.team),
    }


def _line(scores: Scores, line: Scored) -> dict[str, Any]:
    return {
        "agent": line.agent,
        "index": None if line.index is None else format(line.index, ".1f"),
        "reason": _both(line.reason),
        "parts": [_part(scores, line, one) for one in line.parts],
    }


def _part(scores: Scores, line: Scored, reached: Reached) -> dict[str, Any]:
    metric, currency = METRICS[reached.part.metric], scores.currency
    asked = question_json(scores.question) | {"metrics": [metric.about.key]}
    if line.agent is None:
        asked["by"] = []
    return {
        "value": number(reached.figure.value, metric.unit, currency),
        "n": reached.figure.n,
        "adjusted": number(reached.adjusted, metric.unit, currency),
        "target": format(reached.target.normalize(), "f"),
        "attainment": None if reached.attainment is None else format(reached.attainment * 100, ".1f"),
        "reason": _both(reached.reason),
        "behind": asked | {"cell": {} if line.agent is None else {"agent": line.agent}, "kind": "value"},
    }


def _both(text: Text | None) -> dict[str, str] | None:
    return None if text is None else {"zh": text.zh, "en": text.en}
