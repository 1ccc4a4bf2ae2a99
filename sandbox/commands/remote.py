"""A running `aftercart dev`, over HTTP."""

import http.client
import json
from typing import Any
from urllib.parse import urlencode, urlsplit

from sandbox.commands.terminal import UserError

DEFAULT = "http://127.0.0.1:8787"
GRAPH = "/sandbox/graph"  # below it stands Meta's Graph API for templates, as the sandbox plays it
TIMEOUT = 120


class Remote:
    """Asks one sandbox."""

    def __init__(self, url: str = DEFAULT) -> None:
        wrong = UserError(f"--to {url!r}: expected a URL such as {DEFAULT}")
        try:
            parts = urlsplit(url)
            host, port = (parts.hostname or "").encode("idna").decode(), parts.port or 80
        except ValueError:
            raise wrong from None
        if parts.scheme != "http" or not host or any(character.isspace() for character in host):
            raise wrong
        self.url, self._host, self._port = url, host, port

    def get(self, path: str, **query: str) -> Any:
        """JSON of the control API; parameters that are empty are left out."""
        given = {name: value for name, value in query.items() if value}
        return self._json("GET", f"{path}?{urlencode(given)}" if given else path)

    def post(self, path: str, body: Any) -> Any:
        return self._json("POST", path, json.dumps(body).encode())

    def send(self, method: str, path: str, headers: dict[str, str], body: bytes) -> tuple[int, bytes]:
        """A request to the stack's API as it is."""
        connection = http.client.HTTPConnection(self._host, self._port, timeout=TIMEOUT)
        try:
            connection.request(method, path, body or None, headers)
            response = connection.getresponse()
            return response.status, response.read()
        except http.client.HTTPException:
            raise self._stranger() from None
        except OSError as error:
            hint = "start one with: aftercart dev"
            raise UserError(f"no sandbox answers at {self.url} ({error.strerror or error}); {hint}") from None
        finally:
            connection.close()

    def _json(self, method: str, path: str, body: bytes = b"") -> Any:
        status, text = self.send(method, path, {"Content-Type": "application/json"}, body)
        try:
            found = json.loads(text)
        except ValueError:
            raise self._stranger() from None
        if status == 200:
            return found
        if not isinstance(found, dict):
            raise self._stranger()
        raise UserError(found.get("error", f"{method} {path} was answered {status}"))

    def _stranger(self) -> UserError:
        return UserError(f"what answers at {self.url} is no sandbox of this version")
