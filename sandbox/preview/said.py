"""A step in words: when it is due, for what, on which route, and on what it depends."""

from collections.abc import Iterator
from datetime import timedelta

from aftercart.domain.brand import Brand
from aftercart.domain.journey import Step

UNITS = (("week", 604800), ("day", 86400), ("hour", 3600), ("minute", 60), ("second", 1))


def said(step: Step, brand: Brand) -> str:
    """`survey: 3 days after delivered at 11:00; survey; care (whatsapp, viber, sms); asks rating`."""
    return f"{step.name}: {'; '.join(_parts(step, brand))}"


def _parts(step: Step, brand: Brand) -> Iterator[str]:
    yield _due(step)
    yield f"purpose {step.purpose}, {step.urgency.replace('_', ' ')}"
    yield f"route {step.route} ({_route(step, brand)})"
    if step.variants:
        yield f"compared: {', '.join(f'{text} {weight}' for text, weight in step.variants.items())}"
    if step.asks:
        yield f"asks: {', '.join(step.options) or step.asks}"
    if step.when:
        yield f"when {', '.join(f'{name} {value}' for name, value in step.when.items())}"
    if step.stops:
        yield f"not once {' or '.join(step.stops)}"
    yield f"useful for {_span(step.useful_for)}"


def _due(step: Step) -> str:
    if step.after is None:
        at = f" at {step.at:%H:%M}" if step.at else ""
        return f"on {step.on}" if step.on else f"computed by {step.computed}{at}"
    at = f" at {step.after.at:%H:%M}" if step.after.at else ""
    wait = f"{_span(step.after.wait)} after" if step.after.wait else "on"
    waited = f"{wait} {step.after.event}{at}"
    return f"on {step.on}, at the latest {waited}" if step.on else waited


def _route(step: Step, brand: Brand) -> str:
    """Where countries have routes of their own, each with its countries."""
    by_route: dict[str, list[str]] = {}
    for code, country in brand.countries.items():
        legs = ", ".join(f"{leg.channel} {_span(leg.wait)}" for leg in country.routes.get(step.route, ()))
        by_route.setdefault(legs, []).append("elsewhere" if code == "*" else code)
    if len(by_route) == 1:
        return next(iter(by_route))
    return "; ".join(f"{' '.join(codes)}: {legs}" for legs, codes in by_route.items())


def _span(span: timedelta) -> str:
    """In the largest unit that divides it."""
    seconds = int(span.total_seconds())
    unit, size = next((unit, size) for unit, size in UNITS if seconds % size == 0)
    number = seconds // size
    return f"{number} {unit}{'' if number == 1 else 's'}"
