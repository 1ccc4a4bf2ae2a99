"""What our own stand-ins for AWS services answer when the service itself would refuse."""


class Refused(Exception):
    """An AWS service's error: `code` is the name clients see (`ConflictException`), `status` the HTTP one."""

    def __init__(self, code: str, message: str, status: int = 400) -> None:
        super().__init__(f"{code}: {message}")
        self.code = code
        self.message = message
        self.status = status
