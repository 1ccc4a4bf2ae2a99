"""The product's journeys and a campaign among them: the one of the docs, two days after a scene begins."""

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
CHANGED = {"2027-03-01": DAY.isoformat(), "holdout: 0.1": "holdout: 0.0"}


@cache
def journeys() -> Path:
    """As the build writes them, once a process."""
    directory = Path(tempfile.mkdtemp(prefix="aftercart-spring-"))
    atexit.register(shutil.rmtree, directory, ignore_errors=True)
    source = Path(shutil.copytree(JOURNEYS, directory / "journeys"))
    folder = Path(shutil.copytree(FOLDER, source / "spring_cases"))
    text = (folder / "journey.yaml").read_text(encoding="utf-8")
    for old, new in CHANGED.items():
        text = text.replace(old, new)
    (folder / "journey.yaml").write_text(text, encoding="utf-8")
    compile_journeys(source, NEAR.date()).write(directory / "made")
    return directory / "made"
