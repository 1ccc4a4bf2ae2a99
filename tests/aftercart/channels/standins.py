"""A message to send."""

from aftercart.domain.consent import Purpose
from aftercart.domain.content import Button, Content, Template
from aftercart.ports import Outgoing

REFERENCE = "abcdefghijklmn-abcdefghij-1"


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
