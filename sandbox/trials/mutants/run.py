"""`make mutants`: plants real bugs, one at a time, in a throw-away copy; the tests must notice each of them.

Each bug breaks one promise (`planted`). It counts as caught when its tests pass without it, and one of them
fails with it: by what it asserts, not because the code can no longer be imported.
Exit codes: 0 each was caught; 1 tests fail without any bug, or a bug no longer fits the code; 3 one survived.
"""

import argparse
import json
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from sandbox.trials.mutants.planted import BUGS, Bug, Moved
from sandbox.trials.mutants.throwaway import ROOT, Verdict, Worker, hands, share_out


@dataclass(frozen=True, slots=True, kw_only=True)
class Trial:
    bug: Bug
    verdict: Verdict

    @property
    def caught(self) -> bool:
        return self.verdict.how in ("failed", "endless")

    @property
    def shown(self) -> str:
        if self.caught:
            return "caught"
        return "not caught" if self.verdict.how == "passed" else f"not a bug but broken: {self.verdict.why}"


def misplaced(bugs: Sequence[Bug]) -> list[str]:
    """What each bug that no longer fits the working tree says."""
    wrong = []
    for bug in bugs:
        try:
            bug.planted_in((ROOT / bug.file).read_text(encoding="utf-8"))
        except (Moved, OSError) as fault:
            wrong.append(str(fault))
    return wrong


def without_any(bugs: Sequence[Bug], workers: Sequence[Worker]) -> list[Verdict]:
    """What fails of the tests of all bugs on the copies as they are."""
    tests = list(dict.fromkeys(test for bug in bugs for test in bug.tests))
    shares = [tests[number :: len(workers)] for number in range(len(workers))]
    verdicts: list[Verdict] = []
    share_out(list(filter(None, shares)), workers, lambda worker, some: verdicts.append(worker.run(some)))
    return [verdict for verdict in verdicts if verdict.how != "passed"]


def trials(bugs: Sequence[Bug], workers: Sequence[Worker], say: Callable[[int, Trial], None]) -> list[Trial]:
    """Each bug in turn, as many at once as there are workers. `say` is called with each trial as it ends."""
    done: list[Trial] = []

    def work(worker: Worker, bug: Bug) -> None:
        verdict = worker.run(bug.tests, [(bug.file, bug.planted_in(worker.text(bug.file)))])
        done.append(trial := Trial(bug=bug, verdict=verdict))
        say(len(done), trial)

    share_out(bugs, workers, work)
    return done


def as_json(done: Sequence[Trial]) -> str:
    rows = [
        {
            "name": trial.bug.name,
            "breaks": trial.bug.breaks,
            "file": trial.bug.file,
            "caught": trial.caught,
            "by": trial.verdict.by,
            "why": trial.verdict.why,
            "seconds": trial.verdict.seconds,
        }
        for trial in done
    ]
    return json.dumps(rows, ensure_ascii=False, indent=2)


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="make mutants", description=__doc__)
    parser.add_argument("--only", metavar="NAME", help="the bugs whose name has this in it")
    parser.add_argument("--every", metavar="N", type=int, default=1, help="the first of each N")
    parser.add_argument("--list", action="store_true", help="the bugs and the promises they break")
    parser.add_argument("--json", action="store_true", help="the trials as JSON")
    given = parser.parse_args(arguments)
    bugs = [bug for bug in BUGS if (given.only or "") in bug.name][:: given.every]
    if not bugs:
        print(f"No bug has {given.only!r} in its name: see --list.", file=sys.stderr)
        return 2
    if given.list:
        print("\n".join(f"{bug.name}\n    {bug.breaks}" for bug in bugs))
        return 0
    if wrong := misplaced(bugs):
        print("\n".join(wrong), file=sys.stderr)
        return 1
    return tried(bugs, in_json=given.json)


def tried(bugs: Sequence[Bug], *, in_json: bool) -> int:
    def say(number: int, trial: Trial) -> None:
        if not in_json:
            seconds = f"{trial.verdict.seconds:.1f} s"
            print(
                f"{number}/{len(bugs)} {trial.shown}: {trial.bug.name} ({trial.bug.breaks}) {seconds}",
                flush=True,
            )

    with hands(Worker) as workers:
        for verdict in (failures := without_any(bugs, workers)):
            print(f"Without any bug {verdict.by} fails: {verdict.why}", file=sys.stderr)
        if failures:
            return 1
        done = trials(bugs, workers, say)
    survived = [trial.bug.name for trial in done if not trial.caught]
    print(as_json(done) if in_json else f"{len(done) - len(survived)} of {len(done)} bugs were caught.")
    return 3 if survived else 0


if __name__ == "__main__":
    sys.exit(main())
