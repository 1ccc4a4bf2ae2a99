"""What the providers' tests stand on: an HTTP that answers as told, secrets, and a message to send."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qsl

from aftercart.domain.consent import Purpose
from aftercart.domain.content import Button, Content, Template
from aftercart.ports import Outgoing, Transient

REFERENCE = "abcdefghijklmn-abcdefghij-1"


@dataclass
class AnsweringHttp:
    """`ports.Http` that keeps what it was asked and answers, or raises, what it was given."""

    answer: tuple[int, bytes] | Exception
    asked: list[tuple[str, str, dict[str, str], Any]] = field(default_factory=list)

    def request(
        self, method: str, url: str, headers: Mapping[str, str], body: bytes, timeout: float
    ) -> tuple[int, bytes]:
        is_form = "form" in headers.get("Content-Type", "")
        read = dict(parse_qsl(body.decode())) if is_form else json.loads(body)
        self.asked.append((method, url, dict(headers), read))
        if isinstance(self.answer, Exception):
            raise self.answer
        return self.answer

    @property
    def body(self) -> Any:
        """Of the one request."""
        ((_, _, _, body),) = self.asked
        return body


@dataclass
class KnownSecrets:
    values: Mapping[str, bytes]

    def get(self, name: str) -> tuple[bytes, ...]:
        if name not in self.values:
            raise Transient(name)
        return (self.values[name],)

    def refresh(self) -> bool:
        return False


def outgoing(
    text: str = "Олено, замовлення №1001 прийнято.",
    *,
    to: str = "+380671234567",
    buttons: tuple[Button, ...] = (),
    template: Template | None = None,
    purpose: Purpose = Purpose.TRANSACTIONAL,
    valid_for: int = 900,
    window_open: bool = False,
    sender: str = "",
) -> Outgoing:
    return Outgoing(
        to=to,
        content=Content(text=text, language="uk", buttons=buttons, template=template),
        reference=REFERENCE,
        purpose=purpose,
        country="UA",
        valid_for=valid_for,
        window_open=window_open,
        sender=sender,
    )
