"""What a mailbox shows of an e-mail's HTML besides its words."""

from html.parser import HTMLParser

from aftercart.domain.content import Card


class Pictures(HTMLParser):
    """Its images: those with words of their own are cards, one without illustrates all of it."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.image = ""
        self.cards: tuple[Card, ...] = ()
        self.feed(html)

    def handle_starttag(self, tag: str, attributes: list[tuple[str, str | None]]) -> None:
        found = dict(attributes)
        source, words = found.get("src") or "", found.get("alt") or ""
        if tag == "img" and words:
            self.cards += (Card(title=words, image=source),)
        elif tag == "img":
            self.image = self.image or source
