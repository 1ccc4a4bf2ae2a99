"""What is web push's own: its encryption against RFC 8291's example, who we prove to be, whom we ask."""

import base64
import json
from dataclasses import replace
from datetime import timedelta

import pytest
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import encode_dss_signature
from cryptography.hazmat.primitives.hashes import SHA256

from aftercart.channels import push_crypto, web_push
from aftercart.channels.push_subscription import of_address, subscription
from aftercart.domain.message import Outcome
from tests.aftercart.channels.kit import held
from tests.aftercart.channels.sample import AT
from tests.aftercart.channels.samples.web_push import (
    AUTH,
    ENDPOINT,
    KEY,
    POINT,
    a_push,
    address,
    opened,
    raw,
)
from tests.aftercart.channels.wire import Answer, Asked, Wire

PUSH = held("push/web")
# RFC 8291, 5 and appendix A: the sender's key of the example is KEY.
SALT, PLAIN = "DGv6ra1nlYgDCS1FRnbzlw", b"When I grow up, I want to be a watermelon"
BODY = (
    "DGv6ra1nlYgDCS1FRnbzlwAAEABBBP4z9KsN6nGRTbVYI_c7VJSPQTBtkgcy27mlmlMoZIIgDll6e3vCYLocInmYWAmS6TlzAC8wEqKK6"
    "PBru3jl7A_yl95bQpu6cVPTpK4Mqgkf1CXztLVBSt2Ks3oZwbuwXPXLWyouBWLVWGNWQexSgSxsj_Qulcy4a-fN"
)


def asked(given: dict[str, bytes] | None = None) -> list[Asked]:
    """Of one send, with these secrets besides the sample's."""
    wire, secrets = Wire(Answer(status=201)), PUSH.given()
    secrets.values.update(given or {})
    PUSH.sender(wire, secrets).send(a_push())
    return wire.asked


def test_the_body_is_that_of_the_rfcs_example() -> None:
    made = push_crypto.encrypted(PLAIN, raw(POINT), raw(AUTH), push_crypto.private_key(KEY), raw(SALT))
    assert made == raw(BODY)


def test_each_body_has_a_key_and_a_salt_of_its_own() -> None:
    bodies = {push_crypto.sealed(b"{}", raw(POINT), raw(AUTH)) for _ in range(20)}
    assert len({body[:16] for body in bodies}) == len({body[21:86] for body in bodies}) == 20
    assert all(opened(body) == {} for body in bodies)


def test_the_largest_that_is_encrypted_makes_the_largest_body_that_push_services_take() -> None:
    assert len(push_crypto.sealed(bytes(web_push.LARGEST), raw(POINT), raw(AUTH))) == push_crypto.RECORD


def test_what_is_too_large_even_without_its_picture_is_refused_before_a_byte() -> None:
    wire = Wire(Answer(status=201))
    sends = a_push(title="а" * 2000)
    sent = PUSH.sender(wire).send(sends)
    assert (sent.outcome, sent.reason, wire.asked) == (Outcome.REJECTED, "too_long", [])


def test_each_request_proves_to_that_push_service_alone_who_we_are_for_half_a_day() -> None:
    (request,) = asked()
    scheme, proof, key = request.headers["authorization"].replace(",", "").split(" ")
    header, claims, signature = proof.removeprefix("t=").split(".")
    assert scheme == "vapid"
    assert json.loads(raw(header)) == {"typ": "JWT", "alg": "ES256"}
    until = int((AT + timedelta(hours=12)).timestamp())
    said = {"aud": "https://fcm.googleapis.com", "exp": until, "sub": "mailto:push@kram.example"}
    assert json.loads(raw(claims)) == said
    public = ec.EllipticCurvePublicKey.from_encoded_point(ec.SECP256R1(), raw(key.removeprefix("k=")))
    assert public == push_crypto.private_key(KEY).public_key()
    r, s = (int.from_bytes(half, "big") for half in (raw(signature)[:32], raw(signature)[32:]))
    public.verify(encode_dss_signature(r, s), f"{header}.{claims}".encode(), ec.ECDSA(SHA256()))
    with pytest.raises(InvalidSignature):
        public.verify(encode_dss_signature(r, s), f"{header}.{claims}x".encode(), ec.ECDSA(SHA256()))


@pytest.mark.parametrize(
    "key",
    (b"", b"?", b"AAAA", base64.b64encode(bytes(32)), base64.b64encode(b"\xff" * 32)),
    ids=("empty", "no base64", "short", "zero", "beyond the curve's order"),
)
def test_a_key_that_is_none_sends_nothing_and_tells_a_person(key: bytes) -> None:
    wire, given = Wire(Answer(status=201)), PUSH.given()
    given.values["vapid_private_key"] = key
    sent = PUSH.sender(wire, given).send(a_push())
    assert (sent.outcome, sent.advice, wire.asked) == (Outcome.REJECTED, "alarm", [])


@pytest.mark.parametrize("to", PUSH.sample.does_not_reach)
def test_nobody_is_asked_but_the_push_services_of_browsers(to: str) -> None:
    wire = Wire(Answer(status=201))
    sent = PUSH.sender(wire).send(replace(a_push(), to=to))
    assert (sent.outcome, sent.advice, wire.asked) == (Outcome.REJECTED, "bad_address", [])


def test_a_browsers_key_that_is_no_point_of_the_curve_is_a_bad_address() -> None:
    wire = Wire(Answer(status=201))
    off = base64.urlsafe_b64encode(b"\x04" + b"\x01" * 64).decode()
    sent = PUSH.sender(wire).send(replace(a_push(), to=address(p256dh=off)))
    assert (sent.outcome, sent.advice, wire.asked) == (Outcome.REJECTED, "bad_address", [])


def test_a_subscription_is_one_address_however_its_browser_writes_it() -> None:
    said = {
        "endpoint": ENDPOINT,
        "expirationTime": None,
        "keys": {"auth": f"{AUTH}==", "p256dh": f"{POINT}="},
    }
    found = subscription(said)
    assert found is not None
    assert found.address == address()
    assert of_address(found.address) == found


def test_a_receipt_proves_its_own_status_and_no_other() -> None:
    body = opened(asked()[0].body)["receipt"]
    for proof, status, genuine in (("shown", "shown", True), ("shown", "opened", False)):
        said = {"reference": body["reference"], "status": status, "proof": body[proof]}
        assert web_push.verify(json.dumps(said).encode(), (b"a link's key",)) is genuine
