"""What the shop sells, as far as cross-selling and care need to know it."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from aftercart.domain.money import Money
from aftercart.domain.order import Line


@dataclass(frozen=True, slots=True, kw_only=True)
class Item:
    """A catalogue item. `fits`: skus it goes with. `rank`: the shop's preference, lower first."""

    sku: str
    category: str
    titles: Mapping[str, str]  # by language
    price: Money
    product: str = ""  # the shop's product id, where lines carry no sku
    fits: tuple[str, ...] = ()
    in_stock: bool = True
    rank: int = 100
    sensitive: bool = False  # never cross-sold, never named on a lock screen
    image: str = ""

    def title(self, language: str) -> str:
        return self.titles.get(language) or next(iter(self.titles.values()))


@dataclass(frozen=True, slots=True)
class Catalogue:
    items: tuple[Item, ...]
    by_sku: Mapping[str, Item] = field(init=False)
    by_product: Mapping[str, Item] = field(init=False)
    fitting: Mapping[str, tuple[Item, ...]] = field(init=False)  # sku -> items that fit it

    def __post_init__(self) -> None:
        fitting: dict[str, list[Item]] = {}
        for item in self.items:
            for sku in item.fits:
                fitting.setdefault(sku, []).append(item)
        object.__setattr__(self, "by_sku", {item.sku: item for item in self.items})
        object.__setattr__(self, "by_product", {item.product: item for item in self.items if item.product})
        object.__setattr__(self, "fitting", {sku: tuple(items) for sku, items in fitting.items()})

    def find(self, line: Line) -> Item | None:
        """The item a line sold: by sku, else by the shop's product id."""
        return self.by_sku.get(line.sku) or self.by_product.get(line.product)

    def bought(self, lines: Iterable[Line]) -> tuple[tuple[Line, Item], ...]:
        found = ((line, self.find(line)) for line in lines if line.quantity > 0)
        return tuple((line, item) for line, item in found if item is not None)
