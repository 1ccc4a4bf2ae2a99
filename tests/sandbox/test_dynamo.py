"""The table in memory answers as moto's does, for every kind of request that our store makes."""

import random
from collections.abc import Callable, Iterator, Mapping
from typing import Any

import botocore.session
import pytest
from botocore.exceptions import ClientError
from moto import mock_aws

from sandbox.cloud import dynamo
from sandbox.cloud.dynamo import Dynamo
from sandbox.cloud.expressions import condition, updated
from sandbox.cloud.memory import DirectClient
from sandbox.cloud.refused import Refused
from tests.aftercart.aws.test_store import a_table

TABLE = "aftercart"
KEYS = [(pk, sk) for pk in ("C#anna", "C#olena", "O#1001") for sk in ("CUSTOMER", "E#1", "M#1")]
TIMES = ("2026-11-22T10:00", "2026-11-22T11:00", "2026-11-22T12:00")
STEPS = 60
# Conditions, each with its values: those of `Table`, and what else may be asked of the same language.
CONDITIONS: tuple[tuple[str, dict[str, Any]], ...] = (
    ("attribute_not_exists(pk)", {}),
    ("attribute_exists(pk)", {}),
    ("rev = :rev", {":rev": {"N": "1"}}),
    ("rev <> :rev", {":rev": {"N": "2"}}),
    (
        "tried >= :n AND (attribute_not_exists(r1) OR r1 < :rank)",
        {":n": {"N": "1"}, ":rank": {"S": "3"}},
    ),
    ("begins_with(r1, :rank)", {":rank": {"S": "2"}}),
)
UPDATES: tuple[tuple[str, dict[str, Any]], ...] = (
    ("REMOVE todo, todo_at", {}),
    ("SET todo = :todo, todo_at = :at", {":todo": {"S": "todo#1"}, ":at": {"S": TIMES[1]}}),
    ("SET r1 = :r, rev = rev + :one", {":r": {"S": "3|now"}, ":one": {"N": "1"}}),
    ("SET r1 = :r, rev = rev + :one REMOVE todo, todo_at", {":r": {"S": "2|now"}, ":one": {"N": "1"}}),
)
Request = tuple[str, dict[str, Any]]


@pytest.fixture(scope="module")
def on_moto() -> Iterator[Any]:
    with pytest.MonkeyPatch.context() as patch, mock_aws():
        patch.setenv("AWS_ACCOUNT_ID_ENDPOINT_MODE", "disabled")
        session = botocore.session.Session()
        session.set_credentials("testing", "testing")
        client = session.create_client("dynamodb", region_name="eu-central-1")
        a_table(client)
        yield client


def in_memory() -> DirectClient:
    operations = Dynamo().operations()
    return DirectClient(lambda operation, given: operations["dynamodb", operation](given))


def requests(seed: int) -> Iterator[Request]:
    """What a store may ask, at random; `seed` keeps each story's items apart."""
    dice = random.Random(seed)
    makers: list[Callable[[random.Random, int], Request]] = [
        _put, _put, _update, _update, _delete, _get, _batch_get, _transact, _transact, _partition, _todos,
        _scan,
    ]  # fmt: skip
    for _ in range(STEPS):
        yield dice.choice(makers)(dice, seed)


def _key(dice: random.Random, seed: int) -> dict[str, Any]:
    pk, sk = dice.choice(KEYS)
    return {"pk": {"S": f"{pk}/{seed}"}, "sk": {"S": sk}}


def _item(dice: random.Random, seed: int) -> dict[str, Any]:
    item = _key(dice, seed) | {
        "rev": {"N": str(dice.randint(1, 3))},
        "data": {"B": bytes([dice.randrange(9)])},
    }
    if dice.random() < 0.5:
        item |= {"tried": {"N": str(dice.randint(0, 2))}, "r1": {"S": f"{dice.randint(1, 4)}|then"}}
    if dice.random() < 0.5:
        item |= {"todo": {"S": f"todo#{dice.randint(0, 1)}"}, "todo_at": {"S": dice.choice(TIMES)}}
    return item


def _conditioned(dice: random.Random, chance: float = 0.6) -> dict[str, Any]:
    if dice.random() > chance:
        return {}
    text, values = dice.choice(CONDITIONS)
    return {"ConditionExpression": text} | ({"ExpressionAttributeValues": values} if values else {})


