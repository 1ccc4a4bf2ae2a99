"""A thousand customers for three years, posts that come twice, late or never, calls that fail.

What phones may show, and what they must, is judged by an oracle that knows the world outside alone.
"""

import random
from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from itertools import count
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from aftercart.domain.brand import Country, Success
from aftercart.domain.consent import Channel
from sandbox.commands.simulate import Chunk, chunks
from sandbox.fakes import Mode
from sandbox.fakes.browser import Browser
from sandbox.sandbox import Sandbox
from sandbox.trials.invariants import breaches
from sandbox.trials.lives.facts import Choice, Fate, Told, Word
from sandbox.trials.lives.fates import Ends
from sandbox.trials.lives.life import Lived, fates_of, lived, planned
from sandbox.trials.lives.outside import NONE, Chances, Outside
from sandbox.trials.lives.people import drawn
from sandbox.trials.routes import CHANNELS, LENGTHS, PROVIDERS
from tests.promises.judged import NOON, bought, wrongs

CUSTOMERS, YEARS, SEED = 500, 3.0, 1  # over the shop's own routes, and as many over any
CHUNKS = [each for any_route in (False, True) for each in chunks(CUSTOMERS, YEARS, SEED, any_route=any_route)]
# What fifty lives cannot do without; whatever is rarer, the thousand together have.
ALWAYS = ("orders", "parcels", "twice", "late", "lost", "runs broken", "ratings", "stops", "cancellations")


@pytest.mark.parametrize("chunk", CHUNKS, ids=lambda chunk: f"seed-{chunk.seed}{'-any' * chunk.any_route}")
def test_fifty_customers_live_for_three_years_and_no_promise_is_broken(chunk: Chunk) -> None:
    some = lived(chunk.seed, chunk.customers, chunk.years, any_route=chunk.any_route)
    assert some.wrong == []
    assert [name for name in ALWAYS if not some.counts[f"happened: {name}"]] == []


def test_lives_over_any_route_have_every_provider_every_length_and_all_that_may_be_enough() -> None:
    legs, carriers, lengths = [], set(), set()
    for chunk in CHUNKS:
        with planned(chunk.seed, 1, chunk.years, any_route=chunk.any_route) as life:
            brand = life.outside.sandbox.brand
            ways = [country.routes["news"] for country in brand.countries.values()] * chunk.any_route
            legs += [leg for way in ways for leg in way]
            lengths |= {len(way) for way in ways}
            carriers |= {*brand.carried_by()}
    assert (carriers >= {*PROVIDERS}, lengths) == (True, {*LENGTHS})
    assert {leg.success for leg in legs} == {*Success}


def test_the_same_seed_gives_the_same_lives() -> None:
    assert _ended(lived("again", 6, 1)) == _ended(lived("again", 6, 1))


def test_another_seed_gives_other_lives() -> None:
    assert _ended(lived("again", 6, 1)) != _ended(lived("once more", 6, 1))


def _ended(some: Lived) -> Counter[str]:
    return some.counts


@pytest.fixture
def outside() -> Iterator[Outside]:
    with Sandbox(NOON, memory=True).open() as sandbox:
        yield Outside(sandbox, random.Random(1))


def test_the_oracle_has_nothing_against_a_confirmation(outside: Outside) -> None:
    bought(outside)
    assert len(outside.sandbox.shown()) == 1
    assert wrongs(outside) == []


def test_the_oracle_notices_what_nobody_brought_about(outside: Outside) -> None:
    bought(outside)
    outside.oracle.facts.orders.clear()
    assert "nothing that happened calls for it" in wrongs(outside)[0]


def test_the_oracle_notices_a_message_that_is_lost(outside: Outside) -> None:
    _, body = bought(outside)
    outside.moves(body, "in_transit")
    outside.sandbox.settle()
    assert wrongs(outside) == []
    parcels = outside.oracle.facts.orders[str(body["id"])].parcels
    parcels["another"] = next(iter(parcels.values()))
    assert any("silently lost" in each for each in wrongs(outside))


def late_by(least: timedelta, most: timedelta) -> random.Random:
    """Dice by which the next post that comes late is so late."""
    for seed in count():
        first, second = random.Random(seed), random.Random(seed)
        first.random()  # that it is late
        if least < timedelta(seconds=first.uniform(60, 9 * 3600)) < most:
            return second
    raise AssertionError


