"""The templates that `journeys/` ask for, and what a provider is asked to approve."""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from typing import Any

from aftercart.domain.consent import Channel
from aftercart.domain.message import Variant
from aftercart.texts.compiled import Wording
from aftercart.texts.render import LiquidTexts
from sandbox.journeys.compile import Compiled
from sandbox.journeys.samples import CATALOGUE, sample_telling

Json = dict[str, Any]
TOKEN = "aaaaaaaaaaaaaabbbbbbbbbb22222222"
VERSION = re.compile(r"_v(\d+)$")


@dataclass(frozen=True, slots=True, kw_only=True)
class Button:
    """`kind`: as the provider names it, QUICK_REPLY or URL. A URL ends in its one variable."""

    kind: str
    title: str
    url: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """One template in one language. `examples`: of its variables; `texts`: whose it is, "journey.text"."""

    name: str
    language: str
    category: str
    body: str
    examples: tuple[str, ...]
    buttons: tuple[Button, ...]
    image: bool = False  # above the body, each time another
    texts: tuple[str, ...]

    @property
    def next_version(self) -> str:
        """The name under which another text may be approved."""
        found = VERSION.search(self.name)
        return VERSION.sub(f"_v{int(found[1]) + 1}", self.name) if found else f"{self.name}_v2"


def wanted(made: Compiled, link_base: str) -> list[Wanted]:
    """By name and language. A template that several texts share comes once."""
    found: dict[tuple[str, str], Wanted] = {}
    for each in _each(made, f"{link_base.rstrip('/')}/m/{{{{1}}}}"):
        known = found.get((each.name, each.language))
        texts = (*known.texts, *each.texts) if known else each.texts
        found[each.name, each.language] = replace(each, texts=tuple(dict.fromkeys(texts)))
    return [found[key] for key in sorted(found)]


def _each(made: Compiled, url: str) -> Iterator[Wanted]:
    texts = LiquidTexts(made.texts, made.brand, CATALOGUE)
    for journey, text, language, variant, wording in _wordings(made):
        approval = wording.approval
        if approval is None:
            continue
        telling = sample_telling(journey, text, Channel.WHATSAPP, language, variant=variant)
        filled = texts.render(telling).template
        assert filled is not None
        yield Wanted(
            name=approval.name,
            language=approval.language,
            category=approval.category,
            body=approval.body,
            examples=filled.parameters,
            buttons=approved_buttons(wording, url),
            image=approval.image,
            texts=(f"{journey}.{text}",),
        )


def approved_buttons(wording: Wording, url: str = "") -> tuple[Button, ...]:
    """What of its buttons is approved: what one answers is said anew each time. `url`: of all links."""
    return tuple(
        Button(kind="QUICK_REPLY", title=each.title)
        if each.reply
        else Button(kind="URL", title=each.title, url=url)
        for each in wording.buttons
    )


def _wordings(made: Compiled) -> Iterable[tuple[str, str, str, Variant, Wording]]:
    return (
        (journey, text, language, variant, by_channel[Channel.WHATSAPP])
        for journey, by_text in made.texts.items()
        for text, by_language in by_text.items()
        for language, by_variant in by_language.items()
        for variant, by_channel in by_variant.items()
        if Channel.WHATSAPP in by_channel
    )


def definition(template: Wanted, picture: str = "") -> Json:
    """What is posted to have it approved. `picture`: Meta's handle of an example of its image."""
    header: Json = {"type": "HEADER", "format": "IMAGE", "example": {"header_handle": [picture]}}
    body: Json = {"type": "BODY", "text": template.body}
    if template.examples:
        body["example"] = {"body_text": [list(template.examples)]}
    buttons = [_defined(each) for each in template.buttons]
    return {
        "name": template.name,
        "language": template.language,
        "category": template.category.upper(),
        "components": [
            *([header] if template.image else []),
            body,
            *([{"type": "BUTTONS", "buttons": buttons}] if buttons else []),
        ],
    }


def _defined(button: Button) -> Json:
    if not button.url:
        return {"type": button.kind, "text": button.title}
    example = button.url.replace("{{1}}", TOKEN)
    return {"type": button.kind, "text": button.title, "url": button.url, "example": [example]}
