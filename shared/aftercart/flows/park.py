"""What is authentic but cannot be read is kept thirty days for a human."""

import base64
import hashlib
from datetime import timedelta

from aftercart import ports
from aftercart.domain.ids import digest
from aftercart.ports import Parked, Put, Snapshot, World

KEPT = timedelta(days=30)
MOST = 250_000  # bytes of the body that are kept


def park(source: str, reason: str, body: bytes, world: World) -> None:
    """The same body is one parked item, however often it comes."""
    now = world.clock.now()
    identifier = digest(26, source, hashlib.sha256(body).hexdigest())
    kept = Parked(source=source, reason=reason, at=now, body=base64.b64encode(body[:MOST]).decode())
    put = Put(ref=ports.parked(identifier), value=kept, expires_at=now + KEPT, blind=True)
    world.store.commit(Snapshot(), [put])
