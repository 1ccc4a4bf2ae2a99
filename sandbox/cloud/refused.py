"""What our own stand-ins for AWS services answer when the service itself would refuse."""

from collections.abc import Mapping
from typing import Any


class Refused(Exception):
    """An AWS service's error: `code` is the name clients see (`ConflictException`), `status` the HTTP one.

    `extra` holds the exception's own members, such as `Reason`.
    """

    def __init__(
        self, code: str, message: str, status: int = 400, extra: Mapping[str, Any] | None = None
    ) -> None:
        super().__init__(f"{code}: {message}")
        self.code = code
        self.message = message
        self.status = status
        self.extra: Mapping[str, Any] = extra or {}
