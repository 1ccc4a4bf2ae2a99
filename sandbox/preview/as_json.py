"""The facts of the page as data."""

from typing import Any

from aftercart.domain.consent import Channel
from sandbox.fakes.shown import pictures_as_json
from sandbox.preview.compare import LegPair, ToldPair
from sandbox.preview.costs import Cost, plain_amount
from sandbox.preview.facts import Facts
from sandbox.preview.shown import Leg, Shown

Json = dict[str, Any]


def pair_as_json(pair: ToldPair, *, compared: bool) -> Json:
    """`compared`: with `state`, and what was before wherever that is different."""
    told = pair.told
    found: Json = {"journey": told.journey, "text": told.text, "variant": told.variant.value}
    found["said"] = list(told.said)
    if compared:
        found["state"] = pair.state.value
        found["said_before"] = list(pair.before.said) if pair.before else []
    found["legs"] = [_leg(leg, compared=compared) for leg in pair.legs]
    return found


def _leg(leg: LegPair, *, compared: bool) -> Json:
    place = leg.place
    found: Json = {"channel": place.channel.value, "language": place.language}
    if compared:
        found["state"] = leg.state.value
        found["before"] = _shown(leg.before) if leg.before != leg.after else None
        found["warnings"] = list(leg.warnings)
    found["shown"] = _shown(leg.after)
    return found


def _shown(leg: Leg | None) -> list[Json]:
    return [_bubble(each, leg.place.channel) for each in leg.shown] if leg else []


def _bubble(shown: Shown, channel: Channel) -> Json:
    return {
        "customers": list(shown.customers),
        "countries": [
            {"country": there.country, "can_answer": there.can_answer, "sender": there.sender or None}
            for there in shown.countries
        ],
        **_facts(shown.facts, channel),
        "prices": [_cost(each) for each in shown.costs],
        "left_out": list(shown.facts.left_out),
        "warnings": list(shown.warnings),
    }


def _facts(facts: Facts, channel: Channel) -> Json:
    """`text` None: nothing can be shown."""
    content = facts.content
    found: Json = {"text": content.text if content else None, "characters": facts.size, "limit": facts.most}
    if content is None:
        return found
    if content.title:
        found["title"] = content.title
    found |= pictures_as_json(content.image, content.cards)
    if content.template:
        found["template"] = content.template.name
        found["category"] = content.template.category
    found["buttons"] = [
        {"title": each.title, **({"url": each.url} if each.url else {"reply": each.reply})}
        for each in content.buttons
    ]
    if channel is Channel.SMS:
        found["encoding"] = facts.encoding.value if facts.encoding else None
        found["outside_gsm_7"] = list(facts.outside)
        found["parts"] = list(facts.parts)
    return found


def _cost(cost: Cost) -> Json:
    return {
        "country": cost.country,
        "purpose": cost.purpose.value,
        "one": plain_amount(cost.one) if cost.one else None,
        "thousand": plain_amount(cost.thousand) if cost.thousand else None,
        "currency": cost.one.currency if cost.one else None,
    }
