"""What every journey is held against: of the files that journeys share only what a journey can break.

Hours, caps, senders, links, titles and the like are not in it: an edit of these leaves each journey as right
as it was.
"""

from dataclasses import dataclass, replace
from datetime import time, timedelta

from aftercart.domain.brand import Brand, Country, Hours
from aftercart.domain.catalogue import Catalogue
from aftercart.domain.offer import OfferRules
from sandbox.journeys.brand_shapes import ToneShape
from sandbox.journeys.memory import hashed

ANY = Hours(start=time.min, end=time.max)


@dataclass(frozen=True, slots=True, kw_only=True)
class House:
    """`brand` None: it has mistakes of its own, so what it would say is not asked."""

    brand: Brand | None
    tone: ToneShape
    skus: tuple[str, ...]
    categories: tuple[str, ...]

    def print(self) -> str:
        """Two houses with the same one hold the same against a journey, but for their tones."""
        return hashed(repr((self.brand, self.skus, self.categories)))


def house(brand: Brand | None, catalogue: Catalogue | None, tone: ToneShape) -> House:
    items = catalogue.items if catalogue else ()
    return House(
        brand=brand and _bare(brand),
        tone=tone,
        skus=tuple(sorted({item.sku for item in items})),
        categories=tuple(sorted({item.category for item in items})),
    )


def _bare(brand: Brand) -> Brand:
    """What is not taken away counts, whatever the brand may get."""
    return replace(
        brand,
        countries={code: _bare_country(country) for code, country in brand.countries.items()},
        learned_waits=False,
        checkout_opt_in=(),
        checkout_text="",
        marketing_a_day=0,
        messages_a_day=0,
        rates={},
        links={},
        offers=OfferRules(),
        cycle_days={},
    )


def _bare_country(country: Country) -> Country:
    routes = {
        name: tuple(replace(leg, wait=timedelta()) for leg in legs) for name, legs in country.routes.items()
    }
    return replace(
        country,
        language="",
        marketing_hours=ANY,
        awake_hours=ANY,
        routes=routes,
        spread=timedelta(),
        senders={},
        quiet_days=(),
        holidays=(),
        cheapest=(),
    )
