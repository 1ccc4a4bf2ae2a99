"""The journeys as they were: another folder, or the same one at a revision of git."""

import subprocess
import tarfile
from collections.abc import Iterator
from contextlib import contextmanager
from io import BytesIO
from pathlib import Path
from tempfile import TemporaryDirectory

from sandbox.commands.terminal import UserError


class NoRevision(UserError):
    """Neither a folder nor a revision has this name."""


@contextmanager
def earlier(journeys: Path, named: str) -> Iterator[Path]:
    """The folder `named`, or `journeys` at that revision. NoRevision where there is neither."""
    if Path(named).is_dir():
        yield Path(named)
        return
    with TemporaryDirectory() as directory:
        # Called as it is now: mistakes name the file as its writer knows it.
        folder = Path(directory) / journeys.resolve().name
        _extract(_archive(journeys, named), folder)
        yield folder


def _archive(journeys: Path, revision: str) -> bytes:
    neither = f"there is no folder {revision}"
    top = _git(journeys, "rev-parse", "--show-toplevel", "--show-prefix")
    if top.returncode:
        why = top.stderr.decode(errors="replace").strip().splitlines()
        raise NoRevision(
            f"{neither}, and git cannot look for such a revision of {journeys}: {' '.join(why[:1])}"
        )
    root, prefix = top.stdout.decode().removesuffix("\n").split("\n")
    # A revision is never an option, whatever it begins with.
    found = _git(journeys, "rev-parse", "--verify", "--quiet", "--end-of-options", f"{revision}^{{commit}}")
    if found.returncode:
        raise NoRevision(f"{neither}, and git knows no revision {revision}")
    tree = f"{found.stdout.decode().split()[-1]}:{prefix.rstrip('/')}"
    archive = _git(Path(root), "archive", "--format=tar", tree)
    if archive.returncode:
        raise UserError(f"at {revision} there was no folder {prefix.rstrip('/') or root}")
    return archive.stdout


def _git(folder: Path, *arguments: str) -> subprocess.CompletedProcess[bytes]:
    try:
        return subprocess.run(["git", "-C", str(folder), *arguments], capture_output=True, check=False)
    except FileNotFoundError:
        raise UserError("a revision needs git, and there is no git on this computer") from None


def _extract(archive: bytes, folder: Path) -> None:
    """Plain files alone: a link in an old revision may lead anywhere."""
    with tarfile.open(fileobj=BytesIO(archive)) as tar:
        for member in tar:
            path = folder / member.name
            content = tar.extractfile(member) if member.isfile() else None
            if content and path.resolve().is_relative_to(folder.resolve()):
                path.parent.mkdir(parents=True, exist_ok=True)
                path.write_bytes(content.read())
