"""News over any route: put from leg to leg, told of by receipts, and answered where somebody hears it."""

import random
from collections.abc import Iterable, Sequence
from functools import partial

from aftercart.channels import registry
from aftercart.domain.consent import Channel
from sandbox import shop
from sandbox.fakes import Mode
from sandbox.player import Json, Player
from sandbox.trials import routes
from sandbox.trials.crashes import ends
from sandbox.trials.crashes.prepared import OLENA, Deliver, nothing, posting, pressing, pushed
from sandbox.trials.crashes.scenes import OWN, SENDER, Scene
from sandbox.trials.routes import Route

FAILS = (Mode.REJECT, Mode.DOWN, Mode.SILENT)


def scenes(ways: Iterable[Route]) -> dict[str, Scene]:
    """What is tried over each route, by name."""
    return {scene.name: scene for way in ways for scene in _over(way)}


def _over(way: Route) -> tuple[Scene, ...]:
    name, journeys = routes.named(way), partial(routes.made, way)
    hears = registry.entry(way[0].carriers[0]).hears
    at_first = int(any(leg.channel is not Channel.PUSH for leg in way))  # no device has subscribed yet
    return (
        Scene(
            name=f"fallback over {name}",
            functions=(*SENDER, *OWN),
            prepare=partial(falls, way),
            told={"confirm": at_first, "in_transit": 1},
            journeys=journeys,
        ),
        Scene(
            name=f"answer over {name}",
            functions=(*OWN, *SENDER) if hears else ("customer_pages",),
            prepare=partial(answers if hears else presses, way),
            told={"confirm": at_first + 1} | ({"offer_accepted": 1} if hears else {}),
            journeys=journeys,
            check=ends.accepted,
        ),
    )


def falls(way: Route, player: Player, fails: Sequence[Mode] = FAILS) -> Deliver:
    """Every leg but the last takes the news or not, and does not show it; each leg in one of these ways."""
    order = reachable(way, player)
    dice = random.Random(routes.named(way))
    for leg in way[:-1]:
        player.sandbox.break_channel(leg.channel, dice.choice(fails))
    player.sandbox.break_channel(way[-1].channel, Mode.DUPLICATES)
    assert posting(player, "fulfillments/update", shop.fulfillment(order, player.now(), "in_transit"))()
    return nothing


def answers(way: Route, player: Player) -> Deliver:
    """They take the offer where it was shown."""
    _offered(way, player)
    return pushed(player, player.sandbox.providers.reply(way[0].channel, OLENA.phone, "1"))


def presses(way: Route, player: Player) -> Deliver:
    """On the page: where it was shown nobody hears them."""
    _offered(way, player)
    return pressing(player, "accept")


def _offered(way: Route, player: Player) -> None:
    """By then they can be reached on every channel of it."""
    reachable(way, player)
    player.orders(OLENA, 1002, ["ZIRVO-X2"])
    player.wait(minutes=30)
    shown = {f"{each.channel}/{each.provider}" for each in player.sandbox.shown()}
    assert way[0].carriers[0] in shown, routes.named(way)


def reachable(way: Route, player: Player) -> Json:
    """An order; and for each address that it does not bring a device has subscribed."""
    order = player.orders(OLENA, 1001, ["ZIRVO-A1"])
    player.wait(minutes=30)
    for carrier in (each for leg in way for each in leg.carriers if each in routes.DEVICES):
        headers, body = shop.subscription(
            order, None, player.now(), marketing=True, **routes.DEVICES[carrier]
        )
        assert player.sandbox.request("POST", shop.SUBSCRIPTIONS, headers, body).status == 201
    player.wait(days=1)
    return order
