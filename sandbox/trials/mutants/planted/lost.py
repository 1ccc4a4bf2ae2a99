"""Nothing silently lost, and order does not matter: todos, arms, sweeps, duplicates, old data."""

from sandbox.trials.mutants.planted.bug import AWS, DOMAIN, FLOWS, Bug

CRASHES = "tests/aftercart/flows/test_crashes.py::"
ORDERS = "tests/aftercart/flows/test_orders_and_parcels.py::"
EVENTS = "tests/aftercart/flows/test_order_events.py::"
CLAIM = "tests/aftercart/flows/test_claim.py::"
REPLIES = "tests/aftercart/flows/test_replies.py::"
SENDING = "tests/aftercart/flows/test_send_message.py::"
STORE = "tests/aftercart/aws/test_store.py::"
HANDLERS = "tests/functions/test_handlers.py::"
DUE = FLOWS + "lifecycle_reminders.py"
OUTAGE = "tests/aftercart/flows/test_providers.py::"

LOST = (
    Bug(
        name="the mailboxes' topic is read as the phones' is",
        breaks="Nothing silently lost: a receipt is read by its own provider, whichever topic brings it.",
        file="shared/aftercart/channels/registry.py",
        edits=(('"email-events": "email/ses",', '"email-events": "sms/aws",'),),
        tests=("tests/sandbox/test_modes.py",),
    ),
    Bug(
        name="a channel that was down is used up",
        breaks="Nothing silently lost: who could not take a message is no reason not to say it later.",
        file=DOMAIN + "message.py",
        edits=(('self.advice == "later" and', 'self.advice == "never" and'),),
        tests=(OUTAGE + "test_where_all_are_down_the_news_waits_and_is_said_once_when_one_is_well",),
    ),
    Bug(
        name="a provider that is down is called for every message",
        breaks="A circuit opens on an outage: after failures in a row one call at a time finds out.",
        file=FLOWS + "providers.py",
        edits=(("    if shut is not None:", "    if shut is None and False:"),),
        tests=(
            OUTAGE + "test_after_failures_in_a_row_nobody_calls_it_and_one_call_finds_out_whether_it_is_well",
        ),
    ),
    Bug(
        name="what waited for a provider goes out at once",
        breaks="The circuit drains without a burst: what waited goes out over minutes.",
        file=FLOWS + "providers.py",
        edits=(("return spread(at, view.message.id, DRAIN)", "return at"),),
        tests=(OUTAGE + "test_what_waited_for_a_provider_goes_out_spread_over_minutes",),
    ),
    Bug(
        name="journeys that go on start a stopped provider",
        breaks="A kill switch holds until somebody lets that provider go on.",
        file=FLOWS + "pause.py",
        edits=(("(what == EVERY and not is_provider(name))", "what == EVERY"),),
        tests=(OUTAGE + "test_a_journey_that_goes_on_does_not_start_a_stopped_provider",),
    ),
    Bug(
        name="no todo for a start",
        breaks="Nothing silently lost: the transaction leaves a todo for the execution that it owes.",
        file=FLOWS + "effects.py",
        edits=(("value=message, todo_at=now)", "value=message)"),),
        tests=(CRASHES + "test_an_order_is_confirmed_once_wherever_its_lambda_dies",),
    ),
    Bug(
        name="no todo for an arm",
        breaks="Nothing silently lost: the transaction leaves a todo for the schedule that it owes.",
        file=FLOWS + "effects.py",
        edits=(("todo_at = now if enrolment.armed_for else None", "todo_at = None"),),
        tests=(CRASHES + "test_a_delivery_is_told_and_its_care_armed_once_wherever_its_lambda_dies",),
    ),
    Bug(
        name="what was taken and failed ends there",
        breaks="Nothing silently lost: what a provider took, and lost, goes on to the legs that are left.",
        file=FLOWS + "receipts.py",
        edits=(("message is not None and message.failed_after_all:", "False and message:"),),
        tests=(
            "tests/aftercart/flows/test_success.py::"
            "test_what_was_accepted_and_fails_after_all_goes_on_to_the_legs_that_are_left",
        ),
    ),
    Bug(
        name="the todo is cleared when a provider accepts",
        breaks="Nothing silently lost: what waits for its receipt is looked after once its time has passed.",
        file=FLOWS + "send_message.py",
        edits=(
            (
                "todo_at = None if message.final else attempt.deadline + GRACE",
                "todo_at = None",
            ),
        ),
        tests=(CLAIM + "test_what_waits_for_its_receipt_is_looked_after_once_its_time_has_passed",),
    ),
    Bug(
        name="the todo is cleared by any receipt",
        breaks="Nothing silently lost: only a message that was shown owes nothing more.",
        file=AWS + "table.py",
        edits=(('" REMOVE todo, todo_at" if shown else ""', '" REMOVE todo, todo_at"'),),
        tests=(STORE + "test_a_delivered_receipt_leaves_nothing_to_look_after",),
    ),
    Bug(
        name="a sweep without a limit",
        breaks="Bounds: a sweep looks at a hundred things, so that it ends; the next goes on.",
        file=DUE,
        edits=(("world.clock.now() - SETTLING, SWEEP_MOST)", "world.clock.now() - SETTLING, 10**6)"),),
        tests=(
            "tests/aftercart/flows/test_sweep.py::test_a_sweep_looks_after_a_hundred_things_and_the_next_goes_on",
        ),
    ),
    Bug(
        name="the sweep ends at the first fault",
        breaks="Nothing silently lost: what cannot be looked after does not stand in the way of the rest.",
        file=DUE,
        edits=(
            (
                "        except Exception as fault:\n            faults.append(fault)\n",
                "        except Exception:\n            raise\n",
            ),
        ),
        tests=(CRASHES + "test_what_the_sweeper_cannot_read_does_not_stand_in_the_way_of_the_rest",),
    ),
    Bug(
        name="a due step in two transactions",
        breaks="Nothing silently lost: the step's end and its message are written together or not at all.",
        file=DUE,
        edits=(
            (
                "    after = world.store.commit(snapshot, "
                "[put, *effects.put_messages(progress.messages, now)])\n",
                "    after = world.store.commit(snapshot, [put])\n"
                "    if progress.messages:\n"
                "        world.store.commit(snapshot, effects.put_messages(progress.messages, now))\n",
            ),
        ),
        tests=(CRASHES + "test_a_due_step_is_told_once_wherever_its_lambda_dies",),
    ),
    Bug(
        name="an old arm of a step fires",
        breaks="Long waits: an old arm fires as a no-op.",
        file=DUE,
        edits=((" or enrolment.ended or enrolment.arm != arm:", " or enrolment.ended:"),),
        tests=(REPLIES + "test_an_old_arm_of_an_enrolment_is_a_no_op",),
    ),
    Bug(
        name="an old arm of a message fires",
        breaks="Long waits: an old arm fires as a no-op.",
        file=FLOWS + "deferral.py",
        edits=((" or message.final or message.arm != arm_number", " or message.final"),),
        tests=(SENDING + "test_an_old_arm_of_a_deferred_message_is_a_no_op",),
    ),
    Bug(
        name="a schedule's name without its arm",
        breaks="Long waits: each arm has a name of its own, so that the next one does not meet the last.",
        file=DOMAIN + "ids.py",
        edits=(('"schedule", due_thing, str(arm))', '"schedule", due_thing)'),),
        tests=("tests/aftercart/flows/test_arms.py::test_each_arm_has_a_schedule_of_its_own",),
    ),
    Bug(
        name="a schedule of three years",
        breaks="Long waits: an arm is never over 360 days ahead.",
        file=DOMAIN + "clockwork.py",
        edits=(("return min(max(due, now + SOONEST), now + FURTHEST)", "return max(due, now + SOONEST)"),),
        tests=(REPLIES + "test_an_arm_beyond_a_year_fires_early_and_is_armed_again",),
    ),
    Bug(
        name="a deferral keeps its run",
        breaks="Fallback waits: the run rises in the transaction that defers, or the name is taken.",
        file=FLOWS + "deferral.py",
        edits=(
            (
                "        run=message.run + 1,\n        arm=message.arm + 1,",
                "        run=message.run,\n        arm=message.arm + 1,",
            ),
        ),
        tests=(SENDING + "test_what_may_wait_by_morning_wakes_nobody_and_goes_after_nine",),
    ),
    Bug(
        name="a duplicate does nothing about what is owed",
        breaks="Nothing silently lost: a duplicate that sees a todo does it again.",
        file=FLOWS + "order_confirmation.py",
        edits=(("        effects.start_owed(snapshot, world)\n", ""),),
        tests=(EVENTS + "test_a_duplicate_starts_what_its_first_delivery_left_owing",),
    ),
    Bug(
        name="a fault is answered as done",
        breaks="Nothing silently lost: a 2xx is answered only when what must not be lost is durable.",
        file=AWS + "http_api.py",
        edits=(("        return answer(503)\n", "        return answer(200)\n"),),
        tests=(HANDLERS + "test_a_passing_fault_is_answered_so_that_the_shop_tries_again",),
    ),
    Bug(
        name="a parcel tells a stage that was overtaken",
        breaks="Order does not matter: shipped never follows delivered.",
        file=FLOWS + "rung.py",
        edits=(("    if overtaken(view.order, message.shipment, message.step):\n", "    if False:\n"),),
        tests=(ORDERS + "test_a_message_that_the_parcel_has_overtaken_is_not_sent",),
    ),
    Bug(
        name="the latest parcel news wins",
        breaks="Order does not matter: a parcel never goes backwards.",
        file=DOMAIN + "order.py",
        edits=(
            (
                "return max(self.stages, key=RANK.__getitem__)",
                "return max(self.stages, key=self.stages.__getitem__)",
            ),
        ),
        tests=("tests/aftercart/domain/test_order.py",),
    ),
    Bug(
        name="a cancellation is undone by later news",
        breaks="Order does not matter: cancelled stays cancelled.",
        file=FLOWS + "order_confirmation.py",
        edits=(
            (
                "cancelled_at=min(cancelled) if cancelled else None,",
                "cancelled_at=news.cancelled_at,",
            ),
        ),
        tests=(
            ORDERS + "test_a_life_ends_the_same_whatever_order_its_events_come_in",
            EVENTS + "test_cancelled_stays_cancelled_whatever_comes_later",
        ),
    ),
    Bug(
        name="all lines in one transaction",
        breaks="Bounds: enrolments per line are made in chunks of 25: a transaction takes no more than 100.",
        file=FLOWS + "parcels.py",
        edits=(("CHUNK = 25 ", "CHUNK = 10_000 "),),
        tests=(ORDERS + "test_lines_beyond_a_chunk_are_enrolled_by_the_sweeper",),
    ),
    Bug(
        name="what nobody can read is answered and forgotten",
        breaks="Authentic: an authentic body that we cannot read is parked and answered 2xx.",
        file=AWS + "shop_webhook.py",
        edits=(
            (
                "    except Unreadable as fault:\n"
                '        return parked("shopify", fault, request.body, world)\n',
                "    except Unreadable:\n        return answer(200)\n",
            ),
        ),
        tests=(HANDLERS + "test_an_authentic_body_that_cannot_be_read_is_parked_and_answered",),
    ),
    Bug(
        name="an item of a later version is guessed at",
        breaks="Old data stays readable: what a later version wrote is left as it is.",
        file=AWS + "items.py",
        edits=(('if item.get("v") != VERSION or ', "if "),),
        tests=(STORE + "test_an_item_of_a_later_version_is_not_guessed_at",),
    ),
    Bug(
        name="a schedule of a later version is dropped",
        breaks="Old data stays readable: unknown payloads are parked.",
        file="functions/lifecycle_reminders/handler.py",
        edits=(('    park("schedule", "unknown payload", json.dumps(event).encode(), world)\n', ""),),
        tests=(HANDLERS + "test_a_schedule_of_a_later_version_is_parked",),
    ),
    Bug(
        name="the offer costs the news",
        breaks="The offer never costs the news: where it is barred the plain twin goes at once.",
        file=DOMAIN + "route.py",
        edits=(("return (Variant.OFFER, Variant.PLAIN) if", "return (Variant.OFFER,) if"),),
        tests=(
            SENDING + "test_without_marketing_consent_the_same_news_goes_without_the_offer",
            SENDING + "test_in_the_night_the_news_goes_without_the_offer",
        ),
    ),
    Bug(
        name="a default is another",
        breaks="Old data stays readable: a default is not stored, so it may never change.",
        file=DOMAIN + "message.py",
        edits=(("    run: int = 1\n", "    run: int = 0\n"),),
        tests=("tests/promises/test_old_payloads.py::test_no_default_has_changed_as_it_is_not_stored",),
    ),
    Bug(
        name="a field of a later version is dropped",
        breaks="Old data stays readable: what this version does not know is refused and left as it is.",
        file=AWS + "items.py",
        edits=(('ConfigDict(extra="forbid", ', 'ConfigDict(extra="ignore", '),),
        tests=(
            "tests/promises/test_later_items.py"
            "::test_a_word_or_a_field_of_a_later_version_is_refused_however_deep_it_lies",
        ),
    ),
    Bug(
        name="any error leads to the next rung",
        breaks="One live channel: only a proved failure and the end of the wait lead to the next rung.",
        file="statemachines/send_with_fallback.asl.yaml",
        edits=(
            (
                "        ResultPath: null\n        Next: Try second channel\n",
                "        ResultPath: null\n        Next: Try second channel\n"
                "      - ErrorEquals: [States.ALL]\n        Next: Try second channel\n",
            ),
        ),
        tests=("tests/template/test_ladder.py",),
    ),
)
