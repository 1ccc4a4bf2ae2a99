"""Who buys: where they live, what they agreed to, which phone is theirs alone and which they share."""

import random
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta

from sandbox.shop import Person
from sandbox.trials.lives.facts import Home

# Country, province, zone, language, how mobile numbers begin there, digits to follow. Where the address
# leaves several zones open, the one here is where they live.
PLACES = (
    (Home(country="UA", province="30", zone="Europe/Kyiv"), "uk-UA", "+38067", 7),
    (Home(country="UA", province="30", zone="Europe/Kyiv"), "uk-UA", "+38050", 7),
    (Home(country="UA", province="46", zone="Europe/Kyiv"), "ru-UA", "+38063", 7),
    (Home(country="PL", province="", zone="Europe/Warsaw"), "en-PL", "+48512", 6),
    (Home(country="GB", province="ENG", zone="Europe/London"), "en-GB", "+447400", 6),
    (Home(country="US", province="NY", zone="America/New_York"), "en-US", "+1212555", 4),
    (Home(country="US", province="CA", zone="America/Los_Angeles"), "en-US", "+1310555", 4),
    (Home(country="US", province="", zone="America/Los_Angeles", certain=False), "en-US", "+1415555", 4),
    (Home(country="AU", province="NSW", zone="Australia/Sydney", certain=False), "en-AU", "+61412", 6),
    (Home(country="NZ", province="", zone="Pacific/Auckland", certain=False), "en-NZ", "+6421", 7),
    (Home(country="KZ", province="", zone="Asia/Almaty", certain=False), "ru-KZ", "+7701", 7),
    (Home(country="IN", province="", zone="Asia/Kolkata"), "en-IN", "+919812", 6),
)
WEIGHTS = (26, 14, 10, 8, 8, 6, 5, 5, 5, 4, 4, 5)
ONSETS, NUCLEI = "bdfghklmnprstvz", "aeiou"
FIRST_ID = 7_500_000_000_000


@dataclass(slots=True)
class Somebody:
    """One customer. `key` is ours; `moves`: they may come to live elsewhere; `app`: they have the shop's."""

    key: str
    person: Person
    home: Home
    guest: bool = False
    moves: bool = False
    app: bool = False

    def changes(self, dice: random.Random, now: datetime) -> None:
        """Between two orders people change their minds, their phones and their towns."""
        said = self.person.said_at
        if self.person.marketing is not None and dice.random() < 0.1:
            self.person = replace(self.person, marketing=not self.person.marketing)
            said = now - timedelta(minutes=10)
        self.person = replace(self.person, said_at=max(said, datetime(2026, 1, 1, tzinfo=UTC)))
        if self.moves and dice.random() < 0.4:
            place = dice.randrange(len(PLACES))
            self.home, self.person = PLACES[place][0], _living(self.person, place, dice)


def drawn(dice: random.Random, customers: int) -> list[Somebody]:
    """So many people; every twelfth shares the phone of the one before."""
    found: list[Somebody] = []
    for n in range(customers):
        place = dice.choices(range(len(PLACES)), WEIGHTS)[0]
        shares = bool(found) and n % 12 == 7
        if shares:
            place = next(i for i, each in enumerate(PLACES) if each[0] == found[-1].home)
        person = Person(
            id=FIRST_ID + n,
            first_name=_name(n),
            last_name="Sample",
            phone="",
            email=f"{_name(n).lower()}@customer.example",
            marketing=dice.choices((True, False, None), (70, 12, 18))[0],
        )
        person = _living(person, place, dice)
        if shares:
            person = replace(person, phone=found[-1].person.phone)
        somebody = Somebody(key=f"buyer {n}", person=person, home=PLACES[place][0])
        somebody.guest = dice.random() < 0.15
        somebody.moves = dice.random() < 0.1 and not shares
        somebody.app = dice.random() < 0.4
        found.append(somebody)
    return found


def _living(person: Person, place: int, dice: random.Random) -> Person:
    home, locale, prefix, digits = PLACES[place]
    phone = prefix + "".join(dice.choice("123456789") for _ in range(digits))
    return replace(
        person, phone=phone, locale=locale, country=home.country, province=home.province, city="Town"
    )


def _name(n: int) -> str:
    """A name that no other has and that is in no text."""
    syllables = []
    for _ in range(3):
        n, rest = divmod(n * 7 + 11, len(ONSETS) * len(NUCLEI))
        syllables.append(ONSETS[rest % len(ONSETS)] + NUCLEI[rest // len(ONSETS)])
    return "".join(syllables).capitalize()
