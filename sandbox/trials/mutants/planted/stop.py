"""STOP: what was refused is never claimed, wherever and whenever it was said."""

from sandbox.trials.mutants.planted.bug import DOMAIN, FLOWS, Bug

REPLIES = "tests/aftercart/flows/test_replies.py::"
SENDING = "tests/aftercart/flows/test_send_message.py::"
CLAIM = "tests/aftercart/flows/test_claim.py::"
PEOPLE = "tests/aftercart/flows/test_people.py::"
TEMPLATES = "tests/aftercart/flows/test_template_news.py::"
STOPS = REPLIES + "test_stop_on_any_channel_ends_marketing_on_all_and_everything_where_it_came"

STOP = (
    Bug(
        name="a yes through Twilio is a START",
        breaks="STOP: marketing is granted again by a START alone, and by no answer to a question.",
        file="shared/aftercart/channels/twilio_sms.py",
        edits=((' and not (meant == "START" and meaning(body) == "yes") else body', " else body"),),
        tests=("tests/aftercart/channels/test_twilio_sms.py",),
    ),
    Bug(
        name="consent is read at intake alone",
        breaks="STOP: after an opt-out no marketing is claimed, and nothing on the channel it came on.",
        file=FLOWS + "rung.py",
        edits=(
            (
                "against = barred(view.brand, view.person, channel, view.message.purpose)",
                'against = "" if view.person.address(channel) else "no_address"',
            ),
        ),
        tests=(SENDING + "test_a_stop_between_two_rungs_ends_the_offer_and_the_channel_it_came_on",),
    ),
    Bug(
        name="an offer needs no marketing consent",
        breaks="The offer never costs the news: a message with an offer claims marketing too.",
        file=FLOWS + "rung.py",
        edits=((" or barred(view.brand, view.person, channel, Purpose.MARKETING)", ""),),
        tests=(SENDING + "test_without_marketing_consent_the_same_news_goes_without_the_offer",),
    ),
    Bug(
        name="a STOP counts on its own channel only",
        breaks="STOP: no marketing attempt is claimed on any channel.",
        file=DOMAIN + "customer.py",
        edits=(("    everywhere = refusal.purpose is Purpose.MARKETING\n", "    everywhere = False\n"),),
        tests=(STOPS,),
    ),
    Bug(
        name="a STOP is marketing's alone",
        breaks="STOP: nothing at all goes to the channel that it came on.",
        file=FLOWS + "opt_out.py",
        edits=(
            (
                "source=source, explicit=True) for purpose in Purpose\n",
                "source=source, explicit=True)\n        for purpose in (Purpose.MARKETING,)\n",
            ),
        ),
        tests=(STOPS,),
    ),
    Bug(
        name="a STOP is not remembered at the address",
        breaks="STOP: who has the address later is met by it.",
        file=FLOWS + "opt_out.py",
        edits=(("        written.append(Put(ref=ref, value=remembered))\n", ""),),
        tests=(REPLIES + "test_a_stop_counts_for_everyone_who_shares_the_phone_and_for_who_comes_later",),
    ),
    Bug(
        name="a stranger's STOP is nobody's",
        breaks="STOP: an authentic STOP is never lost.",
        file=FLOWS + "replies.py",
        edits=(
            (
                'if meant.kind not in ("stop", "start"):\n        return "stranger"',
                'if meant.kind != "nothing":\n        return "stranger"',
            ),
        ),
        tests=(REPLIES + "test_a_stop_from_an_address_nobody_has_yet_meets_its_later_owner",),
    ),
    Bug(
        name="a tie is a START",
        breaks="STOP: at the same second a refusal wins, in any order.",
        file=DOMAIN + "consent.py",
        edits=(("(entry.at, not entry.granted, ", "(entry.at, entry.granted, "),),
        tests=(REPLIES + "test_stop_and_start_end_the_same_in_any_order_and_a_tie_is_a_stop",),
    ),
    Bug(
        name="a shop's record undoes a STOP",
        breaks="STOP: a customer's own word counts; a record may end what they allowed, and no more.",
        file=DOMAIN + "customer.py",
        edits=(
            (
                "withdrawn = said.granted and not recorded.granted and recorded.at > said.at",
                "withdrawn = recorded.at > said.at",
            ),
        ),
        tests=(PEOPLE + "test_their_own_word_counts_and_a_record_may_only_end_what_they_allowed",),
    ),
    Bug(
        name="an open question goes before a STOP",
        breaks="STOP: it goes before every other reading.",
        file=FLOWS + "replies.py",
        edits=(
            (
                'if word in ("stop", "start"):',
                'if word in ("stop", "start") and not _open(speaker, reply, now):',
            ),
        ),
        tests=(REPLIES + "test_stop_while_a_question_is_open_is_a_stop",),
    ),
    Bug(
        name="a provider's block list is not ours",
        breaks="STOP: an opt-out at the provider is an opt-out.",
        file=FLOWS + "send_message.py",
        edits=(('if sent.advice == "opted_out":', 'if sent.advice == "opted-out":'),),
        tests=(SENDING + "test_a_provider_that_says_opted_out_is_a_stop",),
    ),
    Bug(
        name="WhatsApp without an opt-in",
        breaks="Rules of the trade: WhatsApp needs an opt-in even for news.",
        file=DOMAIN + "route.py",
        edits=((' if opted_in or channel not in brand.opt_in_needed else "no_opt_in"', ""),),
        tests=(CLAIM + "test_whatsapp_needs_an_opt_in_even_for_news",),
    ),
    Bug(
        name="a journey that was told to wait goes on",
        breaks="Pause: from the next claim on nothing of the journey is said.",
        file=FLOWS + "rung.py",
        edits=(("return _paused(view, now) or held(", "return held("),),
        tests=("tests/aftercart/flows/test_pause.py",),
    ),
    Bug(
        name="what Meta counts as marketing goes to whoever",
        breaks="Rules of the trade: a template that counts as marketing is marketing.",
        file=FLOWS + "template_news.py",
        edits=(('return "recategorised" if held else ""', 'return ""'),),
        tests=(TEMPLATES + "test_who_wants_no_marketing_gets_the_news_over_another_channel",),
    ),
    Bug(
        name="a paused template is sent",
        breaks="Templates: what its provider has paused is not used.",
        file=FLOWS + "template_news.py",
        edits=(("    if standing.barred:\n", "    if not standing:\n"),),
        tests=(TEMPLATES + "test_where_both_are_barred_the_next_channel_goes_at_once_with_the_offer",),
    ),
)
