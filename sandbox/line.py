"""The line between the senders and the fake providers, on which the nth call may be made to fail."""

from collections.abc import Callable, Mapping
from typing import Any

from aftercart.ports import MaybeSent
from sandbox.cloud import faults
from sandbox.cloud.faults import Crashed, Faults
from sandbox.cloud.functions import Functions
from sandbox.fakes import FakeProviders
from sandbox.fakes.carrier import AWS_SENDS, HTTP_SENDS

CALLS = HTTP_SENDS
AWS_CALLS = tuple(f"{service}.{operation}" for service, operation in AWS_SENDS)
MODES = (faults.CRASH_BEFORE, faults.CRASH_AFTER, faults.THROTTLED, faults.LOST, faults.APPLIED)


class Line:
    """`ports.Http`, and the sends through AWS. The fakes are put on it when there is a clock to play them by.

    `before` is told the name of each request that begins, as `Calls.before` is of AWS's.
    """

    providers: FakeProviders
    faults: Faults
    functions: Functions
    before: Callable[[str], object] = staticmethod(lambda call: None)

    def request(
        self, method: str, url: str, headers: Mapping[str, str], body: bytes, timeout: float
    ) -> tuple[int, bytes]:
        """One HTTP request to a provider."""
        carrier = self.providers.at(url)
        name = f"{carrier.name}.send" if carrier else ""
        mode = self._begin(name)
        if mode == faults.CRASH_BEFORE:
            raise self._crash(name)
        if mode == faults.THROTTLED:
            return 429, b"{}"
        if mode == faults.LOST:
            raise MaybeSent(mode)
        answer = self.providers.request(method, url, headers, body, timeout)
        if mode == faults.CRASH_AFTER:
            raise self._crash(name)
        if mode == faults.APPLIED:
            raise MaybeSent(mode)
        return answer

    def call(self, service: str, operation: str, parameters: Mapping[str, Any]) -> Mapping[str, Any]:
        """One of AWS_SENDS; its faults are those of AWS's calls."""
        return self.providers.call(service, operation, parameters)

    def _begin(self, name: str) -> str | None:
        self.before(name)
        if self.functions.running:
            self.functions.running[-1].calls.append(name)
        return self.faults.take(name)

    def _crash(self, name: str) -> Crashed:
        if self.functions.running:
            self.functions.running[-1].crashed = True
        return Crashed(name)
