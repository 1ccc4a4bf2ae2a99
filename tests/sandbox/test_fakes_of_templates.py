"""The templates of an account as Meta keeps them: refusals, pages, reviews, news, and what may be sent."""

import json
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from aftercart.channels import aws_whatsapp, meta_whatsapp
from aftercart.channels.reading import Event
from aftercart.domain.consent import Channel
from aftercart.domain.content import Button
from aftercart.domain.template import TemplateNews
from aftercart.texts.compiled import ApprovedTemplate
from sandbox.fakes import Emitted, FakeAwsError, FakeProviders, FakeWebhook

Json = Any
NOW = datetime(2026, 11, 23, 10, 0, tzinfo=UTC)
TOKEN, ACCOUNT = "EAAsandbox", "102290129340398"
EDGE = f"/v23.0/{ACCOUNT}/message_templates"
KNOWN = ApprovedTemplate(
    name="order_v1",
    language="uk",
    category="utility",
    body="Номер {{1}} прийнято, дякуємо.",
    parameters=1,
    buttons=(Button(title="Відкрити", url="{{ link }}"),),
)
NEW = {
    "name": "parcel_v1",
    "language": "en",
    "category": "UTILITY",
    "components": [
        {
            "type": "BODY",
            "text": "Your order {{1}} is on its way.",
            "example": {"body_text": [["#1001"]]},
        },
        {
            "type": "BUTTONS",
            "buttons": [
                {"type": "QUICK_REPLY", "text": "Thanks"},
                {
                    "type": "URL",
                    "text": "Look",
                    "url": "https://kvitka.example/m/{{1}}",
                    "example": ["https://kvitka.example/m/a"],
                },
            ],
        },
    ],
}


class Account:
    """The fakes with a clock that is told what to do later, and what they post to us."""

    def __init__(self, templates: int = 1) -> None:
        self.later: list[tuple[timedelta, Callable[[], None]]] = []
        self.posted: list[Emitted] = []
        names = [f"order_v{n}" for n in range(1, templates + 1)]
        known = {
            (name, "uk"): ApprovedTemplate(
                name=name, language="uk", category=KNOWN.category, body=KNOWN.body, parameters=1
            )
            for name in names
        }
        self.fakes = FakeProviders(
            now=lambda: NOW,
            deliver=self._take,
            after=lambda wait, callback: self.later.append((wait, callback)),
            secrets={"meta_token": TOKEN, "meta_app": "app-secret"},
            templates=known | {("order_v1", "uk"): KNOWN},
        )

    def _take(self, emitted: Emitted) -> int:
        self.posted.append(emitted)
        return 200

    def asked(self, method: str = "GET", target: str = EDGE, body: Json = None, token: str = TOKEN) -> Json:
        headers = {"Authorization": f"Bearer {token}", "Content-Type": "application/json"}
        status, answer = self.fakes.graph(method, target, headers, json.dumps(body).encode())
        return status, json.loads(answer)

    def refused(self, **changed: Any) -> tuple[int, int | None]:
        status, answer = self.asked("POST", body={**NEW, **changed})
        assert status == 400
        return answer["error"]["code"], answer["error"].get("error_subcode")

    def review(self) -> None:
        for _, callback in self.later:
            callback()

    def heard(self) -> list[Event]:
        bodies = [each.body for each in self.posted if isinstance(each, FakeWebhook)]
        return [event for body in bodies for event in meta_whatsapp.read(body)]


def test_it_shows_its_templates_with_the_fields_that_are_asked_for() -> None:
    status, answer = Account().asked(target=f"{EDGE}?fields=name,status,category,components,quality_score")
    (node,) = answer["data"]
    assert (status, node["name"], node["status"], node["category"]) == (
        200,
        "order_v1",
        "APPROVED",
        "UTILITY",
    )
    assert set(node) == {"id", "name", "status", "category", "components", "quality_score"}
    body, buttons = node["components"]
    assert (body["type"], body["text"]) == ("BODY", KNOWN.body)
    assert buttons["buttons"][0]["url"] == "https://kvitka.example/m/{{1}}"


def test_it_shows_them_in_pages() -> None:
    account, names, target = Account(5), [], f"{EDGE}?limit=2"
    while True:
        _, page = account.asked(target=target)
        names += [node["name"] for node in page["data"]]
        if "next" not in page["paging"]:
            break
        target = f"{EDGE}?limit=2&after={page['paging']['cursors']['after']}"
    assert names == [f"order_v{n}" for n in range(1, 6)]


def test_who_has_no_token_or_another_account_is_shown_nothing() -> None:
    account = Account()
    assert account.asked(token="another")[0] == 401
    assert account.asked(target="/v23.0/1/message_templates")[0] == 400
    assert account.asked(target=f"{EDGE}?fields=name,colour")[0] == 400
    assert account.asked(target=f"{EDGE}?limit=101")[0] == 400


def with_image(**header: Any) -> dict[str, Any]:
    return {"components": [{"type": "HEADER", "format": "IMAGE", **header}, *NEW["components"]]}


