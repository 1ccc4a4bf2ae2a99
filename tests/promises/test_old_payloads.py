"""Everything that a released version wrote is read by this one, and does what it did.

`payloads/<version>` is never edited: a manifest holds every byte. A version that is to be released writes its
own folder with `python -m sandbox.trials.payloads.corpus`, once. Where a release does something else with an
old payload on purpose, the case stands in CHANGED, with the reason.
"""

import json
import shutil
import zlib
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from aftercart.aws.items import KINDS, _adapter, decode, encode, key, plain, ref_of
from aftercart.domain import ids
from aftercart.domain.links import message_of, page_token
from aftercart.domain.suppression import keyed_hash
from aftercart.ports import Put
from sandbox.shop_settings import SECRETS
from sandbox.trials.payloads.corpus import FOLDERS, MANIFEST, defaults, gather, manifest
from sandbox.trials.payloads.replayed import PLAYS, Case, from_json
from tests.template.stack import deployed

CHANGED: Mapping[str, str] = {}  # "v0.1.0 schedules 07 gos5…": why it does something else now
VERSIONS = sorted(folder.name for folder in FOLDERS.iterdir())
PER_FAMILY = 30
FEWER = {"pause": 15, "campaign": 2, "task": 2, "timings": 2, "enrolment": 18, "ledger": 27}
LINK_KEYS = (SECRETS["link_key"].encode(),)


def lines(version: str, name: str) -> list[Any]:
    text = (FOLDERS / version / name).read_text(encoding="utf-8")
    return [json.loads(line) for line in text.splitlines()]


@cache
def items(version: str) -> dict[str, Any]:
    return {
        each["name"]: each["item"]
        for kind in kinds(version)
        for each in lines(version, f"items/{kind}.jsonl")
    }


def kinds(version: str) -> list[str]:
    """What the release knew: a later one may store more kinds of things."""
    return [kind for kind in KINDS if (FOLDERS / version / "items" / f"{kind}.jsonl").exists()]


def of_kind(version: str, kind: str) -> list[dict[str, Any]]:
    return [plain(from_json(each["item"])) for each in lines(version, f"items/{kind}.jsonl")]


def cases(version: str, family: str) -> list[Case]:
    path = FOLDERS / version / f"{family}.jsonl"
    return [Case.read(line, items(version)) for line in path.read_text(encoding="utf-8").splitlines()]


ALL_CASES = [
    pytest.param(version, family, case, id=f"{version} {family} {case.name}")
    for version in VERSIONS
    for family in PLAYS
    for case in cases(version, family)
]
BY_KIND = [(version, kind) for version in VERSIONS for kind in kinds(version)]


def test_the_first_release_is_among_them_with_all_that_it_stored() -> None:
    assert "v0.1.0" in VERSIONS
    assert set(KINDS) == set(kinds("v0.1.0"))


@pytest.mark.parametrize("version", VERSIONS)
def test_not_a_byte_of_a_release_has_changed(version: str) -> None:
    assert (FOLDERS / version / MANIFEST).read_text(encoding="utf-8") == manifest(FOLDERS / version)


def test_a_changed_byte_a_missing_file_and_a_new_one_are_seen(tmp_path: Path) -> None:
    folder = tmp_path / "copy"
    shutil.copytree(FOLDERS / VERSIONS[0], folder)
    before = manifest(folder)
    (folder / "more.jsonl").write_text("{}\n", encoding="utf-8")
    assert manifest(folder) != before
    (folder / "more.jsonl").unlink()
    assert manifest(folder) == before
    file = folder / "items" / "customer.jsonl"
    file.write_bytes(file.read_bytes().replace(b"1", b"2", 1))
    assert manifest(folder) != before


@pytest.mark.parametrize("version", VERSIONS)
@pytest.mark.parametrize("family", PLAYS)
def test_there_are_enough_of_each_family(version: str, family: str) -> None:
    assert len(cases(version, family)) >= PER_FAMILY


@pytest.mark.parametrize(("version", "kind"), BY_KIND)
def test_every_item_is_read_and_written_back_as_the_same_noun(version: str, kind: str) -> None:
    found = of_kind(version, kind)
    assert len(found) >= FEWER.get(kind, PER_FAMILY)
    for item in found:
        ref = ref_of(item["pk"], item["sk"])
        assert key(ref) == (item["pk"], item["sk"])
        stored = decode(item)
        again = encode(Put(ref=ref, value=stored.value, todo_at=stored.todo_at), stored.revision)
        assert decode(again) == stored
        assert {"todo", "todo_at"} & again.keys() == {"todo", "todo_at"} & item.keys()