def late(outside: Outside, step: str, by: timedelta) -> list[str]:
    """Of what the oracle says that it came late, had the provider been asked for the step so much later."""
    sandbox, oracle = outside.sandbox, outside.oracle
    ids = tuple(each.id for each in sandbox.records().messages.values() if each.step == step)
    calls = [
        replace(call, at=call.at + by) if call.reference.startswith(ids) else call
        for call in sandbox.provider_calls()
    ]
    ends = Ends(oracle, fates_of(sandbox.records()), calls, sandbox.shown())
    return [each for each in ends.wrongs() if "long after" in each]


def test_news_that_came_too_late_does_not_call_for_what_fresher_news_says(outside: Outside) -> None:
    _, body = bought(outside)
    dice, outside.dice = outside.dice, late_by(timedelta(hours=8, minutes=5), timedelta(hours=9))
    outside.chances = Chances(twice=0, late=1, lost=0, broken=0)
    outside.moves(body, "out_for_delivery")
    outside.dice, outside.chances = dice, NONE
    outside.sandbox.advance(NOON + timedelta(hours=12))
    assert len(outside.sandbox.shown()) == 1  # of a courier of that morning nobody needs to hear at night
    outside.moves(body, "out_for_delivery")
    outside.sandbox.settle()
    assert len(outside.sandbox.shown()) == 2
    assert wrongs(outside) == []
    assert len(late(outside, "out_for_delivery", timedelta(minutes=2))) == 1


def test_a_journey_of_an_order_that_was_lost_begins_when_it_is_heard_of(outside: Outside) -> None:
    (somebody,) = drawn(random.Random(4), 1)
    items = [outside.sandbox.catalogue.by_sku["ZIRVO-A1"]]
    outside.chances = Chances(twice=0, late=0, lost=1, broken=0)
    body = outside.buys(somebody.key, somebody.person, somebody.home, 1001, items, guest=False)
    outside.chances = NONE
    outside.moves(body, "delivered")
    outside.sandbox.advance(NOON + timedelta(days=9))
    outside.changes(body)
    outside.sandbox.advance(NOON + timedelta(days=9, hours=1))
    (shown,) = outside.sandbox.shown()
    assert shown.template == "phone_survey_v1"
    assert late(outside, "survey", timedelta()) == []
    assert len(late(outside, "survey", timedelta(minutes=1))) == 1  # an overdue step goes a minute later


def test_the_oracle_notices_what_is_said_late(outside: Outside) -> None:
    bought(outside)
    assert late(outside, "confirm", timedelta(minutes=1)) == []
    assert len(late(outside, "confirm", timedelta(minutes=2))) == 1


UNCALLED = "is said, and nothing that happened calls for it"


def asked_on_the_old_phone(outside: Outside) -> tuple[str, str]:
    """Asked how the phone is, they order again with another number: the old and the new one."""
    somebody, body = bought(outside)
    outside.moves(body, "delivered")
    outside.sandbox.advance(NOON + timedelta(days=5))
    old, new = somebody.person.phone, "+380501112233"
    moved = replace(somebody.person, phone=new)
    items = [outside.sandbox.catalogue.by_sku["INK-J-BLACK"]]
    outside.buys(somebody.key, moved, somebody.home, 1002, items, guest=False)
    outside.sandbox.settle()
    return old, new


def test_a_number_from_a_new_phone_rates_nothing_that_the_old_one_was_asked(outside: Outside) -> None:
    _, new = asked_on_the_old_phone(outside)
    outside.answers(new, Channel.VIBER, 2)
    outside.sandbox.settle()
    assert outside.oracle.facts.given == {}
    assert not any(UNCALLED in each for each in wrongs(outside))


def test_the_oracle_notices_a_rating_that_nobody_gave(outside: Outside) -> None:
    old, _ = asked_on_the_old_phone(outside)
    outside.answers(old, Channel.VIBER, 2)
    outside.sandbox.settle()
    assert not any(UNCALLED in each for each in wrongs(outside))
    outside.oracle.facts.given.clear()
    assert any(UNCALLED in each for each in wrongs(outside))


def test_the_oracle_notices_an_attempt_that_is_shown_twice(outside: Outside) -> None:
    bought(outside)
    outside.sandbox.shown().append(outside.sandbox.shown()[0])
    assert any("was shown 2 times" in each for each in wrongs(outside))


