"""API keys of a workspace: made with a name, rights and perhaps an end; listed; revoked."""

from datetime import timedelta
from typing import Annotated, Any

from fastapi import APIRouter, Path, Request
from pydantic import AwareDatetime, BaseModel, ConfigDict, Field
from sqlalchemy import Connection

from huasuan.app.http.access import KeysWriter
from huasuan.app.http.entrance import Done, read, write
from huasuan.app.http.guards import RuntimeOf
from huasuan.app.http.shape_words import BothLanguages
from huasuan.kernel.time import now
from huasuan.people import (
    RIGHT_NAMES,
    Key,
    Right,
    check_grant,
    create_api_key,
    key_of_secret,
    keys_of,
    person_of,
    record,
    revoke_key,
)

router = APIRouter(prefix="/keys", tags=["keys"])


class KeyBody(BaseModel):
    """A key without its secret; ``hint`` is its beginning."""

    id: int
    name: str
    hint: str
    rights: list[Right]
    created_at: AwareDatetime
    ends_at: AwareDatetime | None
    revoked_at: AwareDatetime | None
    used_at: AwareDatetime | None


class KeyList(BaseModel):
    """The newest first, with those that are revoked or have ended; ``rights``: what each right is called."""

    keys: list[KeyBody]
    rights: dict[Right, BothLanguages]


class NewKey(BaseModel):
    """What the key is for, what it may, and for how many days."""

    model_config = ConfigDict(extra="forbid")

    name: str = Field(min_length=1, max_length=100)
    rights: list[Right] = Field(min_length=1, max_length=len(Right))
    days: int | None = Field(default=None, ge=1, le=3660, description="Days until it ends; without it, never.")


class MadeKey(BaseModel):
    """``secret`` is shown only now."""

    id: int
    secret: str


@router.get("", summary="List API keys")
async def get_keys(runtime: RuntimeOf, caller: KeysWriter) -> KeyList:
    """Who may send or read data by program, and when each was last used (give or take ten seconds)."""

    def step(connection: Connection) -> list[Key]:
        return list(keys_of(connection, workspace=caller.workspace))

    return KeyList(
        keys=[_body(one) for one in await read(runtime, step)],
        rights={right: BothLanguages(zh=text.zh, en=text.en) for right, text in RIGHT_NAMES.items()},
    )


@router.post("", summary="Make an API key")
async def post_keys(request: Request, caller: KeysWriter, body: NewKey) -> MadeKey:
    """With rights of one's own alone."""

    def step(connection: Any) -> MadeKey:  # noqa: ANN401  connection of the store
        check_grant(granted=body.rights, own=caller.rights)
        ends_at = None if body.days is None else now() + timedelta(days=body.days)
        secret = create_api_key(
            connection,
            workspace=caller.workspace,
            name=body.name,
            rights=frozenset(body.rights),
            ends_at=ends_at,
            made_by=person_of(connection, caller.actor),
        )
        detail = {"rights": sorted(body.rights), "days": body.days}
        record(
            connection,
            actor=caller.actor,
            action="key.made",
            workspace=caller.workspace,
            target=body.name,
            detail=detail,
        )
        return MadeKey(id=key_of_secret(connection, secret).id, secret=secret)

    made: MadeKey = await write(request, step)
    return made


@router.delete("/{key}", summary="Revoke an API key")
async def delete_key(request: Request, caller: KeysWriter, key: Annotated[int, Path(ge=1, le=2**62)]) -> Done:
    """At once in this process, within two seconds in others."""

    def step(connection: Any) -> None:  # noqa: ANN401
        revoked = revoke_key(connection, workspace=caller.workspace, key=key)
        record(connection, actor=caller.actor, action="key.revoked", workspace=caller.workspace, target=revoked.name)

    await write(request, step)
    request.app.state.keys.forget()
    return Done()


def _body(key: Key) -> KeyBody:
    return KeyBody(
        id=key.id,
        name=key.name,
        hint=key.hint,
        rights=sorted(key.rights),
        created_at=key.created_at,
        ends_at=key.ends_at,
        revoked_at=key.revoked_at,
        used_at=key.used_at,
    )
