"""Rules on who may do what. Each gives the faults that it finds; none is a stack that may be deployed."""

import json
import re
from collections.abc import Iterator, Mapping

from sandbox.cloud.template import Resource, Stack
from tests.template.stack import Document, listed, statements

# Each wildcard that is deployed, and why nothing narrower would do.
WILDCARDS: Mapping[tuple[str, str], str] = {
    (
        "AnswerWorkflow.PolicyDocument",
        "*",
    ): "IAM cannot scope SendTask* to a state machine: the token is what gives access, and only we hold it",
    (
        "SendWithFallbackRole.TryRungs",
        "*",
    ): "log deliveries belong to no resource that a policy could name (Step Functions' guide to logging)",
    (
        "SendMessageFunctionRole.SendMessageFunctionRolePolicy4",
        "arn:aws:sms-voice:eu-central-1:123456789012:*",
    ): "the identity may be a number, a pool or a sender id, and its ARN holds a generated id or a country",
    (
        "ArmSchedules.PolicyDocument",
        "arn:aws:scheduler:eu-central-1:123456789012:schedule/aftercart/*",
    ): "a schedule's name is a hash made when it is armed; the group is the stack's own",
}
# Policies of AWS's own, whose text is not in the template.
FOREIGN: Mapping[str, str] = {
    "arn:aws:iam::aws:policy/service-role/AWSLambdaBasicExecutionRole": "writes logs, and nothing else: SAM's"
    " own choice for each function",
}
# Route -> what keeps strangers out: nothing of AWS's does.
ROUTES: Mapping[str, str] = {
    "POST /shopify/orders": "Shopify's HMAC over the raw body, before any call",
    "POST /shopify/fulfillments": "Shopify's HMAC over the raw body, before any call",
    "GET /meta/whatsapp": "Meta's challenge: answered to who knows the verify token, and changes nothing",
    "POST /meta/whatsapp": "Meta's HMAC over the raw body, before any call",
    "GET /meta/messenger": "Meta's challenge, as for WhatsApp",
    "POST /meta/messenger": "Meta's HMAC over the raw body, before any call",
    "GET /meta/instagram": "Meta's challenge, as for WhatsApp",
    "POST /meta/instagram": "Meta's HMAC over the raw body, before any call",
    "POST /infobip/viber": "Infobip's signature or basic authentication, before any call",
    "POST /twilio/sms": "Twilio's HMAC over the address and the form, before any call",
    "POST /push/subscriptions": "the shop's HMAC of the order, or a page's token, before any call",
    "POST /web/push": "our own word for that receipt, which only the push itself held, before any call",
    "GET /m/{token}": "a signed token; shows, and changes nothing",
    "POST /m/{token}": "a signed token",
    "GET /m/{token}/unsubscribe": "a signed token; shows, and changes nothing",
    "POST /m/{token}/unsubscribe": "a signed token, from a mailbox: it has no other proof",
}
# Whom a role trusts, where no condition names the account.
TRUSTED_WITHOUT_CONDITION: Mapping[str, str] = {
    "lambda.amazonaws.com": "Lambda gives a role only to functions that somebody with PassRole on it made",
}
# Roles that may be lent, and to which service alone.
LENT: Mapping[str, str] = {"arn:aws:iam::123456789012:role/aftercart-schedules": "scheduler.amazonaws.com"}


def wildcards(stack: Stack) -> Iterator[str]:
    """No `*` in an action; one in a resource only where it is written down."""
    met = set()
    for where, statement in statements(stack):
        if {"NotAction", "NotResource", "NotPrincipal"} & statement.keys():
            yield f"{where} allows all but something"
        for action in listed(statement.get("Action", [])):
            if "*" in action:
                yield f"{where} allows {action}"
        for resource in listed(statement.get("Resource", [])):
            if "*" in str(resource):
                met.add((where, str(resource)))
    yield from (f"{where} reaches {resource}" for where, resource in sorted(met - WILDCARDS.keys()))
    yield from (f"{where} no longer reaches {it}: strike it" for where, it in WILDCARDS.keys() - met)


def foreign_policies(stack: Stack) -> Iterator[str]:
    """Policies are our own, so that they can be read here."""
    ours = {policy.ref for policy in stack.of_type("AWS::IAM::ManagedPolicy")}
    for role in stack.of_type("AWS::IAM::Role"):
        for arn in role.properties.get("ManagedPolicyArns", []):
            if arn not in ours | FOREIGN.keys():
                yield f"{role.logical} has {arn}"


