"""A shop's page, or its app, says: here is where the customer of this order may be pushed to."""

from collections.abc import Mapping

from aftercart import wiring
from aftercart.aws.http_api import Answer, Request, answer, unauthorized
from aftercart.aws.telemetry import count
from aftercart.channels import registry
from aftercart.channels.push_subscription import subscription
from aftercart.channels.reading import Json, iso, parse, text
from aftercart.channels.signatures import signed
from aftercart.domain.links import message_of
from aftercart.flows.authentic import authentic
from aftercart.flows.subscriptions import Subscribing, on_subscription
from aftercart.ports import Unreadable, World

PATH = "/push/subscriptions"
LARGEST = 8192  # bytes
LONGEST_VERSION = 64
STATUSES: Mapping[str, int] = {"subscribed": 201, "known": 200, "unknown": 404, "erased": 410, "shared": 409}


def take(request: Request) -> Answer:
    """For the shop's page to read, on its own origin: the answer is no secret, and no cookie counts."""
    return _open_to_all(_taken(request.body, wiring.world()))


def _open_to_all(made: Answer) -> Answer:
    return {**made, "headers": {**made["headers"], "access-control-allow-origin": "*"}}


def _taken(body: bytes, world: World) -> Answer:
    found = _parsed(body)
    order = text(found, "order") if _names_order(found, world) else ""
    message = "" if order else message_of(text(found, "page"), world.secrets.get("link_key"))
    if not order and not message:
        return unauthorized("push")
    asked = _asked(found)
    if asked is None:
        return answer(400)
    result = on_subscription(asked, world, order=order, message=message or "")
    count("Subscriptions", result=result)
    return answer(STATUSES[result])


def _parsed(body: bytes) -> Json:
    """What proves nothing where it cannot be read."""
    try:
        return parse(body) if len(body) <= LARGEST else {}
    except Unreadable:
        return {}


def _names_order(found: Json, world: World) -> bool:
    """The shop's own server has put `proof` beside it on the customer's page: its HMAC under our key."""
    order, proof = text(found, "order"), text(found, "proof")
    if not order or not proof:
        return False
    return authentic(
        world.secrets, "push_subscribe_key", lambda keys: signed(proof, "", order.encode(), keys)
    )


def _asked(found: Json) -> Subscribing | None:
    address = _address(found)
    try:
        at = iso(found, "at")
    except Unreadable:
        return None
    version = text(found, "version")
    if not address or len(version) > LONGEST_VERSION:
        return None
    return Subscribing(address=address, at=at, version=version, marketing=found.get("marketing") is True)


def _address(found: Json) -> str:
    """A browser's subscription, or the platform endpoint that the app's own server has made at SNS."""
    browser, app = subscription(found.get("subscription")), text(found, "endpoint")
    if browser is not None:
        return browser.address
    return app if app and registry.entry("push/sns").takes(app) else ""
