"""Writes the corpus of the present version: `python -m sandbox.trials.payloads.corpus [FOLDER]`.

All that a release leaves behind for later ones to read, from seeded stories: items as they are stored,
schedules, inputs of executions, the tasks that come of them, events of the topic, links, and ids. A released
version's folder is never written again: its manifest makes a test fail where a byte of it changes.
"""

import hashlib
import json
import shutil
import sys
import tomllib
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import MISSING, Field, fields, replace
from datetime import timedelta
from pathlib import Path
from typing import Any

from aftercart.aws.items import KINDS, nouns
from aftercart.domain import ids
from aftercart.domain.consent import Channel
from aftercart.domain.suppression import keyed_hash
from sandbox.fakes import Mode
from sandbox.player import Player
from sandbox.sandbox import Sandbox
from sandbox.shop_settings import SECRETS, SHOP
from sandbox.story import BEGINS, Story, people
from sandbox.trials.crashes import changed
from sandbox.trials.crashes.prepared import BEGINS as STARTS
from sandbox.trials.crashes.prepared import OLENA
from sandbox.trials.payloads.gathered import Gathered, Watch
from sandbox.trials.payloads.replayed import PLAYS

Json = Any
ROOT = Path(__file__).resolve().parents[3]
FOLDERS = ROOT / "tests" / "promises" / "payloads"
SEEDS, STEPS = range(1, 17), 60
CUSTOMERS = 5
MANIFEST = "MANIFEST.sha256"


def gather(seeds: Iterable[int] = SEEDS, steps: int = STEPS) -> Gathered:
    """From stories that only their seeds decide."""
    found = Gathered()
    for seed in seeds:
        with Sandbox(BEGINS, seed, memory=True).open() as sandbox:
            watch = Watch(sandbox, found)
            story = Story(sandbox, seed=seed)
            if seed % 2:
                _park(story)
            story.play(steps)
            _pause(story)
            _bar(story)
            watch.look()
    _campaign(found)
    _tasks(found)
    _timings(found)
    return found


def _campaign(found: Gathered) -> None:
    """What is kept of a campaign: when it begins, and when it has ended."""
    with Sandbox(STARTS, memory=True, made=changed.with_campaign()).open() as sandbox:
        player, watch = Player(sandbox), Watch(sandbox, found, kinds=("campaign",))
        for number in range(1, CUSTOMERS):
            person = replace(OLENA, id=OLENA.id + number, email=f"olena{number}@kram.example")
            player.orders(person, 1000 + number, ["ZIRVO-A1"])
        sandbox.advance(changed.NEAR - timedelta(minutes=1))
        for _ in range(3):
            sandbox.advance(sandbox.engine.now() + timedelta(minutes=20))
            watch.look()


def _tasks(found: Gathered) -> None:
    """What a person is asked to tell: trouble with a parcel that reached nobody."""
    with Sandbox(STARTS, memory=True).open() as sandbox:
        player, watch = Player(sandbox), Watch(sandbox, found, kinds=("task",))
        order = player.orders(OLENA, 1001, ["ZIRVO-A1"])
        for channel in (Channel.WHATSAPP, Channel.VIBER, Channel.SMS):
            sandbox.break_channel(channel, Mode.REJECT)
        for status in ("attempted_delivery", "failure"):
            player.wait(hours=1)
            player.parcel(order, status)
        watch.look()


def _timings(found: Gathered) -> None:
    """What is kept of how long receipts take."""
    with Sandbox(STARTS, memory=True, made=changed.that_learns()).open() as sandbox:
        player, watch = Player(sandbox), Watch(sandbox, found, kinds=("timings",))
        for number in range(1, CUSTOMERS):
            person = replace(OLENA, id=OLENA.id + number, email=f"olena{number}@kram.example")
            player.orders(person, 1000 + number, ["ZIRVO-A1"])
            watch.look()


def _pause(story: Story) -> None:
    """At the end, so that nothing else waits for it."""
    for number, journey in enumerate(("phone_care", "delivery", "order_confirmation", "*")):
        if story.seed >> number & 1:
            story.sandbox.wake({"v": 1, "kind": "pause", "journey": journey, "paused": True})
    story.sandbox.settle()


