"""What one run keeps for the next: files of JSON, signed with a hash of them and of the code that wrote."""

import hashlib
import json
import os
import sys
import sysconfig
from contextlib import suppress
from functools import cache
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[2]
JUDGES = ("sandbox/journeys", "shared/aftercart")
MOST_KEPT = 20  # files of a folder


def recalled(file: Path) -> Any:
    """None: nothing is kept, or what was kept is no longer whole, or other code has kept it."""
    try:
        signed, _, kept = file.read_bytes().partition(b"\n")
    except OSError:
        return None
    return json.loads(kept) if signed == _signed(kept) else None


def keep(file: Path, what: Any) -> None:
    """Where nothing can be written it is found out again next time. Of two who write at once one stays."""
    kept = json.dumps(what, ensure_ascii=False, separators=(",", ":")).encode("utf-8", "surrogatepass")
    with suppress(OSError):
        file.parent.mkdir(parents=True, exist_ok=True)
        scratch = file.with_suffix(f".{os.getpid()}")
        scratch.write_bytes(_signed(kept) + b"\n" + kept)
        scratch.replace(file)
        for old in sorted(file.parent.iterdir(), key=lambda path: path.stat().st_mtime)[:-MOST_KEPT]:
            old.unlink(missing_ok=True)


def _signed(kept: bytes) -> bytes:
    return hashlib.sha256(judges().encode() + kept).hexdigest().encode()


@cache
def judges() -> str:
    """The code that says what is right, and what it stands on."""
    code = (
        f"{path.relative_to(ROOT)} {hashlib.sha256(path.read_bytes()).hexdigest()}"
        for judge in JUDGES
        for path in sorted((ROOT / judge).rglob("*"))
        if path.suffix in (".py", ".yaml")
    )
    packages = (name for name in os.listdir(sysconfig.get_path("purelib")) if name.endswith(".dist-info"))
    return hashed(sys.version, *sorted(packages), *code)


def hashed(*told: str) -> str:
    return hashlib.sha256("\0".join(told).encode("utf-8", "surrogatepass")).hexdigest()
