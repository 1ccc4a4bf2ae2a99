"""Finds the python3.13 that Lambda's runtime is, wherever it is installed."""

import os
import shutil
import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

VERSION = (3, 13)

# Where installers put it, beside the PATH: pyenv, uv, asdf, mise, Homebrew, python.org, plain /usr.
PLACES = (
    "~/.pyenv/versions/3.13*/bin",
    "~/.local/share/uv/python/cpython-3.13*/bin",
    "~/.asdf/installs/python/3.13*/bin",
    "~/.local/share/mise/installs/python/3.13*/bin",
    "/opt/homebrew/bin",
    "/Library/Frameworks/Python.framework/Versions/3.13/bin",
    "/opt/python/cp313-cp313/bin",
    "/usr/local/bin",
    "/usr/bin",
)


class NoPython(Exception):
    """No usable python3.13; the text says what was tried and what to do."""


def find_python(
    environ: Mapping[str, str], places: Sequence[str] = PLACES, own: str | None = sys.executable
) -> Path:
    """The path of a python3.13 that can make virtual environments; PYTHON313 overrides the search."""
    chosen = environ.get("PYTHON313")
    if chosen:
        if runs(chosen):
            return Path(chosen).absolute()
        raise NoPython(f"PYTHON313 is {chosen}, which does not run as Python 3.13 with its venv module.")
    for candidate in candidates(environ, places, own):
        if runs(candidate):
            return Path(candidate)
    raise NoPython(
        "This needs python3.13, the version Lambda runs. There is none on the PATH, nor where pyenv, uv, "
        "asdf, mise and Homebrew put it.\n"
        "Install it (pyenv install 3.13, or your system's python3.13 with python3.13-venv), "
        "or say where it is: make build PYTHON313=/path/to/python3.13"
    )


def candidates(environ: Mapping[str, str], places: Sequence[str], own: str | None) -> Iterator[str]:
    """Paths worth trying, the nearest first."""
    if own:
        yield own
    on_path = shutil.which("python3.13", path=environ.get("PATH"))
    if on_path:
        yield on_path
    home = environ.get("HOME", "/nonexistent")
    pyenv = [environ["PYENV_ROOT"] + "/versions/3.13*/bin"] if environ.get("PYENV_ROOT") else []
    for place in (*pyenv, *places):
        for folder in sorted(Path("/").glob(place.replace("~", home).lstrip("/")), reverse=True):
            yield str(folder / "python3.13")


def runs(executable: str) -> bool:
    """Whether it starts (a pyenv shim may stand for nothing), is 3.13 and has venv and ensurepip."""
    question = f"import sys, venv, ensurepip; sys.exit(sys.version_info[:2] != {VERSION})"
    try:
        answer = subprocess.run([executable, "-c", question], capture_output=True, timeout=60, check=False)
    except OSError:
        return False
    return answer.returncode == 0


def build_environment(python: Path, folder: Path) -> Path:
    """The bin folder of a virtual environment of that python: sam needs its pip, which systems leave out."""
    if not (folder / "bin" / "python3.13").exists():
        subprocess.run([os.fspath(python), "-m", "venv", "--clear", os.fspath(folder)], check=True)
    return folder / "bin"


def main() -> int:
    """Print the path for a Makefile, or say what is missing."""
    try:
        print(find_python(os.environ))
    except NoPython as missing:
        print(missing, file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