def _put(dice: random.Random, seed: int) -> Request:
    return "put_item", {"TableName": TABLE, "Item": _item(dice, seed), **_conditioned(dice)}


def _update(dice: random.Random, seed: int) -> Request:
    text, values = dice.choice(UPDATES)
    guard = {"ConditionExpression": "rev >= :low"}
    given = {"UpdateExpression": text, "ExpressionAttributeValues": values | {":low": {"N": "1"}}}
    shown = {"ReturnValues": "ALL_NEW", "ReturnValuesOnConditionCheckFailure": "ALL_OLD"}
    return "update_item", {"TableName": TABLE, "Key": _key(dice, seed), **guard, **given, **shown}


def _delete(dice: random.Random, seed: int) -> Request:
    return "delete_item", {"TableName": TABLE, "Key": _key(dice, seed), **_conditioned(dice)}


def _get(dice: random.Random, seed: int) -> Request:
    return "get_item", {"TableName": TABLE, "Key": _key(dice, seed), "ConsistentRead": True}


def _batch_get(dice: random.Random, seed: int) -> Request:
    keys = [{"pk": {"S": f"{pk}/{seed}"}, "sk": {"S": sk}} for pk, sk in dice.sample(KEYS, 4)]
    return "batch_get_item", {"RequestItems": {TABLE: {"Keys": keys, "ConsistentRead": True}}}


def _transact(dice: random.Random, seed: int) -> Request:
    parts: list[dict[str, Any]] = []
    for pk, sk in dice.sample(KEYS, dice.randint(2, 4)):
        key = {"pk": {"S": f"{pk}/{seed}"}, "sk": {"S": sk}}
        kind = dice.choice(("Put", "Put", "ConditionCheck", "Delete"))
        content = {"Item": _item(dice, seed) | key} if kind == "Put" else {"Key": key}
        always = _conditioned(dice, 1.0 if kind == "ConditionCheck" else 0.4)
        parts.append({kind: {"TableName": TABLE, **content, **always}})
    return "transact_write_items", {"TransactItems": parts}


def _partition(dice: random.Random, seed: int) -> Request:
    values = {":pk": {"S": f"{dice.choice(KEYS)[0]}/{seed}"}}
    asked = {"KeyConditionExpression": "pk = :pk", "ExpressionAttributeValues": values}
    return "query", {"TableName": TABLE, "ConsistentRead": True, **asked}


def _todos(dice: random.Random, seed: int) -> Request:
    values = {":todo": {"S": f"todo#{dice.randint(0, 1)}"}, ":now": {"S": dice.choice(TIMES)}}
    asked = {
        "KeyConditionExpression": "todo = :todo AND todo_at <= :now",
        "ExpressionAttributeValues": values,
    }
    return "query", {"TableName": TABLE, "IndexName": "todo", "Limit": 1000, **asked}


def _scan(dice: random.Random, seed: int) -> Request:
    """Whole, for the order of what a table holds is nobody's."""
    values = {":sk": {"S": dice.choice(KEYS)[1]}}
    return "scan", {"TableName": TABLE, "FilterExpression": "sk = :sk", "ExpressionAttributeValues": values}


def answered(client: Any, request: Request, seed: int) -> Any:
    """The answer without what only a real request has, or the error as our store reads it."""
    operation, given = request
    try:
        found = getattr(client, operation)(**given)
    except ClientError as error:
        reasons: Any = error.response.get("CancellationReasons", [])
        return (
            error.response["Error"]["Code"],
            [reason["Code"] for reason in reasons],
            error.response.get("Item"),
        )
    return {name: _comparable(value, seed) for name, value in found.items() if name in COMPARED}


COMPARED = ("Item", "Items", "Responses", "Attributes")


def _comparable(value: Any, seed: int) -> Any:
    if isinstance(value, Mapping) and TABLE in value:
        value = value[TABLE]
    if not isinstance(value, list):
        return value
    own = [item for item in value if item["pk"]["S"].endswith(f"/{seed}")]
    return sorted(own, key=lambda item: (item["pk"]["S"], item["sk"]["S"]))


@pytest.mark.parametrize("seed", range(12))
def test_the_table_in_memory_answers_as_motos_does(on_moto: Any, seed: int) -> None:
    memory = in_memory()
    for number, request in enumerate(requests(seed)):
        assert answered(memory, request, seed) == answered(on_moto, request, seed), (number, request)


