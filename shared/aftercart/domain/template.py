"""What a provider has said of approved templates since: whether each may be sent, and what it counts as."""

from dataclasses import dataclass
from datetime import UTC, datetime

EARLIEST = datetime.min.replace(tzinfo=UTC)
MARKETING = "marketing"


def key(name: str, language: str) -> str:
    """Under which a template's standing is kept."""
    return f"{name}/{language}"


@dataclass(frozen=True, slots=True, kw_only=True)
class TemplateNews:
    """`barred`: why it may not be sent, "paused", "rejected" …; '': it may; None: nothing was said of that.

    `category`: what it is charged as, "utility", "marketing" …; '': nothing was said of that. `reason`: our
    word and the provider's code. `advice`: "alarm" where a person is told, or nothing.
    """

    name: str
    language: str
    at: datetime
    barred: str | None = None
    category: str = ""
    reason: str = ""
    advice: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """Of one template in one language, each part as of its own time.

    A lattice: of two at one time the stricter holds, so the order and number of news do not matter.
    """

    barred: str = ""
    barred_at: datetime = EARLIEST
    category: str = ""
    category_at: datetime = EARLIEST

    def after(self, news: TemplateNews) -> "Standing":
        barred, category = (self.barred_at, self.barred), (self.category_at, self.category)
        if news.barred is not None:
            barred = max(barred, (news.at, news.barred))
        if news.category:
            category = max(category, (news.at, news.category), key=_stricter)
        return Standing(barred=barred[1], barred_at=barred[0], category=category[1], category_at=category[0])

    def sells(self, approved_as: str) -> bool:
        """Its provider counts it as marketing, though it was approved as something else."""
        return self.category == MARKETING != approved_as


def _stricter(said: tuple[datetime, str]) -> tuple[datetime, bool, str]:
    return said[0], said[1] == MARKETING, said[1]
