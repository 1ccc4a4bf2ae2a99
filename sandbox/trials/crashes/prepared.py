"""Each flow played up to just before it begins; gives what brings it about."""

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

from aftercart.domain.consent import Channel
from sandbox import shop
from sandbox.cloud import faults
from sandbox.control import page_opened, views
from sandbox.fakes import Mode
from sandbox.fakes.browser import Browser
from sandbox.player import Player
from sandbox.trials.crashes import changed

Json = Any
BEGINS = datetime(2026, 11, 23, 8, 12, tzinfo=UTC)  # a Monday, 10:12 in Kyiv
OLENA = shop.Person(
    id=7_311_000_000_001,
    first_name="Олена",
    last_name="Шевченко",
    phone="+380671234567",
    email="olena@customer.example",
)
MARKO = replace(OLENA, id=7_311_000_000_002, first_name="Марко", email="marko@customer.example")  # same phone
BROWSER = Browser.of("Olena")
Deliver = Callable[[], bool]
"""Brings the event about once more; False: it was not taken, and its sender will come again."""


def posting(player: Player, topic: str, body: Json) -> Deliver:
    path, headers, raw = shop.webhook(topic, body, player.now())
    return lambda: player.sandbox.request("POST", path, headers, raw).status == 200


def _order(player: Player, number: int = 1001) -> Json:
    return shop.order(OLENA, number, player.now(), [player.sandbox.catalogue.by_sku["ZIRVO-A1"]])


def _confirmed(player: Player) -> Json:
    """An order that has been confirmed."""
    order = _order(player)
    player.post("orders/create", order)
    player.wait(minutes=30)
    return order


def _arrived(player: Player) -> Json:
    """And its parcel has come."""
    order = _confirmed(player)
    player.wait(hours=2)
    player.parcel(order, "delivered")
    player.wait(hours=2)
    return order


def _asked(player: Player) -> Json:
    """And "is all well?" has been asked."""
    order = _arrived(player)
    player.until(11, 55, days=3)
    return order


def order_in(player: Player) -> Deliver:
    return posting(player, "orders/create", _order(player))


def parcel(player: Player) -> Deliver:
    order = _confirmed(player)
    player.wait(hours=1)
    return posting(player, "fulfillments/update", shop.fulfillment(order, player.now(), "delivered"))


def parcel_first(player: Player) -> Deliver:
    """The parcel's news overtook the order's."""
    order = _order(player)
    news = shop.fulfillment(order, player.now(), "out_for_delivery")
    assert posting(player, "fulfillments/update", news)()
    return posting(player, "orders/create", order)


def claim_and_send(player: Player) -> Deliver:
    deliver = order_in(player)
    assert deliver()  # taken, but the workflow has not run yet
    return nothing


def fallback(player: Player) -> Deliver:
    """The first channel takes the message, then says that it failed; at the second nobody is there."""
    player.sandbox.break_channel(Channel.WHATSAPP, Mode.REJECT)
    player.sandbox.break_channel(Channel.VIBER, Mode.DOWN)
    return claim_and_send(player)


def reaches_nobody(player: Player) -> Deliver:
    """Something is wrong with the parcel, and each channel takes the news and says later that it failed."""
    order = _confirmed(player)
    for channel in (Channel.WHATSAPP, Channel.VIBER, Channel.SMS):
        player.sandbox.break_channel(channel, Mode.REJECT)
    player.wait(hours=1)
    return posting(player, "fulfillments/update", shop.fulfillment(order, player.now(), "failure"))


def is_shown_after_all(player: Player) -> Deliver:
    """The last channel's provider does not answer, but shows it and says so later."""
    deliver = reaches_nobody(player)
    player.sandbox.break_channel(Channel.SMS, Mode.TIMEOUT)
    return deliver


def is_refused_everywhere(player: Player) -> Deliver:
    """On the last channel they have stopped us, as its provider knows: nobody takes the news."""
    player.sandbox.providers.reply(Channel.SMS, OLENA.phone, "STOP")
    return reaches_nobody(player)


def two_at_once(player: Player) -> Deliver:
    """Two orders at one moment, where a provider takes but one."""
    both = (
        _order(player),
        shop.order(MARKO, 1002, player.now(), [player.sandbox.catalogue.by_sku["ZIRVO-A1"]]),
    )
    for order in both:
        assert posting(player, "orders/create", order)()
    return nothing


def receipts(player: Player) -> Deliver:
    """Each of a message's receipts comes three times, and not in their order."""
    player.sandbox.break_channel(Channel.WHATSAPP, Mode.DUPLICATES)
    return claim_and_send(player)


def read_later(player: Player) -> Deliver:
    """Five minutes after it was shown they read it."""
    providers = player.sandbox.providers
    read = lambda: providers.mark_read(Channel.WHATSAPP, OLENA.phone)  # noqa: E731
    player.sandbox.engine.after(timedelta(minutes=5), read)
    return claim_and_send(player)


