"""Agents, their paid shifts and their states."""

from dataclasses import dataclass
from datetime import datetime

from huasuan.facts.marks import Personal


@dataclass(frozen=True, slots=True, kw_only=True)
class Agent:
    """Somebody who talks to customers. The source key is the agent's code in calls, shifts and costs.

    ``since`` dates this membership: send the agent again with a later ``since`` when the team or city changes.
    """

    agent: str
    since: datetime
    name: Personal | None = None
    team: str | None = None
    city: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Shift:
    """A paid working time of an agent (S3-3, S3-11). ``paid_seconds`` defaults to its length."""

    agent: str
    started_at: datetime
    ended_at: datetime
    paid_seconds: int | None = None
    team: str | None = None
    city: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class AgentState:
    """A stretch of time in one state: ready, talk, hold, wrap, ring, dialing, break, training, offline."""

    agent: str
    state: str
    started_at: datetime
    ended_at: datetime
    pause_code: str | None = None
    queue: str | None = None
