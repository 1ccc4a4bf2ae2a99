"""What functions do in a story that chance wrote is what the template's policies let them do, and no less."""

from collections import defaultdict, deque
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from sandbox.cloud.template import read
from sandbox.sandbox import Sandbox
from sandbox.shop_settings import PARAMETERS
from sandbox.story import BEGINS, Story

# An AWS call and what IAM asks for it; a transaction asks for what its parts do.
NEEDS: Mapping[str, set[str]] = {
    "dynamodb.BatchGetItem": {"dynamodb:BatchGetItem"},
    "dynamodb.GetItem": {"dynamodb:GetItem"},
    "dynamodb.PutItem": {"dynamodb:PutItem"},
    "dynamodb.Query": {"dynamodb:Query"},
    "dynamodb.TransactWriteItems": {"dynamodb:PutItem", "dynamodb:ConditionCheckItem"},
    "dynamodb.UpdateItem": {"dynamodb:UpdateItem"},
    "pinpoint-sms-voice-v2.SendTextMessage": {"sms-voice:SendTextMessage"},
    "scheduler.CreateSchedule": {"scheduler:CreateSchedule", "iam:PassRole"},
    "secretsmanager.GetSecretValue": {"secretsmanager:GetSecretValue"},
    "sqs.DeleteMessage": {"sqs:DeleteMessage"},
    "sqs.ReceiveMessage": {"sqs:ReceiveMessage"},
    "stepfunctions.SendTaskFailure": {"states:SendTaskFailure"},
    "stepfunctions.SendTaskSuccess": {"states:SendTaskSuccess"},
    "stepfunctions.StartExecution": {"states:StartExecution"},
}
SECRET = {"SecretArn": "arn:aws:secretsmanager:eu-central-1:123456789012:secret:sandbox-AbCdEf"}
PROVIDERS = {"meta.send", "infobip.send"}  # no AWS calls


def allowed() -> dict[str, set[str]]:
    """By a function's name, the actions of its role: its own statements and the managed policies it names."""
    whole = read(Path(__file__).parents[1] / "template.yaml", {**PARAMETERS, **SECRET})
    managed = {policy.ref: policy.properties for policy in whole.of_type("AWS::IAM::ManagedPolicy")}
    found = {}
    for function in whole.of_type("AWS::Lambda::Function"):
        role = whole.resources[f"{function.logical}Role"].properties
        own = [policy["PolicyDocument"] for policy in role.get("Policies", [])]
        named = [managed[arn]["PolicyDocument"] for arn in role["ManagedPolicyArns"] if arn in managed]
        found[function.name] = {action for document in own + named for action in actions(document)}
    return found


def actions(document: Mapping[str, Any]) -> Iterator[str]:
    statements = document["Statement"]
    for statement in statements if isinstance(statements, list) else [statements]:
        listed = statement["Action"]
        yield from listed if isinstance(listed, list) else [listed]


def test_every_call_that_a_function_makes_in_a_story_is_one_that_its_role_allows() -> None:
    asked: dict[str, set[str]] = defaultdict(set)
    with Sandbox(BEGINS, seed=4).open() as sandbox:
        sandbox.functions.invocations = deque()  # all of them, not the last ones only
        Story(sandbox, seed=4).play(40)
        for invocation in sandbox.functions.invocations:
            calls = set(invocation.calls) - PROVIDERS
            asked[invocation.function] |= {need for call in calls for need in NEEDS[call]}
    may = allowed()
    assert set(asked) == set(may), "the story leads through every function"
    assert {name: needs - may[name] for name, needs in asked.items() if needs - may[name]} == {}
