"""The product's journeys, changed for a scene."""

import atexit
import shutil
import tempfile
from datetime import UTC, date, datetime
from functools import cache
from pathlib import Path

from sandbox.journeys.compile import JOURNEYS, compile_journeys

FOLDER = Path(__file__).parents[3] / "docs" / "tutorial" / "spring_cases"
DAY = date(2026, 11, 25)
NEAR = datetime(2026, 11, 24, 9, tzinfo=UTC)  # 26 hours before eleven o'clock in UTC


@cache
def with_campaign() -> Path:
    """With the docs' campaign among them, two days after a scene begins."""
    source = _copied()
    folder = Path(shutil.copytree(FOLDER, source / "spring_cases"))
    _edit(folder / "journey.yaml", {"2027-03-01": DAY.isoformat(), "holdout: 0.1": "holdout: 0.0"})
    return _made(source)


@cache
def to_be_read() -> Path:
    """News on WhatsApp is to be read, not only delivered."""
    source = _copied()
    _edit(source / "brand.yaml", {"news: {whatsapp: PT15M": "news: {whatsapp: {wait: PT15M, success: read}"})
    return _made(source)


@cache
def taken_is_enough() -> Path:
    """On WhatsApp it is enough that news is taken."""
    source = _copied()
    taken = "news: {whatsapp: {wait: PT15M, success: accepted}"
    _edit(source / "brand.yaml", {"news: {whatsapp: PT15M": taken})
    return _made(source)


@cache
def that_learns() -> Path:
    """Waits are learned from receipts."""
    source = _copied()
    _edit(source / "brand.yaml", {"\nroutes:\n": "\nlearned_waits: true\nroutes:\n"})
    return _made(source)


@cache
def with_four_channels() -> Path:
    """News takes e-mail too, after the phone's channels."""
    source = _copied()
    _edit(source / "brand.yaml", {"viber: PT15M, sms: PT15M}": "viber: PT15M, sms: PT15M, email: PT15M}"})
    return _made(source)


@cache
def with_rate(rate: str = "0.0003") -> Path:
    """Whoever carries WhatsApp takes so many messages a second: one in an hour, where nothing is said."""
    source = _copied()
    _edit(source / "brand.yaml", {"\nroutes:\n": f"\nrates: {{whatsapp/meta: {rate}}}\n\nroutes:\n"})
    return _made(source)


def _copied() -> Path:
    directory = Path(tempfile.mkdtemp(prefix="aftercart-changed-"))
    atexit.register(shutil.rmtree, directory, ignore_errors=True)
    return Path(shutil.copytree(JOURNEYS, directory / "journeys"))


def _edit(path: Path, changes: dict[str, str]) -> None:
    text = path.read_text(encoding="utf-8")
    for old, new in changes.items():
        assert old in text, old
        text = text.replace(old, new)
    path.write_text(text, encoding="utf-8")


def _made(source: Path) -> Path:
    """As the build writes them, once a process."""
    compile_journeys(source, NEAR.date()).write(source.parent / "made")
    return source.parent / "made"
