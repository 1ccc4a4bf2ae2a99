"""Time: UTC or wall time and zone, quiet hours, `not_after`, clocks that are set."""

from sandbox.trials.mutants.planted.bug import DOMAIN, FLOWS, Bug

SENDING = "tests/aftercart/flows/test_send_message.py::"
ARBITER = "tests/aftercart/flows/test_arbiter.py::"
WISHES = "tests/aftercart/flows/test_wishes.py::"
READS = "tests/aftercart/flows/test_reads.py::"
CLAIM = "tests/aftercart/flows/test_claim.py::"
ENROLS = "tests/aftercart/flows/test_enrol.py::"
CLOCKS = "tests/aftercart/domain/test_time_of_day.py"
BODIES = "tests/aftercart/shops/test_bodies.py"

TIME = (
    Bug(
        name="local time is stored",
        breaks="Time: times are stored as UTC; a shop's have its own offset.",
        file="shared/aftercart/shops/bodies.py",
        edits=(("moment.astimezone(UTC) if moment.tzinfo else moment.replace", "moment.replace"),),
        tests=("tests/aftercart/shops",),
    ),
    Bug(
        name="quiet hours by UTC",
        breaks="Time: no marketing in the customer's quiet hours, where the customer lives.",
        file=FLOWS + "held.py",
        edits=(
            ("if not within(now, customer.zones, hours):", 'if not within(now, ("UTC",), hours):'),
            ("within(moment, view.person.zones, *hours", 'within(moment, ("UTC",), *hours'),
        ),
        tests=(
            SENDING + "test_what_may_wait_by_morning_wakes_nobody_and_goes_after_nine",
            CLAIM + "test_marketing_waits_for_the_hours_of_where_the_customer_lives",
        ),
    ),
    Bug(
        name="a holiday is a day as any other",
        breaks="Time: no marketing on quiet days and holidays, where the customer lives.",
        file=DOMAIN + "time_of_day.py",
        edits=(("    if not is_quiet(today, quiet):\n        return moment\n", "    return moment\n"),),
        tests=(CLOCKS, WISHES + "test_a_holiday_holds_marketing_and_no_news"),
    ),
    Bug(
        name="own hours are not asked",
        breaks="Their own choice: hours and days narrow the country's.",
        file=DOMAIN + "wishes.py",
        edits=(("    if wishes is None:\n        return country.open\n", "    return country.open\n"),),
        tests=(WISHES + "test_own_hours_hold_what_the_country_would_let_go",),
    ),
    Bug(
        name="where they want to hear from us is not asked",
        breaks="The route: the customer's own choice of a channel goes before everything else.",
        file=DOMAIN + "route.py",
        edits=(("customer.wishes.channel is channel", "customer.wishes.channel is None"),),
        tests=(WISHES + "test_where_they_want_to_hear_from_us_their_messages_go_first",),
    ),
    Bug(
        name="that they read there is not kept",
        breaks="The route: where a customer reads goes before where nothing is known.",
        file=FLOWS + "receipts.py",
        edits=(("not attempt.read_known", "attempt.read_known"),),
        tests=(READS + "test_the_next_message_goes_first_where_they_read_the_one_before",),
    ),
    Bug(
        name="a learned wait knows no bounds",
        breaks="Learned waits: near the brand's own, whatever was observed.",
        file=DOMAIN + "timings.py",
        edits=(("min(wait * MOST_TIMES, A_DAY)", "A_DAY"),),
        tests=("tests/aftercart/domain/test_timings.py",),
    ),
    Bug(
        name="one a week is one a day",
        breaks="Their own choice: at most one offer in the time they have chosen, over all journeys.",
        file=FLOWS + "held.py",
        edits=(("    if first is None or first <= today:\n", "    if True:\n"),),
        tests=(WISHES + "test_who_wants_one_a_week_gets_the_next_one_seven_local_days_later",),
    ),
    Bug(
        name="whoever comes first takes the turn",
        breaks="Arbiter: of several journeys that want one turn the strongest goes.",
        file=FLOWS + "arbiter.py",
        edits=(("return taking[:left] if len(taking) >= left else []", "return []"),),
        tests=(ARBITER + "test_of_equal_journeys_the_one_that_expires_first_goes",),
    ),
    Bug(
        name="a lost rival is waited for",
        breaks="Nothing silently lost: what never looks again keeps nobody waiting.",
        file=DOMAIN + "turns.py",
        edits=(("        return now < self.at + SETTLES\n", "        return True\n"),),
        tests=(ARBITER + "test_a_winner_that_is_never_heard_of_again_keeps_nobody_waiting",),
    ),
    Bug(
        name="who ends unsaid is still waited for",
        breaks="Arbiter: a turn that the strongest does not take is the next one's.",
        file=FLOWS + "send_message.py",
        edits=(("Put(ref=ports.customer(queue.id), value=queue)] if queue else []", "][:0]"),),
        tests=(ARBITER + "test_a_winner_that_ends_unsaid_leaves_the_turn_to_who_waited_for_it",),
    ),
    Bug(
        name="an offer in the news is no offer",
        breaks="Their own choice: an offer inside a confirmation takes the turn.",
        file=DOMAIN + "message.py",
        edits=((" or variant is Variant.OFFER", ""),),
        tests=(
            WISHES
            + "test_an_offer_in_a_confirmation_takes_the_turn_and_without_one_the_plain_twin_goes_at_once",
        ),
    ),
    Bug(
        name="marketing where no zone is known",
        breaks="Time: an unknown zone fails closed.",
        file=FLOWS + "held.py",
        edits=(
            (
                "        if message.purpose is not Purpose.MARKETING:\n            return None\n",
                "        return None\n",
            ),
        ),
        tests=(CLAIM + "test_marketing_to_where_no_zone_is_known_is_never_sent",),
    ),
    Bug(
        name="one plausible zone will do",
        breaks="Time: an unknown zone means the hours that all plausible zones share.",
        file=DOMAIN + "time_of_day.py",
        edits=(("return bool(zones) and all(", "return bool(zones) and any("),),
        tests=(CLOCKS,),
    ),
    Bug(
        name="told after its time",
        breaks="Time: nothing after its not_after.",
        file=FLOWS + "rung.py",
        edits=(('return "expired" if now >= message.not_after else ""', 'return ""'),),
        tests=(SENDING + "test_nothing_is_sent_after_its_time",),
    ),
    Bug(
        name="a provider holds it beyond its time",
        breaks="Time: a text is valid no longer than its wait, or it is a double of the next channel's.",
        file=FLOWS + "send_message.py",
        edits=(
            (
                "until = message.not_after if attempt.ends else min(attempt.deadline, message.not_after)",
                "until = message.not_after",
            ),
        ),
        tests=(
            SENDING
            + "test_an_attempt_is_not_valid_longer_than_its_wait_so_that_the_next_channel_is_no_double",
        ),
    ),
    Bug(
        name="days are added to an instant",
        breaks="Time: wall time is resolved late, so that eleven o'clock stays eleven when clocks are set.",
        file=FLOWS + "enrol.py",
        edits=(
            (
                "    due_at = at_local(day, after.at, zone)\n",
                "    day = base.astimezone(ZoneInfo(zone)).date()\n"
                "    due_at = at_local(day, after.at, zone) + after.wait\n",
            ),
        ),
        tests=(ENROLS + "test_eleven_o_clock_stays_eleven_when_clocks_are_set",),
    ),
    Bug(
        name="an hour that does not exist",
        breaks="Time: what is due in the hour that clocks skip is due when they do.",
        file=DOMAIN + "time_of_day.py",
        edits=(("    if first <= last:\n        return first, last\n", "    return first, last\n"),),
        tests=(CLOCKS,),
    ),
    Bug(
        name="the cap's day is UTC's",
        breaks="Once: the cap counts on the customer's local date.",
        file=DOMAIN + "time_of_day.py",
        edits=(("ZoneInfo(zones[0]) if zones else UTC).date()", "UTC).date()"),),
        tests=(CLOCKS,),
    ),
    Bug(
        name="a step that is overdue for weeks is told",
        breaks="Time: a step that comes too late is a silence with that reason.",
        file=FLOWS + "enrol.py",
        edits=(("    if now >= since + spec.useful_for:\n", "    if False:\n"),),
        tests=(
            "tests/aftercart/flows/test_orders_and_parcels.py::test_news_older_than_its_use_is_stored_and_not_told",
        ),
    ),
    Bug(
        name="an answer to a question long closed",
        breaks="Time: what says when it expires is not trusted to have been deleted by then.",
        file=FLOWS + "replies.py",
        edits=(("if one.at <= now < one.until]", "if one.at <= now]"),),
        tests=("tests/aftercart/flows/test_replies.py::test_an_answer_after_its_time_is_no_answer",),
    ),
)