def step_due(player: Player) -> Deliver:
    """The day of the survey has come: its schedule fires."""
    order = _arrived(player)
    player.until(10, 50, days=3)
    care = player.sandbox.records().enrolments.values()
    enrolment = next(each for each in care if each.journey == "phone_care")
    name = next(
        each["name"]
        for each in views.pending(player.sandbox)["schedules"]
        if each["payload"].get("enrolment") == enrolment.id
    )
    assert order
    return _firing(player, name)


def deferral(player: Player) -> Deliver:
    """A scan at night: it may wait until the morning."""
    order = _confirmed(player)
    player.until(23, 40)
    return posting(player, "fulfillments/update", shop.fulfillment(order, player.now(), "in_transit"))


def release(player: Player) -> Deliver:
    """In the morning its schedule fires."""
    assert deferral(player)()
    player.sandbox.settle()
    (message,) = (m for m in player.sandbox.records().messages.values() if m.due_at)
    name = next(
        each["name"]
        for each in views.pending(player.sandbox)["schedules"]
        if each["payload"].get("message") == message.id
    )
    assert message.due_at
    player.sandbox.advance(message.due_at - timedelta(seconds=1))
    return _firing(player, name, wait=timedelta(seconds=1))


def release_too_early(player: Player) -> Deliver:
    """Its schedule fires in the night: it is armed again."""
    assert deferral(player)()
    player.sandbox.settle()
    (waiting,) = (e for e in views.pending(player.sandbox)["schedules"] if e["payload"].get("message"))
    return _firing(player, waiting["name"])


def parcel_without_order(player: Player) -> Deliver:
    """Its order never comes."""
    return posting(
        player, "fulfillments/update", shop.fulfillment(_order(player), player.now(), "in_transit")
    )


def unreadable(player: Player) -> Deliver:
    """Authentic, but no order."""
    return posting(player, "orders/create", {"phone": OLENA.phone, "id": "?"})


def stranger_stops(player: Player) -> Deliver:
    return _saying(player, "СТОП")


def provider_knows_a_stop(player: Player) -> Deliver:
    """The word reached the provider's own list, its news was lost, and for a moment the others are down."""
    for channel in (Channel.WHATSAPP, Channel.VIBER):
        player.sandbox.break_channel(channel, Mode.DOWN, 1)
    player.sandbox.providers.reply(Channel.SMS, OLENA.phone, "STOP")
    return claim_and_send(player)


def comes_to_a_chat(player: Player) -> Deliver:
    """By the link of the page."""
    _confirmed(player)
    page = next(link for each in player.shown() for link in each["links"] if "/m/" in link)
    links = page_opened.opened(player.sandbox, page)["links"]
    chat = next(link for link in links if link.startswith(page_opened.CHATS[0]))
    return pushed(player, player.sandbox.providers.arrive(chat))


def accepts_offer(player: Player) -> Deliver:
    _confirmed(player)
    return _saying(player, "1")


def rates(player: Player) -> Deliver:
    _asked(player)
    return _saying(player, "2")


def stops(player: Player) -> Deliver:
    _confirmed(player)
    return _saying(player, "СТОП")


def mumbles(player: Player) -> Deliver:
    _confirmed(player)
    return _saying(player, "а коли?")


def buys_again(player: Player) -> Deliver:
    """Another phone: what was timed by the first is timed anew."""
    _asked(player)
    player.wait(days=40)
    return posting(player, "orders/create", _order(player, 1002))


def bought_before(player: Player) -> Deliver:
    """An order of a year ago is heard of now: it tells this customer's rhythm."""
    _arrived(player)
    then = player.now() - timedelta(days=365)
    phone = player.sandbox.catalogue.by_sku["ZIRVO-A1"]
    return posting(player, "orders/create", shop.order(OLENA, 1000, then, [phone]))


def presses_accept(player: Player) -> Deliver:
    _confirmed(player)
    return pressing(player, "accept")


def presses_choose(player: Player) -> Deliver:
    """Over Viber, fewer offers, and none on Sundays."""
    _confirmed(player)
    offers = {"frequency": "monthly", "from": "10:00", "until": "", "day": ["sunday"]}
    return pressing(player, {"channel": "viber", **offers})


def presses_stop(player: Player) -> Deliver:
    _confirmed(player)
    return pressing(player, "stop")


def presses_stop_for_two(player: Player) -> Deliver:
    """The phone is another customer's too."""
    _confirmed(player)
    player.orders(MARKO, 1002, ["ZIRVO-A1"])
    player.wait(minutes=30)
    return pressing(player, "stop")


def presses_rating(player: Player) -> Deliver:
    """In an SMS the survey has a link."""
    for channel in (Channel.WHATSAPP, Channel.VIBER):
        player.sandbox.break_channel(channel, Mode.DOWN)
    _asked(player)
    for channel in (Channel.WHATSAPP, Channel.VIBER):
        player.sandbox.break_channel(channel, Mode.OK)
    return pressing(player, "rate:2")


def subscribes(player: Player) -> Deliver:
    """The buyer's browser may be pushed to."""
    return _subscribing(player, _confirmed(player))


