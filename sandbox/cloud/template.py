"""Reads `template.yaml` as CloudFormation would: SAM's transform, parameters, conditions, references."""

import logging
import re
from collections.abc import Mapping
from copy import deepcopy
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any
from unittest.mock import patch

import yaml
from samtranslator.model.exceptions import InvalidDocumentException
from samtranslator.translator.transform import transform
from samtranslator.yaml_helper import intrinsics_multi_constructor

# It complains at exit that nobody collected its usage figures.
logging.getLogger("samtranslator").setLevel(logging.ERROR)

ACCOUNT = "123456789012"
REGION = "eu-central-1"
SUBSTITUTED = re.compile(r"\$\{(!?)([\w.:]+)\}")


class TemplateError(Exception):
    """What is wrong with the template or its parameters, by name."""


@dataclass(frozen=True, slots=True)
class Resource:
    """One resource, its properties resolved. `name` is its own, `ref` what `!Ref` gives."""

    logical: str
    type: str
    name: str
    ref: str
    arn: str
    properties: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Identity:
    """How a type of resource is called: the property with its name, and what Ref and GetAtt give."""

    name: str
    arn: str = ""
    ref: str = "{name}"
    attributes: Mapping[str, str] = field(default_factory=dict)


IDENTITIES: Mapping[str, Identity] = {
    "AWS::ApiGatewayV2::Api": Identity(
        "ApiId",
        attributes={"ApiId": "{name}", "ApiEndpoint": "https://{name}.execute-api.{region}.amazonaws.com"},
    ),
    "AWS::DynamoDB::Table": Identity("TableName", "arn:aws:dynamodb:{region}:{account}:table/{name}"),
    "AWS::IAM::ManagedPolicy": Identity("ManagedPolicyName", "arn:aws:iam::{account}:policy/{name}", "{arn}"),
    "AWS::IAM::Role": Identity("RoleName", "arn:aws:iam::{account}:role/{name}"),
    "AWS::Lambda::Function": Identity("FunctionName", "arn:aws:lambda:{region}:{account}:function:{name}"),
    "AWS::Lambda::LayerVersion": Identity(
        "LayerName", "arn:aws:lambda:{region}:{account}:layer:{name}:1", "{arn}"
    ),
    "AWS::Logs::LogGroup": Identity("LogGroupName", "arn:aws:logs:{region}:{account}:log-group:{name}:*"),
    "AWS::SNS::Topic": Identity(
        "TopicName",
        "arn:aws:sns:{region}:{account}:{name}",
        "{arn}",
        {"TopicArn": "{arn}", "TopicName": "{name}"},
    ),
    "AWS::SQS::Queue": Identity(
        "QueueName",
        "arn:aws:sqs:{region}:{account}:{name}",
        "https://sqs.{region}.amazonaws.com/{account}/{name}",
        {"QueueName": "{name}"},
    ),
    "AWS::Scheduler::Schedule": Identity("Name", "arn:aws:scheduler:{region}:{account}:schedule/{name}"),
    "AWS::Scheduler::ScheduleGroup": Identity(
        "Name", "arn:aws:scheduler:{region}:{account}:schedule-group/{name}"
    ),
    "AWS::StepFunctions::StateMachine": Identity(
        "StateMachineName",
        "arn:aws:states:{region}:{account}:stateMachine:{name}",
        "{arn}",
        {"Name": "{name}"},
    ),
}
DROPPED = object()


