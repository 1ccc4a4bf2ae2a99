"""A provider says: a template may not be sent any more, or may again, or counts as marketing from now on.

What it said lies on the item that each rung reads anyway, so a send makes no call more.
"""

from collections.abc import Collection
from dataclasses import replace
from datetime import datetime

from aftercart import ports
from aftercart.domain.consent import Channel, Purpose
from aftercart.domain.content import Template
from aftercart.domain.message import Variant
from aftercart.domain.route import barred
from aftercart.domain.template import Standing, TemplateNews, key
from aftercart.flows.again import until_settled
from aftercart.flows.held import offer_held
from aftercart.flows.view import View
from aftercart.ports import Pause, Put, World


def on_template_news(news: TemplateNews, in_use: Collection[tuple[str, str]], world: World) -> str:
    """`in_use`: (name, language). Answers 'joined', 'known' or 'unused' (no text of ours is approved so)."""
    if (news.name, news.language) not in in_use:
        return "unused"
    kept = {key(*each) for each in in_use}
    return until_settled(lambda: _join(news, kept, world))


def _join(news: TemplateNews, kept: Collection[str], world: World) -> str:
    ref, name = ports.pause(world.shop), key(news.name, news.language)
    snapshot = world.store.read(ref)
    known = snapshot.get(ref) or Pause()
    before = known.templates.get(name, Standing())
    after = before.after(news)
    if after == before:
        return "known"
    others = {each: standing for each, standing in known.templates.items() if each in kept}
    world.store.commit(snapshot, [Put(ref=ref, value=replace(known, templates={**others, name: after}))])
    return "joined"


def sells(view: View, template: Template) -> bool:
    """Its provider counts it as marketing, though we had it approved as something else."""
    return _standing(view, template).sells(template.category)


def objection(view: View, channel: Channel, variant: Variant, template: Template, now: datetime) -> str:
    """Why a template may not be used now, by what its provider has said; or ''.

    What counts as marketing there takes all that an offer takes: consent, hours, the cap, the frequency.
    """
    standing = _standing(view, template)
    if standing.barred:
        return f"template_{standing.barred}"
    if not standing.sells(template.category) or view.message.sells(variant):
        return ""
    held = offer_held(view, now) or barred(view.brand, view.person, channel, Purpose.MARKETING)
    return "recategorised" if held else ""


def _standing(view: View, template: Template) -> Standing:
    return view.pause.templates.get(key(template.name, template.language), Standing())
