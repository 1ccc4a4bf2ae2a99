"""Signs the sample events again after somebody has edited a body: `python -m sandbox.sign_events`.

Whole Lambda events lie in `events/<function>/*.json`. Where one carries a signature's header, that and the
length are made anew over the exact body (Twilio's: and the address), under the sandbox's public secrets; one
without stays unsigned.
"""

import base64
import hashlib
import hmac
import json
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl

from sandbox.shop_settings import LINK_BASE, SECRETS

EVENTS = Path(__file__).parents[1] / "events"


def _digest(secret: str, body: bytes) -> bytes:
    return hmac.digest(SECRETS[secret].encode(), body, hashlib.sha256)


def _app(target: str) -> str:
    return "instagram_app" if target == "/meta/instagram" else "meta_app"


def _form_digest(body: bytes, target: str) -> bytes:
    fields = sorted(parse_qsl(body.decode(), keep_blank_values=True))
    signed = f"{LINK_BASE}{target}" + "".join(name + value for name, value in fields)
    return hmac.digest(SECRETS["twilio_token"].encode(), signed.encode(), hashlib.sha1)


# Of a body and the path that it is posted to, with its query.
SIGNATURES: Mapping[str, Callable[[bytes, str], str]] = {
    "x-shopify-hmac-sha256": lambda body, _: base64.b64encode(_digest("shopify", body)).decode(),
    "x-hub-signature-256": lambda body, target: f"sha256={_digest(_app(target), body).hex()}",
    "x-hub-signature": lambda body, _: f"sha256={_digest('infobip_webhook', body).hex()}",
    "x-twilio-signature": lambda body, target: base64.b64encode(_form_digest(body, target)).decode(),
}


def body_of(event: Mapping[str, Any]) -> bytes:
    """The bytes that were sent."""
    body = str(event.get("body", ""))
    return base64.b64decode(body) if event.get("isBase64Encoded") else body.encode()


def target_of(event: Mapping[str, Any]) -> str:
    """Path and query, as on the request line."""
    query = event.get("rawQueryString", "")
    return str(event["rawPath"]) + (f"?{query}" if query else "")


def signed(event: Mapping[str, Any]) -> dict[str, Any]:
    """The event with the signature and the length that its body has."""
    headers: dict[str, str] = dict(event.get("headers", {}))
    body = body_of(event)
    for name in headers.keys() & SIGNATURES.keys():
        headers[name] = SIGNATURES[name](body, target_of(event))
    if "content-length" in headers:
        headers["content-length"] = str(len(body))
    return {**event, "headers": headers} if headers else dict(event)


def main() -> None:
    for path in sorted(EVENTS.glob("*/*.json")):
        before = path.read_text(encoding="utf-8")
        after = json.dumps(signed(json.loads(before)), ensure_ascii=False, indent=2) + "\n"
        if after != before:
            path.write_text(after, encoding="utf-8")
            print(f"signed {path.relative_to(EVENTS.parent)}")


if __name__ == "__main__":
    main()