def test_the_oracle_notices_what_is_said_after_a_stop(outside: Outside) -> None:
    somebody, _ = bought(outside)
    outside.sandbox.advance(NOON + timedelta(minutes=5))
    outside.stops(somebody.person.phone, Channel.WHATSAPP, "STOP")
    (call,) = outside.sandbox.provider_calls()
    later = replace(call, at=NOON + timedelta(minutes=6))
    assert any("after a STOP there" in each for each in outside.oracle.wrongs([later], []))
    over_viber = replace(later, channel=Channel.VIBER)
    assert not any("after a STOP" in each for each in outside.oracle.wrongs([over_viber], []))


def test_the_oracle_notices_an_offer_in_the_night(outside: Outside) -> None:
    bought(outside)
    (call,), (shown,) = outside.sandbox.provider_calls(), outside.sandbox.shown()
    assert shown.category == "marketing"
    at_night = replace(call, at=NOON + timedelta(hours=9))  # 23:00 in Kyiv
    by_its_words = replace(shown, category="", buttons=())  # as a provider shows it that has neither
    for offer in (shown, by_its_words):
        assert any("in quiet hours" in each for each in outside.oracle.wrongs([at_night], [offer]))
    plain = replace(by_its_words, text=f"Thank you! Order {shown.text.partition('#')[2][:4]} is in.")
    assert not any("in quiet hours" in each for each in outside.oracle.wrongs([at_night], [plain]))


def choosing(outside: Outside, **fields: str | tuple[str, ...]) -> None:
    """Somebody chose so an hour ago."""
    customer = outside.sandbox.provider_calls()[0].reference.split("-")[0]
    told = Told(first=NOON - timedelta(hours=1), taken=NOON - timedelta(hours=1))
    known: dict[str, Any] = {"frequency": "any", "not_before": "", "not_after": "", "days": (), "channel": ""}
    outside.oracle.facts.choices.append(Choice(customer=customer, told=told, **known | fields))


@pytest.mark.parametrize("fields", ({"not_before": "15:00"}, {"not_after": "14:00"}, {"days": ("saturday",)}))
def test_the_oracle_notices_an_offer_outside_somebodys_own_hours(outside: Outside, fields: Any) -> None:
    bought(outside)  # at 14:00 in Kyiv, on a Saturday
    choosing(outside, not_before="14:00", not_after="15:00", days=("sunday",))
    assert wrongs(outside) == []
    outside.oracle.facts.choices.clear()
    choosing(outside, **fields)
    assert any("outside their own hours" in each for each in wrongs(outside))


def test_the_oracle_notices_an_offer_to_somebody_who_wants_none(outside: Outside) -> None:
    bought(outside)
    choosing(outside, frequency="only_orders")
    assert any("who wants none" in each for each in wrongs(outside))


def test_the_oracle_notices_a_message_that_does_not_begin_where_somebody_wants_it(outside: Outside) -> None:
    bought(outside)
    choosing(outside, channel="whatsapp")
    assert wrongs(outside) == []
    choosing(outside, channel="viber")
    assert wrongs(outside) == []  # nobody can say which they chose last
    outside.oracle.facts.choices = outside.oracle.facts.choices[1:]
    assert any("they want it on viber" in each for each in wrongs(outside))


@pytest.mark.parametrize(("frequency", "days"), (("weekly", 6), ("monthly", 3)))
def test_the_oracle_notices_offers_that_come_more_often_than_chosen(
    outside: Outside, frequency: str, days: int
) -> None:
    """The product is not told of the choice, so it does as before."""
    somebody, _ = bought(outside)
    choosing(outside, frequency=frequency)
    assert wrongs(outside) == []
    outside.sandbox.advance(NOON + timedelta(days=days))
    items = [outside.sandbox.catalogue.by_sku["ZIRVO-X2"]]
    outside.buys(somebody.key, somebody.person, somebody.home, 1002, items, guest=False)
    outside.sandbox.settle()
    assert any("more often than chosen" in each for each in wrongs(outside))


def test_the_oracle_notices_an_offer_on_a_holiday(outside: Outside) -> None:
    bought(outside)
    book, everywhere = outside.oracle.book, outside.sandbox.brand.countries
    closed = {code: replace(country, holidays=("03-27",)) for code, country in everywhere.items()}
    outside.oracle.book = replace(book, brand=replace(book.brand, countries=closed))
    assert any("in quiet hours" in each for each in wrongs(outside))


@pytest.mark.parametrize("reason", ("frequency", "own_hours", "quiet_day", "outranked"))
def test_the_oracle_takes_a_choice_as_a_reason_from_who_has_chosen_so_alone(
    outside: Outside, reason: str
) -> None:
    bought(outside)
    (message,) = outside.sandbox.records().messages
    ends = Ends(outside.oracle, {message: [Fate(reason=reason, at=outside.now)]}, [], [])
    assert any("which cannot be" in each for each in ends.wrongs())


