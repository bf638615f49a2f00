"""Written down at the desk: that somebody answered, remarks, things to do, leads met elsewhere."""

from typing import Annotated, Any

from fastapi import APIRouter, Path, Request

from huasuan import leads
from huasuan.app.http.access import AtTheDesk
from huasuan.app.http.desk import LeadNumber, agent_of
from huasuan.app.http.entrance import Done, write
from huasuan.app.http.leads import Kept
from huasuan.app.http.shapes_of_desk import Entered, NewLead, NewTask, RemarkBody
from huasuan.intake import phone_number
from huasuan.kernel.time import now

router = APIRouter(prefix="/desk", tags=["desk"])
TaskNumber = Annotated[int, Path(ge=1, le=2**62, description="Number of the task")]


@router.post("/answered", summary="Somebody answered")
async def post_answered(request: Request, caller: AtTheDesk) -> Done:
    """From now on it is talking and no longer ringing; without this a talk has no length in the figures."""
    await write(
        request,
        lambda connection: leads.answered(
            connection, workspace=caller.workspace, agent=agent_of(connection, caller), at=now()
        ),
    )
    return Done()


@router.post("/leads/{lead}/remarks", summary="Write a remark")
async def post_remark(request: Request, caller: AtTheDesk, lead: LeadNumber, body: RemarkBody) -> Done:
    """On one's own lead, in one's own words."""
    await write(
        request,
        lambda connection: leads.remark(
            connection, workspace=caller.workspace, lead=lead, agent=agent_of(connection, caller, lead),
            text=body.text, at=now(),
        ),
    )  # fmt: skip
    return Done()


@router.post("/leads/{lead}/tasks", summary="Note something to do")
async def post_task(request: Request, caller: AtTheDesk, lead: LeadNumber, body: NewTask) -> Kept:
    """About one's own lead, by a time; the desk reminds of it."""
    number: int = await write(
        request,
        lambda connection: leads.add_task(
            connection, workspace=caller.workspace, lead=lead, agent=agent_of(connection, caller, lead),
            due_at=body.due_at, text=body.text, at=now(),
        ),
    )  # fmt: skip
    return Kept(id=number)


@router.post("/tasks/{task}/done", summary="A task is done")
async def post_task_done(request: Request, caller: AtTheDesk, task: TaskNumber) -> Done:
    """One of one's own that was noted by hand."""
    # Without a code of one's own no task is one's own.
    await write(
        request,
        lambda connection: leads.end_task(
            connection, workspace=caller.workspace, task=task, agent=caller.agent or "", at=now()
        ),
    )
    return Done()


@router.post("/leads", summary="Type a lead in")
async def post_lead(request: Request, caller: AtTheDesk, body: NewLead) -> Entered:
    """Somebody met at a fair, in a shop or on the telephone; it is a lead about a second later."""

    def step(connection: Any) -> str:  # noqa: ANN401  connection of the store
        agent = agent_of(connection, caller)
        team = leads.team_of(connection, workspace=caller.workspace, agent=agent)
        said = body.model_dump() | {"phone": phone_number(body.phone)}
        return leads.enter(
            connection, workspace=caller.workspace, agent=agent, team=team, entry=leads.Entry(**said), at=now()
        )

    key: str = await write(request, step)
    return Entered(key=key)