def test_the_stories_meet_conditions_that_hold_and_that_do_not() -> None:
    memory = in_memory()
    codes = {
        answer[0] if isinstance(answer, tuple) else "fine"
        for seed in range(12)
        for request in requests(seed)
        for answer in [answered(memory, request, seed)]
    }
    assert codes == {"fine", "ConditionalCheckFailedException", "TransactionCanceledException"}


def test_a_transaction_with_a_known_token_is_done_once() -> None:
    memory = in_memory()
    key = {"pk": {"S": "C#anna"}, "sk": {"S": "CUSTOMER"}}
    first = [{"Put": {"TableName": TABLE, "Item": key, "ConditionExpression": "attribute_not_exists(pk)"}}]
    for _ in range(2):
        memory.transact_write_items(TransactItems=first, ClientRequestToken="a")
    with pytest.raises(ClientError, match="IdempotentParameterMismatch"):
        memory.transact_write_items(TransactItems=[{"Delete": {"Key": key}}], ClientRequestToken="a")


def test_a_partition_is_read_in_pages_of_a_megabyte() -> None:
    memory = in_memory()
    for number in range(5):
        key = {"pk": {"S": "C#anna"}, "sk": {"S": f"M#{number}"}}
        memory.put_item(TableName=TABLE, Item={**key, "data": {"B": bytes(350_000)}})
    asked = {"KeyConditionExpression": "pk = :pk", "ExpressionAttributeValues": {":pk": {"S": "C#anna"}}}
    first = memory.query(TableName=TABLE, **asked)
    rest = memory.query(TableName=TABLE, **asked, ExclusiveStartKey=first["LastEvaluatedKey"])
    assert [item["sk"]["S"] for item in first["Items"] + rest["Items"]] == [f"M#{n}" for n in range(5)]
    assert "LastEvaluatedKey" not in rest


def test_a_scan_ends_a_page_after_so_many_items_or_a_megabyte_looked_at_and_then_filters() -> None:
    memory = in_memory()
    for number in range(5):
        key = {"pk": {"S": f"C#{number}"}, "sk": {"S": "CUSTOMER" if number % 2 else "M#1"}}
        memory.put_item(TableName=TABLE, Item={**key, "data": {"B": bytes(350_000)}})
    asked = {
        "TableName": TABLE,
        "FilterExpression": "sk = :sk",
        "ExpressionAttributeValues": {":sk": {"S": "CUSTOMER"}},
    }
    first = memory.scan(**asked)
    assert (first["Count"], first["ScannedCount"], first["LastEvaluatedKey"]["pk"]["S"]) == (1, 3, "C#2")
    rest = memory.scan(**asked, ExclusiveStartKey=first["LastEvaluatedKey"])
    assert [item["pk"]["S"] for item in first["Items"] + rest["Items"]] == ["C#1", "C#3"]
    assert "LastEvaluatedKey" not in rest
    one = memory.scan(**asked, Limit=1)
    assert (one["Items"], one["ScannedCount"], one["LastEvaluatedKey"]["pk"]["S"]) == ([], 1, "C#0")


@pytest.mark.parametrize(
    ("item", "refused"),
    (
        ({"pk": {"S": ""}, "sk": {"S": "CUSTOMER"}}, "a key is missing or empty"),
        ({"pk": {"S": "C#anna"}}, "a key is missing or empty"),
        ({"pk": {"S": "C#anna"}, "sk": {"S": "M#1"}, "data": {"B": bytes(dynamo.LARGEST_ITEM)}}, "Item size"),
    ),
)
def test_an_item_that_dynamodb_would_refuse_is_refused(item: dict[str, Any], refused: str) -> None:
    with pytest.raises(ClientError, match=refused):
        in_memory().put_item(TableName=TABLE, Item=item)


@pytest.mark.parametrize(
    "text", ("rev = 1", "size(data) > :n", "rev = :a OR", "(rev = :a", "rev ~ :a", "NOT rev = :a")
)
def test_a_condition_that_is_not_spoken_is_refused_and_not_taken_for_true(text: str) -> None:
    with pytest.raises(Refused, match="Invalid expression"):
        condition(text)


def test_an_update_adds_only_to_numbers() -> None:
    with pytest.raises(Refused, match="no number to add to"):
        updated({"rev": {"S": "1"}}, "SET rev = rev + :one", {":one": {"N": "1"}})