def test_the_oracle_notices_a_second_channel_before_the_first_ones_time_is_over(outside: Outside) -> None:
    outside.breaks(Channel.WHATSAPP, Mode.SILENT)
    bought(outside)
    (call,) = outside.sandbox.provider_calls()
    second = replace(
        call, channel=Channel.VIBER, at=call.at + timedelta(minutes=14), reference=call.reference[:-1] + "2"
    )
    assert any("too soon after" in each for each in outside.oracle.wrongs([call, second], []))


def test_the_oracle_notices_an_address_that_is_anothers(outside: Outside) -> None:
    bought(outside)
    (call,) = outside.sandbox.provider_calls()
    elsewhere = replace(call, address="+380501112233")
    assert any("not theirs" in each for each in outside.oracle.wrongs([elsewhere], []))


def test_the_oracle_notices_who_is_not_on_the_route(outside: Outside) -> None:
    bought(outside)
    (call,) = outside.sandbox.provider_calls()
    by_email = replace(call, channel=Channel.EMAIL, provider="ses", address="bapuda@customer.example")
    for another in (by_email, replace(call, provider="aws")):
        assert any("who is not on its route" in each for each in outside.oracle.wrongs([another], []))


def test_the_oracle_notices_a_push_to_a_browser_that_nobody_subscribed(outside: Outside) -> None:
    somebody, body = bought(outside)
    (call,) = outside.sandbox.provider_calls()
    pushed = replace(call, channel=Channel.PUSH, provider="web", address=Browser.of(somebody.key).address)
    assert any("not theirs" in each for each in outside.oracle.wrongs([pushed], []))
    outside.subscribes(somebody.key, body, app=False, sells=False)
    later = replace(pushed, at=NOON + timedelta(minutes=1))
    assert not any("not theirs" in each for each in outside.oracle.wrongs([later], []))


def an_hour_later_over_viber(outside: Outside, success: Success) -> list[str]:
    """What the oracle says of it, had `success` been enough of each leg."""
    (call,) = outside.sandbox.provider_calls()
    book = outside.oracle.book
    everywhere = {code: _enough(country, success) for code, country in book.brand.countries.items()}
    outside.oracle.book = replace(book, brand=replace(book.brand, countries=everywhere))
    reference, at = call.reference[:-1] + "2", call.at + timedelta(hours=1)
    second = replace(call, channel=Channel.VIBER, provider="infobip", at=at, reference=reference)
    return [each for each in outside.oracle.wrongs([call, second], []) if "went on" in each]


def test_the_oracle_notices_a_leg_after_one_that_was_to_be_taken_and_was(outside: Outside) -> None:
    bought(outside)
    wrong = an_hour_later_over_viber(outside, Success.ACCEPTED)
    assert any("had taken it" in each for each in wrong)


def test_the_oracle_notices_a_leg_after_one_that_was_to_be_read_when_it_was_read_alone(
    outside: Outside,
) -> None:
    bought(outside)
    assert an_hour_later_over_viber(outside, Success.READ) == []
    reference = outside.sandbox.provider_calls()[0].reference
    outside.oracle.facts.receipts[reference, "read"] = Told(first=NOON, taken=NOON)
    assert len(an_hour_later_over_viber(outside, Success.READ)) == 1


def _enough(country: Country, success: Success) -> Country:
    routes = {
        name: tuple(replace(leg, success=success) for leg in legs) for name, legs in country.routes.items()
    }
    return replace(country, routes=routes)


def test_the_oracle_notices_an_email_after_a_complaint(outside: Outside) -> None:
    somebody, _ = bought(outside)
    (call,) = outside.sandbox.provider_calls()
    told = Told(first=NOON, taken=NOON)
    email = somebody.person.email
    word = Word(address=email, channel=Channel.EMAIL, granted=False, told=told)
    outside.oracle.facts.words.append(word)
    later = replace(
        call, channel=Channel.EMAIL, provider="ses", address=email, at=NOON + timedelta(minutes=1)
    )
    assert any("after a STOP there" in each for each in outside.oracle.wrongs([later], []))
    offered = replace(call, at=later.at)
    shown = outside.sandbox.shown()
    assert any("without consent" in each for each in outside.oracle.wrongs([offered], shown))


