"""Is a request who it says it is? A key may have been rotated a moment ago: then ask once more."""

from collections.abc import Callable

from aftercart.ports import Secrets


def authentic(secrets: Secrets, name: str, check: Callable[[tuple[bytes, ...]], bool]) -> bool:
    """`check` gets the live values of the key."""
    return check(secrets.get(name)) or (secrets.refresh() and check(secrets.get(name)))
