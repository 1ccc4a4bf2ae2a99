"""Bodies made to cost whoever reads them: `python -m sandbox.trials.hostile.bombs` says what they do cost.

Each is authentic as far as its signature goes. A reader may refuse it or read it, in the memory of a function
and in the time of a request.
"""

import json
import resource
import sys
import time
from collections.abc import Callable, Mapping
from typing import Any

from aftercart.bounds import MOST_BYTES
from aftercart.channels import infobip_viber, meta_whatsapp
from aftercart.ports import Unreadable
from aftercart.shops import shopify
from sandbox.shop_settings import SHOP

WHATSAPP = b'{"object":"whatsapp_business_account","entry":['
MESSAGES = WHATSAPP + b'{"changes":[{"value":{"messages":['
PARCEL = b'{"id":1,"order_id":2,"status":"success","updated_at":"2026-01-01T00:00:00Z",'
ORDER = b'{"id":1,"name":"#1","total_price":"1","created_at":"2026-01-01T00:00:00Z",'
STATUS = '{"id":"w%d","from":"380671234567","timestamp":"1795435320","type":"text","text":{"body":"hi"}}'


def _filled(begin: bytes, unit: bytes, end: bytes = b"", most: int = MOST_BYTES) -> bytes:
    return begin + unit * ((most - len(begin) - len(end)) // len(unit)) + end


def _many(begin: bytes, unit: str, end: bytes, count: int) -> bytes:
    return begin + ",".join(unit % n for n in range(count)).encode() + end


def _nested(begin: bytes, depth: int, end: bytes = b"}") -> bytes:
    return begin + b"[" * depth + b"]" * depth + end


BOMBS: Mapping[str, Callable[[], bytes]] = {
    "braces": lambda: _filled(b"", b"{"),
    "pairs of braces": lambda: _filled(b"", b"{}"),
    "a list of nothing": lambda: _filled(b"[", b"{},", b"{}]"),
    "a hundred thousand deep": lambda: _nested(ORDER + b'"note":', 100_000),
    "a million deep": lambda: _nested(b'{"results":', 1_000_000),
    "objects in objects": lambda: b'{"a":' * 100_000 + b"1" + b"}" * 100_000,
    "numbers where nobody looks": lambda: _filled(ORDER + b'"x":[', b"1,", b"1]}"),
    "numbers for a parcel": lambda: _filled(PARCEL + b'"tracking_numbers":[', b"1,", b"1]}"),
    "empty strings": lambda: _filled(ORDER + b'"x":[', b'"",', b'""]}'),
    "quotes": lambda: _filled(b"", b'"'),
    "escaped quotes": lambda: _filled(ORDER + b'"note":"', b'\\"', b'"}'),
    "backslashes": lambda: _filled(ORDER + b'"note":"', b"\\\\", b'"}'),
    "one long text": lambda: _filled(ORDER + b'"note":"', b"a", b'"}'),
    "one long name": lambda: _filled(ORDER + b'"email":"e","name":"#1', b" a", b'"}'),
    "one long number": lambda: _filled(b'{"id":', b"9", b"}"),
    "five thousand digits": lambda: b'{"id":' + b"9" * 5_000 + b"}",
    "a number beyond all": lambda: ORDER + b'"quantity":1e400}',
    "not a number": lambda: ORDER + b'"x":NaN}',
    "minus infinity": lambda: ORDER + b'"x":-Infinity}',
    "half a letter": lambda: ORDER + b'"note":"\\ud800"}',
    "half a letter, raw": lambda: ORDER + b'"note":"\xed\xa0\x80"}',
    "no letters": lambda: ORDER + b'"note":"\xff\xfe"}',
    "many names": lambda: _many(b"{", '"%x":0', b"}", 500_000),
    "one name again and again": lambda: _many(b"{", '"a":%d', b"}", 500_000),
    "blanks": lambda: _filled(ORDER, b" ", b'"x":1}'),
    "nothing": lambda: b"",
    "entries of nothing": lambda: _filled(WHATSAPP, b"{},", b"{}]}"),
    "lists for entries": lambda: _filled(WHATSAPP, b"[],", b"[]]}"),
    "messages of nothing": lambda: _filled(MESSAGES, b"{},", b"{}]}}]}]}"),
    "messages without end": lambda: _many(MESSAGES, STATUS, b"]}}]}]}", 48_000),
    "results of nothing": lambda: _filled(b'{"results":[', b"{},", b"{}]}"),
    "messages without a sender": lambda: _filled(b'{"results":[', b'{"message":{}},', b"{}]}"),
}  # fmt: skip

READERS: Mapping[str, Callable[[bytes], object]] = {
    "shopify order": lambda body: shopify.read_order(body, shopify.PLACED, SHOP),
    "shopify parcel": lambda body: shopify.read_shipment(body, SHOP),
    "whatsapp": meta_whatsapp.read,
    "viber": infobip_viber.read,
}


# The shop's two readers share a parser, and so do the providers': these are made for a pair's second.
OWN = {
    "numbers for a parcel": "shopify parcel",
    "a million deep": "viber",
    "results of nothing": "viber",
    "messages without a sender": "viber",
}


def pairs() -> list[tuple[str, str]]:
    """Which bomb is given to which reader."""
    both = [(bomb, reader) for bomb in BOMBS for reader in ("shopify order", "whatsapp")]
    return [*both, *OWN.items()]


def cost(bomb: str, reader: str) -> dict[str, Any]:
    """What became of it, CPU seconds, and by how many megabytes the process's peak grew."""
    body = BOMBS[bomb]()
    peak, begun = _peak(), time.process_time()
    try:
        READERS[reader](body)
        became = "read"
    except Unreadable as refusal:
        became = str(refusal)
    return {
        "bomb": bomb,
        "reader": reader,
        "became": became,
        "seconds": round(time.process_time() - begun, 3),
        "megabytes": round(_peak() - peak, 1),
    }


def _peak() -> float:
    """Of this process's memory so far, in megabytes (Linux counts kilobytes)."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def main() -> int:
    """A line of JSON each; the first reading of anything loads what it needs and is not counted."""
    for read in READERS.values():
        for body in (ORDER + b'"x":1}', PARCEL + b'"x":1}', b"{}", b" " * MOST_BYTES):
            try:
                read(body)
            except Unreadable:
                continue
    for bomb, reader in pairs():
        print(json.dumps(cost(bomb, reader)), flush=True)
    return 0


if __name__ == "__main__":
    sys.exit(main())
