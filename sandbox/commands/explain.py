"""Each message and each silence in words, from what the control API shows."""

from collections.abc import Iterable, Mapping
from typing import Any

Json = Mapping[str, Any]

# Codes of decisions and attempts; a code that is not here is shown as it is, its underscores as spaces.
WORDS: Mapping[str, str] = {
    "due": "its time had come",
    "reply": "an answer to what they wrote",
    # a parcel moved
    "in_transit": "the parcel is on its way",
    "delayed": "the parcel is late",
    "out_for_delivery": "the courier has the parcel",
    "attempt_failed": "the courier came in vain",
    "ready_for_pickup": "the parcel waits to be picked up",
    "exception": "something is wrong with the parcel",
    "delivered": "the parcel arrived",
    "returning": "the parcel goes back",
    # a step was not said, or later
    "erased": "the customer was erased",
    "cancelled": "the order was cancelled",
    "returned": "it was returned",
    "bought_again": "they bought another one meanwhile",
    "condition": "its condition was not met",
    "too_late": "it came too late to be of use",
    "expired": "it was no longer of use",
    "overtaken": "the parcel was further already",
    "superseded": "a newer plan took its place",
    "quiet_hours": "it was outside the hours for offers where they live",
    "quiet_day": "it was a quiet day or a holiday where they live",
    "own_hours": "it was outside the hours and days that they have chosen",
    "gathering": "one more offer may go, and others may be due at this time",
    "outranked": "another offer went first",
    "frequency": "they have chosen to get offers less often",
    "held_out": "they are of the share that is told none of this journey's marketing",
    "paused": "its journey was told to wait",
    "asleep": "it was night where they live, and it could wait for the morning",
    "marketing_cap": "they had had enough offers that day",
    "daily_cap": "they had had enough messages that day",
    "no_common_hours": "the zones they may live in share no hours for it",
    "no_marketing_consent": "they have not agreed to marketing, or took it back",
    "stopped_here": "they wrote STOP",
    "no_opt_in": "they have not agreed to be written to there",
    "no_address": "no address there",
    "no_channel": "no channel was left that may carry it",
    "no_provider": "nobody carries that channel",
    "no_text": "there are no words for it any more, or none for that channel",
    "too_long": "it would be longer than that channel takes, or than brand.yaml pays for",
    "template_paused": "Meta has paused its template: people liked it too little",
    "template_rejected": "Meta has not approved its template",
    "template_disabled": "Meta has disabled its template",
    "template_deleted": "its template was deleted at Meta",
    "template_pending": "Meta has not yet decided on its template",
    "recategorised": "Meta counts its template as marketing, which may not be said to them now",
    "no_route": "brand.yaml has no such route there",
    "exhausted": "every channel failed",
    "unknown": "nobody knows whether it arrived, and it is not sent twice on a guess",
    "sent": "sent, unconfirmed",
    # an attempt failed
    "no_receipt": "no receipt came in time",
    "no_receipt_yet": "no receipt has come yet",
    "not_connected": "the provider could not be reached",
    "no_answer": "the provider gave no answer",
    "provider_fault": "the provider had a fault",
    "provider_rate": "its provider takes only so many a second, and others were before it",
    "provider_busy": "the provider took no more for now",
    "not_on_whatsapp": "not on WhatsApp",
    "not_on_viber": "not on Viber",
    "undeliverable": "it could not be delivered",
    "unreachable": "the phone could not be reached",
    "bad_number": "no such number",
    "bounced": "the mailbox sent it back",
    "complained": "they called an e-mail of ours spam",
    "opted_out": "they opted out at the provider",
    "barred_as_marketing": "WhatsApp held it back as marketing: the plain message may go",
    "not_available": "they cannot be written to there at the moment",
    "blocked": "they take nothing more from us there",
    "no_such_user": "the page or the account knows nobody by that id",
    "window_closed": "the 24 hours after their last message were over",
}
# Why a confirmation carries no offer.
NO_OFFER: Mapping[str, str] = {
    "nothing_fits": "nothing in the catalogue fits what they bought",
    "owned_already": "what would fit they have already",
    "out_of_stock": "what would fit is sold out",
    "too_dear": "what would fit costs too much beside it",
    "sensitive": "such things are not offered",
    "other_currency": "what would fit is priced in another currency",
}
# What gave a channel its place on the route, but for the shop's own order.
STANDINGS: Mapping[str, str] = {
    "chosen": "where they want to hear from us",
    "answered_before": "where they have answered",
    "read_before": "where they read",
    "price": "by its price",
}
MARKS = {"send": "said", "defer": "put off", "skip": "not said"}


