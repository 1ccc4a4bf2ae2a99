"""`make bench`: counts and ratios with the aim beside each. Nothing fails: a missed aim is marked.

--only calls|states|init|layer|speed|simulate|scenario|check (again for more), --json
"""

import argparse
import json
import os
import shutil
import sys
import tempfile
from collections.abc import Callable, Mapping
from contextlib import ExitStack
from functools import cache
from pathlib import Path

from sandbox.bench.calls import calls
from sandbox.bench.check import check
from sandbox.bench.init import ROOT, init, prepare
from sandbox.bench.scenario import scenario
from sandbox.bench.simulate import simulate
from sandbox.bench.speed import speed
from sandbox.bench.states import states
from sandbox.bench.table import Row, Section, as_json, as_text
from sandbox.build.layer import size

BUILT = ROOT / ".aws-sam" / "build" / "SharedLayer"


def main(arguments: list[str] | None = None) -> int:
    """Exit code 0."""
    parser = argparse.ArgumentParser(
        prog="python -m sandbox.bench.run",
        description="Counts and ratios, each with its aim; one that is missed is marked.",
        epilog="example: python -m sandbox.bench.run --only calls --only states",
    )
    parser.add_argument("--json", action="store_true", help="the same as JSON")
    with ExitStack() as left:
        parts = _parts(left)
        parser.add_argument("--only", action="append", choices=list(parts), help="one part; may be repeated")
        options = parser.parse_args(arguments)
        sections = (_measured(name, parts[name]) for name in parts if name in (options.only or parts))
        if options.json:
            print(json.dumps(list(map(as_json, sections)), ensure_ascii=False, indent=2))
        else:
            for section in sections:
                print(as_text(section), end="\n\n", flush=True)
    return 0


def _measured(name: str, part: Callable[[], Section]) -> Section:
    print(f"measuring {name} ...", file=sys.stderr, flush=True)
    return part()


def _parts(left: ExitStack) -> Mapping[str, Callable[[], Section]]:
    @cache
    def made() -> dict[str, Path]:
        folder = tempfile.mkdtemp(prefix="aftercart-bench-")
        left.callback(shutil.rmtree, folder, ignore_errors=True)
        return prepare(Path(folder))

    return {
        "calls": calls,
        "states": states,
        "init": lambda: init(made()),
        "layer": lambda: layer(made()),
        "speed": speed,
        "simulate": simulate,
        "scenario": scenario,
        "check": check,
    }


def layer(made: Mapping[str, Path]) -> Section:
    """What `make build` left, else this machine's stand-in for it."""
    if BUILT.exists():
        how, rows = os.path.relpath(BUILT, ROOT), [_sizes("the layer", BUILT)]
    else:
        how = "a stand-in of this machine's own packages (for the real one: make build, then make bench)"
        rows = [_sizes("the layer, about", made["layer"])]
    rows.append(_sizes("the functions' own code", made["functions"]))
    return Section("Size on Lambda, MB", how, ("unzipped", "zipped"), rows)


def _sizes(name: str, folder: Path) -> Row:
    with tempfile.TemporaryDirectory() as scratch:
        zipped = Path(shutil.make_archive(f"{scratch}/zipped", "zip", folder)).stat().st_size
    return Row(name, (size(folder) / 1e6, zipped / 1e6))


if __name__ == "__main__":
    sys.exit(main())