@dataclass(slots=True)
class Stack:
    """A template with its parameters: `resources` by logical name, `outputs` resolved."""

    name: str
    template: Mapping[str, Any]
    parameters: Mapping[str, Any]
    region: str = REGION
    account: str = ACCOUNT
    resources: dict[str, Resource] = field(default_factory=dict)

    def __post_init__(self) -> None:
        for logical, declared in self.template["Resources"].items():
            if "Condition" not in declared or self._condition(declared["Condition"]):
                self.resources[logical] = self._resource(logical, declared)

    @property
    def outputs(self) -> dict[str, Any]:
        declared = self.template.get("Outputs", {})
        return {name: self.resolve(output["Value"]) for name, output in declared.items()}

    def of_type(self, *types: str) -> list[Resource]:
        """All resources of these types, in the template's order."""
        return [resource for resource in self.resources.values() if resource.type in types]

    def _resource(self, logical: str, declared: Mapping[str, Any]) -> Resource:
        type_, properties = declared["Type"], self.resolve(declared.get("Properties", {}))
        identity = IDENTITIES.get(type_, Identity(""))
        name, arn = self._called(logical, identity)
        ref = identity.ref.format(name=name, arn=arn, region=self.region, account=self.account)
        return Resource(logical, type_, name, ref, arn, properties)

    def _called(self, logical: str, identity: Identity) -> tuple[str, str]:
        """Name and ARN, from the template alone: resources refer to each other in circles."""
        given = self.template["Resources"][logical].get("Properties", {}).get(identity.name)
        # An API's id and unnamed things get names of their own, the same ones each time.
        name = self.resolve(given) if given else f"{self.name}-{logical}"
        name = name.lower().replace("-", "") if identity.name == "ApiId" else name
        return name, identity.arn.format(name=name, region=self.region, account=self.account)

    def resolve(self, value: Any) -> Any:
        """A value with every intrinsic function carried out. Raises TemplateError."""
        if isinstance(value, list):
            return [found for each in value if (found := self.resolve(each)) is not DROPPED]
        if not isinstance(value, dict):
            return value
        if len(value) == 1:
            name, argument = next(iter(value.items()))
            if name == "Ref":
                return self._ref(argument)
            if name.startswith("Fn::"):
                return self._function(name, argument)
        resolved = {name: self.resolve(each) for name, each in value.items()}
        return {name: each for name, each in resolved.items() if each is not DROPPED}

    def _function(self, name: str, argument: Any) -> Any:
        match name:
            case "Fn::GetAtt":
                logical, _, attribute = (
                    argument.partition(".") if isinstance(argument, str) else (argument[0], "", argument[1])
                )
                return self._attribute(logical, attribute)
            case "Fn::Sub":
                return self._sub(argument)
            case "Fn::Join":
                return argument[0].join(str(each) for each in self.resolve(argument[1]))
            case "Fn::If":
                return self.resolve(argument[1] if self._condition(argument[0]) else argument[2])
            case "Fn::Select":
                return self.resolve(argument[1])[int(self.resolve(argument[0]))]
            case "Fn::Split":
                return self.resolve(argument[1]).split(argument[0])
        raise TemplateError(f"{name} is not carried out by the sandbox")

    def _ref(self, name: str) -> Any:
        if name == "AWS::NoValue":
            return DROPPED
        pseudo = {
            "AWS::AccountId": self.account,
            "AWS::Partition": "aws",
            "AWS::Region": self.region,
            "AWS::StackName": self.name,
            "AWS::URLSuffix": "amazonaws.com",
            "AWS::StackId": f"arn:aws:cloudformation:{self.region}:{self.account}:stack/{self.name}/1",
        }
        if name in pseudo:
            return pseudo[name]
        if name in self.parameters:
            return self.parameters[name]
        return self._identified(name)[2]

    def _attribute(self, logical: str, attribute: str) -> str:
        name, arn, _, identity = self._identified(logical)
        form = {"Arn": "{arn}", **(identity.attributes if identity else {})}.get(attribute)
        if form is None:
            raise TemplateError(f"{logical}: the sandbox does not know the attribute {attribute}")
        return form.format(name=name, arn=arn, region=self.region, account=self.account)

    def _identified(self, logical: str) -> tuple[str, str, str, Identity | None]:
        """Name, ARN and Ref of a resource."""
        declared = self.template["Resources"].get(logical)
        if declared is None:
            raise TemplateError(f"there is no parameter or resource {logical}")
        if declared["Type"] == "AWS::Lambda::Alias":
            name, arn = declared["Properties"]["Name"], self._function_arn(declared)
            return name, f"{arn}:{name}", f"{arn}:{name}", None
        if declared["Type"] == "AWS::Lambda::Version":
            arn = f"{self._function_arn(declared)}:1"
            return "1", arn, arn, Identity("", attributes={"Version": "1"})
        identity = IDENTITIES.get(declared["Type"])
        if identity is None:
            raise TemplateError(f"{logical}: the sandbox cannot refer to {declared['Type']}")
        name, arn = self._called(logical, identity)
        ref = identity.ref.format(name=name, arn=arn, region=self.region, account=self.account)
        return name, arn, ref, identity

    def _function_arn(self, declared: Mapping[str, Any]) -> str:
        function = self.resolve(declared["Properties"]["FunctionName"])
        return f"arn:aws:lambda:{self.region}:{self.account}:function:{function}"

    def _sub(self, argument: Any) -> str:
        text, own = (argument, {}) if isinstance(argument, str) else argument

        def value(found: re.Match[str]) -> str:
            if found[1]:
                return f"${{{found[2]}}}"
            name, _, attribute = found[2].partition(".")
            if name in own:
                return str(self.resolve(own[name]))
            return str(self._attribute(name, attribute) if attribute else self._ref(found[2]))

        return SUBSTITUTED.sub(value, text)

    def _condition(self, condition: Any) -> bool:
        if isinstance(condition, str):
            return self._condition(self.template["Conditions"][condition])
        name, argument = next(iter(condition.items()))
        match name:
            case "Condition":
                return self._condition(argument)
            case "Fn::Equals":
                return bool(self.resolve(argument[0]) == self.resolve(argument[1]))
            case "Fn::Not":
                return not self._condition(argument[0])
            case "Fn::And":
                return all(self._condition(each) for each in argument)
            case "Fn::Or":
                return any(self._condition(each) for each in argument)
        raise TemplateError(f"{name} is no condition that the sandbox knows")