def in_words(reason: str) -> str:
    """A reason with its provider's code behind it, if there is one."""
    name, _, code = reason.partition(" ")
    words = WORDS.get(name, name.replace("_", " "))
    return f"{words} ({code})" if code else words


def explained(decisions: Iterable[Json], messages: Iterable[Json], attempts: Iterable[Json]) -> list[Json]:
    """Every decision with the attempts it led to, and with what phones then showed."""
    shown, tried = list(messages), list(attempts)
    return [
        {
            **decision,
            "why": in_words(decision["reason"]),
            "attempts": [
                {**each, "in_words": attempt_in_words(each), "paid": paid(each)}
                for each in tried
                if _belongs(each, decision)
            ],
            "shown": [each for each in shown if _belongs({"message": each["id"]}, decision)],
        }
        for decision in decisions
    ]


def _belongs(attempt: Json, decision: Json) -> bool:
    return bool(decision["decision"] == "send" and attempt["message"] == decision["message"] != "")


def attempt_in_words(attempt: Json) -> str:
    """What became of it, why the next channel was tried, and why it went without the offer."""
    against = attempt["against"].get(f"{attempt['channel']}.offer")
    plain = f", without the offer: {in_words(against)}" if against and attempt["variant"] == "plain" else ""
    return f"{_outcome(attempt)}{plain}"


def paid(attempt: Json) -> str:
    """How many parts an SMS has and why, and what an attempt costs."""
    parts, forced_by = attempt.get("parts"), attempt.get("forced_by")
    forced = f" in UCS-2, for «{forced_by}»" if forced_by else ""
    size = [f"{parts} part{'s' if parts > 1 else ''}{forced}"] if parts else []
    return ", ".join(size + ([attempt["cost"]] if attempt["cost"] else []))


def passed_over(attempt: Json) -> dict[str, str]:
    """Channels that stand before this one on the route and were not tried, each with its reason."""
    reasons = {
        name.removesuffix(".plain"): why for name, why in attempt["against"].items() if ".plain" in name
    }
    return {name: in_words(why) for name, why in reasons.items() if why != "tried"}


def _outcome(attempt: Json) -> str:
    why = in_words(attempt["reason"] or "")
    if attempt["receipt"] in ("delivered", "read"):
        charged = f", charged as {attempt['category']}" if attempt["category"] else ""
        return f"{attempt['receipt']}{charged}"
    if attempt["receipt"] == "failed":
        return f"accepted, then failed: {why}"
    match attempt["outcome"]:
        case "rejected":
            return f"refused: {why}"
        case "unknown":
            return f"perhaps sent: {why}"
        case "claimed":
            return "being sent"
    return "accepted; the last channel, so this is final" if attempt["last"] else f"accepted, but {why}"


def facts_in_words(facts: Json) -> str:
    """Facts worth a line, but for those that the reason tells."""
    told = [_rhythm(facts)] if "gap_days" in facts else []
    told += [_offer(facts["offer"])] if "offer" in facts else []
    told += _route(str(facts["route"])) if "route" in facts else []
    rest = {name: value for name, value in facts.items() if name not in TOLD}
    return "; ".join([*told, *(f"{name.replace('_', ' ')} {value}" for name, value in rest.items())])


TOLD = (
    "why",
    "offer",
    "route",
    "own_gaps",
    "median_days",
    "gap_days",
    "source",
    "shipment",
    "since",
    "until",
)


def _route(places: str) -> list[str]:
    """Why the channels were tried in this order, where it is not simply the shop's."""
    standings = [place.split(": ") for place in places.split(", ") if ": " in place]
    if not any(standing in STANDINGS for _, standing in standings):
        return []
    named = [
        f"{channel} ({STANDINGS[standing]})" if standing in STANDINGS else channel
        for channel, standing in standings
    ]
    return [f"in this order: {', '.join(named)}"]


def _offer(picked: str) -> str:
    return f"no offer: {NO_OFFER[picked]}" if picked in NO_OFFER else f"the offer that fits: {picked}"


def _rhythm(facts: Json) -> str:
    """Why a trade-in is offered now."""
    own = (
        f"{facts['own_gaps']} gaps between their own purchases"
        if facts["own_gaps"]
        else "no rhythm of their own"
    )
    source = facts["source"].replace("_", " ")
    kept = f"such a thing is kept for {facts['median_days']:g} days ({source})"
    return f"why now: {facts['gap_days']:g} days after the purchase; {own}; {kept}"
