"""When and how often offers may come, as the oracle knows it: by the country and by the customer's choice."""

from collections.abc import Mapping
from datetime import date, datetime, timedelta

from aftercart.domain.brand import Country
from sandbox.trials.lives.facts import Choice, Facts

DAY = timedelta(days=1)
DAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
WIDEST = 10  # days: so many in a row may be quiet


def is_closed(country: Country, day: date) -> bool:
    """A quiet day of the country's."""
    names = {DAYS[day.weekday()], f"{day:%Y-%m-%d}", f"{day:%m-%d}"}
    return bool(names & {*country.quiet_days, *country.holidays})


def suits(choice: Choice | None, local: datetime) -> bool:
    """May an offer come at this hour of that customer's?"""
    if choice is None:
        return True
    clock = f"{local:%H:%M}"
    early = bool(choice.not_before) and clock < choice.not_before
    late = bool(choice.not_after) and clock >= choice.not_after
    return not early and not late and DAYS[local.weekday()] not in choice.days


def often_enough(choice: Choice | None, last: date, day: date) -> bool:
    """May another come on `day`, after one on `last`?"""
    if choice is None or choice.frequency == "any":
        return True
    if choice.frequency == "weekly":
        return (day - last).days >= 7
    return choice.frequency == "monthly" and (day.year, day.month) != (last.year, last.month)


def quiet_ahead(country: Country, chosen: list[Choice | None], at: datetime) -> timedelta:
    """For how long days may keep something waiting, at the longest."""
    days = [(at + DAY * n).date() for n in range(WIDEST)]
    own = {day for choice in chosen if choice for day in choice.days}
    return DAY * sum(is_closed(country, day) or DAYS[day.weekday()] in own for day in days)


def too_often(said: Mapping[str, list[tuple[datetime, date]]], facts: Facts) -> list[str]:
    """`said`: by customer, when something with an offer was first said, with the date there."""
    wrong: list[str] = []
    for customer, times in said.items():
        for (_, last), (at, day) in zip(sorted(times), sorted(times)[1:], strict=False):
            if not any(often_enough(choice, last, day) for choice in facts.chosen(customer, at)):
                wrong.append(f"{customer} got offers on {last} and on {day}, which is more often than chosen")
    return wrong
