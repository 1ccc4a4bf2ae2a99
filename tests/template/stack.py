"""The template after SAM's transform, as plain data that a test may spoil before a rule looks at it."""

import copy
from collections.abc import Callable, Iterator
from functools import cache
from pathlib import Path
from typing import Any

from sandbox.cloud.template import Stack, read

ROOT = Path(__file__).parents[2]
PARAMETERS = {
    "CodeSha256": "0" * 64,
    "ShopDomain": "shop.example",
    "SecretArn": "arn:aws:secretsmanager:eu-central-1:123456789012:secret:aftercart-AbCdEf",
    "MetaPhoneNumberId": "106540352242922",
    "MessengerPageName": "kram.example",
    "InstagramUserName": "kram.example",
    "SocialPhoneNumberId": "phone-number-id-976c72a700aac43eaf573ae050",
    "InfobipBaseUrl": "https://infobip.example",
    "InfobipViberSender": "Shop",
    "SmsOriginationIdentity": "Shop",
    "SmsConfigurationSetName": "shop",
    "EmailSender": "hello@shop.example",
    "EmailConfigurationSetName": "shop",
}
Document = dict[str, Any]
Spoil = Callable[[Document], object]


@cache
def _expanded() -> Stack:
    whole = read(ROOT / "template.yaml", PARAMETERS)
    # The parameter is a number: what the command line gives as text, CloudFormation makes one.
    return Stack(whole.name, whole.template, {**whole.parameters, "Stage": "prod", "FloodLimit": 50})


def deployed(spoil: Spoil = lambda document: None) -> Stack:
    """The stack as samconfig's prod has it; with `spoil`, one that somebody has edited."""
    whole = _expanded()
    document = copy.deepcopy(dict(whole.template))
    spoil(document)
    return Stack(whole.name, document, whole.parameters)


def properties(document: Document, logical: str) -> Document:
    found: Document = document["Resources"][logical]["Properties"]
    return found


def listed(value: Any) -> list[Any]:
    """IAM takes one or a list nearly everywhere."""
    return value if isinstance(value, list) else [value]


def policies(stack: Stack) -> Iterator[tuple[str, Document]]:
    """Every policy document: where it stands, and what it says."""
    for resource in stack.resources.values():
        given = resource.properties
        for name in ("PolicyDocument", "AssumeRolePolicyDocument"):
            if name in given:
                yield f"{resource.logical}.{name}", given[name]
        for policy in given.get("Policies", []) if resource.type == "AWS::IAM::Role" else []:
            yield f"{resource.logical}.{policy['PolicyName']}", policy["PolicyDocument"]


def statements(stack: Stack) -> Iterator[tuple[str, Document]]:
    """Every statement that allows something."""
    for where, document in policies(stack):
        for statement in listed(document["Statement"]):
            if statement["Effect"] == "Allow":
                yield where, statement
