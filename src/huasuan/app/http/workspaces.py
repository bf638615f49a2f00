"""Workspaces of whoever is signed in, and what a workspace decides for itself."""

from typing import Any

from fastapi import APIRouter, Request
from pydantic import BaseModel, ConfigDict, Field
from sqlalchemy import Connection

from huasuan.app.http.access import Own, SettingsReader, SettingsWriter, actor_of, address_of
from huasuan.app.http.entrance import Done, read, write
from huasuan.app.http.guards import RuntimeOf
from huasuan.app.worker.business import refuse_unknown, setting_rows
from huasuan.kernel.errors import Conflict, NotAllowed
from huasuan.kernel.text import Text
from huasuan.people import (
    Role,
    WorkspaceSettings,
    add_member,
    change_settings,
    create_workspace,
    record,
    settings_of,
    told_settings,
    workspaces,
)

router = APIRouter(tags=["workspace"])


class NewWorkspace(BaseModel):
    """A business of its own, with nothing in it."""

    model_config = ConfigDict(extra="forbid")

    name: str = Field(min_length=1, max_length=100)
    zone: str = Field(default="Asia/Shanghai", max_length=64)
    currency: str = Field(default="CNY", max_length=3)


class MadeWorkspace(BaseModel):
    """The number to name it by."""

    id: int


class SettingBody(BaseModel):
    """A setting as it is typed."""

    name: str
    value: str
    text: dict[str, str]


class SettingList(BaseModel):
    """Every setting of the workspace."""

    settings: list[SettingBody]


class SettingChange(BaseModel):
    """Names and values as typed; what is not named stays."""

    model_config = ConfigDict(extra="forbid")

    settings: dict[str, str] = Field(min_length=1, max_length=50)


@router.post("/workspaces", summary="Make a workspace")
async def post_workspaces(request: Request, own: Own, body: NewWorkspace) -> MadeWorkspace:
    """For somebody who owns one already; the new one is theirs alone."""
    if all(one.role is not Role.OWNER for one in own.memberships.values()):
        raise NotAllowed(
            "owners_only",
            Text(zh="只有所有者可以创建工作区", en="only an owner of a workspace makes another one"),
        )

    def step(connection: Any) -> MadeWorkspace:  # noqa: ANN401  connection of the store
        name = body.name.strip()
        if not name or not name.isprintable() or any(space.name == name for space in workspaces(connection)):
            raise Conflict("workspace_exists", Text(zh="名称为空或已被使用", en="the name is empty or taken already"))
        settings = WorkspaceSettings(zone=body.zone, currency=body.currency, language=own.account.language)
        made = create_workspace(connection, name=name, settings=settings)
        add_member(connection, workspace=made.id, account=own.account.id, role=Role.OWNER)
        actor = actor_of(own, address_of(request))
        record(connection, actor=actor, action="workspace.made", workspace=made.id, target=name)
        return MadeWorkspace(id=made.id)

    made: MadeWorkspace = await write(request, step)
    return made


@router.get("/settings", summary="The settings of the workspace")
async def get_settings(runtime: RuntimeOf, caller: SettingsReader) -> SettingList:
    """What the business decides for itself, with what each means."""

    def step(connection: Connection) -> WorkspaceSettings:
        return settings_of(connection, caller.workspace)

    rows = setting_rows(await read(runtime, step))
    return SettingList(
        settings=[
            SettingBody(name=name, value=value, text={"zh": text.zh, "en": text.en}) for name, value, text in rows
        ]
    )


@router.patch("/settings", summary="Change settings of the workspace")
async def patch_settings(request: Request, caller: SettingsWriter, body: SettingChange) -> Done:
    """Figures follow with the next round, history too."""

    def step(connection: Any) -> None:  # noqa: ANN401
        present = settings_of(connection, caller.workspace)
        changed = present.changed(body.settings)
        refuse_unknown(changed)
        change_settings(connection, workspace=caller.workspace, settings=changed)
        record(
            connection,
            actor=caller.actor,
            action="settings.changed",
            workspace=caller.workspace,
            detail=told_settings(body.settings),
        )

    await write(request, step)
    return Done()
