"""Writes docs/providers.md from the registry and the samples: `python -m tests.docs.providers_table`."""

from pathlib import Path

from aftercart.channels import registry
from aftercart.channels.entry import Entry
from tests.aftercart.channels.kit import Held, held

PAGE = Path(__file__).parents[2] / "docs" / "providers.md"
HEAD = """# Providers

Who carries what, as each provider's entry (`shared/aftercart/channels/`) and its sample in the kit say.
`python -m tests.docs.providers_table` writes this page; a test tells when it is stale. Settings are
parameters of `template.yaml`, secrets are fields of the stack's secret ([deploying.md](deploying.md)).
For one more provider see [adding-a-channel.md](adding-a-channel.md).

"""
COLUMNS = (
    "channel",
    "provider",
    "templates",
    "shows",
    "longest text",
    "best receipt",
    "answers heard",
    "webhook",
    "settings",
    "secrets",
    "source",
)


def page() -> str:
    rows = [COLUMNS, ("---",) * len(COLUMNS), *(row(held(provider)) for provider in registry.FILES)]
    return HEAD + "".join(f"| {' | '.join(cells)} |\n" for cells in rows)


def row(provider: Held) -> tuple[str, ...]:
    entry = provider.entry
    return (
        entry.channel.value,
        entry.name,
        "yes" if entry.templates else "no",
        ", ".join(sorted(entry.shows)) or "text alone",
        f"{entry.longest:,}",
        entry.best.name.lower(),
        ", ".join(kind for kind in provider.sample.replies if kind != "unsupported") or "none",
        _calls(entry),
        code(entry.settings),
        code(entry.secrets),
        entry.source,
    )


def code(names: tuple[str, ...]) -> str:
    return ", ".join(f"`{name}`" for name in names) or "none"


def _calls(entry: Entry) -> str:
    """Where it tells us what happens."""
    if entry.webhook:
        return f"`POST /{entry.name}/{entry.channel}`"
    return "SNS topic" if f"{entry.channel}/{entry.name}" in registry.TOPICS.values() else "none"


if __name__ == "__main__":
    PAGE.write_text(page(), encoding="utf-8")
