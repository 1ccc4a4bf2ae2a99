"""`make mutants SCORE=1`: the mutation score of the code that decides.

Every small change of it (`mutations.py`) is tried in a throw-away copy, against the quick tests that pass
through the changed lines. At least nine in ten must be noticed. A change that makes no other program stands
in `equivalent.txt` with its reason, and is not counted.
Exit codes: 0 fine, 1 tests fail without any change, 3 too few were noticed.
"""

import argparse
import ast
import random
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path

from sandbox.trials.mutants.mutations import Mutation, mutated, mutations
from sandbox.trials.mutants.throwaway import ROOT, Swapper, Verdict, Worker, hands, share_out

DOMAIN = (
    "time_of_day",
    "stops",
    "route",
    "consent",
    "customer",
    "offer",
    "cycle",
    "words",
    "circuit",
    "pace",
    "message",
    "order",
    "ids",
    "suppression",
    "links",
    "clockwork",
    "template",
    "conditions",
    "timings",
)
FLOWS = (
    "rung",
    "enrol",
    "parcels",
    "people",
    "order_confirmation",
    "send_message",
    "replies",
    "opt_out",
    "answers",
    "offers",
    "pages",
    "receipts",
    "deferral",
    "effects",
    "again",
    "pause",
    "providers",
    "template_news",
    "bad_address",
    "reads",
    "timing",
    "subscriptions",
)
DECIDING = tuple(
    f"shared/aftercart/{folder}/{name}.py"
    for folder, names in (("domain", DOMAIN), ("flows", FLOWS))
    for name in names
)
WANTED = 0.9
# What is said where a module is loaded no test passes through: these hold defaults and stored words.
PINNED = (
    "tests/promises/test_old_payloads.py::test_no_default_has_changed_as_it_is_not_stored",
    "tests/aftercart/domain/test_consent.py::test_the_stored_words_are_these",
    "tests/aftercart/domain/test_message.py::test_the_stored_words_are_these",
)
EVERY = 50  # mutations between two lines of progress
EQUIVALENT = Path(__file__).with_name("equivalent.txt")


def equivalents(text: str) -> dict[str, str]:
    """By a mutation's name: why it makes no other program. A reason stands above its indented names."""
    found, reason = {}, ""
    for line in text.splitlines():
        if line.startswith("    "):
            found[line.strip()] = reason
        elif line.strip():
            reason = line.strip()
    return found


class Score:
    """What was tried, and what nobody noticed."""

    def __init__(self, all_of_them: int) -> None:
        self._all = all_of_them
        self.noticed = 0
        self.survivors: list[Mutation] = []

    def take(self, mutation: Mutation, verdict: Verdict) -> None:
        if verdict.how == "passed":
            self.survivors.append(mutation)
            print(f"not noticed: {shown(mutation)}", flush=True)
        else:
            self.noticed += 1
        tried = self.noticed + len(self.survivors)
        if tried % EVERY == 0 or tried == self._all:
            print(f"{tried}/{self._all} tried, {self.noticed} noticed ({self.share:.1%})", flush=True)

    @property
    def share(self) -> float:
        return self.noticed / max(1, self.noticed + len(self.survivors))


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="make mutants SCORE=1", description=__doc__)
    parser.add_argument("--only", metavar="NAME", default="", help="the mutations whose name has this in it")
    parser.add_argument(
        "--share", type=float, default=1.0, help="of each file's mutations, drawn by the seed"
    )
    parser.add_argument("--seed", type=int, default=1)
    given = parser.parse_args(arguments)
    chosen = list(drawn(given.only, given.share, given.seed))
    known = equivalents(EQUIVALENT.read_text(encoding="utf-8"))
    files = [file for file in DECIDING if any(mutation.file == file for mutation in chosen)]
    score = Score(sum(mutation.name not in known for mutation in chosen))
    with hands(lambda copy: Swapper(copy, files)) as swappers:
        found = swappers[0].ask({})
        if found["how"] != "passed":
            print(f"Without any change {found.get('by')} fails: {found.get('why')}", file=sys.stderr)
            return 1
        for other in swappers[1:]:
            other.ask(found)
        early = {(file, function) for file, function in found["early"]}
        counted = [mutation for mutation in chosen if mutation.name not in known]
        quick = [each for each in counted if _in_a_function(each) and (each.file, each.function) not in early]
        print(f"{len(counted)} mutations, {found['tests']} tests, {len(quick)} by swapping code", flush=True)
        share_out(quick, swappers, lambda swapper, each: score.take(each, swapped(swapper, each)))
    others = [each for each in counted if each not in set(quick)]
    with hands(Worker) as workers:
        share_out(
            others, workers, lambda worker, each: score.take(each, planted(worker, each, found["by_file"]))
        )
    there = {mutation.name for mutation in drawn("", 1.0, given.seed)}
    return said(score, [name for name in known if name not in there])


def drawn(only: str, share: float, seed: int) -> Iterator[Mutation]:
    for file in DECIDING:
        found = [
            each for each in mutations(file, (ROOT / file).read_text(encoding="utf-8")) if only in each.name
        ]
        count = round(len(found) * share)
        picked = random.Random(f"{seed} {file}").sample(range(len(found)), count)
        yield from (found[number] for number in sorted(picked))


def _in_a_function(mutation: Mutation) -> bool:
    return bool(mutation.function) and not mutation.function.endswith(".")


def swapped(swapper: Swapper, mutation: Mutation) -> Verdict:
    return swapper.run(mutation.file, mutation.number, (mutation.line, mutation.last_line))


def planted(worker: Worker, mutation: Mutation, by_file: dict[str, list[str]]) -> Verdict:
    """What holds where a module is loaded cannot be swapped: all is loaded anew, which takes longer."""
    tree = mutated(worker.text(mutation.file), mutation.number)
    return worker.run([*by_file[mutation.file], *PINNED], [(mutation.file, ast.unparse(tree))])


def shown(mutation: Mutation) -> str:
    return f"line {mutation.line}: {mutation.name}"


def said(score: Score, stale: Sequence[str]) -> int:
    for name in stale:
        print(f"equivalent.txt names a change that is not there any more: {name}")
    total = score.noticed + len(score.survivors)
    print(f"{score.noticed} of {total} mutations were noticed: {score.share:.1%}, wanted {WANTED:.0%}")
    return 0 if score.share >= WANTED else 3


if __name__ == "__main__":
    sys.exit(main())
