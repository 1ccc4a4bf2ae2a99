from dataclasses import replace
from html.parser import HTMLParser

from aftercart.channels.plain_html import plain_html
from aftercart.domain.content import Button, Card, Content

PAGE = "https://kram.example/m/abc?a=1&b=2"
CONTENT = Content(
    text=f"Олено, «Чохол <Nova>» & скло в дорозі.\nДеталі: {PAGE}.\n\nДякуємо!",
    language="uk",
    buttons=(Button(title="Де <посилка>?", url="https://np.example/t"), Button(title="Так", reply="yes")),
)
VOID = {"meta", "br", "img"}


class Seen(HTMLParser):
    """What a mailbox makes of it; `open` is empty where every element was closed in its turn."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.open: list[str] = []
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.said = ""
        self.feed(html)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))
        if tag not in VOID:
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        self.said += data

    def all(self, tag: str, attribute: str) -> list[str | None]:
        return [attributes.get(attribute) for name, attributes in self.tags if name == tag]


def test_every_element_is_closed_and_every_word_is_there() -> None:
    seen = Seen(plain_html(CONTENT, "Ваша <посилка>"))
    assert seen.open == []
    for words in ("Ваша <посилка>", "«Чохол <Nova>» & скло в дорозі.", "Дякуємо!", "Де <посилка>?"):
        assert words in seen.said


def test_it_says_its_language_for_those_who_listen() -> None:
    assert Seen(plain_html(CONTENT, "")).all("html", "lang") == ["uk"]
    assert Seen(plain_html(replace(CONTENT, language='"><b'), "")).all("html", "lang") == ['"><b']


def test_it_leads_nowhere_but_where_the_content_does() -> None:
    """A full stop belongs to the sentence, and a button that answers has nowhere to lead."""
    seen = Seen(plain_html(CONTENT, ""))
    assert seen.all("a", "href") == [PAGE, "https://np.example/t"]
    assert seen.all("img", "src") == []


def test_what_a_customer_is_called_becomes_no_element() -> None:
    named = replace(CONTENT, text='<script>alert(1)</script><a href="https://evil.example">x</a>', buttons=())
    seen = Seen(plain_html(named, "<script>"))
    assert "script" not in {tag for tag, _ in seen.tags}
    assert "<script>alert(1)</script>" in seen.said


def test_an_image_has_no_words_since_the_text_says_everything() -> None:
    seen = Seen(plain_html(replace(CONTENT, image="https://kram.example/case.jpg?w=600&h=400"), ""))
    assert seen.all("img", "src") == ["https://kram.example/case.jpg?w=600&h=400"]
    assert seen.all("img", "alt") == [""]


def test_things_stand_side_by_side_each_with_its_title_also_where_images_are_not_loaded() -> None:
    picture = "https://kram.example/a.jpg?w=1&h=2"
    cards = (Card(title='Чохол "A" <1>', image=picture), Card(title="B", image="https://kram.example/b.jpg"))
    seen = Seen(plain_html(replace(CONTENT, cards=cards), ""))
    assert seen.open == []
    assert seen.all("img", "src") == [picture, "https://kram.example/b.jpg"]
    assert seen.all("img", "alt") == ['Чохол "A" <1>', "B"]
    assert 'Чохол "A" <1>' in seen.said
    assert seen.all("table", "role") == ["presentation"]
    assert len(seen.all("td", "style")) == 2
