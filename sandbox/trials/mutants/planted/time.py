"""Time: UTC or wall time and zone, quiet hours, `not_after`, clocks that are set."""

from sandbox.trials.mutants.planted.bug import DOMAIN, FLOWS, Bug

SENDING = "tests/aftercart/flows/test_send_message.py::"
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
        file=FLOWS + "rung.py",
        edits=(
            (
                "if hours and not within(now, customer.zones, hours):",
                'if hours and not within(now, ("UTC",), hours):',
            ),
        ),
        tests=(
            SENDING + "test_what_may_wait_by_morning_wakes_nobody_and_goes_after_nine",
            CLAIM + "test_marketing_waits_for_the_hours_of_where_the_customer_lives",
        ),
    ),
    Bug(
        name="marketing where no zone is known",
        breaks="Time: an unknown zone fails closed.",
        file=FLOWS + "rung.py",
        edits=(
            (
                'return Skip(reason="no_common_hours") if message.purpose is Purpose.MARKETING else None',
                "return None",
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
                "until = message.not_after if attempt.last else min(attempt.deadline, message.not_after)",
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
