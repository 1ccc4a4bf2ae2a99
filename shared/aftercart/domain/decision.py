"""What became of a due thing. Each message and each silence can be explained by one of these."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

# JSON-safe and free of personal data: decisions are shown by `why` and by the sandbox.
Fact = str | int | float | bool | None
Facts = Mapping[str, Fact]


@dataclass(frozen=True, slots=True, kw_only=True)
class Send:
    facts: Facts = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Defer:
    until: datetime
    reason: str
    facts: Facts = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Skip:
    reason: str
    facts: Facts = field(default_factory=dict)


Decision = Send | Defer | Skip


@dataclass(frozen=True, slots=True, kw_only=True)
class Logged:
    """A decision as it is kept: when, about which step, what, why."""

    at: datetime
    step: str
    decision: str  # "send", "defer", "skip"
    reason: str
    facts: Facts = field(default_factory=dict)


def logged(decision: Decision, step: str, at: datetime) -> Logged:
    reason = getattr(decision, "reason", "") or str(decision.facts.get("why", "due"))
    facts = dict(decision.facts)
    if isinstance(decision, Defer):
        facts["until"] = decision.until.isoformat()
    return Logged(at=at, step=step, decision=type(decision).__name__.lower(), reason=reason, facts=facts)
