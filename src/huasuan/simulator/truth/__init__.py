"""What is exactly true of records, worked out a second time and another way than the program's own engine.

Plain Python over the records themselves, following ``docs/definitions.md`` literally: no SQL, no floating point,
nothing shared with the warehouse or the metrics. Only the look-up of where a number was allocated is shared.
"""

from huasuan.simulator.truth.reckoning import Truth, reckon, write_truth

__all__ = ["Truth", "reckon", "write_truth"]