def open_routes(stack: Stack) -> Iterator[str]:
    """Only the inbound routes, each leading to one alias; no other way in from the internet."""
    met = set()
    for api in stack.of_type("AWS::ApiGatewayV2::Api"):
        for path, methods in api.properties["Body"]["paths"].items():
            met |= {f"{method.upper()} {path}" for method in methods}
    yield from (f"{route} is open" for route in sorted(met - ROUTES.keys()))
    yield from (f"{route} is gone" for route in sorted(ROUTES.keys() - met))
    for type_ in ("AWS::Lambda::Url", "AWS::ApiGateway::RestApi", "AWS::ApiGatewayV2::Route"):
        yield from (f"{resource.logical} is another way in" for resource in stack.of_type(type_))


def invokers(stack: Stack) -> Iterator[str]:
    """Who may invoke a function names what it invokes it for."""
    for permission in stack.of_type("AWS::Lambda::Permission"):
        given = permission.properties
        if "*" in str(given["Principal"]) or not str(given["Principal"]).endswith(".amazonaws.com"):
            yield f"{permission.logical} lets {given['Principal']} in"
        source = str(given.get("SourceArn", ""))
        if not re.match(rf"arn:aws:[a-z-]+:[a-z0-9-]+:{stack.account}:[\w-]+", source):
            yield f"{permission.logical} does not say for whom"
        if given.get("FunctionUrlAuthType") or not str(given["FunctionName"]).endswith(":live"):
            yield f"{permission.logical} leads past the alias"


def principals(stack: Stack) -> Iterator[str]:
    """A role, topic or queue opens to one service, on behalf of our account alone."""
    for where, statement in statements(stack):
        if "Principal" not in statement:
            continue
        principal = statement["Principal"]
        services = listed(principal.get("Service", [])) if isinstance(principal, dict) else []
        if not services or (isinstance(principal, dict) and set(principal) != {"Service"}):
            yield f"{where} opens to {json.dumps(principal)}"
        trusted = set(services) <= TRUSTED_WITHOUT_CONDITION.keys()
        if not trusted and not _names_us(statement, stack):
            yield f"{where} serves {', '.join(services)} on anybody's behalf"


def _names_us(statement: Document, stack: Stack) -> bool:
    condition = statement.get("Condition", {})
    exact = {**condition.get("StringEquals", {}), **condition.get("ArnEquals", {})}
    account, source = exact.get("aws:SourceAccount", ""), exact.get("aws:SourceArn", "")
    return bool(account == stack.account or f":{stack.account}:" in source)


def lending(stack: Stack) -> Iterator[str]:
    """PassRole names one role and the one service that may have it."""
    for where, statement in statements(stack):
        if "iam:PassRole" in listed(statement.get("Action", [])):
            to = statement.get("Condition", {}).get("StringEquals", {}).get("iam:PassedToService")
            for role in listed(statement["Resource"]):
                if LENT.get(role) is None or LENT[role] != to:
                    yield f"{where} lends {role} to {to or 'anybody'}"


def secrets_in_sight(stack: Stack) -> Iterator[str]:
    """A function's environment names the secret and holds none."""
    for function in stack.of_type("AWS::Lambda::Function"):
        for name, value in function.properties["Environment"]["Variables"].items():
            if (
                any(word in name for word in ("TOKEN", "PASSWORD", "API_KEY", "SECRET"))
                and name != "SECRET_ARN"
            ):
                yield f"{function.logical} has {name}"
            if isinstance(value, str) and value.startswith("{{resolve:"):
                yield f"{function.logical} has {name} in plain text"


def floods(stack: Stack) -> Iterator[str]:
    """Whatever strangers can reach has a most: of requests a second, and of runs at once."""
    for stage in stack.of_type("AWS::ApiGatewayV2::Stage"):
        limits = stage.properties.get("DefaultRouteSettings", {})
        if not 0 < limits.get("ThrottlingRateLimit", 0) <= 200:
            yield f"{stage.logical} takes any number of requests"
    for function in reached_by_strangers(stack):
        if not 0 < function.properties.get("ReservedConcurrentExecutions", 0) <= 200:
            yield f"{function.logical} runs any number of times at once"


def reached_by_strangers(stack: Stack) -> list[Resource]:
    """The functions behind the API."""
    behind = {
        permission.properties["FunctionName"].removesuffix(":live")
        for permission in stack.of_type("AWS::Lambda::Permission")
        if permission.properties["Principal"] == "apigateway.amazonaws.com"
    }
    return [function for function in stack.of_type("AWS::Lambda::Function") if function.arn in behind]
