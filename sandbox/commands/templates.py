"""`aftercart templates diff|push|status`: the templates of `journeys/` beside those of the provider."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict
from functools import cache, partial
from json import dumps
from typing import Any

from sandbox.commands.terminal import Ink, width, wrapped
from sandbox.journeys.compile import Compiled
from sandbox.templates.compared import Difference, differences, standings
from sandbox.templates.known import Account, Refused
from sandbox.templates.reached import Reached
from sandbox.templates.wanted import Wanted, definition, wanted

Json = dict[str, Any]
FIXED = ("body", "buttons", "image", "parts")  # of an approved one: another text takes another name


def diff(made: Compiled, reached: Reached) -> Json:
    """`templates`: what differs, per template and language. Raises UserError, as all of these do."""
    return _asked(made, reached, _differing)


def status(made: Compiled, reached: Reached) -> Json:
    """`templates`: how each that is in use stands."""
    return _asked(made, reached, _standing)


def push(made: Compiled, reached: Reached, picture: str = "", *, dry_run: bool = False) -> Json:
    """`templates`: what was done with each that is missing, and what cannot be done. Nothing approved is
    ever edited. `picture`: an example for templates with an image. `dry_run`: the requests alone."""
    return _asked(made, reached, lambda account, ours: _pushing(account, ours, picture, dry_run=dry_run))


def _asked(made: Compiled, reached: Reached, ask: Callable[[Account, Sequence[Wanted]], list[Json]]) -> Json:
    ours = wanted(made, reached.link_base)
    rows = [{"provider": a.provider, **row} for a in reached.accounts for row in ask(a, ours)]
    asked = [account.provider for account in reached.accounts]
    return {"templates": rows, "providers": asked, "in_use": len(ours), "by_hand": list(reached.by_hand)}


def stops(found: Json) -> bool:
    """Is there something that somebody has to see to?"""
    return any(row["finding"] for row in found["templates"])


def _differing(account: Account, ours: Sequence[Wanted]) -> list[Json]:
    return [{**asdict(each), "finding": each.is_finding} for each in differences(ours, account.known(ours))]


def _standing(account: Account, ours: Sequence[Wanted]) -> list[Json]:
    return [{**asdict(each), "finding": each.stops} for each in standings(ours, account.known(ours))]


def _pushing(account: Account, ours: Sequence[Wanted], picture: str, *, dry_run: bool) -> list[Json]:
    known = account.known(ours)
    unlike = [each for each in differences(ours, known) if each.is_finding]
    submitted = _would_create if dry_run else partial(_created, account, cache(account.uploaded))
    return [row for each in ours for row in _pushed(each, picture, unlike, submitted)]


def _pushed(
    template: Wanted, picture: str, unlike: Sequence[Difference], submitted: Callable[[Wanted, str], Json]
) -> Iterator[Json]:
    named = {"name": template.name, "language": template.language}
    own = {each.what for each in unlike if (each.name, each.language) == (template.name, template.language)}
    if "missing" in own:
        if template.image and not picture:
            why = "Meta wants an example of its image: name a picture with --image"
            yield {**named, "done": "needs_image", "why": why, "finding": True}
        else:
            yield named | submitted(template, picture)
    elif fixed := [what for what in FIXED if what in own]:
        why = f"another {' and '.join(fixed)} than the provider has: call it {template.next_version}"
        yield {**named, "done": "changed", "why": why, "finding": True}


def _would_create(template: Wanted, picture: str) -> Json:
    request = definition(template, f"<Meta's handle of {picture}>")
    return {"done": "would_create", "request": request, "finding": False}


def _created(account: Account, uploaded: Callable[[str], str], template: Wanted, picture: str) -> Json:
    try:
        made = account.create(template, uploaded(picture) if template.image else "")
    except Refused as refusal:
        return {"done": "refused", "why": str(refusal), "finding": True}
    if made.category != template.category:
        why = f"it is counted as {made.category}, not as {template.category}"
        return {"done": "recategorised", "status": made.status, "why": why, "finding": True}
    return {"done": "created", "status": made.status, "finding": False}


# In words.


def written_diff(found: Json, ink: Ink) -> str:
    """A paragraph a difference."""
    return _written(found, _difference, "Nothing differs", ink)


def written_status(found: Json, ink: Ink) -> str:
    """A line a template."""
    return _written(found, _stands, "No template is in use", ink)


def written_push(found: Json, ink: Ink) -> str:
    """A line a template that is not there as it should be."""
    return _written(found, _done, "Nothing to do", ink)


def _written(found: Json, row: Callable[[Json, Ink], Iterator[str]], nothing: str, ink: Ink) -> str:
    several = len(found["providers"]) > 1
    lines = []
    for each in found["templates"]:
        lines += [f"{each['provider']}: {line}" if several else line for line in row(each, ink)]
    if not found["providers"]:
        lines = ["The brand sends no WhatsApp: there are no templates to ask for."]
    elif not lines:
        lines = [f"{nothing}: {found['in_use']} templates, at {' and '.join(found['providers'])}."]
    lines += [
        ink.dim(f"{each}: its templates are registered by hand with the provider, and not seen here.")
        for each in found["by_hand"]
    ]
    return "\n".join(lines)


def _difference(row: Json, ink: Ink) -> Iterator[str]:
    name = f"{row['name']} ({row['language']})"
    if row["what"] == "unused":
        yield ink.dim(f"  {name}: no journey uses it")
    elif row["what"] == "missing":
        yield ink.red(f"- {name}: the provider does not have it; {', '.join(row['texts'])}")
    else:
        yield ink.yellow(f"~ {name}: {row['what']} differs; {', '.join(row['texts'])}")
        yield from _told("here", row["here"])
        yield from _told("there", row["there"])


def _told(where: str, words: str) -> Iterator[str]:
    yield f"    {where}:"
    yield from wrapped(words, "      ", width())


def _stands(row: Json, ink: Ink) -> Iterator[str]:
    paint = ink.red if row["finding"] else ink.green
    told = [row["status"] or "MISSING", row["category"]]
    if row["counted_as"] not in ("", row["category"]):
        told.append(f"counted as {row['counted_as']}")
    told += [row["reason"]] if row["reason"] else []
    told += [f"quality {row['quality']}"] if row["quality"] else []
    yield f"{paint(told[0])} {row['name']} ({row['language']}): {', '.join(told[1:])}"


def _done(row: Json, ink: Ink) -> Iterator[str]:
    paint = ink.red if row["finding"] else ink.green
    why = f": {row['why']}" if "why" in row else ""
    state = f", {row['status']}" if "status" in row else ""
    yield f"{paint(row['done'].replace('_', ' '))} {row['name']} ({row['language']}){state}{why}"
    if "request" in row:
        request = dumps(row["request"], ensure_ascii=False, indent=2)
        yield from (f"    {line}" for line in request.splitlines())