def _bar(story: Story) -> None:
    """Meta says of two templates what it may."""
    for name, facts in (
        ("order_confirmed_v1", {"category": "MARKETING"}),
        ("parcel_delayed_v1", {"status": "PAUSED"}),
    ):
        for news in story.sandbox.providers.change_template(name, "uk", **facts):
            story.sandbox.providers.push(news)
    story.sandbox.settle()


def _park(story: Story) -> None:
    """What is authentic and cannot be read."""
    for topic in ("orders/create", "orders/updated", "fulfillments/create"):
        story.post(topic, {"a": story.seed})
    for payload in ({"v": 2, "kind": "step"}, {"v": 1, "kind": "birthday", "customer": "a" * 14}):
        story.sandbox.wake({**payload, "seed": story.seed})
    story.sandbox.settle()


def defaults() -> Mapping[str, str]:
    """What stands for a field that an item lacks."""

    def default(each: Field[Any]) -> Any:
        return each.default if each.default_factory is MISSING else each.default_factory()

    return {
        f"{noun.__name__}.{field.name}": repr(default(field))
        for kind in KINDS.values()
        for noun in nouns(kind)
        for field in fields(noun)
        if field.default is not MISSING or field.default_factory is not MISSING
    }


def golden_ids() -> Iterator[Json]:
    """Names that are hashes: what a release has named is named so for ever, or it would be made once more."""
    key = SECRETS["address_key"].encode()
    for n, person in enumerate(people()):
        customer = ids.customer_id(SHOP, "buyer", str(person.id), n)
        enrolment = ids.enrolment_id(customer, "phone_care", f"1001/{n}")
        message = ids.message_id(customer, enrolment, n, "survey", "")
        yield "customer_id", [SHOP, "buyer", str(person.id), n], customer
        yield "enrolment_id", [customer, "phone_care", f"1001/{n}"], enrolment
        yield "message_id", [customer, enrolment, n, "survey", ""], message
        yield "attempt_id", [message, n], ids.attempt_id(message, n)
        yield "execution_name", [message, n], ids.execution_name(message, n)
        yield "schedule_name", [enrolment, n], ids.schedule_name(enrolment, n)
        yield "keyed_hash", [person.phone], keyed_hash(person.phone, key)


def files(found: Gathered) -> Iterator[tuple[str, str]]:
    """Each file's name and text. What every case does is found by playing it."""
    for kind in KINDS:
        named = {name: item for name, item in found.items.items() if item["kind"]["S"] == kind}
        yield f"items/{kind}.jsonl", _lines([{"item": item, "name": name} for name, item in named.items()])
    for family, cases in found.cases.items():
        played = [replace(case, does=PLAYS[family](case)) for case in cases]
        yield f"{family}.jsonl", "".join(f"{case.line()}\n" for case in played)
    yield "schedule_specs.jsonl", _lines(list(found.specs.values()))
    yield "ids.jsonl", _lines(list(golden_ids()))
    yield "defaults.json", json.dumps(defaults(), indent=1, sort_keys=True, ensure_ascii=False) + "\n"


def _lines(values: list[Json]) -> str:
    return "".join(
        json.dumps(each, ensure_ascii=False, sort_keys=True, default=str) + "\n" for each in values
    )


def write(folder: Path) -> None:
    """Anew, with a manifest of checksums."""
    texts = dict(files(gather()))
    shutil.rmtree(folder, ignore_errors=True)
    for name, text in texts.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8", newline="\n")
    (folder / MANIFEST).write_text(manifest(folder), encoding="utf-8", newline="\n")


def manifest(folder: Path) -> str:
    """A checksum and a name a line, as `sha256sum --check` takes them."""
    paths = sorted(path for path in folder.rglob("*") if path.is_file() and path.name != MANIFEST)
    return "".join(
        f"{hashlib.sha256(path.read_bytes()).hexdigest()}  {path.relative_to(folder).as_posix()}\n"
        for path in paths
    )


def main(arguments: list[str]) -> int:
    """Writes it, and says how large it is."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    folder = Path(arguments[0]) if arguments else FOLDERS / f"v{project['version']}"
    write(folder)
    size = sum(path.stat().st_size for path in folder.rglob("*") if path.is_file())
    print(f"{folder}: {size:,} bytes")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
