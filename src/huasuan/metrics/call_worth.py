"""What other call rules would make of the calls there are."""

from dataclasses import dataclass
from decimal import Decimal

# excluded, missed, or its class; "unknown" is an answered call nobody can tell.
STATES = ("target", "grey", "junk", "missed", "excluded")


@dataclass(frozen=True, slots=True, kw_only=True)
class CallCounts:
    """Inbound calls by what they are worth; ``inbound`` leaves out the excluded ones."""

    inbound: int
    target: int
    grey: int
    junk: int
    missed: int
    excluded: int
    unique: int
    unique_target: int
    repeat: int

    @property
    def target_share(self) -> Decimal | None:
        """Target calls over all inbound calls; None without any."""
        return Decimal(self.target) / self.inbound if self.inbound else None


@dataclass(frozen=True, slots=True, kw_only=True)
class Moved:
    """So many calls change from one state to another."""

    before: str
    after: str
    calls: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Trial:
    """What a change of rules does to history; ``changed`` counts calls of which anything differs."""

    before: CallCounts
    after: CallCounts
    moved: tuple[Moved, ...]
    changed: int
