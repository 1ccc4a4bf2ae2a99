"""What a provider says later of an attempt. Receipts are joined by a lattice: any order, any number."""

from aftercart import ports
from aftercart.domain.clockwork import GRACE
from aftercart.domain.message import Attempt, Message, Receipt, ReceiptStatus
from aftercart.flows import bad_address, deferral, human, reads, timing
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
    if attempt.ordinal < len(message.attempts) or message.final:
        return
    if message.failed_after_all:
        until_settled(lambda: _go_on(message.id, world))
        return
    if attempt.ends and attempt.run < message.run and message.due_at is None:
        world.workflow.start(message)  # the run that follows it, should its start have been lost
    if attempt.token:
        world.workflow.not_delivered(attempt.token)


def _go_on(message_id: str, world: World) -> None:
    """Its execution ended when the provider took it: the next run has the legs that are left."""
    snapshot = world.store.read(ports.message(message_id))
    message = snapshot.get(ports.message(message_id))
    if message is not None and message.failed_after_all:
        deferral.new_run(message, snapshot, world)