@pytest.mark.parametrize(("version", "kind"), BY_KIND)
def test_nothing_that_was_stored_is_dropped_or_read_otherwise(version: str, kind: str) -> None:
    for item in of_kind(version, kind):
        now = _adapter(kind).dump_python(decode(item).value, mode="json")
        assert _holds(now, _data(item)), item["pk"]


@pytest.mark.parametrize(("version", "kind"), BY_KIND)
def test_an_item_with_every_default_spelled_out_is_the_same_noun(version: str, kind: str) -> None:
    for item in of_kind(version, kind):
        value = decode(item).value
        spelled = json.dumps(_without_receipts(_adapter(kind).dump_python(value, mode="json")))
        assert decode({**item, "data": spelled}).value == value


@pytest.mark.parametrize("version", VERSIONS)
def test_no_default_has_changed_as_it_is_not_stored(version: str) -> None:
    recorded = json.loads((FOLDERS / version / "defaults.json").read_text(encoding="utf-8"))
    today = defaults()
    assert {name: today.get(name) for name in recorded} == recorded


@pytest.mark.parametrize(("version", "family", "case"), ALL_CASES)
def test_an_old_payload_does_what_it_did(version: str, family: str, case: Case) -> None:
    if f"{version} {family} {case.name}" not in CHANGED:
        assert PLAYS[family](case) == case.does


@pytest.mark.parametrize("version", VERSIONS)
def test_an_old_schedule_is_called_and_leads_where_a_new_one_would(version: str) -> None:
    told = deployed().resources["LifecycleRemindersFunction"].properties["Environment"]["Variables"]
    for spec in lines(version, "schedule_specs.jsonl"):
        payload = json.loads(spec["Target"]["Input"])
        assert payload["v"] == 1
        thing = payload.get("enrolment") or payload["message"]
        # A duplicate finds it armed by its name alone.
        assert spec["Name"] == ids.schedule_name(thing, payload["arm"])
        assert spec["GroupName"] == told["SCHEDULE_GROUP"]
        assert spec["Target"]["Arn"] == told["SCHEDULE_TARGET_ARN"]
        assert spec["Target"]["RoleArn"] == told["SCHEDULE_ROLE_ARN"]
        assert spec["Target"]["DeadLetterConfig"]["Arn"] == told["SCHEDULE_DLQ_ARN"]


@pytest.mark.parametrize("version", VERSIONS)
def test_what_was_named_by_a_hash_is_named_so_now(version: str) -> None:
    known = {
        **{name: getattr(ids, name) for name in ("customer_id", "enrolment_id", "message_id", "attempt_id")},
        **{name: getattr(ids, name) for name in ("execution_name", "schedule_name")},
        "keyed_hash": lambda address: keyed_hash(address, SECRETS["address_key"].encode()),
    }
    found = lines(version, "ids.jsonl")
    assert len(found) >= PER_FAMILY
    for name, given, made in found:
        assert known[name](*given) == made


@pytest.mark.parametrize("version", VERSIONS)
def test_a_link_that_was_sent_leads_to_its_message_and_is_still_written_so(version: str) -> None:
    for case in cases(version, "links"):
        assert message_of(case.event["token"], LINK_KEYS) == case.event["message"]
        assert page_token(case.event["message"], LINK_KEYS[0]) == case.event["token"]


@pytest.mark.parametrize("version", VERSIONS)
def test_an_old_execution_is_called_as_a_new_one_would_be(version: str) -> None:
    for case in cases(version, "executions"):
        given = case.event["input"]
        assert case.event["name"] == ids.execution_name(given["message"], given["run"])
        assert len(given["waits"]) == 5


def test_the_corpus_is_written_alike_twice() -> None:
    first, second = (gather(seeds=(3,), steps=12) for _ in range(2))
    assert first == second
    assert first.items


def _data(item: Mapping[str, Any]) -> Any:
    data = item["data"]
    return json.loads(data if isinstance(data, str) else zlib.decompress(data))


def _holds(now: Any, then: Any) -> bool:
    """Everything of `then` is in `now`; there may be more fields."""
    if isinstance(then, dict):
        return isinstance(now, dict) and all(name in now and _holds(now[name], then[name]) for name in then)
    if isinstance(then, list):
        return len(now) == len(then) and all(map(_holds, now, then))
    return bool(now == then)


def _without_receipts(noun: Any) -> Any:
    """They lie beside the noun."""
    return (
        {**noun, "attempts": [{**a, "receipt": None} for a in noun["attempts"]]} if "waits" in noun else noun
    )
