"""What other rooms see of people."""

from dataclasses import dataclass

from huasuan.people.settings import WorkspaceSettings


@dataclass(frozen=True, slots=True, kw_only=True)
class Workspace:
    """One business with its own facts and settings, strictly apart from the others."""

    id: int
    name: str
    settings: WorkspaceSettings
    sample_batch: int | None
