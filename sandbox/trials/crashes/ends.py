"""How a story must have ended where the promises alone do not say it; each gives what is wrong, in words."""

from datetime import time

from aftercart import ports
from aftercart.domain import suppression
from aftercart.domain.consent import Channel, Purpose
from aftercart.domain.wishes import MIDNIGHT, Frequency
from aftercart.ports import LedgerEntry
from sandbox.control import views
from sandbox.sandbox import Sandbox
from sandbox.shop_settings import SHOP
from sandbox.trials.crashes.prepared import BROWSER, OLENA


def accepted(sandbox: Sandbox) -> list[str]:
    answers = [m.answer for m in sandbox.records().messages.values() if m.step == "confirm"]
    return [] if [each.kind for each in answers if each] == ["accepted"] else ["the offer was not taken once"]


def person_asked(sandbox: Sandbox) -> list[str]:
    """Once for what nobody was told, and for nothing else; the telling is owed no more."""
    records = sandbox.records()
    seen = {shown.reference.rpartition("-")[0] for shown in sandbox.shown()}
    unheard = {each.id for each in records.messages.values() if each.step == "exception"} - seen
    missing = [f"nobody is asked to tell {each}" for each in unheard - records.tasks.keys()]
    return missing + [f"somebody is asked to tell {each}" for each in records.tasks.keys() - unheard]


def rated(sandbox: Sandbox) -> list[str]:
    ratings = [e.rating for e in sandbox.records().enrolments.values() if e.journey == "phone_care"]
    return [] if ratings == ["2"] else [f"rated {ratings}"]


def chosen(sandbox: Sandbox) -> list[str]:
    """Once, and as it was chosen."""
    wishes = [customer.wishes for customer in sandbox.records().customers.values()]
    as_chosen = (Frequency.MONTHLY, time(10), MIDNIGHT, ("sunday",), Channel.VIBER)
    return [] if [each.content for each in wishes if each] == [as_chosen] else [f"chosen {wishes}"]


def reads_there(sandbox: Sandbox) -> list[str]:
    """Where they read is kept, wherever a phone has shown it."""
    reading = {channel for customer in sandbox.records().customers.values() for channel in customer.read_at}
    read = {shown.channel for shown in sandbox.shown() if shown.receipt == "read"}
    return [] if reading == read else [f"they read on {read}, and that is kept of {reading}"]


def counted_once(sandbox: Sandbox) -> list[str]:
    """How long a receipt took counts once at most; where it could not be counted, it is left out."""
    receipts = sum(row["receipts"] for row in views.waits(sandbox))
    return [] if receipts <= 1 else [f"{receipts} receipts were counted"]


def silent_marketing(sandbox: Sandbox) -> list[str]:
    """STOP holds on every channel, for everyone who shares the phone."""
    everyone = sandbox.records().customers.values()
    loud = [a.channel for c in everyone for a in c.addresses.values() if not a.refused(Purpose.MARKETING)]
    return [f"marketing may still go to {channel}" for channel in loud]


def stopped(sandbox: Sandbox) -> list[str]:
    (customer,) = sandbox.records().customers.values()
    here = customer.address(Channel.WHATSAPP)
    heard = here is not None and here.refused(Purpose.TRANSACTIONAL)
    return silent_marketing(sandbox) + ([] if heard else ["the STOP's own channel is open"])


def known_in_the_chat(sandbox: Sandbox) -> list[str]:
    (customer,) = sandbox.records().customers.values()
    address = customer.address(Channel.MESSENGER)
    if address is None:
        return ["nobody knows who is in the chat"]
    key = suppression.keyed_hash(address.value, sandbox.secrets.get("address_key")[0])
    book = sandbox.store.read(ports.address(key)).get(ports.address(key))
    return [] if book and book.customers == (customer.id,) else ["whoever writes there is still a stranger"]


def remembered(sandbox: Sandbox) -> list[str]:
    """A STOP meets whoever owns the address later."""
    key = suppression.keyed_hash(OLENA.phone, sandbox.secrets.get("address_key")[0])
    book = sandbox.store.read(ports.address(key)).get(ports.address(key))
    refused = {consent.purpose for _, consent in book.consents if not consent.granted} if book else set()
    return [f"{purpose} is not refused at the address" for purpose in Purpose if purpose not in refused]


def stopped_by_sms(sandbox: Sandbox) -> list[str]:
    """Where its answer arrived. Where it was lost with its Lambda, the next attempt is answered so again."""
    attempts = [each for m in sandbox.records().messages.values() for each in m.attempts]
    heard = any(each.advice == "opted_out" for each in attempts)
    return silent_marketing(sandbox) + remembered(sandbox) if heard else []


def kept(sandbox: Sandbox) -> list[str]:
    return [] if len(views.pending(sandbox)["parked"]) == 1 else ["the body was not parked once"]


def forgotten(sandbox: Sandbox) -> list[str]:
    records = sandbox.records()
    left = [*records.messages, *records.enrolments]
    named = [c.id for c in records.customers.values() if not c.erased or c.addresses or c.first_name]
    named += [o.id for o in records.orders.values() if not o.erased or o.lines]
    named += [identifier for identifier, parked in records.parked.items() if parked.body]
    return [f"erased, but there is {each}" for each in left + named]


def waiting(sandbox: Sandbox) -> list[str]:
    """The care of phones waits."""
    ref = ports.pause(SHOP)
    pause = sandbox.store.read(ref).get(ref)
    return [] if pause and set(pause.since) == {"phone_care"} else ["the journey does not wait"]


def paused_at_meta(sandbox: Sandbox) -> list[str]:
    """What Meta said of the template is known, once."""
    ref = ports.pause(SHOP)
    pause = sandbox.store.read(ref).get(ref)
    known = {name: each.barred for name, each in pause.templates.items()} if pause else {}
    return [] if known == {"parcel_in_transit_v1/uk": "paused"} else [f"known of templates: {known}"]


def begun_once(sandbox: Sandbox) -> list[str]:
    """The walk is over, and whoever it was for has one way through the campaign."""
    ref = ports.campaign(SHOP, "spring_cases")
    campaign = sandbox.store.read(ref).get(ref)
    wrong = [] if campaign and campaign.ended == "done" else ["the walk has no end"]
    ways = [each for each in sandbox.records().enrolments.values() if each.journey == "spring_cases"]
    return wrong + ([] if len(ways) == 1 else [f"{len(ways)} ways through the campaign"])


def subscribed(sandbox: Sandbox) -> list[str]:
    """The address is the customer's and they are its, with one line in the ledger."""
    (customer,) = sandbox.records().customers.values()
    address = customer.address(Channel.PUSH)
    if address is None or address.value != BROWSER.address or not address.granted(Purpose.TRANSACTIONAL):
        return ["the browser was not subscribed"]
    at = ports.address(suppression.keyed_hash(address.value, sandbox.secrets.get("address_key")[0]))
    book = sandbox.store.read(at).get(at)
    lines = [ref for ref in sandbox.store.of_customer(customer.id) if ref.kind is LedgerEntry]
    said = [
        line for line in sandbox.store.read(*lines).records.values() if line.value.channel is Channel.PUSH
    ]
    wrong = [] if len(said) == 1 else [f"{len(said)} lines of consent"]
    return wrong + ([] if book and book.customers == (customer.id,) else ["the address knows nobody"])


def cancelled(sandbox: Sandbox) -> list[str]:
    alive = [o.id for o in sandbox.records().orders.values() if not o.cancelled]
    return [f"order {each} is not cancelled" for each in alive]