@pytest.mark.parametrize(
    "reason", ("daily_cap", "expired", "cancelled", "no_marketing_consent", "unknown", "")
)
def test_the_oracle_takes_no_reason_that_cannot_be_true(outside: Outside, reason: str) -> None:
    bought(outside)
    (message,) = outside.sandbox.records().messages
    ends = Ends(outside.oracle, {message: [Fate(reason=reason, at=outside.now)]}, [], [])
    assert any("which cannot be" in each for each in ends.wrongs())


@pytest.mark.parametrize("moved", (True, False))
def test_the_oracle_counts_a_day_of_the_home_before_with_who_moved(outside: Outside, moved: bool) -> None:
    """At noon in London the 28th has begun in Auckland, and at midnight the day is not over there."""
    _, body = bought(outside)
    orders = outside.oracle.facts.orders
    known = orders[str(body["id"])]
    if moved:
        auckland = replace(known.bought.home, country="NZ", province="", zone="Pacific/Auckland")
        orders["before"] = replace(known, bought=replace(known.bought, id="before", home=auckland))
    (call,) = outside.sandbox.provider_calls()
    (message,) = outside.sandbox.records().messages
    most = outside.sandbox.brand.messages_a_day
    calls = [replace(call, at=NOON, reference=f"{call.reference}{number}") for number in range(most)]
    ends = Ends(
        outside.oracle, {message: [Fate(reason="daily_cap", at=NOON + timedelta(hours=12))]}, calls, []
    )
    assert any("daily_cap at" in each for each in ends.wrongs()) is not moved


@pytest.mark.parametrize(
    ("answer", "said", "possible"),
    (("accepted", "", True), ("504", "sent", True), ("504", "", False), ("down", "", False)),
)
def test_the_oracle_takes_as_sent_what_a_provider_said_it_took_alone(
    outside: Outside, answer: str, said: str, possible: bool
) -> None:
    """At once, or by a receipt where the answer was lost."""
    bought(outside)
    call = replace(outside.sandbox.provider_calls()[0], answer=answer)
    message = call.reference.rpartition("-")[0]
    outside.oracle.facts.receipts = {(call.reference, said): Told(first=NOON, taken=NOON)} if said else {}
    ends = Ends(outside.oracle, {message: [Fate(reason="sent", at=outside.now)]}, [call], [])
    assert any("which cannot be" in each for each in ends.wrongs()) is not possible


@pytest.mark.parametrize(
    ("before", "reason", "possible"),
    (
        (timedelta(), "quiet_hours", True),
        (timedelta(days=7), "quiet_hours", False),
        (timedelta(days=7), "own_hours", True),
    ),
)
def test_the_oracle_takes_long_silence_for_own_hours_that_no_two_zones_may_share(
    outside: Outside, before: timedelta, reason: str, possible: bool
) -> None:
    _, body = bought(outside)
    order = outside.oracle.facts.orders[str(body["id"])]
    somewhere = replace(order.bought.home, zone="America/Los_Angeles", certain=False)
    order.bought = replace(order.bought, home=somewhere)
    choosing(outside, not_before="11:00", not_after="17:00", days=("saturday", "sunday"))
    (choice,) = outside.oracle.facts.choices
    choice.told.first = choice.told.taken = NOON - timedelta(days=9)
    (thing,) = outside.oracle.book.things(outside.oracle.facts).values()
    fate = Fate(reason=reason, at=thing.ends[0] - before)
    ends = Ends(outside.oracle, {thing.id: [fate]}, [], [])
    assert any("which cannot be" in each for each in ends.wrongs()) is not possible


WHO = st.integers(0, 2)
STAGES = (None, "in_transit", "out_for_delivery", "delivered", "failure")