def uploaded(account: Account, content: bytes = b"\xff\xd8\xff", said: int = 3, offset: str = "0") -> Json:
    """What is answered to the bytes of a picture."""
    target = f"/v23.0/app/uploads?file_name=parcel.jpg&file_length={said}&file_type=image/jpeg"
    _, session = account.asked("POST", target)
    headers = {"Authorization": f"OAuth {TOKEN}", "file_offset": offset}
    status, answer = account.fakes.graph("POST", f"/v23.0/{session['id']}", headers, content)
    return json.loads(answer).get("h", status)


def test_an_image_is_taken_with_the_handle_of_an_example_alone() -> None:
    account = Account()
    assert account.refused(**with_image()) == (100, 2388273)
    assert account.refused(**with_image(example={"header_handle": []})) == (100, None)
    assert account.refused(**with_image(example={"header_url": ["https://kram.example/a.jpg"]})) == (
        100,
        None,
    )
    assert account.refused(**with_image(example={"header_handle": ["4::guessed"]})) == (100, None)
    handle = uploaded(account)
    assert handle.startswith("4::aW1hZ2UvanBlZw==:")  # image/jpeg
    status, _ = account.asked("POST", body={**NEW, **with_image(example={"header_handle": [handle]})})
    assert status == 200
    _, shown = account.asked(target=f"{EDGE}?fields=name,components")
    assert shown["data"][-1]["components"][0]["example"] == {"header_handle": [handle]}


def test_a_picture_is_uploaded_whole_to_its_own_session_and_by_who_may() -> None:
    account = Account()
    assert uploaded(account, said=4) == 400
    assert uploaded(account, offset="1") == 400
    for kind in ("image/gif", ""):
        target = f"/v23.0/app/uploads?file_length=3&file_type={kind}"
        assert account.asked("POST", target)[0] == 400
    assert account.asked("POST", "/v23.0/upload:another?sig=x")[0] == 401  # Bearer, where OAuth is asked for


def test_what_is_made_is_reviewed_and_its_approval_is_posted() -> None:
    account = Account()
    status, answer = account.asked("POST", body=NEW)
    assert (status, answer["status"], answer["category"]) == (200, "PENDING", "UTILITY")
    account.review()
    (news,) = account.heard()
    assert isinstance(news, TemplateNews)
    assert (news.name, news.language, news.barred, news.category) == ("parcel_v1", "en", "", "utility")
    assert {node["status"] for node in account.asked()[1]["data"]} == {"APPROVED"}


def test_variables_next_to_each_other_are_refused_by_the_review() -> None:
    account = Account()
    body = {
        "type": "BODY",
        "text": "Your order {{1}} {{2}} is on its way to you now.",
        "example": {"body_text": [["a", "b"]]},
    }
    account.asked("POST", body={**NEW, "components": [body]})
    account.review()
    (news,) = account.heard()
    assert isinstance(news, TemplateNews)
    assert (news.barred, news.reason) == (
        "rejected",
        "template_rejected INVALID_FORMAT parcel_v1/en",
    )


def test_a_utility_template_that_sells_is_made_a_marketing_one() -> None:
    body = {"type": "BODY", "text": "A discount for you: only today."}
    assert Account().asked("POST", body={**NEW, "components": [body]})[1]["category"] == "MARKETING"


def worded(text: str, *examples: str, **more: Any) -> list[Json]:
    example = {"example": {"body_text": [list(examples)]}} if examples else {}
    return [{"type": "BODY", "text": text, **example, **more}]


def buttoned(*buttons: Json) -> list[Json]:
    return [*worded("Thank you for it."), {"type": "BUTTONS", "buttons": list(buttons)}]


QUICK = {"type": "QUICK_REPLY", "text": "Yes"}
LINK = {"type": "URL", "text": "Open", "url": "https://kvitka.example"}


@pytest.mark.parametrize(
    ("changed", "subcode"),
    (
        ({"name": "Parcel v1"}, None),
        ({"name": "p" * 513}, None),
        ({"language": "english"}, None),
        ({"category": "TRANSACTIONAL"}, None),
        ({"components": worded("x" * 1025)}, None),
        ({"components": worded("{{1}} is on its way to you.", "a")}, 2388299),
        ({"components": worded("On its way to you: {{1}}", "a")}, 2388299),
        ({"components": worded("Your {{1}} by {{2}} on {{3}} now.", "a", "b", "c")}, 2388293),
        ({"components": worded("Your order {{2}} is on its way.", "a")}, None),
        ({"components": worded("Your order {{1}} is on its way.")}, None),
        ({"components": worded("Your order {{1}} is on its way.", "a", "b")}, None),
        ({"components": worded("Your order is on its way.", "a")}, None),
        ({"components": worded("Line\n\n\nline.")}, None),
        ({"components": []}, None),
        ({"components": buttoned({**QUICK, "text": "y" * 26})}, None),
        ({"components": buttoned(QUICK, QUICK)}, None),
        ({"components": buttoned(QUICK, LINK, {**QUICK, "text": "No"})}, None),
        ({"components": buttoned(*({**QUICK, "text": str(n)} for n in range(11)))}, None),
        ({"components": buttoned({**LINK, "url": "https://kvitka.example/{{1}}/x"})}, None),
        ({"components": buttoned({**LINK, "url": "https://kvitka.example/{{1}}"})}, None),
        ({"components": buttoned({**LINK, "url": "kvitka.example"})}, None),
        ({"components": buttoned({**LINK, "payload": "a"})}, None),
        ({"allow_category_change": True}, None),
    ),
)
def test_what_meta_refuses_of_a_template_is_refused(changed: Json, subcode: int | None) -> None:
    assert Account().refused(**changed) == (100, subcode)


