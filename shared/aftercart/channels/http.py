"""One HTTP request over urllib3, and what is known when it has no answer."""

import io
from collections.abc import Mapping

import urllib3
from urllib3.exceptions import HTTPError
from urllib3.util import parse_url

from aftercart.ports import MaybeSent, Refused

CONNECT = 3.0  # seconds


class _Body(io.BytesIO):
    """Knows whether anyone has begun to send it."""

    begun = False

    def read(self, size: int | None = -1, /) -> bytes:
        self.begun = True
        return super().read(size)


class Urllib3Http:
    """`ports.Http`: never a second try, never a redirect, a fresh connection each time.

    A connection that was kept is not reused: after a pause of the Lambda the other side may have closed it,
    and a message written into it would be `unknown` for nothing.
    """

    def request(
        self, method: str, url: str, headers: Mapping[str, str], body: bytes, timeout: float
    ) -> tuple[int, bytes]:
        """(status, body). Refused: not one byte of the body left, so nothing can have been done with it."""
        sending = _Body(body)
        limits = urllib3.Timeout(connect=CONNECT, read=timeout)
        try:
            with urllib3.connection_from_url(url, timeout=limits, retries=False) as pool:
                response = pool.request(
                    method,
                    parse_url(url).request_uri,
                    body=sending if body else None,
                    headers={**headers, "Content-Length": str(len(body)), "Connection": "close"},
                    redirect=False,
                )
                return response.status, response.data
        except (HTTPError, OSError, ValueError) as error:
            # Only the kind of error: its text holds the address, and with some providers more than that.
            maybe = sending.begun or not body
            raise (MaybeSent if maybe else Refused)(type(error).__name__) from None
