"""What is exactly true of made-up (or any) records."""

from collections.abc import Iterable
from datetime import date
from pathlib import Path

from huasuan.people import WorkspaceSettings
from huasuan.simulator.world import Record


def write_truth(
    parcels: Iterable[tuple[str, list[Record]]],
    path: Path,
    *,
    settings: WorkspaceSettings,
    first_day: date,
    end_day: date,
) -> None:
    """Write what is exactly true of these records (to come)."""
    raise NotImplementedError
