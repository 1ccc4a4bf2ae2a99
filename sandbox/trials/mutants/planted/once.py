"""Once, and one live channel: the claim, references, outcomes, receipts."""

from sandbox.trials.mutants.planted.bug import AWS, DOMAIN, FLOWS, Bug

SENDING = "tests/aftercart/flows/test_send_message.py::"
CLAIM = "tests/aftercart/flows/test_claim.py::"
STORE = "tests/aftercart/aws/test_store.py::"
ROUTES = "tests/promises/test_routes.py::"
RUNG = FLOWS + "rung.py"
SEND, CLAIMING = FLOWS + "send_message.py", FLOWS + "claim.py"
LANDS = SENDING + "test_{}_that_lands_between_the_reading_and_the_claim_undoes_the_claim"

ONCE = (
    Bug(
        name="the claim does not insist on the message",
        breaks="Once: of two senders that read the same message, one claims it.",
        file=CLAIMING,
        edits=(
            (
                "Put(ref=ports.message(message.id), value=message, todo_at=attempt.deadline + GRACE),\n"
                "        Check(",
                "Put(ref=ports.message(message.id), value=message, todo_at=attempt.deadline + GRACE,"
                " blind=True),\n        Check(",
            ),
        ),
        tests=(CLAIM + "test_of_two_senders_that_read_the_same_message_one_claims_it",),
    ),
    Bug(
        name="the claim does not insist on the customer",
        breaks="STOP: an opt-out that lands between the reading and the claim undoes the claim.",
        file=CLAIMING,
        edits=(
            (
                "Check(ref=own) if customer == view.customer else Put(ref=own, value=customer),",
                "*([] if customer == view.customer else [Put(ref=own, value=customer, blind=True)]),",
            ),
        ),
        tests=(LANDS.format("a_stop"),),
    ),
    Bug(
        name="the claim does not insist on the enrolment",
        breaks="Once: the claim holds only while the enrolment's generation lives.",
        file=CLAIMING,
        edits=(("if view.enrolment is not None:\n        changes", "if False:\n        changes"),),
        tests=(
            CLAIM
            + "test_an_end_of_its_enrolment_that_lands_between_the_reading_and_the_claim_undoes_the_claim",
        ),
    ),
    Bug(
        name="the claim does not insist on the order",
        breaks="Order does not matter: a parcel that moves on before the claim undoes the claim.",
        file=CLAIMING,
        edits=(("if view.order is not None:\n        changes", "if False:\n        changes"),),
        tests=(CLAIM + "test_a_parcel_that_moves_on_between_the_reading_and_the_claim_undoes_the_claim",),
    ),
    Bug(
        name="a random message id",
        breaks="Once: a message's id is a hash of what it tells, so that a second run makes the same one.",
        file=DOMAIN + "ids.py",
        edits=(
            ("import json\n", "import json\nimport uuid\n"),
            ('("message", customer, cause, ', '("message", uuid.uuid4().hex, customer, cause, '),
        ),
        tests=(
            "tests/aftercart/domain/test_ids.py",
            "tests/aftercart/flows/test_order_events.py"
            "::test_a_duplicate_starts_what_its_first_delivery_left_owing",
        ),
    ),
    Bug(
        name="a random reference for the provider",
        breaks="Once: the reference we give a provider is the attempt's id, so that its receipt is found.",
        file=SEND,
        edits=(
            ("from dataclasses import replace\n", "import uuid\nfrom dataclasses import replace\n"),
            ("reference=message.reference(attempt),", "reference=f'{message.id}-{uuid.uuid4().hex}',"),
        ),
        tests=(CLAIM + "test_a_provider_is_given_the_attempts_own_reference",),
    ),
    Bug(
        name="a call without an answer is made again",
        breaks="Once: HTTP and SDK retries around a send are none; unknown is never blindly resent.",
        file=SEND,
        edits=(
            (
                "    message = _record(view.message.id, attempt, sent, claimed, world)\n",
                "    if sent.outcome is Outcome.UNKNOWN:\n"
                "        sent = provider.send(outgoing)\n"
                "    message = _record(view.message.id, attempt, sent, claimed, world)\n",
            ),
        ),
        tests=(SENDING + "test_unknown_is_never_blindly_resent_and_news_passes_it_once",),
    ),
    Bug(
        name="no answer is taken for a refusal",
        breaks="One live channel: the next one is tried after a proved failure or the deadline only.",
        file="shared/aftercart/channels/verdicts.py",
        edits=(('Verdict("no_answer", outcome=Outcome.UNKNOWN)', 'Verdict("no_answer")'),),
        tests=("tests/aftercart/channels/test_kit_sends.py",),
    ),
    Bug(
        name="a server's fault is taken for a refusal",
        breaks="One live channel: a 5xx proves nothing, so its outcome is unknown.",
        file="shared/aftercart/channels/verdicts.py",
        edits=(("if status >= 500:", "if status >= 600:"),),
        tests=("tests/aftercart/channels/test_kit_sends.py",),
    ),
    Bug(
        name="every unknown outcome is passed",
        breaks="Once: an unknown outcome is passed once by news, and marketing stops at it.",
        file=RUNG,
        edits=(
            (
                "return message.purpose is Purpose.TRANSACTIONAL and len(doubtful) == 1",
                "return len(doubtful) >= 1",
            ),
        ),
        tests=(
            SENDING + "test_marketing_stops_at_unknown",
            SENDING + "test_unknown_is_never_blindly_resent_and_news_passes_it_once",
        ),
    ),
    Bug(
        name="the token is stored after the send",
        breaks="Fallback waits: a receipt that comes inside the send finds the token to complete.",
        file=SEND,
        edits=(
            (
                "new_attempt(task, move, view, content, world.clock.now())",
                'replace(new_attempt(task, move, view, content, world.clock.now()), token="")',
            ),
            (
                "    if message.final:\n        world",
                "    _wait(task, Wait(attempt=message.attempts[-1]), message,"
                " world.store.read(ports.message(message.id)), world)\n"
                "    if message.final:\n        world",
            ),
        ),
        tests=(SENDING + "test_the_token_is_stored_before_the_send",),
    ),
    Bug(
        name="an older run sends too",
        breaks="Once: an execution of an older run finds nothing to send.",
        file=SEND,
        edits=((" or message.final or message.run != task.run:", " or message.final:"),),
        tests=(SENDING + "test_an_execution_of_an_older_run_finds_nothing_to_send",),
    ),
    Bug(
        name="a new run does not wait for the old one's attempt",
        breaks="One live channel: an attempt's time is over at its deadline, whichever run claimed it.",
        file=RUNG,
        edits=(("if now < live.deadline:", "if now < live.deadline and live.run == task.run:"),),
        tests=(
            SENDING + "test_a_retry_that_finds_its_attempt_claimed_stores_its_token_and_only_waits",
            CLAIM + "test_a_new_run_waits_for_what_the_old_one_has_sent",
        ),
    ),
    Bug(
        name="the fourth rung is the last",
        breaks="One live channel: what is accepted ends a message on the last of five legs, and no sooner.",
        file=RUNG,
        edits=(("last = task.rung >= RUNGS or", "last = task.rung >= RUNGS - 1 or"),),
        tests=(ROUTES + "test_news_of_which_nobody_says_a_word_takes_every_leg_one_wait_after_the_other",),
    ),
    Bug(
        name="a channel that was tried is tried again",
        breaks="Once: each channel is tried once, save for the plain twin of a barred offer.",
        file=RUNG,
        edits=(('        return "tried"\n', "        pass\n"),),
        tests=(SENDING + "test_when_every_channel_rejects_the_message_is_exhausted",),
    ),
    Bug(
        name="the next channel after delivered",
        breaks="One live channel: nothing is tried after delivered.",
        file=DOMAIN + "message.py",
        edits=(
            (
                "if any(attempt.enough for attempt in self.attempts) or (self.closed and self.shown):",
                "if False:",
            ),
        ),
        tests=(SENDING + "test_a_delivered_receipt_completes_the_rung_and_nothing_follows",),
    ),
    Bug(
        name="a failed receipt undoes a delivered one",
        breaks="Order does not matter: receipts are a lattice, and delivered is above failed.",
        file=DOMAIN + "message.py",
        edits=(("    FAILED = 2  #", "    FAILED = 5  #"),),
        tests=(STORE + "test_receipts_join_to_the_highest_whatever_their_order",),
    ),
    Bug(
        name="the receipts' lattice the wrong way round",
        breaks="Order does not matter: nothing goes backwards, receipts neither.",
        file=AWS + "table.py",
        edits=((" OR {field} < :rank)", " OR {field} > :rank)"),),
        tests=(STORE + "test_receipts_join_to_the_highest_whatever_their_order",),
    ),
    Bug(
        name="HTTP tries twice",
        breaks="Once: HTTP retries around a send are none.",
        file="shared/aftercart/channels/http.py",
        edits=(
            (
                "retries=False",
                "retries=urllib3.Retry(1, allowed_methods=None, status_forcelist=[500, 502, 503, 504])",
            ),
        ),
        tests=("tests/aftercart/channels/test_http.py",),
    ),
    Bug(
        name="the SDK tries a send three times",
        breaks="Once: SDK retries around a send are none.",
        file=AWS + "clients.py",
        edits=(('"total_max_attempts": 1,', '"total_max_attempts": 3,'),),
        tests=("tests/aftercart/aws/test_clients.py",),
    ),
    Bug(
        name="a commit does not look at the revision",
        breaks="Once: a decision made on a snapshot is written only while the snapshot holds.",
        file=AWS + "table.py",
        edits=(("condition = {} if put.blind else _condition(revision)", "condition: Item = {}"),),
        tests=(
            STORE + "test_a_commit_insists_that_nothing_it_read_has_changed",
            STORE + "test_what_was_absent_when_read_must_still_be_absent",
        ),
    ),
    Bug(
        name="a conflict is swallowed",
        breaks="Once: who was slower reads again and decides again.",
        file=AWS + "table.py",
        edits=(
            (
                "        except (Conflict, Transient):\n",
                "        except Conflict:\n            pass\n        except Transient:\n",
            ),
        ),
        tests=(STORE + "test_a_commit_insists_that_nothing_it_read_has_changed",),
    ),
    Bug(
        name="after a lost answer nobody asks whose write it was",
        breaks="Once: a write that was applied is known as our own, and is not decided on again.",
        file=AWS + "table.py",
        edits=(
            (
                "            if not self._written_by(nonce, changes):\n                raise\n",
                "            raise\n",
            ),
        ),
        tests=(STORE + "test_a_write_that_was_applied_is_known_as_our_own",),
    ),
    Bug(
        name="the cap counts attempts",
        breaks="Once: the cap counts what may have been shown, and no refusal.",
        file=FLOWS + "held.py",
        edits=(("    return not tried or tried[-1].live\n", "    return True\n"),),
        tests=(CLAIM + "test_a_message_counts_once_however_many_channels_it_takes",),
    ),
    Bug(
        name="no daily cap",
        breaks="Once: the claim holds the customer's daily cap.",
        file=FLOWS + "held.py",
        edits=(("if count.messages >= view.brand.messages_a_day and", "if False and"),),
        tests=(SENDING + "test_the_daily_cap_holds_whatever_comes",),
    ),
    Bug(
        name="a fallback is free",
        breaks="Once: the cap counts what may have been shown, also over the second channel.",
        file=FLOWS + "held.py",
        edits=(("    return not tried or tried[-1].live\n", "    return not tried\n"),),
        tests=("tests/promises/test_daily_cap.py::test_a_fallback_after_silence_takes_a_place_too",),
    ),
)
