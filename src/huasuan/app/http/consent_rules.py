"""A business's own calling rules: stricter freely, looser on a stated legal basis alone; each on record (R01-R22)."""

from datetime import date
from typing import Annotated, Any

from fastapi import APIRouter, Path, Request
from pydantic import AwareDatetime, BaseModel, ConfigDict, Field
from sqlalchemy import Connection

from huasuan.app.http.access import FactsReader, RulesWriter
from huasuan.app.http.entrance import Done, PrintedText, read, write
from huasuan.app.http.guards import RuntimeOf
from huasuan.consent import Override, OwnRule, end_override, keep_override, overrides_of
from huasuan.kernel.time import now
from huasuan.people import record

router = APIRouter(tags=["consent"])
_Text = Annotated[PrintedText, Field(min_length=1)]


class OwnRuleBody(BaseModel):
    """What the business decides about one rule in one country, and why."""

    model_config = ConfigDict(extra="forbid")

    rule: Annotated[str, Field(pattern=r"^R\d\d$")]
    country: Annotated[str, Field(pattern=r"^[A-Z]{2}$")]
    parameters: Annotated[dict[str, Any], Field(min_length=1, max_length=20)]
    reason: _Text
    legal_basis: PrintedText = Field(default="", description="Needed where it is looser than the published rule.")
    valid_from: date | None = None
    valid_to: date | None = None


class OwnRuleRead(BaseModel):
    """A decision about a rule; ``loosens`` names what it makes looser than published."""

    id: int
    rule: str
    country: str
    parameters: dict[str, Any]
    reason: str
    valid_from: date | None
    valid_to: date | None
    decided_by: str
    decided_at: AwareDatetime
    loosens: list[str]


class OwnRules(BaseModel):
    """All decisions, oldest first; the latest one that holds on a day counts."""

    rules: list[OwnRuleRead]


@router.get("/calling-rules/own", summary="What the business decided about calling rules itself")
async def get_own_rules(runtime: RuntimeOf, caller: FactsReader) -> OwnRules:
    """Those that hold no more stay readable: calls were made by them."""

    def step(connection: Connection) -> OwnRules:
        found = overrides_of(connection, workspace=caller.workspace)
        return OwnRules(rules=[_read(one) for one in found])

    return await read(runtime, step)


@router.post("/calling-rules/own", summary="Decide about a calling rule")
async def post_own_rule(request: Request, caller: RulesWriter, body: OwnRuleBody) -> OwnRuleRead:
    """Holds with the next question to the gate. A looser one needs a legal basis; both stand in the audit log."""
    override = Override(**body.model_dump(exclude={"legal_basis"}))

    def keep(connection: Any) -> OwnRule:  # noqa: ANN401  as ``write`` hands it on
        made = keep_override(
            connection,
            workspace=caller.workspace,
            override=override,
            legal_basis=body.legal_basis,
            by=caller.actor.name,
        )
        record(
            connection,
            actor=caller.actor,
            action="rule.decided",
            workspace=caller.workspace,
            target=f"{body.rule} {body.country}",
            detail=body.model_dump(mode="json", exclude={"rule", "country"}) | {"loosens": list(made.loosens)},
        )
        return made

    return _read(await write(request, keep))


@router.delete("/calling-rules/own/{override}", summary="End a decision about a calling rule")
async def delete_own_rule(
    request: Request, caller: RulesWriter, override: Annotated[int, Path(ge=1, le=2**62)]
) -> Done:
    """From today on the published rule holds again."""

    def end(connection: Any) -> None:  # noqa: ANN401  as ``write`` hands it on
        end_override(connection, workspace=caller.workspace, number=override, day=now().date())
        record(connection, actor=caller.actor, action="rule.ended", workspace=caller.workspace, target=str(override))

    await write(request, end)
    return Done()


def _read(own: OwnRule) -> OwnRuleRead:
    said = own.override
    return OwnRuleRead(
        id=own.id,
        rule=said.rule,
        country=said.country,
        parameters=dict(said.parameters),
        reason=said.reason,
        valid_from=said.valid_from,
        valid_to=said.valid_to,
        decided_by=own.decided_by,
        decided_at=own.decided_at,
        loosens=list(own.loosens),
    )
