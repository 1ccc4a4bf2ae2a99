"""What journeys ask for beside what a provider has. Pure."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from sandbox.templates.known import Known
from sandbox.templates.wanted import Button, Wanted

APPROVED = "APPROVED"


@dataclass(frozen=True, slots=True, kw_only=True)
class Difference:
    """`what`: "missing", "body", "category", "buttons", "image", "parts", "unused"; `here`: of ours."""

    name: str
    language: str
    what: str
    here: str = ""
    there: str = ""
    texts: tuple[str, ...] = ()

    @property
    def is_finding(self) -> bool:
        """What nobody uses harms nobody."""
        return self.what != "unused"


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """One template in use, and how it stands. `status` "": the provider does not have it."""

    name: str
    language: str
    texts: tuple[str, ...]
    category: str
    status: str = ""
    counted_as: str = ""
    reason: str = ""
    quality: str = ""

    @property
    def stops(self) -> bool:
        """It cannot be sent, or counts as what its journey does not know."""
        return self.status != APPROVED or self.counted_as != self.category


def differences(wanted: Sequence[Wanted], known: Sequence[Known]) -> list[Difference]:
    """By name and language; what no journey uses comes last."""
    there = {(each.name, each.language): each for each in known}
    used = {(each.name, each.language) for each in wanted}
    found = [each for ours in wanted for each in _of(ours, there.get((ours.name, ours.language)))]
    unused = sorted(key for key in there if key not in used)
    return found + [Difference(name=name, language=language, what="unused") for name, language in unused]


def _of(ours: Wanted, theirs: Known | None) -> Iterator[Difference]:
    pairs = [("missing", "", "")] if theirs is None else list(_unlike(ours, theirs))
    for what, here, there in pairs:
        yield Difference(
            name=ours.name, language=ours.language, what=what, here=here, there=there, texts=ours.texts
        )


def _unlike(ours: Wanted, theirs: Known) -> Iterator[tuple[str, str, str]]:
    if theirs.body.strip() != ours.body:
        yield "body", ours.body, theirs.body
    if theirs.category != ours.category:
        yield "category", ours.category, theirs.category
    if theirs.buttons != ours.buttons:
        yield "buttons", _shown(ours.buttons), _shown(theirs.buttons)
    if theirs.image != ours.image:
        yield "image", _with_image(ours.image), _with_image(theirs.image)
    if theirs.more:
        yield "parts", "", ", ".join(theirs.more)


def _with_image(there_is_one: bool) -> str:
    return "with an image" if there_is_one else "without an image"


def _shown(buttons: Sequence[Button]) -> str:
    return ", ".join(f"[{each.title}]{f' {each.url}' if each.url else ''}" for each in buttons)


def standings(wanted: Sequence[Wanted], known: Sequence[Known]) -> list[Standing]:
    """Of each that is in use."""
    there = {(each.name, each.language): each for each in known}
    return [_standing(each, there.get((each.name, each.language))) for each in wanted]


def _standing(ours: Wanted, theirs: Known | None) -> Standing:
    same = {"name": ours.name, "language": ours.language, "category": ours.category}
    if theirs is None:
        return Standing(**same, texts=ours.texts)
    return Standing(
        **same,
        texts=ours.texts,
        status=theirs.status,
        counted_as=theirs.category,
        reason=theirs.reason,
        quality=theirs.quality,
    )
