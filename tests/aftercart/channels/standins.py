"""A message to send."""

from aftercart.domain.consent import Purpose
from aftercart.domain.content import Button, Card, Content, Template
from aftercart.ports import Outgoing

REFERENCE = "abcdefghijklmn-abcdefghij-1"
IMAGE = "https://kram.example/i/case.jpg"
CARDS = (
    Card(title="Чохол для Zirvo A1", image=IMAGE),
    Card(title="Зарядний пристрій", image="https://kram.example/i/charger.jpg"),
)
NAMED = "- Чохол для Zirvo A1\n- Зарядний пристрій"  # where they are not side by side


def outgoing(
    text: str = "Олено, замовлення №1001 прийнято.",
    *,
    to: str = "+380671234567",
    image: str = "",
    cards: tuple[Card, ...] = (),
    buttons: tuple[Button, ...] = (),
    template: Template | None = None,
    purpose: Purpose = Purpose.TRANSACTIONAL,
    valid_for: int = 900,
    window_open: bool = False,
    sender: str = "",
) -> Outgoing:
    return Outgoing(
        to=to,
        content=Content(
            text=text, language="uk", image=image, cards=cards, buttons=buttons, template=template
        ),
        reference=REFERENCE,
        purpose=purpose,
        country="UA",
        valid_for=valid_for,
        window_open=window_open,
        sender=sender,
    )
