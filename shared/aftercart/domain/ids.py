"""Every id is a hash of what it names: no randomness, no clock, so that a second run makes the same one.

An id is `[a-z2-7-]`. Message and enrolment ids begin with their customer's id, so that an id alone
says in which partition of the table its item lies.
"""

import base64
import hashlib
import json

CUSTOMER_LENGTH = 14  # 70 bits: one brand's customers
WITHIN_CUSTOMER_LENGTH = 10  # 50 bits: unique within one customer
SCHEDULE_LENGTH = 40


def digest(length: int, *parts: str) -> str:
    """The first `length` base32 characters of SHA-256 over the parts (JSON keeps them apart)."""
    raw = hashlib.sha256(json.dumps(parts).encode()).digest()
    return base64.b32encode(raw).decode().lower()[:length]


def customer_id(shop: str, kind: str, reference: str, life: int = 0) -> str:
    """`life` counts the erasures: a new order after one starts a new customer."""
    return digest(CUSTOMER_LENGTH, "customer", shop, kind, reference, str(life))


def enrolment_id(customer: str, journey: str, subject: str) -> str:
    return f"{customer}-{digest(WITHIN_CUSTOMER_LENGTH, 'enrolment', customer, journey, subject)}"


def message_id(customer: str, cause: str, generation: int, step: str, occurrence: str) -> str:
    """`cause`: the enrolment's id or the causing event's."""
    parts = ("message", customer, cause, str(generation), step, occurrence)
    return f"{customer}-{digest(WITHIN_CUSTOMER_LENGTH, *parts)}"


def customer_of(identifier: str) -> str:
    """The customer a message, attempt or enrolment belongs to."""
    return identifier.split("-", 1)[0]


def attempt_id(message: str, ordinal: int) -> str:
    """The reference we give a provider."""
    return f"{message}-{ordinal}"


def split_attempt_id(reference: str) -> tuple[str, int] | None:
    """(message id, ordinal), or None where the reference is not one of ours."""
    parts = reference.split("-")
    if len(parts) != 3 or not parts[2].isdecimal() or not parts[2].isascii() or len(parts[2]) > 3:
        return None
    if len(parts[0]) != CUSTOMER_LENGTH or len(parts[1]) != WITHIN_CUSTOMER_LENGTH:
        return None
    return f"{parts[0]}-{parts[1]}", int(parts[2])


def execution_name(message: str, run: int) -> str:
    return f"{message}-{run}"


def schedule_name(due_thing: str, arm: int) -> str:
    """One name per arm of a due thing (an enrolment's or a message's id): a second creation conflicts."""
    return digest(SCHEDULE_LENGTH, "schedule", due_thing, str(arm))
