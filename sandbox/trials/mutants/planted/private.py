"""Private: what names somebody stays where it belongs, and goes when it must."""

from sandbox.trials.mutants.planted.bug import AWS, DOMAIN, FLOWS, Bug

ORDERS = "tests/aftercart/flows/test_orders_and_parcels.py::"
HANDLERS = "tests/functions/test_handlers.py::"
EVENTS = "tests/aftercart/flows/test_order_events.py::"
ERASURE = "tests/promises/test_erasure.py::"
GONE = ORDERS + "test_after_an_erasure_nothing_names_the_person_and_no_late_event_brings_them_back"

PRIVATE = (
    Bug(
        name="a body is logged",
        breaks="Private: logs carry ids only.",
        file=AWS + "http_api.py",
        edits=(
            (
                "        return take(Request.of(event))\n",
                '        log.info("request", extra={"body": Request.of(event).body.decode()})\n'
                "        return take(Request.of(event))\n",
            ),
        ),
        tests=(HANDLERS + "test_logs_name_nobody",),
    ),
    Bug(
        name="an error's text is logged",
        breaks="Private: an error that leaves a handler carries a code and an id.",
        file=AWS + "telemetry.py",
        edits=(('extra={"kind": type(error).__name__, "where"', 'extra={"kind": str(error), "where"'),),
        tests=("tests/aftercart/aws/test_telemetry.py",),
    ),
    Bug(
        name="an error leaves with its text",
        breaks="Private: an error that leaves a handler carries a code and an id.",
        file=AWS + "telemetry.py",
        edits=(("            raise HandlerFailed(", "            raise\n            raise HandlerFailed("),),
        tests=("tests/aftercart/aws/test_telemetry.py",),
    ),
    Bug(
        name="an address is a key in plain sight",
        breaks="Private: keys carry ids only; an address is known by a keyed hash.",
        file=DOMAIN + "suppression.py",
        edits=(("    return base64.b32encode(raw).decode().lower()[:32]\n", "    return plain\n"),),
        tests=(ORDERS + "test_an_address_is_known_outside_its_customer_by_its_keyed_hash_alone",),
    ),
    Bug(
        name="an erased order is made again",
        breaks="Private: tombstones stop every later write.",
        file=FLOWS + "order_confirmation.py",
        edits=(
            (
                "        if order is not None and order.erased:\n            return None\n",
                "        if order is not None and order.erased:\n            order = None\n",
            ),
        ),
        tests=(GONE,),
    ),
    Bug(
        name="an erased order's parcel is kept",
        breaks="Private: tombstones stop every later write.",
        file=FLOWS + "delivery_tracking.py",
        edits=(
            ("    if known is not None and known.erased:\n", "    if known is not None and known == ():\n"),
        ),
        tests=(EVENTS + "test_a_parcel_of_an_erased_order_leaves_no_trace_on_its_tombstone",),
    ),
    Bug(
        name="a STOP goes with the person",
        breaks="Private: suppression survives an erasure.",
        file=FLOWS + "erase.py",
        edits=(
            (
                "if left.customers or left.consents else Delete(ref=ref)",
                "if left.customers else Delete(ref=ref)",
            ),
        ),
        tests=(ORDERS + "test_a_stop_outlives_the_erasure_of_who_said_it",),
    ),
    Bug(
        name="an erasure without a todo",
        breaks="Private: an erasure that dies at any of its points is ended by the sweep.",
        file=FLOWS + "erase.py",
        edits=(("value=tombstone, todo_at=world.clock.now())", "value=tombstone)"),),
        tests=(EVENTS + "test_an_erasure_that_dies_and_is_not_asked_for_again_is_ended_by_the_sweep",),
    ),
    Bug(
        name="a claim after an erasure",
        breaks="Once: the claim holds only while the customer is not erased.",
        file=DOMAIN + "stops.py",
        edits=(("    if customer is None or customer.erased or (", "    if customer is None or ("),),
        tests=(
            "tests/aftercart/flows/test_claim.py"
            "::test_from_the_first_write_of_an_erasure_on_nothing_is_claimed",
        ),
    ),
    Bug(
        name="a guest is known by phone",
        breaks="Private: a customer is never keyed by phone, for phones change hands.",
        file=FLOWS + "order_confirmation.py",
        edits=(
            (
                "    if news.buyer.email:\n        return ids.customer_id("
                'world.shop, "email", _hash(news.buyer.email, world), life)\n',
                "    if news.buyer.phone:\n        return ids.customer_id("
                'world.shop, "phone", _hash(news.buyer.phone, world), life)\n',
            ),
        ),
        tests=(ORDERS + "test_a_guest_is_known_by_email_and_never_by_phone",),
    ),
    Bug(
        name="what nobody could read keeps its names",
        breaks="Private: an erasure leaves nothing that names the person, what is parked neither.",
        file=FLOWS + "erase.py",
        edits=(("    park.forget(traces.lead_to, world)\n", ""),),
        tests=(ERASURE + "test_a_parked_body_whose_time_is_over_and_that_still_lies_there_goes_too",),
    ),
    Bug(
        name="TTL is trusted",
        breaks="Private: what expires may lie there for days; it goes with an erasure all the same.",
        file=FLOWS + "park.py",
        edits=(
            (
                "            if concern(",
                "            if stored.value.at + KEPT > world.clock.now() and concern(",
            ),
        ),
        tests=(ERASURE + "test_a_parked_body_whose_time_is_over_and_that_still_lies_there_goes_too",),
    ),
    Bug(
        name="a dead letter keeps its names",
        breaks="Private: an erasure leaves nothing that names the person, dead letters neither.",
        file=FLOWS + "erase.py",
        edits=(("        world.dead_letters.drop(traces.lead_to)\n", "        pass\n"),),
        tests=(
            ERASURE + "test_what_was_on_its_way_and_became_a_dead_letter_later_goes_with_the_second_look",
        ),
    ),
)
