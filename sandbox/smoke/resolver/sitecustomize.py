"""In each Python of the stand-in for AWS, and so in its functions: every other machine is the fake providers.

Nothing is asked of any resolver, and nothing leaves the machine; by TLS the fakes prove the names they have.
"""

import os
import socket
from typing import Any

HERE = (None, "127.0.0.1", "localhost")
_resolved = socket.getaddrinfo


def _resolve(host: Any, port: Any, *more: Any, **named: Any) -> Any:
    if host in HERE:
        return _resolved(host, port, *more, **named)
    return _resolved("127.0.0.1", int(os.environ["FAKES_PORT"]), *more, **named)


socket.getaddrinfo = _resolve
