"""Bugs that somebody might well write: each replaces a few lines and names the tests that should notice."""

from sandbox.trials.planted.authentic import AUTHENTIC
from sandbox.trials.planted.bug import Bug, Moved
from sandbox.trials.planted.lost import LOST
from sandbox.trials.planted.once import ONCE
from sandbox.trials.planted.private import PRIVATE
from sandbox.trials.planted.stop import STOP
from sandbox.trials.planted.time import TIME

BUGS: tuple[Bug, ...] = (*ONCE, *LOST, *STOP, *AUTHENTIC, *TIME, *PRIVATE)

__all__ = ["BUGS", "Bug", "Moved"]