def subscribes_by_link(player: Player) -> Deliver:
    """And proves by a message's link whose it is."""
    order = _confirmed(player)
    (link,) = (link for each in player.shown() for link in each["links"] if "/m/" in link)
    return _subscribing(player, order, order="", page=link.rpartition("/")[2])


def _subscribing(player: Player, placed: Json, **more: str) -> Deliver:
    headers, body = shop.subscription(placed, BROWSER.subscription(), player.now(), **more)
    return lambda: player.sandbox.request("POST", shop.SUBSCRIPTIONS, headers, body).status in (200, 201)


def cancels(player: Player) -> Deliver:
    order = _confirmed(player)
    return posting(player, "orders/cancelled", shop.cancelled(order, player.now()))


def sweeps_start(player: Player) -> Deliver:
    """Nobody started the workflow: the sweep does."""
    player.sandbox.faults.plan("stepfunctions.StartExecution", 1, faults.CRASH_BEFORE)
    assert not order_in(player)()
    player.sandbox.settle()
    return _sweep(player, timedelta(minutes=16))


def sweeps_arm(player: Player) -> Deliver:
    """A schedule was never made: the sweep makes it."""
    deliver = parcel(player)
    player.sandbox.faults.plan("scheduler.CreateSchedule", 1, faults.CRASH_BEFORE)
    assert not deliver()
    player.sandbox.settle()
    return _sweep(player, timedelta(minutes=16))


def sweeps_step(player: Player) -> Deliver:
    """A schedule was lost after it was armed: the sweep takes the step."""
    _arrived(player)
    player.until(10, 50, days=3)
    for schedule in [each for each in player.sandbox.scheduler.live() if each.next]:
        player.sandbox.scheduler.delete(schedule.name, schedule.group)
    return _sweep(player, timedelta(minutes=31))


def erases(player: Player) -> Deliver:
    """And of somebody whose phone also stands in bodies that nobody could read, one of them long ago."""
    assert unreadable(player)()
    player.wait(days=31)
    _arrived(player)
    assert posting(player, "orders/create", {"phone": OLENA.phone, "id": "??"})()
    (customer,) = player.sandbox.records().customers
    return _waking(player, {"v": 1, "kind": "erase", "customer": customer})


def pauses(player: Player) -> Deliver:
    """Somebody tells the care of phones to wait: the order before is told of as always."""
    _confirmed(player)
    return _waking(player, {"v": 1, "kind": "pause", "journey": "phone_care", "paused": True})


def asks_of_waits(player: Player) -> Deliver:
    """Somebody asks what was learned of how long receipts take."""
    _confirmed(player)
    return _waking(player, {"v": 1, "kind": "waits"})


def template_paused(player: Player) -> Deliver:
    """Meta pauses what the parcel's first news would be said with."""
    _confirmed(player)
    (news,) = player.sandbox.providers.change_template("parcel_in_transit_v1", "uk", status="PAUSED")
    return pushed(player, news)


def sweeps_campaign(player: Player) -> Deliver:
    """The day of a campaign is near."""
    _confirmed(player)
    player.sandbox.advance(changed.NEAR - timedelta(seconds=1))
    return _sweep(player, timedelta(minutes=1, seconds=1))


def walks(player: Player) -> Deliver:
    """It has begun: a minute later its walk does."""
    assert sweeps_campaign(player)()
    player.sandbox.settle()
    (armed,) = (e for e in views.pending(player.sandbox)["schedules"] if e["payload"]["kind"] == "campaign")
    player.sandbox.advance(player.now() + timedelta(seconds=30))
    return _firing(player, armed["name"], wait=timedelta(seconds=1))


def nothing() -> bool:
    return True


def pushed(player: Player, said: Any) -> Deliver:
    def deliver() -> bool:
        player.sandbox.providers.push(said)
        return True  # the provider repeats by itself what is not taken

    return deliver


def _saying(player: Player, text: str) -> Deliver:
    reply = player.sandbox.providers.reply(Channel.WHATSAPP, OLENA.phone, text)
    return pushed(player, reply)


def _firing(player: Player, schedule: str, wait: timedelta = timedelta(0)) -> Deliver:
    def deliver() -> bool:
        if wait:
            player.sandbox.advance(player.now() + wait)
        player.sandbox.fire(schedule)
        return True

    return deliver


def _waking(player: Player, event: Json) -> Deliver:
    def deliver() -> bool:
        player.sandbox.wake(event)
        return True

    return deliver


def _sweep(player: Player, after: timedelta) -> Deliver:
    player.sandbox.advance(player.now() + after - timedelta(minutes=1))
    return _waking(player, {"v": 1, "kind": "sweep"})


def pressing(player: Player, action: str | Json) -> Deliver:
    links = [link for each in player.shown() for link in each["links"] if "/m/" in link]

    def deliver() -> bool:
        return bool(page_opened.opened(player.sandbox, links[-1], action)["pressed"]["status"] == 200)

    return deliver