def test_a_name_and_language_that_are_taken_are_refused() -> None:
    assert Account().refused(name="order_v1", language="uk") == (100, 2388024)


def a_message(name: str = "order_v1", language: str = "uk") -> Json:
    components = [
        {"type": "body", "parameters": [{"type": "text", "text": "№1001"}]},
        {
            "type": "button",
            "sub_type": "url",
            "index": "0",
            "parameters": [{"type": "text", "text": "tok"}],
        },
    ]
    return {
        "messaging_product": "whatsapp",
        "to": "380671234567",
        "type": "template",
        "template": {"name": name, "language": {"code": language}, "components": components},
    }


def sent(account: Account) -> tuple[int, Json]:
    headers = {"Authorization": f"Bearer {TOKEN}", "Content-Type": "application/json"}
    url = "https://graph.facebook.com/v23.0/106540352242922/messages"
    status, answer = account.fakes.request("POST", url, headers, json.dumps(a_message()).encode(), 1)
    return status, json.loads(answer)


@pytest.mark.parametrize(
    ("status", "code"),
    (("PAUSED", 132015), ("DISABLED", 132016), ("REJECTED", 132001), ("PENDING", 132001)),
)
def test_what_is_not_approved_cannot_be_sent(status: str, code: int) -> None:
    account = Account()
    assert sent(account)[0] == 200
    account.fakes.change_template("order_v1", "uk", status=status)
    assert sent(account)[1]["error"]["code"] == code
    account.fakes.change_template("order_v1", "uk", status="APPROVED")
    answer = sent(account)
    assert answer[0] == 200
    assert account.fakes.shown[-1].links == ("https://kvitka.example/m/tok",)


def test_what_is_counted_otherwise_is_charged_so() -> None:
    account = Account()
    account.fakes.change_template("order_v1", "uk", category="MARKETING")
    sent(account)
    assert account.fakes.shown[-1].category == "marketing"


def test_each_change_is_told_as_meta_tells_it() -> None:
    account = Account()
    for emitted in account.fakes.change_template(
        "order_v1", "uk", status="PAUSED", category="MARKETING", quality="RED"
    ):
        account.fakes.push(emitted)
    found = [event for event in account.heard() if isinstance(event, TemplateNews)]
    assert [(each.barred, each.category) for each in found] == [
        (None, "marketing"),
        (None, ""),
        ("paused", "marketing"),
    ]
    with pytest.raises(LookupError):
        account.fakes.change_template("order_v9", "uk", status="PAUSED")


def through_aws(account: Account, operation: str, **given: Any) -> Json:
    return account.fakes.call("socialmessaging", operation, given)


WABA, NUMBER = "waba-fb2594b8a7974770b128a409e2", "phone-number-id-976c72a700aac43eaf573ae050"


def test_news_come_through_aws_where_it_carried_the_last_message() -> None:
    account = Account()
    message = json.dumps(a_message()).encode()
    through_aws(
        account,
        "SendWhatsAppMessage",
        originationPhoneNumberId=NUMBER,
        metaApiVersion="v20.0",
        message=message,
    )
    (published,) = account.fakes.change_template("order_v1", "uk", status="PAUSED")
    assert not isinstance(published, FakeWebhook)
    (news,) = aws_whatsapp.read(published.message.encode())
    assert isinstance(news, TemplateNews)
    assert (news.barred, news.at) == ("paused", NOW)
    assert account.fakes.calls[-1].channel is Channel.WHATSAPP


def test_aws_refuses_another_account_and_what_meta_refuses() -> None:
    account = Account()
    for operation, given in (
        ("ListWhatsAppMessageTemplates", {"id": "waba-1"}),
        ("GetLinkedWhatsAppBusinessAccountPhoneNumber", {"id": "phone-number-id-1"}),
        (
            "GetWhatsAppMessageTemplate",
            {"id": WABA, "templateName": "order_v9", "templateLanguageCode": "uk"},
        ),
    ):
        with pytest.raises(FakeAwsError, match="no such"):
            through_aws(account, operation, **given)
    for definition in (b"{", json.dumps({**NEW, "name": "A"}).encode(), b"x" * 6001):
        with pytest.raises(FakeAwsError):
            through_aws(account, "CreateWhatsAppMessageTemplate", id=WABA, templateDefinition=definition)