class _NoManagedPolicies:
    """SAM asks IAM for the names of AWS's managed policies; ours are all our own."""

    def load(self) -> dict[str, str]:
        return {}


class _Loader(getattr(yaml, "CSafeLoader", yaml.SafeLoader)):  # type: ignore[misc]
    """As SAM's own reads `!Ref` and its like, but in C where PyYAML has it: in a fifth of the time."""


_Loader.add_multi_constructor("!", intrinsics_multi_constructor)


@cache
def parsed(text: str) -> dict[str, Any]:
    """A template as it is written, `!Ref x` as {"Ref": "x"}. Only to be read: it is kept."""
    found: dict[str, Any] = yaml.load(text, _Loader)  # noqa: S506  (it is a safe loader)
    return found


def read(path: Path, parameters: Mapping[str, str], name: str = "aftercart") -> Stack:
    """The stack of a template with these parameters. Raises TemplateError."""
    text = path.read_text(encoding="utf-8")
    given = _parameters(parsed(text).get("Parameters", {}), parameters)
    return Stack(name, _transformed(text, tuple(given.items())), given)


@cache
def _transformed(text: str, parameters: tuple[tuple[str, Any], ...]) -> Mapping[str, Any]:
    template = deepcopy(parsed(text))  # the transform writes into it
    _point_to_this_folder(template)
    with patch.dict("os.environ", {"AWS_DEFAULT_REGION": REGION}):
        try:
            plain: Mapping[str, Any] = transform(template, dict(parameters), _NoManagedPolicies())
        except InvalidDocumentException as error:
            raise TemplateError("; ".join(str(cause.message) for cause in error.causes)) from None
    return plain


def _parameters(declared: Mapping[str, Any], given: Mapping[str, str]) -> dict[str, Any]:
    if unknown := sorted(given.keys() - declared.keys()):
        raise TemplateError(f"the template has no parameter {', '.join(unknown)}")
    values = {name: given.get(name, spec.get("Default")) for name, spec in declared.items()}
    for name, spec in declared.items():
        value = values[name]
        if value is None:
            raise TemplateError(f"parameter {name} has no default and is not given")
        if "AllowedPattern" in spec and not re.search(spec["AllowedPattern"], str(value)):
            raise TemplateError(f"parameter {name}: {value!r} does not match {spec['AllowedPattern']}")
        if "AllowedValues" in spec and value not in spec["AllowedValues"]:
            raise TemplateError(f"parameter {name}: {value!r} is none of {spec['AllowedValues']}")
    return values


def _point_to_this_folder(template: dict[str, Any]) -> None:
    # The transform takes only uploaded code; `sam package` would put these addresses there.
    places = [template.get("Globals", {}).get("Function", {})]
    places += [resource.get("Properties", {}) for resource in template["Resources"].values()]
    for place in places:
        for field_ in ("CodeUri", "ContentUri", "DefinitionUri"):
            if isinstance(place.get(field_), str):
                place[field_] = f"s3://this-folder/{place[field_]}"
