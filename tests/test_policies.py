"""What functions do in a story that chance wrote is what the template's policies let them do, and no less."""

from collections import defaultdict, deque
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from sandbox.cloud.template import read
from sandbox.sandbox import Sandbox
from sandbox.shop_settings import PARAMETERS
from sandbox.story import BEGINS, Story, people

# An AWS call and what IAM asks for it; a transaction asks for what its parts do.
NEEDS: Mapping[str, set[str]] = {
    "dynamodb.BatchGetItem": {"dynamodb:BatchGetItem"},
    "dynamodb.GetItem": {"dynamodb:GetItem"},
    "dynamodb.PutItem": {"dynamodb:PutItem"},
    "dynamodb.Query": {"dynamodb:Query"},
    "dynamodb.Scan": {"dynamodb:Scan"},
    "dynamodb.TransactWriteItems": {"dynamodb:PutItem", "dynamodb:ConditionCheckItem"},
    "dynamodb.UpdateItem": {"dynamodb:UpdateItem"},
    "pinpoint-sms-voice-v2.SendTextMessage": {"sms-voice:SendTextMessage"},
    "scheduler.CreateSchedule": {"scheduler:CreateSchedule", "iam:PassRole"},
    "secretsmanager.GetSecretValue": {"secretsmanager:GetSecretValue"},
    "sesv2.SendEmail": {"ses:SendEmail"},
    "sns.Publish": {"sns:Publish"},
    "socialmessaging.SendWhatsAppMessage": {"social-messaging:SendWhatsAppMessage"},
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


def test_every_call_of_an_erasure_is_one_that_its_role_allows_and_no_other_function_deletes() -> None:
    with Sandbox(BEGINS).open() as sandbox:
        sandbox.queues.put(
            "arn:aws:sqs:eu-central-1:123456789012:aftercart-sms-events-dead-letters", "nobody", {}
        )
        story = Story(sandbox)
        story.orders(people()[0], 1001, ("CASE-A1",))
        (customer,) = sandbox.records().customers
        sandbox.wake({"v": 1, "kind": "erase", "customer": customer})
        sandbox.settle()
        erasure = sandbox.functions.invocations[-1]
        assert erasure.error == ""
    needs = {need for call in erasure.calls for need in NEEDS[call]} | {"dynamodb:DeleteItem"}
    may = allowed()
    assert "sqs:ReceiveMessage" in needs
    assert needs <= may[erasure.function]
    deleting = {"dynamodb:DeleteItem", "sqs:DeleteMessage", "sqs:ReceiveMessage"}
    assert {name for name, actions in may.items() if actions & deleting} == {erasure.function}
