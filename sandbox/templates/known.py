"""What a provider has: Meta's own words for a template, whoever hands them on."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

from aftercart.channels.reading import Json, children, text
from sandbox.templates.wanted import Button, Wanted


@dataclass(frozen=True, slots=True, kw_only=True)
class Known:
    """`more`: parts that none of ours has, such as a FOOTER."""

    name: str
    language: str
    status: str
    category: str
    body: str = ""
    buttons: tuple[Button, ...] = ()
    image: bool = False
    more: tuple[str, ...] = ()
    reason: str = ""
    quality: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Made:
    """What was answered to one that was posted."""

    status: str
    category: str


class Refused(Exception):
    """The provider does not take a template; the text says why."""


class Account(Protocol):
    """The templates of one account at one provider. Every call may raise UserError."""

    @property
    def provider(self) -> str: ...

    def known(self, asked: Sequence[Wanted]) -> list[Known]:
        """All that there are; of those that nobody asks for the body may be left out."""
        ...

    def uploaded(self, picture: str) -> str:
        """Meta's handle of an example for whoever reviews. `picture`: a file, or s3://bucket/key, as the
        provider takes it. Raises Refused."""
        ...

    def create(self, template: Wanted, picture: str = "") -> Made:
        """Posted once, to be reviewed. `picture`: what `uploaded` gave. Raises Refused."""
        ...


def read(node: Json) -> Known:
    """A template as the Graph API shows it."""
    components = {text(each, "type").upper(): each for each in children(node, "components")}
    image = text(components.get("HEADER", {}), "format").upper() == "IMAGE"
    return Known(
        name=text(node, "name"),
        language=text(node, "language"),
        status=text(node, "status"),
        category=text(node, "category").lower(),
        body=text(components.get("BODY", {}), "text"),
        buttons=tuple(_button(each) for each in children(components.get("BUTTONS", {}), "buttons")),
        image=image,
        more=tuple(kind for kind in components if kind not in ("BODY", "BUTTONS", "HEADER" if image else "")),
        reason=_said(text(node, "rejected_reason")),
        quality=_said(text(node, "quality_score", "score")),
    )


def _button(found: Mapping[str, object]) -> Button:
    return Button(kind=text(found, "type"), title=text(found, "text"), url=text(found, "url"))


def _said(word: str) -> str:
    return "" if word in ("NONE", "UNKNOWN") else word
