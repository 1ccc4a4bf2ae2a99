"""What a provider says later of an attempt. Receipts are joined by a lattice: any order, any number."""

from aftercart import ports
from aftercart.domain.clockwork import GRACE
from aftercart.domain.message import Attempt, Message, Receipt, ReceiptStatus
from aftercart.flows import bad_address, human, reads, timing
from aftercart.flows.again import until_settled
from aftercart.flows.opt_out import stop_at_provider
from aftercart.ports import World


def on_receipt(receipt: Receipt, world: World) -> str:
    """Answers 'joined', 'duplicate' or 'unknown' (no such attempt: erased, or never ours)."""
    taken = until_settled(lambda: world.store.take_receipt(receipt))  # a transaction may be under way
    if taken is None:
        return "unknown"
    message, is_news = taken
    attempt = next(a for a in message.attempts if message.reference(a) == receipt.reference)
    if receipt.advice == "opted_out":  # also of what was shown: they complained of it
        stop_at_provider(message.customer, attempt.channel, world)
    elif receipt.advice == "bad_address" and attempt.failed:
        bad_address.found(message.customer, attempt, world)
    human.after_receipt(message, world)
    if attempt.failed:
        _failed(attempt, message, world)
    elif attempt.shown and not message.final:
        _unread(attempt, message, world)
    elif is_news and receipt.status >= ReceiptStatus.DELIVERED and not attempt.last:
        # Where this is lost, the rung times out and finds the message delivered.
        world.workflow.succeed(attempt.token)
    if receipt.status is ReceiptStatus.READ and not attempt.read_known:
        reads.noted(message.customer, attempt, world)
    if attempt.times and is_news and receipt.status is ReceiptStatus.DELIVERED:
        timing.observed(attempt, world)
    return "joined" if is_news else "duplicate"


def _unread(attempt: Attempt, message: Message, world: World) -> None:
    """It is to be read as well: the message is still looked after, which a delivered one is not."""
    ref = ports.message(message.id)
    snapshot = world.store.read(ref)
    known = snapshot.get(ref)
    if known is not None and not known.final:
        world.store.owe(ref, snapshot, attempt.deadline + GRACE)


def _failed(attempt: Attempt, message: Message, world: World) -> None:
    """The next rung may begin at once; also a duplicate says so again, while nothing has followed."""
    newest = attempt.ordinal == len(message.attempts)
    if newest and not message.final and attempt.token:
        world.workflow.not_delivered(attempt.token)
