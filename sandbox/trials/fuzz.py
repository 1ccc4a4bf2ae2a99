"""Every pure parser, fuzzed by atheris: `python -m sandbox.trials.fuzz [--seconds N] [--parser NAME]`.

Each runs in a process of its own, led by what its code has not done yet, from the bodies of our events.
Exit codes: 0 nothing found, 2 atheris is not here, 3 a finding, with the input that makes it.
"""

import argparse
import base64
import random
import re
import subprocess
import sys
import tempfile
from pathlib import Path

MISSING = (
    "atheris is not installed: .venv/bin/pip install atheris. It has no wheel on every Python;"
    " the gate runs the same parsers without it."
)
LONGEST = 65_536  # bytes of an input
SLOW = 5  # seconds for one input
MOST_MEMORY = 768  # megabytes: the instrumented process has some 300 before it reads anything


def main(arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="python -m sandbox.trials.fuzz", description=__doc__)
    parser.add_argument("--seconds", type=int, default=60, metavar="N", help="for each parser")
    parser.add_argument("--parser", metavar="NAME", help="one alone")
    parser.add_argument("--seed", type=int, default=1, metavar="N")
    parser.add_argument("--within", action="store_true", help=argparse.SUPPRESS)
    given = parser.parse_args(arguments)
    try:
        import atheris  # noqa: F401, PLC0415
    except ImportError:
        print(MISSING, file=sys.stderr)
        return 2
    if given.within:
        return _fuzz(given.parser, given.seconds, given.seed)
    names = _names()
    if given.parser and given.parser not in names:
        parser.error(f"no parser {given.parser}: one of {', '.join(names)}")
    chosen = [given.parser] if given.parser else names
    return max(_watched(name, given.seconds, given.seed) for name in chosen)


def _names() -> list[str]:
    from sandbox.trials.hostile.parsers import PARSERS  # noqa: PLC0415

    return list(PARSERS)


def _watched(name: str, seconds: int, seed: int) -> int:
    """In another process, for a finding, or the end of the time, ends the process that fuzzes."""
    own = ["--within", "--parser", name, "--seconds", str(seconds), "--seed", str(seed)]
    print(f"{name}: fuzzing for {seconds} s", flush=True)
    run = subprocess.run(
        [sys.executable, "-m", "sandbox.trials.fuzz", *own],
        capture_output=True,
        text=True,
        errors="replace",
        check=False,
    )
    said = run.stdout + run.stderr
    units = re.search(r"stat::number_of_executed_units:\s*(\d+)", said)
    if run.returncode == 0 and units:
        print(f"{name}: {int(units[1]):,} inputs, nothing found", flush=True)
        return 0
    print(f"{name}: FOUND\n{said[-4_000:]}", flush=True)
    return 3


def _fuzz(name: str, seconds: int, seed: int) -> int:
    """Does not return where atheris runs: it leaves the process when its time is over."""
    import atheris  # noqa: PLC0415

    with atheris.instrument_imports(include=["aftercart"]):
        from sandbox.trials.hostile.parsers import PARSERS, mutated  # noqa: PLC0415
    found = PARSERS[name]

    def custom_mutator(data: bytes, most: int, dice: int) -> bytes:
        if dice % 3 == 0:
            return bytes(atheris.Mutate(data, most))
        return mutated(data, random.Random(dice), most)

    def target(data: bytes) -> None:
        try:
            found.target(data)
        except BaseException:
            print(f"input in base64: {base64.b64encode(data).decode()}", file=sys.stderr)
            raise

    with tempfile.TemporaryDirectory(prefix="aftercart-fuzz-") as folder:
        corpus = Path(folder, "corpus")
        corpus.mkdir()
        for n, body in enumerate(found.seeds()):
            (corpus / f"{n:03}").write_bytes(body[:LONGEST])
        limits = [f"-max_total_time={seconds}", f"-timeout={SLOW}", f"-rss_limit_mb={MOST_MEMORY}"]
        rest = [f"-seed={seed}", f"-max_len={LONGEST}", "-print_final_stats=1", f"-artifact_prefix={folder}/"]
        atheris.Setup([sys.argv[0], *limits, *rest, str(corpus)], target, custom_mutator=custom_mutator)
        atheris.Fuzz()
    return 0


if __name__ == "__main__":
    sys.exit(main())
