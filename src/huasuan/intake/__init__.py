"""The one door: every fact comes in here, is checked once, and is known by its source key."""

from huasuan.intake.batches import BatchRecord, list_batches
from huasuan.intake.door import Delivery, deliver, deliver_stream
from huasuan.intake.kinds import KINDS, kind_named
from huasuan.intake.types import Outcome
from huasuan.intake.wire import wire_model

__all__ = [
    "KINDS",
    "BatchRecord",
    "Delivery",
    "Outcome",
    "deliver",
    "deliver_stream",
    "kind_named",
    "list_batches",
    "wire_model",
]