class Lives(RuleBasedStateMachine):
    """Three people, two of whom share a phone, and whatever comes to hypothesis' mind."""

    @initialize()
    def begin(self) -> None:
        self.world = Sandbox(NOON, memory=True).open()
        self.outside = Outside(self.world, random.Random(7))
        self.people = drawn(random.Random(2), 3)
        first, second, _ = self.people
        second.person = replace(
            first.person, id=second.person.id, email=second.person.email, first_name="Duda"
        )
        second.home = first.home
        self.orders: list[dict[str, Any]] = []

    @rule(
        who=st.integers(0, 2),
        sku=st.sampled_from(("ZIRVO-A1", "CASE-A1", "INK-J-BLACK")),
        loses=st.booleans(),
    )
    def buys(self, who: int, sku: str, loses: bool) -> None:
        one, number = self.people[who], 1001 + len(self.orders)
        items = [self.world.catalogue.by_sku[sku]]
        self.outside.chances = replace(self.outside.chances, lost=0.3 if loses else 0)
        self.orders.append(self.outside.buys(one.key, one.person, one.home, number, items, guest=one.guest))

    @precondition(lambda self: self.orders)
    @rule(
        data=st.data(),
        stage=st.sampled_from((None, "in_transit", "out_for_delivery", "delivered", "failure")),
    )
    def moves(self, data: st.DataObject, stage: str | None) -> None:
        self.outside.moves(data.draw(st.sampled_from(self.orders)), stage)

    @precondition(lambda self: self.orders)
    @rule(data=st.data(), way=st.sampled_from(("changes", "cancels", "returns")))
    def changes(self, data: st.DataObject, way: str) -> None:
        place = data.draw(st.integers(0, len(self.orders) - 1))
        body = self.orders[place]
        if way == "returns":
            self.orders[place] = self.outside.returns(body, 0)
        else:
            self.orders[place] = getattr(self.outside, way)(body)

    @rule(
        who=st.integers(0, 2),
        channel=st.sampled_from(CHANNELS[:2]),
        text=st.sampled_from(("СТОП", "START", "2", "?")),
    )
    def writes(self, who: int, channel: Channel, text: str) -> None:
        phone = self.people[who].person.phone
        said = {"СТОП": self.outside.stops, "START": self.outside.starts}.get(text, self.outside.writes)
        said(phone, channel, text)

    @precondition(lambda self: self.world.shown())
    @rule(data=st.data(), press=st.sampled_from(("", "stop", "accept", "rate:2", "rate:5")))
    def opens(self, data: st.DataObject, press: str) -> None:
        self.outside.opens(data.draw(st.sampled_from(self.world.shown())), press)

    @precondition(lambda self: self.world.shown())
    @rule(
        data=st.data(),
        channel=st.sampled_from(("any", *CHANNELS)),
        frequency=st.sampled_from(("any", "weekly", "monthly", "only_orders")),
        hours=st.sampled_from((("", ""), ("10:00", "18:00"), ("16:00", ""), ("", "10:00"))),
        days=st.sampled_from(((), ("saturday", "sunday"))),
    )
    def chooses(
        self,
        data: st.DataObject,
        channel: str,
        frequency: str,
        hours: tuple[str, str],
        days: tuple[str, ...],
    ) -> None:
        shown = data.draw(st.sampled_from(self.world.shown()))
        offers = {"frequency": [frequency], "from": [hours[0]], "until": [hours[1]], "day": list(days)}
        self.outside.chooses(shown, {"channel": [channel], **offers})

    @rule(
        channel=st.sampled_from(CHANNELS),
        mode=st.sampled_from(list(Mode)),
        calls=st.sampled_from((None, 1, 2)),
    )
    def breaks(self, channel: Channel, mode: Mode, calls: int | None) -> None:
        self.outside.breaks(channel, mode, calls)

    @rule(chances=st.sampled_from((Chances(), Chances(twice=0.5, late=0.5, lost=0.1), Chances(broken=0.4))))
    def shakes(self, chances: Chances) -> None:
        self.outside.chances = chances

    @rule(who=WHO)
    def erases(self, who: int) -> None:
        self.outside.erases(self.people[who].key)
        self.world.advance(self.outside.now + timedelta(hours=2))

    @rule(hours=st.sampled_from((0.02, 0.3, 2, 9, 26, 80, 800, 9000)))
    def waits(self, hours: float) -> None:
        self.world.advance(self.outside.now + timedelta(hours=hours))

    @invariant()
    def nothing_is_shown_that_may_not_be(self) -> None:
        if hasattr(self, "world"):
            self.world.settle()
            assert list(self.outside.oracle.wrongs(self.world.provider_calls(), self.world.shown())) == []

    def teardown(self) -> None:
        if not hasattr(self, "world"):
            return
        try:
            self.outside.mends()
            self.world.advance(self.outside.now + timedelta(days=2400))
            assert wrongs(self.outside) == []
            assert breaches(self.world, moved=self.outside.oracle.moved()) == []
        finally:
            self.world.close()


TestLives = Lives.TestCase
TestLives.settings = settings(
    max_examples=25,
    phases=(Phase.explicit, Phase.generate),
    stateful_step_count=25,
    derandomize=True,
    deadline=None,
    suppress_health_check=list(HealthCheck),
)
