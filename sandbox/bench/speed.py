"""How fast the sandbox is: orders a second and simulated years a second, in both worlds."""

import heapq
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from time import process_time

from sandbox import shop
from sandbox.bench.table import Row, Section
from sandbox.sandbox import Sandbox

MORNING = datetime(2026, 11, 23, 8, 0, tzinfo=UTC)
YEARS = 3
HEAP = 100_000


@dataclass(frozen=True, slots=True)
class Speed:
    """Orders a second, from webhook to delivered receipt; simulated years a second of one customer."""

    orders: float
    years: float


def measured(customers: int, *, memory: bool) -> Speed:
    """CPU time of so many customers, who order, get their parcels, and live on for three years."""
    with Sandbox(MORNING, memory=memory).open() as sandbox:
        _order(sandbox, 0)  # imports and caches
        placed: list[shop.Json] = []
        ordering = _seconds(lambda: placed.extend(_order(sandbox, n) for n in range(1, customers + 1)))
        sandbox.advance(MORNING + timedelta(days=1))
        for order in placed:
            _post(sandbox, "fulfillments/update", shop.fulfillment(order, sandbox.engine.now(), "delivered"))
        until = sandbox.engine.now() + YEARS * timedelta(days=365)
        living = _seconds(lambda: sandbox.advance(until))
        assert len(sandbox.shown()) > 3 * customers, "each was to get a message at every stage"
    return Speed(customers / ordering, YEARS * customers / living)


def _order(sandbox: Sandbox, number: int) -> shop.Json:
    """One after another in the morning, so that each is told at once."""
    phones = [item for item in sandbox.catalogue.items if item.category == "phone"]
    person = shop.Person(
        id=700_000 + number,
        first_name="Олена",
        last_name="Шевченко",
        phone=f"+38067{1_000_000 + number}",
        email=f"olena{number}@kram.example",
    )
    now = sandbox.engine.now()
    order = shop.order(person, 1001 + number, now, [phones[number % len(phones)]])
    _post(sandbox, "orders/create", order)
    sandbox.advance(now + timedelta(seconds=20))
    return order


def _post(sandbox: Sandbox, topic: str, body: shop.Json) -> None:
    answer = sandbox.request("POST", *shop.webhook(topic, body, sandbox.engine.now()))
    assert answer.status == 200, f"{topic} was answered {answer.status}"
    sandbox.settle()


def _seconds(act: Callable[[], object]) -> float:
    before = process_time()
    act()
    return process_time() - before


def heap_pairs() -> float:
    """Pushes with their pops a second, on a heap of ten thousand: what no simulation in Python can beat."""
    heap = list(range(10_000))

    def turn() -> None:
        for n in range(HEAP):
            heapq.heappush(heap, heapq.heappop(heap) + n)

    return HEAP / _seconds(turn)


def speed(memory_customers: int = 100, aws_customers: int = 15) -> Section:
    pairs = heap_pairs()
    memory = measured(memory_customers, memory=True)
    aws = measured(aws_customers, memory=False)
    pairs = (pairs + heap_pairs()) / 2
    how = f"CPU time of one core, in the same minute as a bare heap: {pairs:,.0f} pushes and pops a second"
    columns = ("memory", "AWS on moto", "memory / AWS", "heap turns per unit")
    rows = [
        Row(
            "orders a second", (memory.orders, aws.orders, memory.orders / aws.orders, pairs / memory.orders)
        ),
        Row(
            "simulated years a second, 1 customer",
            (memory.years, aws.years, memory.years / aws.years, pairs / memory.years),
        ),
        Row(
            f"simulated years a second, {memory_customers} customers",
            (memory.years / memory_customers, None, None, pairs * memory_customers / memory.years),
        ),
    ]
    return Section("Speed of the sandbox", how, columns, rows)
