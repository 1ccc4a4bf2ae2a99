"""One HTTP request that sends, and what became of it: the same whichever provider it is."""

from collections.abc import Callable, Mapping

from aftercart.channels.verdicts import NO_ANSWER, NO_SECRET, NOT_CONNECTED
from aftercart.ports import Http, MaybeSent, Refused, Secrets, Sent, Transient

TIMEOUT = 10.0  # seconds until the outcome is unknown


def sent_by(
    http: Http,
    url: str,
    body: bytes,
    *,
    secrets: Secrets,
    field: str,
    headers: Callable[[str], Mapping[str, str]],
    outcome: Callable[[int, bytes], Sent],
) -> Sent:
    """One POST, and no second. `headers` are made with the value of `field`, one of the secret's;
    `outcome` reads a status and a body."""
    try:
        given = headers(secrets.get(field)[0].decode())
    except (Transient, LookupError, UnicodeDecodeError):
        return NO_SECRET.sent()
    try:
        status, answer = http.request("POST", url, given, body, TIMEOUT)
    except Refused:
        return NOT_CONNECTED.sent()
    except MaybeSent:
        return NO_ANSWER.sent()
    return outcome(status, answer)
