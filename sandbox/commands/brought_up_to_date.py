"""An event of another day as if it happened now: what is older than its use is stored and not told."""

import json
import re
from datetime import datetime, timedelta
from typing import Any

TIME = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{1,6})?(Z|[+-]\d\d:\d\d)")
# When somebody agreed to something does not move: a consent made younger could overrule a STOP.
FIXED = ("consent_updated_at",)


def moved(body: bytes, by: timedelta) -> bytes:
    """A JSON body with each time in it moved; any other body as it is."""
    try:
        found = json.loads(body)
    except ValueError:
        return body
    return json.dumps(_moved(found, by), ensure_ascii=False, separators=(",", ":")).encode()


def _moved(found: Any, by: timedelta) -> Any:
    if isinstance(found, dict):
        return {name: each if name in FIXED else _moved(each, by) for name, each in found.items()}
    if isinstance(found, list):
        return [_moved(each, by) for each in found]
    if isinstance(found, str) and TIME.fullmatch(found):
        return (datetime.fromisoformat(found) + by).isoformat()
    return found
