"""Call rules: what a call is worth by trade, tried on history before they are saved."""

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from fastapi import APIRouter, Request
from pydantic import BaseModel, ConfigDict, Field
from starlette.concurrency import run_in_threadpool

from huasuan.app.http.access import SettingsReader, SettingsWriter
from huasuan.app.http.entrance import write
from huasuan.app.http.guards import RuntimeOf
from huasuan.app.worker.business import setting_rows
from huasuan.calls import JUNK_REASONS, OWN_RULES, PRESETS, RULE_SETTINGS, preset_of, said_of
from huasuan.kernel.errors import InvalidInput, UnknownName
from huasuan.kernel.text import Text
from huasuan.metrics.call_worth import CallCounts, Trial
from huasuan.people import WorkspaceSettings, change_settings, record, settings_of, told_settings
from huasuan.store import Store

router = APIRouter(tags=["call rules"])
_MOST_SETTINGS = len(RULE_SETTINGS)


class PresetBody(BaseModel):
    """A choice of rules with a name."""

    key: str
    text: dict[str, str]
    meaning: dict[str, str]
    settings: dict[str, str]


class RulesBody(BaseModel):
    """The rules in force, what they could be chosen as, and the reasons for junk people usually name."""

    preset: str = Field(description="The preset these rules are, or own.")
    settings: dict[str, str]
    meanings: dict[str, dict[str, str]]
    presets: list[PresetBody]
    junk_reasons: dict[str, dict[str, str]]


class RulesChange(BaseModel):
    """A preset, single settings, or single settings on top of a preset."""

    model_config = ConfigDict(extra="forbid")

    preset: str | None = Field(default=None, max_length=40)
    settings: dict[str, str] = Field(default_factory=dict, max_length=_MOST_SETTINGS)


class CountsBody(BaseModel):
    """Inbound calls by what they are worth; ``inbound`` leaves the excluded ones out."""

    inbound: int
    target: int
    grey: int
    junk: int
    missed: int
    excluded: int
    unique: int
    unique_target: int
    repeat: int
    target_share: str | None


class MovedBody(BaseModel):
    """So many calls change from one state to another."""

    before: str
    after: str
    calls: int


class TrialBody(BaseModel):
    """What the change does to history."""

    before: CountsBody
    after: CountsBody
    moved: list[MovedBody]
    changed: int = Field(description="Calls of which anything differs.")
    text: dict[str, str]


@router.get("/call-rules", summary="The call rules in force")
async def get_call_rules(runtime: RuntimeOf, caller: SettingsReader) -> RulesBody:
    """With the presets there are, and the usual reasons for junk."""
    rows = setting_rows(await run_in_threadpool(_present, runtime.store, caller.workspace))
    typed = {name: value for name, value, _ in rows if name in RULE_SETTINGS}
    return RulesBody(
        preset=preset_of(typed),
        settings=typed,
        meanings={name: _both(text) for name, _, text in rows if name in RULE_SETTINGS},
        presets=[
            PresetBody(key=one.key, text=_both(one.text), meaning=_both(one.meaning), settings=dict(one.settings))
            for one in PRESETS.values()
        ],
        junk_reasons={key: _both(text) for key, text in JUNK_REASONS.items()},
    )


@router.post("/call-rules/preview", summary="Try other call rules on all calls there are")
async def post_call_rules_preview(runtime: RuntimeOf, caller: SettingsReader, body: RulesChange) -> TrialBody:
    """How many calls would change, from what to what; nothing is saved."""
    return _told(await run_in_threadpool(_tried, runtime, caller.workspace, body))


@router.put("/call-rules", summary="Change the call rules")
async def put_call_rules(request: Request, runtime: RuntimeOf, caller: SettingsWriter, body: RulesChange) -> TrialBody:
    """History follows with the next round; what changed is answered and written into the audit log."""
    trial = await run_in_threadpool(_tried, runtime, caller.workspace, body)
    text = said_of(trial)

    def step(connection: Any) -> None:  # noqa: ANN401  connection of the store
        present = settings_of(connection, caller.workspace)
        changed = present.changed(_wanted(body))
        change_settings(connection, workspace=caller.workspace, settings=changed)
        before, after = _typed(present), _typed(changed)
        record(
            connection,
            actor=caller.actor,
            action="call_rules.changed",
            workspace=caller.workspace,
            target=preset_of(after),
            detail={
                "before": told_settings({name: before[name] for name in after if before[name] != after[name]}),
                "after": told_settings({name: after[name] for name in after if before[name] != after[name]}),
                "zh": text.zh,
                "en": text.en,
            },
        )

    await write(request, step)
    return _told(trial)


def _present(store: Store, workspace: int) -> WorkspaceSettings:
    with store.read() as connection:
        return settings_of(connection, workspace)


def _typed(settings: WorkspaceSettings) -> dict[str, str]:
    return {name: value for name, value, _ in setting_rows(settings) if name in RULE_SETTINGS}


def _tried(runtime: Any, workspace: int, body: RulesChange) -> Trial:  # noqa: ANN401  Runtime
    changed = _present(runtime.store, workspace).changed(_wanted(body))
    trial: Trial = runtime.answers.tried(workspace, changed)
    return trial


def _wanted(body: RulesChange) -> Mapping[str, str]:
    """What the change sets.

    Raises
    ------
    UnknownName, InvalidInput
        ``unknown_preset``, ``no_call_rule``, ``nothing_changed``
    """
    if body.preset not in (None, OWN_RULES, *PRESETS):
        raise UnknownName(
            "unknown_preset",
            Text(zh=f"没有预设 {body.preset}", en=f"there is no preset {body.preset}"),
            Text(zh=f"可用：{'、'.join(PRESETS)}", en=f"There are: {', '.join(PRESETS)}"),
        )
    for name in body.settings:
        if name not in RULE_SETTINGS:
            raise InvalidInput(
                "no_call_rule",
                Text(zh=f"{name} 不是来电规则", en=f"{name} is no call rule"),
                Text(zh=f"可用：{'、'.join(RULE_SETTINGS)}", en=f"There are: {', '.join(RULE_SETTINGS)}"),
            )
    preset = PRESETS.get(body.preset or "")
    return {**(preset.settings if preset else {}), **body.settings}


def _told(trial: Trial) -> TrialBody:
    text = said_of(trial)
    return TrialBody(
        before=_counts(trial.before),
        after=_counts(trial.after),
        moved=[MovedBody(before=one.before, after=one.after, calls=one.calls) for one in trial.moved],
        changed=trial.changed,
        text=_both(text),
    )


def _counts(counts: CallCounts) -> CountsBody:
    share = counts.target_share
    return CountsBody(
        inbound=counts.inbound,
        target=counts.target,
        grey=counts.grey,
        junk=counts.junk,
        missed=counts.missed,
        excluded=counts.excluded,
        unique=counts.unique,
        unique_target=counts.unique_target,
        repeat=counts.repeat,
        target_share=None if share is None else format(share.quantize(Decimal("0.0001")), "f"),
    )


def _both(text: Text) -> dict[str, str]:
    return {"zh": text.zh, "en": text.en}
