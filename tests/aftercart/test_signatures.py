"""Whether a signature is right is asked of `hmac.compare_digest`, which takes equally long for all."""

import base64
import hmac
from collections.abc import Callable

import pytest

from aftercart.channels import infobip_viber, meta_whatsapp, twilio_sms
from aftercart.channels.entry import Received
from aftercart.domain.ids import CUSTOMER_LENGTH, WITHIN_CUSTOMER_LENGTH
from aftercart.domain.links import CHAT, TOKEN_LENGTH, chat_url, message_of, page_token
from aftercart.shops import shopify

Keys = tuple[bytes, ...]
KEYS = (b"a key", b"the one before")
BODY = b'{"id": 1}'
CHALLENGE = {"hub.mode": "subscribe", "hub.verify_token": "forged", "hub.challenge": "1"}
FORM = Received(
    body=b"a=1", headers={"X-Twilio-Signature": "Zm9yZ2Vk"}, url="https://kram.example/twilio/sms"
)
PASSWORD = "Basic " + base64.b64encode(b"user:forged").decode()

FORGED: dict[str, Callable[[Keys], bool]] = {
    "shopify": lambda keys: shopify.verify({"X-Shopify-Hmac-Sha256": "Zm9yZ2Vk"}, BODY, keys),
    "meta": lambda keys: meta_whatsapp.verify({"X-Hub-Signature-256": "sha256=00"}, BODY, keys),
    "meta's challenge": lambda keys: meta_whatsapp.challenge(CHALLENGE, keys) is not None,
    "infobip": lambda keys: infobip_viber.verify({"X-Hub-Signature": "sha256=00"}, BODY, keys),
    "infobip's password": lambda keys: infobip_viber.verify({"Authorization": PASSWORD}, BODY, keys),
    "twilio": lambda keys: twilio_sms.verify(FORM, keys),
    "a page's link": lambda keys: message_of("a" * TOKEN_LENGTH, keys) is not None,
    "a chat's link": lambda keys: message_of("a" * TOKEN_LENGTH, keys, CHAT) is not None,
}


@pytest.mark.parametrize("source", FORGED)
def test_what_is_forged_is_refused(source: str) -> None:
    assert not FORGED[source](KEYS)


@pytest.mark.parametrize("source", FORGED)
def test_nothing_but_compare_digest_decides(source: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(hmac, "compare_digest", lambda *_: True)
    assert FORGED[source](KEYS)


@pytest.mark.parametrize("source", FORGED)
def test_an_empty_key_signs_nothing_even_were_all_comparisons_true(
    source: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(hmac, "compare_digest", lambda *_: True)
    assert not FORGED[source]((b"",))


def test_a_chat_s_token_opens_no_page_and_a_page_s_no_chat() -> None:
    message = "a" * CUSTOMER_LENGTH + "-" + "b" * WITHIN_CUSTOMER_LENGTH
    chat = chat_url("https://m.me/kram", message, KEYS[0]).partition("?ref=")[2]
    assert (message_of(chat, KEYS, CHAT), message_of(chat, KEYS)) == (message, None)
    assert message_of(page_token(message, KEYS[0]), KEYS, CHAT) is None


def test_a_link_is_good_under_each_live_key() -> None:
    message = "a" * CUSTOMER_LENGTH + "-" + "b" * WITHIN_CUSTOMER_LENGTH
    found = [message_of(page_token(message, key), KEYS) for key in (*KEYS, b"another")]
    assert found == [message, message, None]
