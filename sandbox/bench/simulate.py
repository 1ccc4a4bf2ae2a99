"""How fast lives are simulated: events a second, beside simpy's bare timeouts a second in the same run.

An event is one thing taken from the engine's queue and run, whole: a post of the shop's with the handler
that takes it, a receipt, an invocation that was accepted before, a schedule that fires, a state of an
execution that begins or ends. A handler or a call within it is not counted apart, nor is a sweep that would
find nothing, over which the clock passes. A bare timeout of simpy's runs no code but the process that asks
for the next one.
"""

from dataclasses import dataclass
from time import process_time

import simpy

from sandbox.bench.table import Row, Section
from sandbox.trials.lives.life import planned

CUSTOMERS, YEARS = 50, 3.0  # one sandbox of `aftercart simulate --years 3`
TIMEOUTS = 300_000
AIM = 0.1


@dataclass(frozen=True, slots=True)
class Pace:
    """What one sandbox's lives ran, and the CPU seconds that they and their judge took."""

    events: int
    handlers: int
    calls: int
    seconds: float


def paced(customers: int, years: float, seed: str = "bench/0") -> Pace:
    before = process_time()
    with planned(seed, customers, years) as life:
        life.live()
        assert life.judged().wrong == [], "a promise was broken: `aftercart simulate` tells which"
        seconds = process_time() - before
        sandbox = life.outside.sandbox
        runs = sandbox.functions.invocations
        calls = sum(len(run.calls) for run in runs)
        return Pace(sandbox.engine.fired, len(runs), calls, seconds)


def bare_timeouts(count: int = TIMEOUTS) -> float:
    """simpy's timeouts a second: one process that waits, again and again."""
    world = simpy.Environment()

    def waits() -> simpy.events.ProcessGenerator:
        for _ in range(count):
            yield world.timeout(1)

    world.process(waits())
    before = process_time()
    world.run()
    return count / (process_time() - before)


def simulate(customers: int = CUSTOMERS, years: float = YEARS) -> Section:
    paced(2, 0.5)  # imports and caches
    bare = bare_timeouts()
    pace = paced(customers, years)
    bare = (bare + bare_timeouts()) / 2
    events = pace.events / pace.seconds
    how = (
        f"{customers} customers over {years:g} years on the memory world, all that breaks and the judge "
        f"included: CPU time of one core, simpy {simpy.__version__} before and after"
    )
    columns = ("events / timeouts", "events a second", "bare timeouts a second", "handlers", "calls")
    values = (events / bare, events, bare, pace.handlers / pace.seconds, pace.calls / pace.seconds)
    row = Row("simulated events, one core", values, AIM, at_least=True)
    return Section("Speed of a simulation, beside simpy's bare timeouts", how, columns, [row])
