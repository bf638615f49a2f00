"""Letting the made-up business speak to the intake, as any outside system does."""

from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from huasuan.intake import Outcome, deliver
from huasuan.kernel.errors import Broken
from huasuan.kernel.text import Text
from huasuan.people import Workspace
from huasuan.simulator.generate import generate
from huasuan.simulator.truth import write_truth
from huasuan.simulator.world import Record, World
from huasuan.store import Store

SOURCE = "sample"


@dataclass(frozen=True, slots=True, kw_only=True)
class SimulationSummary:
    """What was sent: how many facts of each kind are new, and how many records corrected or repeated one."""

    created: dict[str, int]
    corrected: int
    unchanged: int
    batches: tuple[int, ...]


def simulate(
    store: Store,
    workspace: Workspace,
    world: World,
    *,
    truth_path: Path | None = None,
    progress: Callable[[int, int], None] | None = None,
) -> SimulationSummary:
    """Make up a business and send its facts through the intake, marked as samples.

    ``truth_path``: where to write what is exactly true of it (JSON, see ``huasuan.simulator.truth``); this keeps all
    records in memory. ``progress`` is told (calls sent, calls in all). Deterministic by ``world``.
    """
    created: Counter[str] = Counter()
    rest: Counter[str] = Counter()
    batches: list[int] = []
    kept: list[tuple[str, list[Record]]] = []
    for kind, records in generate(world):
        delivery = deliver(
            store, workspace=workspace.id, kind_name=kind, source=SOURCE, records=records, origin="sample"
        )
        batches.append(delivery.batch)
        for outcome in _accepted(kind, delivery.outcomes):
            if outcome.status == "created":
                created[kind] += 1
            else:
                rest[outcome.status] += 1
        if truth_path is not None:
            kept.append((kind, records))
        if progress is not None:
            progress(created["call"], world.calls)
    if truth_path is not None:
        write_truth(kept, truth_path, settings=workspace.settings, first_day=world.first_day, end_day=world.end_day)
    return SimulationSummary(
        created=dict(created), corrected=rest["corrected"], unchanged=rest["unchanged"], batches=tuple(batches)
    )


def _accepted(kind: str, outcomes: Sequence[Outcome]) -> Iterator[Outcome]:
    """A refused record is a fault of the simulator, never of the person who runs it."""
    for outcome in outcomes:
        if outcome.status == "refused":
            why = outcome.text.en if outcome.text else outcome.code
            raise Broken(
                "sample_refused",
                Text(
                    zh=f"示例数据 {kind} {outcome.source_key} 被拒绝：{why}",
                    en=f"the sample {kind} {outcome.source_key} was refused: {why}",
                ),
                Text(zh="这是程序缺陷，请报告。", en="This is a fault of the program, please report it."),
            )
        yield outcome
