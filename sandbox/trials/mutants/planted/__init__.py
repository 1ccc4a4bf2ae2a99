"""Bugs that somebody might well write: each replaces a few lines and names the tests that should notice."""

from sandbox.trials.mutants.planted.authentic import AUTHENTIC
from sandbox.trials.mutants.planted.bug import Bug, Moved
from sandbox.trials.mutants.planted.lost import LOST
from sandbox.trials.mutants.planted.once import ONCE
from sandbox.trials.mutants.planted.private import PRIVATE
from sandbox.trials.mutants.planted.stop import STOP
from sandbox.trials.mutants.planted.time import TIME

BUGS: tuple[Bug, ...] = (*ONCE, *LOST, *STOP, *AUTHENTIC, *TIME, *PRIVATE)

__all__ = ["BUGS", "Bug", "Moved"]
