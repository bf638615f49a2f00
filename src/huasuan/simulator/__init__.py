"""A telephone-selling business with known truth: sample data, load, and the measure of our own figures."""

from huasuan.simulator.generate import generate
from huasuan.simulator.run import SOURCE, SimulationSummary, simulate
from huasuan.simulator.truth import write_truth
from huasuan.simulator.world import Record, World

__all__ = ["SOURCE", "Record", "SimulationSummary", "World", "generate", "simulate", "write_truth"]
