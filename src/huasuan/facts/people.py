"""Agents, their paid shifts and their states."""

from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from huasuan.facts.marks import Personal


@dataclass(frozen=True, slots=True, kw_only=True)
class Agent:
    """Somebody who talks to customers, as a member of a team from ``since`` on.

    ``agent`` is the code used in calls, shifts and costs. When the team or city changes, send another membership of the
    same ``agent`` under a key of its own; the old one keeps holding for the time before.
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


@dataclass(frozen=True, slots=True, kw_only=True)
class PlannedState:
    """What an agent is planned to do in a stretch of time (S0-38): work (any state of being at calls), break, training.

    A paid ``Shift`` says how long somebody is paid; a plan says what for.
    """

    agent: str
    state: Literal["work", "break", "training"]
    started_at: datetime
    ended_at: datetime
    team: str | None = None
    queue: str | None = None
