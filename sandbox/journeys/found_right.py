"""Folders in which no mistake was found: looked at again, unchanged, they are not read again.

What is kept is only ever "nothing is wrong here, and this is how much there is"; a mistake is always found
anew. The key is a hash of every file of the folder and of everything that judges it. Nothing here loads what
reads journeys: that alone takes longer than all the rest.
"""

import hashlib
import json
import os
import sys
import sysconfig
from collections.abc import Iterable, Iterator
from contextlib import suppress
from dataclasses import asdict, dataclass
from datetime import date
from pathlib import Path

ROOT = Path(__file__).parents[2]
KEPT = ROOT / ".build" / "found_right"
MOST_KEPT = 20
JUDGES = ("sandbox/journeys", "shared/aftercart")
PACKAGES = ("babel", "pydantic", "python_liquid", "pyyaml")


@dataclass(frozen=True, slots=True)
class Right:
    """What a folder without a mistake holds."""

    journeys: int
    texts: int
    languages: tuple[str, ...]


def key(folder: Path, today: date) -> str:
    """Of the folder as it is now, and the day: what is right today may be over tomorrow. Raises OSError."""
    digest = hashlib.sha256(f"{today} {sys.version} {sorted(_packages())}".encode())
    for judge in JUDGES:
        _add(digest, ROOT / judge, (path for path in _under(ROOT / judge) if path.suffix in (".py", ".yaml")))
    _add(digest, folder, _under(folder))
    return digest.hexdigest()


def _packages() -> Iterator[str]:
    """With their versions."""
    for name in os.listdir(sysconfig.get_path("purelib")):
        if name.endswith(".dist-info") and name.lower().startswith(PACKAGES):
            yield name


def _add(digest: "hashlib._Hash", root: Path, paths: Iterable[Path]) -> None:
    for path in paths:
        content = path.read_bytes() if path.is_file() else b""
        digest.update(f"\0{path.relative_to(root)}\0{path.is_dir()}\0{len(content)}\0".encode())
        digest.update(content)


def _under(folder: Path) -> Iterator[Path]:
    """Folders too: one that is empty is a mistake. What begins with . or _ is no journey's."""
    for path in sorted(folder.iterdir()):
        if path.name[0] in "._" and path.name != "__init__.py":
            continue
        yield path
        if path.is_dir():
            yield from _under(path)


def recalled(key: str, kept: Path = KEPT) -> Right | None:
    """None: nobody has looked yet, or what was kept is no longer whole."""
    try:
        found = json.loads((kept / f"{key}.json").read_bytes())
        right = Right(int(found["journeys"]), int(found["texts"]), tuple(found["languages"]))
    except (OSError, ValueError, TypeError, KeyError):
        return None
    return right if all(isinstance(each, str) for each in right.languages) else None


def keep(key: str, right: Right, kept: Path = KEPT) -> None:
    """Where nothing can be written it is looked at again next time."""
    with suppress(OSError):
        kept.mkdir(parents=True, exist_ok=True)
        scratch = kept / f"{key}.{os.getpid()}"
        scratch.write_text(json.dumps(asdict(right)), encoding="utf-8")
        scratch.replace(kept / f"{key}.json")
        old = sorted(kept.iterdir(), key=lambda path: path.stat().st_mtime)[:-MOST_KEPT]
        for path in old:
            path.unlink(missing_ok=True)
