"""A webhook of the shop's: authentic, ours and of a topic that is wanted, or it leads to no call."""

from collections.abc import Callable, Collection

from aftercart.aws.http_api import Answer, Request, answer, parked, unauthorized
from aftercart.flows.authentic import authentic
from aftercart.ports import Unreadable, World
from aftercart.shops import shopify

Act = Callable[[bytes, str, World], str]
"""Given the body and its topic: what was done. Raises Unreadable."""


def taken(request: Request, topics: Collection[str], act: Act, world: World) -> Answer:
    """Answers with what was done; 200 also where the topic is not wanted, or the body is parked."""
    if not authentic(
        world.secrets, "shopify", lambda keys: shopify.verify(request.headers, request.body, keys)
    ):
        return unauthorized("shopify")
    if not shopify.is_of(request.headers, world.shop):
        return unauthorized("shopify", "another_shop")
    topic = shopify.topic_of(request.headers)
    if topic not in topics:
        return answer(200)
    try:
        return answer(200, act(request.body, topic, world))
    except Unreadable as fault:
        return parked("shopify", fault, request.body, world)
